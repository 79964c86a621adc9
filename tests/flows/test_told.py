"""People are told what they chose, where and when they chose it, in their language; and hostile text arrives inert."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from earful import clock
from earful.configfile import Configuration
from earful.sealing import seal
from earful.secrets import Secrets
from earful.sender import Message
from earful.settings import Channel
from earful.values import Severity
from flows.steps.messages import EXCERPT
from flows.steps.notify import Delivery, deliver_waiting
from flows.steps.remind import remind
from models import notices
from models.account import Role
from models.accounts import add_user, disable, user_named
from models.acts import Act, Verb
from models.case import Case
from models.casework import act
from models.database import Database
from models.notices import CLAIM, enqueue_cases
from models.outbox import OutboxEntry
from models.run import RunStatus
from models.store import close_ledger, open_ledger
from tests.services import Mail, Web, tls_for

# apprise imports a module of the standard library that goes away in Python 3.13, where it brings its own.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")]

pytest_plugins = ["tests.flows.flagged"]

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday
HOUR = timedelta(hours=1)
KEY = {"EARFUL_KEY": "k" * 32}
Flag = Callable[..., int]
Configure = Callable[..., Configuration]
Hire = Callable[..., None]


class Post:
    """Remembers what was sent, to which address."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Message]] = []

    def __call__(self, address: str, message: Message) -> None:
        self.sent.append((address, message))

    @property
    def titles(self) -> list[str]:
        return [message.title for _, message in self.sent]


@pytest.fixture
def config(configure: Configure) -> Configuration:
    brands = [{"name": "Brygvell"}, {"name": "Fjellkopp", "sources": []}]
    return configure(KEY, brands=brands, inbox={"own_addresses": "any"})


@pytest.fixture
def hire(database: Database, config: Configuration) -> Hire:
    """Adds somebody with an address of their own, and what they want."""

    def hire(name: str, role: Role = Role.AGENT, address: str | None = None, **fields: Any) -> None:
        wishes = fields.pop("wishes", {})
        with database.write() as session:
            user = add_user(session, NOON, name, role)
            user.sealed_address = seal(config.secrets, address or f"mmost://127.0.0.1:1/{name}")
            user.preferences = {"notify": wishes}
            for field, value in fields.items():
                setattr(user, field, value)

    hire("boss", Role.ADMIN, wishes={"silent": False, "unreadable": False})
    return hire


def do(database: Database, case_id: int, what: Act, actor: str = "lee", at: datetime = NOON) -> None:
    with database.write() as session:
        act(session, case_id, session.get_one(Case, case_id).version, actor, what, at)


def told(database: Database, config: Configuration, at: datetime = NOON) -> list[str]:
    post = Post()
    deliver_waiting(database, config, at, post)
    return post.titles


def test_each_kind_can_be_chosen(database: Database, config: Configuration, hire: Hire, flag: Flag) -> None:
    hire("dana", wishes={"assigned": False, "mention": True, "half": False, "due": True})
    first = flag("1")
    do(database, first, Act(Verb.ASSIGN, to="dana"))
    assert told(database, config) == []
    do(database, first, Act(Verb.NOTE, text="look, @dana"))
    assert told(database, config) == ["1 note calls you for Brygvell"]
    with database.write() as session:
        case = session.get_one(Case, first)
        case.half_at, case.due_at = NOON + HOUR, NOON + 2 * HOUR
    remind(database, config, NOON + HOUR)
    assert told(database, config, NOON + HOUR) == []
    remind(database, config, NOON + 2 * HOUR)
    assert told(database, config, NOON + 2 * HOUR) == ["1 case overdue for Brygvell"]


def test_only_of_the_brands_that_were_chosen(database: Database, config: Configuration, hire: Hire, flag: Flag) -> None:
    hire("dana", wishes={"brands": ["Fjellkopp"]})
    for key, brand in (("1", "Brygvell"), ("2", "Fjellkopp")):
        do(database, flag(key, brand=brand), Act(Verb.ASSIGN, to="dana"))
    assert told(database, config) == ["1 case assigned to you for Fjellkopp"]
    assert told(database, config, NOON + 24 * HOUR) == []


def test_once_a_day_is_one_message_in_the_morning_of_their_zone(
    database: Database, config: Configuration, hire: Hire, flag: Flag
) -> None:
    hire("dana", wishes={"daily": True}, time_zone="Asia/Jakarta")  # where it is 19:00
    for key in "123":
        do(database, flag(key), Act(Verb.ASSIGN, to="dana"))
    morning = datetime(2026, 3, 5, 1, 0, tzinfo=UTC)
    assert told(database, config, morning - timedelta(minutes=1)) == []
    do(database, flag("4"), Act(Verb.ASSIGN, to="dana"), at=morning + HOUR)
    assert told(database, config, morning + HOUR) == ["3 cases assigned to you for Brygvell"]
    assert told(database, config, morning + 2 * HOUR) == []
    assert told(database, config, morning + 24 * HOUR) == ["1 case assigned to you for Brygvell"]


