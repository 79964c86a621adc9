"""Reads CSV, TSV and JSONL row by row, in memory that does not grow with the file; one broken row spoils no other."""

import csv
import itertools
import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from earful.errors import SourceRefused
from earful.speech import N_, _
from earful.values import MissedReason

MAX_LINE = 1 << 20  # bytes of one line; longer ones are rejected
MAX_RECORD_LINES = 300  # lines within one quoted record; beyond, a quote was left open
MAX_RECORD = 1 << 18  # characters, likewise
_HEAD = 4096
_KEPT = 1 << 17  # bytes of a line that is too long: more than is kept of a record, so it never passes for a whole one
_DELIMITERS = (",", ";", "\t", "|")


class Line(NamedTuple):
    """One physical line. With a `problem`, its text is only good for showing."""

    number: int
    text: str
    problem: str = ""


class Moment(str):
    """A cell that holds a time as such rather than as words, in ISO 8601: no `date_format` applies to it."""

    __slots__ = ()


class CellError(str):
    """What a spreadsheet shows where a formula went wrong: no word of a customer's."""

    __slots__ = ()


class Record(NamedTuple):
    """One row: its cells by column, or what is wrong with it."""

    line: int
    cells: Mapping[str, Any]
    problem: str
    raw: str


def delimiter_of(header: str) -> str:
    """The delimiter a header line uses: the one it has most of."""
    bare = "".join(part for number, part in enumerate(header.split('"')) if number % 2 == 0)
    return max(_DELIMITERS, key=bare.count)


def read_csv(
    path: Path, encoding: str, delimiter: str | None, header_rows: int = 1
) -> tuple[list[str], Iterator[Record]]:
    """The column names, and the rows as they are needed.

    Raises:
        SourceRefused: there is no file, or it is no such table.
    """
    lines = _Rewindable(read_lines(path, encoding))
    first = next(lines, None)
    if first is None:
        raise SourceRefused(
            _("%(path)s is empty: not even a line of column names; export it again", path=path),
            reason=MissedReason.EMPTY,
        )
    dialect = _dialect(delimiter or delimiter_of(first.text))
    header = _header_cells(path, first, lines, dialect)
    for second in itertools.islice(lines, header_rows - 1):
        header = headed(header, _header_cells(path, second, lines, dialect))
    return header, _rows(lines, dialect, header)


def _header_cells(path: Path, line: Line, lines: "_Rewindable", dialect: type[csv.Dialect]) -> list[str]:
    cells, problem, _text = ([], line.problem, "") if line.problem else _record(line, lines, dialect, None)
    if problem:
        raise SourceRefused(_("%(path)s: the line of column names can't be read: %(why)s", path=path, why=problem))
    return [cell.strip() for cell in cells]


_NO_NAME = frozenset({"", "response", "open-ended response"})


def headed(questions: Sequence[str], answers: Sequence[str]) -> list[str]:
    """Column names of two header rows, as surveys have them: a question over all its columns, below it each answer."""
    names: list[str] = []
    question = ""
    for over, under in itertools.zip_longest(questions, answers, fillvalue=""):
        question = over or (question if under else "")
        plain = under.strip().casefold() in _NO_NAME
        names.append(question if plain else f"{question}: {under.strip()}" if question else under.strip())
    return names


def read_jsonl(path: Path, encoding: str) -> tuple[list[str], Iterator[Record]]:
    """The names of the fields in the first thousand lines, and the rows as they are needed.

    Raises:
        SourceRefused: there is no file, it is empty, or nothing at its beginning is JSON.
    """
    rows = (_json_row(line) for line in read_lines(path, encoding) if line.text.strip())
    first = list(itertools.islice(rows, 1000))
    if not first:
        raise SourceRefused(_("%(path)s is empty; export it again", path=path), reason=MissedReason.EMPTY)
    if all(row.problem for row in first):
        raise SourceRefused(
            _("%(path)s is not JSONL (one JSON object a line): %(why)s", path=path, why=first[0].problem),
            reason=MissedReason.UNREADABLE,
        )
    columns = list(dict.fromkeys(name for row in first for name in row.cells))
    return columns, itertools.chain(first, rows)


