"""Learn from a team's own labels where its stream's borders lie and how sure to be, and keep that only if it helps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from earful.values import Label
from sentiment.evaluation import Judgement, Report, report
from sentiment.judging import PLAIN, judged, straight
from sentiment.odds import Sums

FEWEST: Final = 50  #: labels below which borders would be fitted to chance
_FOLDS: Final = 5
_ROUNDS: Final = 4  #: times that the rows are split anew; one split of so few rows says little
_HOLD: Final = 5.0  #: how firmly the fit is held to what it was, in labels' worth
_BETTER: Final = 0.05  #: macro-F1 that held-out rows must gain before labels change: less is chance at 100 labels
_HONESTER: Final = 0.01  #: calibration error that they must lose before confidence changes
_STEPS, _CLOSE = 50, 1e-6
_SHIFTS: Final = (0.0, -0.3, 0.3, -0.6, 0.6, -1.0, 1.0)  #: log-odds by which borders are tried away from where they are

_NEUTRAL: Final = ("neutral_slope", "neutral_good", "neutral_bad", "neutral_shift")
_POSITIVE: Final = ("positive_slope", "positive_shift")

Floats = NDArray[np.float64]
Fit = Callable[[Sequence["Sample"], Mapping[str, float]], dict[str, float]]


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

    Two things are tried, the second only where the first is not kept: other labels together with other confidence, and
    the same labels with other confidence. Each must show on rows that it did not learn from.

    Raises:
        ValueError: too few labels, or all the same.
    """
    if len(samples) < FEWEST:
        raise ValueError(f"{len(samples)} labels are too few to learn from; {FEWEST} are needed.")
    if len({sample.truth for sample in samples}) < 2:
        raise ValueError("All labels are the same; correct some texts of another label too.")
    start = {**PLAIN, **current}
    before = report([_judgement(sample, start) for sample in samples] * _ROUNDS)
    relabelled = report(_held_out(samples, start, fitted))
    if relabelled.macro_f1 >= before.macro_f1 + _BETTER and _as_honest(relabelled, before):
        return Refit(before, relabelled, True, fitted(samples, start))
    honester = report(_held_out(samples, start, straightened))
    kept = honester.calibration_error <= before.calibration_error - _HONESTER
    return Refit(before, honester, kept, straightened(samples, start) if kept else dict(current))


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


def straightened(samples: Sequence[Sample], start: Mapping[str, float]) -> dict[str, float]:
    """The calibration with the confidence that suits these samples, and the same labels as before."""
    truths = np.array([sample.truth for sample in samples])
    odds = np.array([straight(sample.sums, start) for sample in samples])
    leaning = truths != Label.NEUTRAL
    found = dict(start)
    _stretch(found, _NEUTRAL, "neutral_border", odds[:, 0], ~leaning)
    _stretch(found, _POSITIVE, "positive_border", odds[leaning, 1], truths[leaning] == Label.POSITIVE)
    return {name: round(value, 4) for name, value in found.items()}


def _stretch(
    found: dict[str, float], names: Sequence[str], border: str, odds: Floats, answers: NDArray[np.bool_]
) -> None:
    """Stretch and shift log-odds, and the border with them, so that every label stays."""
    if answers.all() or not answers.any():
        return
    slope, shift = _logistic(np.column_stack([odds, np.ones(len(odds))]), answers, [1.0, 0.0])
    if slope <= 0:
        return
    for name in (*names, border):
        found[name] *= slope
    found[names[-1]] += shift
    found[border] += shift


def _refit_head(found: dict[str, float], names: Sequence[str], rows: Floats, answers: NDArray[np.bool_]) -> None:
    """Fit one of the two questions, unless all samples answer it alike."""
    if answers.any() and not answers.all():
        found.update(zip(names, _logistic(rows, answers, [found[name] for name in names]), strict=True))


def _as_honest(after: Report, before: Report) -> bool:
    return after.calibration_error <= before.calibration_error + _HONESTER


def _held_out(samples: Sequence[Sample], start: Mapping[str, float], fit: Fit) -> list[Judgement]:
    """Every sample as read by a fit to others, in several splits of which each fold has every label's share."""
    judgements = []
    for turn in range(_ROUNDS):
        order = np.random.default_rng(turn).permutation(len(samples))
        ordered = sorted((samples[i] for i in order), key=lambda sample: sample.truth)
        for fold in range(_FOLDS):
            rest = [sample for i, sample in enumerate(ordered) if i % _FOLDS != fold]
            calibration = fit(rest, start)
            judgements += [_judgement(sample, calibration) for sample in ordered[fold::_FOLDS]]
    return judgements


def _judgement(sample: Sample, calibration: Mapping[str, float]) -> Judgement:
    label, _, confidence = judged(sample.sums, calibration)
    return Judgement(sample.truth, label, confidence)


def _logistic(rows: Floats, answers: NDArray[np.bool_], start: Sequence[float]) -> list[float]:
    """Logistic regression by Newton's method with halved steps, its weights held to `start`."""
    prior = np.array(start)
    sign = np.where(answers, 1.0, -1.0)

    def loss(at: Floats) -> float:
        held = at - prior
        return float(np.logaddexp(0, -sign * (rows @ at)).sum() + 0.5 * _HOLD * (held @ held))

    point = prior.copy()
    for _ in range(_STEPS):
        chances = 0.5 + 0.5 * np.tanh(rows @ point / 2)
        gradient = rows.T @ (chances - answers) + _HOLD * (point - prior)
        curvature = (rows * (chances * (1 - chances))[:, None]).T @ rows + _HOLD * np.eye(len(prior))
        step = np.linalg.solve(curvature, gradient)
        while loss(point - step) > loss(point) and float(np.abs(step).max()) > _CLOSE:
            step = step / 2
        point = point - step
        if float(np.abs(step).max()) <= _CLOSE:
            break
    return [float(value) for value in point]


def _with_borders(samples: Sequence[Sample], found: Mapping[str, float]) -> dict[str, float]:
    """The borders that give the best macro-F1 on the samples; among equals those nearest to where they are."""
    tried = [
        {
            **found,
            "neutral_border": found["neutral_border"] + neutral,
            "positive_border": found["positive_border"] + positive,
        }
        for neutral in _SHIFTS
        for positive in _SHIFTS
    ]
    return max(tried, key=lambda calibration: _macro_f1(samples, calibration))


def _macro_f1(samples: Sequence[Sample], calibration: Mapping[str, float]) -> float:
    return report([_judgement(sample, calibration) for sample in samples]).macro_f1
