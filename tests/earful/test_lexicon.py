"""What a team may put into its lexicon, in the configuration and in the database alike."""

import pytest

from earful.configfile import load
from earful.errors import ConfigError
from earful.lexicon import checked, entry, weight


def test_entries_are_kept_in_one_form():
    assert checked({" Dead  ON ": 2, "Wobbl*": -1.239, "Ikke’no": 0}) == {
        "dead on": 2.0,
        "wobbl*": -1.24,
        "ikke'no": 0.0,
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "a|b",
        "# note",
        "x " * 9,
        "ab*",
        "y" * 81,
        "sick!",
        "<b>x</b>",
        "c++",
        "$100",
        "^^",
        "a/https",
        "wow !",
        "不好吃*",
        "two*words",
        "*bad",
        "bad**",
        "a.k.a",
    ],
)
def test_what_is_no_word_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        entry(text)


@pytest.mark.parametrize(
    "text",
    [
        ":d",
        "<3",
        ":)",
        "...",
        "🔥",
        "❤\ufe0f",
        "24/7",
        "snake_case",
        "model 3",
        "it’s",
        "well-made",
        "жесток*",
        "très bien",
        "ไม่ดี",
        "不好",
    ],
)
def test_what_a_text_can_hold_is_kept(text):
    assert entry(text) == text.replace("’", "'")


@pytest.mark.parametrize("number", [4.01, -5, float("nan")])
def test_weights_have_bounds(number):
    with pytest.raises(ValueError, match="-4"):
        weight(number)


def test_every_entry_that_can_t_be_kept_is_named():
    with pytest.raises(ValueError, match=r"c\+\+.*; .*\$100"):
        checked({"c++": 1, "fine": 2, "$100": 1})


def test_a_mistake_in_the_configuration_names_its_line(tmp_path):
    file = tmp_path / "earful.toml"
    file.write_text('[lexicon]\nsick = 3\n"a|b" = 1\n[[brands]]\nname = "A"\n[brands.lexicon]\nsick = 9\n', "utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file, {}, {})
    assert ":1: lexicon" in str(caught.value)
    assert ":6: brands.lexicon" in str(caught.value)
