"""The daily sample: drawn once a day from what was not flagged, judged by people, and never a case by itself."""

from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import select

from earful.errors import Conflict
from earful.values import FoundMention, Label, Reading, Severity, Verdict
from models import samples
from models.acts import NotAllowed
from models.case import Case, CaseStatus, Correction, Dismissal
from models.changes import Insert, content_digest
from models.database import Database
from models.judging import Judged
from models.mention import Mention
from models.pipeline import save_readings, save_verdicts
from models.run import Run, RunKind, RunStatus
from models.sample import Draw, Finding
from models.store import Intake, apply_changes, source_row

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
TODAY = date(2026, 3, 4)
LATER = NOON + timedelta(minutes=5)
_counter = count()


def heard(database: Database, how_many: int, *, flagged: bool = False, label: Label = Label.NEUTRAL) -> list[int]:
    """Mentions that came, were read and judged. Returns their ids."""
    found = [FoundMention(str(next(_counter)), "it stopped", author="Ada", rating=2.0) for _ in range(how_many)]
    with database.write() as session:
        source = source_row(session, "Fjord", "forum", "rss", "f")
        if session.get(Run, 1) is None:
            session.add(Run(id=1, kind=RunKind.COLLECT, status=RunStatus.OK, started_at=NOON, beat_at=NOON))
            session.flush()
        place = Intake(source.id, "Fjord", 1, NOON)
        apply_changes(session, place, [Insert(each, content_digest(each)) for each in found], {})
        names = [each.external_id for each in found]
        marks = dict(
            session.execute(select(Mention.id, Mention.digest).where(Mention.external_id.in_(names))).tuples().all()
        )
        readings = {key: Reading("en", label, 0.1, 0.7, "default", "1+c9") for key in marks}
        save_readings(session, readings, marks, NOON)
        verdict = Verdict(flagged, Severity.LOW, (), NOON if flagged else None, False)
        save_verdicts(session, dict.fromkeys(marks, verdict), marks, NOON)
    return sorted(marks)


def drawn(database: Database, day: date = TODAY, most: int = 3) -> int:
    with database.write() as session:
        return samples.draw(session, "Fjord", day, NOON, most, lambda ids, count: ids[:count])


def waiting(database: Database) -> list[int]:
    with database.read() as session:
        return [each.mention_id for each in samples.list_samples(session, 50).samples]


def judged(database: Database, sample_id: int, what: Judged, version: int = 1, actor: str = "dana"):
    with database.write() as session:
        return samples.judge(session, sample_id, version, actor, what, LATER)


def last_correction(database: Database) -> Correction:
    with database.read() as session:
        return session.scalars(select(Correction).order_by(Correction.id.desc()).limit(1)).one()


def case(database: Database) -> Case | None:
    with database.read() as session:
        return session.scalars(select(Case)).one_or_none()


def test_a_day_has_one_draw_and_the_next_goes_on_after_it(database: Database) -> None:
    first = heard(database, 5)
    heard(database, 2, flagged=True)
    assert drawn(database) == 3
    assert drawn(database) == 0
    second = heard(database, 1)
    assert drawn(database, TODAY + timedelta(days=1)) == 1
    assert waiting(database) == [*second, *reversed(first[:3])]
    with database.read() as session:
        assert [(each.unflagged, each.taken) for each in session.scalars(select(Draw).order_by(Draw.id))] == [
            (5, 3),
            (1, 1),
        ]
        assert samples.count_samples(session, "Fjord") == 4
        assert samples.count_samples(session, "Other") == 0


def test_a_higher_number_takes_more_of_the_same_mentions_on_the_same_day(database: Database) -> None:
    heard(database, 2)
    drawn(database, TODAY - timedelta(days=1), most=1)
    ids = heard(database, 5)
    assert drawn(database, most=2) == 2
    late = heard(database, 1)
    with database.read() as session:
        enough = [samples.is_drawn(session, "Fjord", TODAY, wanted) for wanted in (1, 2, 3)]
    assert enough == [True, True, False]
    judged(database, 2, Judged(Finding.NEEDS_REPLY, due_at=LATER))
    assert (drawn(database, most=1), drawn(database, most=4), drawn(database, most=4)) == (0, 2, 0)
    assert drawn(database, most=9) == 1
    with database.read() as session:
        assert [each.unflagged for each in session.scalars(select(Draw).order_by(Draw.id))] == [2, 5]
        assert samples.is_drawn(session, "Fjord", TODAY, 9)
    assert set(ids) - {ids[0]} <= set(waiting(database))
    assert late[0] not in waiting(database)


