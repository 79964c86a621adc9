"""A brand's own words are learned where they tell something, and only there."""

from dataclasses import replace

import numpy as np
import pytest

from earful.values import Label, Passage
from sentiment.calibration import Sample, refit
from sentiment.default import DefaultReader
from sentiment.odds import Sums
from sentiment.ownwords import FEWEST, shifted

NEG, NEU, POS = Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE
COMMON = [f"word{i}" for i in range(60)]


def stream(size, seed, telling):
    """Texts that the reader knows something of; `telling` is how often a word that it doesn't know tells more."""
    random = np.random.default_rng(seed)
    samples = []
    for _ in range(size):
        truth = (NEG, NEU, POS)[random.integers(3)]
        leaning = {NEG: -0.8, NEU: 0.0, POS: 0.8}[truth]
        sums = Sums(random.normal(leaning, 1.5), random.normal(1.0 if truth is NEU else -1.0, 1.5))
        words = list(random.choice(COMMON, size=8))
        if random.random() < telling:
            words.append({NEG: "blon", NEU: "plim", POS: "zarp"}[truth])
        samples.append(Sample(sums, truth, {}, words))
    return samples


@pytest.mark.slow
def test_words_that_tell_are_learned():
    found = refit(stream(240, 1, 0.6))
    assert (found.kept, found.relabels) == (True, True)
    assert found.after.macro_f1 > found.before.macro_f1 + 0.04
    assert found.words["zarp"][0] > 0.3 > -0.3 > found.words["blon"][0]
    assert found.words["plim"][1] > 0.3
    assert len(found.words) <= 300


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_words_that_tell_nothing_are_not(seed):
    assert not refit(stream(240, seed, 0.0)).words


@pytest.mark.slow
def test_few_labels_or_texts_without_words_teach_none():
    samples = stream(240, 1, 0.6)
    assert not refit(samples[: FEWEST - 1]).words
    assert not refit([replace(one, words=()) for one in samples]).words


@pytest.mark.slow
def test_the_same_labels_teach_the_same():
    samples = stream(FEWEST, 3, 0.6)
    assert refit(samples) == refit(samples)


@pytest.mark.slow
def test_words_in_use_stay_until_labels_turn():
    samples = stream(240, 1, 0.6)
    first = refit(samples)
    again = refit(samples, first.calibration, first.words)
    assert again.words == first.words
    assert again.before.macro_f1 > first.before.macro_f1 + 0.04  # what is in use counts
    other = {"zarp": "blon", "blon": "zarp"}
    turned = [replace(one, words=[other.get(word, word) for word in one.words]) for one in samples]
    found = refit(turned, first.calibration, first.words)
    assert found.kept
    assert found.words["zarp"][0] < 0 < found.words["blon"][0]


def test_a_word_counts_once_and_less_in_a_long_text():
    table = {"zarp": [2.0, -1.0]}
    assert shifted(Sums(0.0, 0.0), ["zarp"], table) == Sums(2.0, -1.0)
    assert shifted(Sums(0.0, 0.0), ["zarp"] * 4, table) == Sums(1.0, -0.5)
    assert shifted(Sums(0.5, 0.5), [], table) == Sums(0.5, 0.5)


def test_the_reader_uses_and_shows_them():
    text = "That board is zarp, really ZARP"
    plain, taught = (
        DefaultReader(["en"], words=words).read([Passage(text)])[0] for words in ({}, {"zarp": [9.0, -9.0]})
    )
    assert (plain.label, taught.label) == (NEU, POS)
    assert taught.version.startswith(plain.version + "+w")
    assert [(one.text, one.weight > 0) for one in taught.evidence if one.code == "taught"] == [
        ("zarp", True),
        ("ZARP", True),
    ]
