"""What leaves the house in files: testimonial candidates and mentions.

Reading for an export holds a bounded number of rows at a time, whatever the size of the store.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from earful.values import Label, MentionKind, SourceState
from models.case import Correction, has_open_case
from models.consent import Consent, ConsentState, Testimonial
from models.corrections import is_last
from models.mention import Mention, Source, StoredReading

STREAM_ROWS = 500


@dataclass(frozen=True, slots=True)
class Candidate:
    """A testimonial candidate with all that decides whether it may go out. No consent row: `consent` is None."""

    mention_id: int
    external_id: str
    brand: str
    source: str
    title: str
    text: str
    author: str | None
    rating: float | None
    published_at: datetime
    url: str | None
    state: SourceState
    text_changed_at: datetime | None
    language: str | None
    consent: ConsentState | None
    consent_proof: str | None
    consent_changed_at: datetime | None
    consent_expires_at: datetime | None
    consent_version: int | None
    corrected_label: Label | None  #: of the last correction, where there is one
    corrected_about_us: bool | None
    has_open_case: bool


def candidates(session: Session, brand: str | None = None, after: int | None = None) -> Iterator[Candidate]:
    """Every testimonial candidate, oldest first, of all brands or one; or those that came after that of a mention."""
    chosen = _candidates()
    if after is not None:
        before = select(Testimonial.id).where(Testimonial.mention_id == after).scalar_subquery()
        chosen = chosen.where(Testimonial.id > func.coalesce(before, 0))
    for row in _stream(session, chosen, Testimonial, brand):
        yield Candidate(*row)


def list_candidates(
    session: Session, brand: str, limit: int, before: int | None = None, *, answered: bool = False
) -> list[Candidate]:
    """A page of a brand's testimonial candidates, newest first; `before`: those that came before that of a mention.

    With `answered` those whose authors ever said yes or no; without, those whose authors can still be asked: known,
    not taken back, and no matter that a person has to see to.
    """
    chosen = _candidates().where(Testimonial.brand == brand)
    if answered:
        chosen = chosen.where(Consent.id.is_not(None))
    else:
        chosen = chosen.where(Consent.id.is_(None), Mention.author != "", Mention.state != SourceState.DELETED)
        praised = or_(Correction.label.is_(None), Correction.label == Label.POSITIVE)
        chosen = chosen.where(praised, Correction.about_us.is_not(False), ~has_open_case())
    if before is not None:
        place = select(Testimonial.id).where(Testimonial.mention_id == before).scalar_subquery()
        chosen = chosen.where(Testimonial.id < place)
    found = session.execute(chosen.order_by(None).order_by(Testimonial.id.desc()).limit(limit))
    return [Candidate(*row) for row in found]


def _candidates() -> Select[Any]:
    said = (Mention.title, Mention.text, Mention.author, Mention.rating, Mention.published_at, Mention.url)
    granted = (Consent.state, Consent.proof, Consent.changed_at, Consent.expires_at, Consent.version)
    judged = (Correction.label, Correction.about_us, has_open_case())
    stands = (Mention.state, Mention.text_changed_at, StoredReading.language)
    return (
        select(Mention.id, Mention.external_id, Testimonial.brand, Source.name, *said, *stands, *granted, *judged)
        .select_from(Testimonial)
        .join(Mention, Mention.id == Testimonial.mention_id)
        .join(Source, Source.id == Mention.source_id)
        .outerjoin(StoredReading, StoredReading.mention_id == Mention.id)
        .outerjoin(Consent, and_(Consent.source_id == Mention.source_id, Consent.author == Mention.author))
        .outerjoin(Correction, and_(Correction.mention_id == Mention.id, is_last()))
        .order_by(Testimonial.id)
    )


def _stream(
    session: Session, query: Select[Any], table: type[Testimonial | Mention], brand: str | None
) -> Iterator[Sequence[Any]]:
    if brand is not None:
        query = query.where(table.brand == brand)
    yield from session.execute(query.execution_options(yield_per=STREAM_ROWS))


@dataclass(frozen=True, slots=True)
class HeardMention:
    """A mention with its reading, as an export shows it. The reading is all None where there is none yet."""

    mention_id: int
    external_id: str
    brand: str
    subject: str
    source: str
    kind: MentionKind
    published_at: datetime
    undated: bool
    author: str | None
    title: str
    text: str
    url: str | None
    place: str | None
    rating: float | None
    nps: int | None
    reach: int | None
    state: SourceState
    first_seen_at: datetime
    language: str | None
    label: Label | None
    polarity: float | None
    confidence: float | None
    themes: list[str] | None
    reader: str | None


_FROM_READING = ("language", "label", "polarity", "confidence", "themes", "reader")


def mentions(session: Session, brand: str | None = None, since: datetime | None = None) -> Iterator[HeardMention]:
    """Every mention with its reading, in the order they were first stored; `since` goes by the time of publishing."""
    query = (
        select(*(_heard_column(field.name) for field in fields(HeardMention)))
        .select_from(Mention)
        .join(Source, Source.id == Mention.source_id)
        .outerjoin(StoredReading, StoredReading.mention_id == Mention.id)
        .order_by(Mention.id)
    )
    if since is not None:
        query = query.where(Mention.published_at >= since)
    for row in _stream(session, query, Mention, brand):
        yield HeardMention(*row)


def _heard_column(name: str) -> Any:
    if name in _FROM_READING:
        return getattr(StoredReading, name)
    return {"mention_id": Mention.id, "source": Source.name}.get(name) or getattr(Mention, name)


def brands_heard(session: Session) -> Sequence[str]:
    """The brands that any source was ever read for."""
    return session.scalars(select(Source.brand).distinct().order_by(Source.brand)).all()
