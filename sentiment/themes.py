"""Which experience a text is about: pain points of customers, by a curated taxonomy and a team's own themes."""

import re
import unicodedata
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import chain
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, cast, get_args

from earful.text import digest
from sentiment.features import Analysis
from sentiment.words import written_alike

FALLBACK: Final = "en"  #: whose words are looked for in a language that the taxonomy does not cover
Stage = Literal["discover", "buy", "receive", "use", "get help", "return", "renew", "recommend"]
STAGES: Final[tuple[str, ...]] = get_args(Stage)
REFUSED: Final = "refused"  #: the heading of what a person did not want as a theme
_CACHED: Final = 60_000
_NEXT_CACHED: Final = 150  #: next words remembered after each word that begins something
_STEM: Final = 3  #: characters of the shortest beginning of words, its "*" among them
_END: Final = "\n"  #: stands after the last word; no word is one
_ACCENTS: Final = re.compile("[\u0300-\u036f]")

Pattern = tuple[str, ...]
"""Words in a row: "late", "late/slow" for either, "deliver*" for any ending, "," for a mark."""


@dataclass(frozen=True, slots=True)
class Theme:
    """One sort of experience."""

    name: str  #: what it is called everywhere: "returns and refunds"
    stage: str  #: where in a customer's journey it mostly belongs, one of `STAGES`
    patterns: Mapping[str, Sequence[Pattern]]  #: by language
    exceptions: Mapping[str, Sequence[Pattern]] = field(default_factory=dict)  #: by language: wherein nothing counts


class Touch(NamedTuple):
    """Where a text touches a theme."""

    theme: str
    first: int  #: index of the first token
    last: int


class _Word(NamedTuple):
    """What may stand at one place of a phrase."""

    exact: frozenset[str]
    begins: tuple[str, ...]

    def fits(self, word: str) -> bool:
        """Whether a folded word may stand there."""
        return word in self.exact or bool(self.begins and word.startswith(self.begins))


_Phrase = tuple[_Word, ...]


class _Listed(NamedTuple):
    """A phrase of a theme, as a word begins it."""

    theme: str
    phrase: _Phrase
    exceptions: Sequence[tuple[int, _Phrase]]  #: those that the word may stand in, and at which of their places

    def counts(self, words: Sequence[str], i: int) -> bool:
        """Whether the phrase stands at a place, and in no exception."""
        return _stands(self.phrase, words, i) and not any(
            i >= before and _stands(phrase, words, i - before) for before, phrase in self.exceptions
        )


class _Begun(dict[str, Sequence[_Listed]]):
    """What a word begins, by the word after it: looking one up makes it known, up to a bound."""

    def __init__(self, listed: Sequence[_Listed]) -> None:
        super().__init__()
        self._listed = listed

    def __missing__(self, following: str) -> Sequence[_Listed]:
        if len(self) >= _NEXT_CACHED:
            self.clear()
        word = folded(following)
        self[following] = [one for one in self._listed if len(one.phrase) == 1 or one.phrase[1].fits(word)]
        return self[following]


class ThemeFinder(dict[str, _Begun | None]):
    """Finds the themes of texts in one language.

    It is also the memory of what each word may begin (None: nothing), up to a bound: looking a word up makes it known.
    """

    def __init__(self, themes: Iterable[Theme], language: str) -> None:
        super().__init__()
        self._exceptions: dict[str, Sequence[_Phrase]] = {}
        self._exact: dict[str, list[tuple[str, _Phrase]]] = {}
        self._stems: dict[str, list[tuple[str, _Phrase]]] = {}  # by the letters that each has at least
        for theme in themes:
            patterns, exceptions = _spoken(theme, language)
            self._exceptions[theme.name] = list(map(_phrase, exceptions))
            for phrase in map(_phrase, patterns):
                self._list(theme.name, phrase)

    def touches(self, analysis: Analysis) -> list[Touch]:
        """The first place for each theme that the text touches, in reading order."""
        words = [token[0] for token in analysis.tokens]
        begun = [(i, one) for i, one in enumerate(map(self.__getitem__, words)) if one is not None]
        words.append(_END)
        found: dict[str, Touch] = {}
        for i, one in begun:
            for listed in one[words[i + 1]]:
                if listed.theme not in found and listed.counts(words, i):
                    found[listed.theme] = Touch(listed.theme, i, i + len(listed.phrase) - 1)
        return list(found.values())

    def __missing__(self, word: str) -> _Begun | None:
        if len(self) >= _CACHED:
            self.clear()
        bare = folded(word)
        stems = [one for one in self._stems.get(bare[: _STEM - 1], ()) if bare.startswith(one[1][0].begins)]
        begun = [*self._exact.get(bare, ()), *stems]
        listed = [_Listed(theme, phrase, self._around(theme, bare)) for theme, phrase in begun]
        self[word] = _Begun(listed) if listed else None
        return self[word]

    def _list(self, theme: str, phrase: _Phrase) -> None:
        for word in phrase[0].exact:
            self._exact.setdefault(word, []).append((theme, phrase))
        for head in {begin[: _STEM - 1] for begin in phrase[0].begins}:
            self._stems.setdefault(head, []).append((theme, phrase))

    def _around(self, theme: str, word: str) -> Sequence[tuple[int, _Phrase]]:
        return [(i, phrase) for phrase in self._exceptions[theme] for i, one in enumerate(phrase) if one.fits(word)]


