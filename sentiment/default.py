"""The reader that Earful uses unless told otherwise: word lists and learned weights for each language, offline."""

import math
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Final, NamedTuple

from earful.languagecodes import UNKNOWN
from earful.text import digest
from earful.values import THEME, Evidence, Label, Passage, Reading
from sentiment.features import Analysis
from sentiment.judging import composed, judged
from sentiment.languages import Detector, languages_of
from sentiment.odds import Sums
from sentiment.ownwords import Table, shifted
from sentiment.ratings import stars, weight_of, with_stars
from sentiment.scoring import Scored, Scorer
from sentiment.themes import Theme, ThemeFinder, Touch, mark, overlaid, spoken
from sentiment.tokens import starts
from sentiment.weights import load, release

_SHOWN: Final = 5  #: pieces of evidence in a reading, the strongest ones
_LEARNED: Final = 0.25  #: log-odds from which on a single word is worth showing where no listed word was found
_WORDLESS: Final = "en"  #: emoji alone are read with this language's weights; they mean much the same everywhere
_UNREAD: Final = Sums(0.0, 0.0)


class Weighed(NamedTuple):
    """What a text's label comes from, but for what the brand's labels taught."""

    sums: Sums
    calibration: Mapping[str, float]  #: what the weights of its language come with
    words: Sequence[str] = ()  #: its tokens, where a table of own words could be learned


class DefaultReader:
    """Reads every language that it has weights for; texts in others stay unscored unless stars come with them.

    Threads may share one. Weights are read from disk with the first text that needs them.

    Args:
        languages: what to expect, any form of code; none: the usual ones.
        prior: how often the stream speaks each language, for texts of a few words.
        calibration: what `calibration.refit` found for the brand, on top of each language's own.
        lexicon: the brand's own words, stems ("terribl*") and phrases, with weights from -4 to 4.
        themes: the team's own, over the shipped ones.
        words: what `calibration.refit` found of single words; it goes under the calibration.
        whom: what stands in the version for all that tells whom a text is about.
    """

    name = "default"

    def __init__(
        self,
        languages: Sequence[str] = (),
        prior: Mapping[str, float] | None = None,
        calibration: Mapping[str, float] | None = None,
        lexicon: Mapping[str, float] | None = None,
        themes: Sequence[Theme] = (),
        words: Table | None = None,
        whom: str = "",
    ) -> None:
        self._languages, self._prior = languages, prior
        self._detector: Detector | None = None
        self._scorers: dict[str, Scorer | None] = {}
        self._finders: dict[str, ThemeFinder] = {}
        self._own, self._lexicon, self._words = dict(calibration or {}), dict(lexicon or {}), dict(words or {})
        self._calibrations: dict[str, Mapping[str, float]] = {}
        self._themes = themes
        learned = marked("c", self._own) + marked("w", self._words)
        self.version = release() + mark(themes) + whom + learned + marked("l", self._lexicon)
        self.marks = frozenset([(self.name, self.version)])

    def read(self, passages: Sequence[Passage], *, explain: bool = True) -> list[Reading]:
        """One reading a passage, in order."""
        told = list(languages_of(passages, self._detected))
        scored = self._scored(passages, [language for language, _ in told])
        return [
            self._read(passage, *language, one, explain=explain)
            for passage, language, one in zip(passages, told, scored, strict=True)
        ]

    def weigh(self, passages: Sequence[Passage]) -> list[Weighed | None]:
        """For each passage what its label comes from, which `calibration.Sample` asks for; None: it can't be read."""
        languages = [language for language, _ in languages_of(passages, self._detected)]
        scored = self._scored(passages, languages)
        return [self._weighed(*each) for each in zip(passages, languages, scored, strict=True)]

    def _weighed(self, passage: Passage, language: str, scored: Scored | None) -> Weighed | None:
        scorer = self._scorer(language)
        if scored is None or scorer is None:
            return None
        sums = with_stars(scored.sums, stars(passage.rating, passage.nps))
        return Weighed(sums, scorer.weights.calibration, scored.analysis.words)

    def _scored(self, passages: Sequence[Passage], languages: Sequence[str]) -> list[Scored | None]:
        """Each passage as it looks, with its sums; None where it can't be read."""
        self._make_room()
        found: list[Scored | None] = [None] * len(passages)
        for language, places in _groups(languages).items():
            if scorer := self._scorer(language):
                for i, one in zip(places, scorer.scored([passages[i].text for i in places]), strict=True):
                    if one.analysis.tokens and (language != UNKNOWN or one.analysis.found):
                        found[i] = one
        return found

    def _read(self, passage: Passage, language: str, sure: float, scored: Scored | None, *, explain: bool) -> Reading:
        scorer, given = self._scorer(language), stars(passage.rating, passage.nps)
        if scored is None or scorer is None:
            return self._unread(passage, language, sure, given)
        analysis, sums = scored
        sums = with_stars(sums, given)
        if self._words:
            sums = shifted(sums, analysis.words, self._words)
        label, polarity, confidence, negative = judged(sums, self._calibrated(scorer))
        if not explain:
            return Reading(language, label, polarity, confidence, self.name, self.version, sure, (), (), negative)
        touched = self._finder(language).touches(analysis)
        evidence = _evidence(passage.text, analysis, scorer, touched, self._words)
        if given:
            evidence = (_rated(passage, given), *evidence)
        themes = tuple([touch[0] for touch in touched])
        return Reading(language, label, polarity, confidence, self.name, self.version, sure, evidence, themes, negative)

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
        label, polarity, confidence, negative = judged(with_stars(_UNREAD, given), {})
        shown = (_rated(passage, given),)
        return Reading(language, label, polarity, confidence, self.name, self.version, sure, shown, (), negative)

    def _detected(self, texts: Sequence[str]) -> list[tuple[str, float]]:
        if self._detector is None:
            self._detector = Detector(self._languages, self._prior)
        return self._detector.detect_all(texts)

    def _scorer(self, language: str) -> Scorer | None:
        """What scores texts of a language; None where there are no weights for it."""
        known = _WORDLESS if language == UNKNOWN else language
        if known not in self._scorers:
            weights = load(known)
            self._scorers[known] = Scorer(weights, self._lexicon) if weights else None
        return self._scorers[known]

    def _make_room(self) -> None:
        """Forget the words of all languages once they are too many together."""
        known = [scorer for scorer in tuple(self._scorers.values()) if scorer]
        if sum([scorer.fullness for scorer in known]) > 1:
            for scorer in known:
                scorer.forget()

    def _finder(self, language: str) -> ThemeFinder:
        if language not in self._finders:
            themes = overlaid(self._themes)
            known = spoken(themes, language)  # most languages share the finder of English words
            if known not in self._finders:
                self._finders[known] = ThemeFinder(themes, known)
            self._finders[language] = self._finders[known]
        return self._finders[language]


