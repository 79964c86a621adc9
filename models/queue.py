"""What people look at: cases worst and newest first, one case with all around it, everything heard, and the ledger."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Tuple, and_, func, literal, or_, select, true, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload, selectinload
from sqlalchemy.types import TypeEngine

from earful.clock import from_epoch
from earful.values import Label, Severity, SourceState
from models.base import SEVERITIES
from models.case import DONE, Case, CaseEvent, CaseStatus
from models.consent import Consent
from models.mention import Mention, RejectedRecord, Source, StoredReading
from models.run import Coverage, Run

ACTIVE = (CaseStatus.OPEN, CaseStatus.ASSIGNED)
STREAM_ROWS = 500  # rows held in memory at once when everything is read
THREAD_SHOWN = 30
AUTHOR_SHOWN = 10


class View(StrEnum):
    """The queue's views."""

    OPEN = "open"
    MINE = "mine"
    DUE_TODAY = "due-today"
    OVERDUE = "overdue"
    WAITING = "waiting"
    SNOOZED = "snoozed"
    DONE = "done"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases; what is left out filters nothing."""

    brand: str | None = None
    source: str | None = None  #: the source's name
    statuses: tuple[CaseStatus, ...] = ()
    severity: Severity | None = None
    language: str | None = None
    label: Label | None = None
    assignee: str | None = None
    text: str = ""  #: stands somewhere in title, text or author
    due_from: datetime | None = None
    due_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """From where the views are looked at: who asks, what time it is, and when that person's day ends."""

    actor: str
    now: datetime
    day_end: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of cases ended; the next one begins after it."""

    severity: Severity
    opened_at: datetime
    id: int

    def __str__(self) -> str:
        return f"{SEVERITIES.index(self.severity)}.{_micros(self.opened_at)}.{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Place":
        """Read what `str()` wrote.

        Raises:
            ValueError: it is none.
        """
        rank, micros, key = _numbers(text, 3)
        if not 0 <= rank < len(SEVERITIES):
            raise ValueError(f"{text!r} is no place in the queue")
        return cls(SEVERITIES[rank], _moment(micros), key)


@dataclass(frozen=True, slots=True)
class CasePage:
    """Some cases, with mention, source and reading loaded; `next` is None on the last page."""

    cases: Sequence[Case]
    next: Place | None


def in_view(view: View, desk: Desk, base: CaseFilter | None = None) -> CaseFilter:
    """The filter of a view, on top of what else is filtered."""
    base = base or CaseFilter()
    match view:
        case View.OPEN:
            return replace(base, statuses=ACTIVE)
        case View.MINE:
            return replace(base, statuses=(*ACTIVE, CaseStatus.WAITING), assignee=desk.actor)
        case View.DUE_TODAY:
            return replace(base, statuses=ACTIVE, due_from=desk.now, due_before=desk.day_end)
        case View.OVERDUE:
            return replace(base, statuses=ACTIVE, due_before=desk.now)
        case View.WAITING | View.SNOOZED:
            return replace(base, statuses=(CaseStatus(view.value),))
        case View.DONE:
            return replace(base, statuses=DONE)
    return base


def list_cases(session: Session, wanted: CaseFilter, limit: int, after: Place | None = None) -> CasePage:
    """Up to `limit` cases, worst first, among equals the newest first, after a place."""
    ids = select(Case.id).where(*_case_conditions(wanted)).order_by(*_WORST_FIRST).limit(limit + 1)
    if after:
        key = tuple_(Case.severity, Case.opened_at, Case.id)
        ids = ids.where(key < _values(_PLACE_TYPES, after.severity, after.opened_at, after.id))
    # The ids are sorted alone, then only those rows are read: a sort of whole texts takes ten times as long.
    picked = ids.subquery()
    found = session.scalars(_WHOLE_CASES.join(picked, picked.c.id == Case.id)).all()
    shown = found[:limit]
    return CasePage(shown, _place(shown[-1]) if len(found) > limit else None)


def stream_cases(session: Session, wanted: CaseFilter, limit: int | None = None) -> Iterator[Case]:
    """All cases of a filter in the queue's order; memory does not grow with their number."""
    statement = _WHOLE_CASES.where(*_case_conditions(wanted)).limit(limit)
    yield from session.scalars(statement.execution_options(yield_per=STREAM_ROWS))


