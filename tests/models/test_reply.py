import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earful.errors import Conflict
from inbox.drafts import shipped_replies
from models.database import Database
from models.reply import (
    PLACEHOLDERS,
    Reply,
    ReplyRefused,
    add_reply,
    change_reply,
    checked,
    delete_reply,
    fill,
    own_replies,
    ranked,
    with_own,
)
from sentiment.themes import taxonomy

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
VALUES = {"author": "kari_o", "brand": "Brygvell", "agent": "dana", "case": "7", "source": "reviews"}


def reply(key: str, language: str, theme: str = "", text: str = "x") -> Reply:
    return Reply(key, f"name {key}", language, theme, text)


def test_placeholders_are_filled_in() -> None:
    said = fill("Hello {author}, {agent} of {brand} here, case {case} at {source}.", VALUES)
    assert said == "Hello kari_o, dana of Brygvell here, case 7 at reviews."


@pytest.mark.parametrize(
    ("text", "said"), [("Hello {author},", "Hello,"), ("Здравейте, {author}!", "Здравейте!"), ("{author}: hi", ": hi")]
)
def test_an_author_nobody_knows_leaves_no_gap(text: str, said: str) -> None:
    assert fill(text, {**VALUES, "author": ""}) == said


def test_an_unknown_placeholder_is_named_with_those_there_are() -> None:
    with pytest.raises(ReplyRefused, match=r"no placeholder \{athor\}; did you mean \"author\".*\{brand\}"):
        checked("n", "en", "", "Hello {athor}")


@given(st.text(), st.text())
def test_what_is_filled_in_is_never_a_template(author: str, brand: str) -> None:
    said = fill("[{author}|{brand}]", {**VALUES, "author": "{agent}{case}" + author, "brand": brand})
    assert said.startswith("[{agent}{case}")
    assert "dana" not in said.replace(author, "").replace(brand, "")
    assert len(said.splitlines()) == 1
    assert not re.search("[\x00-\x1f\u202a-\u202e\u2066-\u2069]", said)


@pytest.mark.parametrize("text", ["{author.__class__}", "{{ 7 * 7 }}", "{% raise %}", "{}", "{ author }"])
def test_other_braces_are_words_like_others(text: str) -> None:
    assert fill(text, VALUES) == text


@pytest.mark.parametrize("text", ["{0}", "${HOME}", "{__class__}"])
def test_what_looks_like_a_placeholder_must_be_one(text: str) -> None:
    with pytest.raises(ReplyRefused, match="no placeholder"):
        fill(text, VALUES)


@pytest.mark.parametrize(
    ("name", "language", "text", "said"),
    [
        (" ", "en", "x", "needs a name"),
        ("n", "en", "\n", "needs a name and a text"),
        ("n", "english", "x", "two letters"),
        ("n" * 81, "en", "x", "at most"),
        ("n", "en", "x" * 10_001, "at most"),
    ],
)
def test_what_is_no_reply_is_refused(name: str, language: str, text: str, said: str) -> None:
    with pytest.raises(ReplyRefused, match=said):
        checked(name, language, "", text)


def test_the_language_comes_first_then_the_theme_then_ones_own() -> None:
    known = [
        reply("s1", "en"), reply("s2", "bg"), reply("s3", "bg", "delivery"), reply("4", "bg", "delivery"),
        reply("s5", "bg", "closing the loop"), reply("s6", "hu", "delivery"),
    ]  # fmt: skip
    assert [each.key for each in ranked(known, "bg", ["billing", "delivery"])] == ["4", "s3", "s2", "s5", "s1"]
    assert [each.key for each in ranked(known, "und", [])] == ["s1"]
    assert [each.key for each in ranked(known, "th", ["delivery"])] == ["s1"]


def test_an_own_reply_takes_the_place_of_a_shipped_one() -> None:
    shipped, own = Reply("s1", "Sorry", "en", "", "a"), Reply("9", "Sorry", "en", "", "b")
    assert with_own([shipped], [own]) == [own]


def test_the_shipped_ones_speak_five_languages_about_themes_there_are() -> None:
    known = {theme.name for theme in taxonomy()} | {"", "closing the loop"}
    by_language: dict[str, set[str]] = {}
    for each in shipped_replies():
        by_language.setdefault(each.language, set()).add(each.theme)
        assert each.theme in known
        assert "{" not in fill(each.text, VALUES)
        assert set(re.findall(r"\{(\w+)\}", each.text)) <= set(PLACEHOLDERS)
    assert set(by_language) == {"en", "no", "bg", "id", "hu"}
    assert len({frozenset(each) for each in by_language.values()}) == 1


def test_replies_are_kept_changed_and_deleted(database: Database) -> None:
    with database.write() as session:
        key = add_reply(session, checked(" Sorry\n", "EN", "delivery", "Hello {author}\x00"), "dana", NOON)
    with database.read() as session:
        (kept,) = own_replies(session)
    assert (kept.name, kept.language, kept.text, kept.version) == ("Sorry", "en", "Hello {author}\ufffd", 1)
    with database.write() as session, pytest.raises(ReplyRefused, match="already"):
        add_reply(session, checked("Sorry", "en", "delivery", "again"), "lee", NOON)
    newer = Reply("", "Sorry", "en", "delivery", "Hi", 1)
    with database.write() as session:
        change_reply(session, key, newer, "lee", NOON)
    with database.write() as session, pytest.raises(Conflict, match="nothing of yours"):
        change_reply(session, key, newer, "dana", NOON)
    with database.write() as session:
        delete_reply(session, key)
        delete_reply(session, key)
        assert own_replies(session) == []
