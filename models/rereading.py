"""Mentions that an older reader read: which they are, and how they are read again without undoing a decision."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, insert, or_, select, update
from sqlalchemy.orm import Session

from earful.values import Label, Reading, Reason, SourceState, Unjudged, Verdict
from models.actor import PIPELINE
from models.case import DONE, Case, CaseEvent, CaseStatus, Correction, Dismissal
from models.mention import Mention, Stage, StoredReading
from models.pipeline import as_read, move, save_readings, save_verdicts, to_judge
from models.upsert import batches

Marks = Collection[tuple[str, str]]
"""The names and versions of readers whose readings are of today; at least one."""

WITHDRAWN = Reason("read_again", "read again, it would not be flagged")


def how_many(session: Session, brand: str, marks: Marks) -> int:
    """How many mentions of a brand another reader, or another version of it, read last."""
    joined = select(func.count()).select_from(Mention).join(StoredReading, StoredReading.mention_id == Mention.id)
    return session.scalar(joined.where(*_stale(brand, marks))) or 0


def next_of(
    session: Session, brand: str, marks: Marks, after: int, limit: int, *, authors: bool = False
) -> list[Unjudged]:
    """The next of these with ids above `after`, lowest first, as they were read last."""
    chosen = as_read().where(Mention.id > after, *_stale(brand, marks))
    return to_judge(session, chosen.order_by(Mention.id).limit(limit), authors=authors)


def _stale(brand: str, marks: Marks) -> tuple[ColumnElement[bool], ...]:
    other = and_(*(or_(StoredReading.reader != name, StoredReading.version != version) for name, version in marks))
    return Mention.brand == brand, Mention.state != SourceState.DELETED, Mention.stage == Stage.JUDGED, other


def flagged_of(session: Session, mention_ids: Sequence[int]) -> dict[int, bool]:
    """Of these mentions those that are flagged, and whether a person has done something about the case.

    A case that a reader withdrew and nobody touched is none.
    """
    found: dict[int, bool] = {}
    for some in batches(mention_ids):
        columns = (Case.mention_id, Case.decided_at, Case.status)
        for key, decided_at, status in session.execute(select(*columns).where(Case.mention_id.in_(some))).tuples():
            if decided_at is not None or status not in DONE:
                found[key] = decided_at is not None
    return found


def settled(session: Session, mention_ids: Sequence[int]) -> set[int]:
    """Those of these mentions of which a person said, last, that they are not negative or not about us."""
    said: dict[int, bool] = {}
    for some in batches(mention_ids):
        columns = (Correction.mention_id, Correction.label, Correction.about_us)
        rows = session.execute(select(*columns).where(Correction.mention_id.in_(some)).order_by(Correction.id)).tuples()
        said |= {key: not about_us or label in {Label.NEUTRAL, Label.POSITIVE} for key, label, about_us in rows}
    return {key for key, is_settled in said.items() if is_settled}


def save_again(
    session: Session,
    readings: Mapping[int, Reading],
    verdicts: Mapping[int, Verdict],
    digests: Mapping[int, str],
    at: datetime,
) -> list[int]:
    """Store new readings and what follows from them, for those mentions that are still as they were read.

    A flagged mention gets a case. A case that nobody touched and that would not be flagged is dismissed by Earful, and
    opened again when it would; one that a person touched stays. Returns the ids of new cases.
    """
    held = _unchanged(session, list(readings), digests)
    if not held:
        return []
    move(session, held, Stage.FOUND)
    save_readings(session, {key: readings[key] for key in held}, digests, at)
    _open_again(session, [key for key in held if verdicts[key].flagged], at)
    opened = save_verdicts(session, {key: verdicts[key] for key in held}, digests, at)
    _withdraw(session, [key for key in held if not verdicts[key].flagged], at)
    return opened


def _unchanged(session: Session, mention_ids: Sequence[int], digests: Mapping[int, str]) -> list[int]:
    held: list[int] = []
    for some in batches(mention_ids):
        chosen = select(Mention.id, Mention.digest).where(Mention.id.in_(some), Mention.stage == Stage.JUDGED)
        rows = session.execute(chosen.with_for_update()).tuples()
        held += [key for key, mark in rows if digests[key] == mark]
    return held


def _withdraw(session: Session, mention_ids: Sequence[int], at: datetime) -> None:
    closed = {
        "reasons": [asdict(WITHDRAWN)],
        "status": CaseStatus.DISMISSED,
        "dismissal": Dismissal.NO_ACTION,
        "closed_at": at,
    }
    _change(session, mention_ids, Case.status.not_in(DONE), closed, "dismissed", at)


def _open_again(session: Session, mention_ids: Sequence[int], at: datetime) -> None:
    opened = {"status": CaseStatus.OPEN, "dismissal": None, "closed_at": None}
    _change(session, mention_ids, Case.status == CaseStatus.DISMISSED, opened, "reopened", at)


def _change(
    session: Session,
    mention_ids: Sequence[int],
    stands: ColumnElement[bool],
    values: Mapping[str, object],
    action: str,
    at: datetime,
) -> None:
    """Change the cases of these mentions that stand so and that no person ever touched."""
    for some in batches(mention_ids):
        mine = (Case.mention_id.in_(some), Case.decided_at.is_(None), stands)
        ids = session.scalars(select(Case.id).where(*mine)).all()
        if not ids:
            continue
        statement = update(Case).where(Case.id.in_(ids)).values(**values, version=Case.version + 1)
        session.execute(statement, execution_options={"synchronize_session": False})
        detail = {"reason": WITHDRAWN.code}
        events = [{"case_id": key, "at": at, "actor": PIPELINE, "action": action, "detail": detail} for key in ids]
        session.execute(insert(CaseEvent), events)
