"""Many cases at once, kept views, what came since, and who else is there: what the queue does beside showing itself."""

import re
from typing import Annotated

from fastapi import APIRouter, Form, Request
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from starlette.responses import HTMLResponse, RedirectResponse, Response

from earful.speech import _
from earful.text import storable
from inbox.acting import ActForm, wanted
from inbox.asked import QueueAsked, RowId, Unreadable, Version
from inbox.house import House, house
from inbox.listing import asked_by, count_new
from inbox.page import desk_here, fragment, page
from inbox.person import may
from models.account import Right
from models.acts import Act
from models.bulk import Bulk, Pick, act_on_many, told_batch, undo_batch
from models.case import Case
from models.presence import come, present, recent
from models.queue import Desk
from models.views import NAME_LENGTH, SavedView, drop_view, keep_view

PREVIEW_ABOVE = 25  # cases: what is done to more is shown once before it is done

router = APIRouter(include_in_schema=False)

_PICK = re.compile("[0-9]{1,15}:[0-9]{1,9}")


class BulkForm(ActForm):
    """What the bar above the list sends: one verb, and the cases that were picked with the versions that were seen."""

    version: Version = 0
    pick: list[str] = Field(default_factory=list)
    sure: bool = False
    batch: str = ""


@router.post("/cases/bulk", dependencies=[may(Right.ACT)])
def bulk(request: Request, form: Annotated[BulkForm, Form()]) -> Response:
    """Do one thing to many cases."""
    home, asked = house(request), asked_by(request)
    desk = desk_here(request)
    if form.verb == "undo":
        with home.database.write() as session:
            return _answer(request, asked, undo_batch(session, form.batch, desk.actor, desk.now), form)
    picks = _picks(form.pick)
    if not picks:
        raise Unreadable(_("pick the cases first, then say what is to be done with them"))
    if len(picks) > PREVIEW_ABOVE and not form.sure:
        return _preview(request, asked, form, picks)
    with home.database.write() as session:
        found = session.execute(select(Case.id, Case.brand).where(Case.id.in_([key for key, _version in picks])))
        acts = _acts({key: brand for key, brand in found.tuples()}, form, home, desk)
        done = act_on_many(session, picks, desk.actor, acts.__getitem__, desk.now)
    return _answer(request, asked, done, form)


@router.get("/cases/bulk", dependencies=[may(Right.READ)])
def bulk_again(request: Request) -> Response:
    """The list that many were picked from: nothing can be done to them by an address alone."""
    return RedirectResponse(f"/cases{asked_by(request).here}", 303)


def _acts(brands: dict[int, str], form: BulkForm, home: House, desk: Desk) -> dict[int, Act]:
    by_brand = {brand: wanted(form, home, desk, brand) for brand in set(brands.values())}
    return {key: by_brand[brand] for key, brand in brands.items()}


def _picks(given: list[str]) -> list[Pick]:
    if not all(_PICK.fullmatch(pick) for pick in given):
        raise Unreadable(_("what was picked can't be read; open the list again"))
    return [(int(key), int(seen)) for key, _colon, seen in (pick.partition(":") for pick in given)]


def _preview(request: Request, asked: QueueAsked, form: BulkForm, picks: list[Pick]) -> HTMLResponse:
    with house(request).database.glance() as session:
        wanted_cases = select(Case).where(Case.id.in_([key for key, _version in picks])).order_by(Case.id)
        cases = session.scalars(wanted_cases.options(joinedload(Case.mention))).all()
    sent = [(key, value) for key, value in form.model_dump(mode="json").items() if key not in {"pick", "sure", "verb"}]
    return page(request, "bulk.html", asked=asked, form=form, sent=sent, cases=cases, result=None)


def _answer(request: Request, asked: QueueAsked, done: Bulk, form: BulkForm) -> Response:
    if done.left:
        with house(request).database.glance() as session:
            told = told_batch(session, done.batch, desk_here(request).actor)
        return page(request, "bulk.html", 409, asked=asked, form=form, result=done, told=told)
    return RedirectResponse(f"/cases{asked.query(after=str(asked.after or ''), batch=done.batch)}", 303)


@router.get("/cases/new", dependencies=[may(Right.READ)])
def fresh(request: Request) -> HTMLResponse:
    """What came to the view since the list was begun, and who looks at what: asked for again and again by the page."""
    home, asked = house(request), asked_by(request)
    desk = desk_here(request, asked.filter.brand)
    with home.database.glance() as session:
        count = count_new(session, asked, desk)
        around = recent(session, desk.key, desk.now)
    return fragment(request, "queue/new.html", asked=asked, waiting=count, around=around)


@router.post("/cases/{case_id}/here", dependencies=[may(Right.READ)])
def here(request: Request, case_id: RowId) -> HTMLResponse:
    """A page tells that somebody looks at this case, and learns who else does."""
    home = house(request)
    desk = desk_here(request)
    with home.database.write() as session:
        come(session, desk.key, case_id, desk.now)
        others = present(session, [case_id], desk.key, desk.now).get(case_id, ())
    return fragment(request, "queue/here.html", others=others, at=case_id, begun=True)


@router.post("/views", dependencies=[may(Right.READ)])
def keep(request: Request, name: Annotated[str, Form()], shared: Annotated[bool, Form()] = False) -> Response:
    """Keep this view and its filters under a name."""
    home, asked = house(request), asked_by(request)
    desk = desk_here(request)
    called = " ".join(storable(name).split())
    if not 0 < len(called) <= NAME_LENGTH:
        raise Unreadable(_("a view has a name of 1 to %(most)s characters", most=NAME_LENGTH))
    kept = SavedView(owner=desk.key, name=called, query=asked.fresh, shared=shared, kept_at=desk.now)
    with home.database.write() as session:
        keep_view(session, kept)
    return RedirectResponse(f"/cases{asked.fresh}", 303)


@router.post("/views/{view_id}/drop", dependencies=[may(Right.READ)])
def drop(request: Request, view_id: RowId) -> Response:
    """Keep a view no longer."""
    home, asked = house(request), asked_by(request)
    with home.database.write() as session:
        drop_view(session, view_id, desk_here(request).key)
    return RedirectResponse(f"/cases{asked.fresh}", 303)
