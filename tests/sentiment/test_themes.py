"""Themes are found by the words of a taxonomy that anyone can edit."""

import pytest

from sentiment.features import Analyzer
from sentiment.themes import STAGES, ThemeFinder, parsed, stage_of, taxonomy
from sentiment.words import WordList

LINES = ["# note", "[delivery | receive]", "en: parcel* | never arrived", "no: pakke*", "[price | buy]", "en: cost*"]


def touched(text, language="en", themes=None):
    finder = ThemeFinder(themes or parsed(LINES), language)
    return [(one.theme, one.first, one.last) for one in finder.touches(Analyzer(WordList()).analyse(text))]


def test_words_stems_and_phrases_touch_a_theme_once():
    assert touched("Parcels cost a lot. My parcel never arrived") == [("delivery", 0, 0), ("price", 1, 1)]
    assert touched("It NEVER arrived") == [("delivery", 1, 2)]
    assert touched("Pakken er borte", "no") == [("delivery", 0, 0)]


def test_a_language_without_words_is_read_by_the_english_ones():
    assert touched("Das parcel", "de") == [("delivery", 1, 1)]


@pytest.mark.parametrize("line", ["[delivery | someday]", "words without a heading", "[delivery]"])
def test_a_line_of_another_form_is_refused(line):
    with pytest.raises(ValueError, match=r"stage|heading"):
        parsed([line])


def test_the_shipped_taxonomy_covers_the_customer_s_journey():
    names = {theme.name for theme in taxonomy()}
    assert {"delivery", "billing", "returns and refunds", "privacy", "safety", "service and staff"} <= names
    assert all(theme.stage in STAGES for theme in taxonomy())
    assert all({"en", "no", "bg", "id", "hu"} <= theme.patterns.keys() for theme in taxonomy())
    assert stage_of("returns and refunds") == "return"
    assert stage_of("weather") is None


@pytest.mark.parametrize(
    ("language", "text", "theme"),
    [
        ("en", "Refund please. Waiting 3 weeks", "returns and refunds"),
        ("no", "Dere har trukket to ganger på kortet mitt", "billing"),
        ("bg", "Никой не отговаря на телефона", "response time"),
        ("id", "Barang salah kirim, minta uang kembali", "returns and refunds"),
        ("hu", "A futár nem jött meg", "delivery"),
    ],
)
def test_complaints_show_their_theme(language, text, theme):
    assert theme in {name for name, _, _ in touched(text, language, taxonomy())}
