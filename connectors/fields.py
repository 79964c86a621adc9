"""Takes fields out of what a source sent, whatever it holds: the right kind of value, nothing, or a rejected record."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.dates import parse_when
from earful.clock import from_epoch
from earful.errors import SkipRecord
from earful.speech import _
from earful.text import digest, storable
from earful.values import Answer

Record = Mapping[str, Any]


def record(value: Any) -> Record:
    """The value as a record.

    Raises:
        SkipRecord: it is something else.
    """
    if not isinstance(value, dict):
        raise SkipRecord(_("it is no record with named fields"))
    return value


def inner(value: Any, name: str) -> Record:
    """The record within a record; an empty one when there is none. Never raises."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def text_of(value: Record, name: str) -> str:
    """A text field, storable; "" when it is absent.

    Raises:
        SkipRecord: it holds something else than text.
    """
    found = value.get(name)
    if found is not None and not isinstance(found, str):
        raise SkipRecord(_("its %(name)s is no text", name=name))
    return storable(found or "").strip()


def number_of(value: Record, name: str) -> int | None:
    """A whole number, or None. Never raises."""
    found = value.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def id_of(value: Record, name: str) -> str:
    """An id, as text.

    Raises:
        SkipRecord: there is none, or it is not made of letters, digits and the like.
    """
    found = value.get(name)
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    if not isinstance(found, str) or not found.strip() or len(found) > 500:
        raise SkipRecord(_("it has no %(name)s", name=name))
    return storable(found.strip())


def stars_of(value: Record, name: str) -> float:
    """Stars, 1 to 5.

    Raises:
        SkipRecord: it holds anything else.
    """
    found = number_of(value, name)
    if found is None or not 1 <= found <= 5:
        raise SkipRecord(_("its %(name)s is not 1 to 5 stars", name=name))
    return float(found)


def time_of(value: Record, name: str) -> datetime | None:
    """A time, given in ISO 8601 or in seconds since 1970; None when it is absent.

    Raises:
        SkipRecord: it is no time.
    """
    found = value.get(name)
    if found is None or found == "":
        return None
    try:
        if isinstance(found, str):
            return parse_when(found)
        if isinstance(found, int | float) and not isinstance(found, bool):
            return from_epoch(found)
    except ValueError as error:
        raise SkipRecord(_("its %(name)s can't be read: %(why)s", name=name, why=error)) from None
    raise SkipRecord(_("its %(name)s is no time", name=name))


def answer_of(value: Record, text: str, time: str) -> Answer | None:
    """The answer of the business in these fields; None where there is none, or none that can be read. Never raises."""
    try:
        said = text_of(value, text)
        return Answer(said, time_of(value, time)) if said else None
    except SkipRecord:
        return None  # it is beside what the customer said, which is whole


def seconds_of(value: Any, name: str) -> float | None:
    """The same in seconds since 1970, None when it is absent or no time. Never raises."""
    try:
        moment = time_of(value, name) if isinstance(value, dict) else None
    except SkipRecord:
        return None
    return moment.timestamp() if moment else None


def name_of(value: Any, name: str) -> str:
    """What tells a record from others: its id, or its whole content when it has none. Never raises."""
    found = value.get(name) if isinstance(value, dict) else None
    return str(found) if found else digest(repr(value))
