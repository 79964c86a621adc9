"""Which clauses of a text are about somebody else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earful.values import Evidence, Label, Reading
from sentiment.toward import aside, behind, turned, without


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


def held(text: str) -> bool:
    ours, theirs = ([match.span() for match in re.finditer(name, text)] for name in ("Brygvell", "Tazzorin"))
    return behind(text, ours, theirs)


@pytest.mark.parametrize(
    "text",
    [
        "Tazzorin is so much better than Brygvell",
        "Tazzorin is far better than the @Brygvell",
        "Tazzorin er mye bedre enn Brygvell",
        "Tazzorin е много по-добра от Brygvell",
        "Tazzorin jauh lebih bagus daripada Brygvell",
        "A Tazzorin sokkal jobb, mint a Brygvell",
        "I left Brygvell for Tazzorin, best decision ever",
        "Byttet fra Brygvell til Tazzorin og angrer ikke",
        "Минах от Brygvell на Tazzorin и не съжалявам",
    ],
)
def test_praise_of_others_above_us_is_known(text: str) -> None:
    assert held(text)


@pytest.mark.parametrize(
    "text",
    [
        "Brygvell is so much better than Tazzorin",
        "I left Tazzorin for Brygvell, best decision ever",
        "Tazzorin is better than Brygvell was, but Brygvell has learned",
        "The parcel from Brygvell came before the one by Tazzorin",
        "Better than Brygvell",
        "Tazzorin and Brygvell are both great",
    ],
)
def test_other_texts_are_read_as_they_stand(text: str) -> None:
    assert not held(text)


def test_a_turned_reading_speaks_against_us() -> None:
    praise = Reading("en", Label.POSITIVE, 0.8, 0.9, "default", "1", evidence=(Evidence("lexicon", "best", 0, 0.75),))
    found = turned(praise)
    assert (found.label, found.polarity, found.confidence, found.negative) == (Label.NEGATIVE, -0.8, 0.9, 0.9)
    assert found.evidence[0].weight == -0.75
    assert turned(found).label is Label.POSITIVE
    unread = Reading("xx", Label.UNSCORED, 0.0, 0.0, "default", "1")
    assert turned(unread) == unread
