"""Reads your own data: an export as CSV, TSV, JSONL or XLSX, with its columns mapped to our fields."""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import Field

from connectors.base import Ask, Connector, Facts, Page, Parsed
from connectors.export import Opened, TableSettings, format_of, opened, page_of, tables, unread_note
from connectors.rows import parse_rows
from connectors.table import read_lines
from earful.errors import SkipRecord, SourceRefused
from earful.speech import _
from earful.text import digest, storable


class FileSettings(TableSettings):
    """A file of your own."""

    path: Path = Field(description="the file, relative to this configuration's folder")


def fetch(ask: Ask) -> Iterator[Page]:
    """Read the file in pages of 2,000 rows, going on where an interrupted read stopped.

    The cursor is the file's fingerprint and the rows done. An unchanged file gives one empty page that says so; a
    changed one, or one with other settings, is read whole.

    Raises:
        SourceRefused: the file is missing, unreadable, of another kind, or lacks a column that `map` names.
    """
    settings: FileSettings = ask.source
    path = ask.base_dir / settings.path.expanduser()
    mark = _fingerprint(path, settings)
    known = ask.cursor if ask.cursor.get("fingerprint") == mark and ask.since is None else {}
    if known.get("done"):
        notes = (_("%(file)s is unchanged since it was read", file=path.name),)
        yield Page(page_of([], settings), cursor=known, requests=0, notes=notes)
        return
    yield from _pages(path, settings, mark, int(known.get("rows", 0)))


def _fingerprint(path: Path, settings: FileSettings) -> str:
    """Changes when the file or the way it is read does; costs no reading of the whole file."""
    try:
        with path.open("rb") as file:
            stat = path.stat()
            head = file.read(1 << 16)
            file.seek(max(0, stat.st_size - (1 << 16)))
            tail = file.read(1 << 16)
    except FileNotFoundError:
        raise SourceRefused(_("%(path)s does not exist; put the file there or mend `path`", path=path)) from None
    except OSError as error:
        raise SourceRefused(_("%(path)s can't be read: %(why)s", path=path, why=error.strerror)) from error
    return digest(
        stat.st_size, stat.st_mtime_ns, head, tail, settings.model_dump_json(exclude={"name", "expect_every"})
    )


def _pages(path: Path, settings: FileSettings, mark: str, done: int) -> Iterator[Page]:
    export = opened(path, settings)
    for number, (table, last) in enumerate(tables(export, path, settings, done), 1):
        done += len(table.rows)
        notes = _notes(path, settings, export, done) if number == 1 else ()
        cursor = {"fingerprint": mark, "rows": done, "done": last}
        yield Page(table, number=number, cursor=cursor, notes=notes)


def parse(page: Page) -> Parsed:
    """Mentions of the rows; a row that can't be used is rejected with its line and reason."""
    return parse_rows(page.content)


def again(ask: Ask, raw: str) -> Page:
    """A page of the one row whose text was kept, read with the columns that the file has now.

    Raises:
        SourceRefused: the file is not there any more, so nobody knows its columns.
        SkipRecord: it was not kept as it stood: a row of a workbook, or bytes that are no text.
    """
    settings: FileSettings = ask.source
    path = ask.base_dir / settings.path.expanduser()
    kind = format_of(path, settings)
    if kind == "xlsx":
        raise SkipRecord(_("it is a row of a workbook: mend it there, and read the workbook again"))
    if _UNDECODED.search(raw):
        raise SkipRecord(_("it holds bytes that could not be decoded: set `encoding`, and the file is read anew"))
    header = () if kind == "jsonl" else itertools.islice(read_lines(path, settings.encoding), settings.header_rows)
    with TemporaryDirectory() as folder:
        alone = Path(folder) / f"{path.stem}.{kind}"
        alone.write_text("".join([*(line.text.rstrip("\r\n") + "\n" for line in header), raw, "\n"]), "utf-8")
        try:
            rows = list(opened(alone, settings.model_copy(update={"encoding": "utf-8"})).rows)
        except SourceRefused as error:
            if kind == "jsonl":
                raise SkipRecord(_("it is no JSON object with a text, a title or a rating in it")) from None
            raise SourceRefused(str(error).replace(str(alone), str(path))) from None
    return Page(page_of(rows, settings), requests=0)


_UNDECODED = re.compile(r"\\x[0-9a-f]{2}|\ufffd")  # how bytes that are no text are kept


def _notes(path: Path, settings: FileSettings, export: Opened, done: int) -> tuple[str, ...]:
    if not done:
        return (_("%(file)s has column names, but no rows", file=path.name),)
    return (*_found(settings, export), *unread_note(export, path))


def _found(settings: FileSettings, export: Opened) -> tuple[str, ...]:
    if settings.map:
        return ()
    found = ", ".join(f'{field} from "{column}"' for field, column in export.mapping.items())
    return (_("columns found by their names: %(found)s", found=storable(found)),)


CONNECTOR = Connector(
    name="file",
    settings=FileSettings,
    fetch=fetch,
    parse=parse,
    again=again,
    facts=Facts(
        reads="your own exports as CSV, TSV, JSONL or XLSX, with column mapping and presets",
        credentials="none",
        terms="your own data; what you may do with it is between you, the platform it came from and your customers",
        completeness="every row, or its line and the reason why not",
    ),
)
