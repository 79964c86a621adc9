"""Keeps the clock of promises: wakes what slept, gives back what nobody touched, tells of what is half over or over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from earful.configfile import Configuration
from earful.settings import Brand, Settings
from flows.steps.summary import enqueue_summary
from models import reminders
from models.casework import wake_snoozed
from models.database import Database
from models.notices import DUE, HALF, enqueue_cases
from models.reminders import Late
from models.returns import authors_back, bring_back
from triage.calendar import due, half


@dataclass(frozen=True, slots=True)
class Reminded:
    """What one pass did, in cases."""

    woken: int = 0
    given_back: int = 0
    half_over: int = 0
    overdue: int = 0


def remind(database: Database, config: Configuration, now: datetime) -> Reminded:
    """One pass. Asked again at once, it does nothing: each is told once a promise.

    Raises:
        StoreError: the database can't be used.
    """
    with database.write() as session:
        woken = len(wake_snoozed(session, now))
    with database.write() as session:
        given_back = _give_back(session, config.settings, now)
    with database.write() as session:
        over = _tell(session, config.settings, DUE, reminders.overdue(session, now), now)
        nearly = _tell(session, config.settings, HALF, reminders.half_over(session, now), now)
        enqueue_summary(session, config.settings, now)
    return Reminded(woken, given_back, nearly, over)


def _give_back(session: Session, settings: Settings, now: datetime) -> int:
    brands = {brand.name: brand for brand in settings.brands}
    untouched = [case for case in reminders.untouched(session) if case.brand in brands]
    waits = [case for case in untouched if _too_long(brands[case.brand], case.given_at, now)]
    return sum(reminders.give_back(session, case, brands[case.brand].lead, now) for case in waits)


def _too_long(brand: Brand, given_at: datetime, now: datetime) -> bool:
    return brand.give_back is not None and due(brand, given_at, brand.give_back) <= now


def _tell(session: Session, settings: Settings, kind: str, late: Sequence[Late], now: datetime) -> int:
    """Whoever has the case is told, or the lead where nobody has it; of what is overdue the lead hears too."""
    for case in late:
        lead = settings.brand_or_bare(case.brand).lead
        for who in {case.assignee or lead, lead if kind == DUE else ""} - {""}:
            reminders.remind_person(session, who, case, kind, now)
    enqueue_cases(session, [case.id for case in late], settings.notifications, now, kind)
    reminders.mark_reminded(session, late, kind)
    return len(late)


def bring_back_cases(session: Session, settings: Settings, mention_ids: Sequence[int], now: datetime) -> int:
    """Bring back the cases whose authors wrote these mentions, or edited them. Returns how many."""
    count = 0
    for back in authors_back(session, mention_ids):
        brand = settings.brand_or_bare(back.brand)
        if back.closed_at and back.closed_at < now - brand.reopen_within:
            continue
        due_at = due(brand, now, brand.promise.of(back.severity))
        count += bring_back(session, back, due_at, half(brand, now, due_at), now)
    return count
