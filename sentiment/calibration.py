"""Learn from a team's own labels where its stream's borders lie and how sure to be, and keep that only if it helps."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from earful.values import Label
from sentiment.evaluation import Judgement, Report, report
from sentiment.judging import PLAIN, judged
from sentiment.odds import Sums

FEWEST: Final = 50  #: labels below which borders would be fitted to chance
_FOLDS: Final = 5
_ROUNDS: Final = 4  #: times that the rows are split anew; one split of so few rows says little
_HOLD: Final = 0.5  #: how firmly the fit is held to what it was, in labels' worth
_BETTER: Final = 0.01  #: macro-F1 that held-out rows must gain, or calibration error that they must lose
_CHANCES: Final = (0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)  #: where borders are tried

_NEUTRAL: Final = ("neutral_slope", "neutral_good", "neutral_bad", "neutral_shift")
_POSITIVE: Final = ("positive_slope", "positive_shift")

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """A text's log-odds, as `DefaultReader.sums` gives them, and the label that a person gave."""

    sums: Sums
    truth: Label


@dataclass(frozen=True, slots=True)
class Refit:
    """What a refit found. Both reports are about the same rows; "after" reads each by a fit to other rows."""

    before: Report
    after: Report
    kept: bool  #: whether held-out rows improved; if not, `calibration` is what it was
    calibration: Mapping[str, float]


def refit(samples: Sequence[Sample], current: Mapping[str, float]) -> Refit:
    """Fit borders and confidence to 50 to some hundred labels; the same samples give the same result.

    Raises:
        ValueError: too few labels, or all the same.
    """
    if len(samples) < FEWEST:
        raise ValueError(f"{len(samples)} labels are too few to learn from; {FEWEST} are needed.")
    if len({sample.truth for sample in samples}) < 2:
        raise ValueError("All labels are the same; correct some texts of another label too.")
    start = {**PLAIN, **current}
    before = report([_judgement(sample, start) for sample in samples] * _ROUNDS)
    after = report(_held_out(samples, start))
    kept = _improved(before, after)
    return Refit(before, after, kept, fitted(samples, start) if kept else dict(current))


def fitted(samples: Sequence[Sample], start: Mapping[str, float]) -> dict[str, float]:
    """The calibration that suits these samples best, held to `start` where they say little."""
    truths = np.array([sample.truth for sample in samples])
    polarity = np.array([sample.sums.polarity for sample in samples])
    neutrality = np.array([sample.sums.neutrality for sample in samples])
    level = np.ones(len(samples))
    rows = np.column_stack([neutrality, np.maximum(polarity, 0), np.maximum(-polarity, 0), level])
    leaning = truths != Label.NEUTRAL
    found = dict(start)
    _refit_head(found, _NEUTRAL, rows, ~leaning)
    _refit_head(found, _POSITIVE, np.column_stack([polarity, level])[leaning], truths[leaning] == Label.POSITIVE)
    return {name: round(value, 4) for name, value in _with_borders(samples, found).items()}


def _refit_head(found: dict[str, float], names: Sequence[str], rows: Floats, answers: NDArray[np.bool_]) -> None:
    """Fit one of the two questions, unless all samples answer it alike."""
    if answers.any() and not answers.all():
        found.update(zip(names, _logistic(rows, answers, [found[name] for name in names]), strict=True))


def _improved(before: Report, after: Report) -> bool:
    """Better labels and no less honest, or as good labels and more honest."""
    gain = after.macro_f1 - before.macro_f1
    honesty = before.calibration_error - after.calibration_error
    return (gain >= _BETTER and honesty >= -_BETTER) or (gain >= 0 and honesty >= _BETTER)


def _held_out(samples: Sequence[Sample], start: Mapping[str, float]) -> list[Judgement]:
    """Every sample as read by a fit to others, in several splits of which each fold has every label's share."""
    judgements = []
    for turn in range(_ROUNDS):
        order = np.random.default_rng(turn).permutation(len(samples))
        ordered = sorted((samples[i] for i in order), key=lambda sample: sample.truth)
        for fold in range(_FOLDS):
            rest = [sample for i, sample in enumerate(ordered) if i % _FOLDS != fold]
            calibration = fitted(rest, start)
            judgements += [_judgement(sample, calibration) for sample in ordered[fold::_FOLDS]]
    return judgements


def _judgement(sample: Sample, calibration: Mapping[str, float]) -> Judgement:
    label, _, confidence = judged(sample.sums, calibration)
    return Judgement(sample.truth, label, confidence)


def _logistic(rows: Floats, answers: NDArray[np.bool_], start: Sequence[float]) -> list[float]:
    """Logistic regression by Newton's method, its weights held to `start`."""
    prior = np.array(start)
    point = prior.copy()
    for _ in range(30):
        chances = 1 / (1 + np.exp(-np.clip(rows @ point, -30, 30)))
        gradient = rows.T @ (chances - answers) + _HOLD * (point - prior)
        curvature = (rows * (chances * (1 - chances))[:, None]).T @ rows + _HOLD * np.eye(len(prior))
        step = np.linalg.solve(curvature, gradient)
        point = point - step * min(1.0, 2 / (float(np.abs(step).max()) or 1.0))
        if float(np.abs(step).max()) < 1e-6:
            break
    return [float(value) for value in point]


def _with_borders(samples: Sequence[Sample], found: Mapping[str, float]) -> dict[str, float]:
    """The borders that give the best macro-F1 on the samples; among equals those nearest to even chances."""

    def worth(neutral: float, positive: float) -> tuple[float, float]:
        tried = {**found, "neutral_border": _odds(neutral), "positive_border": _odds(positive)}
        return _macro_f1(samples, tried), -abs(neutral - 0.5) - abs(positive - 0.5)

    pairs = [(neutral, positive) for neutral in _CHANCES for positive in _CHANCES]
    neutral, positive = max(pairs, key=lambda pair: worth(*pair))
    return {**found, "neutral_border": _odds(neutral), "positive_border": _odds(positive)}


def _macro_f1(samples: Sequence[Sample], calibration: Mapping[str, float]) -> float:
    return report([_judgement(sample, calibration) for sample in samples]).macro_f1


def _odds(share: float) -> float:
    return math.log(share / (1 - share))
