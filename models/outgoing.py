"""What leaves the house: testimonial candidates and mentions for exports, and the outbox of messages to the team.

Reading for an export holds a bounded number of rows at a time, whatever the size of the store.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from earful.settings import Channel
from earful.values import Label, MentionKind, Severity, SourceState
from models.base import SEVERITIES
from models.case import DONE, Case, Correction
from models.consent import Consent, ConsentState, Testimonial
from models.mention import Mention, Source, StoredReading
from models.outbox import OutboxEntry
from models.upsert import batches, insert_new

STREAM_ROWS = 500
CLAIM = timedelta(minutes=10)  # how long a sender may hold an entry before another one takes it for dead

# ------------------------------------------------------------------------------------------------------------ exports


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


def candidates(session: Session, brand: str | None = None) -> Iterator[Candidate]:
    """Every testimonial candidate, oldest first, of all brands or one."""
    for row in _stream(session, _candidates(), Testimonial, brand):
        yield Candidate(*row)


def _candidates() -> Select[Any]:
    later = aliased(Correction)
    is_last = ~select(later.id).where(later.mention_id == Correction.mention_id, later.id > Correction.id).exists()
    open_case = select(Case.id).where(Case.mention_id == Mention.id, Case.status.not_in(DONE)).exists()
    said = (Mention.title, Mention.text, Mention.author, Mention.rating, Mention.published_at, Mention.url)
    granted = (Consent.state, Consent.proof, Consent.changed_at, Consent.expires_at, Consent.version)
    judged = (Correction.label, Correction.about_us, open_case)
    stands = (Mention.state, Mention.text_changed_at, StoredReading.language)
    return (
        select(Mention.id, Mention.external_id, Testimonial.brand, Source.name, *said, *stands, *granted, *judged)
        .select_from(Testimonial)
        .join(Mention, Mention.id == Testimonial.mention_id)
        .join(Source, Source.id == Mention.source_id)
        .outerjoin(StoredReading, StoredReading.mention_id == Mention.id)
        .outerjoin(Consent, and_(Consent.source_id == Mention.source_id, Consent.author == Mention.author))
        .outerjoin(Correction, and_(Correction.mention_id == Mention.id, is_last))
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


# ------------------------------------------------------------------------------------------------------------- outbox


def wants(channel: Channel, brand: str, severity: Severity) -> bool:
    """Whether a channel is to be told of such a case."""
    return channel.hears_of(brand) and SEVERITIES.index(severity) >= SEVERITIES.index(channel.at_least)


def enqueue_cases(session: Session, case_ids: Sequence[int], channels: Sequence[Channel], at: datetime) -> None:
    """Put each case into the outbox of each channel that wants it, once; what is there already stays as it is."""
    columns = (Case.id, Case.brand, Case.severity)
    for some in batches(case_ids):
        cases = session.execute(select(*columns).where(Case.id.in_(some)).order_by(Case.id)).tuples().all()
        for channel in channels:
            rows = [_entry(key, channel.name, at) for key, brand, severity in cases if wants(channel, brand, severity)]
            insert_new(session, OutboxEntry, rows, ["event", "channel"])


def _entry(case_id: int, channel: str, at: datetime) -> dict[str, Any]:
    event = f"case.opened:{case_id}"
    return {"event": event, "channel": channel, "payload": {"case_id": case_id}, "created_at": at, "attempts": 0}


@dataclass(frozen=True, slots=True)
class Silence:
    """A source that was read and has had nothing new for longer than is expected of it."""

    brand: str
    source: str
    since: datetime


def enqueue_news(
    session: Session, event: str, brand: str, news: str, channels: Sequence[Channel], at: datetime
) -> None:
    """Put a sentence of ours about a brand into the outbox of each channel that hears of it, once."""
    entry = {"event": event, "payload": {"news": news}, "created_at": at, "attempts": 0}
    rows = [{**entry, "channel": channel.name} for channel in channels if channel.hears_of(brand)]
    insert_new(session, OutboxEntry, rows, ["event", "channel"])


@dataclass(frozen=True, slots=True)
class Claimed:
    """One entry that this sender holds: of a case, of a source that fell silent, or a piece of news."""

    entry_id: int
    attempts: int
    case_id: int | None = None
    silence: Silence | None = None
    news: str | None = None


def claim(session: Session, channel: str, now: datetime) -> list[Claimed]:
    """Take all of a channel's free entries; no other sender gets them until the claim is given up or grows old."""
    entries = session.scalars(
        select(OutboxEntry)
        .where(OutboxEntry.channel == channel, OutboxEntry.sent_at.is_(None), _is_free(now))
        .order_by(OutboxEntry.id)
        .with_for_update(skip_locked=True)
    ).all()
    for some in batches([entry.id for entry in entries]):
        session.execute(
            update(OutboxEntry).where(OutboxEntry.id.in_(some)).values(claimed_at=now),
            execution_options={"synchronize_session": False},
        )
    return [_claimed(entry) for entry in entries]