def test_quiet_hours_are_those_of_their_zone(database: Database, config: Configuration, hire: Hire, flag: Flag) -> None:
    hire("dana", wishes={"quiet_from": "18:00", "quiet_to": "20:00"}, time_zone="Asia/Jakarta")
    do(database, flag("1"), Act(Verb.ASSIGN, to="dana"))
    assert told(database, config) == []
    assert told(database, config, NOON + HOUR) == ["1 case assigned to you for Brygvell"]


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("nb", "1 sak er tildelt deg"),
        ("bg", "Възложен Ви е 1 случай"),
        ("id", "1 kasus ditugaskan kepada Anda"),
        ("hu", "1 ügyet Önhöz rendeltek"),
        ("en-US", "1 case assigned to you"),
        (None, "1 case assigned to you"),
    ],
)
def test_everybody_is_told_in_their_language(
    database: Database, config: Configuration, hire: Hire, flag: Flag, locale: str | None, said: str
) -> None:
    hire("dana", locale=locale)
    do(database, flag("1"), Act(Verb.ASSIGN, to="dana"))
    [title] = told(database, config)
    assert said in title


@pytest.mark.parametrize(("chosen", "said"), [(None, "1 sak er tildelt deg"), ("hu", "1 ügyet Önhöz rendeltek")])
def test_who_left_the_language_to_the_browser_is_told_in_its_language(
    database: Database, config: Configuration, hire: Hire, flag: Flag, chosen: str | None, said: str
) -> None:
    hire("dana", locale=chosen, asked_locale="nb_NO")
    do(database, flag("1"), Act(Verb.ASSIGN, to="dana"))
    [title] = told(database, config)
    assert said in title


def test_the_configuration_comes_first(database: Database, configure: Configure, hire: Hire, flag: Flag) -> None:
    person = {"name": "Dana", "secret": "EARFUL_DANA", "assigned": True, "language": "nb"}
    config = configure({**KEY, "EARFUL_DANA": "json://127.0.0.1:1/set"}, people=[person])
    hire("dana", wishes={"assigned": False, "mention": False}, locale="hu")
    case_id, post = flag("1"), Post()
    do(database, case_id, Act(Verb.ASSIGN, to="dana"))
    do(database, case_id, Act(Verb.NOTE, text="@dana"))
    deliver_waiting(database, config, NOON, post)
    [(address, message)] = post.sent
    assert address == "json://127.0.0.1:1/set"
    assert message.title == "1 sak er tildelt deg for Brygvell"


def test_who_is_shut_out_is_told_nothing(database: Database, config: Configuration, hire: Hire, flag: Flag) -> None:
    hire("dana")
    do(database, flag("1"), Act(Verb.ASSIGN, to="dana"))
    with database.write() as session:
        disable(session, user_named(session, "dana"), NOON)
    assert told(database, config) == []
    with database.read() as session:
        assert session.scalars(select(OutboxEntry.sent_at)).all() == [NOON], "nothing is left for later"


def test_who_chose_no_address_is_told_by_mail_where_there_is_a_mail_server(
    database: Database, configure: Configure, hire: Hire, flag: Flag
) -> None:
    config = configure(
        {**KEY, "EARFUL_MAIL": "mailto://127.0.0.1:25?from=a@b.c&to=x@y.z"}, inbox={"mail": "EARFUL_MAIL"}
    )
    hire("dana", email="dana@example.com", sealed_address=None)
    do(database, flag("1"), Act(Verb.ASSIGN, to="dana"))
    post = Post()
    deliver_waiting(database, config, NOON, post)
    assert [address for address, _ in post.sent] == ["mailto://127.0.0.1:25?from=a%40b.c&to=dana%40example.com"]


def test_operators_hear_once_that_a_source_could_not_be_read(
    database: Database, configure: Configure, hire: Hire, source_id: int
) -> None:
    brand = {"name": "Brygvell", "sources": [{"type": "csv", "name": "reviews"}]}
    config = configure(KEY, brands=[brand], inbox={"own_addresses": "any"})
    hire("ops", Role.ADMIN)
    hire("dana")
    with database.write() as session:
        open_ledger(session, 1, source_id, NOON)
        close_ledger(session, 1, source_id, RunStatus.FAILED, NOON, "it answered 503\n@everyone")
    post = Post()
    for hours in (0, 1, 30):
        deliver_waiting(database, config, NOON + hours * HOUR, post)
    assert post.titles == ["1 source could not be read"]
    assert post.sent[0][1].body.startswith("NOT READ [Brygvell, reviews] it answered 503 @\u200beveryone")


def test_an_address_sealed_with_another_key_is_a_clear_failure(
    database: Database, config: Configuration, configure: Configure, hire: Hire, flag: Flag
) -> None:
    hire("dana")
    do(database, flag("1"), Act(Verb.ASSIGN, to="dana"))
    other = configure({"EARFUL_KEY": "another" * 5}, inbox={"own_addresses": "any"})
    delivery = deliver_waiting(database, other, NOON, Post())
    assert (delivery.failed, delivery.waiting) == (1, 1)
    assert "enter the address again" in delivery.errors[0]