def count_views(session: Session, base: CaseFilter, desk: Desk) -> dict[View, int]:
    """How many cases each view holds under a filter, in one query."""
    counts = [func.count().filter(and_(true(), *_case_conditions(in_view(view, desk)))) for view in View]
    row = session.execute(select(*counts).select_from(Case).where(*_case_conditions(base))).one()
    return dict(zip(View, row, strict=True))


def _values(types: Sequence[TypeEngine[Any]], *values: object) -> Tuple:
    return tuple_(*(literal(value, kind) for value, kind in zip(values, types, strict=True)))


def _place(case: Case) -> Place:
    return Place(case.severity, case.opened_at, case.id)


_PLACE_TYPES = (Case.severity.type, Case.opened_at.type, Case.id.type)
_WITH_MENTION = joinedload(Case.mention, innerjoin=True).options(
    joinedload(Mention.source, innerjoin=True), joinedload(Mention.reading)
)


_WORST_FIRST = (Case.severity.desc(), Case.opened_at.desc(), Case.id.desc())
_WHOLE_CASES = select(Case).options(_WITH_MENTION, selectinload(Case.tags)).order_by(*_WORST_FIRST)

Asked = tuple[object, Callable[[], ColumnElement[bool]]]
"""What is asked for, if anything, and the condition that holds it."""


def _conditions(asked: Sequence[Asked]) -> list[ColumnElement[bool]]:
    return [condition() for value, condition in asked if value]


def _case_conditions(wanted: CaseFilter) -> list[ColumnElement[bool]]:
    """Conditions on cases alone: what belongs to the mention is asked by EXISTS, so that no join is needed."""
    about_mention = _mention_conditions(MentionFilter(None, wanted.source, wanted.label, wanted.language, wanted.text))
    asked: list[Asked] = [
        (wanted.brand, lambda: Case.brand == wanted.brand),
        (wanted.statuses, lambda: Case.status.in_(wanted.statuses)),
        (wanted.severity, lambda: Case.severity == wanted.severity),
        (wanted.assignee, lambda: Case.assignee == wanted.assignee),
        (wanted.due_from, lambda: Case.due_at >= wanted.due_from),
        (wanted.due_before, lambda: Case.due_at < wanted.due_before),
        (about_mention, lambda: Case.mention.has(and_(true(), *about_mention))),
    ]
    return _conditions(asked)


@dataclass(frozen=True, slots=True)
class MentionFilter:
    """Which mentions; what is left out filters nothing."""

    brand: str | None = None
    source: str | None = None
    label: Label | None = None
    language: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """A mention with source and reading loaded, and the case it was flagged into."""

    mention: Mention
    case_id: int | None


@dataclass(frozen=True, slots=True)
class MentionPlace:
    """Where a page of mentions ended."""

    published_at: datetime
    id: int

    def __str__(self) -> str:
        return f"{_micros(self.published_at)}.{self.id}"

    @classmethod
    def parse(cls, text: str) -> "MentionPlace":
        """Read what `str()` wrote.

        Raises:
            ValueError: it is none.
        """
        micros, key = _numbers(text, 2)
        return cls(_moment(micros), key)


@dataclass(frozen=True, slots=True)
class MentionPage:
    """Some mentions; `next` is None on the last page."""

    mentions: Sequence[Heard]
    next: MentionPlace | None


def list_mentions(
    session: Session, wanted: MentionFilter, limit: int, after: MentionPlace | None = None
) -> MentionPage:
    """Up to `limit` mentions, newest first, after a place."""
    ids = select(Mention.id).where(*_mention_conditions(wanted)).order_by(*_NEWEST_FIRST).limit(limit + 1)
    if after:
        key = tuple_(Mention.published_at, Mention.id)
        ids = ids.where(key < _values(_MENTION_PLACE_TYPES, after.published_at, after.id))
    picked = ids.subquery()
    rows = session.execute(_WHOLE_MENTIONS.join(picked, picked.c.id == Mention.id))
    found = [Heard(mention, case_id) for mention, case_id in rows]
    shown = found[:limit]
    last = shown[-1].mention if len(found) > limit else None
    return MentionPage(shown, MentionPlace(last.published_at, last.id) if last else None)


