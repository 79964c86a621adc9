"""The outbox: what is to be told to channels and people, who holds it to send it, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from earful.settings import Channel
from earful.values import SEVERITIES, Severity
from models.case import DONE, NOT_ANSWERED, Case, CaseEvent
from models.mention import Mention, Source
from models.outbox import OutboxEntry
from models.upsert import batches, insert_new

CLAIM = timedelta(minutes=10)  # how long a sender may hold an entry before another one takes it for dead
OPENED, HALF, DUE = "case.opened", "case.half", "case.due"  #: kinds of events of cases; people have more
SUMMARY, SILENT, FAILED, NEWS = "summary", "source.silent", "source.failed", "news"


def wants(channel: Channel, brand: str, severity: Severity) -> bool:
    """Whether a channel is to be told of such a case."""
    return channel.hears_of(brand) and SEVERITIES.index(severity) >= SEVERITIES.index(channel.at_least)


def enqueue_cases(
    session: Session, case_ids: Sequence[int], channels: Sequence[Channel], at: datetime, kind: str = OPENED
) -> None:
    """Put each case into the outbox of each channel that wants it, once a kind; what is there stays as it is."""
    columns = (Case.id, Case.brand, Case.severity, Case.due_at)
    for some in batches(case_ids):
        cases = session.execute(select(*columns).where(Case.id.in_(some)).order_by(Case.id)).tuples().all()
        for channel in channels:
            rows = [
                _entry(event_of(kind, key, due_at), key, channel.name, at)
                for key, brand, severity, due_at in cases
                if wants(channel, brand, severity)
            ]
            insert_new(session, OutboxEntry, rows, ["event", "channel"])


def enqueue_named(session: Session, cases: Mapping[int, Sequence[str]], at: datetime) -> None:
    """Put new cases into the outbox of the channels named for each, whatever its severity; once, as `enqueue_cases`."""
    rows = [_entry(f"{OPENED}:{key}", key, name, at) for key, names in cases.items() for name in names]
    insert_new(session, OutboxEntry, rows, ["event", "channel"])


def event_of(kind: str, case_id: int, due_at: datetime) -> str:
    """The name of an event of a case. A reminder is of one promise: a new one is reminded of anew."""
    return f"{kind}:{case_id}" if kind == OPENED else f"{kind}:{case_id}:{int(due_at.timestamp())}"


def _entry(event: str, case_id: int, channel: str, at: datetime) -> dict[str, Any]:
    return {"event": event, "channel": channel, "payload": {"case_id": case_id}, "created_at": at, "attempts": 0}


def enqueue_news(
    session: Session, event: str, brand: str, news: str, channels: Sequence[Channel], at: datetime
) -> None:
    """Put a sentence of ours about a brand into the outbox of each channel that hears of it, once."""
    for channel in channels:
        if channel.hears_of(brand):
            tell_channel(session, channel.name, event, at, {"news": news})


def tell_channel(session: Session, channel: str, event: str, at: datetime, payload: Mapping[str, Any]) -> None:
    """Put something that is about no case into a channel's outbox, once."""
    row = {"event": event, "channel": channel, "payload": dict(payload), "created_at": at, "attempts": 0}
    insert_new(session, OutboxEntry, [row], ["event", "channel"])


@dataclass(frozen=True, slots=True)
class Claimed:
    """One entry that this sender holds."""

    entry_id: int
    case_id: int  #: 0 where it is about none
    attempts: int
    kind: str = OPENED
    payload: Mapping[str, Any] = field(default_factory=dict)
    brand: str = ""  #: "" where it is about none
    event: str = OPENED  #: what happened, whatever it is told as


def claim(session: Session, channel: str, now: datetime, until: datetime | None = None) -> list[Claimed]:
    """Take all of a channel's free entries; no other sender gets them until the claim is given up or grows old.

    With `until` only those of what happened by then.
    """
    wanted = (OutboxEntry.channel == channel, OutboxEntry.sent_at.is_(None), _is_free(now))
    old = () if until is None else (OutboxEntry.created_at <= until,)
    entries = session.scalars(
        select(OutboxEntry).where(*wanted, *old).order_by(OutboxEntry.id).with_for_update(skip_locked=True)
    ).all()
    for some in batches([entry.id for entry in entries]):
        session.execute(
            update(OutboxEntry).where(OutboxEntry.id.in_(some)).values(claimed_at=now),
            execution_options={"synchronize_session": False},
        )
    brands = dict(those(session, [key for entry in entries if (key := _case_of(entry))]))
    return [_claimed(entry, brands.get(_case_of(entry), "")) for entry in entries]


def _case_of(entry: OutboxEntry) -> int:
    return int(entry.payload.get("case_id", 0))


def _claimed(entry: OutboxEntry, brand: str) -> Claimed:
    event = entry.event.partition(":")[0]
    return Claimed(
        entry_id=entry.id,
        case_id=_case_of(entry),
        attempts=entry.attempts,
        kind=NEWS if "news" in entry.payload else event,
        payload=entry.payload,
        brand=brand or str(entry.payload.get("brand", "")),
        event=event,
    )


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
    by: str = ""  #: who said `text`, where it is a note of ours


def still_open(session: Session, case_ids: Sequence[int]) -> list[tuple[int, str]]:
    """Id and brand of those of these cases that nobody has finished meanwhile."""
    return _those(session, case_ids, Case.status.not_in(DONE))


def unanswered(session: Session, case_ids: Sequence[int]) -> list[tuple[int, str]]:
    """Id and brand of those of these cases that nobody has answered meanwhile in the time of their present promise."""
    return _those(session, case_ids, Case.status.not_in(DONE), NOT_ANSWERED)


def those(session: Session, case_ids: Sequence[int]) -> list[tuple[int, str]]:
    """Id and brand of these cases."""
    return _those(session, case_ids)


def _those(session: Session, case_ids: Sequence[int], *conditions: Any) -> list[tuple[int, str]]:
    return [
        (key, brand)
        for some in batches(case_ids)
        for key, brand in session.execute(select(Case.id, Case.brand).where(Case.id.in_(some), *conditions)).tuples()
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


def called(session: Session, entries: Sequence[Claimed]) -> list[Told]:
    """The notes that these entries are about, as they stand in the log, each with its case."""
    ids = [int(entry.payload["event_id"]) for entry in entries]
    found = select(CaseEvent).where(CaseEvent.id.in_(ids)).order_by(CaseEvent.id)
    events = session.scalars(found).all()
    cases = {told.case_id: told for told in worst(session, [event.case_id for event in events], len(ids))}
    return [
        replace(cases[event.case_id], title="", text=str(event.detail.get("text", "")), by=event.actor)
        for event in events
    ]


def drop(session: Session, claimed: Sequence[Claimed], why: str, at: datetime) -> None:
    """These are not to be told; they are done with, and say why."""
    _set(session, [entry.entry_id for entry in claimed], {"sent_at": at, "last_error": why})