def spoken(themes: Iterable[Theme], language: str) -> str:
    """The language whose words touch themes in texts of a language: itself where any theme has some, or English."""
    own = any(language in theme.patterns or language in theme.exceptions for theme in themes)
    return language if own else FALLBACK


def _spoken(theme: Theme, language: str) -> tuple[Sequence[Pattern], Sequence[Pattern]]:
    """The patterns and exceptions of a theme in a language; where it has no patterns there, the English ones too."""
    patterns, exceptions = theme.patterns.get(language), theme.exceptions.get(language, ())
    if patterns is not None:
        return patterns, exceptions
    return theme.patterns.get(FALLBACK, ()), (*theme.exceptions.get(FALLBACK, ()), *exceptions)


def _stands(phrase: _Phrase, words: Sequence[str], start: int) -> bool:
    if start + len(phrase) >= len(words):
        return False
    return all(one.fits(folded(words[i])) for i, one in enumerate(phrase, start))


@cache
def _phrase(pattern: Pattern) -> _Phrase:
    return tuple(map(_word, pattern))


def _word(written: str) -> _Word:
    ways = [written_alike(way.replace("’", "'")) for way in written.split("/")]
    exact = frozenset(["" if way == "," else folded(way) for way in ways if not way.endswith("*")])
    return _Word(exact, tuple([folded(way[:-1]) for way in ways if way.endswith("*")]))


def folded(word: str) -> str:
    """A lower-case word without accents and apostrophes, which people in a hurry leave out: "késik" is "kesik"."""
    if not word.isascii():
        word = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", word)))
    return word.replace("'", "")


def named(name: str, own: Iterable[Theme] = ()) -> Theme | None:
    """The theme of that name, in whatever case it is written: a team's own one before a shipped one."""
    return next((one for one in (*own, *taxonomy()) if one.name.casefold() == name.casefold()), None)


@cache
def taxonomy() -> tuple[Theme, ...]:
    """The themes that Earful ships."""
    return parsed(_shipped().split("\n"))


@cache
def _shipped() -> str:
    return (files("sentiment") / "data" / "themes.txt").read_text(encoding="utf-8")


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
    left_out = known.exceptions.get(FALLBACK, ())
    theirs = {code: left_out for code in more.patterns if code not in known.patterns} | dict(known.exceptions)
    excepted = {code: (*theirs.get(code, ()), *words) for code, words in more.exceptions.items()}
    return Theme(known.name, more.stage, {**known.patterns, **added}, {**theirs, **excepted})


def mark(own: Sequence[Theme]) -> str:
    """What a reader's version gets added for the themes: other ones, shipped or a team's own, are another reader."""
    spelled = [(one.name, one.stage, sorted(one.patterns.items()), sorted(one.exceptions.items())) for one in own]
    return f"+t{digest(_shipped(), spelled)[:8]}"


class Own(NamedTuple):
    """What a team's own file says."""

    themes: tuple[Theme, ...] = ()
    refused: Mapping[str, Sequence[Pattern]] = MappingProxyType({})  #: by language: words not to be proposed


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

    "language not: words | phrases" lists what the words of a theme don't count within.

    Raises:
        Mistake: a line is of another form, or a stage is not one of `STAGES`.
    """
    themes: list[Theme] = []
    for number, line in enumerate(map(str.strip, lines), 1):
        if line.startswith("["):
            themes.append(_heading(line, number, {one.name for one in themes}))
        elif line and not line.startswith("#"):
            language, excepted, words = _words(line, number)
            if not themes:
                raise Mistake(number, "words need a heading above them, as in [delivery | receive]")
            kept = themes[-1].exceptions if excepted else themes[-1].patterns
            patterns = cast("dict[str, Sequence[Pattern]]", kept)
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


def _words(line: str, number: int) -> tuple[str, bool, Sequence[Pattern]]:
    """The language of a line, whether it lists exceptions, and its words."""
    key, colon, words = (part.strip() for part in line.partition(":"))
    language, _, excepted = key.partition(" ")
    if not colon or not re.fullmatch("[a-z]{2,3}(-[a-z]{2})?", language) or excepted not in {"", "not"}:
        raise Mistake(number, f"{line!r} is neither a heading nor a language with its words, as in 'en: parcel* late'")
    patterns = _patterns(words.lower())
    ways = [way for word in chain.from_iterable(patterns) for way in word.split("/")]
    if short := next((way for way in ways if way.endswith("*") and len(way) < _STEM), None):
        raise Mistake(number, f"{short!r}: a beginning of words needs {_STEM - 1} letters before the '*'")
    if not all(ways):
        raise Mistake(number, "a '/' stands between two words that are meant alike, as in 'late/slow'")
    return language, bool(excepted), patterns


def _patterns(text: str) -> list[Pattern]:
    words, *phrases = text.split("|")
    return [(word,) for word in words.split()] + [tuple(phrase.split()) for phrase in phrases if phrase.strip()]
