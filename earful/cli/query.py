"""`earful query`: what a query matches in a file and why, and what a changed one would gain and lose."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from cyclopts import Parameter
from pydantic import ValidationError
from rich.console import Console
from rich.text import Text

from connectors import file
from connectors.base import Ask
from connectors.table import read_lines
from earful.cli.context import configuration, emit, put, say, stored
from earful.cli.options import AsJson, AsJsonLines
from earful.cli.plain import plain
from earful.cli.run import mapping_of
from earful.errors import ConfigError
from earful.query import Query, parse_query
from earful.secrets import Secrets
from earful.text import excerpt, whole
from earful.values import FoundMention
from reports.trial import CAVEAT, Side, Trial, try_query

TABLES = frozenset({"csv", "tsv", "jsonl", "xlsx"})
SHOWN_AROUND = 160  # characters of a long text that are printed around its first hit
Words = Annotated[str, Parameter(help="what to look for: docs/query.md", allow_leading_hyphen=True)]
Numbered = Iterator[tuple[int, FoundMention]]


def matching(
    query: Words,
    file: Annotated[str, Parameter(help="the file; - for standard input", allow_leading_hyphen=True)],
    /,
    *,
    map: Annotated[str | None, Parameter(help="our field = their column: text=Review,author=Name")] = None,  # noqa: A002 - the option's name
    format: Annotated[str | None, Parameter(help="csv, tsv, jsonl, xlsx or lines; found by itself")] = None,  # noqa: A002 - the option's name
    encoding: Annotated[str, Parameter(help="how the text is encoded, as in cp1252")] = "utf-8-sig",
    limit: Annotated[int | None, Parameter(help="print at most so many; all are counted")] = None,
    json: AsJsonLines = False,
) -> int:
    """Show which rows of a CSV, TSV, JSONL or XLSX file, or lines of any other text, a query matches, and why.

    `-` reads standard input. The words that made a row match are marked; a mistake is pointed at.

    Example: `earful query test 'apple NOT (pie OR juice)' reviews.csv`
    """
    wanted = parse_query(query)
    with TemporaryDirectory() as folder:
        path = _spooled(Path(folder)) if file == "-" else Path(file)
        rows = _rows(path, format or _kind(path), mapping_of(map), encoding)
        looked_at, matched = _print_matches(wanted, rows, limit, as_json=json)
    say(f"{matched} of {looked_at} match.")
    return 0


def _spooled(folder: Path) -> Path:
    """Standard input as a file: however long it is, it takes no memory."""
    path = folder / "stdin"
    with path.open("wb") as out:
        copyfileobj(sys.stdin.buffer, out)
    return path


def _kind(path: Path) -> str:
    ending = path.suffix.lower().lstrip(".")
    kind = {"ndjson": "jsonl", "tab": "tsv", "xlsm": "xlsx"}.get(ending, ending)
    if kind in TABLES:
        return kind
    try:
        with path.open("rb") as given:
            return "jsonl" if given.read(1) == b"{" else "lines"
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}") from error


def _rows(path: Path, kind: str, mapping: dict[str, str], encoding: str) -> Numbered:
    if kind == "lines":
        lines = read_lines(path, encoding)
        return ((line.number, FoundMention(str(line.number), line.text.rstrip("\r\n"))) for line in lines)
    given = {"type": "file", "name": "test", "path": path.absolute(), "format": kind, "map": mapping}
    try:
        settings = file.FileSettings.model_validate({**given, "encoding": encoding})
    except ValidationError as error:
        raise ConfigError("; ".join(detail["msg"] for detail in error.errors())) from error
    return _table(settings)


def _table(settings: file.FileSettings) -> Numbered:
    """The rows that can be used, each with its line; how many can't is said."""
    unusable = 0
    for page in file.fetch(Ask(settings, parse_query("any"), {}, Secrets(Path(), {}))):
        for row in page.content.rows:
            parsed = file.parse(replace(page, content=replace(page.content, rows=[row])))
            unusable += len(parsed.rejected)
            yield from ((row.line, found) for found in parsed.found)
    if unusable:
        say(f"{unusable} rows can't be used and were not looked at; `earful import` tells why.")


def _print_matches(query: Query, rows: Numbered, limit: int | None, *, as_json: bool) -> tuple[int, int]:
    console, looked_at, matched = Console(highlight=False, soft_wrap=True), 0, 0
    for line, found in rows:
        looked_at += 1
        text = whole(found.title, found.text)
        if query.matches(text, author=found.author, language=found.language, source="file", url=found.url):
            matched += 1
            if limit is None or matched <= limit:
                _print_match(console, query, line, text, as_json=as_json)
    return looked_at, matched


def _print_match(console: Console, query: Query, line: int, text: str, *, as_json: bool) -> None:
    hits = query.hits(text)
    if as_json:
        emit({"line": line, "text": text, "hits": [_hit(text, start, end) for start, end in hits]})
        return
    shown = _marked(text, hits)
    console.print(Text(f"{line}: ", style="dim") + shown)
    if not hits:
        console.print(Text("   (by what is not in it, or by lang:, author:, source:, site:)", style="dim"))


def _hit(text: str, start: int, end: int) -> dict[str, Any]:
    return {"start": start, "end": end, "text": text[start:end]}


def _marked(text: str, hits: list[tuple[int, int]]) -> Text:
    """The text around its first hit, on one line, with the hits in colour; in brackets where there is no colour."""
    first = max(0, hits[0][0] - SHOWN_AROUND // 4) if hits else 0
    last = min(len(text), first + SHOWN_AROUND)
    shown, place = Text("…" if first else ""), first
    for start, end in [hit for hit in hits if hit[1] <= last]:
        shown.append(plain(text[place:start]))
        shown.append(_hit_shown(text[start:end]), style="bold black on yellow")
        place = end
    return shown.append(plain(text[place:last])).append("…" if last < len(text) else "")


def _hit_shown(text: str) -> str:
    return plain(text) if sys.stdout.isatty() else f"[{plain(text)}]"


def try_changed(
    brand: str,
    query: Words,
    /,
    *,
    examples: Annotated[int, Parameter(help="how many of each to show")] = 5,
    json: AsJson = False,
) -> int:
    """Tell what a changed query for a brand would gain and lose of what is stored. Changes nothing.

    Example: `earful query try Brygvell 'Brygvell OR "bryg well"'`
    """
    config = configuration()
    changed = parse_query(query)
    with stored(config) as database:
        trial = try_query(database, config.settings.brand(brand), changed, examples)
    if json:
        emit(trial.as_json())
    else:
        _print_trial(trial)
    return 0


def _print_trial(trial: Trial) -> None:
    put(f"{trial.looked_at} stored mentions looked at; {trial.kept} would stay, {trial.untouched} no query chose.")
    _print_side("gain", trial.gained)
    _print_side("lose", trial.lost)
    put(CAVEAT)


def _print_side(verb: str, side: Side) -> None:
    put(f"It would {verb} {side.count}.")
    for each in side.examples:
        said = plain(excerpt(each.said, 100))
        put(f"  {plain(each.brand)} / {plain(each.source)} {each.published_at:%d %b %Y}: {said}")
