"""Reading newest first: down to what is known, and never silently less."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Ask
from connectors.paging import Batch, Look, Stream, read_newest_first
from earful.errors import SourceIll, SourceRefused
from earful.query import parse_query
from earful.values import Missed, MissedReason

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LOOK = Look(lambda item: str(item[0]), lambda item: item[1])
ASK = Ask(SimpleNamespace(), parse_query("x"), {}, None)


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


def item(number, hours=0.0):
    return number, NOW.timestamp() - 3600 * hours


def listing(items, size=2, **habits):
    """A stream of these items, and what it was asked."""
    asked = []

    def read(start):
        asked.append(start)
        at = start or 0
        following = at + size if at + size < len(items) else None
        return Batch(items[at : at + size], habits.get("following", following) if following else following)

    return Stream("s", read, habits.get("cap")), asked


def read(*streams, ask=ASK, **options):
    pages = list(read_newest_first(ask, streams, LOOK, **{"overlap": timedelta(0), "max_requests": 50} | options))
    found = [each[0] for page in pages for each in page.content]
    return found, [missed.reason for page in pages for missed in page.missed], pages[-1].cursor


def test_the_first_read_takes_all():
    stream, asked = listing([item(n, n) for n in range(5)])
    found, missed, cursor = read(stream)
    assert (found, missed, asked) == ([0, 1, 2, 3, 4], [], [None, 2, 4])
    assert cursor["newest"] == NOW.timestamp()


def test_the_next_read_stops_at_the_first_page_that_is_known_throughout():
    stream, asked = listing([item(n, n) for n in range(20)])
    _, _, cursor = read(stream)
    asked.clear()
    found, missed, _ = read(stream, ask=replace(ASK, cursor=cursor), overlap=timedelta(hours=2.5))
    assert (found, missed, asked) == ([0, 1, 2, 3, 4, 5], [], [None, 2, 4])


@pytest.mark.parametrize(("options", "last"), [({"first": timedelta(hours=2.5)}, 5), ({}, 19)])
def test_how_far_the_first_read_goes(options, last):
    assert read(listing([item(n, n) for n in range(20)])[0], **options)[0][-1] == last


def test_since_wins():
    stream, _ = listing([item(n, n) for n in range(20)])
    _, _, cursor = read(stream)
    assert len(read(stream, ask=replace(ASK, cursor=cursor, since=NOW - timedelta(days=9)))[0]) == 20


def test_undated_items_never_end_a_read():
    stream, _ = listing([(n, None) for n in range(5)])
    assert len(read(stream, first=timedelta(hours=1))[0]) == 5


def test_a_circle_is_told_and_read_again_the_next_time():
    found, missed, cursor = read(listing([item(n) for n in range(9)], following=2)[0])
    assert (found, missed, cursor) == ([0, 1, 2, 3], [MissedReason.EMPTY], None)


def test_a_cap_is_told():
    assert read(listing([item(n) for n in range(6)], cap=6)[0])[1] == [MissedReason.CAP]
    assert read(listing([item(n) for n in range(5)], cap=6)[0])[1] == []


def test_too_many_requests_are_told():
    found, missed, cursor = read(listing([item(n) for n in range(99)])[0], max_requests=3)
    assert (len(found), missed) == (6, [MissedReason.CAP])
    assert cursor


def test_a_listing_that_is_suddenly_empty_is_told():
    _, _, cursor = read(listing([item(1)])[0])
    assert read(listing([])[0], ask=replace(ASK, cursor=cursor))[1:] == ([MissedReason.EMPTY], None)
    assert read(listing([])[0])[1] == []


def test_a_window_that_has_moved_on_may_be_empty():
    stream, _ = listing([item(1)])
    _, _, cursor = read(replace(stream, window=True))
    empty = replace(listing([])[0], window=True)
    assert read(empty, ask=replace(ASK, cursor=cursor))[1:] == ([], cursor | {"had": []})


@pytest.mark.parametrize("reason", [MissedReason.QUOTA, MissedReason.BLOCKED])
def test_what_can_be_had_the_next_time_holds_the_cursor(reason):
    told = Batch([item(1)], None, 1, (Missed(reason, "older items wait"),))
    found, missed, cursor = read(Stream("s", lambda _: told))
    assert (found, missed, cursor) == ([1], [reason], None)


def test_an_item_dated_tomorrow_does_not_hide_those_of_today():
    assert read(listing([item(1, -24), item(2)])[0])[2]["newest"] == NOW.timestamp()


def refusing(error):
    def read_it(_):
        raise error

    return Stream("bad", read_it)


def test_one_refused_stream_is_told_and_the_others_are_read():
    found, missed, cursor = read(refusing(SourceRefused("no such place")), listing([item(1)])[0])
    assert (found, missed, cursor) == ([1], [MissedReason.BLOCKED], None)


def test_when_all_are_refused_it_is_an_error():
    with pytest.raises(SourceRefused):
        read(refusing(SourceRefused("a")), replace(refusing(SourceRefused("b")), name="other"))


def test_an_ill_stream_ends_the_read():
    with pytest.raises(SourceIll):
        read(listing([item(1)])[0], refusing(SourceIll("later")))


@given(st.lists(st.integers(0, 6), max_size=30), st.integers(1, 7))
def test_every_item_comes_once(numbers, size):
    found, _, _ = read(listing([item(n) for n in numbers], size)[0])
    assert found == list(dict.fromkeys(numbers))
