from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select, update

from earful.configfile import Configuration
from earful.sender import Message
from earful.settings import Person, Settings
from earful.values import Severity, SourceState
from flows.steps.notify import deliver_waiting
from flows.steps.remind import Reminded, bring_back_cases, remind
from models.acts import Act, Verb
from models.case import Case, CaseStatus, Returned
from models.caseview import events_of
from models.casework import act
from models.database import Database
from models.mention import Mention
from models.outbox import OutboxEntry
from models.people import handle, mentioned
from models.recipients import recipient

pytest_plugins = ["tests.flows.flagged"]

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday
HOUR = timedelta(hours=1)
BRAND = {"name": "Brygvell", "lead": "Lea", "promise": {"high": "4h"}}
TEAM = {"name": "team", "secret": "EARFUL_TEAM_CHAT"}
SECRETS = {"EARFUL_TEAM_CHAT": "json://127.0.0.1:1/t", "EARFUL_DANA": "json://127.0.0.1:1/d"}
Flag = Callable[..., int]
Configure = Callable[..., Configuration]
Put = Callable[..., int]


@pytest.fixture
def config(configure: Configure) -> Configuration:
    people = [{"name": "dana", "secret": "EARFUL_DANA"}]
    return configure(SECRETS, brands=[BRAND], notifications=[TEAM], people=people)


@pytest.fixture
def promised(database: Database, flag: Flag) -> Callable[..., int]:
    """A case due at 16:00, half of its time over at 14:00."""

    def promised(key: str = "1", **fields: Any) -> int:
        case_id = flag(key, **fields)
        with database.write() as session:
            times = {"due_at": NOON + 4 * HOUR, "half_at": NOON + 2 * HOUR}
            session.execute(update(Case).where(Case.id == case_id).values(**times))
        return case_id

    return promised


def do(database: Database, case_id: int, what: Act, actor: str = "dana", at: datetime = NOON) -> Case:
    with database.write() as session:
        return act(session, case_id, session.get_one(Case, case_id).version, actor, what, at)


def stored(database: Database, case_id: int) -> Case:
    with database.read() as session:
        return session.scalars(select(Case).where(Case.id == case_id)).one()


def outbox(database: Database) -> set[tuple[str, str]]:
    with database.read() as session:
        rows = session.execute(select(OutboxEntry.channel, OutboxEntry.event)).tuples()
        return {(channel, event.partition(":")[0]) for channel, event in rows}


def test_half_of_the_time_and_all_of_it_are_told_once(database: Database, config: Configuration, promised: Put) -> None:
    case_id = promised()
    assert remind(database, config, NOON + HOUR) == Reminded()
    assert remind(database, config, NOON + 2 * HOUR) == Reminded(half_over=1)
    assert remind(database, config, NOON + 3 * HOUR) == Reminded()
    assert outbox(database) >= {("team", "case.half"), ("@lea", "case.half")}
    do(database, case_id, Act(Verb.ASSIGN, to="dana"), "dana", NOON + 3 * HOUR)
    assert remind(database, config, NOON + 4 * HOUR) == Reminded(overdue=1)
    assert remind(database, config, NOON + 5 * HOUR) == Reminded()
    told = {("team", "case.due"), ("@dana", "case.due"), ("@lea", "case.due")}
    assert outbox(database) >= told


def test_who_answered_in_time_is_left_alone(database: Database, config: Configuration, promised: Put) -> None:
    do(database, promised("1"), Act(Verb.REPLY, text="sorry"))
    do(database, promised("2"), Act(Verb.WAIT))
    do(database, promised("3"), Act(Verb.RESOLVE))
    assert remind(database, config, NOON + 9 * HOUR) == Reminded()


@pytest.mark.slow
def test_what_nobody_touched_goes_back_and_to_the_lead(
    database: Database, config: Configuration, promised: Put
) -> None:
    untouched, noted = promised("1"), promised("2")
    for case_id in (untouched, noted):
        do(database, case_id, Act(Verb.ASSIGN, to="kim"), "lee", NOON)
    do(database, noted, Act(Verb.NOTE, text="on it"), "kim", NOON + HOUR)
    tomorrow = NOON + 24 * HOUR
    assert remind(database, config, tomorrow - timedelta(minutes=1)).given_back == 0
    assert remind(database, config, tomorrow).given_back == 1
    case = stored(database, untouched)
    assert (case.status, case.assignee) == (CaseStatus.OPEN, None)
    assert stored(database, noted).assignee == "kim"
    assert ("@lea", "case.given_back") in outbox(database)
    with database.read() as session:
        assert events_of(session, untouched)[-1].actor == "earful"


