"""The queue and the case: where flagged posts are looked at and acted on. Every action is a plain form."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from earful.errors import Conflict
from inbox.acting import ActForm, drafts, moves_on, wanted
from inbox.asked import QueueAsked, RowId
from inbox.house import house
from inbox.listing import asked_by, known_choices, listing, shown_filter
from inbox.page import desk_here, page
from inbox.pane import opened_case
from inbox.person import may
from inbox.words import sentence
from models.account import Right
from models.acts import NotAllowed
from models.case import Case
from models.casework import act, brand_of
from models.place import Place
from models.queue import Desk, case_ids

router = APIRouter(include_in_schema=False)


class NoSuchCase(Exception):
    """There is no case of this id."""


@router.get("/", dependencies=[may(Right.READ)])
def start() -> Response:
    """The front page is the queue."""
    return RedirectResponse("/cases", 303)


@router.get("/cases", dependencies=[may(Right.READ)])
def queue(request: Request) -> HTMLResponse:
    """The queue: one view of it, filtered."""
    asked = asked_by(request)
    with house(request).database.glance() as session:
        around = listing(session, request, asked)
    return page(request, "cases.html", **around, opened=None)


@router.get("/cases/{case_id}", dependencies=[may(Right.READ)])
def one(request: Request, case_id: RowId) -> HTMLResponse:
    """One case, beside the queue where there is room."""
    return _case_alone(request, case_id) if _has_its_list(request) else _case_page(request, case_id)


@router.post("/cases/{case_id}", dependencies=[may(Right.ACT)])
def work(request: Request, case_id: RowId, form: Annotated[ActForm, Form()]) -> Response:
    """Do something to a case; the way back is a page, so that a reload does nothing twice."""
    home, asked = house(request), asked_by(request)
    desk = desk_here(request)
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
    wanted_cases = shown_filter(asked, desk)
    place = Place(case.severity, case.opened_at, case.id)
    after, first = (case_ids(session, wanted_cases, begun).limit(1) for begun in (place, None))
    found = session.scalar(after) or session.scalar(first)
    return found if found != case.id else None


def _has_its_list(request: Request) -> bool:
    """Whether the page that asks shows the list already, as it is: nothing was done, a case was chosen in it."""
    return request.headers.get("HX-Target") == "pane" and "did" not in request.query_params


def _case_alone(request: Request, case_id: int) -> HTMLResponse:
    home = house(request)
    with home.database.glance() as session:
        opened = _opened(request, session, case_id)
        known = known_choices(session, home)
    return page(request, "opened.html", asked=asked_by(request), opened=opened, choices=known, notice=None, batch=None)


def _case_page(
    request: Request, case_id: int, status: int = 200, alert: str = "", typed: ActForm | None = None
) -> HTMLResponse:
    with house(request).database.glance() as session:
        around = listing(session, request, asked_by(request))
        opened = _opened(request, session, case_id, alert, typed)
    return page(request, "cases.html", status, **around, opened=opened)


def _opened(
    request: Request, session: Session, case_id: int, alert: str = "", typed: ActForm | None = None
) -> dict[str, Any]:
    home, chosen, sought = house(request), request.query_params.get("reply", ""), asked_by(request).filter.text
    opened = opened_case(session, home, case_id, desk_here(request).actor, chosen, sought)
    if opened is None:
        raise NoSuchCase
    return {**opened, "alert": alert, "draft": drafts(typed)}
