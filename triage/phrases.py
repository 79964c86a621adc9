"""Words that call for a person whatever the tone: complaints and emergencies, from `phrases.toml`, in each language.

A word of negation just before a phrase ("no complaints", "never broken") takes it back.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Self

from earful.query.folding import fold, fold_with_places

_WINDOW = 24  # characters before a phrase in which a negation still belongs to it: two short words


class Folded:
    """A text, folded to be looked through once for many phrases."""

    def __init__(self, text: str) -> None:
        self.text, self.folded = text, fold(text)

    def written(self, start: int, end: int) -> str:
        """What stands at a place of the folded text, as its author wrote it, on one line."""
        starts, ends = self._places
        return " ".join(self.text[starts[start] : ends[end - 1]].split())

    @cached_property
    def _places(self) -> tuple[Sequence[int], Sequence[int]]:
        return fold_with_places(self.text)[1:]  # dear, so only of texts in which something is found


@dataclass(frozen=True, slots=True)
class Phrases:
    """A set of phrases, compiled: all of them are looked for in one pass over a text."""

    pattern: re.Pattern[str] | None

    @classmethod
    def of(cls, phrases: Iterable[str]) -> Self:
        """Compile phrases; longer ones win over shorter ones that begin them."""
        folded = sorted({fold(phrase).strip() for phrase in phrases if phrase.strip()}, key=len, reverse=True)
        if not folded:
            return cls(None)
        return cls(re.compile(r"(?<!\w)(?:" + "|".join(_as_pattern(phrase) for phrase in folded) + r")(?!\w)"))

    def found_in(self, text: Folded) -> list[str]:
        """The phrases that stand in a text, as its author wrote them, without those that a negation takes back.

        What stands there several times, in any spelling that is folded alike, is told once.
        """
        if self.pattern is None:
            return []
        folded, found = text.folded, dict[str, tuple[int, int]]()
        for match in self.pattern.finditer(folded):
            if match[0] not in found and not _taken_back(folded, match):
                found[match[0]] = match.span()
        return [text.written(*span) for span in found.values()]


def _as_pattern(phrase: str) -> str:
    words = (re.escape(word).replace(r"\*", r"\w*") for word in phrase.split())
    return r"\s+".join(words)


def _taken_back(text: str, match: re.Match[str]) -> bool:
    # A phrase that is itself a negation ("not working", "no reply") is not taken back by the word before it.
    if match[0].split()[0] in _negations():
        return False
    return _negation_at_end().search(text, max(0, match.start() - _WINDOW), match.start()) is not None


@cache
def _built_in() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((Path(__file__).parent / "phrases.toml").read_text("utf-8"))


@cache
def _negations() -> frozenset[str]:
    return frozenset(fold(word) for word in _built_in()["negation"]["all"])


@cache
def _negation_at_end() -> re.Pattern[str]:
    words = "|".join(re.escape(word) for word in sorted(_negations()))
    return re.compile(rf"(?<!\w)(?:{words})\s+(?:\w+\s+)?$")


@cache
def phrases(kind: str, language: str, own: Sequence[str] = ()) -> Phrases:
    """The built-in phrases of a kind (`complaint`, `urgent`) for a text in this language, with a team's own.

    English ones count in every language: people everywhere write "refund". A language we have no list for (or nobody
    could tell) gets all of them.
    """
    lists = _built_in()[kind]
    chosen = [lists["en"], lists[language]] if language in lists else list(lists.values())
    return Phrases.of([*own, *(phrase for phrases in chosen for phrase in phrases)])


@cache
def own_phrases(own: Sequence[str]) -> Phrases:
    """A team's own phrases alone."""
    return Phrases.of(own)
