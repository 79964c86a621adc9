"""Word lists are read as people write them, and say what single words and phrases mean."""

import pytest

from sentiment.words import LONGEST_PHRASE, Phrase, WordList, parsed

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
    assert words.phrases["never"].matching(["again", "ever", "so"]) == Phrase(("never", "again", "ever"), -3)
    assert words.phrases["no"].matching(["complaints"]) == Phrase(("no", "complaint*"), 2)
    assert words.phrases["never"].matching(["again"]) is None
    assert (words.negators, words.boosters, words.contrasts) == ({"not", "no"}, {"very"}, {"but"})


def test_what_opens_a_question_may_have_several_words():
    words = parsed(["ask: does | how  do |", "if: if whether", "why: why"])
    assert words.openers == {"does", "how do"}
    assert (words.conditions, words.reproaches) == ({"if", "whether"}, {"why"})


def test_drawn_out_words_are_known():
    assert parsed(LIST).weight("goooood") == 2
    assert parsed(["2: god"]).weight("gooood") == 2


def test_a_whole_word_overrules_a_stem_and_a_longer_stem_a_shorter():
    words = parsed(["-2: bor*", "1: borrow", "-1: boring*"])
    assert [words.weight(word) for word in ("bored", "borrow", "boringly")] == [-2, 1, -1]


def test_our_words_overrule_translated_ones():
    words = parsed(["2: sick won*", "0: like"], {"sick": -2.0, "ill": -1.0, "wonder": -1.0, "like": 2.0})
    assert [words.weight(word) for word in ("sick", "ill", "wonder", "like")] == [2, -1, 2, 0]


def test_longer_phrases_come_first():
    begun = parsed(["-1: | still waiting | still wait*", "-3: | still waiting for* | still wai* for ever"]).phrases[
        "still"
    ]
    assert begun.matching(["waiting", "for"]) == Phrase(("still", "waiting", "for*"), -3)
    assert begun.matching(["waiting", "for", "ever"]).words == ("still", "wai*", "for", "ever")
    assert begun.matching(["waits"]).weight == -1
    assert begun.matching([]) is None


def test_a_slash_parts_words_and_the_apostrophe_of_nt_may_be_missing():
    words = parsed(["-2: | won't/doesn't turn/switch on | and/or | 24/7 open"])
    for first, second in (("won't", "turn"), ("wont", "switch"), ("doesn't", "switch"), ("doesnt", "turn")):
        assert words.phrases[first].matching([second, "on"]) == Phrase((first, second, "on"), -2)
    assert words.weight("and/or") == -2
    assert words.phrases["24/7"].matching(["open"])
    assert parsed(["-2: don't"]).weight("dont") == 0
    with pytest.raises(ValueError, match="more than"):
        parsed(["1: | " + "a/b/c/d " * LONGEST_PHRASE])


def test_a_phrase_with_any_word_in_it_remembers_few_of_them():
    begun = parsed(["2: | would stay again | would * again | would recom* it"]).phrases["would"]
    assert all(begun.matching([f"w{number}", "again"]) for number in range(5))
    assert begun.matching(["stay", "again"]).words == ("would", "stay", "again")
    assert begun.matching(["recommend", "it"]).words == ("would", "recom*", "it")
    assert begun.matching(["recommend", "again"]).words == ("would", "*", "again")
    assert begun.after("w1") is begun.after("w2")  # those that fit alike are kept once


def test_what_may_follow_is_not_remembered_without_bound(monkeypatch):
    monkeypatch.setattr("sentiment.words._MOST_AFTER", 3)
    begun = parsed(["2: | would again* | would * again"]).phrases["would"]
    for _ in range(2):
        assert [len(begun.after(f"{word}ly").phrases) for word in ("again", "b", "c", "d", "e")] == [2, 1, 1, 1, 1]
    assert len(begun._longer) <= 4


def test_a_line_of_no_known_kind_is_refused():
    with pytest.raises(ValueError, match="'good' is neither"):
        parsed(["good: 3"])


def test_a_slash_beside_a_star_would_never_be_found_and_is_refused():
    with pytest.raises(ValueError, match="whole words"):
        parsed(["-2: | box* came broken*/late"])


def test_a_phrase_has_a_bounded_length():
    with pytest.raises(ValueError, match="more than"):
        parsed(["1: | " + "very " * LONGEST_PHRASE + "long"])


def test_a_word_without_end_is_looked_up_no_longer_than_stems_are():
    class Counted(dict[str, float]):
        asked = 0

        def __contains__(self, key):
            self.asked += 1
            return super().__contains__(key)

    stems = Counted({"terribl": -3.0})
    assert WordList(stems=stems).weight("terrific" + "a" * 1000) == 0
    assert WordList(stems=stems).weight("terribly" + "a" * 1000) == -3
    assert stems.asked < 20
