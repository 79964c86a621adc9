"""Which experience a text is about: pain points of customers by a curated taxonomy, to be edited as a data file."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from sentiment.features import Analysis
from sentiment.words import fits

FALLBACK: Final = "en"  #: whose words are looked for in a language that the taxonomy does not cover
STAGES: Final = ("discover", "buy", "receive", "use", "get help", "return", "renew", "recommend")
_CACHED: Final = 60_000


@dataclass(frozen=True, slots=True)
class Theme:
    """One sort of experience."""

    name: str  #: what it is called everywhere: "returns and refunds"
    stage: str  #: where in a customer's journey it mostly belongs, one of `STAGES`
    patterns: Mapping[str, Sequence[tuple[str, ...]]]  #: by language: words in a row, "*" for any ending


class Touch(NamedTuple):
    """Where a text touches a theme."""

    theme: str
    first: int  #: index of the first token
    last: int


Begun = list[tuple[str, tuple[str, ...]]]  #: themes with the patterns that a word may begin


class ThemeFinder(dict[str, Begun]):
    """Finds the themes of texts in one language.

    It is also the memory of what each word may begin, up to a bound: looking a word up makes it known.
    """

    def __init__(self, themes: Iterable[Theme], language: str) -> None:
        super().__init__()
        self._stems: Begun = []
        self._exact: dict[str, Begun] = {}
        for theme in themes:
            for pattern in theme.patterns.get(language, theme.patterns.get(FALLBACK, ())):
                same = self._stems if pattern[0].endswith("*") else self._exact.setdefault(pattern[0], [])
                same.append((theme.name, pattern))

    def touches(self, analysis: Analysis) -> list[Touch]:
        """The first place for each theme that the text touches, in reading order."""
        texts = [token[0] for token in analysis.tokens]
        begun = [(i, patterns) for i, patterns in enumerate(map(self.__getitem__, texts)) if patterns]
        found: dict[str, Touch] = {}
        for i, patterns in begun:
            for name, pattern in patterns:
                if name not in found and (len(pattern) == 1 or _fit(pattern, texts, i)):
                    found[name] = Touch(name, i, i + len(pattern) - 1)
        return list(found.values())

    def __missing__(self, word: str) -> Begun:
        if len(self) >= _CACHED:
            self.clear()
        begun = self[word] = self._exact.get(word, []) + [one for one in self._stems if word and fits(one[1][0], word)]
        return begun


def _fit(pattern: Sequence[str], texts: Sequence[str], start: int) -> bool:
    end = start + len(pattern)
    return end <= len(texts) and all(map(fits, pattern, texts[start:end]))


def stage_of(theme: str) -> str | None:
    """The stage of the journey that a theme belongs to; None for a theme that the taxonomy does not have."""
    return next((one.stage for one in taxonomy() if one.name == theme), None)


@cache
def taxonomy() -> tuple[Theme, ...]:
    """The themes that Earful ships."""
    return parsed((files("sentiment") / "data" / "themes.txt").read_text(encoding="utf-8").split("\n"))


def parsed(lines: Iterable[str]) -> tuple[Theme, ...]:
    """Read a taxonomy: "[theme | stage]" headings, under each "language: words | phrases" lines, "#" comments.

    Raises:
        ValueError: a line is of another form, or a stage is not one of `STAGES`.
    """
    themes: list[Theme] = []
    patterns: dict[str, Sequence[tuple[str, ...]]] = {}
    for line in filter(None, map(str.strip, lines)):
        if line.startswith("["):
            name, _, stage = line.strip("[]").partition(" | ")
            if stage not in STAGES:
                raise ValueError(f"{line!r}: the stage must be one of {', '.join(STAGES)}")
            patterns = {}
            themes.append(Theme(name, stage, patterns))
        elif not line.startswith("#"):
            language, colon, words = line.partition(":")
            if not colon or not themes:
                raise ValueError(f"{line!r} is neither a heading nor a language with its words")
            patterns[language] = _patterns(words)
    return tuple(themes)


def _patterns(text: str) -> list[tuple[str, ...]]:
    words, *phrases = text.split("|")
    return [(word,) for word in words.split()] + [tuple(phrase.split()) for phrase in phrases if phrase.strip()]
