"""The numbers of an evaluation are those of the textbooks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earful.values import Label
from sentiment.evaluation import TRUTHS, Judgement, calibration_error, precision_at_recall, report, reports

NEG, NEU, POS, UNS = Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE, Label.UNSCORED


def judgements(*pairs, confidence=1.0):
    return [Judgement(truth, label, confidence) for truth, label in pairs]


def test_a_worked_example():
    seen = report(judgements((NEG, NEG), (NEG, POS), (NEU, NEU), (POS, NEG), (POS, POS), (NEU, UNS)))
    assert seen.texts == 6
    assert seen.unscored == 1
    assert seen.accuracy == pytest.approx(3 / 6)
    assert (seen.negative_precision, seen.negative_recall, seen.negative_f1) == (0.5, 0.5, 0.5)
    assert seen.macro_f1 == pytest.approx((0.5 + 2 / 3 + 0.5) / 3)
    assert seen.confusion[NEG, POS] == 1


def test_labels_that_nobody_gave_do_not_drag_the_mean_down():
    assert report(judgements((NEG, NEG), (POS, POS))).macro_f1 == 1


def test_nothing_judged_is_all_nought():
    seen = report([])
    assert (seen.texts, seen.accuracy, seen.macro_f1, seen.calibration_error) == (0, 0, 0, 0)


def test_confidence_that_means_what_it_says_has_no_error():
    assert calibration_error(judgements((NEG, NEG), (NEG, POS), confidence=0.5)) == 0
    assert calibration_error(judgements((NEG, NEG), (POS, POS), confidence=0.75)) == pytest.approx(0.25)
    assert calibration_error(judgements((NEG, UNS), confidence=0.9)) == 0


def test_groups_come_largest_first():
    ones = judgements((NEG, NEG), (POS, NEG), (POS, POS))
    seen = reports(zip(["en", "no", "no"], ones, strict=True))
    assert list(seen) == ["no", "en"]
    assert seen["no"].accuracy == 0.5


def test_precision_at_recall():
    scored = [(0.9, True), (0.8, True), (0.7, False), (0.6, True), (0.5, False)]
    assert precision_at_recall(scored, 0.6) == 1
    assert precision_at_recall(scored, 1.0) == 0.75
    assert precision_at_recall([(0.5, True), (0.5, False)], 0.5) == 0.5
    assert precision_at_recall([(0.5, False)], 0.9) == 0


@given(st.lists(st.tuples(st.sampled_from(TRUTHS), st.sampled_from(list(Label)), st.floats(0, 1))))
def test_every_share_is_a_share(rows):
    seen = report([Judgement(*row) for row in rows])
    shares = (seen.accuracy, seen.macro_f1, seen.negative_precision, seen.negative_recall, seen.calibration_error)
    assert all(0 <= share <= 1 for share in shares)
    assert sum(seen.confusion.values()) == seen.texts
