"""What people are reminded of: promises half over or over, and cases that nobody touched since they were given."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, aliased

from earful.errors import Conflict
from models.actor import PIPELINE
from models.acts import ACTIONS, Act, Verb
from models.case import ACTIVE, NOT_ANSWERED, Case, CaseEvent, CaseStatus
from models.casework import act
from models.notices import DUE, HALF, event_of
from models.people import tell_person
from models.upsert import batches

LIMIT = 2_000  # cases a pass
_GIVEN = (ACTIONS[Verb.ASSIGN], ACTIONS[Verb.ESCALATE])


class Late(NamedTuple):
    """A case whose promise is half over, or over."""

    id: int
    brand: str
    assignee: str | None
    due_at: datetime


def half_over(session: Session, now: datetime) -> Sequence[Late]:
    """Unanswered cases that nobody was reminded of, with half of their time gone and not yet all of it."""
    return _late(session, Case.half_at <= now, Case.due_at > now, Case.reminded == 0)


def overdue(session: Session, now: datetime) -> Sequence[Late]:
    """Unanswered cases whose time is over, which nobody was told yet."""
    return _late(session, Case.due_at <= now, Case.reminded < 2)


def _late(session: Session, *conditions: object) -> Sequence[Late]:
    columns = (Case.id, Case.brand, Case.assignee, Case.due_at)
    wanted = select(*columns).where(Case.status.in_(ACTIVE), NOT_ANSWERED, *conditions)  # type: ignore[arg-type]
    return [Late(*row) for row in session.execute(wanted.order_by(Case.id).limit(LIMIT)).tuples()]


def mark_reminded(session: Session, late: Sequence[Late], kind: str) -> None:
    """Note that people are told: half over, or over."""
    for some in batches([each.id for each in late]):
        session.execute(
            update(Case).where(Case.id.in_(some)).values(reminded={HALF: 1, DUE: 2}[kind]),
            execution_options={"synchronize_session": False},
        )


def remind_person(session: Session, who: str, late: Late, kind: str, at: datetime) -> None:
    """Tell one person of one case, once a promise."""
    tell_person(session, who, event_of(kind, late.id, late.due_at), at, {"case_id": late.id})


class Untouched(NamedTuple):
    """A case that was given to somebody, who has done nothing with it since."""

    id: int
    version: int
    brand: str
    given_at: datetime


def untouched(session: Session) -> Sequence[Untouched]:
    """Assigned cases to which nothing was done since they were given to somebody."""
    later = aliased(CaseEvent)
    last = select(func.max(later.id)).where(later.case_id == Case.id).scalar_subquery()
    given = select(Case.id, Case.version, Case.brand, CaseEvent.at).join(CaseEvent, CaseEvent.id == last)
    assigned = given.where(Case.status == CaseStatus.ASSIGNED, CaseEvent.action.in_(_GIVEN))
    return [Untouched(*row) for row in session.execute(assigned.order_by(Case.id)).tuples()]


def give_back(session: Session, case: Untouched, lead: str, at: datetime) -> bool:
    """Back to Unassigned, and to the lead's notice. False when a person was faster."""
    try:
        act(session, case.id, case.version, PIPELINE, Act(Verb.GIVE_BACK, to=lead), at)
    except Conflict:
        return False
    return True
