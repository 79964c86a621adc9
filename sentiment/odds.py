"""Log-odds and the probabilities that they stand for."""

import math
from typing import NamedTuple


class Sums(NamedTuple):
    """The log-odds of a text; 0 is the border that training found."""

    polarity: float  #: above 0: positive rather than negative
    neutrality: float  #: above 0: neutral rather than either


def chance(odds: float) -> float:
    """The probability that log-odds stand for."""
    return 0.5 + 0.5 * math.tanh(odds / 2)  # the logistic curve, in a form that no size of odds can overflow


def average(one: Sums, other: Sums, share: float) -> Sums:
    """The weighted average of two pairs of log-odds; `share` is that of the other."""
    return Sums(*((1 - share) * a + share * b for a, b in zip(one, other, strict=True)))
