"""Signing in and out, and the one-time link with which a new user chooses a password."""

from datetime import datetime
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Form, Request
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from earful.speech import _
from inbox.asked import Unreadable
from inbox.house import house
from inbox.page import fragment, page
from inbox.person import SESSION_COOKIE, may, person, public
from inbox.words import sentence
from models.account import Right, User
from models.accounts import AccountRefused, has_accounts, set_password
from models.doors import SESSION_LASTS, end_session, user_of_link
from models.signin import SignedIn, SignInRefused, TooManyTries, begin
from models.signin import sign_in as check

router = APIRouter(include_in_schema=False)

Word = Annotated[str, Form()]


#: What an open page does with the answer: it stays as it is, with what was typed, and says above that nobody is in.
_STAY = {"HX-Retarget": "#signed-out", "HX-Reswap": "innerHTML", "HX-Reselect": "#say", "HX-Push-Url": "false"}


def ask_to_sign_in(request: Request, written: str = "") -> Response:
    """What somebody gets who asks without being signed in: the way to sign in and back, and what they had `written`."""
    if "hx-request" in request.headers:
        answer = fragment(request, "signed_out.html")
        answer.status_code = 401
        answer.headers.update(_STAY)
        return answer
    if request.method in {"GET", "HEAD"}:
        there = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?back={quote(there, safe='')}", 303)
    said = _("You are signed out, so nothing was stored. Sign in, then do it again.")
    return sign_in_page(request, own_path(_page_of(request)), 401, said, written=written)


def _page_of(request: Request) -> str:
    """The page from which a form came."""
    return urlsplit(request.headers.get("referer", "")).path


def own_path(back: str) -> str:
    """The way back when it is one of our own pages, the queue otherwise."""
    local = back.startswith("/") and not back.startswith("//") and "\\" not in back and back.isprintable()
    return back if local else "/cases"


@router.get("/sign-in", dependencies=[public()])
def ask(request: Request, back: str = "/cases") -> Response:
    """The page to sign in on."""
    return RedirectResponse(own_path(back), 303) if person(request) else sign_in_page(request, own_path(back))


@router.post("/sign-in", dependencies=[public()])
def sign_in(request: Request, name: Word = "", password: Word = "", back: Word = "/cases") -> Response:
    """Sign in with a name, or a mail address, and a password."""
    home = house(request)
    address = request.client.host if request.client else ""
    try:
        done = check(home.database, name, password, address, home.clock())
    except TooManyTries as refused:
        return sign_in_page(request, own_path(back), 429, sentence(refused), name)
    except SignInRefused as refused:
        return sign_in_page(request, own_path(back), 401, sentence(refused), name)
    return let_in(request, done, own_path(back))


def let_in(request: Request, done: SignedIn, path: str) -> Response:
    """The answer that signs a browser in, and leads on."""
    answer = RedirectResponse(path, 303)
    answer.set_cookie(
        SESSION_COOKIE,
        done.word,
        max_age=int(SESSION_LASTS.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return answer


@router.post("/sign-out", dependencies=[may(Right.ACCOUNT)])
def sign_out(request: Request) -> Response:
    """Sign out this browser."""
    with house(request).database.write() as session:
        end_session(session, request.cookies.get(SESSION_COOKIE, ""))
    return signed_out()


def signed_out() -> Response:
    """The answer to a browser that is no longer signed in."""
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(SESSION_COOKIE, httponly=True, samesite="lax")
    return answer


@router.get("/welcome/{word}", dependencies=[public()])
def welcome(request: Request, word: str) -> Response:
    """The page behind a one-time link: choose a password. Looking at it uses nothing up."""
    return _welcome(request, word)


@router.post("/welcome/{word}", dependencies=[public()])
def choose(request: Request, word: str, password: Word = "", again: Word = "") -> Response:
    """Choose a password and be signed in; the link is used up."""
    now = house(request).clock()
    try:
        same(password, again)
        with house(request).database.write() as session:
            user = _owner(session, word, now)
            set_password(session, user, password)
            done = begin(session, user, now)
    except AccountRefused as refused:
        return _welcome(request, word, sentence(refused))
    return let_in(request, done, "/cases")


def _owner(session: Session, word: str, now: datetime) -> User:
    user = user_of_link(session, word, now)
    if user is None:
        raise Unreadable(_("this link was used already, or is too old; ask an admin for a new one"))
    return user


def same(password: str, again: str) -> None:
    """See that a new password was typed the same twice.

    Raises:
        AccountRefused: it was not.
    """
    if password != again:
        raise AccountRefused(_("the two passwords are not the same; type the new one twice"))


def _welcome(request: Request, word: str, alert: str = "") -> HTMLResponse:
    home = house(request)
    with home.database.read() as session:
        user = _owner(session, word, home.clock())
        return page(request, "welcome.html", 422 if alert else 200, user=user, alert=alert)


def sign_in_page(
    request: Request, back: str, status: int = 200, alert: str = "", name: str = "", written: str = ""
) -> HTMLResponse:
    """The page to sign in on; `alert` says why the last try failed, `written` is what would else be lost."""
    home = house(request)
    with home.database.read() as session:
        nobody = not has_accounts(session)
    provider = home.config.settings.inbox.oidc
    told = {"back": back, "alert": alert, "name": name, "written": written}
    return page(request, "sign_in.html", status, nobody=nobody, provider=provider, **told)
