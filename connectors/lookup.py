"""Looks again at items by their ids, the same way for every source that can: nothing is taken for deleted on a guess.

ids ──> as many as one request takes ──> what the source still has ──> the rest is `Gone`, unless it is all of them
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.base import Gone, Page
from earful.errors import SourceError
from earful.speech import _
from earful.values import Missed, MissedReason

MOST_FAILURES = 3  # in a row; then it is not the item


@dataclass(frozen=True, slots=True)
class Held:
    """What a source answered for the items it was asked for."""

    items: Mapping[str, Any]  #: those that it still has, by id, as its `parse` takes them
    requests: int = 1
    unsaid: Collection[str] = ()  #: those it can say nothing of: they are no more gone than before
    missed: tuple[Missed, ...] = ()  #: why the answer is not whole: nothing is taken for gone then


def look_up(ids: Sequence[str], size: int, ask: Callable[[Sequence[str]], Held]) -> Iterator[Page]:
    """Ask for so many items at a time; what a whole answer does not hold is gone.

    When a source has none of several, that is rather its mistake than everybody's wish: nothing is believed. A request
    that fails is told and the next one is made, so that one item that the source trips over hides no other.

    Raises:
        SourceError: as `ask`, when it fails three times in a row, or asks us to wait, or never succeeds.
    """
    wanted, row, answered = list(dict.fromkeys(ids)), 0, False
    for number, start in enumerate(range(0, len(wanted), size), 1):
        some = wanted[start : start + size]
        try:
            held, row, answered = ask(some), 0, True
        except SourceError as error:
            row, held = row + 1, Held({}, 0, some, (_failure(error),))
            if row == MOST_FAILURES or getattr(error, "retry_after", None) is not None:
                raise
            failed = error
        yield _page(number, some, held)
    if row and not answered:
        raise failed


def _failure(error: SourceError) -> Missed:
    return Missed(error.reason, str(error))


def _page(number: int, some: Sequence[str], held: Held) -> Page:
    asked = [each for each in some if each not in held.unsaid]
    missed = held.missed or _none_of(asked, held.items)
    gone = [] if missed else [Gone(each) for each in asked if each not in held.items]
    items = [held.items[each] for each in asked if each in held.items]
    return Page([*items, *gone], number, held.requests, missed=missed)


def _none_of(asked: Sequence[str], items: Collection[str]) -> tuple[Missed, ...]:
    if items or len(asked) < 2:
        return ()
    said = _(
        "the source has none of %(count)s items; nothing was taken as deleted, they are asked for again next time",
        count=len(asked),
    )
    return (Missed(MissedReason.EMPTY, said),)