def test_pages_of_samples_neither_repeat_nor_skip(database: Database) -> None:
    ids = heard(database, 5)
    drawn(database, most=5)
    with database.read() as session:
        first = samples.list_samples(session, 3)
        rest = samples.list_samples(session, 3, first.next)
        assert [each.mention_id for each in (*first.samples, *rest.samples)] == ids[::-1]
        assert rest.next is None
        assert first.samples[0].mention.reading is not None
        assert first.samples[0].mention.source.name == "forum"


def test_what_is_not_judged_yet_waits_for_the_next_draw(database: Database) -> None:
    early = heard(database, 1)
    late = heard(database, 2)
    with database.write() as session:
        session.get_one(Mention, late[0]).stage = "found"
    assert drawn(database) == 1
    assert waiting(database) == early


def test_a_sample_that_was_right_teaches_its_label(database: Database) -> None:
    heard(database, 1, label=Label.POSITIVE)
    drawn(database)
    done = judged(database, 1, Judged(Finding.RIGHT))
    assert (done.finding, done.says, done.judged_by, done.judged_at) == (Finding.RIGHT, Label.POSITIVE, "dana", LATER)
    gold = last_correction(database)
    assert (gold.label, gold.about_us, gold.actor, gold.at, gold.text, gold.rating) == (
        Label.POSITIVE, True, "dana", LATER, "it stopped", 2.0,
    )  # fmt: skip
    assert (gold.was, gold.polarity, gold.confidence, gold.reader, gold.version) == (
        Label.POSITIVE, 0.1, 0.7, "default", "1+c9",
    )  # fmt: skip
    assert case(database) is None
    assert waiting(database) == []


def test_one_that_needs_a_reply_gets_a_case_that_a_person_opened(database: Database) -> None:
    heard(database, 1)
    drawn(database)
    judged(database, 1, Judged(Finding.NEEDS_REPLY, due_at=LATER))
    opened = case(database)
    assert opened is not None
    assert (opened.status, opened.severity, opened.due_at, opened.reasons[0]["code"]) == (
        CaseStatus.OPEN, Severity.NORMAL, LATER, "sample",
    )  # fmt: skip
    assert last_correction(database).label is Label.NEGATIVE
    heard(database, 1)
    drawn(database, TODAY + timedelta(days=1))
    with pytest.raises(NotAllowed, match="by which"):
        judged(database, 2, Judged(Finding.NEEDS_REPLY))


def test_a_judgement_can_be_taken_back_and_then_says_nothing(database: Database) -> None:
    heard(database, 1)
    drawn(database)
    judged(database, 1, Judged(Finding.NEEDS_REPLY, due_at=LATER))
    with database.write() as session:
        again = samples.take_back(session, 1, 2, "dana", LATER)
    assert again.finding is None
    gold, closed = last_correction(database), case(database)
    assert (gold.label, gold.about_us) == (None, True)
    assert closed is not None
    assert (closed.status, closed.dismissal) == (CaseStatus.DISMISSED, Dismissal.NO_ACTION)


def test_two_people_can_not_both_judge_one(database: Database) -> None:
    heard(database, 1)
    drawn(database)
    judged(database, 1, Judged(Finding.NOT_ABOUT_US))
    assert (last_correction(database).label, last_correction(database).about_us) == (None, False)
    with pytest.raises(Conflict, match="dana judged this"):
        judged(database, 1, Judged(Finding.RIGHT), actor="kim")
    with pytest.raises(LookupError):
        judged(database, 99, Judged(Finding.RIGHT))
    with pytest.raises(NotAllowed, match="negative, neutral or positive"):
        judged(database, 1, Judged(Finding.RIGHT, says=Label.UNSCORED), version=2)
