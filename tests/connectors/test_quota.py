from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.http import get, tallied
from connectors.quota import quota_of
from earful.values import Quota, SourceCount
from tests.connectors.server import Fake, Reply

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
TEN_PAST = NOON + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("headers", "quota"),
    [
        ({}, None),
        ({"x-ratelimit-remaining": "587.0", "x-ratelimit-used": "13", "x-ratelimit-reset": "600"},
         Quota(587, None, TEN_PAST)),
        ({"ratelimit-remaining": "99", "ratelimit-limit": "100, 100;w=600", "ratelimit-reset": "600"},
         Quota(99, 100, TEN_PAST)),
        ({"x-ratelimit-remaining": "299", "x-ratelimit-limit": "300",
          "x-ratelimit-reset": "2026-03-04T12:10:00.000000Z"}, Quota(299, 300, TEN_PAST)),
        ({"ratelimit-remaining": "0", "ratelimit-reset": str(int(TEN_PAST.timestamp()))}, Quota(0, None, TEN_PAST)),
        ({"x-ratelimit-remaining": "many"}, None),
        ({"x-ratelimit-remaining": "-1"}, None),
        ({"x-ratelimit-remaining": "5", "x-ratelimit-reset": "9e99"}, Quota(5)),
    ],
)  # fmt: skip
def test_what_is_left_is_read_whatever_its_form(headers: dict[str, str], quota: Quota | None) -> None:
    assert quota_of(headers, NOON) == quota


@given(left=st.text(), most=st.text(), reset=st.one_of(st.text(), st.floats().map(str)))
def test_no_header_breaks_a_read(left: str, most: str, reset: str) -> None:
    found = quota_of({"ratelimit-remaining": left, "ratelimit-limit": most, "ratelimit-reset": reset}, NOON)
    assert found is None or found.left >= 0


def test_the_last_that_a_source_said_stands(fake: Fake) -> None:
    replies = iter([Reply(b"a", headers={"X-RateLimit-Remaining": "7"}), Reply(b"b")])
    fake.reply = lambda _: next(replies)
    with tallied() as tally:
        for _ in range(2):
            get(fake.url, named=fake.url)
    assert tally.quota == Quota(7)
    assert (SourceCount(quota=Quota(7)) + SourceCount(requests=1)).quota == Quota(7)
    assert (SourceCount(quota=Quota(7)) + SourceCount(quota=Quota(6))).quota == Quota(6)
