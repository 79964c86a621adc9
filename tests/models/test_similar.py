"""Which cases are taken for the same thing said again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earful.query import words_of
from models.similar import FEWEST_WORDS, are_alike, bands_of

LETTER = (
    "Dear Fjord team, my bag was left behind on {} and for nine days nobody could say where it is. "
    "I have called {} times and written as often. Please send it home or pay for what was in it, as your terms say."
)
SAME = [
    (LETTER.format("Monday", "four"), LETTER.format("Friday", "six")),
    ("Закъсняхме с пет часа и никой не ни каза нищо!!!", "закъсняхме с ПЕТ часа, и никой не ни каза нищо"),
    (
        "A csomag két hete nem érkezett meg, senki sem válaszol",
        "a csomag ket hete nem erkezett meg - senki sem valaszol",
    ),
]
OTHER = [
    (
        LETTER.format("Monday", "four"),
        "The kettle I bought in March leaks at the lid and the shop keeps silent.",
    ),
    ("never again", "never again"),
]


def meet(one: str, other: str, brand: str = "Fjord") -> bool:
    first, second = words_of(one), words_of(other)
    shared = set(bands_of(first, "Fjord")) & set(bands_of(second, brand))
    return bool(shared) and are_alike(" ".join(first), " ".join(second))


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_letter_is_recognised(one: str, other: str) -> None:
    assert meet(one, other)
    assert not meet(one, other, brand="Nordic")


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_other_texts_are_not(one: str, other: str) -> None:
    assert not meet(one, other)


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=6), min_size=FEWEST_WORDS, max_size=40))
def test_a_text_is_like_itself(words: list[str]) -> None:
    bands = bands_of(words, "Fjord")
    assert bands == bands_of(words, "Fjord")
    assert all(0 <= band < 2**63 for band in bands)
    assert are_alike(" ".join(words), " ".join(words))