def read_lines(path: Path, encoding: str) -> Iterator[Line]:
    """The lines of a text file, each of bounded length; one that can't be decoded says so.

    Raises:
        SourceRefused: the file is missing, can't be opened, or is no text.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
        encoding = _checked(path, head, encoding)
        by_bytes = b"\n" in head or b"\r" not in head
        yield from _lines_of_bytes(path, encoding) if by_bytes and not _wide(encoding) else _lines(path, encoding)
    except FileNotFoundError:
        raise SourceRefused(_("%(path)s does not exist; put the file there or mend `path`", path=path)) from None
    except OSError as error:
        raise SourceRefused(_("%(path)s can't be read: %(why)s", path=path, why=error.strerror)) from error


def _wide(encoding: str) -> bool:
    return encoding.lower().replace("_", "-").startswith(("utf-16", "utf-32", "utf16", "utf32"))


_NOT_TEXT = {
    b"PK\x03\x04": N_('%(path)s is a workbook or archive; if it is a workbook, call it .xlsx or set format = "xlsx"'),
    b"\xd0\xcf\x11\xe0": N_(
        "%(path)s is an old Excel file, or one with a password; save it as XLSX without one, or as CSV"
    ),
    b"%PDF": N_("%(path)s is a PDF; export the data as CSV"),
    b"\x1f\x8b": N_("%(path)s is compressed; unpack it first"),
    b"\x89PNG": N_("%(path)s is a picture"),
}


def _checked(path: Path, head: bytes, encoding: str) -> str:
    """The encoding to use; refuses what is no text, or a page of the web."""
    for start, what in _NOT_TEXT.items():
        if head.startswith(start):
            raise SourceRefused(_(what, path=path))
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\x00" in head.split(b"\n", 1)[0] and not _wide(encoding):
        raise SourceRefused(
            _('%(path)s is binary, or text in UTF-16; if the latter, set encoding = "utf-16"', path=path),
            reason=MissedReason.UNREADABLE,
        )
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        raise SourceRefused(
            _("%(path)s is a web page, not a table: the download probably asked for a login", path=path),
            reason=MissedReason.UNREADABLE,
        )
    return encoding


def _lines_of_bytes(path: Path, encoding: str) -> Iterator[Line]:
    with path.open("rb") as file:
        for number in itertools.count(1):
            raw = file.readline(MAX_LINE)
            if not raw:
                return
            if len(raw) == MAX_LINE and not raw.endswith(b"\n"):
                _skip_line(file.readline)
                yield Line(
                    number,
                    raw[:_KEPT].decode(encoding, "replace"),
                    _("the line is longer than %(most)s bytes", most=f"{MAX_LINE:,}"),
                )
            else:
                yield _decoded(number, raw, encoding if number == 1 else _later(encoding))


def _later(encoding: str) -> str:
    return (
        "utf-8" if encoding.lower() == "utf-8-sig" else encoding
    )  # many times faster, and a mark stands only in front


def _decoded(number: int, raw: bytes, encoding: str) -> Line:
    try:
        return Line(number, raw.decode(encoding))
    except UnicodeDecodeError as error:
        wrong = raw[error.start : error.start + 1].hex()
        said = _(
            "byte 0x%(wrong)s at place %(place)s is not %(encoding)s (if the file is in an old Western encoding, "
            'set encoding = "cp1252")',
            wrong=wrong,
            place=error.start + 1,
            encoding=error.encoding,
        )
        return Line(number, raw.decode(encoding, "backslashreplace"), said)


def _lines(path: Path, encoding: str) -> Iterator[Line]:
    """For encodings whose line ends are more than one byte, and for files whose lines end in a bare return."""
    with path.open(encoding=encoding, errors="replace") as file:
        for number in itertools.count(1):
            text = file.readline(MAX_LINE)
            if not text:
                return
            if len(text) == MAX_LINE and not text.endswith("\n"):
                _skip_line(file.readline)
                said = _("the line is longer than %(most)s characters", most=f"{MAX_LINE:,}")
                yield Line(number, text[:_KEPT], said)
            else:
                yield Line(number, text, _("it can't be decoded") if "\ufffd" in text else "")


def _skip_line(readline: Any) -> None:
    while (rest := readline(MAX_LINE)) and not rest.endswith(b"\n" if isinstance(rest, bytes) else "\n"):
        pass


class _Rewindable(Iterator[Line]):
    """Lines that can be given back, for when a quote turns out never to close."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self._back: deque[Line] = deque()

    def __next__(self) -> Line:
        return self._back.popleft() if self._back else next(self._lines)

    def give_back(self, lines: list[Line]) -> None:
        self._back.extendleft(reversed(lines))


