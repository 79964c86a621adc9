"""`earful recheck` and `earful cleanup`: what the daily schedules do, for whoever runs Earful from a crontab."""

from dataclasses import asdict
from typing import Annotated, Any

from cyclopts import Parameter

from earful import clock
from earful.cli.context import configuration, emit, opened, put, stored
from earful.cli.options import AsJson
from earful.cli.plain import plain
from flows.steps.cleanup import Cleaned, clean_up
from flows.steps.recheck import Rechecked, RecheckReport, recheck_mentions
from flows.steps.report import exit_code


def recheck(*, json: AsJson = False) -> int:
    """Ask the sources again about open cases: an edited text is read anew, a deleted one is forgotten.

    Also lets go of what a source's terms allow to keep no longer. Ends as `earful run` does: 0, 3 or 4.

    Example: `earful recheck`
    """
    config = configuration()
    with opened(config) as database:
        report = recheck_mentions(database, config, clock.now())
    if json:
        emit(_as_json(report))
    else:
        _print(report)
    return exit_code([one.status for one in report.sources])


def cleanup(
    *,
    dry_run: Annotated[bool, Parameter(negative="", help="only say what would be forgotten")] = False,
    json: AsJson = False,
) -> None:
    """Forget what is past its retention (`[retention]`). What people decided, and consent, stays.

    Example: `earful cleanup --dry-run`
    """
    config = configuration()
    with stored(config) as database:
        done = clean_up(database, config, clock.now(), dry_run=dry_run)
    if json:
        emit(asdict(done))
    else:
        put(_forgotten(done))


def _as_json(report: RecheckReport) -> dict[str, Any]:
    return {
        "run": report.run_id,
        "sources": [
            {
                "brand": one.brand,
                "source": one.source,
                "status": one.status.value,
                "asked": one.asked,
                "edited": one.count.edited,
                "vanished": one.count.vanished,
                "may_have_missed": [missed.detail for missed in one.count.missed],
                "error": one.error,
            }
            for one in report.sources
        ],
        "expired": report.expired,
    }


def _print(report: RecheckReport) -> None:
    if not report.sources:
        put("No open case stands at a source that can be asked again.")
    for one in report.sources:
        put(f"{one.brand} {one.source}: {_said(one)}")
    if report.expired:
        put(f"{report.expired} let go that could not be asked for in the time that their source's terms give")


def _said(one: Rechecked) -> str:
    if one.error:
        return plain(one.error)
    missed = "".join(f"; {plain(missed.detail)}" for missed in one.count.missed)
    return f"{one.asked} asked for, {one.count.edited} edited, {one.count.vanished} gone{missed}"


def _forgotten(done: Cleaned) -> str:
    would = "would be " if done.dry_run else ""
    return (
        f"{done.mentions} mentions {would}emptied, {done.rejected} rejected records, {done.runs} runs and "
        f"{done.sessions} sign-ins that were over {would}deleted"
    )