def test_an_address_that_leads_inside_is_not_used(
    database: Database, configure: Configure, hire: Hire, flag: Flag
) -> None:
    hire("dana")
    do(database, flag("1"), Act(Verb.ASSIGN, to="dana"))
    delivery = deliver_waiting(database, configure(KEY), NOON, Post())
    assert (delivery.failed, "private network" in delivery.errors[0]) == (1, True)


def test_the_key_is_made_once_and_kept_for_its_owner_only(tmp_path: Path) -> None:
    made = [seal(Secrets(tmp_path, {}), "x") for _ in range(2)]
    assert made[0] != made[1]
    [file] = (tmp_path / "secrets").iterdir()
    assert (file.name, file.stat().st_mode & 0o777) == ("EARFUL_KEY", 0o600)


def test_a_sender_that_dies_after_sending_sends_once_more_and_no_more(
    database: Database, config: Configuration, hire: Hire, flag: Flag, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What holds: never lost, and twice only when a sender dies in the moment between sending and marking."""
    hire("dana")
    do(database, flag("1"), Act(Verb.ASSIGN, to="dana"))
    post = Post()

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(notices, "mark_sent", die)
        with pytest.raises(KeyboardInterrupt):
            deliver_waiting(database, config, NOON, post)
    for minutes in (0, 9):
        assert deliver_waiting(database, config, NOON + timedelta(minutes=minutes), post) == Delivery(waiting=1)
    for hours in (0, 1, 2):
        deliver_waiting(database, config, NOON + CLAIM + hours * HOUR, post)
    assert len(post.sent) == 2


# ------------------------------------------------------------------------------- what arrives, at services near by

HOSTILE = (
    "<script>alert(1)</script> [click](https://evil.example) ![x](https://evil.example/p.png) "
    "<https://evil.example|ok> @everyone <!channel> !here> @U1> \u202egnp.exe\u202c \x00\x1b[31m "
    "{{ 7*7 }} {% if 1 %} %(x)s ${x} {app_id} *b* `c` "
)
CALLS = ("@everyone", "<!channel", "<!here", "<@U1", "<script", "](", "<https", "://evil", "\u202e", "\x00", "\x1b")
SAID = ("{{ 7*7 }}", "%(x)s", "${x}", "{app_id}")


@pytest.fixture
def hostile(database: Database, flag: Flag) -> None:
    """Three cases whose texts attack whoever reads of them, one of them very long."""
    bad = HOSTILE.replace("\x00", "")  # as it is stored; NUL comes from an author's name, below
    cases = [flag("1", text=bad, title=bad), flag("2", Severity.URGENT, text="A" * 100_000), flag("3", text=bad[60:])]
    channel = {"name": "team", "secret": "EARFUL_TEAM_CHAT"}
    with database.write() as session:
        enqueue_cases(session, cases, [Channel.model_validate(channel)], NOON)


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as web:
        yield web


def send(database: Database, configure: Configure, address: str) -> None:
    channel = {"name": "team", "secret": "EARFUL_TEAM_CHAT"}
    config = configure({"EARFUL_TEAM_CHAT": address}, notifications=[channel])
    assert deliver_waiting(database, config, NOON) == Delivery(sent=3)


def assert_inert(text: str) -> None:
    assert "AAAA" in text
    assert "A" * (EXCERPT + 1) not in text
    assert len(text) < 4000
    assert [call for call in CALLS if call in text] == []


@pytest.mark.parametrize("kind", ["mmost", "json"])
def test_hostile_text_arrives_inert_in_a_hook(
    database: Database, configure: Configure, hostile: None, web: Web, kind: str
) -> None:
    send(database, configure, f"{kind}://127.0.0.1:{web.port}/token")
    [got] = web.got
    said = got.body.get("text") or got.body["message"]
    assert_inert(said)
    assert "{{ 7*7 }}" in said


def test_hostile_text_arrives_inert_at_slack(
    database: Database, configure: Configure, hostile: None, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apprise.plugins.slack import NotifySlack

    monkeypatch.setattr(NotifySlack, "webhook_url", f"http://127.0.0.1:{web.port}")
    send(database, configure, "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general")
    [got] = web.got
    assert_inert(json.dumps(got.body, ensure_ascii=False))


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_hostile_text_arrives_inert_in_teams(
    database: Database, configure: Configure, hostile: None, tmp_path: Path
) -> None:
    with Web(tls=tls_for(tmp_path, clock.now())) as web:
        send(database, configure, f"workflows://127.0.0.1:{web.port}/flow/signature?verify=no")
    [got] = web.got
    card = json.dumps(got.body, ensure_ascii=False)
    assert_inert(card)


def test_hostile_text_arrives_inert_by_mail(database: Database, configure: Configure, hostile: None) -> None:
    with Mail() as server:
        send(database, configure, f"mailto://127.0.0.1:{server.port}?from=earful@example.com&to=dana@example.com")
    [(recipients, mail)] = server.got
    assert recipients == ["dana@example.com"]
    assert mail["subject"] == "3 new cases for Brygvell"
    for part in mail.walk():
        if part.get_content_maintype() == "text":
            assert_inert(EmailMessage.get_content(part))
