"""Toward whom: which clauses of a text are about somebody else than the brand that it is read for."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

Span = tuple[int, int]  #: first character and the one after the last

_BORDER: Final = re.compile(
    r"(?<=[.!?…;:,])\s+|\n+|(?<!\s)\s+[–—-]+\s+"
    r"|(?<!\s)\s+(?=(?:but|however|while|whereas|men|mens|imens|derimot|но|обаче|докато|tapi|tetapi|namun|sedangkan|viszont"
    r"|azonban|míg|aber|während|mais|pero|mas)\b)",
    re.IGNORECASE,
)
"""Where one clause ends and the next begins: marks, dashes and words of contrast in the languages we read best."""

_COMPARING: Final = re.compile(
    r"\b(?:than|unlike|like|versus|vs|compared|enn|som|liksom|end|än|sammenlignet|motsetning|отколкото|сравнение|разлика"
    r"|като|daripada|dibanding\w*|ketimbang|seperti|mint|ellentétben|képest|als|wie|que)\b|\bпо-\w+|\w+(?:nál|nél)\b",
    re.IGNORECASE,
)
"""Words that hold one thing against another: who is named beside them is the measure, not the matter."""

_FEWEST: Final = 1  #: words that a clause must have beside names; "Brygvell, Tazzorin: all the same" is one clause
_WORD: Final = re.compile(r"\w+")


def aside(text: str, ours: Sequence[Span], theirs: Sequence[Span]) -> list[Span]:
    """The clauses about others, in order; none where a text is about us, about all alike, or wholly about others.

    A clause is about whom it names, one that names nobody about whom the one before it was, and the first about us.
    What only compares us with others is about us.

    Args:
        text: the whole text.
        ours: where the names of the brand stand, in order.
        theirs: where the names of others stand, in order; without them nothing is aside.
    """
    if not theirs:
        return []
    found: list[Span] = []
    about_us = True
    clauses = list(_clauses(text, sorted([*ours, *theirs])))
    for clause in clauses:
        about_us = _about_us(text, clause, ours, theirs, before=about_us)
        if not about_us:
            found.append(clause)
    return found if len(found) < len(clauses) else []


def without(text: str, spans: Sequence[Span]) -> str:
    """The text with these parts, in order, as spaces: as long as before, so that places in it stay true."""
    pieces, end = [], 0
    for start, stop in spans:
        pieces += [text[end:start], " " * (stop - max(start, end))]
        end = max(end, stop)
    return "".join([*pieces, text[end:]])


def _about_us(text: str, clause: Span, ours: Sequence[Span], theirs: Sequence[Span], *, before: bool) -> bool:
    if _within(ours, clause):
        return True
    if not _within(theirs, clause):
        return before
    return before and bool(_COMPARING.search(text, *clause))


def _clauses(text: str, names: Sequence[Span]) -> Iterator[Span]:
    """The clauses of a text; one of too few words beside names goes with the next."""
    borders = [0, *(match.end() for match in _BORDER.finditer(text)), len(text)]
    begun = 0
    for start, end in pairwise(borders):
        words = len(_WORD.findall(text, start, end)) - sum(
            len(_WORD.findall(text, *name)) for name in _within(names, (start, end))
        )
        if words >= _FEWEST:
            yield begun, end
            begun = end
    if begun < len(text):
        yield begun, len(text)


def _within(spans: Sequence[Span], clause: Span) -> Sequence[Span]:
    """Those of the spans, which stand in order, that begin in a clause."""
    return spans[bisect_left(spans, (clause[0],)) : bisect_left(spans, (clause[1],))]