def test_a_snooze_is_over_when_it_is_over(database: Database, config: Configuration, promised: Put) -> None:
    case_id = promised()
    do(database, case_id, Act(Verb.SNOOZE, until=NOON + HOUR))
    assert remind(database, config, NOON + HOUR).woken == 1
    assert stored(database, case_id).status is CaseStatus.OPEN


# ------------------------------------------------------------------------------------------------ the author is back


def back(database: Database, config: Configuration, *mention_ids: int, at: datetime = NOON + 24 * HOUR) -> int:
    with database.write() as session:
        return bring_back_cases(session, config.settings, mention_ids, at)


@pytest.mark.parametrize(("verb", "anew"), [(Verb.SNOOZE, False), (Verb.WAIT, False), (Verb.RESOLVE, True)])
def test_a_new_post_by_the_author_brings_a_case_back(
    database: Database,
    config: Configuration,
    promised: Put,
    put: Put,
    verb: Verb,
    anew: bool,
) -> None:
    case_id = promised(author="Ada")
    before = do(database, case_id, Act(verb, until=NOON + 99 * HOUR)).due_at
    posted = put("2", author="Ada", published_at=NOON + 20 * HOUR)
    assert back(database, config, posted) == 1
    case = stored(database, case_id)
    assert (case.status, case.returned, case.snoozed_until, case.closed_at) == (
        CaseStatus.OPEN, Returned.POSTED, None, None,
    )  # fmt: skip
    assert (case.due_at > before, case.first_due_at) == ((True, before) if anew else (False, None))
    assert back(database, config, posted) == 0, "told again, it does nothing"
    assert remind(database, config, NOON + 24 * HOUR + 9 * HOUR).overdue == 1


@pytest.mark.parametrize(
    "other",
    [
        {"author": "Bea"},
        {"author": "Ada", "published_at": NOON - HOUR},
        {"author": "Ada", "subject": "Tazzorin"},
        {"author": None},
    ],
)
def test_what_others_say_or_said_before_brings_nothing_back(
    database: Database,
    config: Configuration,
    promised: Put,
    put: Put,
    other: dict[str, Any],
) -> None:
    do(database, promised(author=other["author"] and "Ada"), Act(Verb.RESOLVE))
    assert back(database, config, put("2", **{"published_at": NOON + HOUR, **other})) == 0


def test_an_edit_by_the_author_brings_a_case_back_but_not_a_dismissed_one(
    database: Database, config: Configuration, promised: Put
) -> None:
    resolved, dismissed = promised("1"), promised("2")
    do(database, resolved, Act(Verb.RESOLVE))
    do(database, dismissed, Act(Verb.DISMISS))
    with database.write() as session:
        edit = {"text_changed_at": NOON + HOUR, "state": SourceState.EDITED}
        session.execute(update(Mention).values(**edit))
        ids = list(session.scalars(select(Mention.id)))
    assert back(database, config, *ids) == 1
    assert stored(database, resolved).returned is Returned.EDITED
    assert stored(database, dismissed).status is CaseStatus.DISMISSED


def test_what_was_resolved_long_ago_stays_so(
    database: Database, config: Configuration, promised: Put, put: Put
) -> None:
    do(database, promised(author="Ada"), Act(Verb.RESOLVE))
    late = NOON + timedelta(days=31)
    assert back(database, config, put("2", author="Ada", published_at=late), at=late) == 0


# ------------------------------------------------------------------------------------------------------------ people


class Post:
    def __init__(self) -> None:
        self.messages: list[tuple[str, Message]] = []

    def __call__(self, address: str, message: Message) -> None:
        self.messages.append((address, message))


