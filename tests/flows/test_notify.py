import json
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from earful.configfile import Configuration
from earful.sender import Message, NotSent, apprise_send
from earful.settings import Channel
from earful.values import Severity
from flows.steps.messages import Section, compose, inert
from flows.steps.notify import Delivery, deliver_waiting, wait_after
from models.case import Case, CaseStatus
from models.database import Database
from models.notices import CLAIM, OPENED, Told, claim, enqueue_cases, wants
from models.outbox import OutboxEntry

# apprise imports a module of the standard library that goes away in Python 3.13, where it brings its own.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

pytest_plugins = ["tests.flows.flagged"]

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TEAM = {"name": "team", "secret": "EARFUL_TEAM_CHAT"}
SECRET = {"EARFUL_TEAM_CHAT": "json://127.0.0.1:1/s3cr3t-token"}
Flag = Callable[..., int]
Configure = Callable[..., Configuration]


class Post:
    """A channel that remembers what it was told, and fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.messages: list[Message] = []

    def __call__(self, address: str, message: Message) -> None:
        if self.failures:
            self.failures -= 1
            raise NotSent("its service answered 503")
        self.messages.append(message)


def enqueue(database: Database, config: Configuration, *case_ids: int) -> None:
    with database.write() as session:
        enqueue_cases(session, case_ids, config.settings.notifications, NOON)


# -------------------------------------------------------------------------------------------------- what goes where


@pytest.mark.parametrize(
    ("channel", "brand", "severity", "wanted"),
    [
        ({}, "Brygvell", Severity.HIGH, True),
        ({}, "Brygvell", Severity.URGENT, True),
        ({}, "Brygvell", Severity.NORMAL, False),
        ({"at_least": "low"}, "Brygvell", Severity.LOW, True),
        ({"brands": ["brygvell"]}, "Brygvell", Severity.HIGH, True),
        ({"brands": ["Tazzorin"]}, "Brygvell", Severity.HIGH, False),
    ],
)
def test_a_channel_gets_what_it_asked_for(
    channel: dict[str, object], brand: str, severity: Severity, wanted: bool
) -> None:
    assert wants(Channel.model_validate({**TEAM, **channel}), brand, severity) == wanted


def test_one_entry_for_each_case_and_channel(database: Database, flag: Flag, configure: Configure) -> None:
    config = configure(notifications=[TEAM, {"name": "boss", "secret": "B", "at_least": "urgent"}])
    high, urgent = flag("1"), flag("2", Severity.URGENT)
    enqueue(database, config, high, urgent)
    enqueue(database, config, high, urgent)
    with database.read() as session:
        rows = session.execute(select(OutboxEntry.event, OutboxEntry.channel).order_by(OutboxEntry.id)).tuples().all()
    assert rows == [
        (f"case.opened:{high}", "team"),
        (f"case.opened:{urgent}", "team"),
        (f"case.opened:{urgent}", "boss"),
    ]


# ----------------------------------------------------------------------------------------------------- the message


def told(number: int, text: str = "It broke.", severity: Severity = Severity.HIGH, brand: str = "Brygvell") -> Told:
    return Told(number, brand, "reviews", severity, NOON, "", text)


def new(*cases: Told, total: int = 0) -> Section:
    return Section(OPENED, cases, total or len(cases))


def test_a_burst_is_one_message() -> None:
    message = compose([new(told(1, "So bad."), told(2), total=14)], ["Brygvell"], "http://127.0.0.1:8420/")
    assert message.title == "14 new cases for Brygvell"
    assert message.body.split("\n") == [
        "HIGH #1 [reviews] So bad.",
        "HIGH #2 [reviews] It broke.",
        "and 12 more",
        "",
        "http://127.0.0.1:8420/",
    ]


def test_one_case_and_two_brands() -> None:
    assert compose([new(told(1))], ["Brygvell"], "x").title == "1 new case for Brygvell"
    both = compose([new(told(1), told(2, brand="Tazzorin"))], ["Brygvell", "Tazzorin"], "x")
    assert both.title == "2 new cases for Brygvell and Tazzorin"
    assert "[Tazzorin, reviews]" in both.body


def test_several_kinds_are_one_message_the_most_pressing_first() -> None:
    sections = [new(told(1)), Section("case.due", [told(2), told(3)], 5), Section("case.half", [], 0)]
    message = compose(sections, ["Brygvell"], "x")
    assert message.title == "5 cases overdue, 1 new case for Brygvell"
    assert message.body.split("\n") == [
        "5 cases overdue:", "HIGH #2 [reviews] It broke.", "HIGH #3 [reviews] It broke.", "and 3 more", "",
        "1 new case:", "HIGH #1 [reviews] It broke.", "", "x",
    ]  # fmt: skip


def test_a_text_that_is_gone_is_said_to_be() -> None:
    assert "(taken away by its author)" in compose([new(told(1, ""))], ["Brygvell"], "x").body


@given(st.text())
def test_text_from_outside_can_do_nothing(text: str) -> None:
    shown = inert(text)
    assert len(shown.splitlines()) <= 1
    assert not {"\u202e", "\u2066", "\u200f", "\x1b", "\x00", "\x07"} & set(shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@everyone look", "@\u200beveryone look"),
        ("<!channel> <@U1>", "<\u200b!\u200bchannel> <\u200b@\u200bU1>"),
        ("!here> [a](http://x) oh!", "!\u200bhere> [a]\u200b(http:\u200b//x) oh!"),
        ("abc\u202ecod.exe", "abccod.exe"),
        ("a\x1b[31mb\nc", "a\ufffd[31mb c"),
        ("5 < 6 @ noon", "5 < 6 @ noon"),
        ("Þetta er slæmt 😡", "Þetta er slæmt 😡"),
    ],
)
def test_what_is_made_inert(text: str, shown: str) -> None:
    assert inert(text) == shown


# ----------------------------------------------------------------------------------------------------- the delivery


def test_a_burst_is_told_once(database: Database, flag: Flag, configure: Configure) -> None:
    config, post = configure(SECRET, notifications=[TEAM]), Post()
    cases = [flag(str(number), text=f"Broken {number}") for number in range(12)]
    cases.append(flag("worst", Severity.URGENT, text="On fire"))
    enqueue(database, config, *cases)
    assert deliver_waiting(database, config, NOON, post) == Delivery(sent=13)
    assert deliver_waiting(database, config, NOON + 60 * MINUTE, post) == Delivery()
    [message] = post.messages
    lines = message.body.split("\n")
    assert message.title == "13 new cases for Brygvell"
    assert lines[0].endswith("[reviews] On fire")
    assert lines[10] == "and 3 more"


def test_what_is_finished_meanwhile_needs_no_telling(database: Database, flag: Flag, configure: Configure) -> None:
    config, post = configure(SECRET, notifications=[TEAM]), Post()
    done, still = flag("1"), flag("2", text="Still bad")
    enqueue(database, config, done, still)
    with database.write() as session:
        session.execute(update(Case).where(Case.id == done).values(status=CaseStatus.RESOLVED))
    assert deliver_waiting(database, config, NOON, post).sent == 2
    assert post.messages[0].title == "1 new case for Brygvell"


def test_a_failure_is_told_later_and_never_lost(database: Database, flag: Flag, configure: Configure) -> None:
    config, post = configure(SECRET, notifications=[TEAM]), Post(failures=2)
    first = flag("1")
    enqueue(database, config, first)
    failed = deliver_waiting(database, config, NOON, post)
    assert (failed.failed, failed.waiting, failed.errors) == (1, 1, ("team: its service answered 503",))
    assert entry(database).last_error == "its service answered 503"

    too_early = NOON + wait_after(0) - MINUTE
    assert deliver_waiting(database, config, too_early, post) == Delivery(waiting=1)
    again = NOON + wait_after(0)
    assert deliver_waiting(database, config, again, post).failed == 1
    assert deliver_waiting(database, config, again + wait_after(0), post) == Delivery(waiting=1)  # waits longer now

    enqueue(database, config, flag("2"))  # news is not held up by what failed before
    assert deliver_waiting(database, config, again + wait_after(0), post) == Delivery(sent=1, waiting=1)
    assert deliver_waiting(database, config, again + wait_after(1), post) == Delivery(sent=1)
    assert (entry(database).attempts, entry(database).last_error) == (2, None)
    assert [message.title for message in post.messages] == ["1 new case for Brygvell"] * 2


def entry(database: Database) -> OutboxEntry:
    with database.read() as session:
        return session.scalars(select(OutboxEntry).order_by(OutboxEntry.id)).first()  # type: ignore[return-value]


def test_the_waits_grow_to_a_limit() -> None:
    waits = [wait_after(attempts) for attempts in range(2000)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (5 * MINUTE, timedelta(hours=6))


def test_one_channel_that_fails_does_not_silence_the_others(
    database: Database, flag: Flag, configure: Configure
) -> None:
    config = configure(SECRET, notifications=[{"name": "boss", "secret": "EARFUL_BOSS"}, TEAM])
    post = Post()
    enqueue(database, config, flag("1"))
    done = deliver_waiting(database, config, NOON, post)
    assert (done.sent, done.failed, done.waiting) == (1, 1, 1)
    assert "EARFUL_BOSS is not set" in done.errors[0]


def test_a_channel_that_was_removed_is_told_of(database: Database, flag: Flag, configure: Configure) -> None:
    enqueue(database, configure(SECRET, notifications=[TEAM]), flag("1"))
    done = deliver_waiting(database, configure(), NOON, Post())
    assert done.waiting == 1
    assert done.errors == ('1 notifications wait for a channel "team", which the configuration does not have any more',)


def test_a_sender_that_died_gives_its_claim_back(database: Database, flag: Flag, configure: Configure) -> None:
    config = configure(SECRET, notifications=[TEAM])
    enqueue(database, config, flag("1"))
    with database.write() as session:
        assert len(claim(session, "team", NOON)) == 1
    assert deliver_waiting(database, config, NOON + CLAIM - MINUTE, Post()) == Delivery(waiting=1)
    assert deliver_waiting(database, config, NOON + CLAIM, Post()) == Delivery(sent=1)


def test_two_senders_at_once_send_each_case_once(database: Database, flag: Flag, configure: Configure) -> None:
    config = configure(SECRET, notifications=[TEAM])
    for number in range(30):
        enqueue(database, config, flag(str(number), text=f"Broken {number}"))
    gate, post, results = threading.Barrier(4), Post(), []

    def one() -> None:
        gate.wait()
        results.append(deliver_waiting(database, config, NOON, post))

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(result.sent for result in results) == 30
    assert sum(int(message.title.split()[0]) for message in post.messages) == 30
    with database.read() as session:
        assert session.scalar(select(func.count()).where(OutboxEntry.sent_at.is_(None))) == 0


# --------------------------------------------------------------------------------------------- a real service, near by


class Hook(BaseHTTPRequestHandler):
    """A web hook on loopback that keeps what it gets, and answers as it is told."""

    got: list[dict[str, str]]
    answer: int

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).got.append(json.loads(body))
        self.send_response(type(self).answer)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def hook() -> Iterator[tuple[type[Hook], str]]:
    handler = type("ThisHook", (Hook,), {"got": [], "answer": 200})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield handler, f"json://127.0.0.1:{server.server_port}/s3cr3t-token"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_real_message(database: Database, flag: Flag, configure: Configure, hook: tuple[type[Hook], str]) -> None:
    handler, address = hook
    config = configure({"EARFUL_TEAM_CHAT": address}, notifications=[TEAM])
    enqueue(database, config, flag("1", text="<b>@everyone</b> it's *broken* \u202e & [here](http://x)"))
    assert deliver_waiting(database, config, NOON) == Delivery(sent=1)
    [message] = handler.got
    assert message["title"] == "1 new case for Brygvell"
    assert "] <\u200bb>@\u200beveryone<\u200b/b> it's *broken* & [here]\u200b(http:\u200b//x)\n" in message["message"]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("nonsense", "no single address"),
        ("json://127.0.0.1:1/s3cr3t-token json://127.0.0.1:2/s3cr3t-token", "no single address"),
        ("json://127.0.0.1:1/s3cr3t-token", "could not be reached"),
        ("hook", "answered 401"),
    ],
)
def test_a_failure_never_shows_the_address(
    hook: tuple[type[Hook], str], caplog: pytest.LogCaptureFixture, address: str, said: str
) -> None:
    handler, real = hook
    handler.answer = 401
    with caplog.at_level(logging.DEBUG), pytest.raises(NotSent, match=said) as caught:
        apprise_send(real if address == "hook" else address, Message("title", "body"))
    assert "s3cr3t" not in str(caught.value) + caplog.text
    assert "127.0.0.1" not in str(caught.value) + caplog.text
