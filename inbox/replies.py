"""The canned replies: a page on which a team keeps its own beside the shipped ones."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel
from starlette.responses import HTMLResponse, RedirectResponse, Response

from earful.errors import Conflict
from earful.speech import _
from inbox.asked import RowId, Version
from inbox.drafts import all_replies
from inbox.house import house
from inbox.page import desk_here, page
from inbox.person import may
from inbox.words import sentence
from models.account import Right
from models.reply import PLACEHOLDERS, Reply, ReplyRefused, add_reply, change_reply, checked, delete_reply

router = APIRouter(include_in_schema=False)


class ReplyForm(BaseModel):
    """A reply as a person writes it."""

    verb: Literal["save", "delete"] = "save"
    name: str = ""
    language: str = ""
    theme: str = ""
    text: str = ""
    version: Version = 0


@router.get("/replies", dependencies=[may(Right.READ)])
def replies(request: Request, copy: str = "") -> HTMLResponse:
    """All replies, and a form for a new one; `copy` begins it with one that there is."""
    return _page(request, chosen=copy)


@router.get("/replies/{reply_id}", dependencies=[may(Right.READ)])
def one_reply(request: Request, reply_id: RowId) -> HTMLResponse:
    """All replies, and one of the team's own to be changed."""
    return _page(request, chosen=str(reply_id), reply_id=reply_id)


@router.post("/replies", dependencies=[may(Right.ACT)])
def new_reply(request: Request, form: Annotated[ReplyForm, Form()]) -> Response:
    """Keep a new reply."""
    return _kept(request, form, None)


@router.post("/replies/{reply_id}", dependencies=[may(Right.ACT)])
def changed_reply(request: Request, reply_id: RowId, form: Annotated[ReplyForm, Form()]) -> Response:
    """Change or delete a reply."""
    return _kept(request, form, reply_id)


def _kept(request: Request, form: ReplyForm, reply_id: int | None) -> Response:
    try:
        _store(request, form, reply_id)
    except (ReplyRefused, Conflict) as refused:
        status = 409 if isinstance(refused, Conflict) else 422
        typed = Reply("", form.name, form.language, form.theme, form.text, form.version)
        return _page(request, status, sentence(refused), typed=typed, reply_id=reply_id)
    return RedirectResponse("/replies", 303)


def _store(request: Request, form: ReplyForm, reply_id: int | None) -> None:
    home = house(request)
    desk = desk_here(request)
    with home.database.write() as session:
        if form.verb == "delete" and reply_id is not None:
            delete_reply(session, reply_id)
            return
        fit = checked(form.name, form.language, form.theme, form.text)
        reply = Reply(fit.key, fit.name, fit.language, fit.theme, fit.text, form.version)
        if reply_id is None:
            add_reply(session, reply, desk.actor, desk.now)
        else:
            change_reply(session, reply_id, reply, desk.actor, desk.now)


def _page(
    request: Request,
    status: int = 200,
    alert: str = "",
    chosen: str = "",
    typed: Reply | None = None,
    reply_id: int | None = None,
) -> HTMLResponse:
    with house(request).database.read() as session:
        known = sorted(all_replies(session), key=lambda reply: (reply.language, reply.theme, reply.name))
    found = typed or next((reply for reply in known if reply.key == chosen), None)
    gone = reply_id is not None and found is None
    return page(
        request,
        "replies.html",
        404 if gone else status,
        replies=known,
        form=found or Reply("", "", "en", "", ""),
        reply_id=None if gone else reply_id,
        alert=_("There is no such reply any more.") if gone else alert,
        placeholders=PLACEHOLDERS,
        themes=sorted({reply.theme for reply in known if reply.theme}),
    )
