"""Whether a person may have themselves told at an address of their own: anybody with an account can enter one.

An operator's addresses come from the secrets and may be any that apprise knows. One's own can only be that of a
messenger or of mail, has no option that reads a file or skips a check, and leads to no private network unless
`[inbox] own_addresses = "any"` allows it.
"""

import ipaddress
import socket
from collections.abc import Iterable
from typing import Literal
from urllib.parse import parse_qsl, urlencode

from earful.errors import EarfulError
from earful.sender import service_of
from earful.speech import _

LONGEST = 1000
#: Messengers at an address of their own; what stands where a host does is a name or token there.
FIXED = frozenset({"discord", "gchat", "pover", "slack", "tgram", "threema", "webex", "wxteams", "zulip"})
#: Mail, and messengers that a team may run itself.
HOSTED = frozenset({
    "gotify", "gotifys", "mailto", "mailtos", "matrix", "matrixs", "mmost", "mmosts", "nctalk", "nctalks", "ntfy",
    "ntfys", "rocket", "rockets", "signal", "signals", "workflows",
})  # fmt: skip
#: What may stand behind the question mark. Others read files (`template=`), turn checks off (`verify=`), or more.
OPTIONS = frozenset({"to", "from", "name", "smtp", "mode", "user", "pass", "channel", "priority", "auth"})

Allowed = Literal["public", "any", "none"]


class AddressRefused(EarfulError):
    """Nobody is told at this address; says why, and never repeats it."""

    exit_code = 2


def checked_address(given: str, allowed: Allowed) -> str:
    """The address, fit to be kept.

    Raises:
        AddressRefused: it is none, or one that a person may not choose.
    """
    address = given.strip()
    scheme, _colon, rest = address.partition("://")
    if allowed == "none":
        raise AddressRefused(_("addresses of one's own are switched off here; ask an operator"))
    if len(address) > LONGEST or scheme.lower() not in FIXED | HOSTED or not _printable(address):
        raise AddressRefused(_("this is no address of mail or of a messenger; the examples show how they are written"))
    if not {key.lower() for key, _value in parse_qsl(rest.partition("?")[2], keep_blank_values=True)} <= OPTIONS:
        raise AddressRefused(_("leave out the options behind the question mark that nobody may choose here"))
    check_reach(address, allowed)
    return address


def check_reach(address: str, allowed: Allowed) -> None:
    """Refuse an address that leads where a person may not send us; asked again before each message.

    Raises:
        AddressRefused: apprise does not know it, or it leads to a private network.
    """
    service = service_of(address)
    if service is None:
        raise AddressRefused(_("something is missing in this address; the examples show how they are written"))
    hosts = () if address.partition("://")[0].lower() in FIXED else _hosts(service)
    if allowed != "any" and not all(map(_is_public, hosts)):
        raise AddressRefused(_("this address leads to a private network, which an operator must allow first"))


def _printable(address: str) -> bool:
    return address.isprintable() and not any(each.isspace() for each in address)


def _hosts(service: object) -> Iterable[str]:
    """The hosts that it may connect to."""
    found = (getattr(service, name, None) for name in ("host", "smtp_host"))
    return [host for host in found if isinstance(host, str) and host]


def _is_public(host: str) -> bool:
    try:
        entries = socket.getaddrinfo(host.strip("[]"), None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return True  # it can't be reached now; it is asked again when something is sent
    return all(ipaddress.ip_address(str(entry[4][0]).split("%")[0]).is_global for entry in entries)


def through(mail_server: str, recipient: str) -> str:
    """The address that tells one person by mail through the team's mail server."""
    begin, mark, query = mail_server.partition("?")
    kept = [(key, value) for key, value in parse_qsl(query) if key.lower() != "to"] if mark else []
    return f"{begin}?{urlencode([*kept, ('to', recipient)])}"


def kind_of(address: str) -> str:
    """What may be shown of an address: how it begins."""
    return f"{address.partition('://')[0].lower()}://…"
