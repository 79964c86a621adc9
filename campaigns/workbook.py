"""Writes an export as an XLSX workbook, row by row, so that memory does not grow with it.

Every text is a cell of the type text: nothing that came from outside can be a formula, a link or an error.
"""

import re
from collections.abc import Iterator, Sequence
from typing import IO, Any, Self

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Font

from campaigns.cells import Record, flat, is_risky

MOST_ROWS = 1_048_576  # of a sheet, its heading among them
MOST_UNITS = 32_767  # of a cell's text, in UTF-16, as Excel counts
EXACT = 10**15  # a spreadsheet rounds whole numbers from here on
CUT = "…"

_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # XML 1.0, 2.2
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # ECMA-376, 22.9.2.19: what looks like an escape is one


class WorkbookSink:
    """A workbook with a bold heading that stays in sight; what one sheet can't hold goes on in the next."""

    def __init__(self, stream: IO[bytes], columns: Sequence[str], most_rows: int = MOST_ROWS) -> None:
        self._stream = stream
        self._columns = columns
        self._most_rows = most_rows
        self._book = Workbook(write_only=True)
        self._book.properties.creator = "Earful"
        self._begin()

    def put(self, record: Record) -> None:
        """Write one row, in the order of the columns."""
        if self._rows == self._most_rows:
            self._begin()
        self._sheet.append(list(self._cells(record)))
        self._rows += 1

    def __enter__(self) -> Self:
        """Take rows."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        """Write the workbook, whose rows were kept in a temporary file; after a failure let go of them."""
        if kind is None:
            self._book.save(self._stream)
            return
        for sheet in self._book.worksheets:
            sheet.close()

    def _begin(self) -> None:
        self._sheet: Any = self._book.create_sheet(f"Sheet{len(self._book.worksheets) + 1}")
        self._sheet.freeze_panes = "A2"
        heading = [self._text(name) for name in self._columns]
        for cell in heading:
            cell.font = Font(bold=True)
        self._sheet.append(heading)
        self._rows = 1

    def _cells(self, record: Record) -> Iterator[Any]:
        for name in self._columns:
            value = flat(record[name])
            exact = isinstance(value, bool | float | None) or (isinstance(value, int) and abs(value) < EXACT)
            yield value if exact else self._text(str(value))

    def _text(self, text: str) -> Cell:
        cell: Cell = WriteOnlyCell(self._sheet, "")
        cell.value = written(text)
        cell.data_type = "s"  # whatever it looks like
        if is_risky(text):
            cell.quotePrefix = True  # it stays a text for who edits it, too
        return cell


def written(text: str) -> str:
    """A text as a cell can hold it: no characters that XML has not, and no longer than Excel reads."""
    legal = _ESCAPED.sub("_x005F_", _NO_XML.sub("\ufffd", text)).replace("\r", "_x000D_")
    units = legal.encode("utf-16-le")
    if len(units) <= 2 * MOST_UNITS:
        return legal
    return units[: 2 * (MOST_UNITS - 1)].decode("utf-16-le", "ignore") + CUT
