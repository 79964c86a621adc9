"""The queue: cases worst and newest first, its views with their counts, and what it can be filtered by."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, func, select, true, tuple_
from sqlalchemy.orm import Session, joinedload, selectinload

from earful.values import Label, Severity
from models.case import ACTIVE, DONE, NOT_ANSWERED, Case, CaseEvent, CaseStatus
from models.heard import looked_at, sources_named
from models.mention import Mention, Source
from models.place import Place, values
from models.search import among_cases

MOST_DONE = 1_000  # so far what is done is counted
STREAM_ROWS = 500  # rows held in memory at once when everything is read


class View(StrEnum):
    """The queue's views."""

    OPEN = "open"
    MINE = "mine"
    UNASSIGNED = "unassigned"
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
    theme: str | None = None
    assignee: str | None = None  #: "" for cases that nobody has
    text: str = ""  #: what its mention holds, in the house's query language
    opened_from: datetime | None = None
    due_from: datetime | None = None
    due_before: datetime | None = None
    unanswered: bool = False  #: only those that wait for an answer
    alike: int | None = None  #: the group of near-duplicates
    upto: int | None = None  #: the highest id: what came later waits until it is asked for
    above: int | None = None  #: only what came after this id


@dataclass(frozen=True, slots=True)
class Desk:
    """From where the views are looked at: who asks, what time it is, and when that person's day ends."""

    actor: str
    now: datetime
    day_end: datetime
    key: str = ""  #: under which what is theirs is kept, as models.keeper has it


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
        case View.UNASSIGNED:
            return replace(base, statuses=ACTIVE, assignee="")
        case View.DUE_TODAY:
            return replace(base, statuses=ACTIVE, due_from=desk.now, due_before=desk.day_end, unanswered=True)
        case View.OVERDUE:
            return replace(base, statuses=ACTIVE, due_before=desk.now, unanswered=True)
        case View.WAITING | View.SNOOZED:
            return replace(base, statuses=(CaseStatus(view.value),))
        case View.DONE:
            return replace(base, statuses=DONE)
    return base


def list_cases(session: Session, wanted: CaseFilter, limit: int, after: Place | None = None) -> CasePage:
    """Up to `limit` cases, worst first, among equals the newest first, after a place."""
    picked = case_ids(session, wanted, after).limit(limit + 1).subquery()
    found = session.scalars(_WHOLE_CASES.join(picked, picked.c.id == Case.id)).all()
    shown = found[:limit]
    return CasePage(shown, _place(shown[-1]) if len(found) > limit else None)


def case_ids(session: Session, wanted: CaseFilter, after: Place | None = None) -> Select[tuple[int]]:
    """The ids of the cases of a filter after a place, in the queue's order: an index alone answers."""
    ids = select(Case.id).where(*_conditions(session, wanted)).order_by(*WORST_FIRST)
    if after is None:
        return ids
    key = tuple_(Case.severity, Case.opened_at, Case.id)
    return ids.where(key < values(_PLACE_TYPES, after.severity, after.opened_at, after.id))


def find_case(session: Session, case_id: int) -> Case | None:
    """One case with mention, source, reading and tags loaded; None when there is none of this id."""
    wanted = select(Case).where(Case.id == case_id).options(_WITH_MENTION, joinedload(Case.tags))
    return session.scalars(wanted.execution_options(populate_existing=True)).unique().one_or_none()


def stream_cases(session: Session, wanted: CaseFilter, limit: int | None = None) -> Iterator[Case]:
    """All cases of a filter in the queue's order; memory does not grow with their number."""
    statement = _WHOLE_CASES.where(*_conditions(session, wanted)).limit(limit)
    yield from session.scalars(statement.execution_options(yield_per=STREAM_ROWS))


def count_views(session: Session, base: CaseFilter, desk: Desk, done: int) -> dict[View, int]:
    """How many cases each view holds under a filter: all that is open in one look at its index; `done` is given."""
    still_open = [view for view in View if view not in {View.DONE, View.ALL}]
    counts = [func.count().filter(and_(true(), *_conditions(session, in_view(view, desk)))) for view in still_open]
    asked = _conditions(session, base)
    row = session.execute(select(func.count(), *counts).select_from(Case).where(Case.closed_at.is_(None), *asked)).one()
    return {**dict(zip(still_open, row[1:], strict=True)), View.DONE: done, View.ALL: row[0] + done}


