"""Where the configuration file sets a thing, so that a page can say so: the file stays the source of truth."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from earful.configfile import Configuration, Lines


def line_of(config: Configuration, place: Sequence[str | int]) -> int | None:
    """The line on which the file sets this key or table; None where it does not set it, or can't be read now."""
    try:
        changed = config.path.stat().st_mtime_ns
        return _lines(config.path, changed).exactly(place)
    except (OSError, UnicodeDecodeError):
        return None


@lru_cache(maxsize=4)
def _lines(path: Path, _changed: int) -> Lines:
    return Lines(path.read_text("utf-8-sig"))
