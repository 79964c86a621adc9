"""What the values of an export look like in a file: as text and numbers, and so that no spreadsheet runs them."""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from earful.clock import as_utc

Record = Mapping[str, Any]
_RISKY = re.compile(r"[\t\r\n]|\s*[=+\-@＝＋－＠]")  # spaces in front don't hinder every spreadsheet


def plain(value: Any) -> Any:
    """A value as every format holds it: text, number, truth, list or None; a time as ISO 8601 in UTC."""
    if isinstance(value, datetime):
        return as_utc(value).isoformat()
    return str(value) if isinstance(value, StrEnum) else value


def flat(value: Any) -> Any:
    """A value as one cell: a list becomes its items with "; " between them."""
    return "; ".join(str(item) for item in value) if isinstance(value, list) else plain(value)


def is_risky(text: str) -> bool:
    """Whether some spreadsheet takes this for a formula, or for a part of the table."""
    return _RISKY.match(text) is not None


def safe_cell(value: Any) -> Any:
    """A CSV cell that no spreadsheet takes for a formula: such text gets an apostrophe in front. Numbers stay numbers.

    None becomes an empty cell, a truth `true` or `false`.
    """
    cell = flat(value)
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return f"'{cell}" if isinstance(cell, str) and is_risky(cell) else cell
