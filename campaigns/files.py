"""Writes exports: CSV that is safe in a spreadsheet, JSONL that is exact, and never half a file.

Every file is written beside its final name and moved there when it is whole and on the disk.
"""

import csv
import json
import os
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, TextIO

from earful.clock import as_utc
from earful.errors import EarfulError

Record = Mapping[str, Any]
_RISKY = re.compile(r"[\t\r\n]|\s*[=+\-@＝＋－＠]")  # spaces in front don't hinder every spreadsheet
BOM = "\ufeff"  # tells Excel that the file is UTF-8


class Format(StrEnum):
    """The kinds of file an export can be."""

    CSV = "csv"
    JSONL = "jsonl"


class ExportError(EarfulError):
    """A file can't be written. What stood there before stands there still."""


class Sink(Protocol):
    """Something that takes records one by one."""

    def put(self, record: Record) -> None:
        """Write one record."""


def plain(value: Any) -> Any:
    """A value as both formats hold it: text, number, truth, list or None; a time as ISO 8601 in UTC."""
    if isinstance(value, datetime):
        return as_utc(value).isoformat()
    return str(value) if isinstance(value, StrEnum) else value


def safe_cell(value: Any) -> Any:
    """A CSV cell that no spreadsheet takes for a formula: such text gets an apostrophe in front. Numbers stay numbers.

    A list becomes its items with "; " between them, None an empty cell, a truth `true` or `false`.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if _RISKY.match(value) else str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return safe_cell("; ".join(str(item) for item in value))
    return plain(value)


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


SINKS: dict[Format, Callable[[TextIO, Sequence[str]], Sink]] = {Format.CSV: CsvSink, Format.JSONL: JsonlSink}


def write_files(
    folder: Path, name: str, formats: Iterable[Format], columns: Sequence[str], records: Iterable[Record]
) -> tuple[list[Path], int]:
    """Write the records, read once, as `name.csv` and/or `name.jsonl`. Returns the paths and how many were written.

    Raises:
        ExportError: a file can't be written; the files that stood there before are untouched.
    """
    paths = [folder / f"{name}.{form}" for form in formats]
    with _explained(folder), ExitStack() as stack:
        folder.mkdir(parents=True, exist_ok=True)
        sinks = [
            SINKS[form](stack.enter_context(whole_file(path)), columns)
            for form, path in zip(formats, paths, strict=True)
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
def whole_file(path: Path) -> Iterator[TextIO]:
    """A file to write to that takes its name only when it is whole; after a failure nothing of it is left."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("x", encoding="utf-8", newline="") as stream:
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
