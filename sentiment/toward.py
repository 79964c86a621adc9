"""Toward whom: which clauses of a text are about the brand, which about others, and which hold others against it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from enum import Enum
from typing import Final, NamedTuple

from earful.values import Evidence
from sentiment.clauses import Clause, Row, clauses
from sentiment.cues import Cue, Cues
from sentiment.naming import Named, Span, lowered
from sentiment.turning import Compared

_MOVES: Final = {"left", "joined"}  #: sections that tell of somebody who leaves one for another
_SAID: Final = 0.5  #: how strongly a comparison by itself speaks for or against
_SENTENCE_END: Final = re.compile(r"[.!?](?!\w)|\n")
_SCOPE: Final = 20  #: characters before a word in which "not" turns it
_REACH: Final = 120  #: characters beside a name in which comparatives that no list has are looked for
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
    compared: dict[Whom, Compared]  #: the one that speaks most against us
    cues: list[Span]  #: words that compare and were understood, so that nobody need read them once more


class _Told(NamedTuple):
    """Whom a clause is about, and what it says by comparing: 1 for us, -1 against us, 0 nothing."""

    whom: Whom
    sign: int = 0
    cue: Cue | None = None
    firm: bool = False  #: whether it counts against weaker words
    moved: bool = False  #: whether somebody leaves one for another: a reason that follows favours whom they go to


def parts(text: str, names: Sequence[Named], cues: Cues) -> Parts:
    """Tell the clauses of a text that names others apart.

    A clause is about whom it names, one that names nobody about whom the one before it was, and the first about us.
    What only compares us with others is about us; what holds others above or below us is about them, or us.

    Args:
        text: the whole text.
        names: in order, some of them not ours.
        cues: of the languages that it may be in.
    """
    parting = _Parting(text, cues)
    for clause in clauses(parting.said, names, cues):
        parting.take(clause)
    return parting.parts()


class _Parting:
    """Goes through the clauses of a text."""

    def __init__(self, text: str, cues: Cues) -> None:
        self.said = lowered(text).replace("’", "'")
        self._text, self._cues = text, cues
        self._spans: dict[Whom, list[Span]] = {whom: [] for whom in Whom}
        self._compared: dict[Whom, Compared] = {}
        self._understood: list[Span] = []
        self._before = _Told(Whom.US)
        self._compared_last: Cue | None = None  #: what the last comparison was said with
        self._ended = 0  #: how many sentences ended since
        self._counted = 0  #: up to where these were counted
        self._today = False  #: whether the clause before was but a "now,"
        self._once: Whom | None = None  #: whom the last clause about a former time was about

    def take(self, clause: Clause) -> None:
        """Tell whom the next clause is about, and keep what it says."""
        told = self._turnabout(clause, _told(self.said, clause, self._before, self._cues))
        self._count(clause.start)
        self._spans[told.whom].append((clause.start, clause.end))
        if told.whom is Whom.US and self._before.whom is Whom.THEM and _denies(self.said, clause, self._cues):
            self._spans[Whom.THEM_OR_US] += self._spans[Whom.THEM][-1:]
            del self._spans[Whom.THEM][-1:]
        if told.cue and clause.rows:
            self._compare(clause, told, told.cue)
        elif self._compared_last and self._reverses(clause, told):
            self._turn(self._compared_last)
            self._compared_last = None  # said twice, it is still the other way round
        if told.moved:
            content = self._cues.one_of("content").finditer(self.said, clause.start, clause.end)
            self._understood += [match.span() for match in content]
        if not (told.whom is Whom.THEM and self._opens(clause, "after", "because")):
            self._before = told
        only = self.said[clause.start : clause.end].strip(" ,")
        self._today = self._cues.one_of("now").fullmatch(only) is not None

    def parts(self) -> Parts:
        """What was found."""
        us, them, them_or_us = (self._spans[whom] for whom in (Whom.US, Whom.THEM, Whom.THEM_OR_US))
        return Parts(us, them, them_or_us, self._compared, self._understood)

    def _turnabout(self, clause: Clause, told: _Told) -> _Told:
        """What a clause says that tells of somebody else today than once: "I used to buy X, now I buy Y"."""
        if not clause.rows:
            return told
        once, self._once = self._once, told.whom if self._has(clause, "once") else None
        now = self._cues.one_of("now").search(self.said, clause.start, clause.end)
        if now is None or told.sign or {once, told.whom} != {Whom.US, Whom.THEM}:
            return told
        return told._replace(sign=1 if told.whom is Whom.US else -1, cue=Cue(*now.span(), turned=False), firm=True)

    def _reverses(self, clause: Clause, told: _Told) -> bool:
        """Whether a clause says that what was compared just before it is the other way round today.

        Who left has left, whatever else lies the other way round.
        """
        if told.moved or self._compared_last is None or not (self._today or self._has(clause, "now")):
            return False
        said = without(self.said[clause.start : clause.end], _places(clause))
        return self._ended <= 1 and self._cues.reverses(said)

    def _count(self, end: int) -> None:
        """Count the sentences that end before a place, each once however many clauses follow."""
        self._ended += len(_SENTENCE_END.findall(self.said, self._counted, end))
        self._counted = max(self._counted, end)

    def _turn(self, cue: Cue) -> None:
        """Let what was kept of one comparison say the opposite."""
        for whom, one in self._compared.items():
            if one.evidence.start == cue.start:
                self._compared[whom] = _opposite(one)

    def _compare(self, clause: Clause, told: _Told, cue: Cue) -> None:
        """Keep what a clause says by comparing, unless another one said worse."""
        self._understood.append((cue.start, cue.end))
        if not told.sign or _asked(self.said, clause):
            return
        self._compared_last = None if told.moved else cue
        self._ended, self._counted = 0, cue.end
        whom = Whom.THEM_OR_US if told.whom is Whom.THEM_OR_US else Whom.US
        if whom not in self._compared or told.sign < self._compared[whom].evidence.weight:
            words = self._text[cue.start : cue.end].rstrip()
            self._compared[whom] = Compared(Evidence("compared", words, cue.start, told.sign * _SAID), told.firm)

    def _has(self, clause: Clause, section: str) -> bool:
        return self._cues.one_of(section).search(self.said, clause.start, clause.end) is not None

    def _opens(self, clause: Clause, *sections: str) -> bool:
        return _opens(self.said, clause, self._cues, *sections)


def without(text: str, spans: Sequence[Span]) -> str:
    """The text with these parts, in order, as spaces: as long as before, so that places in it stay true."""
    pieces, end = [], 0
    for start, stop in spans:
        pieces += [text[end:start], " " * (stop - max(start, end))]
        end = max(end, stop)
    return "".join([*pieces, text[end:]])


def _denies(text: str, clause: Clause, cues: Cues) -> bool:
    """Whether a clause only says that it is not so with us: "X broke twice, ours never"."""
    names = _places(clause)
    return bool(names) and cues.denial.fullmatch(without(text[clause.start : clause.end], names)) is not None


def _places(clause: Clause) -> list[Span]:
    """Where names stand in a clause."""
    return [(row.start - clause.start, row.end - clause.start) for row in clause.rows]


def _opposite(one: Compared) -> Compared:
    return one._replace(evidence=replace(one.evidence, weight=-one.evidence.weight))


def _asked(text: str, clause: Clause) -> bool:
    """Whether the sentence of a clause is a question."""
    stop = _SENTENCE_END.search(text, clause.start, clause.end + _ASKED)
    return stop is not None and stop[0] == "?"


def _told(text: str, clause: Clause, before: _Told, cues: Cues) -> _Told:
    if not clause.rows:
        return _followed(text, clause, before, cues)
    ours = [row for row in clause.rows if row.ours]
    theirs = [row for row in clause.rows if not row.ours]
    return _moved(ours, theirs) or _measured(text, clause, before, cues) or _plain(text, clause, before, cues)


def _followed(text: str, clause: Clause, before: _Told, cues: Cues) -> _Told:
    """Of a clause that names nobody. The reason for leaving us is about us; that for coming to us about the others."""
    if before.moved and _opens(text, clause, cues, "because"):
        return _Told(Whom.US if before.sign < 0 else Whom.THEM)
    return before


def _opens(text: str, clause: Clause, cues: Cues, *sections: str) -> bool:
    """Whether a clause begins with a word of these sections."""
    start = clause.start + len(text[clause.start : clause.end]) - len(text[clause.start : clause.end].lstrip())
    return cues.one_of(*sections).match(text, start, clause.end) is not None


def _moved(ours: Sequence[Row], theirs: Sequence[Row]) -> _Told | None:
    """Of a clause in which somebody is left, beaten, chosen or gone to."""
    for row in (*ours, *theirs):
        sign, section = row.standing()
        if sign:
            told = _Told(_whom(row, sign, ours), sign if row.ours else -sign, row.cues[section])
            return told._replace(firm=told.sign < 0 and told.whom is Whom.US, moved=section in _MOVES)
    for left, joined, sign in ((ours, theirs, -1), (theirs, ours, 1)):
        away = next((row for row in left if "from" in row.cues), None)
        if away and any("to" in row.cues for row in joined):
            return _Told(_whom(away, -1, ours), sign, away.cues["from"], moved=True)
    return None


def _whom(row: Row, sign: int, ours: Sequence[Row]) -> Whom:
    """Whom a clause is about in which these names come first or second.

    Where we are left or beaten, its other words may praise the others. Where they are chosen and we just named, its
    other words are about us: "so fed up with us that I drove to X".
    """
    if row.ours:
        return Whom.US if sign > 0 else Whom.THEM_OR_US
    if sign > 0:
        return Whom.US if ours else Whom.THEM_OR_US
    return Whom.US if ours else Whom.THEM


def _measured(text: str, clause: Clause, before: _Told, cues: Cues) -> _Told | None:
    """Of a clause that holds one against another."""
    comparing = cues.one_of("ahead", "trailing", "comparison").search(text, clause.start, clause.end)
    telling = {"measure", "unlike", "than"} if comparing else {"measure", "unlike"}
    measures = [row for row in clause.rows if not telling.isdisjoint(row.cues)]
    subjects = [row for row in clause.rows if row not in measures]
    if not measures:
        return None
    sign, cue = _comparative(text, clause, measures[0], cues)
    firm = cue is not None
    if cue is None and (cue := next((row.cues["unlike"] for row in measures if "unlike" in row.cues), None)):
        sign = 1
    us = any(row.ours for row in measures)
    if any(row.ours for row in subjects) or (not subjects and before.whom is Whom.US and not us):
        return _Told(Whom.US, sign, cue, firm)
    return _Told(Whom.THEM_OR_US, -sign, cue, firm) if us and (subjects or before.whom is not Whom.US) else None


def _comparative(text: str, clause: Clause, measure: Row, cues: Cues) -> tuple[int, Cue | None]:
    """Whether a word of a clause says that the measured one comes second (1) or first (-1), and where it stands.

    Where the measure follows ("faster than X"), what comes after it is no longer meant.
    """
    begun, _ = measure.held
    fronted = begun == measure.start or not text[clause.start : begun].strip()
    end = clause.end if fronted else measure.end
    for section, sign in (("trailing", -1), ("ahead", 1)):
        if match := cues.one_of(section).search(text, clause.start, end):
            return _turnable(text, clause, sign, match.span(), cues)
    near = max(clause.start, measure.start - _REACH), min(end, measure.end + _REACH)
    made = None if cues.one_of("level").search(text, *near) else cues.comparatives.first(text, *near)
    return _turnable(text, clause, *made, cues) if made else (0, None)


def _turnable(text: str, clause: Clause, sign: int, span: Span, cues: Cues) -> tuple[int, Cue]:
    """What a comparative says, with "not" before it the opposite, and where it stands."""
    turned = bool(cues.one_of("not").search(text, max(clause.start, span[0] - _SCOPE), span[0]))
    return -sign if turned else sign, Cue(*span, turned)


def _plain(text: str, clause: Clause, before: _Told, cues: Cues) -> _Told:
    """Of any other clause that names somebody."""
    if any(row.ours for row in clause.rows):
        return _Told(Whom.US)
    comparing = before.whom is Whom.US and cues.one_of("comparing").search(text, clause.start, clause.end)
    return _Told(Whom.US if comparing else Whom.THEM)
