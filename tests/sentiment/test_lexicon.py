"""A team's own words reach both readers: they move the label, stand in the evidence, and change the version."""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from earful.lexicon import entry
from earful.values import Label, Passage
from sentiment.features import Analyzer
from sentiment.reader import READERS, Taught, reader_named
from sentiment.teamwords import overlaid
from sentiment.vader import Vader, english
from sentiment.words import WordList, parsed

BOTH = pytest.mark.parametrize("name", sorted(READERS))


def read(name, text, words):
    [reading] = reader_named(name, ["en"], Taught(words)).read([Passage(text)])
    return reading


def moving(reading):
    return [one for one in reading.evidence if not one.code.startswith("theme")]


@BOTH
@pytest.mark.parametrize(
    ("text", "words", "said", "shown"),
    [
        ("That new deck is sick", {"sick": 3}, Label.POSITIVE, "sick"),
        ("That new deck is SICK!", {"sick": 3}, Label.POSITIVE, "SICK"),
        ("Not sick at all", {"sick": 3}, Label.NEGATIVE, "sick"),
        ("wobbling wheels again", {"wobbl*": -3}, Label.NEGATIVE, "wobbling"),
        ("It was a total  nightmare of a park", {"total nightmare": 3}, Label.POSITIVE, "total  nightmare"),
        ("Got a snap back deck :D", {":d": -3}, Label.NEGATIVE, ":D"),
        ("Got a snap back deck :d", {":d": -3}, Label.NEGATIVE, ":d"),
        ("* Got a =D deck note:done *", {"=d": -3}, Label.NEGATIVE, "=D"),
        ("Got a snap back deck ;-d and * more *", {";-d": -3}, Label.NEGATIVE, ";-d"),
        ("Got a snap back deck 🛹", {"🛹": 2}, Label.POSITIVE, "🛹"),
    ],
)
def test_own_words_move_the_reading_and_are_shown(name, text, words, said, shown):
    reading = read(name, text, words)
    assert reading.label is said
    [evidence] = [one for one in moving(reading) if one.text == shown]
    assert text[evidence.start :].startswith(shown)
    assert evidence.code in {"lexicon", "negation", "phrase", "emoji"}


@BOTH
def test_a_word_of_weight_0_says_nothing(name):
    assert read(name, "You guys are sick", {}).label is Label.NEGATIVE
    reading = read(name, "You guys are sick", {"sick": 0})
    assert reading.label is Label.NEUTRAL
    assert all(one.text != "sick" for one in moving(reading))


@pytest.mark.parametrize(
    ("text", "words", "shown"),
    [
        ("Does it wobble at high speed?", {"wobbl*": -4}, "wobble"),
        ("Does it stop working below zero?", {"stop working": -4}, "stop working"),
        ("Is there a Model 3 update?", {"model 3": -4}, "Model 3"),
        ("What if my parcel is laaate?", {"late": -4}, "laaate"),
    ],
)
def test_own_words_of_complaint_count_where_a_question_only_asks(text, words, shown):
    assert read("default", text, {}).label is not Label.NEGATIVE
    reading = read("default", text, words)
    assert reading.label is Label.NEGATIVE
    assert [one.text for one in moving(reading)] == [shown]


def test_what_nobody_told_stays_muted_beside_own_words():
    muted = {"broken": 0, "model 4": -4, "is late again": -4}
    evidence = moving(read("default", "Is there a broken Model 3, if it is late?", muted))
    assert [one for one in evidence if one.code in {"lexicon", "phrase"}] == []


@BOTH
def test_the_version_says_that_words_were_added_and_which(name):
    versions = [reader_named(name, (), Taught(words)).version for words in ({}, {"sick": 3.0}, {"sick": 2.0})]
    assert len(set(versions)) == 3
    assert all(version.startswith(versions[0] + "+l") for version in versions[1:])
    again = reader_named(name, (), Taught({"sick": 2.0}))
    assert again.version == versions[2]
    reading = read(name, "sick", {"sick": 2.0})
    assert (reading.reader, reading.version) in again.marks


@given(st.text(max_size=120))
def test_own_words_that_a_text_does_not_hold_change_nothing(text):
    own = Vader(english().lexicon, english().descriptions, overlaid(WordList(), {"zzqx*": 3, "qqzz zzqq": -2}))
    if "zzqx" not in text.lower():
        assert own.scores(text) == english().scores(text)


