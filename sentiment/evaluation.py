"""How good readings are, measured against labels that people gave: numbers only, for whoever prints or keeps them."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from earful.values import Label, Reading

TRUTHS: Final = (Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE)  #: what a person may say; nobody labels "unscored"
_BINS: Final = 10
_Z: Final = 1.96  #: standard deviations on both sides that hold nineteen of twenty
_DRAWN: Final = 500

Confusion = Mapping[tuple[Label, Label], int]  #: (truth, label) with how often


@dataclass(frozen=True, slots=True)
class Judgement:
    """One text as a person labelled it and as a reader did."""

    truth: Label
    label: Label
    confidence: float  #: the reader's, 0 to 1

    @classmethod
    def of(cls, truth: Label, reading: Reading) -> "Judgement":
        """A reading beside the truth."""
        return cls(truth, reading.label, reading.confidence)


@dataclass(frozen=True, slots=True)
class Report:
    """What a set of judgements shows. All shares are 0 to 1; a share of nothing is 0."""

    texts: int
    unscored: int  #: texts that the reader left unread; they count as wrong
    accuracy: float
    macro_f1: float  #: the mean F1 of those labels that people gave at least once
    negative_precision: float  #: how many of the texts flagged negative are
    negative_recall: float  #: how many of the negative texts were flagged
    negative_f1: float
    calibration_error: float  #: mean distance between confidence and accuracy over ten bins (ECE; Guo et al. 2017)
    confusion: Confusion  #: pairs that never came are absent


def report(judgements: Sequence[Judgement]) -> Report:
    """The numbers of a set of judgements; all nought where there are none."""
    confusion = Counter((one.truth, one.label) for one in judgements)
    precision, recall, f1 = _precision_recall_f1(confusion, Label.NEGATIVE)
    return Report(
        texts=len(judgements),
        unscored=sum(one.label is Label.UNSCORED for one in judgements),
        accuracy=_share(sum(one.truth is one.label for one in judgements), len(judgements)),
        macro_f1=_macro_f1(confusion),
        negative_precision=precision,
        negative_recall=recall,
        negative_f1=f1,
        calibration_error=calibration_error(judgements),
        confusion=dict(confusion),
    )


def calibration_error(judgements: Sequence[Judgement]) -> float:
    """How far confidence is from being right, 0 to 1, over ten bins of equal width. Unscored texts claim nothing."""
    bins: dict[int, list[Judgement]] = {}
    for one in judgements:
        if one.label is not Label.UNSCORED:
            bins.setdefault(min(int(one.confidence * _BINS), _BINS - 1), []).append(one)
    gaps = (abs(sum(one.confidence - (one.truth is one.label) for one in ones)) for ones in bins.values())
    return _share(sum(gaps), sum(map(len, bins.values())))


def precision_at_recall(scored: Iterable[tuple[float, bool]], least: float) -> float:
    """The best precision of a flag that is raised from some score on, with at least this recall.

    Args:
        scored: for each text the score that it is flagged by (higher: sooner) and whether it should be flagged.
        least: the recall that is asked for, 0 to 1.
    """
    ranked = sorted(scored, key=lambda one: -one[0])
    wanted = sum(right for _, right in ranked)
    hits, best = 0, 0.0
    for place, (score, right) in enumerate(ranked, 1):
        hits += right
        last_of_its_score = place == len(ranked) or ranked[place][0] != score
        if wanted and last_of_its_score and hits >= least * wanted:
            best = max(best, hits / place)
    return best


class Interval(NamedTuple):
    """Between which two shares the truth lies in nineteen of twenty such measurements."""

    low: float
    high: float


def interval(hits: int, texts: int) -> Interval:
    """The interval of a share that was counted (Wilson 1927); all of 0 to 1 where nothing was."""
    if not texts:
        return Interval(0.0, 1.0)
    share, spread = hits / texts, _Z * _Z / texts
    middle = (share + spread / 2) / (1 + spread)
    half = _Z * math.sqrt(share * (1 - share) / texts + spread / texts / 4) / (1 + spread)
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def macro_f1_interval(confusion: Confusion) -> Interval:
    """The interval of macro-F1, by drawing texts anew (Efron 1979); the same counts give the same interval."""
    pairs = sorted(confusion)
    counts = np.array([confusion[pair] for pair in pairs])
    if not counts.sum():
        return Interval(0.0, 1.0)
    drawn = np.random.default_rng(0).multinomial(counts.sum(), counts / counts.sum(), _DRAWN)
    scores = [_macro_f1(dict(zip(pairs, (int(count) for count in row), strict=True))) for row in drawn]
    low, high = np.quantile(scores, (0.025, 0.975))
    return Interval(float(low), float(high))


class Recall(NamedTuple):
    """What share of all that needed a person was flagged, with its interval."""

    share: float
    low: float
    high: float


def estimated_recall(flagged: int, right: int, wrong: int, unflagged: int, judged: int, missed: int) -> Recall | None:
    """The recall of a flag, where a person judged some of what was flagged and a random sample of what was not.

    Each judged text stands for as many as its side has texts to one that was judged. The interval puts both sides at
    the far ends of theirs, so it is rather too wide. None: nothing on one of the sides was judged.
    """
    if not (right + wrong and judged):
        return None
    caught, lost = interval(right, right + wrong), interval(missed, judged)
    return Recall(
        _part(flagged * right / (right + wrong), unflagged * missed / judged),
        _part(flagged * caught.low, unflagged * lost.high),
        _part(flagged * caught.high, unflagged * lost.low),
    )


def _part(caught: float, missed: float) -> float:
    return _share(caught, caught + missed)


def _macro_f1(confusion: Confusion) -> float:
    given = [truth for truth in TRUTHS if any(pair[0] is truth and count for pair, count in confusion.items())]
    scores = [_precision_recall_f1(confusion, truth)[2] for truth in given]
    return _share(sum(scores), len(scores))


def _precision_recall_f1(confusion: Confusion, label: Label) -> tuple[float, float, float]:
    hits = confusion.get((label, label), 0)
    said = sum(count for (_, given), count in confusion.items() if given is label)
    true = sum(count for (truth, _), count in confusion.items() if truth is label)
    return _share(hits, said), _share(hits, true), _share(2 * hits, said + true)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
