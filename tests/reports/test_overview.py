from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.case import CaseStatus
from models.numbers import CaseTimes
from reports.overview import promises

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def case(opened: int, due: int, answered: int | None, status: CaseStatus = CaseStatus.OPEN) -> CaseTimes:
    """A case opened so many hours before now, due and answered so many hours after it was opened."""
    begun = NOW - opened * HOUR
    reply = None if answered is None else begun + answered * HOUR
    return CaseTimes(status, begun, begun + due * HOUR, None, reply, [{"code": "negative", "detail": "awful"}])


def test_promises_are_counted_as_a_team_would() -> None:
    told = promises(
        [
            case(10, 4, 2),  # kept
            case(10, 4, 6),  # answered, but late
            case(10, 4, None),  # late, and nobody answered
            case(1, 4, None),  # still time
            case(10, 4, 3, CaseStatus.DISMISSED),  # needed nobody, and somebody looked in time
        ],
        NOW,
    )
    assert (told.flagged, told.answered, told.waiting, told.dismissed) == (5, 3, 2, 1)
    assert (told.in_time, told.late, told.kept) == (2, 2, 0.5)
    assert told.median_hours == 3
    assert told.reasons == {"negative": 5}


def test_where_nothing_fell_due_nothing_is_claimed() -> None:
    told = promises([case(1, 4, None)], NOW)
    assert told.kept is None
    assert told.median_hours is None


CASES = st.builds(case, st.integers(0, 50), st.integers(1, 50), st.none() | st.integers(0, 50))


@given(st.lists(CASES))
def test_every_case_is_counted_once(cases: list[CaseTimes]) -> None:
    told = promises(cases, NOW)
    assert told.answered + told.waiting == told.flagged == len(cases)
    assert told.in_time + told.late <= told.flagged
    assert told.kept is None or 0 <= told.kept <= 1


def test_the_first_answer_is_measured_by_the_first_promise() -> None:
    late = case(10, 4, 6)
    back = late._replace(due_at=NOW + HOUR, first_due_at=late.due_at)  # its author came back, and another was made
    assert (promises([back], NOW).in_time, promises([back], NOW).late) == (0, 1)
