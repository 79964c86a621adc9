"""What every page stands on: the configuration, the database, the clock, and each brand's own day."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fastapi import Request
from jinja2 import Environment

from earful import speech
from earful.configfile import Configuration
from earful.errors import ConfigError
from earful.settings import Brand
from earful.values import Severity
from inbox.finder import Finder
from inbox.memory import Memory
from inbox.shown import Pointers, quiet_query
from models.database import Database
from models.queue import Desk
from models.search import query_of
from triage.calendar import due


@dataclass(frozen=True, slots=True)
class House:
    """What the pages stand on."""

    config: Configuration
    database: Database
    clock: Callable[[], datetime]
    templates: Environment
    themes: Finder | None = None  #: what finds themes, where the inbox is served by what reads
    memory: Memory = field(default_factory=Memory)

    def brand(self, name: str) -> Brand | None:
        """The brand's settings, None for one that is configured no longer."""
        try:
            return self.config.settings.brand(name)
        except ConfigError:
            return None

    def zone(self, brand: str | None = None) -> ZoneInfo:
        """The zone in which times are shown: the brand's, or the first brand's where pages hold several."""
        found = self.brand(brand) if brand else self.config.settings.brands[0]
        return ZoneInfo(found.time_zone if found else "UTC")

    def pointers(self, brand: str, sought: str = "") -> Pointers:
        """What to point out in a text: the names of the brand, and what was searched for."""
        found = self.brand(brand)
        return Pointers(quiet_query(found.search) if found else None, query_of(sought) if sought else None)

    def lead(self, brand: str) -> str:
        """Who leads the team of a brand; "" where nobody is named."""
        found = self.brand(brand)
        return found.lead if found else ""

    def promised(self, brand: str, now: datetime) -> datetime | None:
        """By when a case that a person opens now is promised to be answered; None of a brand configured no longer."""
        found = self.brand(brand)
        return due(found, now, found.promise.of(Severity.NORMAL)) if found else None

    def desk_of(self, actor: str, brand: str | None = None) -> Desk:
        """The desk of somebody known by name."""
        now = self.clock()
        return Desk(actor, now, self.day_end(now, brand))

    def day_end(self, now: datetime, brand: str | None = None) -> datetime:
        """When this day ends on the brand's clock."""
        return self.morning(now, 1, brand, hour=0)

    def morning(self, now: datetime, days: int, brand: str | None = None, hour: int = 9) -> datetime:
        """The hour, so many days from now, on the brand's clock."""
        zone = self.zone(brand)
        day = now.astimezone(zone).date() + timedelta(days=days)
        return datetime.combine(day, time(hour), zone).astimezone(UTC)

    def local(self, moment: datetime, brand: str | None = None) -> datetime:
        """The moment on the reader's clock where they chose a zone, else on the brand's."""
        return moment.astimezone(speech.speech().zone or self.zone(brand))


def house(request: Request) -> House:
    """The house of this application."""
    found: House = request.app.state.house
    return found
