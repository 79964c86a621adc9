"""Which experience a text is about: pain points of customers, by a curated taxonomy and a team's own themes."""

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, cast, get_args

from earful.text import digest
from sentiment.features import Analysis
from sentiment.words import fits

FALLBACK: Final = "en"  #: whose words are looked for in a language that the taxonomy does not cover
Stage = Literal["discover", "buy", "receive", "use", "get help", "return", "renew", "recommend"]
STAGES: Final[tuple[str, ...]] = get_args(Stage)
REFUSED: Final = "refused"  #: the heading of what a person did not want as a theme
_CACHED: Final = 60_000
_STEM: Final = 3  #: characters of the shortest beginning of words, its "*" among them


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


def stage_of(theme: str, themes: Iterable[Theme] | None = None) -> str | None:
    """The stage of the journey that a theme belongs to; None for a theme that these (none: the shipped) don't have."""
    return next((one.stage for one in themes or taxonomy() if one.name == theme), None)


@cache
def taxonomy() -> tuple[Theme, ...]:
    """The themes that Earful ships."""
    return parsed((files("sentiment") / "data" / "themes.txt").read_text(encoding="utf-8").split("\n"))


def overlaid(own: Iterable[Theme]) -> tuple[Theme, ...]:
    """The shipped themes and a team's own ones; what the team says of a shipped theme is added to it."""
    themes = {one.name: one for one in taxonomy()}
    for one in own:
        known = themes.get(one.name)
        themes[one.name] = _joined(known, one) if known else one
    return tuple(themes.values())


def _joined(known: Theme, more: Theme) -> Theme:
    """A shipped theme with a team's words. In a language that it lacks, the English ones still stand beside them."""
    english = known.patterns.get(FALLBACK, ())
    added = {language: (*known.patterns.get(language, english), *words) for language, words in more.patterns.items()}
    patterns = {**known.patterns, **added}
    return Theme(known.name, more.stage, patterns)


def mark(own: Sequence[Theme]) -> str:
    """What a reader's version gets added for a team's own themes: nothing where there are none."""
    spelled = [(one.name, one.stage, sorted(one.patterns.items())) for one in own]
    return f"+t{digest(repr(spelled))[:8]}" if own else ""


class Own(NamedTuple):
    """What a team's own file says."""

    themes: tuple[Theme, ...] = ()
    refused: Mapping[str, Sequence[tuple[str, ...]]] = MappingProxyType({})  #: by language: words not to be proposed


def own_of(lines: Iterable[str]) -> Own:
    """Read a team's own themes: the same form, with a heading "[refused]" above words that shall not be proposed.

    Raises:
        Mistake: a line is of another form.
    """
    found = parsed(lines)
    refused = next((one.patterns for one in found if one.name == REFUSED), {})
    return Own(tuple(one for one in found if one.name != REFUSED), refused)


def entered(lines: Sequence[str], heading: str, line: str) -> list[str]:
    """The lines of a team's file with one more line under a heading, which is made where there is none."""
    name = heading.strip("[]").partition("|")[0].strip()
    headings = ((i, one.strip()) for i, one in enumerate(lines) if one.strip().startswith("["))
    start = next((i for i, one in headings if one.strip("[]").partition("|")[0].strip() == name), None)
    if start is None:
        return [*lines, "", heading, line]
    end = next((i for i in range(start + 1, len(lines)) if lines[i].strip()[:1] in ("", "[")), len(lines))
    return [*lines[:end], line, *lines[end:]]


class Mistake(ValueError):
    """A line of a taxonomy can't be used; says which and why."""

    def __init__(self, line: int, said: str) -> None:
        super().__init__(f"line {line}: {said}")
        self.line, self.said = line, said


def parsed(lines: Iterable[str]) -> tuple[Theme, ...]:
    """Read a taxonomy: "[theme | stage]" headings, under each "language: words | phrases" lines, "#" comments.

    Raises:
        Mistake: a line is of another form, or a stage is not one of `STAGES`.
    """
    themes: list[Theme] = []
    for number, line in enumerate(map(str.strip, lines), 1):
        if line.startswith("["):
            themes.append(_heading(line, number, {one.name for one in themes}))
        elif line and not line.startswith("#"):
            language, words = _words(line, number)
            if not themes:
                raise Mistake(number, "words need a heading above them, as in [delivery | receive]")
            patterns = cast("dict[str, Sequence[tuple[str, ...]]]", themes[-1].patterns)
            patterns[language] = (*patterns.get(language, ()), *words)
    return tuple(themes)


def _heading(line: str, number: int, taken: Container[str]) -> Theme:
    name, bar, stage = (part.strip() for part in line.strip("[]").partition("|"))
    if line == f"[{REFUSED}]":
        return Theme(REFUSED, "", {})
    if not line.endswith("]") or not bar or not name or stage not in STAGES:
        raise Mistake(number, f"{line!r}: a heading is [theme | stage], the stage one of {', '.join(STAGES)}")
    if name in taken:
        raise Mistake(number, f"there are two headings for {name!r}; put their words under one")
    return Theme(name, stage, {})


def _words(line: str, number: int) -> tuple[str, Sequence[tuple[str, ...]]]:
    language, colon, words = (part.strip() for part in line.partition(":"))
    if not colon or not re.fullmatch("[a-z]{2,3}(-[a-z]{2})?", language):
        raise Mistake(number, f"{line!r} is neither a heading nor a language with its words, as in 'en: parcel* late'")
    patterns = _patterns(words.lower())
    if short := next((one for one in chain.from_iterable(patterns) if one.endswith("*") and len(one) < _STEM), None):
        raise Mistake(number, f"{short!r}: a beginning of words needs {_STEM - 1} letters before the '*'")
    return language, patterns


def _patterns(text: str) -> list[tuple[str, ...]]:
    words, *phrases = text.split("|")
    return [(word,) for word in words.split()] + [tuple(phrase.split()) for phrase in phrases if phrase.strip()]
