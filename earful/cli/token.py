"""`earful token`: what programs show to use the JSON API, or to read the metrics."""

from typing import Annotated, Any

from cyclopts import Parameter

from earful.cli.context import configuration, duration, emit, opened, put, say, stored
from earful.cli.options import AsJsonLines
from earful.clock import now
from models.account import SCOPES, ApiToken, Right
from models.actor import system_user
from models.tokens import add_token, all_tokens, revoke_token

Scopes = Annotated[
    list[Right] | None, Parameter(negative=(), help=f"what it may: {', '.join(SCOPES)}; read when left out")
]


def add(
    name: Annotated[str, Parameter(help="what it is for, in one word; what it does is logged as api:NAME")],
    *,
    scope: Scopes = None,
    lasts: Annotated[str, Parameter(help="how long it is good, as in 90d or 52w")] = "365d",
) -> None:
    """Make a token and print it, this once: only its hash is kept.

    Example: `earful token add crm --scope read --scope act --lasts 90d`
    """
    time = duration("--lasts", lasts)
    with opened(configuration()) as database, database.write() as session:
        word = add_token(session, now(), name, scope or [Right.READ], system_user(), time)
    say("Keep it where the program finds it; it is shown only now:")
    put(word)


def listed(*, json: AsJsonLines = False) -> None:
    """List the tokens, the newest first: what each may, how long it is good, when it was last used.

    Example: `earful token list`
    """
    with stored(configuration()) as database, database.read() as session:
        tokens = all_tokens(session)
    if not tokens:
        say("There are no tokens; `earful token add NAME` makes one.")
    for token in tokens:
        emit(_record(token)) if json else put(_line(token))


def _record(token: ApiToken) -> dict[str, Any]:
    return {
        "name": token.name,
        "scopes": token.scopes,
        "made_by": token.made_by,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
        "revoked_at": token.revoked_at,
    }


def _line(token: ApiToken) -> str:
    until = "revoked" if token.revoked_at else f"until {token.expires_at:%Y-%m-%d}"
    used = f"last used {token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "never used"
    return f"{token.name:<20} {' '.join(token.scopes):<24} {until:<18} {used}"


def revoke(name: str) -> None:
    """End a token, at once.

    Example: `earful token revoke crm`
    """
    with stored(configuration()) as database, database.write() as session:
        revoke_token(session, name, now())
    say(f"{name} is good no longer.")
