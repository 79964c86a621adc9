"""The queue and the case: where flagged posts are looked at and acted on. Every action is a plain form."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Request
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from earful.errors import Conflict
from inbox.acting import ActForm, drafts, moves_on, wanted
from inbox.asked import QueueAsked, queue_asked
from inbox.house import house, page
from inbox.pane import listed_mention, opened_case
from inbox.shown import Listed
from inbox.words import sentence
from models.acts import NotAllowed
from models.case import Case
from models.casework import act, brand_of
from models.place import Place
from models.queue import Desk, View, count_views, events_of, in_view, list_cases
from models.queue import choices as filter_choices
from models.telling import can_undo

PAGE = 50

router = APIRouter()

CaseId = Annotated[int, Path(ge=1, le=2**53)]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the queue."""

    case: Case
    shown: Listed


class NoSuchCase(Exception):
    """There is no case of this id."""


@router.get("/")
def start() -> Response:
    """The front page is the queue."""
    return RedirectResponse("/cases", 303)


@router.get("/cases")
def queue(request: Request) -> HTMLResponse:
    """The queue: one view of it, filtered."""
    asked = queue_asked(request.query_params)
    with house(request).database.read() as session:
        return page(request, "cases.html", **_queue(session, request, asked), opened=None)


@router.get("/cases/{case_id}")
def one(request: Request, case_id: CaseId) -> HTMLResponse:
    """One case, beside the queue where there is room."""
    return _case_page(request, case_id)


@router.post("/cases/{case_id}")
def work(request: Request, case_id: CaseId, form: Annotated[ActForm, Form()]) -> Response:
    """Do something to a case; the way back is a page, so that a reload does nothing twice."""
    home, asked = house(request), queue_asked(request.query_params)
    desk = home.desk(request)
    try:
        with home.database.write() as session:
            brand = brand_of(session, case_id)
            case = act(session, case_id, form.version, desk.actor, wanted(form, home, desk, brand), desk.now)
            follow = _following(session, asked, desk, case) if moves_on(form, case) else case.id
    except Conflict as conflict:
        return _case_page(request, case_id, 409, sentence(conflict), form)
    except NotAllowed as refused:
        return _case_page(request, case_id, 422, sentence(refused), form)
    except LookupError as error:
        raise NoSuchCase from error
    place = f"/cases/{follow}" if follow else "/cases"
    return RedirectResponse(f"{place}{asked.query(after=str(asked.after or ''), did=str(case_id))}", 303)


def _following(session: Session, asked: QueueAsked, desk: Desk, case: Case) -> int | None:
    """The case after this one in the view; its first when this was the last."""
    wanted_cases = in_view(asked.view, desk, asked.filter)
    place = Place(case.severity, case.opened_at, case.id)
    after = list_cases(session, wanted_cases, 1, place).cases or list_cases(session, wanted_cases, 1).cases
    return next((other.id for other in after if other.id != case.id), None)


def _case_page(
    request: Request, case_id: int, status: int = 200, alert: str = "", typed: ActForm | None = None
) -> HTMLResponse:
    home, asked = house(request), queue_asked(request.query_params)
    with home.database.read() as session:
        around = _queue(session, request, asked)
        chosen = request.query_params.get("reply", "")
        opened = opened_case(session, home, case_id, home.desk(request).actor, chosen)
        if opened is None:
            raise NoSuchCase
        return page(request, "cases.html", status, **around, opened={**opened, "alert": alert, "draft": drafts(typed)})


def _queue(session: Session, request: Request, asked: QueueAsked) -> dict[str, Any]:
    home = house(request)
    desk = home.desk(request, asked.filter.brand)
    found = list_cases(session, in_view(asked.view, desk, asked.filter), PAGE, asked.after)
    names = {case.brand: home.names_of(case.brand) for case in found.cases}
    return {
        "asked": asked,
        "rows": [Row(case, listed_mention(case.mention, case.reasons, names[case.brand])) for case in found.cases],
        "next": found.next,
        "counts": count_views(session, asked.filter, desk),
        "views": list(View),
        "choices": filter_choices(session),
        "notice": _notice(session, request, desk.actor),
    }


def _notice(session: Session, request: Request, actor: str) -> dict[str, Any] | None:
    """What was just done, with the way to undo it; the address says to which case."""
    did = request.query_params.get("did", "")
    if not (did.isascii() and did.isdecimal() and len(did) < 16):
        return None
    case = session.get(Case, int(did))
    events = events_of(session, int(did))
    return {"case": case, "event": events[-1], "undo": can_undo(events, actor)} if case and events else None
