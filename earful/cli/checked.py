"""What `earful check` finds out beside database and sources: whether those who are to be told can be, and are known."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from earful.configfile import Configuration
from earful.errors import ConfigError, EarfulError, nearest
from earful.ownaddress import kind_of, through
from earful.sender import NotSent, check_address
from earful.settings import Settings
from models.accounts import agents, all_users, folded
from models.database import Database, head
from models.people import handle


def result(what: str, said: str, error: EarfulError | None = None) -> dict[str, Any]:
    """One line of the command: what was looked at, and what came of it."""
    return {"what": what, "ok": error is None, "said": said, "code": error.exit_code if error else 0}


def secrets_of(config: Configuration) -> Iterator[dict[str, Any]]:
    """Whether each secret that the team is told or signs in through is set and fit for it. Sends nothing."""
    settings = config.settings
    for channel in settings.notifications:
        yield _proved(f"channel {channel.name}", partial(_address, config, channel.secret))
    for person in settings.people:
        yield _proved(f"person {person.name}", partial(_address, config, person.secret))
    if mail := settings.inbox.mail:
        yield _proved("inbox.mail", partial(_address, config, mail, used=_to_somebody))
    if settings.inbox.oidc:
        yield _proved("inbox.oidc", partial(_provider, config))


def _proved(what: str, prove: Callable[[], str]) -> dict[str, Any]:
    try:
        return result(what, prove())
    except ConfigError as error:
        return result(what, str(error), error)


def _address(config: Configuration, secret: str, used: Callable[[str], str] = str) -> str:
    address = config.secrets.require(secret, "it holds the address")
    try:
        check_address(used(address))
    except NotSent as error:
        raise ConfigError(f"{error} ({secret})") from error
    return f"{secret} holds an address {kind_of(address)}; nothing was sent there"


def _to_somebody(mail_server: str) -> str:
    return through(mail_server, "somebody@example.com")  # nothing is sent there


def _provider(config: Configuration) -> str:
    from inbox.oidc import check  # here, as it brings the whole inbox along

    check(config)
    return "its secret is set; the provider was not asked"


def strangers(config: Configuration) -> list[str]:
    """Whom the configuration names and nobody knows, as sentences; none while nobody has an account."""
    with Database(config.settings.store_url) as database:
        if database.revision() != head():
            return []
        with database.read() as session:
            users = [user.name for user in all_users(session) if not user.disabled_at]
            working = agents(session)
    if not users:
        return []
    lost = [
        f'{where} is "{name}", and nobody who works on cases is called so{nearest(folded(name), working)}'
        for name, where in _assignees(config.settings)
        if name and folded(name) not in working
    ]
    return lost + [
        f'[[people]] names "{name}", and nobody who has an account is called so{nearest(handle(name), users)}'
        for name in (person.name for person in config.settings.people)
        if handle(name) not in users
    ]


def _assignees(settings: Settings) -> Iterator[tuple[str, str]]:
    """Whom cases are given to by the configuration, and where it says so."""
    for rule in settings.rules:
        yield rule.assignee, f'the assignee of the rule "{rule.name}"'
    for brand in settings.brands:
        yield brand.lead, f'the lead of "{brand.name}"'


def named(settings: Settings, name: str) -> list[str]:
    """Where the configuration names somebody."""
    places = [*_assignees(settings), *((person.name, "[[people]]") for person in settings.people)]
    return [where for called, where in places if handle(called) == handle(name)]
