"""Parts a text into clauses, each with the names in it and what stands beside them."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise, zip_longest
from typing import Final, NamedTuple

from sentiment.cues import Cue, Cues, sentence
from sentiment.naming import Named, Span

COMPARED: Final = ("measure", "unlike", "than")  #: sections by which somebody is what others are held against
LOW: Final = ("left", "beaten")  #: sections by which somebody comes second
HIGH: Final = ("joined", "preferred")  #: sections by which somebody comes first
_WITH_US: Final = {"left", "preferred"}  #: sections that say of others something about us only where we are named too
_FEWEST: Final = 1  #: words that a clause must have beside names; "Brygvell, Tazzorin: all the same" is one clause
_NEAR: Final = 40  #: characters between two names that may stand in a row
_FAR: Final = 80  #: characters before a name in which an "and" may begin its clause
_WORD: Final = re.compile(r"\w+")
_SAYING: Final = re.compile(r"[^\W\d_]")
_VOWEL: Final = re.compile("[aáeéiíoóöőuúüű]")


class Row(NamedTuple):
    """Names in a row, as in "Brygvell and the Tazzorin", with what stands beside them."""

    start: int
    end: int
    ours: bool
    cues: dict[str, Cue]  #: by section

    @property
    def held(self) -> Span:
        """Where it stands with the words that hold others against it: "than the Tazzorin"."""
        return min([self.start, *(self.cues[name].start for name in COMPARED if name in self.cues)]), self.end

    def standing(self) -> tuple[int, str]:
        """1: it wins or is gone to, -1: it loses or is left; and the section that says so. 0: none does."""
        for sections, sign in ((LOW, -1), (HIGH, 1)):
            for section in sections:
                if cue := self.cues.get(section):
                    return -sign if cue.turned else sign, section
        return 0, ""


class Clause(NamedTuple):
    """A clause of a text, and the names that begin in it."""

    start: int
    end: int
    rows: Sequence[Row]


def clauses(text: str, names: Sequence[Named], cues: Cues) -> Iterator[Clause]:
    """The clauses of a text, all of it in order; one of too few words beside names goes with the next."""
    rows = _rows(text, names, cues)
    held, starts = [row.held for row in rows], [row.start for row in rows]
    begun = 0
    for start, end in pairwise(_edges(text, rows, cues)):
        inside = held[bisect_left(held, (start,)) : bisect_left(held, (end,))]
        words = len(_WORD.findall(text, start, end)) - sum(len(_WORD.findall(text, *one)) for one in inside)
        if words >= _FEWEST or end == len(text):
            yield Clause(begun, end, rows[bisect_left(starts, begun) : bisect_left(starts, end)])
            begun = end


def _rows(text: str, names: Sequence[Named], cues: Cues) -> list[Row]:
    """The names, those together that stand in a row."""
    groups: list[list[Named]] = []
    for one, after in zip_longest(names, names[1:]):
        if groups and _in_a_row(text, groups[-1][-1], one, after, cues):
            groups[-1].append(one)
        else:
            groups.append([one])
    ends = [0, *(group[-1].end for group in groups)]
    starts = [*(group[0].start for group in groups), len(text)][1:]
    us = any(one.ours for one in names)
    return [_row(text, *each, cues, us=us) for each in zip(groups, ends, starts, strict=False)]


def _in_a_row(text: str, one: Named, other: Named, after: Named | None, cues: Cues) -> bool:
    """Whether a name stands in a row with the one before it; a comma is enough where another "and" follows."""
    joint = _joint(text, one, other, cues)
    if joint is None or joint["and"] or not joint["comma"]:
        return joint is not None and bool(joint["and"])
    following = _joint(text, other, after, cues) if after else None
    return following is not None and bool(following["and"])


def _joint(text: str, one: Named, other: Named, cues: Cues) -> re.Match[str] | None:
    """What stands between two names that may stand in a row, which are of one case."""
    if other.start - one.end > _NEAR or (one.ending and other.ending and _case(one) != _case(other)):
        return None
    return cues.joining.fullmatch(text, one.end, other.start)


def _case(name: Named) -> str:
    """The ending of a name without its vowels, which follow those of the name: "nál" and "nél" are one case."""
    return _VOWEL.sub("", name.ending)


def _row(text: str, names: Sequence[Named], before: int, after: int, cues: Cues, *, us: bool) -> Row:
    """Names in a row, with what stands beside them; other names end at `before` and begin at `after`."""
    start, stop = sentence(text, names[-1].end)
    row = Row(names[0].start, names[-1].end, any(one.ours for one in names), {})
    for section in (*COMPARED, *LOW, *HIGH, "from", "to"):
        first = max(start, before) if section in COMPARED else start
        cue = cues.beside(section, text, names, (first, min(stop, after)))
        if cue and _tells(section, cue, row, us=us or row.ours):
            row.cues[section] = cue
    return row


def _tells(section: str, cue: Cue, row: Row, *, us: bool) -> bool:
    """Whether what stands beside names can be meant of them, and be about us.

    Of "cheaper than X and lasts better", "better" is not meant of X. Where we are not named, "instead of X" can be
    about us, but "X lost" can't.
    """
    follows = cue.start == row.start and section in {*LOW, *HIGH}
    if follows and not row.cues.keys().isdisjoint(COMPARED):
        return False
    return us or (section not in _WITH_US and not (section == "beaten" and follows))


def _edges(text: str, rows: Sequence[Row], cues: Cues) -> list[int]:
    """Where clauses begin or end, never between a name and what compares it, which may follow a comma as well."""
    marks = {match.end() for match in cues.borders.finditer(text)}
    for one, other in pairwise(rows):
        if one.ours != other.ours:
            marks.update(_and(text, one, other, cues))
    for row in rows:
        for start, end in (row.held, *((cue.start, cue.end) for cue in row.cues.values())):
            marks.difference_update(range(start + 1, end + 1))
        start, _ = row.held
        if start < row.start and text[max(start - _NEAR, 0) : start].rstrip().endswith(","):
            marks.discard(start)
    return sorted({0, *marks, len(text)})


def _and(text: str, one: Row, other: Row, cues: Cues) -> list[int]:
    """Where the last "and" between two names begins, with something said before it.

    Not one that joins a name to what compares it, as in "better than X and than Y".
    """
    begun = min([other.start, *(cue.start for cue in other.cues.values())])
    found = list(cues.one_of("and").finditer(text, max(one.end, other.start - _FAR), begun))
    if not found or not _SAYING.search(text, one.end, found[-1].start()):
        return []
    joins = begun < other.start and not text[found[-1].end() : begun].strip()
    return [] if joins else [found[-1].start()]
