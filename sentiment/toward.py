"""Toward whom: which clauses of a text are about somebody else than the brand, and when others are praised above it."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from earful.values import Label, Reading

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

_MEASURE: Final = re.compile(
    r"\b(?:than|enn|end|än|отколкото|от|daripada|dibanding(?:kan)?|ketimbang|mint|als|que|чем|niż)(?:\s+(?:the|a|az))?\s+[@#]?$",
    re.IGNORECASE,
)
"""Before a name: whom the others are held against."""
_LEFT: Final = re.compile(
    r"\b(?:from|left|leaving|leave|quit|ditched|goodbye|bye|fra|forlot|forlater|frå|от|напуснах|dari|meninggalkan|von|från"
    r"|desde|depuis)\s+[@#]?$",
    re.IGNORECASE,
)
_JOINED: Final = re.compile(r"\b(?:to|for|hello|til|till|към|на|ke|zu|para|vers)\s+[@#]?$", re.IGNORECASE)
"""Before names: whom somebody leaves, and whom for."""
_MIRRORED: Final = {Label.POSITIVE: Label.NEGATIVE, Label.NEGATIVE: Label.POSITIVE}
_NEAR: Final = 40  #: characters before a name that are looked at: the longest that stands there, with room

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


def behind(text: str, ours: Sequence[Span], theirs: Sequence[Span]) -> bool:
    """Whether a text speaks of others and names us, once, as whom they are better or worse than, or are left for.

    "Tazzorin is better than Brygvell" is praise, but none of Brygvell. The arguments are those of `aside`.
    """
    if len(ours) != 1 or not theirs:
        return False
    [(start, _)] = ours
    before = text[max(start - _NEAR, 0) : start]
    if _MEASURE.search(before) and theirs[0][0] < start:
        return True
    return bool(_LEFT.search(before)) and any(_JOINED.search(text[max(at - _NEAR, 0) : at]) for at, _ in theirs)


def turned(reading: Reading) -> Reading:
    """The reading of a text for those whom it holds others above: what it praises speaks against them."""
    if reading.label is Label.UNSCORED:
        return reading
    positive = 1 - reading.confidence - reading.negative if reading.label is Label.NEUTRAL else 1 - reading.confidence
    return replace(
        reading,
        label=_MIRRORED.get(reading.label, reading.label),
        polarity=-reading.polarity,
        negative=reading.confidence if reading.label is Label.POSITIVE else max(positive, 0.0),
        evidence=tuple(replace(one, weight=-one.weight) if one.weight else one for one in reading.evidence),
    )


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