def count_done(session: Session, base: CaseFilter) -> int:
    """How many cases are done under a filter, MOST_DONE + 1 where they are more.

    The same for everybody, and at any time until a case changes. Nobody works through what is done, and to count it
    all would take the longer the longer Earful is in use.
    """
    done = select(Case.id).where(looked_at(session, Case.closed_at).is_not(None), *_conditions(session, base))
    return session.scalar(select(func.count()).select_from(done.limit(MOST_DONE + 1).subquery())) or 0


def count_cases(session: Session, wanted: CaseFilter) -> int:
    """How many cases pass a filter."""
    return session.scalar(select(func.count()).select_from(Case).where(*_conditions(session, wanted))) or 0


@dataclass(frozen=True, slots=True)
class Marks:
    """How far the queue has come, 0 where there is nothing yet."""

    newest: int  #: the highest id of a case
    change: int  #: grows with every change of a case: while it stands still, so do all counts


def marks(session: Session) -> Marks:
    """How far the queue has come."""
    newest, change = session.execute(_MARKS).one()
    return Marks(newest or 0, change or 0)


_MARKS = select(*(select(func.max(column)).scalar_subquery() for column in (Case.id, CaseEvent.id)))


def _place(case: Case) -> Place:
    return Place(case.severity, case.opened_at, case.id)


_PLACE_TYPES = (Case.severity.type, Case.opened_at.type, Case.id.type)
_WITH_MENTION = joinedload(Case.mention, innerjoin=True).options(
    joinedload(Mention.source, innerjoin=True), joinedload(Mention.reading)
)


WORST_FIRST = (Case.severity.desc(), Case.opened_at.desc(), Case.id.desc())
_WHOLE_CASES = select(Case).options(_WITH_MENTION, selectinload(Case.tags)).order_by(*WORST_FIRST)

Asked = tuple[object, Callable[[], ColumnElement[bool]]]
"""What is asked for, if anything, and the condition that holds it."""


def _conditions(session: Session, wanted: CaseFilter) -> list[ColumnElement[bool]]:
    """Conditions on cases alone, whose index holds all that is asked of the mention but its words."""
    is_done, someone = set(wanted.statuses) & set(DONE), wanted.assignee
    status, assignee = looked_at(session, Case.status), looked_at(session, Case.assignee)
    asked: list[Asked] = [
        (wanted.brand, lambda: Case.brand == wanted.brand),
        (wanted.source, lambda: Case.source_id.in_(sources_named(session, wanted.source))),
        (wanted.statuses, lambda: status.in_(wanted.statuses)),
        # Follows from the statuses; said, so that the small index of what is open serves.
        (wanted.statuses and not is_done, lambda: Case.closed_at.is_(None)),
        (wanted.severity, lambda: Case.severity == wanted.severity),
        (wanted.language, lambda: Case.language == wanted.language),
        (wanted.label, lambda: Case.label == wanted.label),
        (wanted.theme, lambda: Case.themes.contains(f"|{wanted.theme}|", autoescape=True)),
        (someone is not None, lambda: assignee == someone if someone else assignee.is_(None)),
        (wanted.opened_from, lambda: Case.opened_at >= wanted.opened_from),
        (wanted.due_from, lambda: Case.due_at >= wanted.due_from),
        (wanted.due_before, lambda: Case.due_at < wanted.due_before),
        (wanted.unanswered, lambda: NOT_ANSWERED),
        (wanted.alike, lambda: Case.alike == wanted.alike),
        (wanted.upto, lambda: Case.id <= wanted.upto),
        (wanted.above, lambda: Case.id > wanted.above),
        (wanted.text, lambda: among_cases(session, wanted.text)),
    ]
    return [condition() for value, condition in asked if value]


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters can be set to."""

    brands: Sequence[str]
    sources: Sequence[str]
    languages: Sequence[str]  #: of cases
    themes: Sequence[str]  #: of cases
    assignees: Sequence[str]


def choices(session: Session) -> Choices:
    """The brands, sources, languages, themes and assignees there are."""
    sources = session.execute(select(Source.brand, Source.name)).tuples().all()
    cases = session.execute(select(Case.language, Case.themes, Case.assignee).distinct()).tuples().all()
    return Choices(
        brands=sorted({brand for brand, _name in sources}),
        sources=sorted({name for _brand, name in sources}),
        languages=sorted({language for language, *_others in cases if language}),
        themes=sorted({theme for _language, several, _assignee in cases for theme in several.split("|") if theme}),
        assignees=sorted({assignee for *_others, assignee in cases if assignee}),
    )
