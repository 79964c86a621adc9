"""The readers: what turns a passage into a reading. Each is chosen by its name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Final

from earful.errors import ConfigError
from earful.languagecodes import UNKNOWN
from earful.values import Label, Passage, Reader, Reading
from sentiment.default import DefaultReader, marked
from sentiment.languages import Detector, languages_of
from sentiment.ownwords import Table
from sentiment.secondlook import Budget, SecondLook
from sentiment.teamwords import Piece, overlaid
from sentiment.themes import Theme
from sentiment.vader import NOTHING, Vader, english
from sentiment.words import WordList

VERSION: Final = "3.3.2"
_BORDER: Final = 0.05  #: VADER's own: a compound at least this far from zero is not neutral (Hutto & Gilbert 2014)


class VaderReader:
    """VADER as published: English by its compound score; texts in other languages are left unscored.

    Emoji alone belong to no language and are scored. The confidence is the size of the compound score, nought for a
    neutral: it says how strongly a text is worded, not how often the label is right, which VADER cannot tell. A rating
    that comes with a text is not looked at.

    Args:
        languages: what to expect, any form of code; none: the usual ones.
        lexicon: the brand's own words, stems ("terribl*") and phrases, with weights from -4 to 4.
        whom: what stands in the version for all that tells whom a text is about.
    """

    name = "vader"

    def __init__(
        self, languages: Sequence[str] = (), lexicon: Mapping[str, float] | None = None, whom: str = ""
    ) -> None:
        self._detector = Detector(languages)
        self._engine = english()
        if lexicon:
            signs = {sign: sign for word in lexicon for sign in word if sign in self._engine.descriptions}
            known = self._engine.lexicon, {**self._engine.descriptions, **signs}
            cut = Vader(*known).words
            own = overlaid(WordList(), lexicon, lambda word: [Piece(one, one) for one in cut(word)])
            self._engine = Vader(*known, own)
        self.version = VERSION + whom + marked("l", lexicon or {})
        self.marks = frozenset([(self.name, self.version)])

    def read(self, passages: Sequence[Passage], *, explain: bool = True) -> list[Reading]:
        """One reading a passage, in order."""
        languages = languages_of(passages, self._detector.detect_all)
        return [self._read(one, *language, explain=explain) for one, language in zip(passages, languages, strict=True)]

    def _read(self, passage: Passage, language: str, sure: float, *, explain: bool) -> Reading:
        scores = self._engine.scores(passage.text) if language in {"en", UNKNOWN} else NOTHING
        if not scores.hits and (language != "en" or not passage.text.strip()):
            return Reading(language, Label.UNSCORED, 0.0, 0.0, self.name, self.version, sure)
        label = _label(scores.compound)
        confidence = 0.0 if label is Label.NEUTRAL else abs(scores.compound)
        evidence = self._engine.evidence(passage.text, scores) if explain else ()
        negative = round(0.5 - scores.compound / 2, 4)  # no chance, but VADER's own order
        said = (language, label, scores.compound, confidence, self.name, self.version, sure)
        return Reading(*said, evidence, negative=negative)


def _label(compound: float) -> Label:
    if compound >= _BORDER:
        return Label.POSITIVE
    return Label.NEGATIVE if compound <= -_BORDER else Label.NEUTRAL


@dataclass(frozen=True, slots=True)
class Taught:
    """What a brand's team and its stream taught: readers use of it what they can."""

    lexicon: Mapping[str, float] = field(default_factory=dict)
    calibration: Mapping[str, float] = field(default_factory=dict)
    words: Table = field(default_factory=dict)  #: what labels taught of single words, which the default reader uses
    themes: Sequence[Theme] = ()  #: the team's own, over the shipped ones
    spoken: Mapping[str, float] = field(default_factory=dict)  #: how often its customers write each language
    whom: str = ""  #: stands for all that tells whom a text is about, in each version


def _default(languages: Sequence[str], taught: Taught, _: Budget) -> DefaultReader:
    return DefaultReader(
        languages,
        taught.spoken,
        taught.calibration,
        taught.lexicon,
        taught.themes,
        words=taught.words,
        whom=taught.whom,
    )


def _first(languages: Sequence[str], taught: Taught, budget: Budget) -> DefaultReader:
    """The default reader as the first of two looks: own words were learned for its log-odds alone."""
    return _default(languages, replace(taught, words={}), budget)


def _vader(languages: Sequence[str], taught: Taught, _: Budget) -> Reader:
    return VaderReader(languages, taught.lexicon, taught.whom)


def _encoder(languages: Sequence[str], taught: Taught, budget: Budget) -> Reader:
    from sentiment.encoder import model

    return SecondLook(_first(languages, taught, budget), model(), taught.calibration, budget)


def _transformers(named: str, languages: Sequence[str], taught: Taught, budget: Budget) -> Reader:
    from sentiment.classifier import model

    return SecondLook(_first(languages, taught, budget), model(named), taught.calibration, budget)


Make = Callable[[Sequence[str], Taught, Budget], Reader]
READERS: Final[Mapping[str, Make]] = {"default": _default, "encoder": _encoder, "vader": _vader}
WITH_MODEL: Final = "transformers"  #: the reader whose model is named after a colon


def reader_named(
    name: str, languages: Sequence[str] = (), taught: Taught | None = None, budget: Budget | None = None
) -> Reader:
    """The reader of that name, reading the languages given (any form of code; none: the usual ones).

    Args:
        name: one of `READERS`, or "transformers:" and the folder or name of a model.
        languages: what to expect.
        taught: what a brand's team taught, for a reader of that brand.
        budget: the time for second looks, which readers of one run share; none: the usual one for this reader alone.

    Raises:
        ConfigError: no reader has this name (the message lists those there are), or it needs what is not installed.
    """
    kind, _, model = name.partition(":")
    if kind == WITH_MODEL and model:
        return _transformers(model, languages, taught or Taught(), budget or Budget())
    make = READERS.get(name)
    if make is None:
        near = get_close_matches(name.lower(), READERS, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ConfigError(
            f"There is no reader named {name!r}; there are: {', '.join(sorted(READERS))}, and "
            f"transformers:FOLDER-OR-NAME.{hint}"
        )
    return make(languages, taught or Taught(), budget or Budget())
