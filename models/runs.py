"""Runs and their ledgers: begin, end, find what was interrupted, and tell what happened."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from models.run import Coverage, Run, RunKind, RunStatus

SILENT_FOR = timedelta(minutes=15)  # a run that has not shown life for so long was killed; pages take seconds


def begin_run(session: Session, kind: RunKind, at: datetime, flow_run_id: str | None = None) -> int:
    """A new run. Runs that were killed half-way are marked as interrupted. Returns its id."""
    silent = Run.beat_at < at - SILENT_FOR
    _interrupt(session, select(Run.id).where(Run.status == RunStatus.RUNNING, silent))
    run = Run(kind=kind, status=RunStatus.RUNNING, started_at=at, beat_at=at, flow_run_id=flow_run_id)
    session.add(run)
    session.flush()
    return run.id


def interrupt_run(session: Session, run_id: int, at: datetime) -> None:
    """Mark a run that is stopped now, with what it was reading. One that has read all its sources stays as it ended."""
    beat(session, run_id, at)
    _interrupt(session, select(Run.id).where(Run.id == run_id, Run.status == RunStatus.RUNNING))


def _interrupt(session: Session, stopped: Select[tuple[int]]) -> None:
    """Mark these runs as interrupted when they last showed life."""
    unfinished = (Coverage.status == RunStatus.RUNNING, Coverage.run_id.in_(stopped))
    for statement in (
        update(Coverage).where(*unfinished).values(status=RunStatus.INTERRUPTED),
        update(Run).where(Run.id.in_(stopped)).values(status=RunStatus.INTERRUPTED, finished_at=Run.beat_at),
    ):
        session.execute(statement, execution_options={"synchronize_session": False})


def beat(session: Session, run_id: int, at: datetime) -> None:
    """Show that the run lives."""
    session.execute(update(Run).where(Run.id == run_id).values(beat_at=at))


def end_run(session: Session, run_id: int, at: datetime) -> RunStatus:
    """End a run: ok when every source was read, failed when none was, partial in between."""
    ends = {entry.status for entry in ledger(session, run_id)}
    status = ends.pop() if len(ends) == 1 else RunStatus.PARTIAL if ends else RunStatus.OK
    session.execute(update(Run).where(Run.id == run_id).values(status=status, finished_at=at, beat_at=at))
    return status


def ledger(session: Session, run_id: int) -> Sequence[Coverage]:
    """The ledger of a run, one entry a source, in the order they were read."""
    return session.scalars(
        select(Coverage).where(Coverage.run_id == run_id).options(joinedload(Coverage.source)).order_by(Coverage.id)
    ).all()


def recent_runs(session: Session, limit: int = 20, before: int | None = None) -> Sequence[Run]:
    """The last runs, or the last before one, newest first, each with its ledger and the sources of it."""
    ledger = selectinload(Run.coverage).joinedload(Coverage.source, innerjoin=True)
    runs = select(Run).options(ledger).order_by(Run.id.desc()).limit(limit)
    return session.scalars(runs if before is None else runs.where(Run.id < before)).all()
