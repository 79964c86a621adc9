import pytest
from hypothesis import given
from hypothesis import strategies as st

from earful.settings import Brand, Competitor
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
    assert UNITED.blanked(text) == left


def test_what_else_a_query_asks_for_is_no_name() -> None:
    names = Names(Brand(name="Grim", query="grim (refund OR broken)"))
    assert names.blanked("Grim refund") == "     refund"


@given(st.text())
def test_places_in_the_text_stay_true(text: str) -> None:
    assert len(UNITED.blanked(text)) == len(text)
