from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from earful.values import FoundMention, Label, Reading, Reason, Severity, Verdict
from models.acts import Act, Verb
from models.case import Case, Dismissal, Outcome, Remedy
from models.casework import act
from models.changes import Insert, content_digest
from models.database import Database
from models.mention import Mention
from models.pipeline import save_readings, save_verdicts
from models.run import Run, RunKind, RunStatus
from models.store import Intake, apply_changes, source_row
from reports.day import Work, work

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = (NOON - 12 * HOUR, NOON + 12 * HOUR)


def flagged(database: Database, key: str, brand: str = "Brygvell", at: datetime = NOON) -> int:
    with database.write() as session:
        source = source_row(session, brand, "forum", "rss", "f")
        if session.get(Run, 1) is None:
            session.add(Run(id=1, kind=RunKind.COLLECT, status=RunStatus.OK, started_at=NOON, beat_at=NOON))
            session.flush()
        found = FoundMention(key, "late", published_at=NOON)
        mark = content_digest(found)
        apply_changes(session, Intake(source.id, brand, 1, NOON), [Insert(found, mark)], {})
        mention = session.scalars(select(Mention.id).where(Mention.external_id == key)).one()
        save_readings(session, {mention: Reading("en", Label.NEGATIVE, -0.5, 0.9, "vader", "1")}, {mention: mark}, at)
        verdict = Verdict(True, Severity.HIGH, (Reason("negative", "late"),), at + 4 * HOUR, False)
        return save_verdicts(session, {mention: verdict}, {mention: mark}, at)[0]


def do(database: Database, case_id: int, what: Act, at: datetime) -> None:
    with database.write() as session:
        act(session, case_id, session.get_one(Case, case_id).version, "dana", what, at)


def told(database: Database, brand: str | None = None) -> Work:
    with database.read() as session:
        return work(session, brand, *DAY, NOON + 9 * HOUR, lambda _, start, end: (end - start) / 2)


@pytest.fixture
def worked(database: Database) -> Database:
    first, second, third, other = (flagged(database, str(n)) for n in range(4))
    elsewhere = flagged(database, "x", "Tazzorin")
    do(database, first, Act(Verb.REMEDY, remedy=Remedy.REFUND, amount="10.10", currency="EUR"), NOON + HOUR)
    do(database, first, Act(Verb.OUTCOME, outcome=Outcome.ACCEPTED), NOON + 2 * HOUR)
    do(database, first, Act(Verb.TELL, text="closed by hand now"), NOON + 2 * HOUR)
    do(database, first, Act(Verb.RESOLVE), NOON + 2 * HOUR)
    do(database, second, Act(Verb.REMEDY, remedy=Remedy.COMPENSATION, amount="99", currency="EUR"), NOON + 3 * HOUR)
    do(database, third, Act(Verb.DISMISS, reason=Dismissal.NOT_ABOUT_US), NOON + 5 * HOUR)
    do(database, other, Act(Verb.DISMISS, reason=Dismissal.NOT_ABOUT_US), NOON)
    do(database, other, Act(Verb.UNDO), NOON)
    do(database, other, Act(Verb.NOTE, text="hm"), NOON)
    do(database, elsewhere, Act(Verb.CONFIRM, to="dana"), NOON)
    return database


def test_a_day_tells_what_was_done(worked: Database) -> None:
    found = told(worked, "Brygvell")
    assert (found.flagged, found.resolved, found.dismissed, found.cleared, found.answered) == (4, 1, 1, 2, 3)
    assert (found.median_hours, found.median_working_hours) == (3.0, 1.5)
    assert (found.overdue, found.corrected, found.told, found.returned) == (1, 1, 1, 0), "not what was taken back"
    assert found.remedies == {"refund": 1, "compensation": 1}
    assert found.money == {"EUR": "10.10"}, "what was not taken was not paid"


def test_all_brands_together_and_a_confirmation_is_no_correction(worked: Database) -> None:
    found = told(worked)
    assert (found.flagged, found.overdue, found.corrected) == (5, 2, 1)


def test_another_day_was_quiet(worked: Database) -> None:
    with worked.write() as session:
        session.execute(update(Case).values(opened_at=NOON - 99 * HOUR))
    with worked.read() as session:
        found = work(session, None, NOON - 50 * HOUR, NOON - 26 * HOUR, NOON, lambda *_: HOUR)
    assert (found.cleared, found.median_hours, found.overdue, found.money) == (0, None, 0, {})
