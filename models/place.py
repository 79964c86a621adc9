"""Where a page of a list ended, so that the next one begins right after it; written in addresses."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Tuple, literal, tuple_
from sqlalchemy.types import TypeEngine

from earful.clock import from_epoch
from earful.values import SEVERITIES, Severity


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of cases ended; the next one begins after it."""

    severity: Severity
    opened_at: datetime
    id: int

    def __str__(self) -> str:
        return f"{SEVERITIES.index(self.severity)}.{_micros(self.opened_at)}.{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Place":
        """Read what `str()` wrote.

        Raises:
            ValueError: it is none.
        """
        rank, micros, key = _numbers(text, 3)
        if not 0 <= rank < len(SEVERITIES):
            raise ValueError(f"{text!r} is no place in the queue")
        return cls(SEVERITIES[rank], _moment(micros), key)


@dataclass(frozen=True, slots=True)
class MentionPlace:
    """Where a page of mentions ended."""

    published_at: datetime
    id: int

    def __str__(self) -> str:
        return f"{_micros(self.published_at)}.{self.id}"

    @classmethod
    def parse(cls, text: str) -> "MentionPlace":
        """Read what `str()` wrote.

        Raises:
            ValueError: it is none.
        """
        micros, key = _numbers(text, 2)
        return cls(_moment(micros), key)


def _micros(moment: datetime) -> int:
    # Whole numbers: a float of seconds would lose microseconds, and a page would then repeat or skip a row.
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _moment(micros: int) -> datetime:
    try:
        return _EPOCH + timedelta(microseconds=micros)
    except OverflowError as error:
        raise ValueError(f"{micros} microseconds is no time") from error


def _numbers(text: str, count: int) -> list[int]:
    parts = text.split(".")
    if len(parts) != count or not all(_NUMBER.fullmatch(part) for part in parts):
        raise ValueError(f"{text!r} is no place in a list")
    return [int(part) for part in parts]


_EPOCH = from_epoch(0)
_NUMBER = re.compile(r"-?[0-9]{1,18}")


def values(types: Sequence[TypeEngine[Any]], *given: object) -> Tuple:
    """The values as a row that a row of columns can be compared with."""
    return tuple_(*(literal(value, kind) for value, kind in zip(given, types, strict=True)))
