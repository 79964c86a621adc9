from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from earful.configfile import Configuration
from earful.settings import Rule
from earful.values import Label, Severity
from flows.steps.flag import flag_waiting
from models.case import Case, CaseStatus, CaseTag
from models.caseview import events_of
from models.database import Database
from models.mention import Stage, StoredReading
from models.outbox import OutboxEntry
from models.pipeline import judged
from models.rules import add_rule

pytest_plugins = ["tests.flows.flagged"]
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
TEAM = {"name": "team", "secret": "EARFUL_TEAM", "at_least": "urgent"}
Put = Callable[..., int]


@pytest.fixture
def read(database: Database, put: Put) -> Callable[..., int]:
    """Stores one mention that is read, neutral, and waits to be judged."""

    def read(key: str, text: str, **fields: Any) -> int:
        mention_id = put(key, text=text, stage=Stage.READ, **fields)
        with database.write() as session:
            session.add(
                StoredReading(
                    mention_id=mention_id, language="en", language_confidence=1.0, label=Label.NEUTRAL, polarity=0.0,
                    confidence=0.9, evidence=[], themes=["delivery"], reader="test", version="1", read_at=NOON,
                )
            )  # fmt: skip
        return mention_id

    return read


def rule(name: str, **said: Any) -> Rule:
    return Rule.model_validate({"name": name, **said})


def test_flagging_follows_the_rules_of_the_file_and_of_the_inbox(
    database: Database, configure: Callable[..., Configuration], read: Callable[..., int]
) -> None:
    config = configure({}, notifications=[TEAM], rules=[rule("blue", query="blue", severity="low", notify=["team"])])
    wanted = rule("regulars", themes=["delivery"], author_seen=True, assignee="Ivana Petrova", tags=["regular"])
    with database.write() as session:
        add_rule(session, wanted, "dana", NOON)
        add_rule(session, rule("not from here", does="leave", sources=["elsewhere"]), "dana", NOON)
    first = read("1", "a kettle", author="kari")
    blue = read("2", "a blue kettle", author="ole")
    again = read("3", "a kettle again", author="kari")
    assert flag_waiting(database, config) == 2
    with database.read() as session:
        found = {case.mention_id: case for case in session.scalars(select(Case))}
        assert first not in found
        assert (found[blue].severity, found[blue].status) == (Severity.LOW, CaseStatus.OPEN)
        assert found[blue].reasons == [{"code": "rule", "detail": "blue"}]
        case = found[again]
        assert (case.status, case.assignee, case.reasons[0]["detail"]) == ("assigned", "Ivana Petrova", "regulars")
        assert session.scalars(select(CaseTag.tag).where(CaseTag.case_id == case.id)).all() == ["regular"]
        assert [event.action for event in events_of(session, case.id)] == ["opened", "tagged", "assigned"]
        told = {entry.channel: entry.event for entry in session.scalars(select(OutboxEntry))}
        assert told["team"] == f"case.opened:{found[blue].id}"
        assert told["@ivana.petrova"].startswith("case.assigned:")


def test_history_is_read_back_in_batches_to_a_bound(database: Database, read: Callable[..., int]) -> None:
    keys = [read(str(number), "a kettle", author="kari") for number in range(5)]
    with database.write() as session:
        session.execute(Case.metadata.tables["mentions"].update().values(stage="judged"))
    with database.read() as session:
        some = list(judged(session, 4, batch=3, authors=True))
        assert [[each.id for each in batch] for batch in some] == [keys[4:1:-1], [keys[1]]]
        assert all(each.author_seen for batch in some for each in batch)
        assert list(judged(session, 9, NOON.replace(year=2027))) == []