def test_a_teams_list_goes_over_the_shipped_one_and_leaves_it_alone():
    shipped = parsed(["-2: bad awfully | never again | no go", "2: great*", "not: not"])
    both = overlaid(shipped, {"never again": 1, "awful*": 0, "Great": -1, "no way": -3})
    assert [both.weight(word) for word in ("bad", "awfully", "great", "greatness")] == [-2, 0, -1, 2]
    assert both.phrases["never"].matching(["again"]).weight == 1
    assert {phrase.weight for phrase in both.phrases["no"].phrases} == {-2, -3}
    assert both.negators == shipped.negators
    assert shipped.phrases["never"].matching(["again"]).weight == -2
    assert len(shipped.phrases["no"].phrases) == 1


LETTERS = st.lists(st.sampled_from([*"aBæжД不は0123", "ไม่"]), min_size=1, max_size=4).map("".join)
SIGNS = st.text(st.sampled_from("'-_/$#&+%^*!?.,;:()<>=@🔥❤👍🏽\ufe0f\u200c"), max_size=2)
WORDS = st.tuples(SIGNS, LETTERS, SIGNS, LETTERS, st.sampled_from(["", "*", "$"])).map("".join) | LETTERS | SIGNS


@pytest.mark.slow
@pytest.mark.parametrize("name", ["default", "vader"])
@given(typed=st.lists(WORDS, max_size=3).map(" ".join))
@example("model 3")
@example("version 10 of 20")
@example("snake_case")
@example("24/7 support")
@example("charg* slow*")
@example("a b_c d_e f_g h_i j_k l_m n_o")
@example("not")
@example("sooooo goooood")
@example("❤\ufe0f")
@example("lol :P")
@example("...")
@example("不好吃的服务员真是太差了")
def test_whatever_is_accepted_is_found_in_a_text_that_holds_it(name, typed):
    try:
        kept = entry(typed)
    except ValueError:
        return
    text = f"zzz {' '.join(typed.split()).replace('*', 'qq')} zzz"
    if name == "vader":
        engine = reader_named("vader", ["en"], Taught({kept: 3.1}))._engine
        assert any(abs(hit.valence) > 1 for hit in engine.scores(text).hits)
    else:
        found = Analyzer(overlaid(parsed(["not: not"]), {kept: 3.1})).analyse(text).found
        assert [one.weight for one in found] == [3.1]


@pytest.mark.parametrize("text", ["a d here", "note:done", "x=d", "note: d"])
@pytest.mark.parametrize("kept", ["=d", ":d"])
def test_an_emoticon_in_small_letters_is_no_letter_and_stands_alone(text, kept):
    assert moving(read("default", text, {kept: -4})) == moving(read("default", text, {}))


@pytest.mark.parametrize("name", ["default", "vader"])
@pytest.mark.parametrize("kept", ["c++", "^^", "$100", "''", "-", "a b, c", "|", ""])
def test_what_was_accepted_once_and_can_t_be_found_is_left_alone(name, kept):
    text = "the c 100 a b c ^^ c++ $100"
    assert moving(read(name, text, {kept: -4})) == moving(read(name, text, {}))


def test_a_number_in_a_phrase_is_that_number():
    words = overlaid(WordList(), {"model 3": 2, "model 4": -2, "model 3 pro": 4})
    for text, weights in (("my model 3 and a model 4", [2, -2]), ("model 5", []), ("a Model 3 Pro", [4])):
        assert [one.weight for one in Analyzer(words).analyse(text).found] == weights


def test_of_two_beginnings_of_a_phrase_the_longer_one_counts():
    for entries in ({"goo* then": 1, "good* then": -2}, {"good* then": -2, "goo* then": 1}):
        found = Analyzer(overlaid(WordList(), entries)).analyse("goods then, goofs then").found
        assert [one.weight for one in found] == [-2, 1]


def test_many_phrases_with_one_beginning_are_prepared_once_for_all_words():
    words = overlaid(WordList(), {f"good* w{number}w": 1.0 for number in range(50)})
    assert words.begun("goods") is words.begun("goodly") is not None


def test_several_threads_may_lay_over_words_at_once():
    before = sys.getswitchinterval()
    entries = [{f"w{who}x{number} b{who}x{number}": 1.0 for number in range(60)} for who in range(16)]
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(8) as threads:
            done = list(threads.map(lambda some: overlaid(WordList(), some), entries))
    finally:
        sys.setswitchinterval(before)
    assert [len(words.phrases) for words in done] == [60] * 16


def test_own_words_leave_all_else_that_a_list_says():
    listed = parsed(
        ["not: no", "very: so", "but: but", "again: again", "ask: is", "if: if", "why: why", "-2: bad", "2: | so good"]
    )
    words = overlaid(listed, {"zzqx": 1})
    changed = {
        each.name for each in fields(listed) if each.compare and getattr(words, each.name) != getattr(listed, each.name)
    }
    assert changed == {"words"}
