"""The records that could not be used: listed, parsed again, and let go once they can be."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, joinedload

from earful.values import Rejected
from models.mention import RejectedRecord, Source
from models.store import mark_of
from models.upsert import batches


def list_rejected(
    session: Session, brand: str | None = None, source: str | None = None, limit: int | None = None
) -> Sequence[RejectedRecord]:
    """Kept records with their source, the last seen first."""
    wanted = select(RejectedRecord).join(RejectedRecord.source).options(joinedload(RejectedRecord.source))
    named = [column == value for column, value in ((Source.brand, brand), (Source.name, source)) if value is not None]
    order = (RejectedRecord.run_id.desc(), RejectedRecord.id.desc())
    return session.scalars(wanted.where(*named).order_by(*order).limit(limit)).all()


def sources_with_rejected(session: Session) -> Sequence[Source]:
    """The sources of which records are kept, in the order they were first read."""
    some = select(RejectedRecord.id).where(RejectedRecord.source_id == Source.id).exists()
    return session.scalars(select(Source).where(some).order_by(Source.id)).all()


def next_rejected(session: Session, source_id: int, after: int, limit: int) -> Sequence[RejectedRecord]:
    """The next kept records of a source above an id, oldest first."""
    mine = (RejectedRecord.source_id == source_id, RejectedRecord.id > after)
    return session.scalars(select(RejectedRecord).where(*mine).order_by(RejectedRecord.id).limit(limit)).all()


def let_go(session: Session, ids: Sequence[int]) -> None:
    """Delete these kept records: what they hold is stored, or is about nobody we listen for."""
    for some in batches(ids):
        _run(session, delete(RejectedRecord).where(RejectedRecord.id.in_(some)))


def reword(session: Session, source_id: int, reworded: Mapping[int, Rejected]) -> None:
    """Give kept records the reason why they can't be used now; one that is kept with that reason already goes."""
    for key, record in reworded.items():
        mark = mark_of(record)
        mine = (RejectedRecord.source_id == source_id, RejectedRecord.digest == mark)
        there = session.scalars(select(RejectedRecord.id).where(*mine)).first()
        if there in (None, key):
            values = {"reason": record.reason, "digest": mark}
            _run(session, update(RejectedRecord).where(RejectedRecord.id == key).values(**values))
        else:
            let_go(session, [key])


def _run(session: Session, statement: Any) -> None:
    session.execute(statement, execution_options={"synchronize_session": False})
