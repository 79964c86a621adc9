"""`earful user`: who may open the inbox. A password never stands on a command line: it is asked for, or set by link."""

import sys
from getpass import getpass
from typing import Annotated, Any

from cyclopts import Parameter
from sqlalchemy.orm import Session

from earful.cli.checked import named
from earful.cli.context import configuration, emit, opened, put, say, stored
from earful.cli.options import AsJson, AsJsonLines
from earful.clock import now
from earful.configfile import Configuration
from models.account import Role, User
from models.accounts import (
    LINK_LASTS,
    AccountRefused,
    add_user,
    all_users,
    change_role,
    fit_email,
    has_accounts,
    make_link,
    set_password,
    user_named,
)
from models.accounts import disable as shut_out
from models.accounts import enable as let_in
from models.actor import one_line, system_user
from models.renaming import rename as renamed

UserName = Annotated[str, Parameter(name="user", help="a name or mail address")]
AskPassword = Annotated[
    bool, Parameter(name="--password", negative=(), help="ask for the password here, rather than print a link")
]


def add(
    name: Annotated[str, Parameter(help="one word, to sign in with and to be @mentioned by")],
    *,
    role: Annotated[Role | None, Parameter(help="the first user is an admin, others agents when left out")] = None,
    email: Annotated[str | None, Parameter(help="may be used to sign in as well")] = None,
    display_name: Annotated[str, Parameter(help="as it is shown; the name when left out")] = "",
    password: AskPassword = False,
    json: AsJson = False,
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
    _hand_over(user, link, as_json=json)


def reset(user: UserName, *, password: AskPassword = False, json: AsJson = False) -> None:
    """Print a link, good for one time, with which somebody chooses a new password. Until then the old one is good.

    Example: `earful user reset dana`
    """
    config = configuration()
    chosen = _asked() if password else None
    with stored(config) as database, database.write() as session:
        found = user_named(session, user)
        link = _let_choose(session, config, found, chosen)
    _hand_over(found, link, as_json=json)


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
    return f"{config.settings.inbox.address}welcome/{make_link(session, user, now())}"


def _hand_over(user: User, link: str | None, *, as_json: bool) -> None:
    if link is None:
        say("The password is set.")
    else:
        say(f"Open this to choose a password, once, within {LINK_LASTS.days} days:")
    if as_json:
        emit(_record(user) | {"link": link})
    elif link:
        put(link)


def listed(*, json: AsJsonLines = False) -> None:
    """List who has an account.

    Example: `earful user list`
    """
    with stored(configuration()) as database, database.read() as session:
        users = all_users(session)
    if not users:
        say("Nobody has an account; `earful user add NAME` makes the first.")
    for user in users:
        emit(_record(user)) if json else put(_line(user))


def _record(user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "former_names": user.former_names,
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


def role(user: UserName, role: Annotated[Role, Parameter(help="what they may do")], *, json: AsJson = False) -> None:
    """Change what somebody may do: viewer reads, agent works on cases, marketer exports, admin does all.

    Example: `earful user role dana marketer`
    """
    with stored(configuration()) as database, database.write() as session:
        found = user_named(session, user)
        change_role(session, found, role)
    _done(found, f"{found.name} is {role.value} now.", as_json=json)


def rename(
    user: UserName, name: Annotated[str, Parameter(help="the new name, one word")], *, json: AsJson = False
) -> None:
    """Call somebody something else. Their cases, rules and messages go along; what they did stands under the old name.

    Nobody else can take the old name.

    Example: `earful user rename dana dana.berg`
    """
    config = configuration()
    with stored(config) as database, database.write() as session:
        found = user_named(session, user)
        done = renamed(session, found, name, system_user(), now())
    _done(
        found,
        f"{done.was} is {found.name} now; cases that went along: {done.cases}, rules: {done.rules}.",
        as_json=json,
    )
    for line in named(config.settings, done.was):
        say(f"{config.path.name} still names {done.was}: {line}; change it there.")


def change(
    user: UserName,
    *,
    email: Annotated[str | None, Parameter(help='their mail address; "" for none')] = None,
    display_name: Annotated[str | None, Parameter(help='as they are shown; "" for their name')] = None,
    json: AsJson = False,
) -> None:
    """Change somebody's mail address, or how they are shown.

    Example: `earful user change dana --email dana@example.com`
    """
    if email is None and display_name is None:
        raise AccountRefused("say what to change: --email or --display-name; `earful user rename` changes the name")
    with stored(configuration()) as database, database.write() as session:
        found = user_named(session, user)
        if email is not None:
            found.email = fit_email(session, email, found)
        if display_name is not None:
            found.display_name = one_line(display_name) or found.name
    _done(
        found,
        f"{found.name} is shown as {found.display_name}, {found.email or 'without a mail address'}.",
        as_json=json,
    )


def disable(user: UserName, *, json: AsJson = False) -> None:
    """Shut somebody out, everywhere and at once. What they did stays.

    Example: `earful user disable dana`
    """
    with stored(configuration()) as database, database.write() as session:
        found = user_named(session, user)
        shut_out(session, found, now())
    _done(found, f"{found.name} is shut out.", as_json=json)


def enable(user: UserName, *, json: AsJson = False) -> None:
    """Let somebody in again, with the password they had.

    Example: `earful user enable dana`
    """
    with stored(configuration()) as database, database.write() as session:
        found = user_named(session, user)
        let_in(found)
    _done(found, f"{found.name} may sign in again.", as_json=json)


def _done(user: User, said: str, *, as_json: bool) -> None:
    say(said)
    if as_json:
        emit(_record(user))