def stream_mentions(session: Session, wanted: MentionFilter, limit: int | None = None) -> Iterator[Heard]:
    """All mentions of a filter, newest first; memory does not grow with their number."""
    statement = _WHOLE_MENTIONS.where(*_mention_conditions(wanted)).limit(limit)
    rows = session.execute(statement.execution_options(yield_per=STREAM_ROWS))
    for mention, case_id in rows:
        yield Heard(mention, case_id)


_MENTION_PLACE_TYPES = (Mention.published_at.type, Mention.id.type)


_NEWEST_FIRST = (Mention.published_at.desc(), Mention.id.desc())
_WHOLE_MENTIONS = (
    select(Mention, Case.id)
    .outerjoin(Case, Case.mention_id == Mention.id)
    .options(joinedload(Mention.source, innerjoin=True), joinedload(Mention.reading))
    .order_by(*_NEWEST_FIRST)
)


def _mention_conditions(wanted: MentionFilter) -> list[ColumnElement[bool]]:
    asked: list[Asked] = [
        (wanted.brand, lambda: Mention.brand == wanted.brand),
        (wanted.source, lambda: Mention.source.has(Source.name == wanted.source)),
        (wanted.label, lambda: Mention.reading.has(StoredReading.label == wanted.label)),
        (wanted.language, lambda: Mention.reading.has(StoredReading.language == wanted.language)),
        (wanted.text, lambda: _holds((Mention.title, Mention.text, Mention.author), wanted.text)),
    ]
    return _conditions(asked)


def _holds(columns: Sequence[InstrumentedAttribute[Any]], words: str) -> ColumnElement[bool]:
    """Whether one of the columns holds the words, whatever the case; SQLite folds ASCII only, so others are tried."""
    forms = sorted({words, words.lower(), words.upper(), words.capitalize()})
    return or_(*(column.icontains(form, autoescape=True) for column in columns for form in forms))


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case with everything that helps to judge it."""

    case: Case  #: with mention, source and reading
    thread: Sequence[Mention]  #: the others of its thread, oldest first
    by_author: Sequence[Heard]  #: what else its author said about the brand here, newest first
    author_total: int  #: how many mentions of that author there are besides this one
    events: Sequence[CaseEvent]  #: oldest first
    consent: Consent | None  #: the author's consent to be quoted, when it was ever asked


def view_case(session: Session, case_id: int) -> CaseView | None:
    """One case with all that a person needs to see; None when there is none of this id."""
    case = session.scalars(
        select(Case).where(Case.id == case_id).options(_WITH_MENTION, selectinload(Case.tags))
    ).one_or_none()
    if case is None:
        return None
    total, others = _by_author(session, case.mention)
    return CaseView(
        case=case,
        thread=_thread(session, case.mention),
        by_author=others,
        author_total=total,
        events=events_of(session, case_id),
        consent=_consent(session, case.mention),
    )


def events_of(session: Session, case_id: int) -> Sequence[CaseEvent]:
    """Everything that was done to a case, oldest first."""
    return session.scalars(select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.id)).all()


def _thread(session: Session, mention: Mention) -> Sequence[Mention]:
    root = mention.thread_id or mention.external_id
    statement = (
        select(Mention)
        .where(
            Mention.source_id == mention.source_id,
            or_(Mention.thread_id == root, Mention.external_id == root),
            Mention.id != mention.id,
        )
        .options(joinedload(Mention.reading))
        .order_by(Mention.published_at, Mention.id)
        .limit(THREAD_SHOWN)
    )
    return session.scalars(statement).all()


def _by_author(session: Session, mention: Mention) -> tuple[int, Sequence[Heard]]:
    if not mention.author:
        return 0, []
    others = (
        Mention.source_id == mention.source_id,
        Mention.author == mention.author,
        Mention.brand == mention.brand,
        Mention.id != mention.id,
    )
    total = session.scalar(select(func.count()).select_from(Mention).where(*others)) or 0
    rows = session.execute(_WHOLE_MENTIONS.where(*others).limit(AUTHOR_SHOWN))
    return total, [Heard(other, case_id) for other, case_id in rows]


def _consent(session: Session, mention: Mention) -> Consent | None:
    if not mention.author:
        return None
    asked = select(Consent).where(Consent.source_id == mention.source_id, Consent.author == mention.author)
    return session.scalars(asked).one_or_none()


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters can be set to."""

    brands: Sequence[str]
    sources: Sequence[str]
    languages: Sequence[str]  #: of cases
    assignees: Sequence[str]


