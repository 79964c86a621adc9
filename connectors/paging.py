"""Reads listings that come newest first, page by page, down to what is known: the same way for every such source."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from connectors.base import Ask, Page
from earful.clock import now
from earful.errors import SourceRefused
from earful.speech import _
from earful.text import digest
from earful.values import Cursor, Missed, MissedReason


@dataclass(frozen=True, slots=True)
class Batch:
    """One answer: its items, and what to ask for next; None when this was the last."""

    items: Sequence[Any]
    following: Any = None
    requests: int = 1
    missed: tuple[Missed, ...] = ()


@dataclass(frozen=True, slots=True)
class Stream:
    """One listing. `read` is given None first, then each time what `following` said."""

    name: str  #: for messages, and to know it again
    read: Callable[[Any], Batch]
    cap: int | None = None  #: items after which the source ends its listing, whatever there is
    window: bool = False  #: it shows a stretch of time only, so that it may be empty though it was not


@dataclass(frozen=True, slots=True)
class Look:
    """How to tell items apart, and when they are from (seconds since 1970; None: undated)."""

    name_of: Callable[[Any], str]
    time_of: Callable[[Any], float | None]


@dataclass(slots=True)
class _Progress:
    until: float
    newest: float
    seen: set[str] = field(default_factory=set)
    had: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    broken: bool = False  #: a stream ended where it should not have
    number: int = 0


def read_newest_first(
    ask: Ask,
    streams: Sequence[Stream],
    look: Look,
    *,
    overlap: timedelta,
    max_requests: int,
    first: timedelta | None = None,
) -> Iterator[Page]:
    """Read each stream down to known items, the first time `first` back; the last page carries the cursor.

    The cursor is the newest time seen and the streams that gave anything; other streams start from the beginning. One
    stream that is refused is told and the others are read; then, and when a stream broke off, the cursor stays where it
    was, so that the next read asks for all of it again.

    Raises:
        SourceIll: a stream is ill.
        SourceRefused: all streams are refused.
    """
    mark = digest(*(stream.name for stream in streams))
    cursor = ask.cursor if ask.cursor.get("asked") == mark else {}
    progress = _Progress(_until(ask, cursor, overlap, first), cursor.get("newest", 0))
    for stream in streams:
        try:
            yield from _pages(stream, look, progress, max_requests, cursor.get("had", ()))
        except SourceRefused as refused:
            progress.refused.append(str(refused))
            if len(progress.refused) == len(streams):
                raise
            progress.number += 1
            yield Page([], progress.number, missed=(Missed(refused.reason, f"{stream.name}: {refused}"),))
    yield Page([], progress.number + 1, 0, _moved(mark, progress))


def _until(ask: Ask, cursor: Cursor, overlap: timedelta, first: timedelta | None) -> float:
    if ask.since:
        return ask.since.timestamp()
    if cursor.get("newest"):
        return float(cursor["newest"]) - overlap.total_seconds()
    return (now() - first).timestamp() if first else 0


def _moved(mark: str, progress: _Progress) -> Cursor | None:
    if progress.refused or progress.broken:
        return None
    newest = min(progress.newest, now().timestamp())  # an item dated tomorrow must not hide those of today
    return {"asked": mark, "newest": newest, "had": progress.had}


def _pages(stream: Stream, look: Look, progress: _Progress, max_requests: int, had: Sequence[str]) -> Iterator[Page]:
    asked: list[Any] = [None]
    count, reached = 0, False
    while True:
        batch = stream.read(asked[-1])
        count += len(batch.items)
        reached = reached or _all_known(batch, look, progress.until)
        ended = reached or batch.following is None
        missed = () if ended else _stopped(stream, batch, asked, max_requests)
        if ended:
            missed = _at_end(stream, count, reached=reached, was_there=stream.name in had)
        yield _page(batch, look, progress, missed)
        if ended or missed:
            break
        asked.append(batch.following)
    if count:
        progress.had.append(stream.name)


def _stopped(stream: Stream, batch: Batch, asked: Sequence[Any], max_requests: int) -> tuple[Missed, ...]:
    if batch.following in asked:
        return (
            Missed(
                MissedReason.EMPTY, _("%(name)s goes round in a circle; older items are not read", name=stream.name)
            ),
        )
    if len(asked) >= max_requests:
        detail = _(
            "%(name)s: stopped after %(max_requests)s requests; older items are not read (raise max_requests)",
            name=stream.name,
            max_requests=max_requests,
        )
        return (Missed(MissedReason.CAP, detail),)
    return ()


def _at_end(stream: Stream, count: int, *, reached: bool, was_there: bool) -> tuple[Missed, ...]:
    if stream.cap and count >= stream.cap and not reached:
        return (
            Missed(
                MissedReason.CAP,
                _(
                    "%(name)s shows its newest %(most)s items only; read it more often",
                    name=stream.name,
                    most=stream.cap,
                ),
            ),
        )
    if was_there and not count and not stream.window:
        return (Missed(MissedReason.EMPTY, _("%(name)s is empty; the last time it was not", name=stream.name)),)
    return ()


def _all_known(batch: Batch, look: Look, until: float) -> bool:
    """Whether the whole page is older than what we know; single items may be out of order."""
    times = [look.time_of(item) for item in batch.items]
    return bool(until and times) and all(time is not None and time < until for time in times)


_UNREAD = frozenset({MissedReason.EMPTY, MissedReason.QUOTA, MissedReason.BLOCKED})
"""Why a listing ended before its time: what is behind may still be read the next time."""


def _page(batch: Batch, look: Look, progress: _Progress, missed: tuple[Missed, ...]) -> Page:
    fresh = []
    for item in batch.items:
        if (name := look.name_of(item)) not in progress.seen:
            progress.seen.add(name)
            fresh.append(item)
    progress.number += 1
    progress.broken |= any(each.reason in _UNREAD for each in (*batch.missed, *missed))
    progress.newest = max([progress.newest, *(look.time_of(item) or 0 for item in fresh)])
    repeated = len(batch.items) - len(fresh)
    return Page(fresh, progress.number, batch.requests, missed=(*batch.missed, *missed), repeated=repeated)
