"""Word lists: what single words, endings and phrases of a language say, and which words turn or strengthen others."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, product
from math import prod
from typing import Final

LEAST_STEM: Final = 3  #: letters that a stem must have, so that a list's slip does not catch half the language
LONGEST_PHRASE: Final = 8  #: words that a phrase may have
MOST_FORMS: Final = 500  #: phrases that one with slashes may stand for
_WEIGHTED: Final = re.compile(r"[+-]?\d+(?:\.\d+)?")
_REPEATED: Final = re.compile(r"(.)\1+")
_LONG: Final = re.compile(r"(.)\1{2,}")
_DIGIT: Final = re.compile(r"\d")
_ODD: Final = re.compile(r"\d|(.)\1\1")
_NUMBERED: Final = re.compile(r"[1-9]")
_SLASH: Final = re.compile(r"(?<=[^\W\d])/(?=[^\W\d])")
_ROLES: Final = ("not", "very", "but", "again", "ask", "if", "why")  #: keys of lists, as `WordList` has its fields
_MOST_AFTER: Final = 500  #: next words that a beginning of phrases remembers
SIGNS: Final = "\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""What Chinese and Japanese are written in, without blanks: each sign is a word, and words of several are phrases."""
_SIGNED: Final = re.compile(f"[{SIGNS}]")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Several words in a row with one weight; a word that ends in "*" stands for all that begin so, "," for a mark."""

    words: tuple[str, ...]
    weight: float
    exact: tuple[str, ...] = ()  #: with digits: "model 3" is not "model 4"; "" for any, empty: as the words

    def ends(self, said: Sequence[str]) -> bool:
        """Whether the words after the first are these, as they stand."""
        return all(map(_stands, self.exact[1:], said))


_Phrases = dict[str, list[Phrase]]  #: by their first word


class Begun:
    """The phrases that begin with some words.

    Args:
        phrases: those that the words so far fit; of equally long ones the first counts.
        size: the number of words so far.
    """

    def __init__(self, phrases: Iterable[Phrase] = (), size: int = 1) -> None:
        self.phrases = list(phrases)
        self.longest = max([len(one.words) for one in self.phrases], default=0)
        self.exact = any(one.exact for one in self.phrases)  #: whether digits of any tell it from others
        self._size = size
        self.ending: list[Phrase] = []  #: those that end here
        self._whole: dict[str, list[int]] = {}  # the places of the others by their next word, "" for a mark
        self._stems: dict[str, list[int]] = {}  # or by how it begins
        for place, one in enumerate(self.phrases):
            if len(one.words) > size:
                self._list(one.words[size], place)
            elif len(one.words) == size:
                self.ending.append(one)
        self._lengths = sorted({len(stem) for stem in self._stems})
        self._begun: dict[tuple[int, ...], Begun] = {}  # by the places of those that are left
        self._longer: dict[str, Begun | None] = {}  # by the next word

    @property
    def following(self) -> Iterable[str]:
        """The whole words that phrases go on with, "" for a mark."""
        return self._whole.keys()

    @property
    def open(self) -> bool:
        """Whether a phrase goes on with all words that begin in some way."""
        return bool(self._stems)

    def after(self, word: str) -> "Begun | None":
        """The phrases that go on with this word; None: there is none."""
        if not self._stems and word not in self._whole:
            return None
        known = self._longer.get(word, _UNASKED)  # asked once: another thread may be clearing them
        if known is not _UNASKED:
            return known
        if len(self._longer) > _MOST_AFTER:
            self._longer.clear()
        found = self._longer[word] = self._with(word)
        return found

    def matching(self, following: Sequence[str]) -> Phrase | None:
        """The longest phrase that goes on with the words that follow."""
        begun, longest = self, None
        for word in following:
            longer = begun.after(word)
            if longer is None:
                break
            begun = longer
            longest = begun.ended(following) or longest
        return longest

    def ended(self, said: Sequence[str]) -> Phrase | None:
        """The phrase that ends here, where its words stand so."""
        return next((one for one in self.ending if not one.exact or one.ends(said)), None)

    def _list(self, word: str, place: int) -> None:
        if word.endswith("*"):
            self._stems.setdefault(word[:-1], []).append(place)
        else:
            self._whole.setdefault("" if word == "," else word, []).append(place)

    def _with(self, word: str) -> "Begun | None":
        places = list(self._whole.get(word, ()))
        for length in self._lengths:
            if length <= len(word):
                places += self._stems.get(word[:length], ())
        if not places:
            return None
        fitting = tuple(sorted(places))
        if fitting not in self._begun:
            self._begun[fitting] = Begun([self.phrases[place] for place in fitting], self._size + 1)
        return self._begun[fitting]


_UNASKED: Final = Begun()  #: where nobody looked for a next word yet


@dataclass(frozen=True, slots=True)
class WordList:
    """The words of one language. Weights run from -4 (as bad as can be) to 4."""

    words: Mapping[str, float] = field(default_factory=dict)
    stems: Mapping[str, float] = field(default_factory=dict)  #: beginnings of words
    phrases: Mapping[str, Begun] = field(default_factory=dict)  #: by their first word
    negators: frozenset[str] = frozenset()
    boosters: frozenset[str] = frozenset()
    contrasts: frozenset[str] = frozenset()  #: "but": what follows counts more
    repeats: frozenset[str] = frozenset()  #: "again": beside a complaint it makes praise at the beginning ironic
    openers: frozenset[str] = frozenset()  #: one to three words, "*" for any: "how do" opens a question that only asks
    conditions: frozenset[str] = frozenset()  #: "if": a question that holds one only asks
    reproaches: frozenset[str] = frozenset()  #: "why": a question with one complains
    _heads: frozenset[str] = field(init=False, repr=False, compare=False)  #: with which all stems begin
    _longest: int = field(init=False, repr=False, compare=False)  #: letters of a stem
    _begins: tuple[int, ...] = field(init=False, repr=False, compare=False)  #: letters that a phrase's "good*" may have
    _several: dict[tuple[str, ...], Begun] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_heads", frozenset(stem[:LEAST_STEM] for stem in self.stems))
        object.__setattr__(self, "_longest", max(map(len, self.stems), default=0))
        begins = {len(first) - 1 for first in self.phrases if first[1:].endswith("*")}
        object.__setattr__(self, "_begins", tuple(sorted(begins, reverse=True)))

    def begun(self, word: str) -> Begun | None:
        """The phrases that a lower-case word begins."""
        if not self._begins:
            return self.phrases.get(word)
        listed = (word, *(f"{word[:length]}*" for length in self._begins if length <= len(word)))
        fitting = tuple(first for first in listed if first in self.phrases)
        return self._all(fitting) if len(fitting) > 1 else self.phrases[fitting[0]] if fitting else None

    def _all(self, firsts: tuple[str, ...]) -> Begun:
        """The phrases that begin with any of these."""
        if firsts not in self._several:
            self._several[firsts] = Begun(chain.from_iterable(self.phrases[first].phrases for first in firsts))
        return self._several[firsts]

    def knows(self, word: str) -> bool:
        """Whether a lower-case word or one of its beginnings is listed, were it with the weight 0."""
        return word in self.words or self._stem(word) is not None

    def weight(self, word: str) -> float:
        """The weight of a lower-case word: as it stands, with letters unrepeated, or by its longest known stem."""
        words = self.words
        if word in words:
            return words[word]
        if _REPEATED.search(word):
            for form in (_REPEATED.sub(_twice, word), _REPEATED.sub(_once, word)):
                if form in words:
                    return words[form]
        stem = self._stem(word)
        return 0.0 if stem is None else self.stems[stem]

    def _stem(self, word: str) -> str | None:
        """The longest stem that a word begins with."""
        return stem_of(word[: self._longest], self.stems) if word[:LEAST_STEM] in self._heads else None


def _twice(run: re.Match[str]) -> str:
    return run[1] * 2


def _once(run: re.Match[str]) -> str:
    return run[1]


def stem_of(word: str, stems: Mapping[str, float]) -> str | None:
    """The longest of these stems that a word begins with."""
    return next((word[:length] for length in range(len(word), LEAST_STEM - 1, -1) if word[:length] in stems), None)


def _stands(pattern: str, word: str) -> bool:
    return word.startswith(pattern[:-1]) if pattern.endswith("*") else pattern in ("", word)


def written_alike(lower: str) -> str:
    """A lower-case word as the tokens have it: digits to 0, runs of a letter cut to three."""
    return _DIGIT.sub("0", _LONG.sub(_thrice, lower)) if _ODD.search(lower) else lower


def _thrice(run: re.Match[str]) -> str:
    return run[1] * 3


def parsed(lines: Iterable[str], translated: Mapping[str, float] | None = None) -> WordList:
    """Read a list as people write it, on top of `translated` words, which its words and stems overrule.

    A line holds a key, a colon and items: `not:`, `very:`, `but:`, `again:`, `if:` and `why:` list single words, `ask:`
    also the first two or three of a question, between bars; a weight lists words, stems ("terribl*") and phrases, which
    stand between bars ("| still waiting | no answer/reply"): a slash parts words of which one is said, and "n't" is
    also known as "nt". After the first word of a phrase, 0 is any digit and other digits are themselves ("sudah 0
    hari", "bintang 5"). "#" begins a comment.

    Raises:
        ValueError: a key is neither a weight nor one of these, a slash parts no whole words, or a phrase is too long or
            stands for too many.
    """
    words: dict[str, float] = {}
    stems: dict[str, float] = {}
    phrases: _Phrases = {}
    roles: dict[str, set[str]] = {key: set() for key in _ROLES}
    for line in lines:
        key, colon, items = line.partition(":")
        if line.startswith("#") or not colon:
            continue
        if key in roles:
            single, *several = items.split("|")
            roles[key].update(single.split(), filter(None, map(_spaced, several)))
        elif _WEIGHTED.fullmatch(key):
            _add(float(key), items, words, stems, phrases)
        else:
            raise ValueError(f"{key!r} is neither a weight nor one of {', '.join(_ROLES)}")
    unsaid = {}
    for word, weight in (translated or {}).items():
        if _SIGNED.search(word):
            _add_signed(word, weight, phrases)
        elif stem_of(word, stems) is None:
            unsaid[word] = weight
    begun = {first: Begun(sorted(some, key=_loose)) for first, some in phrases.items()}
    return WordList(unsaid | words, stems, begun, *map(frozenset, roles.values()))


def _loose(phrase: Phrase) -> bool:
    """Whether a phrase takes any digit: one that names them goes before it."""
    return not phrase.exact


def _spaced(items: str) -> str:
    return " ".join(items.split())


def _add_signed(word: str, weight: float, phrases: _Phrases) -> None:
    """Add a word of several signs. A single one of a translated list means too much, and very long ones never come."""
    if 1 < len(word) <= LONGEST_PHRASE:
        phrases.setdefault(word[0], []).append(Phrase(tuple(word), weight))


def _add(weight: float, items: str, words: dict[str, float], stems: dict[str, float], phrases: _Phrases) -> None:
    single, *several = items.split("|")
    for word in single.split():
        if len(word) > 1 and _SIGNED.search(word):
            _add_signed(word, weight, phrases)
        elif word.endswith("*"):
            stems[word[:-1]] = weight
        else:
            words[word] = weight
    for phrase in filter(None, map(str.split, several)):
        if len(phrase) > LONGEST_PHRASE:
            raise ValueError(f"{' '.join(phrase)!r} has more than {LONGEST_PHRASE} words")
        if len(phrase) == 1:
            _add(weight, phrase[0], words, stems, phrases)
        else:
            forms = list(map(_spellings, phrase))
            if prod(map(len, forms)) > MOST_FORMS:
                raise ValueError(f"{' '.join(phrase)!r} stands for more than {MOST_FORMS} phrases")
            for said in product(*forms):
                phrases.setdefault(said[0], []).append(_phrase(said, weight))


def _phrase(said: tuple[str, ...], weight: float) -> Phrase:
    exact = tuple(word if _NUMBERED.search(word) else "" for word in said)
    return Phrase((said[0], *map(written_alike, said[1:])), weight, exact if any(exact[1:]) else ())


def _spellings(word: str) -> list[str]:
    """What a word of a phrase stands for: one of those that slashes part, each also without the apostrophe of "n't"."""
    if "*/" in word or "/*" in word:
        raise ValueError(f"{word!r}: a slash parts whole words; write beginnings apart, each in a phrase of its own")
    parted = _SLASH.split(word)
    return [*parted, *[one.replace("n't", "nt") for one in parted if "n't" in one]]
