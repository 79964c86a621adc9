"""`earful report`: what was heard, whose voice it was, and whether the promise was kept."""

from datetime import timedelta
from typing import Annotated

from cyclopts import Parameter

from earful import clock
from earful.cli.context import configuration, emit, opened, put
from earful.cli.plain import plain
from earful.errors import ConfigError
from earful.settings import parse_duration
from reports.overview import Overview, overview


def report(
    *,
    brand: Annotated[str | None, Parameter(help="only this brand")] = None,
    last: Annotated[str, Parameter(help="how far back, as in 7d or 4w")] = "30d",
    json: Annotated[bool, Parameter(negative="", help="one JSON object a brand on stdout")] = False,
) -> int:
    """Tell, for each brand, what was heard, what people said, and whether answers came by when they were promised.

    Example: `earful report --last 7d`
    """
    config = configuration()
    span = _span(last)
    now = clock.now()
    brands = [config.settings.brand(brand)] if brand else config.settings.brands
    with opened(config) as database:
        for each in brands:
            found = overview(database, each.name, now - span, now, now)
            if json:
                emit(found.as_json())
            else:
                put(_told(found))
    return 0


def _span(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise ConfigError(f'--last: "{text}": {error}') from error


def _told(found: Overview) -> str:
    told = found.promises
    kept = "no promise has fallen due yet" if told.kept is None else f"{told.kept:.0%} of promises kept"
    took = "" if told.median_hours is None else f", half of the first answers within {told.median_hours:g} h"
    lines = [
        f"{found.brand}, {found.start:%d %b %Y} to {found.end:%d %b %Y}",
        f"  heard      {_counts(found.voices)}",
        f"  read as    {_counts(found.labels)}",
        f"  languages  {_counts(found.languages)}",
        f"  sources    {_counts(found.sources)}",
        f"  flagged    {told.flagged}: {told.answered} answered, {told.waiting} waiting, {told.late} late",
        f"  promises   {kept}{took}",
        f"  because    {_counts({code.replace('_', ' '): count for code, count in told.reasons.items()})}",
    ]
    return "\n".join(plain(line) for line in lines)


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "nothing"