def _groups(languages: Sequence[str]) -> Mapping[str, Sequence[int]]:
    """The places of each language."""
    groups: dict[str, list[int]] = {}
    for i, language in enumerate(languages):
        groups.setdefault(language, []).append(i)
    return groups


def marked(kind: str, values: Mapping[str, object]) -> str:
    """What a version gets added for a brand's own calibration ("c"), words ("w") or lexicon ("l"), where it has one."""
    return f"+{kind}{digest(sorted(values.items()))[:8]}" if values else ""


def _evidence(
    text: str, analysis: Analysis, scorer: Scorer, touched: Sequence[Touch], words: Table
) -> tuple[Evidence, ...]:
    """The words and phrases that weigh most, in reading order, then where each theme shows, which moves no label."""
    found = [(code, first, last, weight / 4) for code, first, last, weight in analysis.found if weight]
    found = sorted([*found, *_taught(analysis, words)], key=itemgetter(1))
    if not found:
        found = _learned(analysis, scorer)
    if len(found) > _SHOWN:
        found = sorted(sorted(found, key=lambda one: -abs(one[3]))[:_SHOWN], key=lambda one: one[1])
    found += [(THEME + theme, first, last, 0.0) for theme, first, last in touched]
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


def _taught(analysis: Analysis, words: Table) -> list[tuple[str, int, int, float]]:
    """The words that the brand's own labels taught most about."""
    if not words:
        return []
    share = 1 / math.sqrt(len(analysis.words) or 1)
    odds = [words[token.text][0] * share if token.text in words else 0.0 for token in analysis.tokens]
    return [("taught", i, i, one / 4) for i, one in enumerate(odds) if abs(one) >= _LEARNED]


def _learned(analysis: Analysis, scorer: Scorer) -> list[tuple[str, int, int, float]]:
    """The words that the tables lean on most, where the word lists know none."""
    leaning = scorer.leaning(analysis)
    return [("learned", i, i, odds / 4) for i, odds in enumerate(leaning) if abs(odds) >= _LEARNED]


def _rated(passage: Passage, given: int) -> Evidence:
    """The stars, or the recommendation score that stands for them, each as it was given."""
    if stars(passage.rating, None) is None:
        return Evidence("nps", f"{passage.nps}/10", -1, weight_of(given))
    return Evidence("rating", f"{passage.rating:g}/5", -1, weight_of(given))
