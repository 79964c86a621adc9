"""`earful report`: what was heard, whose voice it was, and whether the promise was kept."""

from datetime import timedelta
from typing import Annotated

from cyclopts import Parameter

from earful import clock
from earful.cli.context import configuration, emit, opened, put
from earful.cli.plain import plain
from earful.errors import ConfigError
from earful.settings import Brand, parse_duration
from reports.day import Work, Worked, work
from reports.overview import Overview, overview
from triage.calendar import working


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
            with database.read() as session:
                done = work(session, each.name, now - span, now, now, _working_time(each))
            if json:
                emit({**found.as_json(), **done.as_json()})
            else:
                put(f"{_told(found)}\n{_done(done)}")
    return 0


def _span(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise ConfigError(f'--last: "{text}": {error}') from error


def _working_time(brand: Brand) -> Worked:
    return lambda _, start, end: working(brand, start, end)


def _done(done: Work) -> str:
    took = "" if done.median_working_hours is None else f"; first answers in {done.median_working_hours:g} working h"
    money = "".join(f", {total} {currency}" for currency, total in done.money.items())
    lines = [
        f"  cleared    {done.cleared}: {done.resolved} resolved, {done.dismissed} dismissed{took}",
        f"  now        {done.overdue} overdue; {done.returned} reopened by their authors; {done.corrected} corrections",
        f"  offered    {_counts(done.remedies)}{money}",
        f"  loop       {done.told} told what was changed",
    ]
    return "\n".join(plain(line) for line in lines)


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
