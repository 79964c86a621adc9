from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earful import clock
from earful.cli.plain import plain
from earful.text import digest, excerpt, storable, whole, without_password

ANY = st.text(alphabet=st.characters())


@given(ANY)
def test_what_is_storable_can_be_encoded_and_holds_no_nul(text: str) -> None:
    kept = storable(text)
    assert kept.encode("utf-8").decode("utf-8") == kept
    assert "\0" not in kept
    assert len(kept) == len(text)


def test_storable_leaves_everything_else_alone() -> None:
    said = "=1+1 <script> \u202e 😡\r\n\x07"
    assert storable(said) == said


@given(st.lists(ANY, max_size=3), st.lists(ANY, max_size=3))
def test_digests_tell_different_parts_apart(one: list[str], other: list[str]) -> None:
    joined = ["\x1f" in part for part in one + other]
    if not any(joined) and one and other:
        assert (digest(*one) == digest(*other)) == (one == other)


def test_an_excerpt_is_one_short_line() -> None:
    assert excerpt("  a\n\nb  ") == "a b"
    assert excerpt("x" * 200, 10) == "x" * 9 + "…"


def test_a_title_that_begins_the_text_is_not_said_twice() -> None:
    assert whole("Late", "Late again") == "Late again"
    assert whole("Late", "Two weeks") == "Late\n\nTwo weeks"
    assert whole("Late", "") == "Late"


@given(ANY)
def test_printed_text_cannot_drive_the_terminal(text: str) -> None:
    shown = plain(text)
    assert not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in shown)
    assert "\u202e" not in shown


def test_times_are_aware_and_in_utc() -> None:
    assert clock.now().tzinfo is UTC
    assert clock.parse_iso("2026-03-04T13:00:00+01:00") == datetime(2026, 3, 4, 12, tzinfo=UTC)
    with pytest.raises(ValueError, match="no time zone"):
        clock.as_utc(datetime(2026, 3, 4))  # noqa: DTZ001 - a naive time is what is refused
    with pytest.raises(ValueError, match="is not a time"):
        clock.from_epoch(1e20)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://earful:s3cret@db/earful", "postgresql://earful:***@db/earful"),
        ("postgresql://earful:s3@ss:cret@db/earful", "postgresql://earful:***@db/earful"),
        (
            "postgresql://earful@db/earful?sslmode=require&password=s3cret&port=1",
            "postgresql://earful@db/earful?sslmode=require&password=***&port=1",
        ),
        ("postgresql://db/earful?sslpassword=s3cret", "postgresql://db/earful?sslpassword=***"),
        ("sqlite:////tmp/a:b@c/earful.db", "sqlite:////tmp/a:b@c/earful.db"),
    ],
)
def test_no_password_is_shown(url: str, shown: str) -> None:
    assert without_password(url) == shown
