"""Tells channels and people what waits for them: claims it in the outbox, sends one message each, and marks it as sent.

    outbox ──> claim (one transaction) ──> one message ──> mark sent, or when to try again (another one)

An entry is claimed before it is sent, so that two senders never send it twice. Only a sender that dies between sending
and marking leaves a doubt, and then the message is sent again after ten minutes: rather twice than never.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from earful.configfile import Configuration
from earful.errors import EarfulError, StoreError
from earful.sender import Message, Send, apprise_send
from earful.settings import Channel, Settings
from earful.speech import Speech, _, speaking
from earful.tongues import speech_for
from flows.steps import summary
from flows.steps.messages import LINES, Section, compose, inert, line_of_failure, line_of_silence
from models import notices
from models.database import Database
from models.notices import DUE, FAILED, HALF, NEWS, OPENED, SILENT, SUMMARY, Claimed
from models.people import PERSON
from models.recipients import Recipient, recipients
from models.silence import enqueue_failures, enqueue_silences

FIRST_WAIT = timedelta(minutes=5)  # after a failure, doubled each time
LONGEST_WAIT = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of what waited, in entries: one is one event for one channel or person."""

    sent: int = 0
    failed: int = 0  #: tried in vain just now; tried again later
    waiting: int = 0  #: still to be told, the failed ones among them
    errors: tuple[str, ...] = ()  #: one sentence a channel that could not be told


@dataclass(frozen=True, slots=True)
class Post:
    """Where one message goes: the outbox's name for it, how its address is found, and what is wanted there."""

    name: str
    address: Callable[[], str | None]
    speech: Speech
    wants: Callable[[Claimed], bool] = lambda _: True
    until: datetime | None = None  #: only what happened before


def deliver_waiting(database: Database, config: Configuration, now: datetime, send: Send | None = None) -> Delivery:
    """Tell every channel and person what waits, in one message each. One that fails is a result; the others go on.

    Raises:
        StoreError: the database can't be used.
    """
    with database.write() as session:
        enqueue_silences(session, config.settings, now)
        enqueue_failures(session, config.settings, now)
    delivery = Delivery()
    for post in [*_channels(config), *_people(database, config, now)]:
        delivery = _added(delivery, _deliver(database, config, post, now, send or apprise_send))
    with database.read() as session:
        waiting = notices.waiting(session)
    errors = (*delivery.errors, *_of_nobody(waiting, config.settings.notifications))
    return replace(delivery, waiting=sum(waiting.values()), errors=errors)


def _channels(config: Configuration) -> Iterator[Post]:
    for channel in config.settings.notifications:
        yield Post(channel.name, partial(_of_channel, config, channel), speech_for(channel.language))


def _of_channel(config: Configuration, channel: Channel) -> str:
    return config.secrets.require(channel.secret, _('"%(name)s" is told through it', name=channel.name))


def _people(database: Database, config: Configuration, now: datetime) -> Iterator[Post]:
    """Those that something waits for, and that are awake. What waits for nobody who is known is dropped."""
    with database.read() as session:
        waiting = [name for name in notices.waiting(session) if name.startswith(PERSON)]
        handles = [name.removeprefix(PERSON) for name in waiting]
        known = recipients(session, config.settings, handles) if handles else {}
    for name, who in zip(waiting, map(known.get, handles), strict=True):
        if who is None:
            _drop_all(database, name, now)
        elif not who.wishes.asleep(now, who.zone):
            yield _post_of(config, name, who, now)


def _post_of(config: Configuration, name: str, who: Recipient, now: datetime) -> Post:
    wants: Callable[[Claimed], bool] = lambda claimed: who.wishes.want(claimed.event, claimed.brand)  # noqa: E731
    spoken = speech_for(who.locale)
    spoken.zone = who.zone
    return Post(name, partial(who.address, config), spoken, wants, who.wishes.told_up_to(now, who.zone))


def _drop_all(database: Database, name: str, now: datetime, why: str = "nobody of this name can be told") -> None:
    with database.write() as session:
        notices.drop(session, notices.claim(session, name, now), why, now)


