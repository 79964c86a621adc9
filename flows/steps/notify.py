"""Tells the team of new cases: claims what waits in the outbox, sends one message a channel, and marks it as sent.

    outbox ──> claim (one transaction) ──> one message a channel ──> mark sent, or when to try again (another one)

An entry is claimed before it is sent, so that two senders never send it twice. Only a sender that dies between sending
and marking leaves a doubt, and then the message is sent again after ten minutes: rather twice than never.
"""

import logging
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta

from earful.configfile import Configuration
from earful.errors import ConfigError, EarfulError
from earful.settings import Channel, InboxSettings
from earful.text import excerpt
from models import outgoing
from models.database import Database
from models.outgoing import Claimed, Silence, Told
from models.silence import enqueue_silences

LINES = 10  # cases that a message names; the others are counted
EXCERPT = 140
FIRST_WAIT = timedelta(minutes=5)  # after a failure, doubled each time
LONGEST_WAIT = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel is told, in plain text."""

    title: str
    body: str


Send = Callable[[str, Message], None]
"""Sends a message to an apprise address; raises `NotSent`."""


class NotSent(EarfulError):
    """A message did not go out; says why, and never where it was to go."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of what waited, in entries: one is one case for one channel."""

    sent: int = 0
    failed: int = 0  #: tried in vain just now; tried again later
    waiting: int = 0  #: still to be told, the failed ones among them
    errors: tuple[str, ...] = ()  #: one sentence a channel that could not be told


def deliver_waiting(database: Database, config: Configuration, now: datetime, send: Send | None = None) -> Delivery:
    """Tell every channel what waits for it, in one message each. A channel that fails is a result; the others go on.

    Raises:
        StoreError: the database can't be used.
    """
    if config.settings.notifications:
        with database.write() as session:
            enqueue_silences(session, config.settings, now)
    delivery = Delivery()
    for channel in config.settings.notifications:
        delivery = _added(delivery, _deliver(database, config, channel, now, send or apprise_send))
    with database.read() as session:
        waiting = outgoing.waiting(session)
    return Delivery(
        delivery.sent,
        delivery.failed,
        sum(waiting.values()),
        (*delivery.errors, *_of_nobody(waiting, config.settings.notifications)),
    )


def _added(one: Delivery, other: Delivery) -> Delivery:
    return Delivery(one.sent + other.sent, one.failed + other.failed, 0, (*one.errors, *other.errors))


def _of_nobody(waiting: dict[str, int], channels: Sequence[Channel]) -> Iterator[str]:
    known = {channel.name for channel in channels}
    for name, count in sorted(waiting.items()):
        if name not in known:
            yield f'{count} notifications wait for a channel "{name}", which the configuration does not have any more'


def _deliver(database: Database, config: Configuration, channel: Channel, now: datetime, send: Send) -> Delivery:
    with database.write() as session:
        claimed = outgoing.claim(session, channel.name, now)
    if not claimed:
        return Delivery()
    try:
        _send_one(database, config, channel, claimed, send)
    except (NotSent, ConfigError) as error:
        with database.write() as session:
            outgoing.mark_failed(session, claimed, str(error), _waits(claimed, now))
        return Delivery(failed=len(claimed), errors=(f"{channel.name}: {error}",))
    with database.write() as session:
        outgoing.mark_sent(session, [entry.entry_id for entry in claimed], now)
    return Delivery(sent=len(claimed))


def _send_one(
    database: Database, config: Configuration, channel: Channel, claimed: Sequence[Claimed], send: Send
) -> None:
    """Send one message of what is still open; what somebody has finished meanwhile needs no telling."""
    address = config.secrets.require(channel.secret, f'the channel "{channel.name}" is told through it')
    with database.read() as session:
        waiting = outgoing.still_open(session, [entry.case_id for entry in claimed if entry.case_id is not None])
        told = outgoing.worst(session, [case_id for case_id, _ in waiting], LINES)
    silent = [entry.silence for entry in claimed if entry.silence]
    news = [entry.news for entry in claimed if entry.news]
    if waiting or silent or news:
        brands = sorted({brand for _, brand in waiting})
        send(address, compose(told, len(waiting), brands, inbox_address(config.settings.inbox), silent, news))


def _waits(claimed: Sequence[Claimed], now: datetime) -> dict[int, datetime]:
    return {entry.attempts: now + wait_after(entry.attempts) for entry in claimed}


def wait_after(attempts: int) -> timedelta:
    """How long to wait after a failure that so many went before."""
    return min(FIRST_WAIT * (1 << min(attempts, 10)), LONGEST_WAIT)


# -------------------------------------------------------------------------------------------------------- the message


def compose(
    told: Sequence[Told],
    total: int,
    brands: Sequence[str],
    inbox: str,
    silent: Sequence[Silence] = (),
    news: Sequence[str] = (),
) -> Message:
    """One message for `total` new cases, of which the worst are named, for silent sources and news, with the way in."""
    lines = [line(each, with_brand=len(brands) > 1) for each in told]
    more = [f"and {total - len(told)} more"] if total > len(told) else []
    quiet = [_of_silence(each) for each in silent]
    said = [*lines, *more, *quiet, *map(inert, news)]
    return Message(_headline(total, brands, len(silent), len(news)), "\n".join([*said, "", inbox]))


def _headline(total: int, brands: Sequence[str], silent: int, news: int) -> str:
    cases = f"{_counted(total, 'new case')} for {' and '.join(brands)}" if total else ""
    sources = f"{_counted(silent, 'source')} fell silent" if silent else ""
    learned = "news of the reader" if news else ""
    return inert(", ".join(filter(None, [cases, sources, learned])))


def _counted(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count} {what}s"


def _of_silence(silence: Silence) -> str:
    where = inert(f"{silence.brand}, {silence.source}")
    return f"SILENT [{where}] it was read, but nothing new has come since {silence.since:%d %b %Y}"


def line(told: Told, *, with_brand: bool) -> str:
    """One case on one line."""
    where = f"{told.brand}, {told.source}" if with_brand else told.source
    said = inert(excerpt(f"{told.title} {told.text}", EXCERPT)) or "(taken away by its author)"
    return f"{told.severity.value.upper()} #{told.case_id} [{inert(where)}] {said}"


def inbox_address(settings: InboxSettings) -> str:
    """Where the inbox is opened; where it listens on every address, this machine's own."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104 (compared, not bound)
    return settings.url or f"http://{host}:{settings.port}/"


_CALLS = re.compile(r"(?<=[@<])(?=\S)")
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")


def inert(text: str) -> str:
    """The text as one line that can do nothing in a chat: no control, no turned direction, no call to everyone."""
    one_line = " ".join(_TURNS.sub("", text).split())
    shown = "".join("\ufffd" if unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"} else each for each in one_line)
    return _CALLS.sub("\u200b", shown)


# --------------------------------------------------------------------------------------------------------- the sender


def apprise_send(address: str, message: Message) -> None:
    """Send a message in plain text to one apprise address.

    Raises:
        NotSent: the address is none, is several, or its service did not take the message.
    """
    import apprise

    with _heard_only_here() as said:
        # One after the other in this thread; and nothing is kept on the disk.
        service = apprise.Apprise(asset=apprise.AppriseAsset(async_mode=False, app_id="Earful"))
        if not service.add(address) or len(service) != 1:
            raise NotSent("its secret holds no single address that apprise knows; give each address its own channel")
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
