"""JSON lines as people hand them in: what each says to a reader, and how to name those that can't be used."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, cast

from earful.text import excerpt, language_code, storable
from earful.values import Passage

NAMED: Final = 10  #: lines that are named one by one; of more, only how many


class Said(NamedTuple):
    """What a line says to a reader."""

    passage: Passage
    error: str = ""  #: which of its scores can't be used and why; its text is whole all the same


def place(file: str, number: int) -> str:
    """Where a line stands, in front of what is wrong with it; "-" is standard input."""
    return f"standard input, line {number}" if file == "-" else f"{file}:{number}"


def and_more(count: int, unit: str) -> str:
    """The last line of a list that names `NAMED` of `count`, "" where that is all."""
    return f"and {count - NAMED:,} more {unit}" if count > NAMED else ""


def record_of(line: str) -> dict[str, Any]:
    """The JSON object that a line is.

    Raises:
        ValueError: it is none, not even by the book (NaN), or more follows; the message says why, for the person.
    """
    bare = line.strip()
    try:
        record, end = _DECODER.raw_decode(bare)
    except json.JSONDecodeError as error:
        raise _no_object(f"{error.msg}, at its character {error.pos + 1}") from None
    except ValueError as error:
        raise _no_object(str(error).partition(";")[0]) from None  # what follows is a remedy for programmers
    except RecursionError:
        raise _no_object("nested too deep") from None
    if end != len(bare):
        raise _no_object(f"it ends at its character {end}, and more follows")
    if not isinstance(record, dict):
        raise _no_object('it does not begin with "{"')
    return cast("dict[str, Any]", record)


def _no_object(why: str) -> ValueError:
    return ValueError(f'no JSON object ({why}); a line is one, as in {{"text": "…"}}')


def said_by(record: Mapping[str, Any]) -> Said:
    """What an object says: its `text`, in its `language` (or `lang`) where that is a code, its `rating` and its `nps`.

    A score is a number or a string of one; null and "" are none.

    Raises:
        ValueError: it has no text; the message says so, for the person.
    """
    text = record.get("text")
    if not isinstance(text, str):
        raise ValueError('a JSON line needs a "text" that is a string')  # noqa: TRY004 - of the line, not of us
    rating, no_rating = _score(record, "rating", 1, 5)
    nps, no_nps = _score(record, "nps", 0, 10)
    if nps is not None and not nps.is_integer():
        nps, no_nps = None, _is_no_score(record, "nps", "a whole number from 0 to 10")
    passage = Passage(storable(text), _language(record), rating, None if nps is None else int(nps))
    return Said(passage, no_rating or no_nps)


def _language(record: Mapping[str, Any]) -> str | None:
    stated = record.get("language") or record.get("lang")
    return language_code(stated) if isinstance(stated, str) else None


_NUMBER: Final = re.compile(r"\s*[0-9]+([.,][0-9]+)?\s*")


def _score(record: Mapping[str, Any], key: str, low: int, high: int) -> tuple[float | None, str]:
    """A number on a scale, or None, and what is wrong with it."""
    value = record.get(key)
    if value is None:
        return None, ""
    if isinstance(value, str):
        if not value.strip():
            return None, ""
        value = float(value.replace(",", ".")) if _NUMBER.fullmatch(value) else None
    if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
        return float(value), ""
    return None, _is_no_score(record, key, f"a number from {low} to {high}")


def _is_no_score(record: Mapping[str, Any], key: str, wanted: str) -> str:
    return f'"{key}" is {wanted}, or null; it says {excerpt(json.dumps(record[key], ensure_ascii=False), 40)}'


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number in JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{digits} is too large a number")
    return number


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)
