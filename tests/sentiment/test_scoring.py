"""The reader adds up the same weights that training counted, and judges them as said."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earful.errors import ConfigError
from earful.values import Label
from sentiment.features import DENSE, Analyzer, hashed
from sentiment.hashing import BUCKETS
from sentiment.judging import PLAIN, judged
from sentiment.odds import Sums
from sentiment.ratings import stars, with_stars
from sentiment.scoring import Scorer
from sentiment.weights import FORMAT, packed, quantised, unpacked

RANDOM = np.random.default_rng(3)
TABLES = [RANDOM.normal(size=BUCKETS).tolist(), RANDOM.normal(size=BUCKETS).tolist()]
LIST = ["not: not", "2: good", "-2: bad | still waiting"]
SUMS = st.builds(Sums, st.floats(-20, 20), st.floats(-20, 20))


@pytest.fixture(scope="module")
def scorer():
    heads, tables = [], []
    for i, table in enumerate(TABLES):
        scale, signed = quantised(table)
        heads.append({"bias": 0.25 * i, "dense": [0.1 * i] * len(DENSE), "scale": scale})
        tables.append(signed)
    return Scorer(unpacked(lzma_free(heads, tables)))


def lzma_free(heads, tables, /, **changes):
    import lzma

    header = {
        "format": FORMAT,
        "language": "xx",
        "licence": "CC0-1.0",
        "heads": heads,
        "calibration": {},
        "translated": {},
        "words": LIST,
    }
    return lzma.decompress(packed(header | changes, tables))


@given(st.lists(st.sampled_from("not good bad still waiting for my order ! ? 😡 @me ok".split(" ")), max_size=20))  # noqa: SIM905
def test_the_reader_adds_up_what_training_counted(scorer, words):
    [(analysis, sums)] = scorer.scored([" ".join(words)])
    numbers = [column[0] for column in Analyzer(scorer.weights.words).analysed([analysis.chunks]).dense]
    for value, head, table in zip(sums, (scorer.weights.polarity, scorer.weights.neutrality), TABLES, strict=True):
        dense = sum(weight * number for weight, number in zip(head.dense, numbers, strict=True))
        expected = head.bias + dense + sum(table[bucket] * number for bucket, number in hashed(analysis))
        assert value == pytest.approx(expected, abs=0.1)  # what rounding to bytes may cost


TEXTS = ["not a good day", "bad bad bad 😡", "", "still waiting! " * 40, "ไม่ดี", "many many words of mine", "."]


def test_a_text_is_scored_the_same_whatever_is_scored_beside_it(scorer):
    alone = [scorer.scored([text])[0].sums for text in TEXTS]
    for texts in (TEXTS, TEXTS[::-1] * 3):
        found = dict(zip(texts, (one.sums for one in scorer.scored(texts)), strict=True))
        assert [found[text] for text in TEXTS] == alone


def test_a_scorer_that_had_to_forget_gives_the_same_again(scorer, monkeypatch):
    before = scorer.scored(TEXTS)
    learned = scorer.leaning(before[0].analysis)
    monkeypatch.setattr("sentiment.tokens._CACHED", 3)
    monkeypatch.setattr("sentiment.batches.TOGETHER", 5)
    assert [one.sums for one in scorer.scored(TEXTS)] == [one.sums for one in before]
    assert scorer.leaning(before[0].analysis) == learned


def test_words_that_come_again_outlast_those_that_do_not(scorer):
    common = "not a good day"
    scorer.forget()
    for number in range(3):
        scorer.scored([f"{common} {chr(97 + number) * 3}q"])
    scorer.forget()
    known = scorer._vocabulary
    assert set(known) == set(common.split())
    assert [token.row for token in known.tokens] == list(range(len(known)))
    assert scorer.scored([common])[0].sums == Scorer(scorer.weights).scored([common])[0].sums


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=40))
def test_quantised_weights_are_within_half_a_step(weights):
    scale, signed = quantised(weights)
    for weight, step in zip(weights, memoryview(signed).cast("b"), strict=True):
        assert abs(weight - step * scale) <= scale / 2 + 1e-9


@pytest.mark.parametrize("change", [{"format": FORMAT + 1}, {"heads": [{"bias": 0, "dense": [1.0], "scale": 0.0}] * 2}])
def test_weights_of_another_version_are_refused(change):
    heads = [{"bias": 0.0, "dense": [0.0] * len(DENSE), "scale": 0.0}] * 2
    with pytest.raises(ConfigError, match="install"):
        unpacked(lzma_free(heads, [], **change))


@given(SUMS)
def test_label_polarity_and_confidence_agree(sums):
    label, polarity, confidence, negative = judged(sums, {})
    assert -1 <= polarity <= 1
    assert 0 <= confidence <= 1
    assert 0 <= negative <= 1 - confidence + 1e-4 or label is Label.NEGATIVE
    if label is Label.NEGATIVE:
        assert polarity <= 0
        assert negative == confidence
    if label is Label.POSITIVE:
        assert polarity >= 0


@given(SUMS)
def test_a_plain_calibration_changes_nothing(sums):
    assert judged(sums, PLAIN) == judged(sums, {})


def test_borders_move_labels_and_leave_confidence():
    sums = Sums(-1.0, 0.5)
    neutral = judged(sums, {})
    negative = judged(sums, {"neutral_border": 1.0})
    assert (neutral[0], negative[0]) == (Label.NEUTRAL, Label.NEGATIVE)
    assert negative[2] < neutral[2]


@pytest.mark.parametrize(
    ("rating", "nps", "given_stars"),
    [(1, None, 1), (4.6, None, 5), (0.5, None, 1), (None, 10, 5), (None, 7, 3), (None, 0, 1), (None, 6, 2), (3, 10, 3),
     (None, None, None), (7, None, None), (float("nan"), None, None), (None, 11, None)],
)  # fmt: skip
def test_ratings_become_stars(rating, nps, given_stars):
    assert stars(rating, nps) == given_stars


@given(SUMS)
def test_few_stars_make_a_complaint_likelier_than_many(sums):
    five, four, two, one = (judged(with_stars(sums, given), {}).negative for given in (5, 4, 2, 1))
    assert max(five, four) <= two <= one


@given(SUMS)
def test_one_star_is_never_praise_and_no_stars_change_nothing(sums):
    assert judged(with_stars(sums, 1), {})[0] is not Label.POSITIVE
    assert with_stars(sums, None) == sums
