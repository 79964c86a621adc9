"""What is kept no longer: mentions to look at again at their source, and what retention lets go, batch by batch.

A mention that is let go keeps its row, so that counts stay; its text, author and link go, and its reading keeps only
numbers. Its fingerprint stays, so that a source that gives the same item again does not bring the text back.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from earful.values import SourceState
from models.case import Case, Correction, has_open_case
from models.consent import Consent, ConsentState
from models.mention import Mention, RejectedRecord, Stage, StoredReading
from models.run import Coverage, Run
from models.statements import changed_rows

# ----------------------------------------------------------------------------------------------- looking at it again


def to_look_at_again(session: Session, source_id: int, unseen_since: datetime | None = None) -> Sequence[str]:
    """The source's own ids of mentions with an open case, first those that were longest not seen.

    With `unseen_since` also of all others that were last seen before. Those that were gone are left out.
    """
    asked = or_(has_open_case(), Mention.checked_at < unseen_since) if unseen_since else has_open_case()
    mine = (Mention.source_id == source_id, Mention.state != SourceState.DELETED, asked)
    return session.scalars(select(Mention.external_id).where(*mine).order_by(Mention.checked_at, Mention.id)).all()


def not_seen_since(session: Session, source_id: int, moment: datetime, limit: int) -> Sequence[str]:
    """The source's own ids of mentions that were last seen before this moment, and not as gone."""
    mine = (Mention.source_id == source_id, Mention.state != SourceState.DELETED, Mention.checked_at < moment)
    return session.scalars(select(Mention.external_id).where(*mine).order_by(Mention.id).limit(limit)).all()


def delete_rejected_of(session: Session, source_id: int, before: datetime) -> int:
    """Delete the rejected records of a source that were first seen before this moment."""
    return changed_rows(
        session,
        delete(RejectedRecord).where(RejectedRecord.source_id == source_id, RejectedRecord.first_seen_at < before),
    )


# --------------------------------------------------------------------------------------------------------- retention

Ids = Sequence[int]


def old_mentions(before: datetime, now: datetime) -> Select[tuple[int]]:
    """Ids of mentions that Earful has had since before this moment, and that nobody decided to keep."""
    kept = (
        exists().where(Case.mention_id == Mention.id),
        exists().where(Correction.mention_id == Mention.id),
        exists().where(
            Consent.source_id == Mention.source_id,
            Consent.author == Mention.author,
            Consent.state == ConsentState.GRANTED,
            or_(Consent.expires_at.is_(None), Consent.expires_at > now),
        ),
    )
    return select(Mention.id).where(
        Mention.first_seen_at < before, Mention.state != SourceState.DELETED, *(~reason for reason in kept)
    )


def old_rejected(before: datetime) -> Select[tuple[int]]:
    """Ids of rejected records that were first seen before this moment."""
    return select(RejectedRecord.id).where(RejectedRecord.first_seen_at < before)


def old_coverage(before: datetime) -> Select[tuple[int]]:
    """Ids of ledger entries of runs that began before this moment, but for the last one of each source."""
    last = select(func.max(Coverage.id)).group_by(Coverage.source_id)
    begun = select(Run.id).where(Run.started_at < before)
    return select(Coverage.id).where(Coverage.run_id.in_(begun), Coverage.id.not_in(last))


def old_runs(before: datetime) -> Select[tuple[int]]:
    """Ids of runs that began before this moment and that nothing refers to: no ledger, no mention, no record."""
    used = (select(table.run_id).distinct() for table in (Coverage, Mention, RejectedRecord))
    return select(Run.id).where(Run.started_at < before, *(Run.id.not_in(ids) for ids in used))


def how_many(session: Session, ids: Select[tuple[int]]) -> int:
    """How many there are of these."""
    return session.scalar(select(func.count()).select_from(ids.subquery())) or 0


def next_of(session: Session, ids: Select[tuple[int]], after: int, limit: int) -> Ids:
    """The next of these above an id, lowest first."""
    column = ids.selected_columns[0]
    return session.scalars(ids.where(column > after).order_by(column).limit(limit)).all()


def forget_mentions(session: Session, ids: Ids, before: datetime, now: datetime) -> int:
    """Let go the text, author and link of those of these mentions that still may go. Returns how many did."""
    going = session.scalars(old_mentions(before, now).where(Mention.id.in_(ids)).with_for_update()).all()
    changed_rows(session, update(Mention).where(Mention.id.in_(going)).values(**_FORGOTTEN))
    changed_rows(session, update(StoredReading).where(StoredReading.mention_id.in_(going)).values(evidence=[]))
    return len(going)


# Said to be deleted, so that no step reads, shows or exports it as something that was said; a later reader leaves its
# reading alone.
_FORGOTTEN: dict[str, Any] = {
    "title": "", "text": "", "author": None, "url": None, "answer": None,
    "state": SourceState.DELETED, "stage": Stage.JUDGED,
}  # fmt: skip


def delete_rejected(session: Session, ids: Ids) -> int:
    """Delete these rejected records."""
    return changed_rows(session, delete(RejectedRecord).where(RejectedRecord.id.in_(ids)))


def delete_coverage(session: Session, ids: Ids) -> int:
    """Delete these ledger entries."""
    return changed_rows(session, delete(Coverage).where(Coverage.id.in_(ids)))


def delete_runs(session: Session, ids: Ids) -> int:
    """Delete these runs."""
    return changed_rows(session, delete(Run).where(Run.id.in_(ids)))
