"""The calibrations of each brand: which is in use, what was tried, and how to go back to the one before."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models.learning import CalibrationTry


def in_use(session: Session, brand: str) -> CalibrationTry | None:
    """The calibration that counts: the last one that was kept and not undone; None: there is none."""
    chosen = _of(brand).where(CalibrationTry.kept, CalibrationTry.undone_at.is_(None))
    return session.scalars(chosen.limit(1)).one_or_none()


def history(session: Session, brand: str, limit: int = 20) -> Sequence[CalibrationTry]:
    """What was tried, the last first."""
    return session.scalars(_of(brand).limit(limit)).all()


def undo(session: Session, brand: str, actor: str, at: datetime) -> CalibrationTry | None:
    """Go back to the calibration before the one in use. Returns the one that was undone; None: there is none."""
    last = in_use(session, brand)
    if last:
        last.undone_at, last.undone_by = at, actor
        session.flush()
    return last


def _of(brand: str) -> Select[tuple[CalibrationTry]]:
    return select(CalibrationTry).where(CalibrationTry.brand == brand).order_by(CalibrationTry.id.desc())
