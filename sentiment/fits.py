"""What some hundred labels say about the reader's log-odds: two fits, both held to changing nothing.

Numbers in, a calibration out (see `judging.PLAIN`), on top of the one that the numbers came through. Whether it is
worth keeping is for `calibration` to find out, on rows that the fit did not learn from.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sentiment.judging import PLAIN, composed

_HOLD: Final = 2.0
"""How firmly shifts are held to 0, in labels' worth. Chosen over many streams: half or thrice as much does no better on
average, and choosing it anew on each stream's hundred labels does much worse."""
_SLOPES, _LEANS = 5 * _HOLD, 30 * _HOLD  #: the same for slopes, and for what polarity says about neutrality
_LOOSER: Final = 0.5  #: how much of it holds what changes no label
_FLATTEST: Final = 0.05  #: a slope below this would turn what the reader says upside down
_STEPS, _CLOSE = 50, 1e-6
_MOVES: Final = np.array([0.0, -0.15, 0.15, -0.3, 0.3, -0.45, 0.45, -0.6, 0.6, -0.9, 0.9, -1.2, 1.2])
"""Log-odds by which borders are tried away from where they are; the first of equals is taken."""
WEIGHTS: Final = np.array([1.5, 1.0, 1.0]) / 3.5
"""What the F1 of negative, neutral and positive count. Negative counts half as much again, as it sends a person.
Macro-F1 gains by that, too: fewer borders look as good as the best one by chance. Twice as much costs it in languages
that the reader hardly knows."""

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Calibration = Mapping[str, float]


class Rows(NamedTuple):
    """Labelled texts as numbers, after the calibration that they came through."""

    neutral: Floats
    polarity: Floats  #: as it came
    positive: Floats
    neutral_border: Floats
    positive_border: Floats
    is_neutral: Flags
    is_positive: Flags

    def only(self, places: Sequence[int]) -> "Rows":
        """Some of the rows."""
        return Rows(*(column[places] for column in self))  # type: ignore[arg-type]


def relabelling(rows: Rows) -> dict[str, float]:
    """The calibration that suits these rows best, its borders where the best F1 is to be expected."""
    columns = np.column_stack([rows.neutral, *_leans(rows.polarity), np.ones(len(rows.neutral))])
    held = np.array([_SLOPES, _LEANS, _LEANS, _HOLD])
    weights = _logistic(columns, rows.is_neutral, [1.0, 0.0, 0.0, 0.0], held)
    found = dict(zip(("neutral_slope", "neutral_good", "neutral_bad", "neutral_shift"), weights, strict=True))
    found |= _positive(rows, 1.0)
    neutral, positive = columns @ np.array(weights), rows.positive * found["positive_slope"] + found["positive_shift"]
    found |= _borders(rows, neutral, positive, found)
    return on_top(found, straightening(rows._replace(neutral=neutral, positive=positive)))


def straightening(rows: Rows) -> dict[str, float]:
    """The calibration with the confidence that suits these rows, and the same labels as before."""
    columns = np.column_stack([rows.neutral, np.ones(len(rows.neutral))])
    slope, shift = _logistic(columns, rows.is_neutral, [1.0, 0.0], _LOOSER * np.array([_SLOPES, _HOLD]))
    return {**PLAIN, "neutral_slope": max(slope, _FLATTEST), "neutral_shift": shift, **_positive(rows, _LOOSER)}


def on_top(start: Calibration, found: Calibration) -> dict[str, float]:
    """One calibration that does what both do, one after the other."""
    both = composed(start, found)
    for side in ("neutral", "positive"):  # what was found moves borders, counted from where its shifts put them
        both[f"{side}_border"] -= found[f"{side}_shift"]
    return {name: round(value, 4) for name, value in both.items()}


def chances(neutral: Floats, positive: Floats) -> Floats:
    """The chances of negative, neutral and positive, one row each."""
    is_neutral, is_positive = 0.5 + 0.5 * np.tanh(neutral / 2), 0.5 + 0.5 * np.tanh(positive / 2)
    return np.array([(1 - is_neutral) * (1 - is_positive), is_neutral, (1 - is_neutral) * is_positive])


def expected_f1(chances: Floats, said: Sequence[Flags] | Flags) -> Floats:
    """The F1 of negative, neutral and positive where texts are what their chances say.

    Args:
        chances: of negative, neutral and positive, one row each; what people said is chances of 0 and 1.
        said: which texts got each of these labels.
    """
    f1 = [2 * row[flags].sum() / max(flags.sum() + row.sum(), 1) for row, flags in zip(chances, said, strict=True)]
    return np.array(f1)


def _leans(polarity: Floats) -> tuple[Floats, Floats]:
    return np.maximum(polarity, 0), np.maximum(-polarity, 0)


def _positive(rows: Rows, firmness: float) -> dict[str, float]:
    leaning = ~rows.is_neutral
    columns = np.column_stack([rows.positive, np.ones(len(rows.positive))])[leaning]
    held = firmness * np.array([_SLOPES, _HOLD])
    slope, shift = _logistic(columns, rows.is_positive[leaning], [1.0, 0.0], held)
    return {"positive_slope": max(slope, _FLATTEST), "positive_shift": shift}


def _borders(rows: Rows, neutral: Floats, positive: Floats, found: Calibration) -> dict[str, float]:
    """How far to move both borders, so that the chances seen promise the best F1; the nearest among equals.

    They are looked for around where they were before the log-odds were straightened.
    """
    over_neutral, over_positive = neutral - rows.neutral_border, positive - rows.positive_border
    seen = chances(neutral, positive)
    moves = [(first, second) for first in _MOVES for second in _MOVES]
    first, second = max(
        moves, key=lambda move: WEIGHTS @ expected_f1(seen, _said(over_neutral > move[0], over_positive > move[1]))
    )
    stays = np.mean(rows.neutral_border * (1 - found["neutral_slope"])) - found["neutral_shift"]
    turns = np.mean(rows.positive_border * (1 - found["positive_slope"])) - found["positive_shift"]
    return {"neutral_border": float(stays + first), "positive_border": float(turns + second)}


def _said(neutral: Flags, positive: Flags) -> tuple[Flags, Flags, Flags]:
    return ~neutral & ~positive, neutral, ~neutral & positive


def _logistic(rows: Floats, answers: Flags, start: Sequence[float], held: Floats) -> list[float]:
    """Logistic regression by Newton's method with halved steps, each weight held to `start` as `held` says."""
    prior = np.array(start)
    sign = np.where(answers, 1.0, -1.0)

    def loss(at: Floats) -> float:
        return float(np.logaddexp(0, -sign * (rows @ at)).sum() + 0.5 * (held @ (at - prior) ** 2))

    point = prior.copy()
    for _ in range(_STEPS):
        seen = 0.5 + 0.5 * np.tanh(rows @ point / 2)
        gradient = rows.T @ (seen - answers) + held * (point - prior)
        curvature = (rows * (seen * (1 - seen))[:, None]).T @ rows + np.diag(held)
        step = np.linalg.solve(curvature, gradient)
        while loss(point - step) > loss(point) and float(np.abs(step).max()) > _CLOSE:
            step = step / 2
        point = point - step
        if float(np.abs(step).max()) <= _CLOSE:
            break
    return [float(value) for value in point]
