"""Word lists: what single words, endings and phrases of a language say, and which words turn or strengthen others."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

LEAST_STEM: Final = 3  #: letters that a stem must have, so that a list's slip does not catch half the language
LONGEST_PHRASE: Final = 8  #: words that a phrase may have
_WEIGHTED: Final = re.compile(r"[+-]?\d+(?:\.\d+)?")
_REPEATED: Final = re.compile(r"(.)\1+")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Several words in a row with one weight; a word that ends in "*" stands for all that begin so, "," for a mark."""

    words: tuple[str, ...]
    weight: float


@dataclass(slots=True)
class Begun:
    """The phrases that begin with one word, by their second word, for most of them are out at that."""

    exact: dict[str, list[Phrase]] = field(default_factory=dict)
    loose: list[Phrase] = field(default_factory=list)  #: those whose second word has a "*" or is a mark

    def add(self, phrase: Phrase) -> None:
        """Keep a phrase among those with the same second word, longer ones first."""
        second = phrase.words[1]
        same = self.loose if second.endswith("*") or second == "," else self.exact.setdefault(second, [])
        same.append(phrase)
        same.sort(key=lambda one: -len(one.words))

    def matching(self, texts: Sequence[str]) -> Phrase | None:
        """The longest phrase that these words begin with; the first of them is known to fit."""
        if len(texts) < 2:
            return None
        exact = _first_fitting(self.exact.get(texts[1], ()), texts)
        loose = _first_fitting(self.loose, texts)
        if exact and loose:
            return loose if len(loose.words) > len(exact.words) else exact
        return exact or loose


@dataclass(frozen=True, slots=True)
class WordList:
    """The words of one language. Weights run from -4 (as bad as can be) to 4."""

    words: Mapping[str, float] = field(default_factory=dict)
    stems: Mapping[str, float] = field(default_factory=dict)  #: beginnings of words
    phrases: Mapping[str, Begun] = field(default_factory=dict)  #: by their first word
    negators: frozenset[str] = frozenset()
    boosters: frozenset[str] = frozenset()
    contrasts: frozenset[str] = frozenset()  #: "but": what follows counts more

    def weight(self, word: str) -> float:
        """The weight of a lower-case word: as it stands, with letters unrepeated, or by its longest known stem."""
        for form in (word, _REPEATED.sub(r"\1\1", word), _REPEATED.sub(r"\1", word)):
            if form in self.words:
                return self.words[form]
        stem = _stem_of(word, self.stems)
        return 0.0 if stem is None else self.stems[stem]


def _stem_of(word: str, stems: Mapping[str, float]) -> str | None:
    """The longest of these stems that a word begins with."""
    return next((word[:length] for length in range(len(word), LEAST_STEM - 1, -1) if word[:length] in stems), None)


def fits(pattern: str, word: str) -> bool:
    """Whether a word of a phrase stands for this lower-case word; "," stands for a mark, which has no letters."""
    if pattern == ",":
        return not word
    return word.startswith(pattern[:-1]) if pattern.endswith("*") else word == pattern


def parsed(lines: Iterable[str], translated: Mapping[str, float] | None = None) -> WordList:
    """Read a list as people write it, on top of `translated` words, which its words and stems overrule.

    A line holds a key, a colon and items: `not:`, `very:` and `but:` list single words; a weight lists words, stems
    ("terribl*") and phrases, which stand between bars ("| still waiting | no answer"). "#" begins a comment.

    Raises:
        ValueError: a key is neither a weight nor one of the three, or a phrase is too long.
    """
    words: dict[str, float] = {}
    stems: dict[str, float] = {}
    phrases: dict[str, Begun] = {}
    roles: dict[str, set[str]] = {"not": set(), "very": set(), "but": set()}
    for line in lines:
        key, colon, items = line.partition(":")
        if line.startswith("#") or not colon:
            continue
        if key in roles:
            roles[key].update(items.split())
        elif _WEIGHTED.fullmatch(key):
            _add(float(key), items, words, stems, phrases)
        else:
            raise ValueError(f"{key!r} is neither a weight nor not, very or but")
    unsaid = {word: weight for word, weight in (translated or {}).items() if _stem_of(word, stems) is None}
    return WordList(unsaid | words, stems, phrases, *(frozenset(roles[role]) for role in ("not", "very", "but")))


def _first_fitting(phrases: Sequence[Phrase], texts: Sequence[str]) -> Phrase | None:
    return next(
        (one for one in phrases if len(one.words) <= len(texts) and all(map(fits, one.words[1:], texts[1:]))), None
    )


def _add(
    weight: float, items: str, words: dict[str, float], stems: dict[str, float], phrases: dict[str, Begun]
) -> None:
    single, *several = items.split("|")
    for word in single.split():
        if word.endswith("*"):
            stems[word[:-1]] = weight
        else:
            words[word] = weight
    for phrase in filter(None, map(str.split, several)):
        if len(phrase) > LONGEST_PHRASE:
            raise ValueError(f"{' '.join(phrase)!r} has more than {LONGEST_PHRASE} words")
        if len(phrase) == 1:
            _add(weight, phrase[0], words, stems, phrases)
        else:
            phrases.setdefault(phrase[0], Begun()).add(Phrase(tuple(phrase), weight))
