"""Cases that a person opens, for mentions that Earful called nobody to."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from earful.speech import _
from earful.values import Reason, Severity, SourceState, Verdict
from models.acts import NotAllowed
from models.case import Case
from models.mention import Mention
from models.pipeline import open_cases

REASON = Reason("sample", "a person found it among the posts that were not flagged")


def open_by_person(session: Session, mention: Mention, actor: str, at: datetime, due_at: datetime | None) -> None:
    """Open a case for a mention, unless there is one: a person decided so, and no later reader takes it back.

    Raises:
        NotAllowed: there is no time by which it is promised to be answered, or nothing to answer. Nothing is written.
    """
    if due_at is None:
        raise NotAllowed(_("a case needs a time by which somebody answers"))
    if mention.subject != mention.brand or mention.state is SourceState.DELETED:
        raise NotAllowed(_("it is about a competitor, or deleted at its source: there is nobody to answer"))
    if session.scalar(select(Case.id).where(Case.mention_id == mention.id)) is None:
        verdict = Verdict(flagged=True, severity=Severity.NORMAL, reasons=(REASON,), due_at=due_at, testimonial=False)
        open_cases(session, {mention.id: verdict}, at, actor)
        session.execute(update(Case).where(Case.mention_id == mention.id).values(decided_at=at))
