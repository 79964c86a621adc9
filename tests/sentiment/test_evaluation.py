"""The numbers of an evaluation are those of the textbooks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earful.values import Label
from sentiment.evaluation import (
    TRUTHS,
    Judgement,
    calibration_error,
    estimated_recall,
    interval,
    macro_f1_interval,
    precision_at_recall,
    report,
)

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


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_interval_of_a_share_holds_it_and_narrows_with_more_texts(hits, others):
    texts = hits + others
    low, high = interval(hits, texts)
    assert 0 <= low <= high <= 1
    if texts:
        assert low - 1e-9 <= hits / texts <= high + 1e-9
        wider = interval(hits, texts), interval(10 * hits, 10 * texts)
        assert wider[1].high - wider[1].low < wider[0].high - wider[0].low


def test_known_intervals():
    assert interval(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)  # Wilson's, as tables have it
    assert interval(0, 0) == (0, 1)


def test_the_interval_of_macro_f1_holds_it_and_is_the_same_each_time():
    confusion = {(NEG, NEG): 20, (NEG, NEU): 5, (NEU, NEU): 10, (NEU, NEG): 5}
    low, high = macro_f1_interval(confusion)
    ones = [Judgement(*pair, 0.5) for pair, count in confusion.items() for _ in range(count)]
    assert low < report(ones).macro_f1 < high
    assert (low, high) == macro_f1_interval(confusion)
    assert macro_f1_interval({}) == (0, 1)


def test_recall_weighs_each_side_by_what_it_stands_for():
    found = estimated_recall(flagged=100, right=40, wrong=10, unflagged=1000, judged=50, missed=1)
    assert found.share == pytest.approx(80 / (80 + 20))
    assert found.low < found.share < found.high
    assert estimated_recall(100, 0, 0, 1000, 50, 1) is None
    assert estimated_recall(100, 5, 0, 1000, 0, 0) is None
    assert estimated_recall(100, 50, 0, 1000, 500, 0).share == 1
