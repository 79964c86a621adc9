"""Who has an account: for admins, who add people, change their role, shut them out, and hand out links."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from earful.speech import _
from inbox.asked import RowId, Unreadable
from inbox.house import house
from inbox.page import page
from inbox.person import may, signed_in
from inbox.words import sentence
from models.account import Right, Role, User
from models.accounts import AccountRefused, add_user, all_users, change_role, disable, enable, has_accounts, make_link

router = APIRouter(include_in_schema=False)

Word = Annotated[str, Form()]


@dataclass(frozen=True, slots=True)
class Handed:
    """A link that was just made, to be handed over: it is shown only now."""

    name: str
    link: str


@router.get("/users", dependencies=[may(Right.ADMIN)])
def users(request: Request) -> HTMLResponse:
    """Everybody who has an account."""
    return _page(request)


@router.post("/users", dependencies=[may(Right.ADMIN)])
def add(
    request: Request,
    name: Word = "",
    role: Annotated[Role, Form()] = Role.AGENT,
    email: Word = "",
    display_name: Word = "",
) -> Response:
    """Add somebody. The first one is whoever sits here: they choose their password at once."""
    home, now = house(request), house(request).clock()
    try:
        with home.database.write() as session:
            first = not has_accounts(session)
            user = add_user(session, now, name, Role.ADMIN if first else role, email, display_name)
            word = make_link(session, user, now)
    except AccountRefused as refused:
        return _page(request, 422, sentence(refused))
    if first:
        return RedirectResponse(f"/welcome/{word}", 303)
    return _page(request, handed=Handed(user.name, _link(request, word)))


@router.post("/users/{user_id}", dependencies=[may(Right.ADMIN)])
def change(
    request: Request,
    user_id: RowId,
    what: Annotated[Literal["role", "disable", "enable", "link"], Form()],
    role: Annotated[Role, Form()] = Role.AGENT,
) -> Response:
    """Change somebody's role, shut them out, let them in, or make them a link to choose a new password."""
    home, now = house(request), house(request).clock()
    handed = None
    try:
        with home.database.write() as session:
            user = session.get(User, user_id)
            if user is None:
                raise Unreadable(_("there is no such user"))
            word = _CHANGES[what](session, user, role, now)
            handed = Handed(user.name, _link(request, word)) if word else None
    except AccountRefused as refused:
        return _page(request, 422, sentence(refused))
    return _page(request, handed=handed) if handed else RedirectResponse("/users", 303)


def _enable(_session: Session, user: User, _role: Role, _at: datetime) -> None:
    enable(user)


_CHANGES: dict[str, Callable[[Session, User, Role, datetime], str | None]] = {
    "role": lambda session, user, role, _: change_role(session, user, role),
    "disable": lambda session, user, _, at: disable(session, user, at),
    "enable": _enable,
    "link": lambda session, user, _, at: make_link(session, user, at),
}


def _link(request: Request, word: str) -> str:
    """The link as the team opens it: under the address that is configured, else the one asked for."""
    base = house(request).config.settings.inbox.url or str(request.base_url)
    return f"{base.rstrip('/')}/welcome/{word}"


def _page(request: Request, status: int = 200, alert: str = "", handed: Handed | None = None) -> HTMLResponse:
    me = signed_in(request)
    with house(request).database.read() as session:
        known = all_users(session)
    return page(request, "users.html", status, users=known, roles=list(Role), alert=alert, handed=handed, me=me)
