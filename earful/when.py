"""Reads how far back to look, as a person writes it."""

from datetime import datetime

from earful import clock
from earful.errors import ConfigError
from earful.settings import parse_duration


def back_to(text: str | None, now: datetime) -> datetime | None:
    """The moment that `2026-11-01`, `2026-11-01T08:00` (UTC) or `7d` (back from `now`) means; None for None.

    Raises:
        ConfigError: it means no moment.
    """
    if text is None:
        return None
    try:
        length = parse_duration(text)
        return now - length
    except (ValueError, OverflowError):
        pass
    try:
        return clock.parse_iso(text)
    except (ValueError, OverflowError):
        raise ConfigError(
            f'since: "{text}" is no time; write 2026-11-01, 2026-11-01T08:00 or a length like 7d'
        ) from None
