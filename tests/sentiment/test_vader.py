"""The linear VADER is the published one, to the last bit."""

import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import BOOSTER_DICT, NEGATE, SPECIAL_CASES, SentimentIntensityAnalyzer

from sentiment.vader import Vader, english

REFERENCE = SentimentIntensityAnalyzer()

SAMPLES = [
    "",
    " \t\n",
    "!!!",
    "Third time the courier marks my parcel delivered. It is NOT here!!!",
    "Great, another crash. Love losing my work.",
    "Refund please. Waiting 3 weeks??",
    "No complaints, no problem, no good or nice words either",
    "no",
    "NO good",
    "The soup was kind of good but the waiter was kind of rude",
    "good but good but good, bad but bad",
    "good good bad but good bad good",
    "never so happy, never this good, it was never ever so good",
    "the food was so very good, this is this good",
    "without a doubt good, without doubt the best, without any real doubt great",
    "least good, at least good, the very least good, LEAST helpful",
    "yeah right, the bomb, to die for, kiss of death, a bus stop, what a bad ass",
    "it is sort of a nice place, just enough good help",
    "AMAZING staff", "AMAZING STAFF", "VERY good", "very GOOD", "it is BARELY good and EXTREMELY bad",
    "😀", "ok😀fine", "ok 😀 fine", "😀😡", "not 😭 good", " 😍 ", "\n😍", "👩‍👩‍👧 happy 🇳🇴", "❤️ it",
    ":) :-( ;D x-D (: >:( :'(", "(good) 'bad' ...nice...", "can't stand fed up",
    "Don't love it, wasn't good, ain't happy", "isn't not good", "Ünïcödé GOOD İyi ẞ",
    "good\x1cbad\x85nice\u2003ugly\u00a0great",
]  # fmt: skip

RULE_WORDS = (
    "but no or nor least at very so this never without doubt kind of good parcel THE great!! (bad) why?? :) xn't"
)
KNOWN_WORDS = [*sorted(REFERENCE.lexicon)[::40], *BOOSTER_DICT, *NEGATE, *" ".join(SPECIAL_CASES).split()]
WORDS = st.sampled_from([*KNOWN_WORDS, *RULE_WORDS.split(), *"😀😡❤👍🏽"])
GAPS = st.sampled_from([" ", " ", " ", "  ", "\n", "\t", "\u2003", "", ", "])


def sentence(words):
    return st.lists(st.tuples(words, GAPS), max_size=30).map(lambda pairs: "".join(word + gap for word, gap in pairs))


CASED = WORDS.flatmap(lambda word: st.sampled_from([word, word, word.upper(), word.capitalize()]))


@pytest.mark.parametrize("text", SAMPLES)
def test_samples_score_as_the_reference(text):
    assert english().polarity_scores(text) == REFERENCE.polarity_scores(text)


@pytest.mark.slow
@given(sentence(CASED))
@settings(max_examples=400)
def test_made_sentences_score_as_the_reference(text):
    assert english().polarity_scores(text) == REFERENCE.polarity_scores(text)


@given(st.text(max_size=200))
def test_any_text_scores_as_the_reference(text):
    assert english().polarity_scores(text) == REFERENCE.polarity_scores(text)


@given(sentence(CASED), st.integers(5, 40))
@settings(max_examples=20)
def test_long_texts_score_as_the_reference(text, times):
    assert english().polarity_scores(text * times) == REFERENCE.polarity_scores(text * times)


def labelled_texts():
    """The shipped sample's texts, and those of the labelled data folder where there is one."""
    sample = Path(__file__).parents[2] / "earful" / "sample"
    yield from (sample / "reviews.csv").read_text(encoding="utf-8").splitlines()
    yield from (sample / "mentions.jsonl").read_text(encoding="utf-8").splitlines()
    for path in sorted(Path(os.environ.get("EARFUL_TRAINING_DATA", "nowhere")).glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").rstrip("\n").split("\n"):
            yield json.loads(line)["text"]


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_all_labelled_texts_score_as_the_reference():
    for text in labelled_texts():
        assert english().polarity_scores(text) == REFERENCE.polarity_scores(text), text


def test_the_cost_grows_with_the_length_only():
    text = "The food was good but the service was not great. "
    seconds = {times: min(_seconds(text * times) for _ in range(3)) for times in (50, 800)}
    assert seconds[800] < 100 * seconds[50]  # 16 where it is linear, 256 where it is quadratic


def _seconds(text):
    start = time.process_time()
    english().scores(text)
    return time.process_time() - start


@given(sentence(CASED))
def test_evidence_points_at_the_words_that_moved_the_scores(text):
    scores = english().scores(text)
    evidence = english().evidence(text, scores)
    assert len(evidence) == sum(hit.valence != 0 for hit in scores.hits)
    for piece in evidence:
        assert text[piece.start : piece.start + len(piece.text)] == piece.text
        assert piece.text


def test_evidence_names_the_rule():
    text = "Not good to wait an hour 😍, awful!"
    evidence = english().evidence(text, english().scores(text))
    assert [(piece.code, piece.text, piece.weight > 0) for piece in evidence] == [
        ("negation", "good", False),
        ("emoji", "😍", True),
        ("lexicon", "awful", False),
    ]


def test_another_lexicon_scores_by_its_own_words():
    engine = Vader({"god": 2.0, "ikke": 0.0}, {})
    assert engine.scores("Maten var god").compound > 0
    assert engine.scores("The food was good").hits == ()
