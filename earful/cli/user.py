"""`earful user`: who may open the inbox. A password never stands on a command line: it is asked for, or set by link."""

import sys
from getpass import getpass
from typing import Annotated, Any

from cyclopts import Parameter
from sqlalchemy.orm import Session

from earful.cli.context import configuration, emit, opened, put, say
from earful.clock import now
from earful.configfile import Configuration
from earful.settings import InboxSettings
from models.account import Role, User
from models.accounts import (
    LINK_LASTS,
    add_user,
    all_users,
    change_role,
    has_accounts,
    make_link,
    set_password,
    user_named,
)
from models.accounts import disable as shut_out
from models.accounts import enable as let_in

UserName = Annotated[str, Parameter(name="user", help="a name or mail address")]
AskPassword = Annotated[
    bool, Parameter(name="--password", negative=(), help="ask for the password here, rather than print a link")
]
AsJson = Annotated[bool, Parameter(negative=(), help="one JSON object a line on standard output")]


def add(
    name: Annotated[str, Parameter(help="one word, to sign in with and to be @mentioned by")],
    *,
    role: Annotated[Role | None, Parameter(help="the first user is an admin, others agents when left out")] = None,
    email: Annotated[str | None, Parameter(help="may be used to sign in as well")] = None,
    display_name: Annotated[str, Parameter(help="as it is shown; the name when left out")] = "",
    password: AskPassword = False,
) -> None:
    """Give somebody an account, and print a link, good for one time, with which they choose their password.

    From the first account on everybody signs in, on this machine too.

    Example: `earful user add dana --email dana@example.com --role admin`
    """
    config = configuration()
    chosen = _asked() if password else None
    with opened(config) as database, database.write() as session:
        given = role or (Role.AGENT if has_accounts(session) else Role.ADMIN)
        user = add_user(session, now(), name, given, email, display_name)
        link = _let_choose(session, config, user, chosen)
    say(f"{user.name} is added, as {user.role.value}.")
    _hand_over(link)


def reset(user: UserName, *, password: AskPassword = False) -> None:
    """Print a link, good for one time, with which somebody chooses a new password. Until then the old one is good.

    Example: `earful user reset dana`
    """
    config = configuration()
    chosen = _asked() if password else None
    with opened(config) as database, database.write() as session:
        link = _let_choose(session, config, user_named(session, user), chosen)
    _hand_over(link)


def _asked() -> str:
    """A password from the terminal, unseen; or the first line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return getpass("New password: ", sys.stderr)


def _let_choose(session: Session, config: Configuration, user: User, chosen: str | None) -> str | None:
    """Set the password, or make the link with which the user does."""
    if chosen is not None:
        set_password(session, user, chosen)
        return None
    return f"{place(config.settings.inbox)}/welcome/{make_link(session, user, now())}"


def place(inbox: InboxSettings) -> str:
    """Where the team reaches the inbox, without a slash at its end."""
    host = f"[{inbox.host}]" if ":" in inbox.host else inbox.host
    return (inbox.url or f"http://{host}:{inbox.port}").rstrip("/")


def _hand_over(link: str | None) -> None:
    if link is None:
        say("The password is set.")
        return
    say(f"Open this to choose a password, once, within {LINK_LASTS.days} days:")
    put(link)


def listed(*, json: AsJson = False) -> None:
    """List who has an account.

    Example: `earful user list`
    """
    with opened(configuration()) as database, database.read() as session:
        users = all_users(session)
    if not users:
        say("Nobody has an account; `earful user add NAME` makes the first.")
    for user in users:
        emit(_record(user)) if json else put(_line(user))


def _record(user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "display_name": user.display_name,
        "email": user.email,
        "role": user.role.value,
        "has_password": user.password_hash is not None,
        "created_at": user.created_at,
        "disabled_at": user.disabled_at,
    }


def _line(user: User) -> str:
    state = "disabled" if user.disabled_at else "" if user.password_hash or user.subject else "no password yet"
    return f"{user.name:<20} {user.role.value:<9} {user.email or '':<30} {state}".rstrip()


def role(user: UserName, role: Annotated[Role, Parameter(help="what they may do")]) -> None:
    """Change what somebody may do: viewer reads, agent works on cases, marketer exports, admin does all.

    Example: `earful user role dana marketer`
    """
    with opened(configuration()) as database, database.write() as session:
        found = user_named(session, user)
        change_role(session, found, role)
    say(f"{found.name} is {role.value} now.")


def disable(user: UserName) -> None:
    """Shut somebody out, everywhere and at once. What they did stays.

    Example: `earful user disable dana`
    """
    with opened(configuration()) as database, database.write() as session:
        found = user_named(session, user)
        shut_out(session, found, now())
    say(f"{found.name} is shut out.")


def enable(user: UserName) -> None:
    """Let somebody in again, with the password they had.

    Example: `earful user enable dana`
    """
    with opened(configuration()) as database, database.write() as session:
        found = user_named(session, user)
        let_in(found)
    say(f"{found.name} may sign in again.")
