"""What is looked at in a text is the same for training and reading, and costs time only by its length."""

import time
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.features import DENSE, Analyzer, hashed
from sentiment.hashing import BUCKETS
from sentiment.tokens import Vocabulary, parts, starts
from sentiment.words import parsed

WORDS = parsed(
    [
        "not: not no never",
        "very: very",
        "but: but",
        "2: good great love | no complaint*",
        "-2: bad broken | still waiting",
        "-2: 😡 :(",
        "2: 😍 :) <3",
        "ask: does | how do | * ли",
        "if: if",
        "why: why again",
    ]
)


def found(text):
    return [(one.code, round(one.weight, 2)) for one in Analyzer(WORDS).analyse(text).found]


def dense(text):
    return dict(zip(DENSE, (column[0] for column in Analyzer(WORDS).analysed([text.split()]).dense), strict=True))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("good", [("lexicon", 2)]),
        ("very good", [("lexicon", 2.6)]),
        ("not good", [("negation", -1.4)]),
        ("never a very good day", [("negation", -1.82)]),
        ("not here. good", [("lexicon", 2)]),
        ("not one of the very many good", [("lexicon", 2)]),
        ("No complaints!", [("phrase", 2)]),
        ("STILL waiting", [("phrase", -2)]),
        ("still, waiting", []),
        ("ok 😡 :( <3", [("emoji", -2), ("emoji", -2), ("emoji", 2)]),
        ("I’m not sure", []),
    ],
)
def test_rules(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "does it look bad?",
        "@brand does it look bad?",
        "hi, how do I return a broken one?",
        "бързо ли is it broken?",
        "if it's broken, can I return it?",
        "is it covered if my good one is still waiting?",
        "what if it was not good again?",
    ],
)
def test_what_a_question_only_asks_about_is_no_complaint(text):
    assert [one for one in found(text) if one[1] < 0] == []


@pytest.mark.parametrize(
    "text",
    [
        "does it look bad",
        "does it look bad?!",
        "does it look bad??",
        "it is bad. does it work?",
        "it looks bad, does it?",
        "how bad is it?",
        "does it look bad again?",
        "why is it bad if I pay?",
        "if it's broken, why do I pay?",
        "does it not look bad or broken?",
        "DOES IT LOOK bad?",
        "does it work 😡?",
        "?",
    ],
)
def test_a_reproach_stays_a_complaint_in_a_question(text):
    assert [one for one in found(text) if one[1] < 0] or text == "?"


def test_a_list_without_openers_knows_no_question():
    assert Analyzer(parsed(["-2: bad", "if: if"])).analyse("is it bad?").found
    assert found("does it look good?") == [("lexicon", 2)]


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("rated 1", [-3]),
        ("rated 5!", [2]),
        ("rated 3", [-1]),
        ("Rated 55", []),
        ("oshte 4akam", [-2]),
        ("oshte 5akam", []),
        ("veche 7 4asa", [-2]),
        ("veche 7 5asa", []),
        ("made in the 80s", [-1]),
        ("made in the 90s", []),
    ],
)
def test_in_a_listed_phrase_0_is_any_digit_and_others_are_themselves(text, weights):
    words = parsed(["-1: | rated 0 | made in/in the 8* | in the 8*", "-3: | rated 1", "2: | rated 5",
                    "-2: | oshte 4akam | veche 0 4asa"])  # fmt: skip
    assert [one.weight for one in Analyzer(words).analyse(text).found] == weights


def test_what_follows_a_contrast_is_counted_apart():
    assert dense("good but broken")["turn"] < 0
    assert dense("broken but good")["turn"] > 0
    assert dense("broken good")["turn"] == 0


def test_a_phrase_of_weight_0_is_neither_praise_nor_complaint():
    text, words = ["no", "more", "than", "that"], parsed(["0: | no more"])
    batch = Analyzer(words).analysed([text])
    assert [one.weight for one in batch.analyses[0].found] == [0]
    assert not any(column[0] for name, column in zip(DENSE, batch.dense, strict=True) if name.endswith("_phrases"))


def test_signs_are_counted():
    seen = dense("@brand WHERE is it?? 😡 !!! https://x.example/a …")
    assert all(seen[name] for name in ("mention", "link", "asks", "asks_loudly", "exclaims", "shouts", "trails_off"))
    assert not any(dense("where is it")[name] for name in ("mention", "link", "asks", "exclaims", "shouts", "digits"))


SAMPLE = st.sampled_from(["good", "not", ".", "😡", "still", "waiting", ":(", "но", "ไม่ดี", "ok"])


@given(st.text(max_size=120) | st.lists(SAMPLE).map(" ".join))
def test_any_text_can_be_looked_at(text):
    assert all(-1 <= value <= 10 for value in dense(text).values())
    analysis = Analyzer(WORDS).analyse(text)
    assert all(0 <= bucket < BUCKETS and -1 <= value <= 1 for bucket, value in hashed(analysis))
    for raw, start in zip(analysis.raws, starts(text, analysis.raws), strict=True):
        assert text[start : start + len(raw)] == raw


def test_words_in_many_quotes_are_forgotten_as_the_one_that_they_are():
    vocabulary = Vocabulary(WORDS)
    words = ["".join(some) for some in product("abcdefg", repeat=3)]
    spelled = [before + word for word in words for before in ("", '"', "“", "'")]
    texts = [[vocabulary[chunk][0] for chunk in spelled]]
    for _ in range(2):
        vocabulary.rows(texts)
    assert len(vocabulary.forget()) == len(words)
    assert {vocabulary[chunk][0] for chunk in spelled} == set(vocabulary.tokens)


def test_a_pair_has_its_order():
    both = [sorted(hashed(Analyzer(WORDS).analyse(text))) for text in ("one other", "other one")]
    assert len(both[0]) == len(both[1])
    assert both[0] != both[1]


def test_the_cost_grows_with_the_length_only():
    analyzer = Analyzer(WORDS)
    text = "Still waiting for the good one, not bad but very broken! "
    seconds = {}
    for times in (20, 400):
        runs = []
        for _ in range(3):
            start = time.process_time()
            analyzer.analyse(text * times)
            runs.append(time.process_time() - start)
        seconds[times] = min(runs)
    assert seconds[400] < 150 * seconds[20]  # 20 where it is linear, 400 where it is quadratic


@given(st.lists(st.sampled_from(["word", "word.", "end!", "why?", "…", "ไม่ดี"]), max_size=200))
def test_parts_hold_every_word_and_are_bounded(words):
    found = list(parts(words))
    assert [word for part in found for word in part] == words
    assert all(len(part) <= 40 for part in found)
    assert all(len(part) >= 5 for part in found[:-1])
