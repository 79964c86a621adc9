import pytest
from hypothesis import given
from hypothesis import strategies as st

from earful.settings import Brand, Competitor
from earful.values import Label, Reading
from flows.steps.names import Names

UNITED = Names(
    Brand(
        name="United",
        query='united OR "united air"',
        accounts=("UnitedHelp",),
        competitors=(Competitor(name="Joy Air"),),
    )
)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("@united lost my bag", "        lost my bag"),
        ("UNITED, United. reunited", "      ,       . reunited"),
        ("Joy Air brings joy", "        brings joy"),
        ("ask #UnitedHelp", "ask            "),
    ],
)
def test_names_are_blanked_and_nothing_else(text: str, left: str) -> None:
    assert UNITED.ours(text).text == left


def test_what_else_a_query_asks_for_is_no_name() -> None:
    names = Names(Brand(name="Grim", query="grim (refund OR broken)"))
    assert names.ours("Grim refund").text == "     refund"


@given(st.text())
def test_places_in_the_text_stay_true(text: str) -> None:
    assert len(UNITED.ours(text).text) == len(text)


def test_a_text_is_read_toward_its_subject_and_says_what_it_left_out() -> None:
    text = "Joy Air lost my bag. No answer. United found it!"
    ours, theirs = UNITED.ours(text), UNITED.ours(text, "Joy Air")
    assert ours.text.split() == ["found", "it!"]
    assert [(one.code, one.text, one.start) for one in ours.aside] == [
        ("aside", "Joy Air lost my bag.", 0),
        ("aside", "No answer.", 21),
    ]
    assert theirs.text.split() == ["lost", "my", "bag.", "No", "answer."]


def test_a_name_within_a_longer_one_is_not_named() -> None:
    names = Names(Brand(name="Joy", competitors=(Competitor(name="Joy Air"),)))
    assert names.ours("Joy is fine, Joy Air is late").text.split() == ["is", "fine,"]


def test_praise_of_a_competitor_above_the_brand_is_turned_unless_stars_say_whom_it_is_about() -> None:
    praise = Reading("en", Label.POSITIVE, 0.8, 0.9, "default", "1")
    ours = UNITED.ours("Joy Air is better than United")
    assert ours.told(praise).label is Label.NEGATIVE
    assert ours.told(praise, rated=True).label is Label.POSITIVE
    assert UNITED.ours("Joy Air is better than United", "Joy Air").told(praise).label is Label.POSITIVE
