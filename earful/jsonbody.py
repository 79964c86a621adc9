"""The JSON values of a body that somebody delivers: one object, a list of them, or one object a line."""

import json
import re
from typing import Any

# JSON Lines end in a line feed: U+2028, which `str.splitlines` takes for an end as well, may stand within a text.
_LINE_END = re.compile(r"\r\n|\n|\r")


class NotJson(ValueError):
    """A body can't be read; says where and why."""


class TooDeep(NotJson):
    """It is nested too deeply to be read."""


def values_in(body: str) -> list[Any]:
    """The values of a body, in order. Numbers with a point stay as they were written.

    Raises:
        NotJson: it is neither one JSON value nor one a line.
        TooDeep: it might be, but is nested too deeply.
    """
    try:
        value = _value(body)
    except TooDeep:
        raise
    except NotJson as error:
        return _lines(body, error)
    return value if isinstance(value, list) else [value]


def _lines(body: str, why: NotJson) -> list[Any]:
    values: list[Any] = []
    for number, line in enumerate(_LINE_END.split(body), 1):
        if line.strip():
            try:
                values.append(_value(line))
            except NotJson as error:
                raise (NotJson(f"line {number}: {error}") if values else why) from None
    return values


def _value(text: str) -> Any:
    try:
        return json.loads(text, parse_float=str, parse_constant=str)
    except RecursionError:
        raise TooDeep("it is nested too deeply") from None
    except ValueError as error:
        raise NotJson(str(error)) from None
