"""What the configuration file sets, shown with its line; and a try of a query."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from earful.clock import now
from earful.errors import ConfigError
from earful.query import parse_query
from earful.settings import Brand
from earful.speech import clock, listed, short_day, weekday, whole_span
from earful.values import SEVERITIES, Severity
from inbox.house import House, house
from inbox.page import page
from inbox.person import may
from inbox.setfile import line_of
from inbox.words import sentence
from models.account import Right
from reports.trial import Trial, try_query
from triage.calendar import DAYS

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class BrandSet:
    """A brand as the file sets it: where, and where each of its sources."""

    brand: Brand
    line: int | None
    query_line: int | None
    sources: list[tuple[str, str, int | None]]  #: name, type, line

    @property
    def promises(self) -> Sequence[tuple[Severity, str]]:
        """Within how much working time an answer is promised, the worst first."""
        return [(severity, whole_span(self.brand.promise.of(severity))) for severity in reversed(SEVERITIES)]

    @property
    def hours(self) -> Sequence[tuple[str, str]]:
        """The working hours: the days in a row that share them, and from when to when."""
        found = []
        for intervals, group in groupby(range(7), lambda day: self.brand.working_hours.get(DAYS[day], ())):
            days = list(group)
            if intervals:
                named = dict.fromkeys((weekday(days[0]), weekday(days[-1])))  # a day alone is named once
                found.append(("–".join(named), listed([f"{clock(start)}–{clock(end)}" for start, end in intervals])))
        return found

    @property
    def holidays(self) -> Sequence[str]:
        """The holidays to come, by the brand's own calendar."""
        today = now().astimezone(ZoneInfo(self.brand.time_zone)).date()
        return [short_day(day) for day in sorted(self.brand.holidays) if day >= today]


@router.get("/settings", dependencies=[may(Right.ADMIN)])
def settings(request: Request) -> HTMLResponse:
    """What the configuration file sets, and where; with `brand` and `q`, what that query would gain and lose."""
    home = house(request)
    asked, query = request.query_params.get("brand", ""), request.query_params.get("q", "").strip()
    trial, alert = _tried(home, asked, query) if query else (None, "")
    config = home.config
    lines = {name: line_of(config, (name,)) for name in ("retention", "schedules")}
    told = {name: line_of(config, (name, 0)) for name in ("notifications", "people")}  # of the first of each
    found = {"brands": [_set(home, number) for number in range(len(config.settings.brands))], "lines": lines | told}
    tried = {"trial": trial, "alert": alert, "asked": asked, "query": query}
    return page(request, "settings.html", 422 if alert else 200, **found, **tried, config=config)


def _set(home: House, number: int) -> BrandSet:
    brand = home.config.settings.brands[number]
    place = ("brands", number)
    sources = [
        (source.name, source.type, line_of(home.config, (*place, "sources", index)))
        for index, source in enumerate(brand.sources)
    ]
    return BrandSet(brand, line_of(home.config, place), line_of(home.config, (*place, "query")), sources)


def _tried(home: House, brand: str, query: str) -> tuple[Trial | None, str]:
    try:
        return try_query(home.database, home.config.settings.brand(brand), parse_query(query)), ""
    except ConfigError as refused:
        return None, sentence(refused)
