"""Which languages a brand's customers write, as read of late."""

from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.mention import Mention, StoredReading

RECENT: Final = 1_000  #: mentions that are looked at, the newest
FEWEST: Final = 50  #: mentions in a sure language below which a stream has no habit yet
_SURE: Final = 0.9  #: of a language; a guess would only find itself again


def spoken(session: Session, brand: str) -> dict[str, int]:
    """How many of a brand's newest mentions are surely in each language; none while there are too few to tell."""
    newest = (
        select(Mention.id).where(Mention.brand == brand).order_by(Mention.published_at.desc(), Mention.id.desc())
    ).limit(RECENT)
    counted = (
        select(StoredReading.language, func.count())
        .where(StoredReading.mention_id.in_(newest.subquery().select()), StoredReading.language_confidence >= _SURE)
        .where(StoredReading.language != "und")
        .group_by(StoredReading.language)
    )
    found = {language: count for language, count in session.execute(counted).tuples()}
    return found if sum(found.values()) >= FEWEST else {}
