"""Who is asking, and what they may: every route declares the right it needs, as a dependency of its own.

    @router.get("/cases", dependencies=[may(Right.READ)])

A route that asks for nobody says so with `dependencies=[public()]`; a test looks that each route says one or the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from fastapi.params import Depends as Dependency

from earful.errors import EarfulError
from earful.speech import speech
from earful.tongues import speech_for
from inbox.guard import LOOPBACK, host_of
from inbox.house import House, house
from models.account import RIGHTS, Right, Role, User, UserSession
from models.accounts import has_accounts
from models.actor import clean_name, system_user
from models.doors import SEEN_EVERY, user_of_session

NAME_COOKIE = "earful_name"
SESSION_COOKIE = "earful_session"
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in. Without an account (`user_id` None) it is whoever sits at this machine."""

    name: str  #: as it stands in the log
    display_name: str
    role: Role
    user_id: int | None = None
    locale: str | None = None
    time_zone: str | None = None
    theme: str | None = None
    preferences: Mapping[str, Any] = field(default_factory=dict)

    def may(self, right: Right) -> bool:
        """Whether their role gives this right."""
        return right in RIGHTS[self.role]


class NotSignedIn(Exception):
    """The page is for those who are signed in."""


class NotPermitted(Exception):
    """Whoever is signed in lacks the right."""

    def __init__(self, right: Right) -> None:
        super().__init__(right)
        self.right = right


@dataclass(frozen=True, slots=True)
class Needs:
    """The dependency that lets a request through when the person has the right; None: anybody may."""

    right: Right | None

    def __call__(self, request: Request) -> None:
        """Refuse, or let pass.

        Raises:
            NotSignedIn: nobody is signed in.
            NotPermitted: somebody is, who may not.
        """
        if self.right is None:
            return
        found = person(request)
        if found is None:
            raise NotSignedIn
        if not found.may(self.right):
            raise NotPermitted(self.right)


def may(right: Right) -> Dependency:
    """What a route declares that only those with this right may use."""
    dependency: Dependency = Depends(Needs(right))
    return dependency


def public() -> Dependency:
    """What a route declares that anybody may use."""
    dependency: Dependency = Depends(Needs(None))
    return dependency


def person(request: Request) -> Person | None:
    """Who is asking: by session, or, as long as there are no accounts, whoever sits at this machine."""
    if not hasattr(request.state, "person"):
        request.state.person = _find(request)
        if request.state.person:
            _speak_to(request.state.person)
    found: Person | None = request.state.person
    return found


def _speak_to(found: Person) -> None:
    """In the language and zone of their account; what it leaves open stays as the browser asks."""
    if found.locale:
        speech().become(speech_for(found.locale))
    if found.time_zone:
        speech().zone = ZoneInfo(found.time_zone)


def signed_in(request: Request) -> Person:
    """Who is asking, on a page that only somebody signed in may open.

    Raises:
        NotSignedIn: nobody is.
    """
    found = person(request)
    if found is None:
        raise NotSignedIn
    return found


def quietly(request: Request) -> Person | None:
    """Who is asking, for a page that must be shown even where the database can't be asked."""
    try:
        return person(request)
    except EarfulError:
        request.state.person = None
        return None


def who(request: Request) -> str:
    """The name under which what is done now stands in the log; "" for nobody."""
    found = quietly(request)
    return found.name if found else ""


def _find(request: Request) -> Person | None:
    home = house(request)
    word = request.cookies.get(SESSION_COOKIE)
    if word and (known := _by_session(home, word)):
        return known
    if not sits_here(request):
        return None
    with home.database.glance() as session:
        taken = has_accounts(session)
    return None if taken else local(request)


def _by_session(home: House, word: str) -> Person | None:
    now = home.clock()
    with home.database.glance() as session:
        found = user_of_session(session, word, now)
    if found is None:
        return None
    user, known = found
    if now - known.seen_at > SEEN_EVERY or user.asked_locale is None:
        _seen(home, known, now)
    return of_user(user)


def _seen(home: House, before: UserSession, now: datetime) -> None:
    """Remember that they were here, and which language their browser asks for."""
    with home.database.write() as session:
        known = session.get(UserSession, before.id)
        if known:
            known.seen_at = now
            session.get_one(User, known.user_id).asked_locale = speech().locale


def of_user(user: User) -> Person:
    """The person this account is of."""
    return Person(
        name=user.name,
        display_name=user.display_name,
        role=user.role,
        user_id=user.id,
        locale=user.locale,
        time_zone=user.time_zone,
        theme=user.theme,
        preferences=user.preferences,
    )


def local(request: Request) -> Person:
    """Whoever sits at this machine, while there are no accounts: an admin, under the name they gave."""
    name = clean_name(unquote(request.cookies.get(NAME_COOKIE, ""))) or system_user()
    return Person(name, name, Role.ADMIN)


def sits_here(request: Request) -> bool:
    """Whether whoever asks sits at this machine, and nobody else can reach the inbox."""
    home = house(request)
    return is_loopback(home.config.settings.inbox.host) and from_this_machine(request)


def from_this_machine(request: Request) -> bool:
    """Whether the request comes from this machine itself, to its own name, and through nobody else's hands."""
    client = request.client.host if request.client else ""
    named = host_of(request.headers.get("host", ""))
    forwarded = any(name in request.headers for name in _FORWARDED)
    return is_loopback(client) and named in LOOPBACK and not forwarded


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the host."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def name_cookie(name: str) -> str:
    """The name as a cookie can carry it."""
    return quote(name, safe="")
