"""Words that call for a person whatever the tone: complaints and emergencies, from `phrases.toml`, in each language.

A word of negation just before a phrase ("no complaints", "never broken") takes it back, and so does a harmless
saying that it is part of ("burned calories", "sparks joy").
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Self

from earful.query.folding import fold, fold_with_places

_WINDOW = 24  # characters before a phrase in which a negation still belongs to it: two short words
_SAYING = 40  # characters around a phrase in which a harmless saying is looked for
_ONLY = "only|just|bare|kun|berre|само|hanya|cuma|cuman|csak"  # "not only dangerous" takes nothing back
_TAKEN_FOR = {"da": ("no",), "sv": ("no",)}  # short Norwegian texts are taken for these


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
    harmless: re.Pattern[str] | None = None  #: sayings; what stands within one, or overlaps it, does not count

    @classmethod
    def of(cls, phrases: Iterable[str]) -> Self:
        """Compile a team's phrases, in which only a `*` has a meaning."""
        return cls(_compiled(phrases, _as_pattern))

    @classmethod
    def listed(cls, phrases: Iterable[str], harmless: Iterable[str] = ()) -> Self:
        """Compile phrases as `phrases.toml` writes them: "det? kom/kjem røyk"."""
        return cls(_compiled(_parted(phrases), _listed), _compiled(_parted(harmless), _listed))

    def found_in(self, text: Folded) -> list[str]:
        """The phrases that stand in a text, as its author wrote them, without those that a negation takes back.

        What stands there several times, in any spelling that is folded alike, is told once.
        """
        if self.pattern is None:
            return []
        folded, found = text.folded, dict[str, tuple[int, int]]()
        for match in self.pattern.finditer(folded):
            if match[0] not in found and not _taken_back(folded, match) and not self._is_harmless(folded, match):
                found[match[0]] = match.span()
        return [text.written(*span) for span in found.values()]

    def _is_harmless(self, text: str, match: re.Match[str]) -> bool:
        if self.harmless is None:
            return False
        sayings = self.harmless.finditer(text, max(0, match.start() - _SAYING), match.end() + _SAYING)
        return any(saying.start() < match.end() and match.start() < saying.end() for saying in sayings)


def _compiled(phrases: Iterable[str], as_pattern: Callable[[str], str]) -> re.Pattern[str] | None:
    """All phrases in one pattern; longer ones win over shorter ones that begin them."""
    folded = sorted({fold(phrase).strip() for phrase in phrases if phrase.strip()}, key=len, reverse=True)
    by_letter: dict[str, list[str]] = {}
    # At each word only what its first letter begins is tried: several times as fast.
    for phrase in folded:
        begins = "" if phrase[0] == "*" else f"(?={re.escape(phrase[0])})"
        by_letter.setdefault(begins, []).append(as_pattern(phrase))
    tried = (f"{begins}(?:{'|'.join(patterns)})" for begins, patterns in by_letter.items())
    return re.compile(rf"(?<!\w)(?:{'|'.join(tried)})(?!\w)") if folded else None


def _parted(phrases: Iterable[str]) -> Iterator[str]:
    """The same phrases, each beginning with one letter: "den/det kom", "røyk kom" for "den/det/røyk kom"."""
    for phrase in phrases:
        first, *rest = phrase.split(" ", 1)
        for _, words in groupby(sorted(first.split("/")), itemgetter(0)):
            yield " ".join(["/".join(words), *rest])


def _as_pattern(phrase: str) -> str:
    return r"\s+".join(_word(word) for word in phrase.split())


def _listed(phrase: str) -> str:
    """Words in a row: "kom/kjem" for either, "det?" for one that may be absent, "*?" for any one or none."""
    *words, last = phrase.split()
    return "".join(_within(word) for word in words) + _either(last)


def _within(word: str) -> str:
    return rf"(?:{_either(word[:-1])}\s+)?" if word.endswith("?") else rf"{_either(word)}\s+"


def _either(words: str) -> str:
    one, *others = (_word(word) for word in words.split("/"))
    return f"(?:{'|'.join([one, *others])})" if others else one


def _word(word: str) -> str:
    return r"\w+" if word == "*" else re.escape(word).replace(r"\*", r"\w*")


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
    return re.compile(rf"(?<!\w)(?:{words})\s+(?:(?!(?:{_ONLY})\s)\w+\s+)?$")


def phrases(kind: str, language: str) -> Phrases:
    """The built-in phrases of a kind (`complaint`, `urgent`) for a text in this language.

    English ones count in every language: people everywhere write "refund". A language we have no list for (or nobody
    could tell) gets all of them.
    """
    lists = _built_in()[kind]
    return _of_all(kind, ("en", language, *_TAKEN_FOR.get(language, ())) if language in lists else tuple(lists))


@cache
def _of_all(kind: str, languages: Sequence[str]) -> Phrases:
    codes = dict.fromkeys(languages)
    return Phrases.listed(_of(kind, codes), _of("harmless", codes) if kind == "urgent" else ())


def _of(kind: str, languages: Iterable[str]) -> list[str]:
    lists = _built_in()[kind]
    return [phrase for language in languages for phrase in lists.get(language, ())]


@cache
def own_phrases(own: Sequence[str]) -> Phrases:
    """A team's own phrases alone."""
    return Phrases.of(own)
