from datetime import UTC, datetime, timedelta

import pytest

from earful.speech import span
from earful.values import Label
from inbox.words import (
    cases,
    due_badge,
    how_sure,
    language_name,
    outcome,
    read_as,
    reason_detail,
    reason_name,
    run_badge,
    view_count,
)
from models.case import Case, CaseStatus, Returned
from models.queue import View
from models.run import Coverage, RunStatus

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
MIDNIGHT = NOON + timedelta(hours=12)


@pytest.mark.parametrize(
    ("due_in", "closed_in", "text", "tone"),
    [
        (timedelta(hours=-3), None, "overdue 3 h", "bad"),
        (timedelta(0), None, "overdue under 1 min", "bad"),
        (timedelta(minutes=25), None, "due in 25 min", "warn"),
        (timedelta(days=2), None, "due in 2 d", "calm"),
        (timedelta(hours=1), timedelta(0), "done in time", "good"),
        (timedelta(hours=-1), timedelta(0), "done late", "calm"),
    ],
)
def test_due_badges(due_in: timedelta, closed_in: timedelta | None, text: str, tone: str) -> None:
    status = CaseStatus.OPEN if closed_in is None else CaseStatus.RESOLVED
    case = Case(status=status, due_at=NOON + due_in, closed_at=None if closed_in is None else NOON + closed_in)
    badge = due_badge(case, NOON, MIDNIGHT)
    assert (badge.text, badge.tone) == (text, tone)


@pytest.mark.parametrize("returned", [None, Returned.POSTED])
def test_only_what_waits_for_an_answer_is_due(returned: Returned | None) -> None:
    given = {"status": CaseStatus.WAITING, "due_at": NOON - timedelta(hours=3), "first_response_at": NOON}
    badge = due_badge(Case(**given, returned=returned), NOON, MIDNIGHT)
    assert (badge.text, badge.tone) == (("overdue 3 h", "bad") if returned else ("answered", "calm"))


def test_what_falls_due_shortly_after_midnight_is_pointed_out_too() -> None:
    case = Case(status=CaseStatus.OPEN, due_at=NOON + timedelta(hours=2))
    assert due_badge(case, NOON, NOON + timedelta(minutes=5)).tone == "warn"


def entry(status: RunStatus, new: int = 0, missed: list[object] | None = None) -> Coverage:
    return Coverage(status=status, new=new, missed=missed or [])


def test_nothing_new_and_could_not_read_never_look_alike() -> None:
    quiet, broken = outcome(entry(RunStatus.OK)), outcome(entry(RunStatus.FAILED))
    assert (quiet.text, quiet.tone) == ("Read to the end, nothing new", "calm")
    assert (broken.text, broken.tone) == ("Could not read", "bad")
    assert outcome(entry(RunStatus.OK, new=1200)).text == "1,200 new"
    assert outcome(entry(RunStatus.OK, new=3, missed=[{}])).tone == "warn"
    tones = {status: outcome(entry(status)).tone for status in RunStatus}
    assert tones[RunStatus.INTERRUPTED] == "bad"
    assert {run_badge(status).tone for status in (RunStatus.FAILED, RunStatus.INTERRUPTED)} == {"bad"}


def test_values_in_words() -> None:
    assert [how_sure(value) for value in (0.95, 0.8, 0.6, 0.2)] == [
        "sure", "fairly sure", "unsure", "little more than a guess",
    ]  # fmt: skip
    assert (language_name("bg"), language_name("xx"), language_name(None)) == ("Bulgarian", "xx", "Unknown language")
    assert (reason_name("nps"), reason_name("new_rule")) == ("Would not recommend", "New rule")


@pytest.mark.parametrize(
    ("detail", "name", "shown"),
    [
        ("awful, 1/5 of it", "Negative words", "awful, 1/5 of it"),
        ("1/5", "Negative", ""),
        ("3/10", "Negative", ""),
        ("polarity -0.29", "Negative", "polarity −0.29"),
    ],
)
def test_stars_and_polarity_are_not_called_words(detail: str, name: str, shown: str) -> None:
    assert (reason_name("negative", detail), reason_detail("negative", detail)) == (name, shown)
    assert (read_as(None).text, read_as(Label.UNSCORED).text) == ("not read", "not scored")
    assert (cases(1), cases(1200)) == ("1 case", "1,200 cases")
    assert span(timedelta(seconds=3)) == "under 1 min"


@pytest.mark.parametrize(
    ("view", "done", "said"),
    [
        (View.DONE, 1000, "1,000"),
        (View.DONE, 1001, "1,000+"),
        (View.ALL, 1001, "1,007+"),
        (View.ALL, 10, "17"),
        (View.OPEN, 1001, "7"),
    ],
)
def test_what_is_done_is_counted_so_far_and_no_farther(view: View, done: int, said: str) -> None:
    assert view_count(view, {View.OPEN: 7, View.DONE: done, View.ALL: 7 + done}) == said
