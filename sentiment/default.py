"""The reader that Earful uses unless told otherwise: word lists and learned weights for each language, offline."""

from collections.abc import Mapping, Sequence
from typing import Final

from earful.text import digest
from earful.values import Evidence, Label, Passage, Reading
from sentiment.features import Analysis, starts
from sentiment.judging import judged
from sentiment.languages import UNKNOWN, Detector, normal_code
from sentiment.odds import Sums
from sentiment.ratings import stars, weight_of, with_stars
from sentiment.scoring import Scorer
from sentiment.themes import ThemeFinder, Touch, taxonomy
from sentiment.weights import load, release

_SHOWN: Final = 5  #: pieces of evidence in a reading, the strongest ones
_LEARNED: Final = 0.25  #: log-odds from which on a single word is worth showing where no listed word was found
_WORDLESS: Final = "en"  #: emoji alone are read with this language's weights; they mean much the same everywhere
_UNREAD: Final = Sums(0.0, 0.0)


class DefaultReader:
    """Reads every language that it has weights for; texts in others stay unscored unless stars come with them.

    Threads may share one. Weights are read from disk with the first text that needs them.

    Args:
        languages: what to expect, any form of code; none: the usual ones.
        prior: how often the stream speaks each language, for texts of a few words.
        calibrations: for a brand what `calibration.refit` found, used for passages of that brand.
    """

    name = "default"

    def __init__(
        self,
        languages: Sequence[str] = (),
        prior: Mapping[str, float] | None = None,
        calibrations: Mapping[str, Mapping[str, float]] | None = None,
    ) -> None:
        self._languages, self._prior = languages, prior
        self._detector: Detector | None = None
        self._scorers: dict[str, Scorer | None] = {}
        self._finders: dict[str, ThemeFinder] = {}
        self._calibrations = dict(calibrations or {})
        self._versions = {
            brand: f"{release()}+{digest(sorted(one.items()))[:8]}" for brand, one in self._calibrations.items()
        }

    @property
    def version(self) -> str:
        """The version of the weights; readings of a calibrated brand carry the calibration's digest after it."""
        return release()

    def read(self, passages: Sequence[Passage]) -> list[Reading]:
        """One reading a passage, in order."""
        return [self._read(passage) for passage in passages]

    def sums(self, passages: Sequence[Passage]) -> list[Sums | None]:
        """For each passage the log-odds that its label comes from, what `calibration.Sample` asks for; None: unread."""
        found = []
        for passage in passages:
            _, _, scorer, analysis = self._analysed(passage)
            sums = scorer.text_sums(passage.text, analysis) if scorer and analysis else None
            found.append(with_stars(sums, stars(passage.rating, passage.nps)) if sums else None)
        return found

    def calibration(self, language: str) -> Mapping[str, float]:
        """The calibration that the weights of a language come with: what a refit starts from."""
        scorer = self._scorer(normal_code(language))
        return scorer.weights.calibration if scorer else {}

    def _read(self, passage: Passage) -> Reading:
        language, sure, scorer, analysis = self._analysed(passage)
        given = stars(passage.rating, passage.nps)
        if scorer is None or analysis is None:
            return self._unread(language, sure, given)
        calibration, version = self._calibrated(passage.brand, scorer)
        label, polarity, confidence = judged(with_stars(scorer.text_sums(passage.text, analysis), given), calibration)
        touched = self._finder(language).touches(analysis)
        evidence = _evidence(passage.text, analysis, scorer, touched)
        if given:
            evidence = (_rated(given), *evidence)
        themes = tuple([touch[0] for touch in touched])
        return Reading(language, label, polarity, confidence, self.name, version, sure, evidence, themes)

    def _analysed(self, passage: Passage) -> tuple[str, float, Scorer | None, Analysis | None]:
        """Language, how sure that is, and, where the text can be read, with what and how it looks."""
        language, sure = self._language(passage)
        scorer = self._scorer(_WORDLESS if language == UNKNOWN else language)
        analysis = scorer.analyzer.analyse(passage.text) if scorer else None
        if analysis is None or not analysis.tokens or (language == UNKNOWN and not analysis.found):
            return language, sure, None, None
        return language, sure, scorer, analysis

    def _calibrated(self, brand: str | None, scorer: Scorer) -> tuple[Mapping[str, float], str]:
        if brand is None or brand not in self._calibrations:
            return scorer.weights.calibration, release()
        return self._calibrations[brand], self._versions[brand]

    def _unread(self, language: str, sure: float, given: int | None) -> Reading:
        """A reading of a text that says nothing to us: by its stars, where it has any."""
        if given is None:
            return Reading(language, Label.UNSCORED, 0.0, 0.0, self.name, self.version, sure)
        label, polarity, confidence = judged(with_stars(_UNREAD, given), {})
        return Reading(language, label, polarity, confidence, self.name, self.version, sure, (_rated(given),))

    def _language(self, passage: Passage) -> tuple[str, float]:
        if passage.language:
            return normal_code(passage.language), 1.0
        if self._detector is None:
            self._detector = Detector(self._languages, self._prior)
        return self._detector.detect(passage.text)

    def _scorer(self, language: str) -> Scorer | None:
        if language not in self._scorers:
            weights = load(language)
            self._scorers[language] = Scorer(weights) if weights else None
        return self._scorers[language]

    def _finder(self, language: str) -> ThemeFinder:
        if language not in self._finders:
            self._finders[language] = ThemeFinder(taxonomy(), language)
        return self._finders[language]


def _evidence(text: str, analysis: Analysis, scorer: Scorer, touched: Sequence[Touch]) -> tuple[Evidence, ...]:
    """The words and phrases that weigh most, in reading order, then where each theme shows, which moves no label."""
    found = [(code, first, last, weight / 4) for code, first, last, weight in analysis.found if weight]
    if not found:
        found = _learned(analysis, scorer)
    if len(found) > _SHOWN:
        found = sorted(sorted(found, key=lambda one: -abs(one[3]))[:_SHOWN], key=lambda one: one[1])
    found += [("theme: " + theme, first, last, 0.0) for theme, first, last in touched]
    if not found:
        return ()
    raws = analysis.raws
    places = starts(text, raws[: max([one[2] for one in found]) + 1])
    return tuple([_placed(text, places, raws, *one) for one in found])


def _placed(
    text: str, places: Sequence[int], raws: Sequence[str], code: str, first: int, last: int, weight: float
) -> Evidence:
    """Evidence from token `first` to token `last`, with its words as they stand in the text."""
    start = places[first]
    held = -1.0 if weight < -1 else min(weight, 1.0)
    return Evidence(code, text[start : places[last] + len(raws[last])], start, round(held, 4))


def _learned(analysis: Analysis, scorer: Scorer) -> list[tuple[str, int, int, float]]:
    """The words that the tables lean on most, where the word lists know none."""
    leaning = scorer.leaning(analysis)
    return [("learned", i, i, odds / 4) for i, odds in enumerate(leaning) if abs(odds) >= _LEARNED]


def _rated(given: int) -> Evidence:
    return Evidence("rating", f"{given}/5", -1, weight_of(given))
