"""Who asks through the API: the token it shows, what that may, and when it was last used."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import Depends, Request
from fastapi.params import Depends as Dependency
from fastapi.security import HTTPBearer

from inbox.house import House, house
from models.account import ApiToken, Right
from models.doors import SEEN_EVERY
from models.tokens import good_token


class BadToken(Exception):
    """No token, or none that is good."""


class TokenLacks(Exception):
    """The token is good, and not for this."""

    def __init__(self, right: Right) -> None:
        super().__init__(right)
        self.right = right


@dataclass(frozen=True, slots=True)
class Scope:
    """The dependency that lets a request through whose token has the right."""

    right: Right

    def __call__(self, request: Request) -> None:
        """Refuse, or let pass.

        Raises:
            BadToken: there is none, or it is over.
            TokenLacks: it may not do this.
        """
        token = shown(request)
        if token is None:
            raise BadToken
        if self.right.value not in token.scopes:
            raise TokenLacks(self.right)
        request.state.actor = f"api:{token.name}"


def scope(right: Right) -> Dependency:
    """What a route of the API declares that only tokens with this right may use."""
    dependency: Dependency = Depends(Scope(right))
    return dependency


#: Says in the OpenAPI document how to show a token; `Scope` looks at it.
described: Dependency = Depends(HTTPBearer(auto_error=False, description="a token from `earful token add`"))


def shown(request: Request) -> ApiToken | None:
    """The good token that a request shows."""
    kind, _, word = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not word.strip():
        return None
    home = house(request)
    now = home.clock()
    with home.database.read() as session:
        token = good_token(session, word.strip(), now)
    if token and (token.last_used_at is None or now - token.last_used_at > SEEN_EVERY):
        _used(home, token.id, now)
    return token


def _used(home: House, token_id: int, now: datetime) -> None:
    with home.database.write() as session:
        session.get_one(ApiToken, token_id).last_used_at = now


def actor(request: Request) -> str:
    """Under which name the log keeps what this request does."""
    name: str = request.state.actor
    return name
