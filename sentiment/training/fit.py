"""From labelled texts to the two heads of a language.

Each head is an average of three: what all languages taught about the dense features, what they taught about all
features, and what the language's own texts taught about all features. On sources that training did not see, that was
better than any of them alone. Where the word lists hardly reach, the language's own texts decide alone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sentiment.batches import batches
from sentiment.features import DENSE, Analyzer, hashed
from sentiment.hashing import BUCKETS
from sentiment.training.logistic import Answers, Floats, Matrix, fitted, stacked
from sentiment.training.sources import LABELS, WRITTEN, Text, mark
from sentiment.words import WordList

NEUTRAL: Final = LABELS.index("neutral")
POSITIVE: Final = LABELS.index("positive")
QUESTIONS: Final = ("polarity", "neutrality")
SHARED_STRENGTH: Final = 0.3
OWN_STRENGTH: Final = 1.0
POOLED_SHARE: Final = 0.5  #: of what all languages taught: so much about all features, the rest about dense ones
OWN_SHARE: Final = {"polarity": 0.5, "neutrality": 0.2}
"""How much of a head is the language's own, by scores on unseen sources: which words praise is a language's own matter,
but what its one or two sources call neutral is rather the habit of their labellers."""
TAUGHT_OWN_SHARE: Final = {"polarity": 0.5, "neutrality": 0.35}  #: the same where an encoder was asked too
WRITTEN_SHARE: Final = 0.1
"""The same where the only texts are those that we wrote, which alone can't say what people's posts look like."""
LISTED: Final = frozenset(["en", "no", "bg", "id", "hu", "da", "fi", "pt"])  #: word lists reach these well
TEACHING: Final = frozenset(["en", "no", "id", "fi", "pt", "da"])
"""The languages whose texts teach what dense features mean everywhere. Not those that the word lists hardly reach, nor
Hungarian and NusaX, whose share-alike licence would pass on to the weights of all languages."""
TAUGHT_SHARE: Final = 3.0  #: what an encoder's opinion of a text's neutrality counts beside a label
_POOLED: Final = 3000  #: texts of a source, spread evenly over it, that teach all languages about all features
_USUAL: Final = 3000  #: a source of so many texts has full weight a text; a larger one counts by its root
_WRITTEN: Final = 2.0  #: times what other sources' texts count: ours are about brands, which those hardly are


@dataclass(frozen=True)
class Rows:
    """The texts of one source and language as features."""

    source: str
    language: str
    features: Matrix
    labels: NDArray[np.int64]
    neutrals: bool  #: whether the source has neutrals at all
    taught: Floats | None = None  #: for each text what an encoder made of its neutrality, log-odds; NaN: not asked


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


@dataclass(frozen=True)
class Shared:
    """What all languages taught."""

    dense: Heads  #: about the dense features: fit for languages without tables
    pooled: Heads  #: about all features: half the dense heads', half what hashed signs, emoji and loanwords add to it


def rows_of(
    texts: Sequence[Text], words: WordList, *, neutrals: bool, opinions: Mapping[str, float] | None = None
) -> Rows:
    """The features of texts of one source and language; `opinions` as `sources.taught` gives them."""
    analyzer = Analyzer(words)
    analysed = [analyzer.analysed([text.split() for text in some]) for some in batches([text.text for text in texts])]
    starts, buckets, values = [0], [], []
    for analysis in chain.from_iterable(some.analyses for some in analysed):
        for bucket, value in hashed(analysis):
            buckets.append(bucket)
            values.append(value)
        starts.append(len(buckets))
    dense = np.concatenate([np.column_stack(some.dense) for some in analysed])
    matrix = Matrix(dense, np.array(starts), np.array(buckets, dtype=np.int32), np.array(values), BUCKETS)
    labels = np.array([text.label for text in texts])
    told = np.array([opinions.get(mark(text.text), np.nan) for text in texts]) if opinions else None
    return Rows(texts[0].source, texts[0].language, matrix, labels, neutrals, told)


def some(part: Rows, kept: Answers) -> Rows:
    """Some of the rows of a source."""
    taught = None if part.taught is None else part.taught[kept]
    return replace(part, features=part.features.only(kept), labels=part.labels[kept], taught=taught)


def shared(parts: Iterable[Rows]) -> Shared:
    """What all these sources teach together: those that word lists know well, under free licences, and not our own."""
    teaching = [replace(part, taught=None) for part in parts if teaches_all(part)]
    slim = [replace(part, features=part.features.without_buckets()) for part in teaching]
    thin = [some(part, _spread(len(part.labels))) for part in teaching]
    dense = {name: _head(name, slim, SHARED_STRENGTH) for name in QUESTIONS}
    pooled = {name: _head(name, thin, SHARED_STRENGTH) for name in QUESTIONS}
    return Shared(dense, {name: _mixed(dense[name], pooled[name], POOLED_SHARE) for name in QUESTIONS})


def teaches_all(part: Rows) -> bool:
    """Whether a source has a say in `shared`."""
    return part.language in TEACHING and part.source != WRITTEN.name


def _spread(rows: int) -> Answers:
    """At most `_POOLED` of so many rows, at even distances."""
    kept: Answers = np.arange(rows) % max(1, -(-rows // _POOLED)) == 0
    return kept


def own(parts: Sequence[Rows]) -> Heads:
    """What a language's sources teach about all features; no neutrality where none of them has neutrals."""
    asked = [name for name in QUESTIONS if name == "polarity" or any(part.neutrals for part in parts)]
    return {name: _head(name, parts, OWN_STRENGTH) for name in asked}


