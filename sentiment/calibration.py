"""Learn from a team's own labels where its stream's borders lie and how sure to be, and keep that only if it helps.

What is learned of a brand goes on top of the calibration that each language's weights come with (`judging.composed`),
so that labels in several languages teach together. Two fits compete on rows that they did not learn from:

relabelled     straightens the log-odds, lets polarity speak on neutrality, and puts the borders where the chances that
               it then sees promise the best macro-F1 (Lipton et al. 2014): steadier than counting hits among 100 labels
straightened   only straightens the log-odds and moves the borders along, so that every label stays

Both are held to changing nothing as firmly as did best over many streams. With more labels, both are also tried on top
of a small table of the brand's own words (`ownwords`), which learned from other rows than those it is tried on.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from earful.values import Label
from sentiment.evaluation import Judgement, Report, report
from sentiment.judging import PLAIN, composed, judged, straight
from sentiment.odds import Sums
from sentiment.ownwords import FEWEST as FEWEST_FOR_WORDS
from sentiment.ownwords import Row, Table, crossed, learned, shifted

FEWEST: Final = 50  #: labels below which borders would be fitted to chance
_FOLDS: Final = 5
_ROUNDS: Final = 4  #: times that the rows are split anew; one split of so few rows says little
_CHANCE: Final = 0.1  #: over the root of the number of labels: macro-F1 that a fit must gain on held-out rows
_WORDS_CHANCE: Final = (
    0.6  #: over the same root: macro-F1 that own words must gain, which have more to learn chance from
)
_DEARER: Final = 0.01  #: squared error of the confidence that better labels may cost
_HONESTER: Final = 0.05  #: over the same root: squared error that straightened confidence must save
_HOLD: Final = 2.0
"""How firmly shifts are held to 0, in labels' worth. Chosen over many streams: half or thrice as much does no better on
average, and choosing it anew on each stream's hundred labels does much worse."""
_SLOPES, _LEANS = 5 * _HOLD, 30 * _HOLD  #: the same for slopes, and for what polarity says about neutrality
_FLATTEST: Final = 0.05  #: a slope below this would turn what the reader says upside down
_STEPS, _CLOSE = 50, 1e-6
_MOVES: Final = np.array([0.0, -0.15, 0.15, -0.3, 0.3, -0.45, 0.45, -0.6, 0.6, -0.9, 0.9, -1.2, 1.2])
"""Log-odds by which borders are tried away from where they are; the first of equals is taken."""

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Calibration = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Sample:
    """A text's log-odds, as `DefaultReader.sums` gives them, and the label that a person gave."""

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


class _Rows(NamedTuple):
    """Samples as numbers, each after its own language's calibration."""

    neutral: Floats
    polarity: Floats  #: as it came
    positive: Floats
    neutral_border: Floats
    positive_border: Floats
    is_neutral: Flags
    is_positive: Flags


Fit = Callable[[_Rows], dict[str, float]]


class _Tried(NamedTuple):
    """How a fit read rows that it did not learn from, and what all rows teach it."""

    judgements: list[Judgement]
    calibration: dict[str, float]


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
        raise ValueError(f"{len(samples)} labels are too few to learn from; {FEWEST} are needed.")
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
    now = [_judgement(sample, current) for sample in samples] * _ROUNDS
    before, error_now = report(now), squared_error(now)
    relabelled = _tried(samples, PLAIN, relabelling)
    better = report(relabelled.judgements)
    gained = better.macro_f1 - before.macro_f1 >= _CHANCE / math.sqrt(len(samples))
    if gained and squared_error(relabelled.judgements) <= error_now + _DEARER:
        return Refit(before, better, True, True, relabelled.calibration)
    honest = _tried(samples, current, straightening)
    after = report(honest.judgements)
    kept = squared_error(honest.judgements) <= error_now - _HONESTER / math.sqrt(len(samples))
    kept = kept and after.calibration_error <= before.calibration_error
    return Refit(before, after, kept, False, honest.calibration if kept else current)


def _row(sample: Sample) -> Row:
    neutral, positive = sample.truth is Label.NEUTRAL, sample.truth is Label.POSITIVE
    return Row(sample.words, sample.sums, sample.base, neutral, positive)


def _tried(samples: Sequence[Sample], start: Calibration, fit: Fit) -> _Tried:
    """Try a fit on top of `start`."""
    everything = _rows(samples, start)
    return _Tried(list(_held_out(samples, everything, start, fit)), _on_top(start, fit(everything)))


def _held_out(samples: Sequence[Sample], everything: _Rows, start: Calibration, fit: Fit) -> Iterator[Judgement]:
    """Every sample as read by a fit to others, in several splits of which each fold has every label's share."""
    for turn in range(_ROUNDS):
        shuffled = np.random.default_rng(turn).permutation(len(samples))
        order = sorted(shuffled, key=lambda i: samples[i].truth)
        for fold in range(_FOLDS):
            learned = np.array([i for place, i in enumerate(order) if place % _FOLDS != fold])
            calibration = _on_top(start, fit(_Rows(*(column[learned] for column in everything))))
            yield from (_judgement(samples[i], calibration) for i in order[fold::_FOLDS])


