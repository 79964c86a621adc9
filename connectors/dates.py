"""Reads the times that people and programs write, and refuses those that could mean two different days."""

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from earful.clock import from_epoch
from earful.speech import _

_DATES = ("%Y/%m/%d", "%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y", "%d-%b-%Y")
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_DAY_MONTH = re.compile(r"(\d{1,2})([/.\-])(\d{1,2})\2(\d{4}|\d{2})(?:([ T,]+)(\d.*))?")
_AFTER = r"(?: ?г\.?)?(?:[ T,]+(?:kl\.? )?(\d.*))?"  # a Bulgarian year's "г.", a Norwegian clock's "kl."
_DOTTED = re.compile(rf"(\d{{4}}|\d{{1,2}})\. ?(\d{{1,2}})\. ?(\d{{4}}|\d{{1,2}})\.?{_AFTER}")
_NAMED = re.compile(rf"(\d{{4}}|\d{{1,2}})\.? ([^\W\d_]{{3,}})\.? (\d{{4}}|\d{{1,2}})\.?{_AFTER}")
_NAMES = (
    "january januar januari január януари",
    "february februar februari február февруари",
    "march mars maret március март",
    "april április април",
    "may mai mei május май",
    "june juni június юни",
    "july juli július юли",
    "august agustus augusztus август",
    "september szeptember септември",
    "october oktober október октомври",
    "november ноември",
    "december desember декември",
)
_MONTHS = {  #: by each beginning of three letters or more; none is that of two
    name[:length]: month
    for month, names in enumerate(_NAMES, 1)
    for name in names.split()
    for length in range(3, len(name) + 1)
}
_DOTTED_CLOCK = re.compile(r"\d\d?\.\d\d(?:\.\d\d)?")
_ISO_DAY = re.compile(rf"(\d{{4}})-(\d\d)-(\d\d)[ T]({_DOTTED_CLOCK.pattern})")
_EPOCH = re.compile(r"(\d{9,10})(\d{3})?(?:\.\d+)?")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_ZONE = re.compile(r"(.*\d(?: ?[AP]M)?) (?:GMT|UTC)(?:([+-]\d{1,2})(?::?(\d\d))?)?", re.IGNORECASE)
_BLANKS = {0xA0: " ", 0x202F: " "}  # those at which no line breaks
_FIRST_YEAR, _LAST_YEAR = 1970, 2200


def parse_when(text: str, date_format: str | None = None, zone: ZoneInfo | None = None) -> datetime:
    """The moment a text names, in UTC; what names no zone is taken in `zone` (UTC when None).

    Without a `date_format` (as for `strptime`): ISO 8601, RFC 2822, seconds or milliseconds since 1970, names of months
    or three letters of them (English, Norwegian, Bulgarian, Indonesian, Hungarian), and numbers of which only one can
    be the day, or that dots part: where people write those, the day comes first (so in every locale of CLDR), or the
    year and then the month ("2026. 04. 03."). A clock may have dots as well; a date without one is its first moment.

    Raises:
        ValueError: the text names no moment, or could name two; says what to do.
    """
    text = text.strip()
    moment = _formatted(text, date_format) if date_format else _guessed(text.translate(_BLANKS))
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError(_('"%(text)s" would lie in the year %(year)s', text=text, year=moment.year))
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone or UTC)).astimezone(UTC)


def _formatted(text: str, date_format: str) -> datetime:
    try:
        return datetime.strptime(text, date_format)  # noqa: DTZ007 - the caller adds the zone
    except ValueError:
        raise ValueError(
            _('"%(text)s" is not written as date_format says (%(date_format)s)', text=text, date_format=date_format)
        ) from None


def _guessed(text: str) -> datetime:
    if match := _ISO_DAY.fullmatch(text):  # with dots the hours would be taken for seconds
        return _on(text, *match.groups())
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    if match := _EPOCH.fullmatch(text):
        return from_epoch(int(match[1]) + int(match[2] or 0) / 1000)
    if _SERIAL.fullmatch(text):
        raise ValueError(
            _('"%(text)s" looks like a spreadsheet\'s number of a day; export the column as a date', text=text)
        )
    if match := _ZONE.fullmatch(text):
        return _guessed(match[1]).replace(tzinfo=_offset(match[2] or "+0", match[3] or "0"))
    if (match := _DOTTED.fullmatch(text)) and _has_year(match):
        return _dotted(match)
    if (match := _NAMED.fullmatch(text)) and _has_year(match) and (month := _MONTHS.get(match[2].lower())):
        year, day = (match[1], match[3]) if len(match[1]) == 4 else (match[3], match[1])
        return _on(text, year, str(month), day, match[4])
    if match := _DAY_MONTH.fullmatch(text):
        return _one_day(match)
    return _internet(text) or _written(text, text)


def _offset(hours: str, minutes: str) -> timezone:
    east = timedelta(hours=abs(int(hours)), minutes=int(minutes))
    return timezone(-east if hours.startswith("-") else east)


def _on(said: str, year: str, month: str, day: str, clock: str | None) -> datetime:
    """The moment of a day and a clock, whose numbers dots may part, that stand in what was said."""
    clock = clock or ""
    told = clock.replace(".", ":") if _DOTTED_CLOCK.fullmatch(clock) else clock
    return _written(f"{year}/{month}/{day} {told}", said)


def _has_year(match: re.Match[str]) -> bool:
    return 4 in {len(match[1]), len(match[3])}


def _dotted(match: re.Match[str]) -> datetime:
    """A date with dots and a year of four digits, which stands first or last."""
    first, second, third, clock = match.groups()
    if len(first) == 4:
        return _on(match[0], first, second, third, clock)
    month, day = (first, second) if int(second) > 12 else (second, first)
    return _on(match[0], third, month, day, clock)


def _one_day(match: re.Match[str]) -> datetime:
    first, second, year = int(match[1]), int(match[3]), match[4]
    either = first <= 12 and second <= 12 and first != second
    if len(year) == 2 or either:
        ways = [_format(match, *order) for order in (("%d", "%m"), ("%m", "%d"))]
        raise ValueError(
            _(
                '"%(text)s" could mean two days; say which with date_format = "%(one)s" or "%(other)s"',
                text=match[0],
                one=ways[0],
                other=ways[1],
            )
        )
    month, day = (first, second) if second > 12 else (second, first)
    return _on(match[0], year, str(month), str(day), match[6])


def _format(match: re.Match[str], first: str, second: str) -> str:
    """The `date_format` that reads this very writing, with its clock where that is one we know."""
    date = match[2].join((first, second, "%Y" if len(match[4]) == 4 else "%y"))
    for clock in _CLOCKS[1:] if match[6] else ():
        form = date + match[5] + clock.strip()
        try:
            datetime.strptime(f"1{match[2]}1{match[2]}{match[4]}{match[5]}{match[6]}", form)  # noqa: DTZ007 - a trial
        except ValueError:
            continue
        return form
    return date


def _internet(text: str) -> datetime | None:
    """RFC 2822, as mail and feeds write it; None when it is not that, or names no zone."""
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else None


def _written(text: str, said: str) -> datetime:
    """The moment that a text with a month's name names, or one with the year first; an error quotes what was said."""
    plain = " ".join(re.sub(r"(?<=\d)(st|nd|rd|th)\b|,| at ", " ", text).split())
    for date in _DATES:
        for clock in _CLOCKS:
            try:
                return datetime.strptime(plain, date + clock)  # noqa: DTZ007 - the caller adds the zone
            except ValueError:
                continue
    raise ValueError(_('"%(text)s" is no date we know; say how dates are written with date_format', text=said))
