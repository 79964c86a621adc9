"""What the configuration file sets, shown with its line; and a try of a query."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from earful.errors import ConfigError
from earful.query import parse_query
from earful.settings import Brand
from inbox.house import House, house
from inbox.page import page
from inbox.person import may
from inbox.setfile import line_of
from inbox.words import sentence
from models.account import Right
from reports.trial import Trial, try_query

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class BrandSet:
    """A brand as the file sets it: where, and where each of its sources."""

    brand: Brand
    line: int | None
    query_line: int | None
    sources: list[tuple[str, str, int | None]]  #: name, type, line


@router.get("/settings", dependencies=[may(Right.ADMIN)])
def settings(request: Request) -> HTMLResponse:
    """What the configuration file sets, and where; with `brand` and `q`, what that query would gain and lose."""
    home = house(request)
    asked, query = request.query_params.get("brand", ""), request.query_params.get("q", "").strip()
    trial, alert = _tried(home, asked, query) if query else (None, "")
    config = home.config
    lines = {
        name: line_of(config, (name,)) for name in ("retention", "schedules", "inbox", "learning", "notifications")
    }
    found = {"brands": [_set(home, number) for number in range(len(config.settings.brands))], "lines": lines}
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
