"""A brand's own small table: what its labels say about single words, beside what the reader knows of them anyway.

Ridge logistic regression on the words of some hundred texts, on top of the reader's own log-odds. Only the words that
say most are kept.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sentiment.judging import straight
from sentiment.odds import Sums

FEWEST: Final = 150  #: labels below which words would be learned by chance
_HELD: Final = 1.0  #: how firmly weights are held to 0: half of it lost on some streams, five times it gained little
_OFTEN: Final = 2  #: texts that a word must be in
_MOST: Final = 300  #: words kept
_STEPS: Final = 8
_FOLDS: Final = 5

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Table = Mapping[str, Sequence[float]]  #: for each word what it adds to both log-odds: polarity, neutrality


class Row(NamedTuple):
    """One labelled text, as the table learns from it."""

    words: Sequence[str]
    sums: Sums  #: the reader's own
    base: Mapping[str, float]  #: the calibration that the weights of its language come with
    neutral: bool
    positive: bool


def shifted(sums: Sums, words: Sequence[str], table: Table) -> Sums:
    """The log-odds of a text with what a table says of its words, each counting once."""
    known = [table[word] for word in dict.fromkeys(words) if word in table]
    share = 1 / math.sqrt(len(words) or 1)
    polarity, neutrality = (sum([weights[side] for weights in known]) for side in (0, 1))
    return Sums(sums.polarity + share * polarity, sums.neutrality + share * neutrality)


def learned(rows: Sequence[Row]) -> dict[str, list[float]]:
    """The table that suits these rows; the same rows give the same one."""
    names, seen = _seen(rows)
    odds = np.array([straight(row.sums, row.base) for row in rows])
    neutral, positive = np.array([row.neutral for row in rows]), np.array([row.positive for row in rows])
    sides = (
        _weights(seen[~neutral], positive[~neutral], odds[~neutral, 1]) / _slope(rows, "positive_slope"),
        _weights(seen, neutral, odds[:, 0]) / _slope(rows, "neutral_slope"),
    )
    moved = (np.abs(sides[0]) + np.abs(sides[1])) * np.sqrt((seen > 0).sum(axis=0))
    strongest = sorted(np.argsort(-moved, kind="stable")[:_MOST])
    return {names[i]: [round(float(side[i]), 3) for side in sides] for i in strongest}


def crossed(rows: Sequence[Row]) -> list[Sums]:
    """The log-odds of each row with a table that learned from others."""
    drawn = np.random.default_rng(0).permutation(len(rows))
    order = sorted(drawn, key=lambda i: (rows[i].neutral, rows[i].positive))
    found = [row.sums for row in rows]
    for fold in range(_FOLDS):
        table = learned([rows[i] for place, i in enumerate(order) if place % _FOLDS != fold])
        for i in order[fold::_FOLDS]:
            found[i] = shifted(rows[i].sums, rows[i].words, table)
    return found


def _seen(rows: Sequence[Row]) -> tuple[list[str], Floats]:
    """The words that come up often enough, and for each row the share of each of them."""
    counts = Counter(word for row in rows for word in set(row.words))
    place = {word: i for i, word in enumerate(sorted(word for word, count in counts.items() if count >= _OFTEN))}
    seen = np.zeros((len(rows), len(place)))
    for i, row in enumerate(rows):
        seen[i, [place[word] for word in row.words if word in place]] = 1 / math.sqrt(len(row.words) or 1)
    return list(place), seen


def _slope(rows: Sequence[Row], name: str) -> float:
    return sum([row.base.get(name, 1.0) for row in rows]) / len(rows)


def _weights(seen: Floats, answers: Flags, odds: Floats) -> Floats:
    """What each word adds to log-odds: ridge logistic regression on top of them, by Newton's method on its dual."""
    kernel = seen @ seen.T
    dual: Floats = np.zeros(len(answers))
    for _ in range(_STEPS):
        now = kernel @ dual
        chances = 0.5 + 0.5 * np.tanh((odds + now) / 2)
        spread = np.maximum(chances * (1 - chances), 1e-3)
        solved = np.linalg.solve(kernel + np.diag(_HELD / spread), now + (answers - chances) / spread)
        dual = solved.astype(np.float64)
    weights: Floats = seen.T @ dual
    return weights
