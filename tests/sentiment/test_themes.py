"""Themes are found by the words of a taxonomy that anyone can edit."""

from pathlib import Path

import pytest

from sentiment.features import Analyzer
from sentiment.themes import (
    STAGES,
    Mistake,
    Theme,
    ThemeFinder,
    entered,
    mark,
    named,
    overlaid,
    own_of,
    parsed,
    taxonomy,
)
from sentiment.words import WordList

THEMED = Path(__file__).parent / "themed"

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


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[delivery | someday]", "the stage one of"),
        ("[delivery]", "the stage one of"),
        ("words without a heading", "neither a heading nor a language"),
        ("en: late", "need a heading"),
        ("en: a*", "beginning of words"),
        ("en: late/ parcel", "stands between two words"),
        ("en nor: | can't wait", "neither a heading nor a language"),
    ],
)
def test_a_line_of_another_form_is_named(line, said):
    with pytest.raises(Mistake, match=rf"line 3: .*{said}"):
        parsed(["# ours", "", line])


def test_two_headings_of_one_name_are_refused():
    with pytest.raises(Mistake, match=r"line 2: there are two headings for 'a b'"):
        parsed(["[a b | use]", "[a b | buy]"])


def test_a_team_s_themes_stand_over_the_shipped_ones():
    own = own_of(
        ["[refused]", "en: monday coffee", "[battery | use]", "en: charg*", "[delivery | receive]", "sv: budet"]
    )
    assert own.refused == {"en": (("monday",), ("coffee",))}
    both = overlaid(own.themes)
    assert touched("Charging takes hours", themes=both) == [("battery", 0, 0)]
    assert ("delivery", 0, 0) in touched("Budet kom", "sv", both)
    assert ("delivery", 1, 1) in touched("My parcel", "sv", both)  # the English words still count there
    assert touched("What a package deal", "sv", both) == touched("What a package deal", "sv", taxonomy())  # and don't
    assert len(both) == len(taxonomy()) + 1
    assert mark(own.themes) != mark(own.themes[:1]) != mark(())


def test_a_line_is_entered_under_its_heading():
    lines = entered(["# ours", "[battery | use]", "en: charg*"], "[battery | use]", "no: lad*")
    lines = entered(lines, "[refused]", "en: monday")
    lines = entered(lines, "[battery | use]", "en: | runs flat")
    assert lines == [
        "# ours",
        "[battery | use]",
        "en: charg*",
        "no: lad*",
        "en: | runs flat",
        "",
        "[refused]",
        "en: monday",
    ]
    assert own_of(lines).themes[0].patterns == {"en": (("charg*",), ("runs", "flat")), "no": (("lad*",),)}


def test_the_shipped_taxonomy_covers_the_customer_s_journey():
    names = {theme.name for theme in taxonomy()}
    assert {"delivery", "billing", "returns and refunds", "privacy", "safety", "service and staff"} <= names
    assert all(theme.stage in STAGES for theme in taxonomy())
    assert all({"en", "no", "bg", "id", "hu"} <= theme.patterns.keys() for theme in taxonomy())


def test_a_theme_is_known_by_its_name_in_any_case_a_team_s_own_first():
    found = named("Returns and Refunds")
    assert found
    assert (found.name, found.stage) == ("returns and refunds", "return")
    assert named("weather") is None
    own = Theme("Delivery", "use", {})
    assert named("delivery", [own]) is own


def posts(language):
    """Each post of a file in `themed/`, after the themes that stand above it."""
    themes: set[str] = set()
    for line in filter(None, (THEMED / f"{language}.txt").read_text(encoding="utf-8").split("\n")):
        if line.startswith("# "):
            themes = set(line[2:].split(", ")) - {"none"}
        else:
            yield themes, line


@pytest.mark.parametrize("language", ["en", "no", "bg", "id", "hu"])
def test_posts_show_the_themes_that_a_person_sees_and_every_stage_is_reached(language):
    finder, analyzer = ThemeFinder(taxonomy(), language), Analyzer(WordList())
    found = [
        ({one.theme for one in finder.touches(analyzer.analyse(text))}, meant, text) for meant, text in posts(language)
    ]
    assert [each for each in found if each[0] != each[1]] == []
    reached = {theme for _, themes, _ in found for theme in themes}
    assert {theme.stage for theme in taxonomy() if theme.name in reached} == set(STAGES)


@pytest.mark.parametrize(
    ("language", "text", "theme"),
    [
        ("en", "Can't wait!", "response time"),
        ("en", "cant wait for my new board", "response time"),
        ("en", "Fire 🔥", "safety"),
        ("en", "sick board", "safety"),
        ("no", "Ikke vent, kjøp nå", "response time"),
        ("bg", "Нямам търпение, не мога да чакам", "response time"),
        ("id", "Ga sabar nunggu", "response time"),
        ("hu", "Alig várom", "response time"),
    ],
)
def test_turns_of_speech_show_no_theme(language, text, theme):
    assert theme not in {name for name, _, _ in touched(text, language, taxonomy())}


def test_words_within_an_exception_do_not_count():
    themes = parsed(
        ["[response time | get help]", "en: wait* | no/zero reply", "en not: | can't/cannot wait", "no: vent*"]
    )
    assert touched("I can’t wait", themes=themes) == touched("CANNOT wait", themes=themes) == []
    assert touched("Cant wait. Waited a week", themes=themes) == [("response time", 3, 3)]
    assert touched("zero reply", themes=themes) == [("response time", 0, 1)]
    assert touched("I can't wait, vent", "no", themes) == [("response time", 4, 4)]
    assert touched("I can't wait. Waiting", "de", themes) == [("response time", 4, 4)]


def test_accents_digits_and_long_letters_are_written_as_people_do():
    themes = parsed(["[delivery | receive]", "hu: késik", "en: | 24 hours", "en: sooooo"])
    assert touched("kesik", "hu", themes) == touched("KÉSIK", "hu", themes) == [("delivery", 0, 0)]
    assert touched("24 hours", themes=themes) == [("delivery", 0, 1)]
    assert touched("soooooooo", themes=themes) == [("delivery", 0, 0)]
