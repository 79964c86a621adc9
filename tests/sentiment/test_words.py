"""Word lists are read as people write them, and say what single words and phrases mean."""

import pytest

from sentiment.words import fits, parsed

LIST = [
    "# a comment: not a key",
    "not: not no",
    "very: very",
    "but: but",
    "-3: scam* awful | rip off | never again ever | solo",
    "2: good | no complaint*",
]


def test_words_stems_and_phrases_have_their_weights():
    words = parsed(LIST)
    assert words.weight("awful") == -3
    assert words.weight("scammers") == -3
    assert words.weight("solo") == -3
    assert words.weight("table") == 0
    assert [phrase.words for phrase in words.phrases_from("never")] == [("never", "again", "ever")]
    assert (words.negators, words.boosters, words.contrasts) == ({"not", "no"}, {"very"}, {"but"})


def test_drawn_out_words_are_known():
    assert parsed(LIST).weight("goooood") == 2
    assert parsed(["2: god"]).weight("gooood") == 2


def test_a_whole_word_overrules_a_stem_and_a_longer_stem_a_shorter():
    words = parsed(["-2: bor*", "1: borrow", "-1: boring*"])
    assert [words.weight(word) for word in ("bored", "borrow", "boringly")] == [-2, 1, -1]


def test_our_words_overrule_translated_ones():
    assert parsed(["2: sick"], {"sick": -2.0, "ill": -1.0}).words == {"sick": 2, "ill": -1}


def test_longer_phrases_come_first():
    first = parsed(["-1: | still waiting", "-3: | still waiting for*"]).phrases_from("still")[0]
    assert first.weight == -3


@pytest.mark.parametrize(
    ("pattern", "word", "expected"),
    [("refund*", "refunded", True), ("refund", "refunded", False), ("*", "anything", True)],
)
def test_a_star_stands_for_any_ending(pattern, word, expected):
    assert fits(pattern, word) is expected


def test_a_line_of_no_known_kind_is_refused():
    with pytest.raises(ValueError, match="'good' is neither"):
        parsed(["good: 3"])
