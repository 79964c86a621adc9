"""Which language a text is in, among those that somebody expects, and how sure that is."""

import math
import unicodedata
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from earful.languagecodes import UNKNOWN, normal_code
from earful.values import Passage
from sentiment.batches import batches
from sentiment.kindred import Kindred, shipped
from sentiment.languagewords import Words, as_shown, bare, labels
from sentiment.weights import available

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

USUAL: Final = (
    "en", "no", "da", "sv", "fi", "hu", "bg", "id", "de", "es", "fr", "it", "nl", "pl", "pt", "ru", "th", "tr", "cs",
    "ro", "el", "uk", "ar", "ja", "zh",
)  # fmt: skip
RARER: Final = (
    "hi", "ko", "vi", "he", "fa", "ur", "bn", "ta", "te", "hy", "ka", "am", "sk", "sl", "hr", "sr", "lt", "lv", "et",
    "ca", "is", "sq", "af", "sw",
)  # fmt: skip
SPOKEN: Final = USUAL + RARER
"""What is expected where nobody says which languages a brand's customers write. The more there are, the more short
texts are taken for the wrong one, so the nearest kin of usual languages are not among them."""

_HABIT: Final = {"en": 3.0, **dict.fromkeys(RARER, 0.3)}
"""How often languages come where nobody says what to expect, times the others: English three times as often. Gave the
best detection of three words over nine languages, and of single English words. The rarer ones at .3 cost the usual ones
.001 on whole texts and .006 on three words."""

_LATIN: Final = frozenset({"LATIN"})
_SCRIPTS: Final = {
    **dict.fromkeys(("ru", "uk", "mk", "be", "kk", "ky", "mn", "tg", "tt", "ba"), frozenset({"CYRILLIC"})),
    **dict.fromkeys(("bg", "sr"), frozenset({"CYRILLIC", "LATIN"})),
    **dict.fromkeys(("ar", "fa", "ur", "ps", "ug", "ckb", "sd", "arq", "ary", "arz"), frozenset({"ARABIC", "LATIN"})),
    **dict.fromkeys(("hi", "mr", "ne", "sa"), frozenset({"DEVANAGARI"})),
    **dict.fromkeys(("am", "ti"), frozenset({"ETHIOPIC", "LATIN"})),
    "el": frozenset({"GREEK"}), "he": frozenset({"HEBREW"}), "yi": frozenset({"HEBREW"}), "th": frozenset({"THAI"}),
    "zh": frozenset({"CJK"}), "ja": frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"}),
    "ko": frozenset({"HANGUL", "CJK"}), "hy": frozenset({"ARMENIAN"}), "ka": frozenset({"GEORGIAN"}),
    "bn": frozenset({"BENGALI"}), "as": frozenset({"BENGALI"}), "pa": frozenset({"GURMUKHI"}),
    "gu": frozenset({"GUJARATI"}),
    "or": frozenset({"ORIYA"}), "ta": frozenset({"TAMIL"}), "te": frozenset({"TELUGU"}), "kn": frozenset({"KANNADA"}),
    "ml": frozenset({"MALAYALAM"}), "si": frozenset({"SINHALA"}), "lo": frozenset({"LAO"}),
    "my": frozenset({"MYANMAR"}), "km": frozenset({"KHMER"}),
}  # fmt: skip
"""What languages are written in that are not written in Latin letters (some are in both)."""
_DENSE: Final = frozenset(["zh", "ja", "ko"])  #: a sign of theirs says as much as several letters of ours
_ONE_SPEECH: Final = (frozenset({"hr", "sr"}),)  #: hardly told apart, so that none of them is surely another
_SURELY: Final = math.log(99)
"""The log-odds from which on a text is surely in another language than those expected, where it has as many letters
as `_TOLD_FROM`. Of 26,660 public texts in the five languages two in ten thousand were taken for another one so, most of
which are in another one indeed; of those in others .9 to .99 are told, .99 of them rightly."""
_TOLD_FROM: Final = 16
_SAMPLE: Final = 600  #: characters looked at: more of them make the answer slower, hardly surer
_LONG: Final = 60  #: from this many characters on, what the stream usually speaks no longer matters


def modelled() -> frozenset[str]:
    """The codes that py3langid's model knows."""
    return frozenset(map(normal_code, labels()))


def known_languages() -> frozenset[str]:
    """The codes that can be detected."""
    return modelled() | shipped().relatives.keys()