def blended(common: Shared, parts: Sequence[Rows], *, listed: bool) -> Heads:
    """The heads of a language: what all languages taught, and what the language's own texts teach.

    Args:
        common: what all languages taught.
        parts: the language's own texts, if there are any.
        listed: whether word lists reach the language; if not, its own texts decide alone.
    """
    if not parts:
        return common.dense
    particular = own(parts)
    if not listed:
        return {**common.dense, **particular}
    share = _own_share(parts)
    return {
        name: _mixed(line, particular[name], share[name]) if name in particular else line
        for name, line in common.pooled.items()
    }


def _own_share(parts: Sequence[Rows]) -> Mapping[str, float]:
    if all(part.source == WRITTEN.name for part in parts):
        return dict.fromkeys(QUESTIONS, WRITTEN_SHARE)
    asked = any(part.taught is not None and not np.all(np.isnan(part.taught)) for part in parts)
    return TAUGHT_OWN_SHARE if asked else OWN_SHARE


def _mixed(one: Line, other: Line, share: float) -> Line:
    """The average of two lines, of which the other knows the buckets and counts so much."""
    weights = other.weights * share
    weights[: len(one.weights)] += one.weights * (1 - share)
    return Line(one.bias * (1 - share) + other.bias * share, weights)


@dataclass(frozen=True)
class _Lesson:
    """Rows with yes or no to one of the questions, and how much each counts."""

    features: Matrix
    answers: Answers
    importance: Floats


def _head(name: str, parts: Sequence[Rows], strength: float) -> Line:
    """One logistic regression: polarity from all texts that lean, neutrality from sources that have neutrals."""
    lessons = [lesson for part in parts for lesson in _lessons(name, part)]
    answers = np.concatenate([lesson.answers for lesson in lessons])
    importance = np.concatenate([lesson.importance for lesson in lessons])
    return Line(*fitted(stacked([lesson.features for lesson in lessons]), answers, importance, strength))


def _lessons(name: str, part: Rows) -> Iterator[_Lesson]:
    if name == "polarity":
        leaning = part.labels != NEUTRAL
        yield _labelled(part, part.features.only(leaning), part.labels[leaning] == POSITIVE)
    elif part.neutrals:
        yield _labelled(part, part.features, part.labels == NEUTRAL)
        yield from _taught(part)


def _labelled(part: Rows, features: Matrix, answers: Answers) -> _Lesson:
    return _Lesson(features, answers, balanced(answers) * _weight(part, len(answers)))


def _taught(part: Rows) -> Iterator[_Lesson]:
    """The encoder's opinion as two lessons: that a text is neutral counts as much as it holds likely, the rest not."""
    if part.taught is None or np.all(np.isnan(part.taught)):
        return
    asked = ~np.isnan(part.taught)
    features, number = part.features.only(asked), int(asked.sum())
    likely = 1 / (1 + np.exp(-part.taught[asked])) * TAUGHT_SHARE * _weight(part, number)
    yield _Lesson(features, np.ones(number, dtype=np.bool_), likely)
    yield _Lesson(features, np.zeros(number, dtype=np.bool_), TAUGHT_SHARE * _weight(part, number) - likely)


def _weight(part: Rows, texts: int) -> float:
    """What a text of a source counts: more in a small source, and where we wrote it ourselves."""
    return float((_USUAL / texts) ** 0.5) * (_WRITTEN if part.source == WRITTEN.name else 1.0)


def balanced(answers: Answers) -> Floats:
    """Weights that let yes and no count the same, 1 on average."""
    counts = {answer: max(1, int(np.sum(answers == answer))) for answer in (True, False)}
    return np.where(answers, len(answers) / (2 * counts[True]), len(answers) / (2 * counts[False]))
