"""How a run's report looks on a terminal: what was read, what may have been missed, and the worst of what waits."""

import sys
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from earful.cli.plain import plain
from earful.text import excerpt, whole
from flows.steps.report import RunReport, SourceReport
from models.case import ACTIVE, Case
from models.database import Database
from models.mention import Mention
from models.queue import CaseFilter, list_cases
from models.run import RunStatus

SHOWN = 8  # cases printed after a run: enough to see that it works, the inbox has the rest
_STYLES = {RunStatus.OK: "green", RunStatus.PARTIAL: "yellow"}
_COLUMNS = ("fetched", "new", "edited", "unchanged", "off_query", "rejected", "vanished", "repeated")
NO_TIME = (
    "`earful read --again --yes` gives those a second look; `budget` under [encoder] is how long a run may take for it."
)


def print_report(database: Database, report: RunReport) -> None:
    """Print what was collected, read and flagged, what may have been missed, and the worst of what waits."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    console.print(_sources(report.sources))
    for source in report.sources:
        for line in _warnings(source):
            console.print(line, soft_wrap=True)
    for error in report.not_told:
        console.print(Text(f"the team was not told: {plain(error)}", style="red"), soft_wrap=True)
    console.print(Text(_summary(report)))
    if report.count.once:
        console.print(Text(NO_TIME, style="dim"))
    _print_worst(console, database)


def _sources(sources: Sequence[SourceReport]) -> Table:
    table = Table("brand", "source", "status", box=None, pad_edge=False)
    for name in _COLUMNS:
        table.add_column(name.replace("_", " "), justify="right")
    for source in sources:
        status = Text(source.status.value, style=_STYLES.get(source.status, "red"))
        numbers = (Text(str(source.counts[name])) for name in _COLUMNS)
        table.add_row(Text(source.brand), Text(source.source), status, *numbers)
    return table


def _warnings(source: SourceReport) -> Iterator[Text]:
    if source.error:
        yield Text(f"{source.source}: {plain(source.error)}", style="red")
    for missed in source.may_have_missed:
        if not (source.error and source.error in missed["detail"]):
            yield Text(f"{source.source}: may have missed something: {plain(missed['detail'])}", style="yellow")
    if source.silent_since:
        said = f"read to its end, but nothing new since {source.silent_since:%d %b %Y}; more was expected of it"
        yield Text(f"{source.source}: {said}", style="yellow")
    for note in source.notes:
        yield Text(f"{source.source}: {plain(note)}", style="dim")
    if rejected := source.counts["rejected"]:
        what = "1 record could not be used; it" if rejected == 1 else f"{rejected} records could not be used; each"
        yield Text(f"{source.source}: {what} is kept with its reason")


def _summary(report: RunReport) -> str:
    total = {name: sum(source.counts[name] for source in report.sources) for name in _COLUMNS}
    said = f"{total['new']} new, {total['edited']} edited, {report.count.in_words()}, {report.flagged} flagged."
    if not report.complete:
        return f"{said} Not every source was fully read."
    if any(total[name] for name in ("new", "edited", "off_query", "rejected", "vanished")) or report.count.read:
        return said
    return "Nothing new: every source was read, and all of it was known already."


def _print_worst(console: Console, database: Database) -> None:
    with database.read() as session:
        cases = list_cases(session, CaseFilter(statuses=ACTIVE), SHOWN).cases
        if not cases:
            return
        console.print(Text("\nWaiting for a person, worst first:", style="bold"))
        for case in cases:
            console.print(_case_lines(case), soft_wrap=True)


def _case_lines(case: Case) -> Text:
    reasons = "; ".join(f"{reason['code'].replace('_', ' ')}: {reason['detail']}" for reason in case.reasons)
    said = excerpt(plain(whole(case.mention.title, case.mention.text)), 100) or _wordless(case.mention)
    why = f"{'':<14}why: {excerpt(plain(reasons), 90)}"
    return Text(f"  {case.severity.value:<7} #{case.id:<3} {said}\n{why}")


def _wordless(mention: Mention) -> str:
    """What there is where nothing was said: stars, or a recommendation score."""
    stars = () if mention.rating is None else (f"{mention.rating:g} of 5 stars",)
    score = () if mention.nps is None else (f"NPS {mention.nps} of 10",)
    return f"(no words; {', '.join([*stars, *score])})" if stars or score else "(no words)"
