"""Labels that stand for a stream hold as many of flagged posts as the stream does, whoever labelled more of these."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earful.values import Label
from flows.steps.mix import missing, mixed, newest
from models.gold import Gold

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def label(i: int, *, flagged: bool, chosen: bool = False, was: Label | None = Label.NEUTRAL) -> Gold:
    at = NOON + timedelta(minutes=i)
    said = ("Brygvell", "forum", "Brygvell", "", "text", None, None, Label.NEUTRAL)
    return Gold(i, *said, at, flagged=flagged, chosen=chosen, was=was)


def labels(flagged: int, drawn: int, right: int = 0, wrong: int = 0) -> list[Gold]:
    """Of flagged posts; of posts that chance drew; of posts that a person picked, read right or wrong."""
    how = [{"flagged": True}] * flagged + [{"flagged": False}] * drawn
    how += [{"flagged": False, "chosen": True}] * right
    said = [label(i, **each) for i, each in enumerate(how)]
    return said + [label(len(how) + i, flagged=False, chosen=True, was=Label.POSITIVE) for i in range(wrong)]


@pytest.mark.parametrize(
    ("given", "share", "used", "more"),
    [
        (labels(140, 0), 0.4, (0, 0), 30),  # cases alone
        (labels(140, 10), 0.4, (7, 10), 20),
        (labels(140, 60), 0.4, (40, 60), 0),
        (labels(40, 60), 0.4, (40, 60), 0),
        (labels(45, 55), 0.4, (45, 55), 0),  # chance does that
        (labels(0, 100), 0.01, (0, 100), 0),  # so it does with what is rare
        (labels(0, 100), 0.4, (0, 0), 0),
        (labels(40, 0, right=40, wrong=20), 0.4, (40, 60), 0),  # labelled as they came
        (labels(40, 30, right=2, wrong=20), 0.4, (20, 30), 0),  # picked because they were wrong
        ([], 0.0, (0, 0), 50),
    ],
)
def test_labels_are_mixed_as_the_stream_is(given: list[Gold], share: float, used: tuple[int, int], more: int) -> None:
    mix = mixed(given, share)
    counted = [one.flagged for one in mix.labels]
    assert (sum(counted), len(counted) - sum(counted)) == used
    assert missing(mix, share, 50) == more


@given(st.integers(0, 300), st.integers(0, 300), st.floats(0, 1))
def test_no_label_is_used_twice_and_the_share_is_never_far(flagged: int, drawn: int, share: float) -> None:
    found = mixed(labels(flagged, drawn), share).labels
    assert len({one.mention_id for one in found}) == len(found)
    counted = sum(one.flagged for one in found)
    assert abs(counted - share * len(found)) <= 2 * (share * (1 - share) * len(found)) ** 0.5 + 1


def test_what_is_left_out_is_spread_over_time() -> None:
    ids = [one.mention_id for one in mixed(labels(100, 10), 0.5).labels if one.flagged]
    assert ids == list(range(0, 100, 10))


def test_a_year_of_cases_does_not_push_the_few_others_out_of_what_is_learned_from() -> None:
    year = [label(day * 102 + i, flagged=i < 100) for day in range(365) for i in range(102)]
    found = newest(mixed(year, 0.05).labels, 500)
    assert (len(found), sum(one.flagged for one in found)) == (500, 25)
    assert min(one.mention_id for one in found) > max(one.mention_id for one in year) / 3  # each kind's newest
    assert newest(found, 500) is found


@given(st.integers(0, 50), st.integers(0, 50), st.integers(1, 60))
def test_the_newest_are_as_many_as_there_may_be(flagged: int, drawn: int, most: int) -> None:
    found = newest(labels(flagged, drawn), most)
    assert len(found) == min(flagged + drawn, most)
    assert abs(sum(one.flagged for one in found) * (flagged + drawn) - flagged * len(found)) <= (flagged + drawn) / 2
