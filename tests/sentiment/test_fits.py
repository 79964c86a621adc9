"""Fits change what they say they change, and F1 is expected as it would be counted."""

import numpy as np
import pytest

from earful.values import Label
from sentiment.fits import Rows, expected_f1, on_top, relabelling, straightening
from sentiment.judging import PLAIN, composed, judged
from sentiment.odds import Sums

NEGATIVE, NEUTRAL, POSITIVE = range(3)


def flags(labels):
    return np.array([[label == one for label in labels] for one in range(3)])


def rows(size, seed, shift=0.0):
    """Labelled texts whose reader knows nothing of a shift of neutrality."""
    random = np.random.default_rng(seed)
    polarity, neutrality = random.normal(0, 2, size), random.normal(0, 1.5, size)
    neutral = random.random(size) < 1 / (1 + np.exp(-neutrality - shift))
    positive = ~neutral & (random.random(size) < 1 / (1 + np.exp(-polarity)))
    return Rows(neutrality, polarity, polarity, np.zeros(size), np.zeros(size), neutral, positive)


def readings(seen, found):
    """How texts are read with what was found of a brand, on top of weights that need no calibration."""
    pairs = zip(seen.polarity.tolist(), seen.neutral.tolist(), strict=True)
    return [judged(Sums(*pair), composed(PLAIN, found)) for pair in pairs]


def labels(seen, found):
    return [said.label for said in readings(seen, found)]


def test_f1_of_what_is_certain_is_the_f1_that_is_counted():
    truth = [NEGATIVE, NEGATIVE, NEUTRAL, POSITIVE]
    said = [NEGATIVE, NEUTRAL, NEUTRAL, POSITIVE]
    assert expected_f1(flags(truth).astype(float), flags(said)) == pytest.approx([2 / 3, 2 / 3, 1])
    assert expected_f1(flags(truth).astype(float), flags(truth)) == pytest.approx([1, 1, 1])


def test_a_label_that_nobody_gave_or_said_is_no_division_by_nothing():
    found = expected_f1(flags([NEGATIVE, NEGATIVE]).astype(float), flags([NEGATIVE, NEGATIVE]))
    assert found == pytest.approx([1, 0, 0])


@pytest.mark.parametrize("start", [PLAIN, {**PLAIN, "neutral_slope": 0.6, "neutral_bad": -0.3, "neutral_border": 0.4}])
def test_straightening_leaves_every_label(start):
    seen = rows(120, 1, shift=-1.5)
    assert labels(seen, on_top(start, straightening(seen))) == labels(seen, start)


def test_relabelling_follows_the_stream_and_says_how_sure_to_be():
    found = relabelling(rows(400, 2, shift=-2.0))
    fresh = rows(4000, 3, shift=-2.0)
    said = labels(fresh, found)
    truths = np.where(fresh.is_neutral, Label.NEUTRAL, np.where(fresh.is_positive, Label.POSITIVE, Label.NEGATIVE))
    right = np.mean([one == truth for one, truth in zip(said, truths.tolist(), strict=True)])
    assert said.count(Label.NEUTRAL) < 0.6 * labels(fresh, PLAIN).count(Label.NEUTRAL)
    assert np.mean([one.confidence for one in readings(fresh, found)]) == pytest.approx(right, abs=0.03)


def test_more_firmly_held_the_fewer_rows_there_are():
    few, many = (straightening(rows(size, 4, shift=-2.0))["neutral_shift"] for size in (20, 2000))
    assert many < few < 0
    assert many == pytest.approx(-2.0, abs=0.3)
