"""When the team works, and so by when a promise made in working time falls due."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from earful.settings import Brand, Day, Settings

DAYS: tuple[Day, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HORIZON = 366 * 2  # days looked ahead: a calendar with no working time in two years is a mistake

Span = tuple[datetime, datetime]


def due(brand: Brand, start: datetime, promise: timedelta) -> datetime:
    """The moment, in UTC, when `promise` of working time has passed since `start`.

    A whole day of the promise is one working day of this brand, however many hours that day has: promised "1d" on
    Tuesday at ten, an answer is due on Wednesday at ten. The rest of it is working hours.
    """
    moment = start.astimezone(UTC)
    for _ in range(promise.days):
        moment = _one_day_on(brand, moment)
    return _after_working(brand, moment, timedelta(seconds=promise.seconds))


def half(brand: Brand, start: datetime, end: datetime) -> datetime:
    """The moment, in UTC, when half of the working time between two moments has passed; half by the clock if none."""
    inside = working(brand, start, end)
    return _after_working(brand, start.astimezone(UTC), inside / 2) if inside else start + (end - start) / 2


def working(brand: Brand, start: datetime, end: datetime) -> timedelta:
    """How much of the time between two moments was working time."""
    total = timedelta(0)
    for begin, close in _spans(brand, start.astimezone(UTC)):
        if begin >= end:
            break
        total += min(close, end) - begin
    return total


def working_by_name(settings: Settings) -> Callable[[str, datetime, datetime], timedelta]:
    """The same by a brand's name, for those that are configured no longer too."""
    return lambda name, start, end: working(settings.brand_or_bare(name), start, end)


def _one_day_on(brand: Brand, moment: datetime) -> datetime:
    """The same time on the next working day, moved into that day's working hours."""
    zone = ZoneInfo(brand.time_zone)
    begun = next(iter(_spans(brand, moment)), (moment, moment))[0]
    local = max(moment, begun).astimezone(zone)
    later = next((span for span in _spans(brand, _midnight_after(local.date(), zone))), None)
    if later is None:
        return moment + timedelta(days=1)
    next_day = later[0].astimezone(zone).date()
    wanted = datetime.combine(next_day, local.time(), zone).astimezone(UTC)
    return _into_hours(brand, wanted, next_day)


def _into_hours(brand: Brand, wanted: datetime, day: date) -> datetime:
    spans = list(_spans_of(brand, day))
    inside = next((max(wanted, begin) for begin, end in spans if wanted <= end), None)
    return inside if inside is not None else spans[-1][1]


def _midnight_after(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(0), zone).astimezone(UTC)


def _after_working(brand: Brand, start: datetime, working: timedelta) -> datetime:
    left = working
    for begin, end in _spans(brand, start):
        if begin + left <= end:
            return begin + left
        left -= end - begin
    return start + working


def _spans(brand: Brand, start: datetime) -> Iterator[Span]:
    """Stretches of working time from `start` on, in UTC."""
    first = start.astimezone(ZoneInfo(brand.time_zone)).date()
    for offset in range(HORIZON):
        for begin, end in _spans_of(brand, first + timedelta(days=offset)):
            if end > start:
                yield max(begin, start), end


def _spans_of(brand: Brand, day: date) -> Iterator[Span]:
    if day in brand.holidays:
        return
    zone = ZoneInfo(brand.time_zone)
    for opens, closes in sorted(brand.working_hours.get(DAYS[day.weekday()], ())):
        begin, end = (datetime.combine(day, at, zone).astimezone(UTC) for at in (opens, closes))
        if begin < end:  # an interval that daylight saving swallowed
            yield begin, end
