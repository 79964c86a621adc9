"""What a team did in a stretch of time: cases cleared and answered, what was offered, what the reader was taught."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.case import ACTIVE, NOT_ANSWERED, Case, CaseEvent, CaseStatus, Correction, Outcome, Remedy
from models.corrections import is_last
from models.mention import Mention


class Offer(NamedTuple):
    """What was offered on one case, and what became of it."""

    remedy: Remedy
    outcome: Outcome
    amount: str | None
    currency: str | None


def _within(column: InstrumentedAttribute[Any], start: datetime, end: datetime) -> ColumnElement[bool]:
    return and_(column >= start, column < end)


def _of(brand: str | None) -> list[ColumnElement[bool]]:
    return [Case.brand == brand] if brand else []


def closed(session: Session, brand: str | None, start: datetime, end: datetime) -> dict[CaseStatus, int]:
    """How many cases were resolved and dismissed, as they stand."""
    found = select(Case.status, func.count()).where(_within(Case.closed_at, start, end), *_of(brand))
    return {status: count for status, count in session.execute(found.group_by(Case.status)).tuples()}


def first_answers(
    session: Session, brand: str | None, start: datetime, end: datetime
) -> list[tuple[str, datetime, datetime]]:
    """Brand, opening and first answer of the cases that were first answered in this time."""
    columns = (Case.brand, Case.opened_at, Case.first_response_at)
    found = select(*columns).where(_within(Case.first_response_at, start, end), *_of(brand))
    return [(name, opened, answered) for name, opened, answered in session.execute(found).tuples() if answered]


def flagged(session: Session, brand: str | None, start: datetime, end: datetime) -> int:
    """How many cases were opened."""
    return _count(session, _within(Case.opened_at, start, end), *_of(brand))


def overdue(session: Session, brand: str | None, at: datetime) -> int:
    """How many cases wait unanswered though their time is over."""
    return _count(session, Case.status.in_(ACTIVE), Case.due_at <= at, NOT_ANSWERED, *_of(brand))


def told(session: Session, brand: str | None, start: datetime, end: datetime) -> int:
    """How many customers were told what was changed."""
    return _count(session, _within(Case.told_at, start, end), *_of(brand))


def returned(session: Session, brand: str | None, start: datetime, end: datetime) -> int:
    """How many cases their authors brought back."""
    found = select(func.count()).select_from(CaseEvent).where(CaseEvent.action == "returned")
    mine = CaseEvent.case_id.in_(select(Case.id).where(Case.brand == brand)) if brand else ~false()
    return session.scalar(found.where(_within(CaseEvent.at, start, end), mine)) or 0


def corrected(session: Session, brand: str | None, start: datetime, end: datetime) -> int:
    """How many mentions the reader or the query had got wrong, by what people said of them last."""
    wrong = or_(Correction.label != Correction.was, ~Correction.about_us)
    found = select(func.count()).select_from(Correction).where(_within(Correction.at, start, end), wrong, is_last())
    if brand:
        found = found.join(Mention, Mention.id == Correction.mention_id).where(Mention.brand == brand)
    return session.scalar(found) or 0


def offers(session: Session, brand: str | None, start: datetime, end: datetime) -> list[Offer]:
    """What was offered on cases opened in this time."""
    columns = (Case.remedy, Case.remedy_outcome, Case.remedy_amount, Case.remedy_currency)
    found = select(*columns).where(_within(Case.opened_at, start, end), Case.remedy.is_not(None), *_of(brand))
    return [Offer(*row) for row in session.execute(found)]


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Case).where(*conditions)) or 0
