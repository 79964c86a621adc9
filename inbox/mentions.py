"""Everything that was heard, flagged or not, and what people say of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from earful.errors import Conflict
from earful.speech import _
from earful.values import Label
from inbox.asked import AskedId, RowId, Version, mentions_asked, query_string
from inbox.house import House, house
from inbox.listing import known_choices
from inbox.page import desk_here, page
from inbox.pane import listed_mention
from inbox.person import may
from inbox.shown import Listed, Pointers
from inbox.words import sentence
from models.account import Right
from models.acts import NotAllowed
from models.case import Correction
from models.corrections import last_words
from models.heard import Heard, list_mentions
from models.judging import Judged, as_seen, judge, take_back, with_case
from models.mention import Mention
from models.queue import Desk
from models.sample import Finding

PAGE = 50
NOT_ABOUT_US = "not_about_us"

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list of mentions."""

    heard: Heard
    shown: Listed
    said: Correction | None  #: what a person said of it
    in_case: bool  #: it is judged in its case


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person chose of a mention that could not be done, to be shown again."""

    mention_id: int
    says: str


@router.get("/mentions", dependencies=[may(Right.READ)])
def mentions(request: Request, did: AskedId | None = None) -> HTMLResponse:
    """Everything that was heard, newest first; `did`: the mention that something was just said of."""
    return _mentions(request, did=did)


def _mentions(
    request: Request, status: int = 200, alert: str = "", typed: Typed | None = None, did: int | None = None
) -> HTMLResponse:
    home, asked = house(request), mentions_asked(request.query_params)
    with home.database.glance() as session:
        found = list_mentions(session, asked.filter, PAGE, asked.after)
        lines = _lines(session, found.mentions, home.pointers("", asked.filter.text))
        known = known_choices(session, home)
        if typed and typed.mention_id not in {line.heard.mention.id for line in lines}:
            typed = None
        done = next((line for line in lines if line.heard.mention.id == did), None)
        told = {"asked": asked, "lines": lines, "next": found.next, "choices": known, "done": done}
        return page(request, "mentions.html", status, **told, alert=alert, typed=typed)


def _lines(session: Session, found: Sequence[Heard], pointers: Pointers) -> list[Line]:
    ids = [heard.mention.id for heard in found]
    said, cases = last_words(session, ids), with_case(session, ids)
    return [
        Line(heard, listed_mention(heard.mention, (), pointers), said.get(key), key in cases)
        for key, heard in zip(ids, found, strict=True)
    ]


@router.post("/mentions/{mention_id}", dependencies=[may(Right.ACT)])
def say(
    request: Request,
    mention_id: RowId,
    verb: Annotated[Literal["correct", "needs_reply", "take_back"], Form()],
    seen: Annotated[Version, Form()],
    says: Annotated[Label | Literal["", "not_about_us"], Form()] = "",
) -> Response:
    """Say what a mention really says, that somebody must answer it, or take back what was said."""
    typed = Typed(mention_id, says)
    if says == Label.UNSCORED or (verb == "correct" and not says):
        return _mentions(request, 422, _("Say what it is: negative, neutral, positive or not about us."), typed)
    if verb == "needs_reply" and says == NOT_ABOUT_US:
        return _mentions(request, 422, _("What is not about us needs no reply: choose one of the two."), typed)
    try:
        _heed(house(request), desk_here(request), mention_id, seen, verb, says)
    except Conflict as conflict:
        return _mentions(request, 409, sentence(conflict), typed)
    except NotAllowed as refused:
        return _mentions(request, 422, sentence(refused), typed)
    except LookupError:
        return _mentions(request, 404, _("There is no such mention."))
    query = query_string({**request.query_params, "did": str(mention_id)})
    return RedirectResponse(f"/mentions{query}#mention-{mention_id}", 303)


def _heed(home: House, desk: Desk, mention_id: int, seen: int, verb: str, says: str) -> None:
    with home.database.write() as session:
        mention = as_seen(session, mention_id, seen, desk.now)
        if verb == "take_back":
            take_back(session, mention, desk.actor, desk.now)
        else:
            judge(session, mention, desk.actor, _judged(home, desk, mention, verb, says), desk.now)


def _judged(home: House, desk: Desk, mention: Mention, verb: str, says: str) -> Judged:
    if says == NOT_ABOUT_US:
        return Judged(Finding.NOT_ABOUT_US)
    label = Label(says) if says else None
    if verb == "needs_reply":
        return Judged(Finding.NEEDS_REPLY, label, home.promised(mention.brand, desk.now))
    return Judged(Finding.RIGHT, label)
