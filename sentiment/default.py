"""The reader that Earful uses unless told otherwise: word lists and learned weights for each language, offline."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from earful.text import digest
from earful.values import Evidence, Label, Passage, Reading
from sentiment.features import Analysis, starts
from sentiment.judging import composed, judged
from sentiment.languages import UNKNOWN, Detector, languages_of
from sentiment.odds import Sums
from sentiment.ratings import stars, weight_of, with_stars
from sentiment.scoring import Scorer
from sentiment.themes import Theme, ThemeFinder, Touch, mark, overlaid, taxonomy
from sentiment.weights import load, release

_SHOWN: Final = 5  #: pieces of evidence in a reading, the strongest ones
_LEARNED: Final = 0.25  #: log-odds from which on a single word is worth showing where no listed word was found
_WORDLESS: Final = "en"  #: emoji alone are read with this language's weights; they mean much the same everywhere
_UNREAD: Final = Sums(0.0, 0.0)


class Weighed(NamedTuple):
    """What a text's label comes from."""

    sums: Sums
    calibration: Mapping[str, float]  #: what the weights of its language come with


class DefaultReader:
    """Reads every language that it has weights for; texts in others stay unscored unless stars come with them.

    Threads may share one. Weights are read from disk with the first text that needs them.

    Args:
        languages: what to expect, any form of code; none: the usual ones.
        prior: how often the stream speaks each language, for texts of a few words.
        calibration: what `calibration.refit` found for the brand, on top of each language's own.
        lexicon: the brand's own words, stems ("terribl*") and phrases, with weights from -4 to 4.
        themes: the team's own, over the shipped ones.
    """

    name = "default"

    def __init__(
        self,
        languages: Sequence[str] = (),
        prior: Mapping[str, float] | None = None,
        calibration: Mapping[str, float] | None = None,
        lexicon: Mapping[str, float] | None = None,
        themes: Sequence[Theme] = (),
    ) -> None:
        self._languages, self._prior = languages, prior
        self._detector: Detector | None = None
        self._scorers: dict[str, Scorer | None] = {}
        self._finders: dict[str, ThemeFinder] = {}
        self._own, self._lexicon = dict(calibration or {}), dict(lexicon or {})
        self._calibrations: dict[str, Mapping[str, float]] = {}
        self._themes = overlaid(themes) if themes else taxonomy()
        self.version = release() + marked("c", self._own) + marked("l", self._lexicon) + mark(themes)
        self.marks = frozenset([(self.name, self.version)])

    def read(self, passages: Sequence[Passage], *, explain: bool = True) -> list[Reading]:
        """One reading a passage, in order."""
        told = zip(passages, languages_of(passages, self._detected), strict=True)
        return [self._read(passage, *language, explain=explain) for passage, language in told]

    def weigh(self, passages: Sequence[Passage]) -> list[Weighed | None]:
        """For each passage what its label comes from, which `calibration.Sample` asks for; None: it can't be read."""
        told = zip(passages, languages_of(passages, self._detected), strict=True)
        return [self._weighed(passage, language) for passage, (language, _) in told]

    def _weighed(self, passage: Passage, language: str) -> Weighed | None:
        scorer, analysis = self._analysed(passage.text, language)
        if scorer is None or analysis is None:
            return None
        given = stars(passage.rating, passage.nps)
        return Weighed(with_stars(scorer.text_sums(passage.text, analysis), given), scorer.weights.calibration)

    def _read(self, passage: Passage, language: str, sure: float, *, explain: bool) -> Reading:
        scorer, analysis = self._analysed(passage.text, language)
        given = stars(passage.rating, passage.nps)
        if scorer is None or analysis is None:
            return self._unread(passage, language, sure, given)
        sums = with_stars(scorer.text_sums(passage.text, analysis), given)
        label, polarity, confidence = judged(sums, self._calibrated(scorer))
        if not explain:
            return Reading(language, label, polarity, confidence, self.name, self.version, sure)
        touched = self._finder(language).touches(analysis)
        evidence = _evidence(passage.text, analysis, scorer, touched)
        if given:
            evidence = (_rated(passage, given), *evidence)
        themes = tuple([touch[0] for touch in touched])
        return Reading(language, label, polarity, confidence, self.name, self.version, sure, evidence, themes)

    def _analysed(self, text: str, language: str) -> tuple[Scorer | None, Analysis | None]:
        """With what a text can be read and how it looks; neither where it can't be."""
        scorer = self._scorer(_WORDLESS if language == UNKNOWN else language)
        analysis = scorer.analyzer.analyse(text) if scorer else None
        if analysis is None or not analysis.tokens or (language == UNKNOWN and not analysis.found):
            return None, None
        return scorer, analysis

    def _calibrated(self, scorer: Scorer) -> Mapping[str, float]:
        if not self._own:
            return scorer.weights.calibration
        language = scorer.weights.language
        if language not in self._calibrations:
            self._calibrations[language] = composed(scorer.weights.calibration, self._own)
        return self._calibrations[language]

    def _unread(self, passage: Passage, language: str, sure: float, given: int | None) -> Reading:
        """A reading of a text that says nothing to us: by its stars, where it has any."""
        if given is None:
            return Reading(language, Label.UNSCORED, 0.0, 0.0, self.name, self.version, sure)
        label, polarity, confidence = judged(with_stars(_UNREAD, given), {})
        return Reading(language, label, polarity, confidence, self.name, self.version, sure, (_rated(passage, given),))

    def _detected(self, texts: Sequence[str]) -> list[tuple[str, float]]:
        if self._detector is None:
            self._detector = Detector(self._languages, self._prior)
        return self._detector.detect_all(texts)

    def _scorer(self, language: str) -> Scorer | None:
        if language not in self._scorers:
            weights = load(language)
            self._scorers[language] = Scorer(weights, self._lexicon) if weights else None
        return self._scorers[language]

    def _finder(self, language: str) -> ThemeFinder:
        if language not in self._finders:
            self._finders[language] = ThemeFinder(self._themes, language)
        return self._finders[language]


def marked(kind: str, values: Mapping[str, float]) -> str:
    """What a version gets added for a brand's own calibration ("c") or lexicon ("l"): nothing where there is none."""
    return f"+{kind}{digest(sorted(values.items()))[:8]}" if values else ""


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


def _rated(passage: Passage, given: int) -> Evidence:
    """The stars, or the recommendation score that stands for them, each as it was given."""
    if stars(passage.rating, None) is None:
        return Evidence("nps", f"{passage.nps}/10", -1, weight_of(given))
    return Evidence("rating", f"{given}/5", -1, weight_of(given))
