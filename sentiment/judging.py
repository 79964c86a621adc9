"""From two log-odds to a label, a polarity and a confidence."""

from collections.abc import Mapping
from math import tanh
from typing import Final, NamedTuple

from earful.values import Label
from sentiment.odds import Sums

PLAIN: Final[Mapping[str, float]] = {
    "neutral_slope": 1.0,
    "neutral_good": 0.0,
    "neutral_bad": 0.0,
    "neutral_shift": 0.0,
    "neutral_border": 0.0,
    "positive_slope": 1.0,
    "positive_shift": 0.0,
    "positive_border": 0.0,
}
"""A calibration that changes nothing. Slopes, shifts and what a positive ("good") or negative ("bad") polarity tells
about neutrality straighten log-odds, so that held-out texts bear out the chances that they stand for; labels change at
the borders, in straightened log-odds."""


def composed(base: Mapping[str, float], own: Mapping[str, float]) -> dict[str, float]:
    """The calibration that does what `base` does, and `own` to what comes of it.

    So what a brand's labels taught goes on top of what each language's weights come with. The borders of `own` are how
    far it moves them from where its slopes and shifts alone would put them: with 0 there, no label changes.
    """
    base, own = {**PLAIN, **base}, {**PLAIN, **own}
    neutral, positive = own["neutral_slope"], own["positive_slope"]
    return {
        "neutral_slope": neutral * base["neutral_slope"],
        "neutral_good": neutral * base["neutral_good"] + own["neutral_good"],
        "neutral_bad": neutral * base["neutral_bad"] + own["neutral_bad"],
        "neutral_shift": neutral * base["neutral_shift"] + own["neutral_shift"],
        "neutral_border": neutral * base["neutral_border"] + own["neutral_shift"] + own["neutral_border"],
        "positive_slope": positive * base["positive_slope"],
        "positive_shift": positive * base["positive_shift"] + own["positive_shift"],
        "positive_border": positive * base["positive_border"] + own["positive_shift"] + own["positive_border"],
    }


class Judged(NamedTuple):
    """What two log-odds come to."""

    label: Label
    polarity: float  #: -1 to 1
    confidence: float  #: 0 to 1: the chance that the label is right
    negative: float  #: 0 to 1: the chance that it should be negative; it ranks texts for whoever looks for complaints


def judged(sums: Sums, calibration: Mapping[str, float]) -> Judged:
    """What two log-odds come to; `calibration` may leave out what changes nothing."""
    neutral, positive = straight(sums, calibration)
    over_neutral = neutral - calibration.get("neutral_border", 0.0)
    over_positive = positive - calibration.get("positive_border", 0.0)
    polarity = round((0.5 - 0.5 * tanh(over_neutral / 2)) * tanh(over_positive / 2), 4)
    leaning, good = 0.5 - 0.5 * tanh(neutral / 2), 0.5 + 0.5 * tanh(positive / 2)  # chances, as `odds.chance` has them
    negative = round(leaning * (1 - good), 4)
    if over_neutral > 0:
        return Judged(Label.NEUTRAL, polarity, round(1 - leaning, 4), negative)
    if over_positive > 0:
        return Judged(Label.POSITIVE, polarity, round(leaning * good, 4), negative)
    return Judged(Label.NEGATIVE, polarity, negative, negative)


def straight(sums: Sums, calibration: Mapping[str, float]) -> tuple[float, float]:
    """The log-odds of neutral rather than either, and of positive rather than negative, as held-out texts bear out."""
    get = calibration.get
    polarity, neutrality = sums
    lean = get("neutral_good", 0.0) if polarity > 0 else -get("neutral_bad", 0.0)
    neutral = neutrality * get("neutral_slope", 1.0) + polarity * lean + get("neutral_shift", 0.0)
    return neutral, polarity * get("positive_slope", 1.0) + get("positive_shift", 0.0)
