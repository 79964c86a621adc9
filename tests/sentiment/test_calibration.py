"""A refit is kept only where held-out rows say that it helps, and does help where it should."""

import math

import numpy as np
import pytest

from earful.values import Label
from sentiment.calibration import FEWEST, Sample, refit, squared_error
from sentiment.evaluation import Judgement, calibration_error
from sentiment.judging import PLAIN, composed, judged, straight
from sentiment.odds import Sums


def stream(size, seed, neutral_shift=0.0, noise=1.0):
    """Texts whose true odds are those of the reader, but for a shift that the reader does not know of."""
    random = np.random.default_rng(seed)
    samples = []
    for _ in range(size):
        polarity, neutrality = random.normal(0, 2), random.normal(0, 1.5)
        if random.random() < 1 / (1 + math.exp(-(neutrality + neutral_shift) / noise)):
            truth = Label.NEUTRAL
        else:
            truth = Label.POSITIVE if random.random() < 1 / (1 + math.exp(-polarity / noise)) else Label.NEGATIVE
        samples.append(Sample(Sums(polarity, neutrality), truth))
    return samples


def test_a_stream_with_other_borders_is_learned():
    seen = refit(stream(150, 1, neutral_shift=-3))
    assert seen.kept
    assert seen.after.macro_f1 > seen.before.macro_f1 + 0.05
    assert seen.after.calibration_error < seen.before.calibration_error
    assert seen.calibration["neutral_shift"] < -1


def test_what_was_learned_holds_on_other_texts():
    learned = refit(stream(200, 2, neutral_shift=-3)).calibration
    fresh = stream(1000, 3, neutral_shift=-3)

    def right(calibration):
        return sum(judged(one.sums, calibration)[0] is one.truth for one in fresh)

    assert right(learned) > right({}) + 100


def test_a_stream_that_is_read_well_already_keeps_its_labels_and_its_honesty():
    seen = refit(stream(80, 4))
    assert not seen.relabels
    assert seen.kept == (seen.calibration != PLAIN)
    fresh = stream(1500, 104)

    def error(calibration):
        return squared_error([Judgement(one.truth, *judged(one.sums, calibration)[::2]) for one in fresh])

    assert error(seen.calibration) < error({}) + 0.01


def test_confidence_can_be_mended_without_changing_a_label():
    base = {**PLAIN, "neutral_border": 0.3, "positive_border": -0.2}
    samples = [Sample(Sums(4 * one.sums.polarity, 4 * one.sums.neutrality), one.truth, base) for one in stream(150, 10)]
    seen = refit(samples)
    assert (seen.kept, seen.relabels) == (True, False)
    assert seen.after.calibration_error < seen.before.calibration_error - 0.05
    for one in stream(300, 11):
        assert judged(one.sums, composed(base, seen.calibration))[0] is judged(one.sums, base)[0]


@pytest.mark.parametrize(("seed", "shift"), [(20, -1.5), (64, 0), (69, 1), (113, 1)])
def test_other_labels_are_kept_only_where_held_out_ones_improve(seed, shift):
    seen = refit(stream(60, seed, neutral_shift=shift))
    assert not seen.relabels or seen.after.macro_f1 >= seen.before.macro_f1


@pytest.mark.parametrize("seed", [7, 8, 13, 20, 29])
def test_other_labels_are_never_paid_for_by_the_negative_flag(seed):
    seen = refit(scarce(100, seed))
    assert seen.relabels == (seed == 20)  # only there the flag gains as well
    assert seen.after.negative_f1 >= seen.before.negative_f1


def scarce(size, seed):
    """A stream with few complaints, many of which the reader takes for something else."""
    few = stream(12 * size, seed, neutral_shift=1.0, noise=2.0)
    negative = [one for one in few if one.truth is Label.NEGATIVE][: size // 12]
    return negative + [one for one in few if one.truth is not Label.NEGATIVE][: size - len(negative)]


@pytest.mark.parametrize("seed", [30, 31])
def test_where_nothing_improves_nothing_changes(seed):
    seen = refit(stream(60, seed))
    assert (seen.kept, seen.relabels, seen.calibration) == (False, False, PLAIN)


def test_confidence_learned_from_a_hundred_labels_is_borne_out_by_other_texts():
    learned = refit(stream(100, 24, neutral_shift=-2)).calibration
    fresh = stream(4000, 25, neutral_shift=-2)

    def error(calibration):
        read = [(one.truth, judged(one.sums, composed(PLAIN, calibration))) for one in fresh]
        return calibration_error([Judgement(truth, said.label, said.confidence) for truth, said in read])

    assert error({}) > 0.15
    assert error(learned) < 0.05


@pytest.mark.slow
def test_what_was_kept_is_where_the_next_refit_starts_from():
    first = refit(stream(150, 1, neutral_shift=-3))
    again = refit(stream(150, 1, neutral_shift=-3), first.calibration)
    assert not again.relabels
    assert again.before.macro_f1 >= first.after.macro_f1
    for one in stream(300, 26):
        pair = [judged(one.sums, composed(PLAIN, found.calibration)).label for found in (first, again)]
        assert pair[0] is pair[1]
    far = refit(stream(300, 12, neutral_shift=4), first.calibration)
    assert far.kept
    assert far.after.macro_f1 > far.before.macro_f1 + 0.1


@pytest.mark.parametrize(
    ("base", "own"), [({}, {}), ({"neutral_slope": 0.5, "neutral_bad": -0.4, "neutral_border": 0.7}, {})]
)
def test_a_brand_that_learned_nothing_changes_nothing(base, own):
    for one in stream(50, 13):
        assert judged(one.sums, composed(base, own)) == judged(one.sums, base)


def test_one_calibration_on_top_of_another_does_one_after_the_other():
    base = {**PLAIN, "neutral_slope": 0.5, "neutral_shift": 0.2, "positive_slope": 2.0, "positive_shift": 0.1}
    own = {**PLAIN, "neutral_slope": 0.7, "neutral_shift": -1.0, "positive_slope": 0.6, "positive_shift": 0.3}
    for one in stream(20, 14):
        neutral, positive = straight(one.sums, base)
        both = straight(one.sums, composed(base, own))
        assert both == pytest.approx((0.7 * neutral - 1.0, 0.6 * positive + 0.3))


@pytest.mark.slow
def test_labels_that_have_nothing_to_do_with_the_texts_teach_nothing_good():
    random = np.random.default_rng(5)
    labels = [Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE]
    samples = [Sample(one.sums, labels[random.integers(3)]) for one in stream(80, 6)]
    seen = refit(samples)
    assert seen.after.macro_f1 < 0.5
    assert not seen.kept or seen.after.calibration_error < seen.before.calibration_error


@pytest.mark.slow
def test_the_same_labels_give_the_same_refit():
    samples = stream(80, 7, neutral_shift=2)
    assert refit(samples) == refit(samples)


def test_too_few_or_all_the_same_labels_are_refused():
    with pytest.raises(ValueError, match="too few"):
        refit(stream(FEWEST - 1, 8))
    with pytest.raises(ValueError, match="the same"):
        refit([Sample(Sums(0, 0), Label.NEGATIVE)] * FEWEST)


@pytest.mark.slow
def test_a_stream_without_neutrals_or_without_praise_can_be_fitted():
    for missing in (Label.NEUTRAL, Label.POSITIVE):
        samples = [one for one in stream(120, 9) if one.truth is not missing]
        assert set(refit(samples).calibration) == set(PLAIN)
