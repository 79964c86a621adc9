from datetime import UTC, datetime

import pytest

from earful.errors import ConfigError
from earful.when import back_to

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def test_since_is_a_time_or_a_duration() -> None:
    assert back_to(None, NOON) is None
    assert back_to("1d", NOON) == datetime(2026, 3, 3, 12, tzinfo=UTC)
    assert back_to("2026-03-01", NOON) == datetime(2026, 3, 1, tzinfo=UTC)
    assert back_to("2026-03-01T08:30", NOON) == datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
    for wrong in ("soon", "99999999d", "999999999999999d", ""):
        with pytest.raises(ConfigError):
            back_to(wrong, NOON)
