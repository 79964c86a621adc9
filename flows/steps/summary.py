"""The summary of the day before, for the people and channels that want it: into the outbox each morning, once."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from earful.settings import Brand, Settings
from flows.steps.messages import Section
from models.notices import SUMMARY, Claimed, tell_channel
from models.people import tell_person
from reports.day import Work, work
from triage.calendar import working

MORNING = time(8)  # on the first brand's clock


def enqueue_summary(session: Session, settings: Settings, now: datetime) -> None:
    """Put yesterday's summary into the outbox, when it is morning; those who do not want it are not sent it."""
    here = now.astimezone(ZoneInfo(settings.brands[0].time_zone))
    if here.time() < MORNING:
        return
    day = (here.date() - timedelta(days=1)).isoformat()
    event, payload = f"{SUMMARY}:{day}", {"day": day}
    for person in settings.people:
        tell_person(session, person.name, event, now, payload)
    for channel in settings.notifications:
        if channel.summary:
            tell_channel(session, channel.name, event, now, payload)


def section(session: Session, settings: Settings, entries: Sequence[Claimed]) -> Section:
    """What is said of the last of these days."""
    day = max(str(entry.payload["day"]) for entry in entries)
    return Section(SUMMARY, (), 1, said(day, _work(session, settings, date.fromisoformat(day))))


def _work(session: Session, settings: Settings, day: date) -> Work:
    zone = ZoneInfo(settings.brands[0].time_zone)
    start, end = (datetime.combine(each, time(0), zone) for each in (day, day + timedelta(days=1)))
    brands = {brand.name: brand for brand in settings.brands}

    def worked(name: str, begin: datetime, until: datetime) -> timedelta:
        return working(brands.get(name) or Brand(name=name), begin, until)

    return work(session, None, start, end, end, worked)


def said(day: str, done: Work) -> str:
    """The summary in a few lines."""
    answers = f"half of the first answers within {done.median_hours:g} h" if done.answered else "nobody was answered"
    closed = f"{done.cleared} cleared ({done.resolved} resolved, {done.dismissed} dismissed)"
    late = f"{done.overdue} overdue; {done.corrected} corrections"
    return f"{day}: {closed}, {done.flagged} flagged anew\n{answers}; {late}"
