"""What a page's address asks for, read into filters and written back, so that every list can be kept as a link."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, TypeVar
from urllib.parse import urlencode

from fastapi import Path, Query
from pydantic import Field

from earful.errors import nearest
from earful.speech import _
from earful.text import storable
from earful.values import Label, Severity
from models.heard import MentionFilter
from models.place import MentionPlace, Place
from models.queue import CaseFilter, View

Word = TypeVar("Word", bound=StrEnum)
Parsed = TypeVar("Parsed")
LONGEST = 200  # characters of one filter
LARGEST_ID = 2**53  # the largest whole number that every JSON reader keeps exact
AGES = {"1d": 1, "3d": 3, "7d": 7, "30d": 30}  #: days since a case was opened

RowId = Annotated[int, Path(ge=1, le=LARGEST_ID)]  #: the id of a row, as a part of an address
AskedId = Annotated[int, Query(ge=1, le=LARGEST_ID)]  #: … as something that an address asks for
Version = Annotated[int, Field(ge=0, le=LARGEST_ID)]  #: how often a row had changed when a form was made


class Unreadable(Exception):
    """The address or the form holds something that makes no sense; says what."""


#: The filters of the queue, in the order in which an address names them.
CASE_KEYS = ("brand", "source", "severity", "language", "label", "theme", "assignee", "age", "like", "q")
MENTION_KEYS = ("brand", "source", "label", "language", "q")


@dataclass(frozen=True, slots=True)
class QueueAsked:
    """A view of the queue with its filters and the place it begins after."""

    view: View
    filter: CaseFilter
    after: Place | None
    values: Mapping[str, str]  #: the filters that are set, as the address has them
    seen: int = 0  #: the newest case when the list was begun: later ones wait until they are asked for; 0: none do

    def query(self, **changed: str) -> str:
        """This view's query string, `?…`; a change to "" leaves that part out."""
        return query_string({"view": self.view.value, **self.values, "seen": str(self.seen or ""), **changed})

    @property
    def fresh(self) -> str:
        """The query string of this view as a new list, with what came since."""
        return self.query(seen="")

    @property
    def here(self) -> str:
        """The query string of this very page of the list."""
        return self.query(after=str(self.after or ""))


@dataclass(frozen=True, slots=True)
class MentionsAsked:
    """A list of mentions with its filters and the place it begins after."""

    filter: MentionFilter
    after: MentionPlace | None
    values: Mapping[str, str]

    def query(self, **changed: str) -> str:
        """This list's query string."""
        return query_string({**self.values, **changed})

    @property
    def here(self) -> str:
        """The query string of this very page of the list."""
        return self.query(after=str(self.after or ""))


def queue_asked(parameters: Mapping[str, str], now: datetime) -> QueueAsked:
    """Read the queue's address; ages count from `now`.

    Raises:
        Unreadable: a word in it is none of those there are.
    """
    values = _values(parameters, CASE_KEYS)
    wanted = CaseFilter(
        brand=values.get("brand"),
        source=values.get("source"),
        severity=_word(Severity, "severity", values.get("severity")),
        language=values.get("language"),
        label=_word(Label, "label", values.get("label")),
        assignee=values.get("assignee"),
        theme=values.get("theme"),
        opened_from=_opened_from(values.get("age"), now),
        alike=_number("like", values.get("like")),
        text=values.get("q", ""),
    )
    view = _word(View, "view", parameters.get("view")) or View.OPEN
    seen = _number("seen", parameters.get("seen")) or 0
    return QueueAsked(view, wanted, _after(Place.parse, parameters), values, seen)


def mentions_asked(parameters: Mapping[str, str]) -> MentionsAsked:
    """Read the address of the mentions page.

    Raises:
        Unreadable: a word in it is none of those there are.
    """
    values = _values(parameters, MENTION_KEYS)
    label = _word(Label, "label", values.get("label"))
    wanted = MentionFilter(
        values.get("brand"), values.get("source"), label, values.get("language"), values.get("q", "")
    )
    return MentionsAsked(wanted, _after(MentionPlace.parse, parameters), values)


def _values(parameters: Mapping[str, str], keys: tuple[str, ...]) -> dict[str, str]:
    trimmed = {key: storable(parameters.get(key, "")).strip()[:LONGEST] for key in keys}
    return {key: value for key, value in trimmed.items() if value}


def _word(words: type[Word], key: str, value: str | None) -> Word | None:
    if not value:
        return None
    try:
        return words(value)
    except ValueError as error:
        valid = [word.value for word in words]
        raise Unreadable(
            _("there is no %(key)s “%(value)s”", key=key, value=value[:40]) + nearest(value, valid)
        ) from error


def _opened_from(age: str | None, now: datetime) -> datetime | None:
    if not age:
        return None
    if age not in AGES:
        raise Unreadable(
            _("there is no %(key)s “%(value)s”; there are: %(valid)s", key="age", value=age[:40], valid=", ".join(AGES))
        )
    # To the minute, so that a count under it can be remembered for a moment.
    return now.replace(second=0, microsecond=0) - timedelta(days=AGES[age])


def _number(key: str, value: str | None) -> int | None:
    if not value:
        return None
    if not (value.isascii() and value.isdecimal() and len(value) < 16):
        raise Unreadable(_("%(key)s is a number, not “%(value)s”", key=key, value=value[:40]))
    return int(value)


def _after(parse: Callable[[str], Parsed], parameters: Mapping[str, str]) -> Parsed | None:
    place = parameters.get("after")
    if not place:
        return None
    try:
        return parse(place)
    except ValueError as error:
        raise Unreadable(_("the address names a place that no list has; begin at its top")) from error


def query_string(parts: Mapping[str, str]) -> str:
    """What is set of these, as the end of an address: "?…", or "" for nothing."""
    kept = {key: value for key, value in parts.items() if value}
    return f"?{urlencode(kept)}" if kept else ""
