"""The list beside every case: one view of the queue, its counts, what was just done, and who else is there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fastapi import Request
from sqlalchemy.orm import Session

from inbox.asked import QueueAsked, queue_asked
from inbox.house import House, house
from inbox.page import desk_here
from inbox.shown import Listed, listed
from inbox.words import Badge, due_badge
from models.bulk import told_batch
from models.case import Case
from models.caseview import events_of
from models.lines import CaseLine, list_lines
from models.presence import present
from models.queue import CaseFilter, Choices, Desk, View, choices, count_cases, count_done, count_views, in_view, marks
from models.samples import count_samples
from models.similar import others_alike
from models.telling import can_undo
from models.views import saved_views

PAGE = 30
GROUP_PAGE = 200  # a group of near-duplicates is worked as one, so it is shown as one
COUNTS_FOR = 10  # seconds a count may lag behind the clock; behind a person's act it never lags
CHOICES_FOR = 60  # seconds until a language that is new to the store stands among the filters


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the queue."""

    case: CaseLine
    shown: Listed
    due: Badge
    alike: int  #: how many other open cases say almost the same
    here: Sequence[str]  #: who else looks at it now
    below: "Sequence[Row]" = ()  #: those of the same page that say almost the same, folded away beneath it


def asked_by(request: Request) -> QueueAsked:
    """What the address asks of the queue."""
    return queue_asked(request.query_params, house(request).clock())


def listing(session: Session, request: Request, asked: QueueAsked) -> dict[str, Any]:
    """What the queue's template needs."""
    home = house(request)
    desk = desk_here(request, asked.filter.brand)
    far = marks(session)
    asked = asked if asked.seen else replace(asked, seen=far.newest)
    found = list_lines(session, shown_filter(asked, desk), GROUP_PAGE if asked.filter.alike else PAGE, asked.after)
    rows = _rows(session, home, asked, desk, found.lines)
    return {
        "asked": asked,
        "rows": rows if asked.filter.alike else folded(rows),
        "listed": len(rows),
        "next": found.next,
        "waiting": count_new(session, asked, desk) if far.newest > asked.seen else 0,
        "counts": _counts(session, home, asked.filter, desk, far.change),
        "samples": count_samples(session, asked.filter.brand),
        "views": list(View),
        "saved": saved_views(session, desk.key),
        "choices": known_choices(session, home),
        "notice": _notice(session, request, desk.actor),
        "batch": _batch(session, request, desk.actor),
    }


def shown_filter(asked: QueueAsked, desk: Desk) -> CaseFilter:
    """Which cases the list holds: those of the view that had come when it was begun."""
    return in_view(asked.view, desk, replace(asked.filter, upto=asked.seen or None))


def count_new(session: Session, asked: QueueAsked, desk: Desk) -> int:
    """How many cases of the view came since the list was begun."""
    return count_cases(session, in_view(asked.view, desk, replace(asked.filter, above=asked.seen)))


def _rows(session: Session, home: House, asked: QueueAsked, desk: Desk, cases: Sequence[CaseLine]) -> list[Row]:
    brands = {case.brand for case in cases}
    pointers = {brand: home.pointers(brand, asked.filter.text) for brand in brands}
    ends = {brand: home.day_end(desk.now, brand) for brand in brands}
    ids = [case.id for case in cases]
    alike = others_alike(session, cases)
    here = present(session, ids, desk.key, desk.now)
    return [
        Row(
            case,
            listed(case.title, case.text, case.evidence or (), case.reasons, pointers[case.brand]),
            due_badge(case, desk.now, ends[case.brand]),
            alike.get(case.id, 0),
            here.get(case.id, ()),
        )
        for case in cases
    ]


def folded(rows: Sequence[Row]) -> list[Row]:
    """The rows, those that say almost the same beneath the first of them."""
    groups: dict[int, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.case.alike or -row.case.id, []).append(row)
    return [replace(first, below=others) for first, *others in groups.values()]


def _counts(session: Session, home: House, base: CaseFilter, desk: Desk, change: int) -> Mapping[View, int]:
    moment = int(desk.now.timestamp()) // COUNTS_FOR
    done = home.memory.get(("done", base, change), lambda: count_done(session, base))
    key = ("counts", base, desk.actor, desk.day_end, moment, change)
    return home.memory.get(key, lambda: count_views(session, base, desk, done))


def known_choices(session: Session, home: House) -> Choices:
    """What the filters can be set to, as it was a moment ago."""
    key = ("choices", int(home.clock().timestamp()) // CHOICES_FOR)
    return home.memory.get(key, lambda: choices(session))


def _notice(session: Session, request: Request, actor: str) -> dict[str, Any] | None:
    """What was just done, with the way to undo it; the address says to which case."""
    did = request.query_params.get("did", "")
    if not (did.isascii() and did.isdecimal() and len(did) < 16):
        return None
    case = session.get(Case, int(did))
    events = events_of(session, int(did))
    return {"case": case, "event": events[-1], "undo": can_undo(events, actor)} if case and events else None


def _batch(session: Session, request: Request, actor: str) -> object:
    name = request.query_params.get("batch", "")
    return told_batch(session, name, actor) if name and len(name) <= 16 else None