def known_code(language: str) -> str | None:
    """The code of a language that can be read or detected, from any form of it; None: no language has this one."""
    code = normal_code(language)
    return code if code in available() or code in known_languages() else None


class Detector:
    """Tells the language of texts, restricted to those that are expected. Threads may share one.

    What py3langid's model says is added up word by word, so that the words of a stream are looked at once: several
    times as fast as asking it for whole texts, and no worse.

    Args:
        languages: codes of any form that `normal_code` takes; None or none: `SPOKEN`. Those that nobody can detect
            are left out. Where all of them are of `SPOKEN`, a text that surely is in another one of these is told so.
        prior: how often the stream speaks each language (any positive numbers); decides on texts of a few words.
        kindred: what is known beyond py3langid's model; None: what comes with Earful.
    """

    def __init__(
        self,
        languages: Sequence[str] | None = None,
        prior: Mapping[str, float] | None = None,
        kindred: Kindred | None = None,
    ) -> None:
        kindred = kindred or shipped()
        expected = _heard(languages or SPOKEN, kindred) or _heard(SPOKEN, kindred)
        self.languages = tuple(expected)
        heard = expected | _heard(_others(self.languages), kindred)
        self._all = tuple(heard)
        asked = tuple(sorted(set(chain.from_iterable(heard.values()))))
        own = [[asked.index(place) for place in columns] for columns in heard.values()]
        self._columns = np.array([columns[0] for columns in own])
        self._more = [(code, column) for code, columns in enumerate(own) for column in columns[1:]]
        kin = [code for code in expected if code in kindred.languages]
        if set(kin) <= set(SPOKEN):  # the model alone tells these well
            kin = []
        self._kin = np.array([self.languages.index(code) for code in kin], dtype=np.int64)
        habit = prior or (None if languages else dict.fromkeys(self.languages, 1.0) | _HABIT)
        self._prior = _logarithms(habit, self._all) if habit else None
        self._streams = bool(prior)
        self._words = Words(asked, [normal_code(labels()[place]) for place in asked], kindred.columns(kin))

    def detect(self, text: str) -> tuple[str, float]:
        """The language's code and how sure that is, 0 to 1.

        "und" for a text without letters (surely), and for one whose words say nothing to the detector (hardly sure).
        """
        return self.detect_all([text])[0]

    def detect_all(self, texts: Sequence[str]) -> list[tuple[str, float]]:
        """What `detect` says of each text, in order: several times as fast as asking for one after another."""
        found: list[tuple[str, float]] = []
        for samples in batches([text[:_SAMPLE] for text in texts]):
            found += self._told(samples)
        return found

    def odds(self, texts: Sequence[str]) -> Floats:
        """For each text the log-odds of each of `languages`, but for what they share."""
        samples = batches([text[:_SAMPLE] for text in texts])
        odds = [self._odds(some, self._words.sums(some)) for some in samples]
        return np.concatenate(odds)[:, : len(self.languages)]

    def _told(self, samples: Sequence[str]) -> list[tuple[str, float]]:
        sums = self._words.sums(samples)
        odds = self._odds(samples, sums)
        best, sure = _best(odds[:, : len(self.languages)])
        if len(self._all) > len(self.languages):
            away = self._away(samples, odds)
            best[away], sure[away] = _best(odds[away])
        worded = np.any(sums, axis=1)
        codes = map(self._all.__getitem__, best.tolist())
        return [
            (code, one) if told and sample.isascii() else self._unusual(sample, told, code, one)
            for sample, told, code, one in zip(samples, worded.tolist(), codes, sure.tolist(), strict=True)
        ]

    def _away(self, samples: Sequence[str], odds: Floats) -> Ints:
        """The places of texts that surely are in none of the languages expected."""
        expected = odds[:, : len(self.languages)].max(axis=1)
        others = np.flatnonzero(odds.max(axis=1) - expected > _SURELY)
        long = [sum(map(str.isalpha, samples[place])) >= _TOLD_FROM for place in others.tolist()]
        return others[np.array(long, dtype=np.bool_)]

    def _odds(self, samples: Sequence[str], sums: Floats) -> Floats:
        lengths = np.array([len(sample) or 1 for sample in samples], dtype=np.float32)[:, None]
        # py3langid's own way to keep the odds of long texts from running off
        even = np.divide(sums, np.sqrt(lengths), dtype=np.float32)
        odds: Floats = even.take(self._columns, axis=1)
        for code, column in self._more:
            np.maximum(odds[:, code], even[:, column], out=odds[:, code])
        if len(self._kin) > 1:
            odds[:, self._kin] = _among_kin(odds[:, self._kin], even[:, -len(self._kin) :])
        if self._prior is not None:
            odds += np.maximum(1 - lengths / _LONG, 0) * self._prior
        return odds

    def _unusual(self, sample: str, worded: bool, code: str, sure: float) -> tuple[str, float]:
        """What is said of a text whose words say nothing, or that is not all ASCII."""
        if not worded:
            lettered = any(map(str.isalpha, sample))
            if not lettered or not self._streams:
                return UNKNOWN, 1 / len(self.languages) if lettered else 1.0
        if not sample.isascii() and not in_script(sample, code):
            return UNKNOWN, 1 - sure  # another language than those expected
        return code, sure


