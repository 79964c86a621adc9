"""Draws the daily sample of what was not flagged, so that what flagging misses is measured, not assumed."""

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from earful.configfile import Configuration
from earful.settings import Brand
from models import samples
from models.database import Database
from triage.sample import chosen


def draw_samples(database: Database, config: Configuration, now: datetime) -> int:
    """Draw for each brand that has no draw, or a smaller one than is wanted, today in its own time zone.

    Returns how many mentions were drawn.
    """
    count = config.settings.learning.sample_a_day
    return sum(_draw(database, brand, count, now) for brand in config.settings.brands) if count else 0


def _draw(database: Database, brand: Brand, count: int, now: datetime) -> int:
    day = now.astimezone(ZoneInfo(brand.time_zone)).date()
    with database.read() as session:
        if samples.is_drawn(session, brand.name, day, count):
            return 0
    ours = {account.casefold() for account in brand.accounts}
    choose = partial(chosen, f"{brand.name} {day}")  # the same all day: more of it go on where fewer ended
    with database.write() as session:
        return samples.draw(session, brand.name, day, now, count, choose, ours)
