"""Decides, without touching the database, what a page of found mentions means for what is stored.

Each found item becomes one change: `Insert` (not seen before), `Update` (its text was edited), `Same`, `Vanished` (its
author or the source took it away), or `Repeat` (this very run has seen it already).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from earful.text import digest
from earful.values import FoundMention, SourceState


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored of an item, as far as deciding needs it."""

    mention_id: int
    digest: str
    run_id: int
    deleted: bool


@dataclass(frozen=True, slots=True)
class Insert:
    """An item that was never seen before. Already deleted, it leaves a bare row: counted, nothing kept."""

    found: FoundMention
    digest: str


@dataclass(frozen=True, slots=True)
class Update:
    """A known item whose text, title or rating was edited."""

    found: FoundMention
    digest: str


@dataclass(frozen=True, slots=True)
class Same:
    """A known item, as it was."""

    found: FoundMention


@dataclass(frozen=True, slots=True)
class Vanished:
    """A known item that is gone at its source: its text, author and reading go too."""

    found: FoundMention


@dataclass(frozen=True, slots=True)
class Repeat:
    """An item that this run has already counted, or an older version of one that the same page holds."""

    found: FoundMention


Change = Insert | Update | Same | Vanished | Repeat


def content_digest(found: FoundMention) -> str:
    """The fingerprint of what an edit would change: title, text, rating, score; a deleted item has one of its own."""
    if found.state is SourceState.DELETED:
        return digest("deleted")
    return digest(found.title, found.text, found.rating, found.nps)


def plan(page: Sequence[FoundMention], known: Mapping[str, Known], run_id: int) -> list[Change]:
    """One change for each found item, in order; `known` maps external ids to what is stored of them.

    Where a page holds an item more than once, its last version counts and the others are repeats: an export that lists
    an edit after the original must not undo and redo that edit each time it is read.
    """
    last = {found.external_id: place for place, found in enumerate(page)}
    return [
        _change(found, content_digest(found), known.get(found.external_id), run_id)
        if last[found.external_id] == place
        else Repeat(found)
        for place, found in enumerate(page)
    ]


def _change(found: FoundMention, mark: str, before: Known | None, run_id: int) -> Change:
    if before is None:
        return Insert(found, mark)
    if before.digest == mark:
        return Repeat(found) if before.run_id == run_id else Same(found)
    if found.state is SourceState.DELETED:
        return Vanished(found)
    return Update(found, mark)
