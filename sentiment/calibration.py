"""Learn from a team's own labels where its stream's borders lie and how sure to be, and keep that only if it helps.

What is learned of a brand goes on top of the calibration that each language's weights come with (`judging.composed`),
so that labels in several languages teach together. The fits of `fits` are tried on rows that they did not learn from:

relabelling    straightens the log-odds, lets polarity speak on neutrality, and puts the borders where the chances that
               it then sees promise the best F1 (Lipton et al. 2014): steadier than counting hits among 100 labels.
               Kept where F1 rises, as counted and as promised; the negative flag's falls neither way, and macro-F1
               as counted must not fall
straightening  only straightens the log-odds and moves the borders along, so that every label stays. Kept, where other
               labels are not, if it brings confidence closer to the truth

With more labels, both are also tried on top of a small table of the brand's own words (`ownwords`), which learned from
other rows than those it is tried on.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

import numpy as np

from earful.values import Label
from sentiment.evaluation import TRUTHS, Judgement, Report, report
from sentiment.fits import WEIGHTS, Calibration, Floats, Rows, chances, expected_f1, on_top, relabelling, straightening
from sentiment.judging import PLAIN, composed, judged, straight
from sentiment.odds import Sums
from sentiment.ownwords import FEWEST as FEWEST_FOR_WORDS
from sentiment.ownwords import Row, Table, crossed, learned, shifted

FEWEST: Final = 50  #: labels below which borders would be fitted to chance
_FOLDS: Final = 5
_ROUNDS: Final = 4  #: times that the rows are split anew; one split of so few rows says little
_CHANCE: Final = 0.1  #: over the root of the number of labels: F1 that other labels must gain on held-out rows
_WORDS_CHANCE: Final = 0.6  #: over the same root: macro-F1 that own words must gain; they take more chances
_DEARER: Final = 0.01  #: calibration error that own words may cost

Fit = Callable[[Rows], dict[str, float]]


@dataclass(frozen=True, slots=True)
class Sample:
    """A text's log-odds, as `DefaultReader.weigh` gives them, and the label that a person gave."""

    sums: Sums
    truth: Label
    base: Calibration = field(default_factory=dict)  #: what its language's weights come with
    words: Sequence[str] = ()  #: its tokens, where a table of own words is wanted


@dataclass(frozen=True, slots=True)
class Refit:
    """What a refit found. Both reports are about the same rows; "after" reads each by a fit to other rows."""

    before: Report
    after: Report
    kept: bool  #: whether held-out rows improved; if not, `calibration` is what it was
    relabels: bool  #: whether labels change with it, or the confidence alone
    calibration: Calibration  #: of the brand, on top of each language's own
    words: Table = field(default_factory=dict)  #: the brand's own, under the calibration


class _Read(NamedTuple):
    """How samples were read, each maybe several times."""

    judgements: list[Judgement]
    chances: Floats  #: of negative, neutral and positive, one row each


def refit(samples: Sequence[Sample], current: Calibration | None = None, words: Table | None = None) -> Refit:
    """Fit borders, confidence and, with enough labels, own words; the same samples give the same result.

    Args:
        samples: what people labelled; 50 to some hundred.
        current: the brand's calibration by now, which the refit must beat.
        words: the brand's own words by now.

    Raises:
        ValueError: too few labels, or all the same.
    """
    if len(samples) < FEWEST:
        labels = "1 label is" if len(samples) == 1 else f"{len(samples)} labels are"
        raise ValueError(f"{labels} too few to learn from; {FEWEST} are needed.")
    if len({sample.truth for sample in samples}) < 2:
        raise ValueError("All labels are the same; correct some texts of another label too.")
    now = {**PLAIN, **(current or {})}
    used = [replace(one, sums=shifted(one.sums, one.words, words or {})) for one in samples]
    kept = replace(_calibrated(used, now), words=words or {})
    if len(samples) < FEWEST_FOR_WORDS or not any(sample.words for sample in samples):
        return kept
    return _with_words(samples, kept, PLAIN if words else now)


def _with_words(samples: Sequence[Sample], kept: Refit, start: Calibration) -> Refit:
    """A refit on top of new own words, or of none, where that does clearly better than the one that keeps those in use.

    Words in use are hard to beat, as they learned from many of the same labels: so they stay until labels turn.
    """
    rows = [_row(sample) for sample in samples]
    read = [replace(sample, sums=sums) for sample, sums in zip(samples, crossed(rows), strict=True)]
    tried = [replace(_calibrated(read, start), words=learned(rows))]
    if kept.words:
        tried.append(_calibrated(samples, start))
    best = max(tried, key=lambda one: _found(one).macro_f1)
    gained = _found(best).macro_f1 - _found(kept).macro_f1 >= _WORDS_CHANCE / math.sqrt(len(samples))
    if not gained or _found(best).calibration_error > kept.before.calibration_error + _DEARER:
        return kept
    return Refit(kept.before, _found(best), True, True, best.calibration, best.words)