def relabelling(rows: _Rows) -> dict[str, float]:
    """The calibration that suits these rows best, its borders where the best macro-F1 is to be expected."""
    held = np.array([_SLOPES, _LEANS, _LEANS, _HOLD])
    leans = [np.maximum(rows.polarity, 0), np.maximum(-rows.polarity, 0)]
    columns = np.column_stack([rows.neutral, *leans, np.ones(len(rows.neutral))])
    slope, good, bad, shift = _logistic(columns, rows.is_neutral, [1.0, 0.0, 0.0, 0.0], held)
    found = {"neutral_slope": slope, "neutral_good": good, "neutral_bad": bad, "neutral_shift": shift}
    found |= _positive(rows)
    return {**PLAIN, **found, **_borders(rows, columns @ np.array([slope, good, bad, shift]), found)}


def straightening(rows: _Rows) -> dict[str, float]:
    """The calibration with the confidence that suits these rows, and the same labels as before."""
    columns = np.column_stack([rows.neutral, np.ones(len(rows.neutral))])
    slope, shift = _logistic(columns, rows.is_neutral, [1.0, 0.0], np.array([_SLOPES, _HOLD]))
    return {**PLAIN, "neutral_slope": max(slope, _FLATTEST), "neutral_shift": shift, **_positive(rows)}


def _positive(rows: _Rows) -> dict[str, float]:
    leaning = ~rows.is_neutral
    columns = np.column_stack([rows.positive, np.ones(len(rows.positive))])[leaning]
    slope, shift = _logistic(columns, rows.is_positive[leaning], [1.0, 0.0], np.array([_SLOPES, _HOLD]))
    return {"positive_slope": max(slope, _FLATTEST), "positive_shift": shift}


def _borders(rows: _Rows, neutral: Floats, found: Calibration) -> dict[str, float]:
    """How far to move both borders, so that the chances seen promise the best macro-F1; the nearest among equals.

    They are looked for around where they were before the log-odds were straightened.
    """
    positive = rows.positive * found["positive_slope"] + found["positive_shift"]
    over_neutral, over_positive = neutral - rows.neutral_border, positive - rows.positive_border
    chances = _chances(neutral, positive)
    moves = [(first, second) for first in _MOVES for second in _MOVES]
    first, second = max(moves, key=lambda move: _expected_f1(chances, over_neutral > move[0], over_positive > move[1]))
    slope, shift = found["neutral_slope"], found["neutral_shift"]
    stays = np.mean(rows.neutral_border * (1 - slope)) - shift
    turns = np.mean(rows.positive_border * (1 - found["positive_slope"])) - found["positive_shift"]
    return {"neutral_border": float(stays + first), "positive_border": float(turns + second)}


def _chances(neutral: Floats, positive: Floats) -> Floats:
    """The chances of negative, neutral and positive, one row each."""
    is_neutral, is_positive = 0.5 + 0.5 * np.tanh(neutral / 2), 0.5 + 0.5 * np.tanh(positive / 2)
    return np.array([(1 - is_neutral) * (1 - is_positive), is_neutral, (1 - is_neutral) * is_positive])


def _expected_f1(chances: Floats, neutral: Flags, positive: Flags) -> float:
    """The macro-F1 that labels promise where texts are what their chances say."""
    said = (~neutral & ~positive, neutral, ~neutral & positive)
    return float(
        sum(2 * row[flags].sum() / (flags.sum() + row.sum()) for row, flags in zip(chances, said, strict=True))
    )


def squared_error(judgements: Sequence[Judgement]) -> float:
    """The mean squared distance between confidence and being right (Brier 1950)."""
    return sum((one.confidence - (one.truth is one.label)) ** 2 for one in judgements) / len(judgements)


def _rows(samples: Sequence[Sample], start: Calibration) -> _Rows:
    bases = [composed(sample.base, start) for sample in samples]
    odds = np.array([straight(sample.sums, base) for sample, base in zip(samples, bases, strict=True)])
    return _Rows(
        odds[:, 0],
        np.array([sample.sums.polarity for sample in samples]),
        odds[:, 1],
        np.array([base["neutral_border"] for base in bases]),
        np.array([base["positive_border"] for base in bases]),
        np.array([sample.truth is Label.NEUTRAL for sample in samples]),
        np.array([sample.truth is Label.POSITIVE for sample in samples]),
    )


def _on_top(start: Calibration, found: Calibration) -> dict[str, float]:
    """One calibration that does what both do, one after the other."""
    both = composed(start, found)
    both["neutral_border"] -= found["neutral_shift"]  # a brand's borders are moves, counted from where shifts put them
    both["positive_border"] -= found["positive_shift"]
    return {name: round(value, 4) for name, value in both.items()}


def _judgement(sample: Sample, calibration: Calibration) -> Judgement:
    said = judged(sample.sums, composed(sample.base, calibration))
    return Judgement(sample.truth, said.label, said.confidence)


def _logistic(rows: Floats, answers: Flags, start: Sequence[float], held: Floats) -> list[float]:
    """Logistic regression by Newton's method with halved steps, each weight held to `start` as `held` says."""
    prior = np.array(start)
    sign = np.where(answers, 1.0, -1.0)

    def loss(at: Floats) -> float:
        return float(np.logaddexp(0, -sign * (rows @ at)).sum() + 0.5 * (held @ (at - prior) ** 2))

    point = prior.copy()
    for _ in range(_STEPS):
        chances = 0.5 + 0.5 * np.tanh(rows @ point / 2)
        gradient = rows.T @ (chances - answers) + held * (point - prior)
        curvature = (rows * (chances * (1 - chances))[:, None]).T @ rows + np.diag(held)
        step = np.linalg.solve(curvature, gradient)
        while loss(point - step) > loss(point) and float(np.abs(step).max()) > _CLOSE:
            step = step / 2
        point = point - step
        if float(np.abs(step).max()) <= _CLOSE:
            break
    return [float(value) for value in point]
