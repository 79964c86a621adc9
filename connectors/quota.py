"""How many requests a source still allows, as the headers of its answers tell. Pure.

`RateLimit-*` after the IETF's draft ("RateLimit header fields for HTTP"), and the `X-RateLimit-*` that came before it
and differ in what they call the end: seconds from now, seconds since 1970, or a time (Mastodon).
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from earful.clock import parse_iso
from earful.values import Quota

_PREFIXES = ("ratelimit-", "x-ratelimit-", "x-rate-limit-")
_SINCE_1970 = 1e9  # fewer seconds are counted from now
_LONGEST = timedelta(days=32)  # no quota lasts longer than a month; what says so is something else


def quota_of(headers: Mapping[str, str], now: datetime) -> Quota | None:
    """What is left of the quota; None where the headers, by lower-case name, do not tell."""
    for prefix in _PREFIXES:
        left = _whole(headers.get(f"{prefix}remaining"))
        if left is not None:
            return Quota(left, _whole(headers.get(f"{prefix}limit")), _until(headers.get(f"{prefix}reset"), now))
    return None


def _whole(said: str | None) -> int | None:
    """The number; "600, 600;w=900" says it first."""
    number = _number((said or "").partition(",")[0].partition(";")[0])
    return None if number is None or number < 0 else int(number)


def _number(said: str) -> float | None:
    try:
        number = float(said)
    except ValueError:
        return None
    return number if abs(number) < 1e15 else None  # which "nan" and "inf" are not


def _until(said: str | None, now: datetime) -> datetime | None:
    try:
        number = _number(said or "")
        if number is None:
            end = parse_iso(said or "")
        else:
            end = datetime.fromtimestamp(number, UTC) if number >= _SINCE_1970 else now + timedelta(seconds=number)
    except (ValueError, OverflowError, OSError):
        return None
    return end if now - _LONGEST < end < now + _LONGEST else None
