from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from earful.settings import Brand, Day, Interval
from triage.calendar import DAYS, due

OSLO = ZoneInfo("Europe/Oslo")
OFFICE = Brand(
    name="Fjellkopp",
    time_zone="Europe/Oslo",
    working_hours={day: ((time(9), time(12)), (time(13), time(17))) for day in DAYS[:5]},
    holidays=(date(2026, 12, 25),),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=OSLO)


def test_hours_count_only_while_people_work() -> None:
    assert due(OFFICE, at("2026-03-04T10:00"), timedelta(hours=1)) == at("2026-03-04T11:00")
    assert due(OFFICE, at("2026-03-04T11:30"), timedelta(hours=1)) == at("2026-03-04T13:30")
    assert due(OFFICE, at("2026-03-04T16:30"), timedelta(hours=2)) == at("2026-03-05T10:30")
    assert due(OFFICE, at("2026-03-06T18:00"), timedelta(hours=4)) == at("2026-03-09T14:00")


def test_a_day_is_one_working_day_however_long() -> None:
    assert due(OFFICE, at("2026-03-03T10:00"), timedelta(days=1)) == at("2026-03-04T10:00")
    assert due(OFFICE, at("2026-03-06T10:00"), timedelta(days=1)) == at("2026-03-09T10:00")
    assert due(OFFICE, at("2026-12-24T10:00"), timedelta(days=1)) == at("2026-12-28T10:00")
    assert due(OFFICE, at("2026-03-07T10:00"), timedelta(days=1)) == at("2026-03-10T09:00")


def test_daylight_saving_moves_the_office_not_the_promise() -> None:
    assert due(OFFICE, at("2026-03-27T16:00"), timedelta(hours=2)) == at("2026-03-30T10:00")


HOURS = st.sampled_from([time(hour) for hour in range(24)])
INTERVALS: st.SearchStrategy[Interval] = st.tuples(HOURS, HOURS).filter(lambda pair: pair[0] < pair[1])
WEEKS: st.SearchStrategy[dict[Day, tuple[Interval, ...]]] = st.dictionaries(
    st.sampled_from(DAYS), st.tuples(INTERVALS), min_size=1
)
STARTS = st.integers(0, 60 * 24 * 365).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
PROMISES = st.one_of(
    st.integers(1, 23 * 60).map(lambda minutes: timedelta(minutes=minutes)),
    st.integers(1, 5).map(lambda days: timedelta(days=days)),
)
ZONES = st.sampled_from(["UTC", "Europe/Oslo", "Asia/Jakarta", "America/New_York"])


@given(WEEKS, STARTS, STARTS, PROMISES, ZONES)
def test_due_times_lie_ahead_in_working_hours_and_who_comes_first_is_answered_first(
    week: dict[Day, tuple[Interval, ...]], one: datetime, other: datetime, promise: timedelta, zone: str
) -> None:
    brand = Brand(name="B", time_zone=zone, working_hours=week)
    early, late = sorted([one, other])
    first, second = due(brand, early, promise), due(brand, late, promise)
    assert early <= first <= second
    local = first.astimezone(ZoneInfo(zone))
    opens, closes = week[DAYS[local.weekday()]][0]
    assert opens <= local.time() <= closes