def _dialect(delimiter: str) -> type[csv.Dialect]:
    return type("Dialect", (csv.excel,), {"delimiter": delimiter, "strict": True})


def _rows(lines: _Rewindable, dialect: type[csv.Dialect], columns: list[str]) -> Iterator[Record]:
    for line in lines:
        cells, problem, raw = _record(line, lines, dialect, len(columns))
        if any(cells) or problem:
            yield Record(line.number, dict(zip(columns, cells, strict=False)), problem, raw)


_Found = tuple[list[str], str, str]
"""Cells, what is wrong with them, and the text they were read from."""


def _record(line: Line, lines: _Rewindable, dialect: type[csv.Dialect], width: int | None) -> _Found:
    """The record that begins with this line, taking more lines where it goes on."""
    try:
        cells = next(csv.reader((line.text,), dialect), [])
        return cells, line.problem or _wrong_width(cells, width), line.text
    except csv.Error as error:
        if "unexpected end" not in str(error):
            return [], line.problem or _("its quotes are wrong: %(why)s", why=error), line.text
    return _over_lines(line, lines, dialect, width)


def _wrong_width(cells: list[str], width: int | None) -> str:
    if width is None or len(cells) <= width or not any(cells[width:]):
        return ""
    return _(
        "it has %(count)s cells, but there are %(width)s columns; is a quote missing around a text with a delimiter?",
        count=len(cells),
        width=width,
    )


def _over_lines(line: Line, lines: _Rewindable, dialect: type[csv.Dialect], width: int | None) -> _Found:
    """A quoted cell that goes on over lines; when the quote never closes properly, only this line is given up."""
    taken: list[Line] = []
    try:
        cells = next(csv.reader(_more(line, lines, taken), dialect))
        closed = width is None or len(cells) == width
    except csv.Error:
        cells, closed = [], False
    if closed:
        whole = (line, *taken)
        return cells, next((each.problem for each in whole if each.problem), ""), "".join(each.text for each in whole)
    lines.give_back(taken)
    return [], line.problem or _("a quote is opened and never closed properly"), line.text


def _more(line: Line, lines: _Rewindable, taken: list[Line]) -> Iterator[str]:
    yield line.text
    size = len(line.text)
    for more in itertools.islice(lines, MAX_RECORD_LINES):
        taken.append(more)
        size += len(more.text)
        if size > MAX_RECORD:
            return
        yield more.text


def _json_row(line: Line) -> Record:
    if line.problem:
        return Record(line.number, {}, line.problem, line.text)
    try:
        value = json.loads(line.text.removeprefix("\ufeff"), parse_float=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        return Record(line.number, {}, _("it is not JSON: %(why)s", why=error), line.text)
    if not isinstance(value, dict):
        return Record(line.number, {}, _("it is JSON, but not an object with named fields"), line.text)
    return Record(line.number, value, "", line.text)
