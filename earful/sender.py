"""Sends one message to one address through apprise, and keeps every address and token out of every log."""

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from earful.errors import EarfulError

if TYPE_CHECKING:
    from apprise import Apprise, NotifyBase


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel or a person is told, in plain text."""

    title: str
    body: str


Send = Callable[[str, Message], None]
"""Sends a message to an apprise address; raises `NotSent`."""


class NotSent(EarfulError):
    """A message did not go out; says why, and never where it was to go."""


def service_of(address: str) -> "NotifyBase | None":
    """The service that an address stands for; None where apprise knows none."""
    import apprise

    with _heard_only_here():
        found: NotifyBase | None = apprise.Apprise.instantiate(address, suppress_exceptions=True)
    return found


def check_address(address: str) -> None:
    """See that messages can be sent to an address, and send none.

    Raises:
        NotSent: the address is none, or is several.
    """
    with _heard_only_here():
        _service(address)


def _service(address: str) -> "Apprise":
    import apprise

    # One after the other in this thread; and nothing is kept on the disk.
    service = apprise.Apprise(asset=apprise.AppriseAsset(async_mode=False, app_id="Earful"))
    if not service.add(address) or len(service) != 1:
        raise NotSent("its secret holds no single address that apprise knows; give each address its own channel")
    return service


def apprise_send(address: str, message: Message) -> None:
    """Send a message in plain text to one apprise address.

    Raises:
        NotSent: the address is none, is several, or its service did not take the message.
    """
    import apprise

    with _heard_only_here() as said:
        service = _service(address)
        taken = service.notify(message.body, message.title, body_format=apprise.NotifyFormat.TEXT)
    if not taken:
        raise NotSent(_why(said))


def _why(said: Sequence[str]) -> str:
    status = next((found[1] for line in said if (found := re.search(r"error=(\d{3})\b", line))), None)
    answer = f"its service answered {status}" if status else "its service could not be reached, or refused the message"
    return f"{answer}; it is tried again later"


_SAID: ContextVar[list[str] | None] = ContextVar("_SAID", default=None)


def _keep_in(record: logging.LogRecord) -> bool:
    """While a message is sent, what the libraries say of it (address, token, answer) stays out of every log."""
    said = _SAID.get()
    if said is not None:
        said.append(record.getMessage())
    return said is None


@contextmanager
def _heard_only_here() -> Iterator[list[str]]:
    for name in ("apprise", "urllib3.connectionpool", "requests"):
        logging.getLogger(name).addFilter(_keep_in)  # adding the same one again changes nothing
    said: list[str] = []
    token = _SAID.set(said)
    try:
        yield said
    finally:
        _SAID.reset(token)
