"""Reads how far back to look, as a person writes it."""

from datetime import datetime

from earful import clock
from earful.errors import ConfigError
from earful.settings import parse_duration


def read_back_to(text: str | None) -> datetime | None:
    """The moment that `2026-11-01`, `2026-11-01T08:00` (UTC) or `7d` (back from now) means; None for None or "".

    Raises:
        ConfigError: it means no moment.
    """
    if not text:
        return None
    try:
        return clock.now() - parse_duration(text)
    except ValueError:
        pass
    try:
        return clock.parse_iso(text)
    except ValueError as error:
        raise ConfigError(f'since: "{text}" is no time; write 2026-11-01 or a length like 7d') from error
