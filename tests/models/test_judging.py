"""What a person says of a mention is one story in the sample, on its page, in its case and in the gold."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from earful.errors import Conflict
from earful.values import Label
from models import judging, samples
from models.acts import Act, Verb
from models.case import Case, CaseStatus, Dismissal
from models.caseview import events_of
from models.casework import act
from models.corrections import last_words
from models.database import Database
from models.gold import flag_counts, gold
from models.judging import Judged
from models.sample import Finding, Sample
from tests.models.test_samples import LATER, case, drawn, heard, waiting

NEGATIVE, NEUTRAL, POSITIVE = Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE
RIGHT, NEEDS_REPLY, NOT_ABOUT_US = Finding
DUE = LATER + timedelta(hours=8)

Does = Callable[[Session, Sample], object]


def in_sample(finding: Finding, says: Label | None = None) -> Does:
    what = Judged(finding, says, DUE)
    return lambda session, pick: samples.judge(session, pick.id, pick.version, "dana", what, LATER)


def of_mention(finding: Finding, says: Label | None = None) -> Does:
    def say(session: Session, pick: Sample) -> object:
        mention = judging.held(session, pick.mention_id)
        return judging.judge(session, mention, "kim", Judged(finding, says, DUE), LATER)

    return say


def in_api(label: Label | None) -> Does:
    def say(session: Session, pick: Sample) -> object:
        mention = judging.held(session, pick.mention_id)
        return judging.correct(session, mention, "crm", LATER, label=label, about_us=label is not None)

    return say


def on_case(verb: Verb, reason: Dismissal = Dismissal.NO_ACTION) -> Does:
    def do(session: Session, pick: Sample) -> object:
        found = session.scalars(select(Case).where(Case.mention_id == pick.mention_id)).one()
        return act(session, found.id, found.version, "lee", Act(verb, reason=reason, text="so"), LATER)

    return do


def undo_in_sample(session: Session, pick: Sample) -> object:
    return samples.take_back(session, pick.id, pick.version, "dana", LATER)


def take_back(session: Session, pick: Sample) -> object:
    return judging.take_back(session, judging.held(session, pick.mention_id), "kim", LATER)


def done(database: Database, acts: Sequence[Does]) -> None:
    for does in acts:
        with database.write() as session:
            does(session, session.scalars(select(Sample)).one())


@pytest.fixture
def picked(database: Database) -> int:
    [key] = heard(database, 1, label=NEUTRAL)
    drawn(database)
    return key


DISMISS_CALM = on_case(Verb.DISMISS, Dismissal.NOT_NEGATIVE)
DISMISS_FOREIGN = on_case(Verb.DISMISS, Dismissal.NOT_ABOUT_US)


@pytest.mark.parametrize(
    ("acts", "finding", "word", "status"),
    [
        ([in_sample(RIGHT)], RIGHT, NEUTRAL, None),
        ([in_sample(RIGHT), take_back], None, None, None),
        ([in_sample(RIGHT), of_mention(NEEDS_REPLY)], NEEDS_REPLY, NEGATIVE, CaseStatus.OPEN),
        ([in_sample(RIGHT), of_mention(NEEDS_REPLY), take_back], None, None, CaseStatus.DISMISSED),
        ([of_mention(RIGHT, POSITIVE)], None, POSITIVE, None),
        ([of_mention(RIGHT, POSITIVE), in_sample(RIGHT)], RIGHT, POSITIVE, None),
        ([of_mention(RIGHT, POSITIVE), in_sample(RIGHT), undo_in_sample], None, None, None),
        ([in_sample(NOT_ABOUT_US), of_mention(RIGHT, POSITIVE)], RIGHT, POSITIVE, None),
        ([in_sample(RIGHT), of_mention(NOT_ABOUT_US)], NOT_ABOUT_US, None, None),
        ([in_sample(RIGHT), in_api(None)], NOT_ABOUT_US, None, None),
        ([in_sample(NEEDS_REPLY), in_api(POSITIVE)], NEEDS_REPLY, POSITIVE, CaseStatus.OPEN),
        ([in_sample(NEEDS_REPLY), take_back, in_sample(NEEDS_REPLY)], NEEDS_REPLY, NEGATIVE, CaseStatus.OPEN),
        ([*[in_sample(NEEDS_REPLY), undo_in_sample] * 2, in_sample(RIGHT)], RIGHT, NEUTRAL, CaseStatus.DISMISSED),
        ([in_sample(NEEDS_REPLY), undo_in_sample, on_case(Verb.REOPEN)], None, None, CaseStatus.OPEN),
        ([in_sample(NEEDS_REPLY), DISMISS_CALM], RIGHT, NEUTRAL, CaseStatus.DISMISSED),
        ([in_sample(NEEDS_REPLY), DISMISS_CALM, on_case(Verb.UNDO)], NEEDS_REPLY, NEGATIVE, CaseStatus.OPEN),
        ([in_sample(NEEDS_REPLY), DISMISS_CALM, on_case(Verb.REOPEN)], NEEDS_REPLY, NEGATIVE, CaseStatus.OPEN),
        ([in_sample(NEEDS_REPLY), DISMISS_FOREIGN, on_case(Verb.UNDO)], NEEDS_REPLY, NEGATIVE, CaseStatus.OPEN),
        ([in_sample(NEEDS_REPLY), on_case(Verb.DISMISS), on_case(Verb.UNDO)], NEEDS_REPLY, NEGATIVE, CaseStatus.OPEN),
        ([in_sample(NEEDS_REPLY), DISMISS_CALM, in_api(NEGATIVE), on_case(Verb.REOPEN)],
         NEEDS_REPLY, NEGATIVE, CaseStatus.OPEN),
        ([in_sample(NEEDS_REPLY), DISMISS_FOREIGN], NOT_ABOUT_US, None, "dismissed"),
        ([of_mention(NEEDS_REPLY)], None, NEGATIVE, CaseStatus.OPEN),
        ([in_sample(NEEDS_REPLY), on_case(Verb.DISMISS)], NEEDS_REPLY, NEGATIVE, CaseStatus.DISMISSED),
        ([in_sample(NEEDS_REPLY), on_case(Verb.RESOLVE)], NEEDS_REPLY, NEGATIVE, CaseStatus.RESOLVED),
    ],
)  # fmt: skip
def test_what_was_said_last_counts_everywhere(
    database: Database, picked: int, acts: list[Does], finding: Finding | None, word: Label | None, status: str | None
) -> None:
    done(database, acts)
    opened = case(database)
    with database.read() as session:
        pick = session.scalars(select(Sample)).one()
        said = last_words(session, [picked]).get(picked)
        counts = flag_counts(session, "Fjord")
        found = [(one.mention_id, one.label) for one in gold(session)]
    about_us = finding is not NOT_ABOUT_US
    assert (pick.finding, pick.says) == (finding, word if finding else None)
    assert bool(pick.judged_by) == (finding is not None)
    assert (said.label, said.about_us) == (word, about_us) if said else word is None and about_us
    assert found == ([(picked, word)] if said else [])
    assert counts is not None
    assert (counts.judged, counts.missed) == (finding is not None, finding is NEEDS_REPLY)
    assert (counts.flagged, counts.wrong) == (0, 0)
    stands = opened is not None and opened.status is CaseStatus.OPEN
    assert waiting(database) == ([] if finding or stands else [picked])
    assert (opened.status if opened else None) == status


@pytest.mark.parametrize("back", [undo_in_sample, take_back])
def test_a_case_that_a_colleague_works_on_is_not_taken_back(database: Database, picked: int, back: Does) -> None:
    done(database, [in_sample(NEEDS_REPLY), on_case(Verb.NOTE)])
    with pytest.raises(Conflict, match="it is case 1 by now: say it there"):
        done(database, [back])
    with pytest.raises(Conflict, match="case 1"):
        done(database, [of_mention(RIGHT, POSITIVE)])
    with database.read() as session:
        assert session.scalars(select(Sample)).one().finding is NEEDS_REPLY
        assert [event.action for event in events_of(session, 1)] == ["opened", "noted"]


def test_a_sample_page_from_before_somebody_judged_the_mention_is_told_so(database: Database, picked: int) -> None:
    done(database, [in_sample(RIGHT), of_mention(RIGHT, POSITIVE)])
    with pytest.raises(Conflict, match="kim judged this"), database.write() as session:
        samples.take_back(session, 1, 2, "dana", LATER)
    assert picked not in waiting(database)


def test_of_some_who_judge_at_once_one_is_heeded_and_the_others_are_told(database: Database, picked: int) -> None:
    together = Barrier(4)

    def say(actor: str) -> str:
        together.wait()
        try:
            with database.write() as session:
                mention = judging.as_seen(session, picked, 0, LATER)
                judging.judge(session, mention, actor, Judged(NEEDS_REPLY, due_at=DUE), LATER)
        except Conflict as conflict:
            return str(conflict)
        return ""

    with ThreadPoolExecutor(4) as people:
        told = sorted(people.map(say, ("kim", "lee", "dana", "crm")))
    assert told == ["", *["it is case 1 by now: say it there; nothing of yours was stored"] * 3]


def test_nobody_judges_what_is_not_there(database: Database) -> None:
    with pytest.raises(LookupError), database.write() as session:
        judging.as_seen(session, 4711, 0, LATER)


@pytest.mark.slow
def test_who_acts_on_a_case_does_not_wait_for_who_takes_it_back_and_waits_for_them(fresh_postgres_url: str) -> None:
    with Database(fresh_postgres_url) as database, ThreadPoolExecutor(1) as other:
        database.upgrade()
        [key] = heard(database, 1, label=NEUTRAL)
        drawn(database)
        done(database, [in_sample(NEEDS_REPLY)])
        with database.write() as session:
            mention = judging.held(session, key)
            acted = other.submit(done, database, [DISMISS_CALM])
            assert wait([acted], timeout=30).done
            with pytest.raises(Conflict, match="case 1"):
                judging.take_back(session, mention, "kim", LATER)
        acted.result()
