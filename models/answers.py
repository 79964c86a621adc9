"""Answers that the business gave at the source itself: cases that wait for a first answer are told of them."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from earful.errors import Conflict
from models.actor import PIPELINE
from models.acts import Act, Verb
from models.case import DONE, Case
from models.casework import act
from models.mention import Mention


def note_answers(session: Session, at: datetime) -> list[int]:
    """Note the answer on each open case that nobody has answered here; returns the cases' ids.

    An answer from before the case was opened counts as given when it was. A case that a person changes meanwhile is
    left to the next time.
    """
    waiting = (
        select(Case.id, Case.version, Case.opened_at, Mention.answered_at)
        .join(Mention, Mention.id == Case.mention_id)
        .where(Case.first_response_at.is_(None), Case.status.not_in(DONE), Mention.answer.is_not(None))
        .order_by(Case.id)
    )
    noted = []
    for case_id, version, opened_at, answered_at in session.execute(waiting).tuples().all():
        what = Act(Verb.ANSWERED, answered_at=max(answered_at or at, opened_at))
        try:
            act(session, case_id, version, PIPELINE, what, at)
        except Conflict:
            continue
        noted.append(case_id)
    return noted
