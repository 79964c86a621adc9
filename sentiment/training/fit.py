"""From labelled texts to the two heads of a language.

One part of each head is what all languages taught about the dense features, the other what the language's own texts
taught about all features. On sources that training did not see, that was better than either alone, by .01 to .05
macro-F1. Where the word lists hardly reach, the language's own texts decide alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sentiment.features import DENSE, Analyzer, hashed
from sentiment.hashing import BUCKETS
from sentiment.training.logistic import Floats, Matrix, fitted, stacked
from sentiment.training.sources import LABELS, Text
from sentiment.words import WordList

NEUTRAL: Final = LABELS.index("neutral")
POSITIVE: Final = LABELS.index("positive")
QUESTIONS: Final = ("polarity", "neutrality")
SHARED_STRENGTH: Final = 0.3
OWN_STRENGTH: Final = 1.0
OWN_SHARE: Final = 0.65
"""How much of a head is the language's own: .5 did best on unseen sources, .75 and more on new texts of known ones."""
LISTED: Final = frozenset(["en", "no", "bg", "id", "hu", "da", "fi", "pt"])  #: word lists reach these well
TEACHING: Final = frozenset(["en", "no", "id", "fi", "pt", "da"])
"""The languages whose texts teach what dense features mean everywhere. Not those that the word lists hardly reach, nor
Hungarian and NusaX, whose share-alike licence would pass on to the weights of all languages."""
_USUAL: Final = 3000  #: a source of so many texts has full weight a text; a larger one counts by its root


@dataclass(frozen=True)
class Rows:
    """The texts of one source and language as features."""

    source: str
    language: str
    features: Matrix
    labels: NDArray[np.int64]
    neutrals: bool  #: whether the source has neutrals at all


@dataclass(frozen=True)
class Line:
    """A linear score: what logistic regression finds."""

    bias: float
    weights: Floats  #: the dense ones, then one a bucket (or none)

    def scores(self, rows: Matrix) -> Floats:
        """The log-odds of each row."""
        hashed_too = len(self.weights) > len(DENSE)
        return (rows if hashed_too else rows.without_buckets()).product(self.weights) + self.bias


Heads = Mapping[str, Line]  #: "polarity" and "neutrality"


def rows_of(texts: Sequence[Text], words: WordList, *, neutrals: bool) -> Rows:
    """The features of texts of one source and language."""
    analyzer = Analyzer(words)
    dense, starts, buckets, values = [], [0], [], []
    for text in texts:
        analysis = analyzer.analyse(text.text)
        dense.append(analysis.dense)
        for bucket, value in hashed(analysis):
            buckets.append(bucket)
            values.append(value)
        starts.append(len(buckets))
    matrix = Matrix(np.array(dense), np.array(starts), np.array(buckets), np.array(values), BUCKETS)
    labels = np.array([text.label for text in texts])
    return Rows(texts[0].source, texts[0].language, matrix, labels, neutrals)


def some(part: Rows, kept: NDArray[np.bool_]) -> Rows:
    """Some of the rows of a source."""
    return Rows(part.source, part.language, part.features.only(kept), part.labels[kept], part.neutrals)


def shared(parts: Iterable[Rows]) -> Heads:
    """What all these sources teach about the dense features: those that word lists know well, under free licences."""
    slim = [
        Rows(part.source, part.language, part.features.without_buckets(), part.labels, part.neutrals)
        for part in parts
        if part.language in TEACHING
    ]
    return {name: _head(name, slim, SHARED_STRENGTH) for name in QUESTIONS}


def own(parts: Sequence[Rows]) -> Heads:
    """What a language's sources teach about all features; no neutrality where none of them has neutrals."""
    asked = [name for name in QUESTIONS if name == "polarity" or any(part.neutrals for part in parts)]
    return {name: _head(name, parts, OWN_STRENGTH) for name in asked}


def blended(common: Heads, particular: Heads | None, *, listed: bool) -> Heads:
    """Both parts of each head; all of the first where a language has no labelled texts.

    Args:
        common: what all languages taught.
        particular: what the language's own texts taught.
        listed: whether word lists reach the language; if not, its own texts decide alone.
    """
    if particular is None:
        return common
    share = OWN_SHARE if listed else 1.0
    return {
        name: _mixed(line, particular[name], share) if name in particular else line for name, line in common.items()
    }


def _mixed(common: Line, particular: Line, share: float) -> Line:
    weights = particular.weights * share
    weights[: len(DENSE)] += common.weights * (1 - share)
    return Line(common.bias * (1 - share) + particular.bias * share, weights)


def _head(name: str, parts: Sequence[Rows], strength: float) -> Line:
    """One logistic regression: polarity from all texts that lean, neutrality from sources that have neutrals."""
    features, answers, importance = [], [], []
    for part in parts:
        if name == "neutrality" and not part.neutrals:
            continue
        if name == "polarity":
            leaning = part.labels != NEUTRAL
            features.append(part.features.only(leaning))
            answer = part.labels[leaning] == POSITIVE
        else:
            features.append(part.features)
            answer = part.labels == NEUTRAL
        answers.append(answer)
        importance.append(balanced(answer) * (_USUAL / len(answer)) ** 0.5)
    return Line(*fitted(stacked(features), np.concatenate(answers), np.concatenate(importance), strength))


def balanced(answers: NDArray[np.bool_]) -> Floats:
    """Weights that let yes and no count the same, 1 on average."""
    counts = {answer: max(1, int(np.sum(answers == answer))) for answer in (True, False)}
    return np.where(answers, len(answers) / (2 * counts[True]), len(answers) / (2 * counts[False]))
