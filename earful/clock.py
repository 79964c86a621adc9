"""The one place that asks what time it is, and the one way times are read: aware, in UTC."""

from datetime import UTC, datetime

from earful.speech import _


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def from_epoch(seconds: float) -> datetime:
    """The moment that lies `seconds` after 1970-01-01 UTC.

    Raises:
        ValueError: the number is no time (NaN, infinite, or outside the years 1 to 9999).
    """
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError(_("%(seconds)s seconds is not a time", seconds=repr(seconds))) from error


def as_utc(moment: datetime) -> datetime:
    """The same moment in UTC.

    Raises:
        ValueError: the moment has no time zone; guessing one would invent a time.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    return moment.astimezone(UTC)


def parse_iso(text: str) -> datetime:
    """Read an ISO 8601 time; one without a zone is taken as UTC, a bare date as its first moment in UTC.

    Raises:
        ValueError: the text is no ISO 8601 time.
    """
    moment = datetime.fromisoformat(text.strip())
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