def languages_of(
    passages: Sequence[Passage], detect: Callable[[Sequence[str]], Sequence[tuple[str, float]]]
) -> Iterator[tuple[str, float]]:
    """The language of each passage and how sure that is: the one that comes with it, or else the detected one.

    Args:
        passages: what is to be read.
        detect: tells the languages of texts, as `Detector.detect_all` does; not asked where all of them are said.
    """
    unsaid = [passage.text for passage in passages if not passage.language]
    detected = iter(detect(unsaid) if unsaid else ())
    return ((normal_code(one.language), 1.0) if one.language else next(detected) for one in passages)


def in_script(text: str, language: str) -> bool:
    """Whether a third of a text's letters are of the script that a language is written in: a ninth of dense ones."""
    scripts = _SCRIPTS.get(language, _LATIN)
    letters = list(filter(str.isalpha, text))
    return (9 if language in _DENSE else 3) * sum([_script(letter) in scripts for letter in letters]) >= len(letters)


@lru_cache(maxsize=10_000)
def _script(letter: str) -> str:
    """The script of a letter, by the first word of its name in Unicode."""
    return unicodedata.name(letter, "").partition(" ")[0]


def _heard(languages: Iterable[str], kindred: Kindred) -> dict[str, list[int]]:
    """For each language that can be told the columns of the model that speak for it: its own, or its relatives'.

    A relative that is expected itself keeps its own texts, but for those in whose texts the table knows its way too.
    """
    wanted = dict.fromkeys(map(normal_code, languages))
    others = wanted.keys() - set(kindred.languages)
    columns = {code: _columns(kindred.relatives.get(code, (code,)), others - {code}) for code in wanted}
    return {code: places for code, places in columns.items() if places}


def _others(expected: Sequence[str]) -> Sequence[str]:
    """The languages that a text may surely be in though none expects it; none where kin of usual ones is expected."""
    if not set(expected) <= set(SPOKEN):
        return ()
    near = chain.from_iterable(some for some in _ONE_SPEECH if not some.isdisjoint(expected))
    return [code for code in SPOKEN if code not in {*expected, *near}]


def _best(odds: Floats) -> tuple[Ints, Floats]:
    """The place of the likeliest language of each text, and how likely it is."""
    sure: Floats = 1 / np.exp(odds - odds.max(axis=1, keepdims=True)).sum(axis=1)
    return odds.argmax(axis=1), sure


def _columns(codes: Iterable[str], without: Container[str]) -> list[int]:
    """The columns of the model for some of these languages; the scripts of one have their own, and so has nynorsk."""
    heard = [code for code in codes if code not in without]
    return [place for place, label in enumerate(labels()) if normal_code(label) in heard]


def _among_kin(odds: Floats, speaking: Floats) -> Floats:
    """The log-odds of kindred languages with what the table says; the best keeps the best one's, against all others."""
    told = odds + speaking
    moved: Floats = told + (odds.max(axis=1) - told.max(axis=1))[:, None]
    return moved


def bare_words(text: str) -> list[str]:
    """The words of a text that its language is told by, in lower case and without marks."""
    return [bare(word) for word in text[:_SAMPLE].split() if as_shown(word)]


def _logarithms(prior: Mapping[str, float], codes: Sequence[str]) -> Floats:
    """The logarithm of each code's share; those never seen keep a hundredth, so that none is impossible."""
    counts = {normal_code(code): max(share, 0.0) for code, share in prior.items()}
    total = sum(counts.values()) or 1.0
    return np.array([math.log(counts.get(code, 0.0) / total + 0.01) for code in codes], dtype=np.float32)
