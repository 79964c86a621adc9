"""The queue and the case: where flagged posts are looked at and acted on. Every action is a plain form."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Path, Request
from pydantic import BaseModel
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from earful.errors import Conflict
from earful.query import Query
from earful.values import Label
from inbox.asked import QueueAsked, queue_asked
from inbox.house import House, house, page
from inbox.shown import Evidence, Listed, Reasons, Shown, listed, shown
from inbox.words import sentence
from models.acts import ALLOWED, Act, NotAllowed, Verb
from models.case import DONE, Case, CaseStatus, Dismissal
from models.casework import act, text_changed_since
from models.mention import Mention
from models.place import Place
from models.queue import (
    Desk,
    View,
    count_views,
    events_of,
    in_view,
    list_cases,
    reasons_of,
    view_case,
)
from models.queue import choices as filter_choices
from models.telling import can_undo, withdrawn

PAGE = 50

router = APIRouter()

CaseId = Annotated[int, Path(ge=1, le=2**53)]


class ActForm(BaseModel):
    """What the form beneath a case sends; the button says the verb, the fields are read by those that need them."""

    verb: Literal["take", "assign", "unassign", "note", "resolve", "dismiss", "wait", "snooze", "reopen", "undo"]
    version: int
    text: str = ""
    to: str = ""
    reason: Literal["not_negative:neutral", "not_negative:positive", "not_about_us", "duplicate", "no_action"] = (
        "no_action"
    )
    until: Literal["4h", "tomorrow", "3d", "1w"] = "tomorrow"


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
            case = act(session, case_id, form.version, desk.actor, wanted(form, home, desk), desk.now)
            follow = _following(session, asked, desk, case) if _moves_on(form, case) else case.id
    except Conflict as conflict:
        return _case_page(request, case_id, 409, sentence(conflict), form.text)
    except NotAllowed as refused:
        return _case_page(request, case_id, 422, sentence(refused), form.text)
    except LookupError as error:
        raise NoSuchCase from error
    place = f"/cases/{follow}" if follow else "/cases"
    return RedirectResponse(f"{place}{asked.query(after=str(asked.after or ''), did=str(case_id))}", 303)


def wanted(form: ActForm, home: House, desk: Desk) -> Act:
    """What the form asks for."""
    if form.verb == "take":
        return Act(Verb.ASSIGN, to=desk.actor)
    reason, _, says = form.reason.partition(":")
    return Act(
        Verb(form.verb),
        to=form.to,
        text=form.text,
        reason=Dismissal(reason),
        says=Label(says or "neutral"),
        until=_until(form.until, home, desk.now),
    )


def _until(choice: str, home: House, now: datetime) -> datetime:
    if choice == "4h":
        return now + timedelta(hours=4)
    return home.morning(now, {"tomorrow": 1, "3d": 3, "1w": 7}[choice])


def _moves_on(form: ActForm, case: Case) -> bool:
    return form.verb in {"resolve", "dismiss", "snooze", "wait"} and case.status not in {
        CaseStatus.OPEN,
        CaseStatus.ASSIGNED,
    }


def _following(session: Session, asked: QueueAsked, desk: Desk, case: Case) -> int | None:
    """The case after this one in the view; its first when this was the last."""
    wanted_cases = in_view(asked.view, desk, asked.filter)
    place = Place(case.severity, case.opened_at, case.id)
    after = list_cases(session, wanted_cases, 1, place).cases or list_cases(session, wanted_cases, 1).cases
    return next((other.id for other in after if other.id != case.id), None)


def _case_page(request: Request, case_id: int, status: int = 200, alert: str = "", draft: str = "") -> HTMLResponse:
    home, asked = house(request), queue_asked(request.query_params)
    with home.database.read() as session:
        around = _queue(session, request, asked)
        opened = _opened(session, home, case_id, home.desk(request).actor)
        return page(request, "cases.html", status, **around, opened={**opened, "alert": alert, "draft": draft})


def _opened(session: Session, home: House, case_id: int, actor: str) -> dict[str, Any]:
    view = view_case(session, case_id)
    if view is None:
        raise NoSuchCase
    names = home.names_of(view.case.brand)
    verbs = ALLOWED[view.case.status]
    return {
        "view": view,
        "case": view.case,
        "mention": view.case.mention,
        "reading": view.case.mention.reading,
        "reasons": reasons_of(view.case),
        "shown": _shown(view.case.mention, view.case.reasons, names),
        "thread": [(other, _listed(other, (), names)) for other in view.thread],
        "by_author": [(heard, _listed(heard.mention, (), names)) for heard in view.by_author],
        "can": {verb.value for verb in verbs} - ({"undo"} if not can_undo(view.events, actor) else set()),
        "withdrawn": withdrawn(view.events),
        "text_changed": text_changed_since(view.case),
        "done": view.case.status in DONE,
    }


def _shown(mention: Mention, reasons: Reasons, names: Query | None) -> Shown:
    return shown(mention.title, mention.text, _evidence(mention), reasons, names)


def _listed(mention: Mention, reasons: Reasons, names: Query | None) -> Listed:
    return listed(mention.title, mention.text, _evidence(mention), reasons, names)


def _evidence(mention: Mention) -> Evidence:
    return mention.reading.evidence if mention.reading else ()


def _queue(session: Session, request: Request, asked: QueueAsked) -> dict[str, Any]:
    home = house(request)
    desk = home.desk(request, asked.filter.brand)
    found = list_cases(session, in_view(asked.view, desk, asked.filter), PAGE, asked.after)
    names = {case.brand: home.names_of(case.brand) for case in found.cases}
    return {
        "asked": asked,
        "rows": [Row(case, _listed(case.mention, case.reasons, names[case.brand])) for case in found.cases],
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
