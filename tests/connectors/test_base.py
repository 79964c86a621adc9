"""What a connector hands on always fits into a store."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from connectors import base
from connectors.base import fitted, parse_each
from earful.errors import SkipRecord
from earful.values import FoundMention

SMALL = FoundMention("1", "text", author="ada", thread_id="t", parent_id="p", language="en", reach=5, place="here")


def test_what_fits_is_left_as_it_is():
    assert fitted(SMALL) is SMALL


@given(st.sampled_from(["external_id", "text", "title", "author", "place", "thread_id", "parent_id", "language"]))
def test_what_is_too_long_is_cut_and_the_rest_is_left(name):
    found = fitted(replace(SMALL, **{name: "x" * 200_000}))
    assert len(getattr(found, name) or "") <= base.MAX_TEXT
    assert len(found.external_id) <= base.MAX_ID
    assert len(found.author) <= base.MAX_NAME
    assert len(found.language or "") <= base.MAX_HINT
    assert replace(found, **{name: getattr(SMALL, name)}) == SMALL


def test_long_ids_stay_apart():
    one, other = (fitted(replace(SMALL, external_id="x" * 400 + end)) for end in "ab")
    assert one.external_id != other.external_id
    assert fitted(one) == one


@given(st.integers())
def test_a_reach_stays_within_what_a_column_holds(reach):
    assert abs(fitted(replace(SMALL, reach=reach)).reach) < 2**31


def test_a_skipped_record_is_kept_with_its_place_reason_and_beginning():
    def refuse(record):
        raise SkipRecord("no good")

    (rejected,) = parse_each(["y" * 90_000], refuse, where="page 2").rejected
    assert (rejected.where, rejected.reason, len(rejected.raw)) == ("page 2 item 1", "no good", base.RAW_LIMIT)
