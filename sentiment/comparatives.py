"""Comparatives that no list has, made of words whose weight is clear: "sturdier", "по-здрава", "mer solid"."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from sentiment.naming import Span, table
from sentiment.weights import load
from sentiment.words import WordList

_CLEAR: Final = 1.5  #: weight from which on a word says whether more of it is good or bad
_BEFORE: Final = 20  #: characters before a word that are looked at
_SHORTEST: Final = 3  #: letters of a word that a comparative is made of
_WORD: Final = re.compile(r"[\w'-]+")


class _Rule(NamedTuple):
    """How a comparative is made: "~ier = ~y", "more ~ = ~", "less ~ = -~"."""

    ahead: str  #: the word before it, backwards, with the blank between
    begins: str
    ends: str
    base: str  #: what the word ends in instead
    sign: int  #: -1: the less of it

    def word(self, said: str, before: str) -> str | None:
        """The word that this one would be the comparative of, where `before` stands before it, backwards."""
        if not (said.startswith(self.begins) and said.endswith(self.ends) and before.startswith(self.ahead)):
            return None
        bare = said[len(self.begins) : len(said) - len(self.ends)]
        return bare + self.base if len(bare) >= _SHORTEST else None


class Comparatives:
    """Finds them in texts of some languages; word lists are read with the first text that needs them.

    Args:
        languages: ISO 639-1; none: all whose comparatives are listed.
    """

    def __init__(self, languages: Sequence[str]) -> None:
        listed = table()["made"]
        self._rules = {code: [*map(_rule, listed[code])] for code in languages or listed if code in listed}

    def first(self, text: str, start: int, end: int) -> tuple[int, Span] | None:
        """The first one in a part of a text in small letters: 1: more of it is good, -1: bad; and where it stands."""
        for match in _WORD.finditer(text, start, end):
            before = text[max(start, match.start() - _BEFORE) : match.start()][::-1]
            for sign in self._signs(match[0], before):
                return sign, match.span()
        return None

    def _signs(self, said: str, before: str) -> Iterator[int]:
        for code, rules in self._rules.items():
            for rule in rules:
                if word := rule.word(said, before):
                    weights = load(code)
                    if weights and (weight := _weight(weights.words, said, word)):
                        yield rule.sign if weight > 0 else -rule.sign


def _weight(words: WordList, said: str, word: str) -> float:
    """What the comparative or its word weighs, where that is clear; else 0."""
    return next((weight for each in (said, word) if abs(weight := words.weight(each)) >= _CLEAR), 0.0)


def _rule(item: str) -> _Rule:
    made, _, of = (part.strip() for part in item.partition(" = "))
    before, _, ends = made.partition("~")
    ahead, blank, begins = before.rpartition(" ")
    return _Rule((ahead + blank)[::-1], begins, ends, of.lstrip("-")[1:], -1 if of.startswith("-") else 1)