def _claimed(entry: OutboxEntry) -> Claimed:
    told = entry.payload
    if "case_id" in told:
        return Claimed(entry.id, entry.attempts, case_id=int(told["case_id"]))
    if "news" in told:
        return Claimed(entry.id, entry.attempts, news=str(told["news"]))
    silence = Silence(told["brand"], told["source"], datetime.fromisoformat(told["since"]))
    return Claimed(entry.id, entry.attempts, silence=silence)


def _is_free(now: datetime) -> Any:
    return or_(OutboxEntry.claimed_at.is_(None), OutboxEntry.claimed_at <= now - CLAIM)


def mark_sent(session: Session, entry_ids: Sequence[int], at: datetime) -> None:
    """These have been told; they are never told again."""
    _set(session, entry_ids, {"sent_at": at, "last_error": None})


def mark_failed(session: Session, claimed: Sequence[Claimed], error: str, waits: dict[int, datetime]) -> None:
    """These could not be told. They are free again from the moments in `waits`, by how often they were tried."""
    for attempts in {entry.attempts for entry in claimed}:
        ids = [entry.entry_id for entry in claimed if entry.attempts == attempts]
        # There is one rule for when an entry is free, the age of its claim; so the claim is dated to grow old in time.
        held = waits[attempts] - CLAIM
        _set(session, ids, {"claimed_at": held, "attempts": attempts + 1, "last_error": error})


def _set(session: Session, entry_ids: Sequence[int], values: dict[str, Any]) -> None:
    for some in batches(entry_ids):
        session.execute(
            update(OutboxEntry).where(OutboxEntry.id.in_(some), OutboxEntry.sent_at.is_(None)).values(**values),
            execution_options={"synchronize_session": False},
        )


def waiting(session: Session) -> dict[str, int]:
    """How many entries are still to be told, by channel."""
    query = select(OutboxEntry.channel, func.count()).where(OutboxEntry.sent_at.is_(None))
    return {channel: count for channel, count in session.execute(query.group_by(OutboxEntry.channel)).tuples()}


@dataclass(frozen=True, slots=True)
class Told:
    """What a message says of one case."""

    case_id: int
    brand: str
    source: str
    severity: Severity
    due_at: datetime
    title: str
    text: str


def still_open(session: Session, case_ids: Sequence[int]) -> list[tuple[int, str]]:
    """Id and brand of those of these cases that nobody has finished meanwhile."""
    return [
        (key, brand)
        for some in batches(case_ids)
        for key, brand in session.execute(
            select(Case.id, Case.brand).where(Case.id.in_(some), Case.status.not_in(DONE))
        ).tuples()
    ]


def worst(session: Session, case_ids: Sequence[int], limit: int) -> list[Told]:
    """The worst of these cases, among equals those due first."""
    columns = (Case.id, Case.brand, Source.name, Case.severity, Case.due_at, Mention.title, Mention.text)
    found = [
        Told(*row)
        for some in batches(case_ids)
        for row in session.execute(
            select(*columns)
            .join(Mention, Mention.id == Case.mention_id)
            .join(Source, Source.id == Mention.source_id)
            .where(Case.id.in_(some))
            .order_by(Case.severity.desc(), Case.due_at, Case.id)
            .limit(limit)
        ).tuples()
    ]
    return sorted(found, key=lambda told: (-SEVERITIES.index(told.severity), told.due_at, told.case_id))[:limit]
