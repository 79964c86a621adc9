"""Cases whose author is back: who posted again, or edited the post, after a person was done with it for now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import Session, aliased

from earful.errors import Conflict
from earful.values import Severity, SourceState
from models.actor import PIPELINE
from models.acts import Act, Verb
from models.case import Case, CaseStatus, Returned
from models.casework import act
from models.mention import Mention
from models.upsert import batches

AT_REST = (CaseStatus.SNOOZED, CaseStatus.WAITING, CaseStatus.RESOLVED)


@dataclass(frozen=True, slots=True)
class AuthorBack:
    """One case that its author's new words bring back."""

    case_id: int
    version: int
    brand: str
    severity: Severity
    closed_at: datetime | None
    how: Returned


_LEFT_AT = func.coalesce(Case.closed_at, Case.decided_at)
_COLUMNS = (Case.id, Case.version, Case.brand, Case.severity, Case.closed_at)


def authors_back(session: Session, mention_ids: Sequence[int]) -> Iterator[AuthorBack]:
    """The cases at rest that these mentions, just read, bring back; a case may come twice, by an edit and by a post."""
    for some in batches(mention_ids):
        for how, found in ((Returned.EDITED, _edited(some)), (Returned.POSTED, _posted(some))):
            for row in session.execute(found.distinct().order_by(Case.id)).tuples():
                yield AuthorBack(*row, how)


Row = tuple[int, int, str, Severity, datetime | None]


def _edited(mention_ids: Sequence[int]) -> Select[Row]:
    changed = (Mention.text_changed_at > _LEFT_AT, Mention.state != SourceState.DELETED)
    of_case = select(*_COLUMNS).join(Mention, Mention.id == Case.mention_id)
    return of_case.where(Mention.id.in_(mention_ids), Case.status.in_(AT_REST), *changed)


def _posted(mention_ids: Sequence[int]) -> Select[Row]:
    new = aliased(Mention)
    same: tuple[ColumnElement[bool], ...] = (
        new.source_id == Mention.source_id,
        new.author == Mention.author,
        new.brand == Mention.brand,
        new.id != Mention.id,
    )
    of_case = select(*_COLUMNS).join(Mention, Mention.id == Case.mention_id).join(new, new.id.in_(mention_ids))
    later = (new.published_at > _LEFT_AT, new.subject == new.brand, new.author != "")
    return of_case.where(*same, *later, Case.status.in_(AT_REST))


def bring_back(session: Session, back: AuthorBack, due_at: datetime, half_at: datetime, at: datetime) -> bool:
    """Bring one case back to work, with a new promise where it had been closed. False when a person was faster."""
    what = Act(Verb.RETURN, returned=back.how, due_at=due_at, half_at=half_at)
    try:
        act(session, back.case_id, back.version, PIPELINE, what, at)
    except Conflict:
        return False
    session.execute(
        update(Case).where(Case.id == back.case_id, Case.due_at == due_at).values(reminded=0),
        execution_options={"synchronize_session": False},
    )
    return True