def test_a_person_is_told_everything_in_one_message_once(
    database: Database, config: Configuration, promised: Put
) -> None:
    post = Post()
    first, second = promised("1", text="Lid broke"), promised("2", text="Late")
    do(database, first, Act(Verb.ASSIGN, to="Dana"), "lee")
    do(database, second, Act(Verb.NOTE, text="@dana can you look? <!channel> \u202e"), "lee")
    assert deliver_waiting(database, config, NOON, post).sent == 2
    assert deliver_waiting(database, config, NOON + HOUR, post).sent == 0
    [(address, message)] = post.messages
    assert address.endswith("/d")
    assert message.title == "1 case assigned to you, 1 note calls you for Brygvell"
    assert f"HIGH #{first} [reviews] Lid broke" in message.body
    assert f"HIGH #{second} [reviews] lee: @\u200bdana can you look? <\u200b!\u200bchannel>" in message.body


def test_who_has_no_address_is_dropped_and_nobody_is_bothered(
    database: Database, config: Configuration, promised: Put
) -> None:
    do(database, promised(), Act(Verb.ASSIGN, to="nobody known"), "lee")
    done = deliver_waiting(database, config, NOON, Post())
    assert (done.waiting, done.errors) == (0, ())


@pytest.mark.parametrize(
    ("quiet", "hour", "asleep"),
    [
        ("22:00-07:00", 23, True),
        ("22:00-07:00", 6, True),
        ("22:00-07:00", 7, False),
        ("12:00-13:00", 12, True),
        (None, 3, False),
    ],
)
def test_quiet_hours(quiet: str | None, hour: int, asleep: bool) -> None:
    person = Person.model_validate({"name": "dana", "secret": "S", "quiet": quiet, "time_zone": "Asia/Jakarta"})
    at = datetime(2026, 3, 4, hour, tzinfo=UTC) - 7 * HOUR
    who = recipient(Settings.model_validate({"brands": [BRAND]}), None, person)
    assert who.wishes.asleep(at, who.zone) is asleep


@pytest.mark.parametrize("quiet", ["22-7", "07:00-07:00", "25:00-07:00", 7])
def test_what_are_no_quiet_hours(quiet: object) -> None:
    with pytest.raises(ValidationError):
        Person.model_validate({"name": "dana", "secret": "S", "quiet": quiet})


def test_what_is_not_wanted_is_not_sent_and_the_night_is_quiet(
    database: Database, configure: Configure, promised: Put
) -> None:
    person = {"name": "dana", "secret": "EARFUL_DANA", "assigned": False, "quiet": "11:00-13:00"}
    config, post = configure(SECRETS, brands=[BRAND], people=[person]), Post()
    do(database, promised(), Act(Verb.ASSIGN, to="dana"), "lee")
    do(database, promised("2"), Act(Verb.NOTE, text="@dana"), "lee")
    assert deliver_waiting(database, config, NOON, post).waiting == 2
    assert deliver_waiting(database, config, NOON + HOUR, post).waiting == 0
    assert [message.title for _, message in post.messages] == ["1 note calls you for Brygvell"]


def test_how_people_are_called() -> None:
    assert mentioned("@lee, @Ивана.Петрова. (@kim) a@b.c @@x @lee @ @-") == ["lee", "ивана.петрова", "kim"]
    assert handle(" Ivana  Petrova ") == "ivana.petrova"


@pytest.mark.parametrize("severity", list(Severity))
def test_a_burst_of_reminders_is_one_message(
    database: Database, config: Configuration, promised: Put, severity: Severity
) -> None:
    post = Post()
    for number in range(15):
        promised(str(number), severity=severity)
    remind(database, config, NOON + 5 * HOUR)
    deliver_waiting(database, config, NOON + 5 * HOUR, post)
    wanted = severity in {Severity.HIGH, Severity.URGENT}
    assert [message.title for _, message in post.messages] == ["15 cases overdue for Brygvell"] * wanted


def test_the_summary_goes_out_in_the_morning_once_to_those_who_want_it(
    database: Database, configure: Configure, promised: Put
) -> None:
    people = [{"name": "dana", "secret": "EARFUL_DANA"}]
    config = configure(SECRETS, brands=[BRAND], notifications=[{**TEAM, "summary": True}], people=people)
    do(database, promised(), Act(Verb.RESOLVE))
    post, morning = Post(), datetime(2026, 3, 5, 8, 0, tzinfo=UTC)
    for at in (morning - timedelta(minutes=1), morning, morning + HOUR):
        remind(database, config, at)
        deliver_waiting(database, config, at, post)
    [(address, message)] = post.messages
    assert address.endswith("/t"), "dana did not ask for it"
    assert message.body.startswith("Wednesday, 4 March 2026: 1 cleared (1 resolved, 0 dismissed)")
