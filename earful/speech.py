"""Fixed words, dates and numbers in the reader's language: English, unless a page is for somebody who reads another.

A message stands in English where it is said, its values by name: `_("%(name)s has this case", name=assignee)`. Which
catalogue it is looked up in, the inbox decides for each request; a command speaks English.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from functools import lru_cache
from gettext import NullTranslations
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from babel.core import Locale

Key = TypeVar("Key")

_IN_CONTEXT = "\x04"  # stands between context and message, as in gettext's own files


@dataclass(slots=True)
class Speech:
    """How one reader is spoken to."""

    locale: str = "en_GB"  #: as CLDR names it: the language, and whose dates and numbers
    catalogue: NullTranslations = field(default_factory=NullTranslations)
    zone: ZoneInfo | None = None  #: None: times are in the brand's zone

    def become(self, other: "Speech") -> None:
        """Go on like the other one, for whoever holds this one already."""
        self.locale, self.catalogue, self.zone = other.locale, other.catalogue, other.zone

    @property
    def tag(self) -> str:
        """The language as a `lang` attribute has it."""
        return self.locale.partition("_")[0]


_ENGLISH = Speech()
_CURRENT: ContextVar[Speech] = ContextVar("speech")


def speech() -> Speech:
    """How whoever reads this is spoken to."""
    return _CURRENT.get(_ENGLISH)


def speak(way: Speech) -> None:
    """From here on, in this context, speak like this."""
    _CURRENT.set(way)


@contextmanager
def speaking(way: Speech) -> Iterator[None]:
    """Within it, speak like this."""
    before = _CURRENT.set(way)
    try:
        yield
    finally:
        _CURRENT.reset(before)


# ---------------------------------------------------------------------------------------------------------- words


def _(message: str, **values: object) -> str:
    """The message in the reader's language, its values filled in."""
    said = speech().catalogue.gettext(message)
    return said % values if values else said


def ngettext(one: str, many: str, count: int, **values: object) -> str:
    """The message in the form for so many; `%(num)s` is the count, written as the reader writes numbers."""
    said = speech().catalogue.ngettext(one, many, count)
    return said % {"num": number(count), **values}


def pgettext(context: str, message: str, **values: object) -> str:
    """The message where the same English words mean something else elsewhere."""
    said = speech().catalogue.pgettext(context, message)
    return said % values if values else said


def N_(message: str) -> str:  # noqa: N802 - the name gettext's tools look for
    """Mark a message that is looked up later."""
    return message


def NP_(context: str, message: str) -> str:  # noqa: N802 - as N_, with a context
    """Mark a message that is looked up later, in its context."""
    return f"{context}{_IN_CONTEXT}{message}"


def NN_(one: str, many: str) -> tuple[str, str]:  # noqa: N802 - as N_, with a plural
    """Mark a message with a plural that is looked up later, by `ngettext(*marked, count)`."""
    return one, many


def said(marked: str) -> str:
    """What `N_` or `NP_` marked, in the reader's language."""
    context, found, message = marked.partition(_IN_CONTEXT)
    return pgettext(context, message) if found else _(marked)


class Said(Mapping[Key, str]):
    """Marked messages by key, each in the reader's language when it is looked up."""

    def __init__(self, marked: Mapping[Key, str]) -> None:
        self._marked = dict(marked)

    def __getitem__(self, key: Key) -> str:
        return said(self._marked[key])

    def __iter__(self) -> Iterator[Key]:
        return iter(self._marked)

    def __len__(self) -> int:
        return len(self._marked)


# ---------------------------------------------------------------------------------------------- numbers and times
# CLDR has the dates and numbers of all languages, but short spans only of some, and "3m" may be months; so spans are
# messages. Babel is imported late, as most commands need none of it, and asked once for what every row of a list says.


def number(value: float) -> str:
    """A number with the reader's separators, at most three decimals."""
    return _number(value, speech().locale)


@lru_cache(maxsize=10_000)
def _number(value: float, locale: str) -> str:
    from babel.numbers import format_decimal

    return str(format_decimal(value, locale=locale))


def signed(value: float) -> str:
    """A number with its sign and two decimals: "+0.52"."""
    from babel.numbers import format_decimal

    return str(format_decimal(value, "+0.00;−0.00", locale=speech().locale))


