"""Which themes readings have been about, and which mentions touch none."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from earful.values import Label, SourceState
from models.mention import Mention, StoredReading

LATEST = 5_000  # readings looked at: a theme that is given shows up soon


def known_themes(session: Session) -> list[str]:
    """The themes of the latest readings, in alphabetical order."""
    latest = select(StoredReading.themes).order_by(StoredReading.mention_id.desc()).limit(LATEST)
    return sorted({theme for several in session.scalars(latest) for theme in several})


class Themeless(NamedTuple):
    """A mention that the taxonomy has no theme for."""

    id: int
    subject: str
    title: str
    text: str
    rating: float | None
    nps: int | None
    language: str
    label: Label


def without_theme(session: Session, brand: str, limit: int) -> list[Themeless]:
    """What was said about a brand itself and touches no theme: negative first, the newest first. Praise is left out."""
    columns = [getattr(Mention, name, None) or getattr(StoredReading, name) for name in Themeless._fields]
    joined = select(*columns).join(StoredReading, StoredReading.mention_id == Mention.id)
    chosen = joined.where(
        Mention.brand == brand,
        Mention.subject == brand,
        Mention.state != SourceState.DELETED,
        StoredReading.label.in_([Label.NEGATIVE, Label.NEUTRAL]),
        StoredReading.themes == [],
    )
    worst = case((StoredReading.label == Label.NEGATIVE, 0), else_=1)
    return [Themeless(*row) for row in session.execute(chosen.order_by(worst, Mention.id.desc()).limit(limit))]


def themes_of(session: Session, brand: str | None, since: datetime) -> Sequence[tuple[list[str], Label]]:
    """Themes and label of each mention published since then that touches any; of one brand, or of all."""
    joined = select(StoredReading.themes, StoredReading.label).join(Mention, StoredReading.mention_id == Mention.id)
    chosen = joined.where(Mention.published_at >= since, Mention.subject == Mention.brand, StoredReading.themes != [])
    return session.execute(chosen.where(Mention.brand == brand) if brand else chosen).tuples().all()
