"""Twenty people at work on the same few cases at the same time: nobody's work is lost, and nothing is done twice."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from earful.errors import Conflict
from earful.values import Severity
from models.acts import Act, NotAllowed, Verb
from models.case import Case, CaseStatus, Remedy
from models.caseview import events_of
from models.casework import act
from models.database import Database
from models.outbox import OutboxEntry
from models.tags import tags_of
from tests.models.test_casework import flagged

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
AGENTS, CASES, ACTS = 20, 3, 6
Done = tuple[int, str, str]
"""Which case, who, and what was stored, in words of its own."""


def work(database: Database, agent: int, cases: list[int], gate: Barrier) -> list[Done]:
    """One person's morning: act on what they see, and look again when somebody was faster."""
    dice, name, stored = random.Random(agent), f"agent{agent}", []
    gate.wait()
    for number in range(ACTS):
        case_id, mark = dice.choice(cases), f"{name}-{number}"
        what = dice.choice(
            [
                Act(Verb.NOTE, text=f"{mark} @lea"),
                Act(Verb.TAG, tag=mark),
                Act(Verb.REMEDY, remedy=Remedy.REFUND, text=mark),
                Act(Verb.REPLY, text=mark),
                Act(Verb.RESOLVE, text=mark),
                Act(Verb.REOPEN),
                Act(Verb.PRIORITY, severity=dice.choice(list(Severity))),
                Act(Verb.ESCALATE, text=mark),
            ]
        )
        stored += [(case_id, name, f"{what.verb}:{mark}")] * _until_stored(database, case_id, name, what)
    return stored


def _until_stored(database: Database, case_id: int, name: str, what: Act) -> bool:
    while True:
        with database.read() as session:
            seen = session.scalar(select(Case.version).where(Case.id == case_id)) or 0
        try:
            with database.write() as session:
                act(session, case_id, seen, name, what, NOON + timedelta(minutes=1))
        except Conflict:
            continue
        except NotAllowed:
            return False
        return True


@pytest.mark.slow
def test_twenty_people_lose_nothing_of_each_other(database: Database) -> None:
    cases, gate = [flagged(database) for _ in range(CASES)], Barrier(AGENTS)
    with ThreadPoolExecutor(AGENTS) as pool:
        stored = [
            done
            for each in [pool.submit(work, database, agent, cases, gate) for agent in range(AGENTS)]
            for done in each.result()
        ]
    assert len(stored) > AGENTS
    with database.read() as session:
        logged = Counter((case_id, event.actor) for case_id in cases for event in events_of(session, case_id)[1:])
        assert logged == Counter((case_id, name) for case_id, name, _ in stored)
        for case_id in cases:
            case = session.get_one(Case, case_id)
            events = events_of(session, case_id)
            assert case.version == len(events)
            mine = [said for key, _, said in stored if key == case_id]
            assert set(tags_of(session, case_id)) == {said[4:] for said in mine if said.startswith("tag:")}
            assert {said[5:] for said in mine if said.startswith("note:")} == {
                event.detail["text"].split()[0] for event in events if event.action == "noted"
            }
            assert (case.closed_at is not None) == (case.status is CaseStatus.RESOLVED)
        calls = session.scalars(select(OutboxEntry.event).where(OutboxEntry.channel == "@lea")).all()
        assert len(calls) == len(set(calls)) == sum(said.startswith("note:") for _, _, said in stored)
