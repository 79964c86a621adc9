"""One case with everything around it that helps to judge it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session, joinedload

from models.case import Case, CaseEvent
from models.consent import Consent
from models.heard import WHOLE_MENTIONS, Heard
from models.mention import Mention
from models.queue import find_case

THREAD_SHOWN = 30
AUTHOR_SHOWN = 10


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case with everything that helps to judge it."""

    case: Case  #: with mention, source and reading
    thread: Sequence[Mention]  #: the others of its thread, oldest first
    by_author: Sequence[Heard]  #: what else its author said about the brand here, newest first
    author_total: int  #: how many mentions of that author there are besides this one
    events: Sequence[CaseEvent]  #: oldest first
    consent: Consent | None  #: the author's consent to be quoted, when it was ever asked


def view_case(session: Session, case_id: int) -> CaseView | None:
    """One case with all that a person needs to see; None when there is none of this id."""
    case = find_case(session, case_id)
    if case is None:
        return None
    total, others = _by_author(session, case.mention)
    return CaseView(
        case=case,
        thread=_thread(session, case.mention),
        by_author=others,
        author_total=total,
        events=events_of(session, case_id),
        consent=_consent(session, case.mention),
    )


def events_of(session: Session, case_id: int) -> Sequence[CaseEvent]:
    """Everything that was done to a case, oldest first."""
    return session.scalars(select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.id)).all()


def _thread(session: Session, mention: Mention) -> Sequence[Mention]:
    root = mention.thread_id or mention.external_id
    here = select(Mention.id).where(Mention.source_id == mention.source_id)
    both = union(here.where(Mention.thread_id == root), here.where(Mention.external_id == root))
    statement = (
        select(Mention)
        .where(Mention.id.in_(both), Mention.id != mention.id)
        .options(joinedload(Mention.reading))
        .order_by(Mention.published_at, Mention.id)
        .limit(THREAD_SHOWN)
    )
    return session.scalars(statement).all()


def _by_author(session: Session, mention: Mention) -> tuple[int, Sequence[Heard]]:
    if not mention.author:
        return 0, []
    others = (
        Mention.source_id == mention.source_id,
        Mention.author == mention.author,
        Mention.brand == mention.brand,
        Mention.id != mention.id,
    )
    rows = session.execute(WHOLE_MENTIONS.where(*others).limit(AUTHOR_SHOWN))
    found = [Heard(other, case_id) for other, case_id in rows]
    if len(found) < AUTHOR_SHOWN:
        return len(found), found
    return session.scalar(select(func.count()).select_from(Mention).where(*others)) or 0, found


def _consent(session: Session, mention: Mention) -> Consent | None:
    if not mention.author:
        return None
    asked = select(Consent).where(Consent.source_id == mention.source_id, Consent.author == mention.author)
    return session.scalars(asked).one_or_none()
