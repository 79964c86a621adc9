"""Reads a sheet of an XLSX workbook row by row: bounded in memory and time, whatever the file says of itself."""

import csv
import io
import itertools
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, Any

from connectors.table import CellError, Moment, Record, headed
from earful.errors import SourceRefused, nearest
from earful.speech import N_, _
from earful.values import MissedReason

MAX_ROWS = 1_048_576  # a sheet has no more; a row of a higher number is a trap
MAX_SHEET = 1 << 30  # bytes of one sheet, unpacked; it is streamed
MAX_PART = 100 << 20  # bytes of all texts, or another part, which are held in memory
MAX_STYLES = 8 << 20  # bytes; small in the file, large as objects
MAX_RATIO = 250  # to how much a part may unpack: honest ones stay below 100
_EXACT_DIGITS = 15  # a spreadsheet rounds numbers beyond
_ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})
_OLE = b"\xd0\xcf\x11\xe0"


def read_workbook(path: Path, sheet: str | None, header_rows: int = 1) -> tuple[list[str], Iterator[Record]]:
    """The column names of a sheet (the first, when none is named), and its rows as they are needed.

    Formulas give the value that was saved with them. Numbers are written without what no person typed; those a
    spreadsheet rounded keep their exponent, so that they are refused as ids.

    Raises:
        SourceRefused: there is no file, it is no workbook we can read, or it has no such sheet.
    """
    rows = _sheet_rows(path, sheet)
    header = _names(next(rows, (0, ()))[1])
    for _row, values in itertools.islice(rows, header_rows - 1):
        header = headed(header, _names(values))
    if not any(header):
        raise SourceRefused(
            _("%(path)s: the sheet is empty, or its first row has no column names; export it again", path=path),
            reason=MissedReason.EMPTY,
        )
    return header, _records(rows, header)


def _names(values: Sequence[Any]) -> list[str]:
    return [_text(value).strip() for value in values]


def _records(rows: Iterator[tuple[int, Sequence[Any]]], header: Sequence[str]) -> Iterator[Record]:
    width = len(header)
    for number, values in rows:
        cells = [_text(value) for value in values]
        if any(cells):
            cells += [""] * (width - len(cells))
            yield Record(number, dict(zip(header, cells, strict=False)), _too_wide(cells, width), _raw(cells))


def _too_wide(cells: Sequence[str], width: int) -> str:
    return _("it has a cell beyond the %(width)s columns that have names", width=width) if any(cells[width:]) else ""


def _raw(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return CellError(value) if value in _ERRORS else value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime):
        return Moment((value if value.time() != time() else value.date()).isoformat())
    return Moment(value.isoformat()) if isinstance(value, date) else str(value)


def _number(value: float) -> str:
    """As a person would write it. One with more digits than a spreadsheet keeps stays `5.70306133677761e+17`."""
    if isinstance(value, int):
        beyond = len(str(abs(value))) - _EXACT_DIGITS
        return f"{value:.15g}" if beyond > 0 and value % 10**beyond == 0 else str(value)
    if value.is_integer() and abs(value) < 10**_EXACT_DIGITS:
        return str(int(value))
    return f"{value:.15g}"


# ------------------------------------------------------------------------------------------------------- the workbook


def _sheet_rows(path: Path, sheet: str | None) -> Iterator[tuple[int, Sequence[Any]]]:
    try:
        with path.open("rb") as file:
            yield from _numbered(path, _sheet(path, _book(path, file), sheet))
    except FileNotFoundError:
        raise SourceRefused(_("%(path)s does not exist; put the file there or mend `path`", path=path)) from None
    except OSError as error:
        raise SourceRefused(_("%(path)s can't be read: %(why)s", path=path, why=error.strerror or error)) from error


def _numbered(path: Path, sheet: Any) -> Iterator[tuple[int, Sequence[Any]]]:
    rows = sheet.iter_rows(max_row=MAX_ROWS, values_only=True)
    for number in range(1, MAX_ROWS + 1):
        try:
            values = next(rows, None)
        except Exception as error:
            raise _broken(path, error) from error
        if values is None:
            return
        yield number, _trimmed(values)


def _trimmed(values: Sequence[Any]) -> Sequence[Any]:
    end = len(values)
    while end and values[end - 1] is None:
        end -= 1
    return values[:end]


def _broken(path: Path, error: Exception) -> SourceRefused:
    what = " ".join(str(error).split())[:120] or type(error).__name__
    return SourceRefused(
        _(
            "%(path)s is a broken workbook (%(what)s); open it in a spreadsheet program and save it again",
            path=path,
            what=what,
        ),
        reason=MissedReason.UNREADABLE,
    )


def _book(path: Path, file: IO[bytes]) -> Any:
    import warnings

    import openpyxl

    _check(path, file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions that it does not know, which hold no words
            return openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except Exception as error:
        raise _broken(path, error) from error


def _sheet(path: Path, book: Any, name: str | None) -> Any:
    names = [sheet.title for sheet in book.worksheets]
    if name is not None and name not in names:
        raise SourceRefused(
            _('%(path)s has no sheet "%(name)s"%(hint)s', path=path, name=name, hint=nearest(name, names))
        )
    if not names:
        raise SourceRefused(_("%(path)s has no sheet with cells; export it again", path=path))
    sheet = book[name if name is not None else names[0]]
    sheet.reset_dimensions()  # some programs write a size that is not true
    return sheet


def _check(path: Path, file: IO[bytes]) -> None:
    """Refuse what is no workbook, or would unpack to more than anyone means."""
    head = file.read(4096)
    if head.startswith(_OLE):
        raise SourceRefused(_(_ole_kind(file), path=path))
    try:
        parts = zipfile.ZipFile(file).infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        if head.startswith(b"PK"):
            raise SourceRefused(
                _("%(path)s is a workbook that was cut off or damaged; export or copy it again", path=path),
                reason=MissedReason.UNREADABLE,
            ) from error
        raise SourceRefused(
            _("%(path)s is no XLSX workbook; if it is a text table, call it .csv", path=path),
            reason=MissedReason.UNREADABLE,
        ) from error
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        raise SourceRefused(
            _("%(path)s is no XLSX workbook but another kind of archive; save it as XLSX or CSV", path=path),
            reason=MissedReason.UNREADABLE,
        )
    for part in parts:
        _check_size(path, part)
    file.seek(0)


def _ole_kind(file: IO[bytes]) -> str:
    rest = b""
    while chunk := file.read(1 << 20):
        if "EncryptedPackage".encode("utf-16-le") in rest + chunk:
            return N_("%(path)s is protected with a password; save it without one")
        rest = chunk[-64:]
    return N_("%(path)s is an old Excel file (.xls); save it as XLSX or CSV")


def _check_size(path: Path, part: zipfile.ZipInfo) -> None:
    """A part never unpacks to more than it declares, so what it declares is enough to look at."""
    if "/media/" in part.filename:
        return
    limit = MAX_SHEET if "/worksheets/" in part.filename else MAX_STYLES if "styles" in part.filename else MAX_PART
    bomb = part.file_size > 10 << 20 and part.file_size > MAX_RATIO * max(1, part.compress_size)
    if part.file_size > limit or bomb:
        size = f"{part.file_size / (1 << 20):,.0f} MB"
        raise SourceRefused(
            _(
                "%(path)s: %(part)s would unpack to %(size)s, more than we read; save it as CSV",
                path=path,
                part=part.filename,
                size=size,
            )
        )
