"""Cases that a person opens, for mentions that Earful called nobody to."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from earful.speech import _
from earful.values import Reason, Severity, SourceState, Verdict
from models.actor import PIPELINE
from models.acts import NotAllowed
from models.case import Case, CaseEvent, CaseStatus, Dismissal
from models.mention import Mention
from models.pipeline import open_cases

SAMPLED = Reason("sample", "a person found it in the sample of posts that were not flagged")
PICKED = Reason("person", "a person saw that it needs a reply")


def opened_by_person() -> ColumnElement[bool]:
    """Whether a case was opened by a person."""
    opened = (CaseEvent.case_id == Case.id, CaseEvent.action == "opened", CaseEvent.actor != PIPELINE)
    return select(CaseEvent.id).where(*opened).exists()


def taken_back() -> ColumnElement[bool]:
    """Whether a person who opened a case took that back, or another one saw nothing to do in it."""
    needless = and_(Case.status == CaseStatus.DISMISSED, Case.dismissal == Dismissal.NO_ACTION)
    return and_(needless, opened_by_person())


def open_by_person(
    session: Session, mention: Mention, actor: str, at: datetime, due_at: datetime | None, why: Reason
) -> None:
    """Open a case for a mention that has none: a person decided so, and no later reader takes it back.

    Raises:
        NotAllowed: there is no time by which it is promised to be answered, or nothing to answer. Nothing is written.
    """
    if due_at is None:
        raise NotAllowed(_("a case needs a time by which somebody answers"))
    if mention.subject != mention.brand or mention.state is SourceState.DELETED:
        raise NotAllowed(_("it is about a competitor, or deleted at its source: there is nobody to answer"))
    verdict = Verdict(flagged=True, severity=Severity.NORMAL, reasons=(why,), due_at=due_at, testimonial=False)
    open_cases(session, {mention.id: verdict}, at, actor)
    session.execute(update(Case).where(Case.mention_id == mention.id).values(decided_at=at))
