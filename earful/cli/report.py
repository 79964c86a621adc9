"""`earful report`: what was heard, whose voice it was, where it hurts, and whether the promise was kept."""

from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import Parameter

from earful import clock
from earful.cli.context import configuration, duration, emit, put, stored
from earful.cli.options import AsJsonLines, OnlyBrand
from earful.cli.plain import plain
from earful.values import Counted
from flows.steps.propose import counted
from reports.day import Work, work
from reports.overview import Overview, overview
from triage.calendar import working_by_name

PAINS = 5  # themes told, those that hurt most


def report(
    *,
    brand: OnlyBrand = None,
    last: Annotated[str, Parameter(help="how far back, as in 7d or 4w")] = "30d",
    json: AsJsonLines = False,
) -> int:
    """Tell, for each brand, what was heard, where it hurts, and whether answers came by when they were promised.

    Example: `earful report --last 7d`
    """
    config = configuration()
    span = duration("--last", last)
    now = clock.now()
    brands = [config.settings.brand(brand)] if brand else config.settings.brands
    worked = working_by_name(config.settings)
    with stored(config) as database:
        for each in brands:
            found = overview(database, each.name, now - span, now, now)
            touched = [one for one in counted(database, config, each.name, now - span) if one.mentions]
            with database.read() as session:
                done = work(session, each.name, now - span, now, now, worked)
            if json:
                emit({**found.as_json(), "themes": [_theme(one) for one in touched], **done.as_json()})
            else:
                put(f"{_told(found)}\n{_pains(touched)}\n{_done(done)}")
    return 0


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


def _theme(one: Counted) -> dict[str, Any]:
    return {"theme": one.theme, "stage": one.stage, "mentions": one.mentions, "negative": one.negative}


def _pains(touched: Sequence[Counted]) -> str:
    """What negative mentions are about most, each with the stage of the customer's journey."""
    worst = sorted((one for one in touched if one.negative), key=lambda one: -one.negative)[:PAINS]
    return plain(f"  hurts      {_counts({f'{one.theme} ({one.stage})': one.negative for one in worst})}")


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "nothing"
