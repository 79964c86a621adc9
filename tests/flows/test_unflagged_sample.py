"""Each brand gets its sample once a day, by its own calendar, and nobody is told of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from earful.configfile import Configuration
from earful.settings import Settings
from flows.steps.sample import draw_samples
from models.case import Case
from models.database import Database
from models.outbox import OutboxEntry
from models.sample import Draw, Sample
from triage.sample import chosen

pytest_plugins = ["tests.flows.flagged"]

EVENING = datetime(2026, 3, 4, 23, 30, tzinfo=UTC)
Configure = Callable[..., Configuration]


def test_a_sample_a_day_from_what_was_not_flagged(
    database: Database, configure: Configure, put: Callable[..., int], flag: Callable[..., int]
) -> None:
    config = configure(
        brands=[{"name": "Brygvell", "time_zone": "Europe/Oslo", "accounts": ["brygvell_care"]}],
        learning={"sample_a_day": 2},
        notifications=[{"name": "chat", "secret": "EARFUL_CHAT", "at_least": "low"}],
    )
    for number in range(5):
        put(f"quiet {number}")
    put("ours", author="Brygvell_Care")
    put("rival's", subject="Tazzorin")
    flag("loud")
    assert draw_samples(database, config, EVENING) == 2
    put("one more")
    more = configure(brands=config.settings.model_dump()["brands"], learning={"sample_a_day": 4})
    assert draw_samples(database, more, EVENING) == 2
    assert draw_samples(database, config, EVENING + timedelta(hours=20)) == 0
    with database.read() as session:
        day, unflagged = session.execute(select(Draw.day, Draw.unflagged)).one()
        assert (day.isoformat(), unflagged) == ("2026-03-05", 5)
        assert session.scalar(select(func.count()).select_from(Case)) == 1
        assert session.scalar(select(func.count()).select_from(OutboxEntry)) == 0
    assert draw_samples(database, config, EVENING + timedelta(days=1)) == 1
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Sample)) == 5


def test_no_sample_where_none_is_wanted(database: Database, configure: Configure, put: Callable[..., int]) -> None:
    put("quiet")
    assert draw_samples(database, configure(learning={"sample_a_day": 0}), EVENING) == 0
    assert Settings.model_validate({"brands": [{"name": "A"}]}).learning.sample_a_day == 10


def test_the_choice_hangs_on_the_seed_alone_and_favours_nobody() -> None:
    ids = list(range(100))
    assert chosen("a", ids, 10) == chosen("a", reversed(ids), 10) == chosen("a", ids, 20)[:10]
    assert chosen("a", ids, 10) != chosen("b", ids, 10)
    assert sorted(chosen("a", ids, 200)) == ids
    often = [0] * 100
    for seed in range(300):
        for each in chosen(str(seed), ids, 10):
            often[each] += 1
    assert 10 <= min(often) <= max(often) <= 60
