"""What a person chooses for themselves: theme, language, time zone and password; what they are told, in inbox.told."""

from collections.abc import Mapping
from typing import Annotated, Any
from zoneinfo import available_timezones

from fastapi import APIRouter, Form, Request
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from earful.speech import N_, _
from earful.tongues import SHIPPED
from inbox.asked import Unreadable
from inbox.house import house
from inbox.page import THEME_COOKIE, THEMES, YEAR, page
from inbox.person import NAME_COOKIE, may, name_cookie, person, public, signed_in
from inbox.showntold import KIND_NAMES, told_of
from inbox.signin import let_in, own_path, same, signed_out
from inbox.words import sentence
from models.account import Right, User
from models.accounts import AccountRefused, set_password
from models.actor import clean_name, one_line
from models.doors import count_sessions, end_sessions
from models.passwords import matches
from models.signin import TooManyTries, begin, checked_again

router = APIRouter(include_in_schema=False)

Word = Annotated[str, Form()]

#: The languages of the pages, each in its own words; "" leaves it to the browser.
LOCALES: Mapping[str, str] = {"": N_("As the browser asks"), **SHIPPED}


@router.get("/account", dependencies=[may(Right.ACCOUNT)])
def account(request: Request) -> HTMLResponse:
    """One's own account."""
    return account_page(request)


@router.post("/account", dependencies=[may(Right.ACCOUNT)])
def change(
    request: Request,
    display_name: Word = "",
    locale: Word = "",
    time_zone: Word = "",
    theme: Word = "auto",
) -> Response:
    """Store how pages look."""
    if locale not in LOCALES or theme not in THEMES or (time_zone and time_zone not in available_timezones()):
        raise Unreadable(_("take a language, a time zone and a theme from the lists"))
    with house(request).database.write() as session:
        user = own_account(session, request)
        user.display_name = one_line(display_name) or user.name
        user.locale, user.time_zone, user.theme = locale or None, time_zone or None, theme
    return RedirectResponse("/account?saved=1", 303)


@router.post("/account/password", dependencies=[may(Right.ACCOUNT)])
def change_password(request: Request, current: Word = "", password: Word = "", again: Word = "") -> Response:
    """Choose another password. Every session ends but a new one here."""
    home, now = house(request), house(request).clock()
    with home.database.read() as session:
        stored = own_account(session, request).password_hash
    try:
        checked_again(home.database, signed_in(request).name, now)
        _present(stored, current)
        same(password, again)
        with home.database.write() as session:
            user = own_account(session, request)
            set_password(session, user, password)
            done = begin(session, user, now)
    except (AccountRefused, TooManyTries) as refused:
        return account_page(request, 422, sentence(refused))
    return let_in(request, done, "/account?saved=1")


def _present(stored: str | None, current: str) -> None:
    if not matches(stored, current):
        raise AccountRefused(_("the present password is another one"))


@router.post("/account/sign-out-everywhere", dependencies=[may(Right.ACCOUNT)])
def sign_out_everywhere(request: Request) -> Response:
    """End every session of one's own, this one too."""
    with house(request).database.write() as session:
        end_sessions(session, own_account(session, request).id)
    return signed_out()


def own_account(session: Session, request: Request) -> User:
    """The account of whoever is signed in.

    Raises:
        Unreadable: there are no accounts yet.
    """
    key = signed_in(request).user_id
    if key is None:
        raise Unreadable(_("you have no account here yet; make one under Users"))
    return session.get_one(User, key)


def account_page(request: Request, status: int = 200, alert: str = "", notice: str = "") -> HTMLResponse:
    """The page of one's own account, with what went wrong or was done."""
    home = house(request)
    with home.database.read() as session:
        user = own_account(session, request)
        known: dict[str, Any] = {"user": user, "sessions": count_sessions(session, user.id, home.clock())}
    if not alert and "saved" in request.query_params:
        notice = notice or _("Saved.")
    return page(
        request,
        "account.html",
        status,
        **known,
        alert=alert,
        notice=notice,
        locales=LOCALES,
        zones=sorted(available_timezones()),
        themes=THEMES,
        told=told_of(home.config, user),
        told_names=KIND_NAMES,
    )


@router.post("/theme", dependencies=[public()])
def choose_theme(request: Request, theme: Word, back: Word = "/cases") -> Response:
    """Remember light, dark, or as the system has it: in this browser, and for whoever is signed in."""
    if theme not in THEMES:
        raise Unreadable(_("a theme is auto, light or dark"))
    known = person(request)
    if known and known.user_id:
        with house(request).database.write() as session:
            session.get_one(User, known.user_id).theme = theme
    return _remembered(THEME_COOKIE, theme, back)


@router.post("/you", dependencies=[may(Right.ACCOUNT)])
def choose_name(request: Request, name: Word = "", back: Word = "/cases") -> Response:
    """Remember who is sitting here, while there are no accounts; an empty name is the system's again."""
    if signed_in(request).user_id:
        raise Unreadable(_("you have an account, so you work under its name"))
    if name.strip() and not clean_name(name):
        raise Unreadable(_('"earful" is the name of the pipeline itself; take another'))
    return _remembered(NAME_COOKIE, name_cookie(clean_name(name)), back)


def _remembered(cookie: str, value: str, back: str) -> Response:
    answer = RedirectResponse(own_path(back), 303)
    answer.set_cookie(cookie, value, max_age=YEAR, httponly=True, samesite="lax")
    return answer
