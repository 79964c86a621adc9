"""`earful cases` and `earful mentions`: what was flagged and what was heard, as a table or as JSON lines."""

import shutil
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from cyclopts import Parameter
from cyclopts.validators import Number
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from earful.cli.context import configuration, emit, say, stored
from earful.cli.options import AsJsonLines, OnlyBrand, OnlySource
from earful.cli.plain import plain
from earful.clock import now
from earful.configfile import Configuration
from earful.languagecodes import normal_code
from earful.text import excerpt
from earful.values import Label, Severity, SourceState
from models.case import ACTIVE, DONE, Case, CaseStatus, is_answered
from models.heard import Heard, MentionFilter, stream_mentions
from models.mention import Mention
from models.queue import CaseFilter, stream_cases
from models.records import case_record, mention_record

SHOWN = 50  # rows of a table when no limit is given
EXCERPT = 300
PIPED_WIDTH = 120  # of a table that goes to no terminal
GAP = 2  # blanks between columns
NARROWEST = 16  # of the text
CASE_HEADINGS = ("id", "severity", "status", "due (UTC)", "source")
MENTION_HEADINGS = ("id", "date", "label", "lang", "flagged", "source")

StatusWord = Literal["open", "assigned", "waiting", "snoozed", "resolved", "dismissed", "active", "done"]
StatusWords = Annotated[
    list[StatusWord] | None,
    Parameter(negative=(), help="only these; active: open or assigned; done: resolved or dismissed"),
]
LanguageCode = Annotated[str | None, Parameter(help="only in this language, as in en, no, bg; und: nobody could say")]
Limit = Annotated[
    int | None, Parameter(help="at most so many; left out, a table shows 50 and JSON all", validator=Number(gte=1))
]


def cases(
    *,
    brand: OnlyBrand = None,
    source: OnlySource = None,
    status: StatusWords = None,
    severity: Annotated[Severity | None, Parameter(help="only this severe")] = None,
    language: LanguageCode = None,
    limit: Limit = None,
    json: AsJsonLines = False,
) -> None:
    """List flagged mentions, worst and newest first.

    Example: earful cases --status active --severity urgent

    Example: earful cases --brand "Fjord Air" --json | head -1
    """
    config = configuration()
    wanted = CaseFilter(
        brand=_brand(config, brand),
        source=source,
        statuses=statuses(status or ()),
        severity=severity,
        language=_language(language),
    )
    with stored(config) as database, database.read() as session:
        if json:
            _lines(map(case_record, stream_cases(session, wanted, limit)))
        else:
            found = stream_cases(session, wanted, (limit or SHOWN) + 1)
            at = now()
            _show(CASE_HEADINGS, (_case_row(case, at) for case in found), limit or SHOWN, "cases")


def mentions(
    *,
    brand: OnlyBrand = None,
    source: OnlySource = None,
    label: Annotated[Label | None, Parameter(help="only what was read like this")] = None,
    language: LanguageCode = None,
    limit: Limit = None,
    json: AsJsonLines = False,
) -> None:
    """List everything that was heard, newest first.

    Example: earful mentions --label negative --language nb --limit 20

    Example: earful mentions --json > mentions.jsonl
    """
    config = configuration()
    wanted = MentionFilter(_brand(config, brand), source, label, _language(language))
    with stored(config) as database, database.read() as session:
        if json:
            _lines(map(mention_record, stream_mentions(session, wanted, limit)))
        else:
            found = stream_mentions(session, wanted, (limit or SHOWN) + 1)
            _show(MENTION_HEADINGS, map(_mention_row, found), limit or SHOWN, "mentions")


def statuses(words: Iterable[StatusWord]) -> tuple[CaseStatus, ...]:
    """The statuses that these words name, groups spelled out."""
    groups = {"active": ACTIVE, "done": DONE}
    named = [status for word in words for status in groups.get(word) or (CaseStatus(word),)]
    return tuple(dict.fromkeys(named))


def _brand(config: Configuration, name: str | None) -> str | None:
    return config.settings.brand(name).name if name else None


def _language(code: str | None) -> str | None:
    """The code as readings have it: "nb" and "no-NO" are "no"."""
    return normal_code(code) if code else None


def _lines(records: Iterable[dict[str, Any]]) -> None:
    for record in records:
        emit(record)


def _show(headings: Sequence[str], found: Iterable[Sequence[Text]], limit: int, what: str) -> None:
    """Print up to `limit` rows; what is left out, and that there is nothing, is said on stderr."""
    rows = list(found)
    if not rows:
        say(f"No {what} of that kind. `earful run` collects; without filters, everything is listed.")
        return
    width = shutil.get_terminal_size((PIPED_WIDTH, 24)).columns
    Console(file=sys.stdout, highlight=False, width=width).print(_table(headings, rows[:limit], width))
    if len(rows) > limit:
        say(f"The first {limit}; --limit shows more.")


def _table(headings: Sequence[str], rows: Sequence[Sequence[Text]], width: int) -> Table:
    """A table whose last column, the text, takes what the others leave of the width."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    columns = [max(cell_len(heading), *(row[i].cell_len for row in rows)) for i, heading in enumerate(headings)]
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    left = width - sum(columns) - GAP * len(columns)
    table.add_column("text", no_wrap=True, overflow="ellipsis", max_width=max(NARROWEST, left))
    for row in rows:
        table.add_row(*row)
    return table


_STYLES = {Severity.URGENT: "bold red", Severity.HIGH: "red", Severity.NORMAL: "yellow", Severity.LOW: "dim"}


def _case_row(case: Case, at: datetime) -> Sequence[Text]:
    late = case.status in ACTIVE and case.due_at < at and not is_answered(case.first_response_at, case.returned)
    return (
        Text(str(case.id)),
        Text(case.severity.value, _STYLES[case.severity]),
        Text(case.status.value + (f": {plain(case.assignee)}" if case.assignee else "")),
        Text(f"{case.due_at:%m-%d %H:%M}" + (" late" if late else ""), "red" if late else ""),
        Text(plain(case.mention.source.name)),
        _said(case.mention),
    )


def _mention_row(heard: Heard) -> Sequence[Text]:
    mention, reading = heard.mention, heard.mention.reading
    return (
        Text(str(mention.id)),
        Text("undated" if mention.undated else f"{mention.published_at:%Y-%m-%d}"),
        Text(reading.label.value if reading else "unread"),
        Text(reading.language if reading else ""),
        Text(f"case {heard.case_id}" if heard.case_id else ""),
        Text(plain(mention.source.name)),
        _said(mention),
    )


def _said(mention: Mention) -> Text:
    if mention.state is SourceState.DELETED:
        return Text("(deleted at its source)", "dim")
    return Text(plain(excerpt(f"{mention.title} {mention.text}", EXCERPT)))