def _found(refit: Refit) -> Report:
    """How held-out rows are read with what a refit leaves in use."""
    return refit.after if refit.kept else refit.before


def _calibrated(samples: Sequence[Sample], current: Calibration) -> Refit:
    """The calibration that does better than the current one, if any does."""
    now = _joined([_read(samples, current)] * _ROUNDS)
    before = report(now.judgements)
    other = _held_out(samples, PLAIN, relabelling)
    after, gained = report(other.judgements), _gained(now, other, _CHANCE / math.sqrt(len(samples)))
    if gained and after.macro_f1 >= before.macro_f1:
        return Refit(before, after, True, True, _fitted(samples, PLAIN, relabelling))
    honest = _held_out(samples, current, straightening).judgements
    kept = squared_error(honest) < squared_error(now.judgements)
    return Refit(before, report(honest), kept, False, _fitted(samples, current, straightening) if kept else current)


def _fitted(samples: Sequence[Sample], start: Calibration, fit: Fit) -> dict[str, float]:
    return on_top(start, fit(_rows(samples, start)))


def _gained(now: _Read, new: _Read, least: float) -> bool:
    """Whether new labels are better: half as counted, half as the new chances promise, which chance sways less.

    The negative flag sends a person, so it pays for nothing: its F1 falls in neither.
    """
    before, after = (_given([one.label for one in read.judgements]) for read in (now, new))
    worlds = (_given([one.truth for one in now.judgements]), new.chances)
    gains = np.array([expected_f1(world, after > 0) - expected_f1(world, before > 0) for world in worlds])
    return bool(gains[:, 0].min() >= 0 and (gains @ WEIGHTS).mean() >= least)


def _given(labels: Sequence[Label]) -> Floats:
    """One row a truth that people may give: 1 where a label is that."""
    return np.array([[float(label is truth) for label in labels] for truth in TRUTHS])


def _row(sample: Sample) -> Row:
    neutral, positive = sample.truth is Label.NEUTRAL, sample.truth is Label.POSITIVE
    return Row(sample.words, sample.sums, sample.base, neutral, positive)


def _held_out(samples: Sequence[Sample], start: Calibration, fit: Fit) -> _Read:
    """Every sample as read by a fit to others, on top of `start`: all of them in one split, then in the next."""
    everything, turns = _rows(samples, start), []
    for turn in range(_ROUNDS):
        found: dict[int, Judgement] = {}
        seen = np.zeros((len(TRUTHS), len(samples)))
        for others, held in _folds(samples, turn):
            calibration = on_top(start, fit(everything.only(others)))
            read = _read([samples[i] for i in held], calibration)
            seen[:, held] = read.chances
            found |= zip(held, read.judgements, strict=True)
        turns.append(_Read([found[i] for i in range(len(samples))], seen))
    return _joined(turns)


def _folds(samples: Sequence[Sample], turn: int) -> Iterator[tuple[Sequence[int], Sequence[int]]]:
    """The places of samples to learn from and of those held out, which have every label's share."""
    shuffled = np.random.default_rng(turn).permutation(len(samples)).tolist()
    order = sorted(shuffled, key=lambda i: samples[i].truth)
    for fold in range(_FOLDS):
        yield [i for place, i in enumerate(order) if place % _FOLDS != fold], order[fold::_FOLDS]


def _joined(reads: Sequence[_Read]) -> _Read:
    return _Read([one for read in reads for one in read.judgements], np.hstack([read.chances for read in reads]))


def _read(samples: Sequence[Sample], calibration: Calibration) -> _Read:
    rows = _rows(samples, calibration)
    return _Read([_judgement(sample, calibration) for sample in samples], chances(rows.neutral, rows.positive))


def squared_error(judgements: Sequence[Judgement]) -> float:
    """The mean squared distance between confidence and being right (Brier 1950)."""
    return sum((one.confidence - (one.truth is one.label)) ** 2 for one in judgements) / len(judgements)


def _rows(samples: Sequence[Sample], start: Calibration) -> Rows:
    bases = [composed(sample.base, start) for sample in samples]
    odds = np.array([straight(sample.sums, base) for sample, base in zip(samples, bases, strict=True)])
    return Rows(
        odds[:, 0],
        np.array([sample.sums.polarity for sample in samples]),
        odds[:, 1],
        np.array([base["neutral_border"] for base in bases]),
        np.array([base["positive_border"] for base in bases]),
        np.array([sample.truth is Label.NEUTRAL for sample in samples]),
        np.array([sample.truth is Label.POSITIVE for sample in samples]),
    )


def _judgement(sample: Sample, calibration: Calibration) -> Judgement:
    said = judged(sample.sums, composed(sample.base, calibration))
    return Judgement(sample.truth, said.label, said.confidence)
