"""The summary of the day before, for the people and channels that want it: into the outbox each morning, once."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from earful.settings import Settings
from earful.speech import _, long_day, number
from flows.steps.messages import Section
from models.notices import SUMMARY, Claimed, tell_channel
from models.people import tell_person
from models.recipients import wanting
from reports.day import Work, work
from triage.calendar import working_by_name

MORNING = time(8)  # on the first brand's clock


def enqueue_summary(session: Session, settings: Settings, now: datetime) -> None:
    """Put yesterday's summary into the outbox of who wants it, when it is morning."""
    here = now.astimezone(ZoneInfo(settings.brands[0].time_zone))
    if here.time() < MORNING:
        return
    day = (here.date() - timedelta(days=1)).isoformat()
    event, payload = f"{SUMMARY}:{day}", {"day": day}
    for name in wanting(session, settings, SUMMARY):
        tell_person(session, name, event, now, payload)
    for channel in settings.notifications:
        if channel.summary:
            tell_channel(session, channel.name, event, now, payload)


def section(session: Session, settings: Settings, entries: Sequence[Claimed]) -> Section:
    """What is said of the last of these days."""
    day = max(date.fromisoformat(str(entry.payload["day"])) for entry in entries)
    return Section(SUMMARY, (), 1, said(day, _work(session, settings, day)))


def _work(session: Session, settings: Settings, day: date) -> Work:
    zone = ZoneInfo(settings.brands[0].time_zone)
    start, end = (datetime.combine(each, time(0), zone) for each in (day, day + timedelta(days=1)))
    return work(session, None, start, end, end, working_by_name(settings))


def said(day: date, done: Work) -> str:
    """The summary in a few lines."""
    half_within = _("half of the first answers within %(hours)s h", hours=number(done.median_hours or 0))
    answers = half_within if done.answered else _("nobody was answered")
    closed = _(
        "%(cleared)s cleared (%(resolved)s resolved, %(dismissed)s dismissed), %(flagged)s flagged anew",
        cleared=number(done.cleared), resolved=number(done.resolved), dismissed=number(done.dismissed),
        flagged=number(done.flagged),
    )  # fmt: skip
    late = _("%(overdue)s overdue; %(corrected)s corrections", overdue=done.overdue, corrected=done.corrected)
    return f"{long_day(day)}: {closed}\n{answers}; {late}"
