"""Toward whom: which clauses of a text are about the brand, which about others, and which hold others against it."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import Enum
from itertools import pairwise, zip_longest
from typing import Final, NamedTuple

from earful.values import Evidence, Label, Reading
from sentiment.cues import Cue, beside, borders, joining, leading_to, one_of, sentence
from sentiment.naming import Named, Span

_MIRRORED: Final = {Label.POSITIVE: Label.NEGATIVE, Label.NEGATIVE: Label.POSITIVE}
_SIDES: Final = (
    "measure",
    "unlike",
    "than",
    "like",
    "worse",
    "better",
    "from",
    "to",
)  #: the sections that say how names stand
_FEWEST: Final = 1  #: words that a clause must have beside names; "Brygvell, Tazzorin: all the same" is one clause
_NEAR: Final = 40  #: characters between two names that may stand in a row
_SAID: Final = 0.5  #: how strongly a comparison by itself speaks for or against; tried on sentences in five languages
_SURE: Final = 0.7  #: how often it is right
_WORD: Final = re.compile(r"\w+")
_SENTENCE_END: Final = re.compile(r"[.!?\n]")
_ASKED: Final = 200  #: characters after a clause in which its question mark is looked for


class Whom(Enum):
    """Whom a clause is about."""

    US = 1
    THEM = 2
    THEM_OR_US = 3  #: it praises or blames others as better or worse than us


class Parts(NamedTuple):
    """The clauses of a text by whom they are about, and what they say by comparing alone."""

    us: list[Span]
    them: list[Span]
    them_or_us: list[Span]
    compared: dict[Whom, Evidence]  #: with its weight for us; the one that speaks most against us
    cues: list[Span]  #: words that compare and were understood, so that nobody need read them once more


class Row(NamedTuple):
    """Names in a row, as in "Brygvell and the Tazzorin", with what stands beside them."""

    start: int
    end: int
    ours: bool
    cues: dict[str, Cue]  #: by section

    @property
    def standing(self) -> int:
        """1: it wins or is gone to, -1: it loses or is left; 0: nobody says."""
        for section, sign in (("worse", -1), ("better", 1)):
            if cue := self.cues.get(section):
                return -sign if cue.turned else sign
        return 0


class _Clause(NamedTuple):
    start: int
    end: int
    rows: Sequence[Row]


class _Told(NamedTuple):
    """Whom a clause is about, and what it says by comparing: 1 for us, -1 against us, 0 nothing."""

    whom: Whom
    sign: int = 0
    cue: Cue | None = None
    moved: bool = False  #: whether somebody leaves one for another: a reason that follows favours whom they go to


def parts(text: str, names: Sequence[Named]) -> Parts:
    """Tell the clauses of a text that names others apart.

    A clause is about whom it names, one that names nobody about whom the one before it was, and the first about us.
    What only compares us with others is about us; what holds others above or below us is about them, or us.

    Args:
        text: the whole text.
        names: in order, some of them not ours.
    """
    found = Parts([], [], [], {}, [])
    spans = {Whom.US: found.us, Whom.THEM: found.them, Whom.THEM_OR_US: found.them_or_us}
    before = _Told(Whom.US)
    for clause in _clauses(text, _rows(text, names)):
        before = _told(text, clause, before)
        spans[before.whom].append((clause.start, clause.end))
        if before.cue and clause.rows:
            found.cues.append((before.cue.start, before.cue.end))
        if before.cue and before.sign and clause.rows and not _asked(text, clause.end):
            _note(found.compared, text, before)
        if before.moved:
            found.cues.extend(match.span() for match in one_of("content").finditer(text, clause.start, clause.end))
    return found


def without(text: str, spans: Sequence[Span]) -> str:
    """The text with these parts, in order, as spaces: as long as before, so that places in it stay true."""
    pieces, end = [], 0
    for start, stop in spans:
        pieces += [text[end:start], " " * (stop - max(start, end))]
        end = max(end, stop)
    return "".join([*pieces, text[end:]])


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


def decided(reading: Reading, compared: Evidence, *, alone: bool) -> Reading:
    """The reading, or where it finds nothing said, what a comparison says by itself: "switched from X to Y".

    Args:
        reading: of the words beside the comparison; where there are none, of the comparison itself.
        compared: what it says.
        alone: whether there are no words beside it, so that a reading of its words would tell nothing.
    """
    if not alone and reading.label not in {Label.NEUTRAL, Label.UNSCORED}:
        return reading
    against = compared.weight < 0
    return replace(
        reading,
        label=Label.NEGATIVE if against else Label.POSITIVE,
        polarity=compared.weight,
        confidence=_SURE,
        negative=_SURE if against else round((1 - _SURE) / 2, 4),
        evidence=(compared, *(one for one in reading.evidence if not (alone and one.weight))),
    )


def worse(one: Reading, other: Reading) -> Reading:
    """Of what is said of us and what is said in comparison, what says anything, and the worse where both do."""
    said = [each for each in (one, other) if each.label not in {Label.UNSCORED, Label.NEUTRAL}]
    if said:
        return min(said, key=lambda reading: reading.polarity)
    return other if one.label is Label.UNSCORED else one


def _note(compared: dict[Whom, Evidence], text: str, told: _Told) -> None:
    whom = Whom.THEM_OR_US if told.whom is Whom.THEM_OR_US else Whom.US
    if told.cue and (whom not in compared or told.sign < compared[whom].weight):
        words = text[told.cue.start : told.cue.end].rstrip()
        compared[whom] = Evidence("compared", words, told.cue.start, told.sign * _SAID)


def _asked(text: str, end: int) -> bool:
    """Whether the sentence of a clause that ends here is a question."""
    stop = _SENTENCE_END.search(text, max(len(text[:end].rstrip()) - 1, 0), end + _ASKED)
    return stop is not None and stop[0] == "?"


def _told(text: str, clause: _Clause, before: _Told) -> _Told:
    if not clause.rows:
        return _followed(text, clause, before)
    ours = [row for row in clause.rows if row.ours]
    theirs = [row for row in clause.rows if not row.ours]
    return _moved(ours, theirs) or _measured(text, clause, before) or _plain(ours, theirs, before)


def _followed(text: str, clause: _Clause, before: _Told) -> _Told:
    """Of a clause that names nobody. The reason for leaving us is about us; that for coming to us about the others."""
    if (
        before.moved
        and (reason := one_of("because").search(text, clause.start, clause.end))
        and (not text[clause.start : reason.start()].strip())
    ):
        return _Told(Whom.US if before.sign < 0 else Whom.THEM)
    return before


def _moved(ours: Sequence[Row], theirs: Sequence[Row]) -> _Told | None:
    """Of a clause in which somebody is left, beaten or gone to."""
    for row in (*ours, *theirs):
        if row.standing:
            cue = row.cues.get("worse") or row.cues.get("better")
            return _standing(row.standing if row.ours else -row.standing, cue, bool(ours))
    for left, joined, sign in ((ours, theirs, -1), (theirs, ours, 1)):
        away = next((row.cues["from"] for row in left if "from" in row.cues), None)
        if away and any("to" in row.cues for row in joined):
            return _standing(sign, away, bool(ours))
    return None


def _standing(sign: int, cue: Cue | None, named: bool) -> _Told:
    whom = Whom.THEM_OR_US if sign < 0 else Whom.US if named else Whom.THEM
    return _Told(whom, sign, cue, moved=True)


def _measured(text: str, clause: _Clause, before: _Told) -> _Told | None:
    """Of a clause that holds one against another."""
    ahead, trailing = (one_of(name).search(text, clause.start, clause.end) for name in ("ahead", "trailing"))
    comparing = bool(ahead or trailing or one_of("comparison").search(text, clause.start, clause.end))
    telling = {"measure", "unlike", "than"} if comparing else {"measure", "unlike"}
    measures = [row for row in clause.rows if not telling.isdisjoint(row.cues)]
    subjects = [row for row in clause.rows if row not in measures]
    if not measures:
        return None
    us = any(row.ours for row in measures)
    about_us = any(row.ours for row in subjects) or (not subjects and before.whom is Whom.US and not us)
    unlike = next((row.cues["unlike"] for row in measures if "unlike" in row.cues), None)
    sign = (-1 if trailing else 1 if ahead or unlike else 0) * (1 if about_us else -1)
    word = trailing or ahead
    cue = Cue(*word.span(), turned=False) if word else unlike
    if us and not about_us and (subjects or before.whom is not Whom.US):
        return _Told(Whom.THEM_OR_US, sign, cue)
    return _Told(Whom.US, sign, cue) if about_us else None


def _plain(ours: Sequence[Row], theirs: Sequence[Row], before: _Told) -> _Told:
    if ours:
        return _Told(Whom.US)
    like = any(row.cues.keys() & {"like", "measure", "unlike"} for row in theirs)
    return _Told(Whom.US if like and before.whom is Whom.US else Whom.THEM)


def _rows(text: str, names: Sequence[Named]) -> list[Row]:
    """The names, those together that stand in a row."""
    groups: list[list[Named]] = []
    for one, after in zip_longest(names, names[1:]):
        if groups and _joined(text, groups[-1][-1], one, after):
            groups[-1].append(one)
        else:
            groups.append([one])
    following = [*(group[0].start for group in groups), len(text)][1:]
    return [_row(text, group, end) for group, end in zip(groups, following, strict=False)]


def _joined(text: str, one: Named, other: Named, after: Named | None) -> bool:
    """Whether a name stands in a row with the one before it; a comma is enough where another "and" follows."""
    match = _joint(text, one, other)
    if match is None:
        return False
    if match["comma"] and not match["and"]:
        following = _joint(text, other, after) if after else None
        return following is not None and bool(following["and"])
    return bool(match["and"])


def _joint(text: str, one: Named, other: Named) -> re.Match[str] | None:
    return joining().fullmatch(text, one.end, other.start) if other.start - one.end <= _NEAR else None


def _row(text: str, names: Sequence[Named], end: int) -> Row:
    start, stop = sentence(text, names[-1].end)
    bounds = start, min(stop, end)
    found = {section: beside(section).found(text, names, bounds) for section in _SIDES}
    cues = {section: cue for section, cue in found.items() if cue}
    return Row(names[0].start, names[-1].end, any(one.ours for one in names), cues)


def _clauses(text: str, rows: Sequence[Row]) -> Iterator[_Clause]:
    """The clauses of a text; one of too few words beside names goes with the next."""
    starts = [row.start for row in rows]
    held = [
        (
            min([row.start, *(row.cues[s].start for s in ("measure", "unlike", "than", "like") if s in row.cues)]),
            row.end,
        )
        for row in rows
    ]
    begun = 0
    for start, end in pairwise(_edges(text, rows, held)):
        inside = _within(held, (start, end))
        words = len(_WORD.findall(text, start, end)) - sum(len(_WORD.findall(text, *one)) for one in inside)
        if words >= _FEWEST or end == len(text):
            yield _Clause(begun, end, rows[bisect_left(starts, begun) : bisect_left(starts, end)])
            begun = end


def _edges(text: str, rows: Sequence[Row], held: Sequence[Span]) -> list[int]:
    """Where clauses begin or end, never between a name and what compares it, which may follow a comma as well."""
    marks = {match.end() for match in borders().finditer(text)}
    for one, other in pairwise(rows):
        and_ = leading_to("and").search(text, max(one.end, other.start - _NEAR), other.start)
        if and_ and one.ours != other.ours:
            marks.add(and_.start())
    for row, (start, end) in zip(rows, held, strict=True):
        marks -= set(range(start + 1, end + 1))
        if start < row.start and text[max(start - _NEAR, 0) : start].rstrip().endswith(","):
            marks.discard(start)
    return sorted({0, *marks, len(text)})


def _within(spans: Sequence[Span], clause: Span) -> Sequence[Span]:
    """Those of the spans, which stand in order, that begin in a clause."""
    return spans[bisect_left(spans, (clause[0],)) : bisect_left(spans, (clause[1],))]
