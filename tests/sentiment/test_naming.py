"""Names are found with their endings, and not in other words."""

import pytest

from sentiment.naming import NameFinder, lowered, table

ALL = ("en", "no", "bg", "id", "hu")


def found(text: str, *names: str, languages: tuple[str, ...] = ALL) -> list[str]:
    return [text[one.start : one.end] for one in NameFinder(names, languages).found(text)]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Brygvell", "Brygvell's"),
        ("Brygvell", "BRYGVELL’S"),
        ("Brygvell", "#brygvell"),
        ("Brygvell", "@Brygvell"),
        ("Brygvell", "Brygvells"),
        ("Brygvell", "brygvells"),
        ("Brygvell", "Brygvellnya"),
        ("Brygvell", "brygvell-nya"),
        ("Brygvell", "Brygvellemet"),
        ("Brygvell", "Brygvellel"),
        ("Tazzorin", "Tazzorinnal"),
        ("Kvistbo", "Kvistbóról"),
        ("Kvistbo", "Kvistbónál"),
        ("Kvistbo", "Kvistbóval"),
        ("Kvistbo", "kvistbós"),
        ("Бригвел", "Бригвелът"),
        ("Бригвел", "бригвела"),
        ("Brygvell", "Brygvell-ът"),
        ("Joy Air", "Joy Airről"),
        ("KLM", "KLM-nél"),
        ("KLM", "KLM's"),
        ("Apple", "Apples"),
        ("Yahoo!", "yahoo!"),
        ("C++", "C++"),
    ],
)
def test_a_name_is_found_with_its_ending(name: str, written: str) -> None:
    assert found(f"x {written}, y", name) == [written]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Apple", "apples and an applet"),
        ("Apple", "Applebees, Applesauce, pineapple"),
        ("Mark", "the market marks it"),
        ("Gap", "Gaps and gaps, gapet"),
        ("Joy", "Joys, enjoy, Joyban"),
        ("Brygvell", "Brygvellington, mybrygvell, Brygvell_2"),
    ],
)
def test_other_words_are_no_names(name: str, text: str) -> None:
    assert found(text, name) == []


@pytest.mark.parametrize(("text", "lower"), [("İPEK", "ipek"), ("Kvistbó", "kvistbó"), ("İİ’ß", "ii’ß")])
def test_small_letters_stand_where_the_others_stood(text: str, lower: str) -> None:
    assert lowered(text) == lower


def test_only_endings_of_the_languages_that_customers_write_are_expected() -> None:
    assert found("Brygvellnél", "Brygvell", languages=("en", "no")) == []
    assert found("Brygvells", "Brygvell", languages=("hu", "no")) == ["Brygvells"]
    assert found("Brygvellnél", "Brygvell", languages=()) == ["Brygvellnél"]
    assert found("Brygvell Brygvellen", "Brygvell", languages=("ja",)) == ["Brygvell"]


def test_every_item_of_the_table_has_the_place_of_a_name_where_its_section_asks_for_one() -> None:
    asking = {"measure", "unlike", "than", "left", "beaten", "joined", "preferred", "from", "to"}
    assert asking <= table().keys()
    for section, languages in table().items():
        for language, items in languages.items():
            assert all(items), (section, language)
            places = {"made": 2}.get(section, int(section in asking))
            assert {item.count("~") for item in items} == {places}, (section, language)
