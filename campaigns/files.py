"""Writes exports: CSV and XLSX that are safe in a spreadsheet, JSONL that is exact, and never half a file.

Every file is written beside its final name and moved there when it is whole and on the disk.
"""

import csv
import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, Protocol, TextIO

from campaigns.cells import Record, plain, safe_cell
from earful.errors import EarfulError

BOM = "\ufeff"  # tells Excel that the file is UTF-8


class Format(StrEnum):
    """The kinds of file an export can be."""

    CSV = "csv"
    JSONL = "jsonl"
    XLSX = "xlsx"


class ExportError(EarfulError):
    """A file can't be written. What stood there before stands there still."""


class Sink(Protocol):
    """Something that takes records one by one."""

    def put(self, record: Record) -> None:
        """Write one record."""


_LINE_ENDS = str.maketrans({"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def json_line(record: Record) -> str:
    """A record as one line of JSON, whatever a reader takes for the end of a line."""
    exact = {name: plain(value) for name, value in record.items()}
    return json.dumps(exact, ensure_ascii=False, allow_nan=False).translate(_LINE_ENDS) + "\n"


class CsvSink:
    """CSV after RFC 4180, with a BOM and a header row, made safe for spreadsheets."""

    def __init__(self, stream: TextIO, columns: Sequence[str]) -> None:
        self._columns = columns
        self._writer = csv.writer(stream, lineterminator="\r\n")
        stream.write(BOM)
        self._writer.writerow(columns)

    def put(self, record: Record) -> None:
        """Write one row, in the order of the columns."""
        self._writer.writerow([safe_cell(record[name]) for name in self._columns])


class JsonlSink:
    """One JSON object a line, in UTF-8, with the values as they are stored."""

    def __init__(self, stream: TextIO, columns: Sequence[str]) -> None:
        self._columns = columns
        self._stream = stream

    def put(self, record: Record) -> None:
        """Write one line, in the order of the columns."""
        self._stream.write(json_line({name: record[name] for name in self._columns}))


def _workbook(stream: IO[bytes], columns: Sequence[str]) -> AbstractContextManager[Sink]:
    from campaigns.workbook import WorkbookSink  # here, as most exports need none of it

    return WorkbookSink(stream, columns)


#: What writes a format to a stream; it has written all when it is left.
SINKS: dict[Format, Callable[[Any, Sequence[str]], AbstractContextManager[Sink]]] = {
    Format.CSV: lambda stream, columns: nullcontext(CsvSink(stream, columns)),
    Format.JSONL: lambda stream, columns: nullcontext(JsonlSink(stream, columns)),
    Format.XLSX: _workbook,
}
_BINARY = frozenset({Format.XLSX})
USUAL = (Format.CSV, Format.JSONL)  #: what is written where nothing else is asked for


def write_files(
    folder: Path, name: str, formats: Sequence[Format], columns: Sequence[str], records: Iterable[Record]
) -> tuple[list[Path], int]:
    """Write the records, read once, in each format, as in `name.csv`. Returns the paths and how many were written.

    Raises:
        ExportError: a file can't be written; the files that stood there before are untouched.
    """
    paths = [folder / f"{name}.{form}" for form in formats]
    with _explained(folder), ExitStack() as stack:
        folder.mkdir(parents=True, exist_ok=True)
        named = list(zip(formats, paths, strict=True))
        streams = [stack.enter_context(whole_file(path, binary=form in _BINARY)) for form, path in named]
        # All sinks after all files: no file takes its name before everything is written.
        sinks = [
            stack.enter_context(SINKS[form](stream, columns)) for (form, _), stream in zip(named, streams, strict=True)
        ]
        count = _pour(records, sinks)
    return paths, count


def _pour(records: Iterable[Record], sinks: Sequence[Sink]) -> int:
    count = 0
    for record in records:
        count += 1
        for sink in sinks:
            sink.put(record)
    return count


@contextmanager
def whole_file(path: Path, *, binary: bool = False) -> Iterator[IO[Any]]:
    """A file to write to that takes its name only when it is whole; after a failure nothing of it is left."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") if binary else part.open("x", encoding="utf-8", newline="") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        place = error.filename or folder
        raise ExportError(
            f"can't write {place}: {error.strerror}; give another folder with --out, or make room. "
            "What stood there before is untouched"
        ) from error
