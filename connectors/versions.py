"""Tells newer versions of an item in an export from rows of other people that only share its id."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from earful.speech import N_, _
from earful.values import FoundMention, Missed, MissedReason, SourceState

#: The same words wherever the row stands: a record that can't be used is known by its reason and its text.
ANOTHERS = N_("it has the id of an earlier row, but another author and another text: is `id` really an id?")


class Origin(NamedTuple):
    """Whose the rows of one id are, and which of them is the newest. Names and words are kept as hashes only."""

    line: int  #: of the first usable row; of the first that names an author, where one does
    author: int | None
    words: int
    newest: int  #: line of the last version


@dataclass(frozen=True, slots=True)
class Versions:
    """The rows of an export that share their ids, and what is to be told of them."""

    origins: Mapping[str, Origin] = field(default_factory=dict)  #: by id, of ids that several rows have
    missed: tuple[Missed, ...] = ()
    notes: tuple[str, ...] = ()

    def others(self, line: int, found: FoundMention) -> int:
        """The line of the row whose id this one has, when that is somebody else's; else 0."""
        origin = self.origins.get(found.external_id)
        return origin.line if origin and line > origin.line and _is_anothers(origin, found) else 0

    def is_older(self, line: int, found: FoundMention) -> bool:
        """Whether a newer version of the item follows."""
        origin = self.origins.get(found.external_id)
        return origin is not None and line < origin.newest

    def untold(self) -> "Versions":
        """The same for a page that leaves the telling to the last one."""
        return replace(self, missed=(), notes=())


def versions(usable: Iterable[tuple[int, FoundMention]], rows: int, place: str = "") -> Versions:
    """What the usable rows of shared ids, by their lines, are to each other; `rows` counts all that have an id.

    A row that has another author than the first of its id, and another text, is somebody else's. Where no authors are
    known nobody can tell: it counts as a newer version, and that is told.
    """
    origins: dict[str, Origin] = {}
    others = unsure = 0
    for line, found in usable:
        key, before = found.external_id, origins.get(found.external_id)
        author, words = _author(found), _words(found)
        if before is None:
            origins[key] = Origin(line, author, words, line)
        elif _is_anothers(before, found):
            others += 1
        else:
            may_be = words != before.words and None in {author, before.author}
            unsure += may_be and found.state is not SourceState.DELETED
            first = Origin(line, author, words, line) if before.author is None and author is not None else before
            origins[key] = first._replace(newest=line)
    if 2 * (others + unsure) > rows:
        said = _(
            "%(count)s of %(rows)s rows have the id of an earlier row, and another text: is `id` really an id? "
            "If not, map no column to it",
            count=others + unsure, rows=rows,
        )  # fmt: skip
        return Versions(origins, missed=(Missed(MissedReason.UNREADABLE, place + said),))
    said = _("rows with the id of an earlier row, each taken for its newer version: %(count)s", count=unsure)
    return Versions(origins, notes=(place + said,) if unsure else ())


def _is_anothers(origin: Origin, found: FoundMention) -> bool:
    author = _author(found)
    return None not in {author, origin.author} and author != origin.author and _words(found) != origin.words


def _author(found: FoundMention) -> int | None:
    name = " ".join((found.author or "").casefold().split())
    return hash(name) if name and found.state is not SourceState.DELETED else None


def _words(found: FoundMention) -> int:
    """What was said; of stars alone, how many."""
    said = (" ".join(found.title.split()), " ".join(found.text.split()))
    return hash(said if any(said) else (found.rating, found.nps))