def _added(one: Delivery, other: Delivery) -> Delivery:
    return Delivery(one.sent + other.sent, one.failed + other.failed, 0, (*one.errors, *other.errors))


def _of_nobody(waiting: dict[str, int], channels: Sequence[Channel]) -> Iterator[str]:
    known = {channel.name for channel in channels}
    for name, count in sorted(waiting.items()):
        if name not in known and not name.startswith(PERSON):
            yield f'{count} notifications wait for a channel "{name}", which the configuration does not have any more'


def _deliver(database: Database, config: Configuration, post: Post, now: datetime, send: Send) -> Delivery:
    claimed = _claimed(database, post, now)
    if not claimed:
        return Delivery()
    try:
        address = post.address()
        if address is None:
            return _nowhere(database, claimed, now)
        _send_one(database, config, post, claimed, partial(send, address))
    except EarfulError as error:
        if isinstance(error, StoreError):
            raise
        with database.write() as session:
            notices.mark_failed(session, claimed, str(error), _waits(claimed, now))
        return Delivery(failed=len(claimed), errors=(f"{post.name}: {error}",))
    with database.write() as session:
        notices.mark_sent(session, [entry.entry_id for entry in claimed], now)
    return Delivery(sent=len(claimed))


def _claimed(database: Database, post: Post, now: datetime) -> list[Claimed]:
    with database.write() as session:
        held = notices.claim(session, post.name, now, post.until)
        claimed = [entry for entry in held if post.wants(entry)]
        notices.drop(session, [entry for entry in held if not post.wants(entry)], "not wanted", now)
    return claimed


def _nowhere(database: Database, claimed: Sequence[Claimed], now: datetime) -> Delivery:
    """Somebody who has no address: what is of today is of no use once they enter one."""
    with database.write() as session:
        notices.drop(session, claimed, "no address is configured for this person, and they chose none", now)
    return Delivery()


def _send_one(
    database: Database, config: Configuration, post: Post, claimed: Sequence[Claimed], send: Callable[[Message], None]
) -> None:
    """Send one message of what is still so; what somebody has finished meanwhile needs no telling."""
    with speaking(post.speech):
        with database.read() as session:
            by_kind = {
                kind: [each for each in claimed if each.kind == kind] for kind in {each.kind for each in claimed}
            }
            found = [_section(session, config.settings, kind, entries) for kind, entries in by_kind.items()]
        sections = [section for section, _ in found if section.total]
        if sections:
            brands = sorted({brand for _, names in found for brand in names})
            send(compose(sections, brands, config.settings.inbox.address))


_STILL_SO = {OPENED: notices.still_open, HALF: notices.unanswered, DUE: notices.unanswered}
_ALWAYS_TOLD = "case.noted"
_LINES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    SILENT: line_of_silence,
    FAILED: line_of_failure,
    NEWS: lambda payload: inert(str(payload["news"])),
}


def _section(session: Session, settings: Settings, kind: str, entries: Sequence[Claimed]) -> tuple[Section, set[str]]:
    """What is still so of one kind, and the brands it is about."""
    if kind == SUMMARY:
        return summary.section(session, settings, entries), set()
    if kind in _LINES:
        return Section(kind, (), len(entries), "\n".join(_LINES[kind](entry.payload) for entry in entries)), set()
    ask = notices.those if kind == _ALWAYS_TOLD else _STILL_SO.get(kind, notices.still_open)
    waiting = ask(session, [entry.case_id for entry in entries])
    if kind == _ALWAYS_TOLD:
        told = notices.called(session, entries[:LINES])
        return Section(kind, told, len(entries)), {brand for _, brand in waiting}
    told = notices.worst(session, [case_id for case_id, _ in waiting], LINES)
    return Section(kind, told, len(waiting)), {brand for _, brand in waiting}


def _waits(claimed: Sequence[Claimed], now: datetime) -> dict[int, datetime]:
    return {entry.attempts: now + wait_after(entry.attempts) for entry in claimed}


def wait_after(attempts: int) -> timedelta:
    """How long to wait after a failure that so many went before."""
    return min(FIRST_WAIT * (1 << min(attempts, 10)), LONGEST_WAIT)