def choices(session: Session) -> Choices:
    """The brands, sources, languages and assignees there are."""
    languages = select(StoredReading.language).join(Case, Case.mention_id == StoredReading.mention_id)
    return Choices(
        brands=session.scalars(select(Source.brand).distinct().order_by(Source.brand)).all(),
        sources=session.scalars(select(Source.name).distinct().order_by(Source.name)).all(),
        languages=sorted(session.scalars(languages.distinct()).all()),
        assignees=sorted(name for name in session.scalars(select(Case.assignee).distinct()) if name),
    )


def recent_runs(session: Session, limit: int = 20) -> Sequence[Run]:
    """The last runs, newest first, each with its ledger and the sources of it."""
    ledger = selectinload(Run.coverage).joinedload(Coverage.source, innerjoin=True)
    return session.scalars(select(Run).options(ledger).order_by(Run.id.desc()).limit(limit)).all()


def all_sources(session: Session) -> Sequence[Source]:
    """Every source that was ever read, by brand and name."""
    return session.scalars(select(Source).order_by(Source.brand, Source.name)).all()


def recent_rejected(session: Session, limit: int = 50) -> Sequence[RejectedRecord]:
    """The records that could not be used, the last seen first, with their source."""
    source = joinedload(RejectedRecord.source, innerjoin=True)
    order = (RejectedRecord.run_id.desc(), RejectedRecord.id.desc())
    return session.scalars(select(RejectedRecord).options(source).order_by(*order).limit(limit)).all()


def reasons_of(case: Case) -> list[dict[str, str]]:
    """Why it was flagged; once the text is gone at its source, without the words that were quoted from it."""
    gone = case.mention.state is SourceState.DELETED
    return [{"code": reason["code"], "detail": "" if gone else reason["detail"]} for reason in case.reasons]


def case_record(case: Case) -> dict[str, Any]:
    """A case as JSON: plain values only, moments in ISO 8601. The shape is a promise to those who build on it."""
    mention = case.mention
    return {
        "id": case.id,
        **_heard_record(mention),
        "severity": case.severity.value,
        "reasons": reasons_of(case),
        "status": case.status.value,
        "assignee": case.assignee,
        "due_at": case.due_at.isoformat(),
        "opened_at": case.opened_at.isoformat(),
        "version": case.version,
    }


def mention_record(heard: Heard) -> dict[str, Any]:
    """A mention as JSON, in the same words as a case."""
    mention = heard.mention
    return {
        "id": mention.id,
        **_heard_record(mention),
        "subject": mention.subject,
        "kind": mention.kind.value,
        "state": mention.state.value,
        "flagged": heard.case_id is not None,
        "case_id": heard.case_id,
    }


def _heard_record(mention: Mention) -> dict[str, Any]:
    reading = mention.reading
    return {
        "brand": mention.brand,
        "source": mention.source.name,
        "external_id": mention.external_id,
        "url": mention.url,
        "title": mention.title,
        "text": mention.text,
        "author": mention.author,
        "rating": mention.rating,
        "published_at": None if mention.undated else mention.published_at.isoformat(),
        "language": reading.language if reading else None,
        "label": reading.label.value if reading else None,
        "polarity": reading.polarity if reading else None,
        "confidence": reading.confidence if reading else None,
    }


def _micros(moment: datetime) -> int:
    # Whole numbers: a float of seconds would lose microseconds, and a page would then repeat or skip a row.
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _moment(micros: int) -> datetime:
    try:
        return _EPOCH + timedelta(microseconds=micros)
    except OverflowError as error:
        raise ValueError(f"{micros} microseconds is no time") from error


def _numbers(text: str, count: int) -> list[int]:
    parts = text.split(".")
    if len(parts) != count or not all(_NUMBER.fullmatch(part) for part in parts):
        raise ValueError(f"{text!r} is no place in a list")
    return [int(part) for part in parts]


_EPOCH = from_epoch(0)
_NUMBER = re.compile(r"-?[0-9]{1,18}")
