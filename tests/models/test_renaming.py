"""An account gets another name: what is theirs today goes along, what they did stays under the name of then."""

from datetime import UTC, datetime

import pytest

from earful.settings import Rule
from models.account import Role, User
from models.accounts import AccountRefused, add_user, user_named
from models.case import Case
from models.caseview import events_of
from models.database import Database
from models.doors import begin_session, user_of_session
from models.outbox import OutboxEntry
from models.people import tell_person
from models.renaming import Renamed, rename
from models.rules import add_rule, history, in_force
from tests.models.test_casework import LATER, Act, Verb, do, flagged

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@pytest.fixture
def team(database: Database) -> Database:
    with database.write() as session:
        add_user(session, NOW, "boss", Role.ADMIN)
        add_user(session, NOW, "dana", Role.AGENT, "dana@example.com")
    return database


def call(database: Database, who: str, name: str) -> Renamed:
    with database.write() as session:
        return rename(session, user_named(session, who), name, "boss", LATER)


def test_what_is_theirs_goes_along_and_what_they_did_stays(team: Database) -> None:
    case_id = flagged(team)
    do(team, case_id, 1, Act(Verb.ASSIGN, to="dana"), "dana")
    with team.write() as session:
        word = begin_session(session, user_named(session, "dana"), NOW)
        add_rule(session, Rule(name="Bags", query="bag", assignee="dana"), "boss", NOW)
        add_rule(session, Rule(name="Seats", query="seat", assignee="boss"), "boss", NOW)
        tell_person(session, "dana", "case.assigned:1", NOW, {"case_id": case_id})
    assert call(team, "DANA@example.com", "Dana.Berg") == Renamed("dana", 1, 1)
    with team.read() as session:
        assert session.get_one(Case, case_id).assignee == "dana.berg"
        assert [rule.assignee for rule in in_force(session, [])] == ["dana.berg", "boss"]
        assert history(session)[0].actor == "boss"
        assert {entry.channel for entry in session.query(OutboxEntry)} == {"@dana.berg"}
        assert {event.actor for event in events_of(session, case_id)} == {"earful", "dana"}
        assert user_of_session(session, word, LATER) is not None, "nobody is signed out by it"


def test_what_is_undone_goes_back_to_them_under_the_new_name(team: Database) -> None:
    case_id = flagged(team)
    do(team, case_id, 1, Act(Verb.ASSIGN, to="dana"), "boss")
    do(team, case_id, 2, Act(Verb.ASSIGN, to="boss"), "boss")
    call(team, "dana", "dana.berg")
    assert do(team, case_id, 3, Act(Verb.UNDO), "boss").assignee == "dana.berg"


def test_nobody_else_gets_a_name_under_which_work_stands(team: Database) -> None:
    call(team, "dana", "dana.berg")
    for name in ("dana", "DANA", "dana.berg"):
        with pytest.raises(AccountRefused, match="take another name"), team.write() as session:
            add_user(session, NOW, name, Role.AGENT)
        with pytest.raises(AccountRefused, match="take another name"):
            call(team, "boss", name)
    call(team, "dana.berg", "dana")
    with team.read() as session:
        user: User = user_named(session, "dana")
        assert user.former_names == ["dana.berg"], "their own name they may take back"


@pytest.mark.parametrize(("name", "said"), [("two words", "one word"), ("earful", "pipeline"), ("boss", "already")])
def test_a_name_that_will_not_do_is_refused(team: Database, name: str, said: str) -> None:
    with pytest.raises(AccountRefused, match=said):
        call(team, "dana", name)
    with team.read() as session:
        assert user_named(session, "dana").former_names == []
