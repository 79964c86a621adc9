"""What a monitor looks at: how many cases wait, are flagged and overdue, what runs ended how, what is unsent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.case import ACTIVE, DONE, NOT_ANSWERED, Case
from models.mention import Mention, Stage
from models.outbox import OutboxEntry
from models.run import Run


@dataclass(frozen=True, slots=True)
class Gauges:
    """The numbers of one moment."""

    mentions: int
    flagged: int  #: cases ever opened
    cases: Mapping[tuple[str, str], int]  #: those that are not done, by brand and status
    overdue: Mapping[str, int]  #: by brand
    waiting_stage: Mapping[str, int]  #: mentions still to be read, or judged
    outbox: int  #: messages that wait to be sent
    runs: Mapping[str, int]  #: by how they ended
    last_run_at: datetime | None


def gauges(session: Session, now: datetime) -> Gauges:
    """The numbers as they stand."""
    by_status = select(Case.brand, Case.status, func.count()).where(Case.closed_at.is_(None), Case.status.not_in(DONE))
    late = select(Case.brand, func.count()).where(Case.status.in_(ACTIVE), Case.due_at < now, NOT_ANSWERED)
    waiting = {stage: select(func.count()).where(Mention.stage == stage) for stage in (Stage.FOUND, Stage.READ)}
    runs = select(Run.status, func.count()).group_by(Run.status)
    return Gauges(
        mentions=session.scalar(select(func.count(Mention.id))) or 0,
        flagged=session.scalar(select(func.count(Case.id))) or 0,
        cases={
            (brand, status.value): count
            for brand, status, count in session.execute(by_status.group_by(Case.brand, Case.status))
        },
        overdue={brand: count for brand, count in session.execute(late.group_by(Case.brand))},
        waiting_stage={stage.value: session.scalar(asked) or 0 for stage, asked in waiting.items()},
        outbox=session.scalar(select(func.count(OutboxEntry.id)).where(OutboxEntry.sent_at.is_(None))) or 0,
        runs={status.value: count for status, count in session.execute(runs)},
        last_run_at=session.scalar(select(func.max(Run.started_at))),
    )