def percent(share: float) -> str:
    """A share of 0..1 in percent, without decimals."""
    from babel.numbers import format_percent

    return format_percent(share, locale=speech().locale)


def long_day(day: date) -> str:
    """A day with its weekday: "Wednesday, 4 March 2026"."""
    from babel.dates import format_date

    return format_date(day, "full", speech().locale)


def moment(local: datetime) -> str:
    """A day and time: "4 Mar 2026, 13:00"."""
    return _day_and_time(local, "medium")


def long_moment(local: datetime) -> str:
    """A day and time with weekday and zone: "Wednesday, 4 March 2026, 13:00 CET"."""
    return f"{_day_and_time(local, 'full')} {local.tzname() or ''}".strip()


def _day_and_time(local: datetime, length: str) -> str:
    locale = speech().locale
    day, time = _day(local.date(), length, locale), _time(local.hour, local.minute, locale)
    return str(_locale(locale).datetime_formats["medium"]).format(time, day)


@lru_cache(maxsize=10_000)
def _day(day: date, length: str, locale: str) -> str:
    from babel.dates import format_date

    return format_date(day, length, _locale(locale))


@lru_cache(maxsize=10_000)
def _time(hour: int, minute: int, locale: str) -> str:
    from babel.dates import format_time

    return format_time(clock_time(hour, minute), "short", locale=_locale(locale))


@lru_cache
def _locale(name: str) -> "Locale":
    from babel.core import Locale

    return Locale.parse(name)


def short_day(day: date) -> str:
    """A day: "4 Mar 2026"."""
    from babel.dates import format_date

    return format_date(day, "medium", speech().locale)


def listed(names: Sequence[str]) -> str:
    """Names as a list: "A, B and C"."""
    from babel.lists import format_list

    return format_list(list(names), locale=speech().locale)


def either(names: Sequence[str]) -> str:
    """Names of which one is meant: "A, B or C"."""
    from babel.lists import format_list

    return format_list(list(names), "or", locale=speech().locale)


def weight(value: float) -> str:
    """A weight with its sign and no more decimals than it needs: "+3", "−1.5", "0"."""
    from babel.numbers import format_decimal

    return str(format_decimal(value, "+0.##;−0.##" if value else "0", locale=speech().locale))


def language(code: str) -> str | None:
    """The name of a language; None where CLDR has none."""
    return _locale(speech().locale).languages.get("no" if code == "nb" else code)


_SPANS = (
    (timedelta(days=1), N_("%(num)s d")),
    (timedelta(hours=1), N_("%(num)s h")),
    (timedelta(minutes=1), N_("%(num)s min")),
)


def span(length: timedelta) -> str:
    """A length of time in its largest unit: "3 d", "5 h", "12 min", "under 1 min"."""
    for unit, said_so in _SPANS:
        if length >= unit:
            return _(said_so, num=number(length // unit))
    return _("under 1 min")


def whole_span(length: timedelta) -> str:
    """A length of time with nothing left out, to the minute: "1 d 12 h"."""
    parts = []
    for unit, said_so in _SPANS:
        count, length = divmod(length, unit)
        if count:
            parts.append(_(said_so, num=number(count)))
    return " ".join(parts) or _("under 1 min")


def weekday(day: int) -> str:
    """The name of a day of the week, from 0 for Monday."""
    return str(_locale(speech().locale).days["stand-alone"]["wide"][day])


def clock(time: clock_time) -> str:
    """A time of day, as the language writes it: "17:00"."""
    return _time(time.hour, time.minute, speech().locale)


def ago(length: timedelta) -> str:
    """How long ago, as people say it: "20 s ago", "3 min ago", "2 days ago"."""
    if length >= timedelta(days=1):
        return ngettext("%(num)s day ago", "%(num)s days ago", length.days)
    if length >= timedelta(hours=1):
        return _("%(num)s h ago", num=length // timedelta(hours=1))
    if length >= timedelta(minutes=1):
        return _("%(num)s min ago", num=length // timedelta(minutes=1))
    if length >= timedelta(seconds=1):
        return _("%(num)s s ago", num=length // timedelta(seconds=1))
    return _("just now")
