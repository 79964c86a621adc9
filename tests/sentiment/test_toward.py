"""Which clauses of a text are about somebody else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.toward import aside, without


def left(text: str) -> str:
    ours, theirs = ([match.span() for match in re.finditer(name, text)] for name in ("Brygvell", "Tazzorin"))
    return without(text, aside(text, ours, theirs)).strip()


@pytest.mark.parametrize(
    ("text", "about_us"),
    [
        ("I love my Brygvell but Tazzorin ruined my morning, never again.", "I love my Brygvell"),
        ("Tazzorin lost my order. Refund please. Brygvell answered at once.", "Brygvell answered at once."),
        ("Tazzorin er elendig, byttet til Brygvell og angrer ikke", "byttet til Brygvell og angrer ikke"),
        ("Харесвам Brygvell, но Tazzorin са ужасни", "Харесвам Brygvell,"),
        (
            "Brygvell lebih bagus daripada Tazzorin, tapi Tazzorin lebih murah",
            "Brygvell lebih bagus daripada Tazzorin,",
        ),
        ("Szeretem a Brygvellt, de a Tazzorin szörnyű. Soha többet.", "Szeretem a Brygvellt,"),
        ("My Tazzorin is great.\nMy Brygvell leaks", "My Brygvell leaks"),
    ],
)
def test_what_is_about_others_is_left_out(text: str, about_us: str) -> None:
    assert left(text) == about_us


@pytest.mark.parametrize(
    "text",
    [
        "Brygvell is much better than Tazzorin",
        "Much better than my old Tazzorin",
        "Brygvell, unlike Tazzorin, never broke",
        "Brygvell, Tazzorin and the rest are all terrible",
        "@Tazzorin @Brygvell you both let me down",
        "Brygvellt választottam, jobb a Tazzorinnál",
        "Tazzorin is awful.",  # wholly about them: something else made it ours, so all of it is read
        "nothing named at all, but read",
    ],
)
def test_a_comparison_and_what_is_about_all_alike_stays(text: str) -> None:
    assert left(text) == text


@given(st.lists(st.sampled_from(["Brygvell", "Tazzorin", "bad", ", ", ". ", " but ", "\n", "than", " "]), max_size=30))
def test_places_stay_true_and_our_names_are_never_left_out(parts: list[str]) -> None:
    text = "".join(parts)
    ours, theirs = ([match.span() for match in re.finditer(name, text)] for name in ("Brygvell", "Tazzorin"))
    kept = without(text, aside(text, ours, theirs))
    assert len(kept) == len(text)
    assert kept.count("Brygvell") == text.count("Brygvell")


@pytest.mark.parametrize(
    "text", [" " * 100_000 + "Tazzorin", "Tazzorin. " * 10_000 + "Brygvell", "- but " * 20_000 + "Tazzorin"]
)
def test_a_long_text_takes_no_longer_than_its_length(text: str) -> None:
    assert len(left(text)) <= len(text)  # would time out were it quadratic
