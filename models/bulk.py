"""One act on many cases, and its one undo: what changed meanwhile is named and left alone, the rest is done."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from earful.errors import Conflict
from earful.speech import _, number
from models.acts import ACTIONS, Act, NotAllowed, Verb
from models.case import Case, CaseEvent
from models.casework import act

MOST = 500  # cases in one batch: a transaction that others wait for must be short

Pick = tuple[int, int]
"""A case's id, and the version of it that was seen."""


@dataclass(frozen=True, slots=True)
class Bulk:
    """What became of a batch."""

    batch: str
    done: Sequence[int]
    left: Sequence[tuple[int, str]]  #: ids, and why nothing was done to them


def act_on_many(session: Session, picks: Sequence[Pick], actor: str, what: Callable[[int], Act], at: datetime) -> Bulk:
    """Do to each of these cases what `what` says for its id, each only if it is still what was seen.

    Raises:
        NotAllowed: there are more than `MOST`.
    """
    if len(picks) > MOST:
        raise NotAllowed(
            _("at most %(most)s cases are changed at once; these are %(given)s", most=MOST, given=number(len(picks)))
        )
    batch = secrets.token_hex(8)
    before = session.scalar(select(func.max(CaseEvent.id))) or 0
    done, left = [], []
    for case_id, version in sorted(set(picks)):
        try:
            act(session, case_id, version, actor, what(case_id), at)
            done.append(case_id)
        except (Conflict, NotAllowed, LookupError) as error:
            left.append((case_id, str(error)))
    mine = (CaseEvent.id > before, CaseEvent.case_id.in_(done), CaseEvent.actor == actor)
    session.execute(update(CaseEvent).where(*mine).values(batch=batch))
    return Bulk(batch, done, left)


def undo_batch(session: Session, batch: str, actor: str, at: datetime) -> Bulk:
    """Take back a person's own batch, as far as nobody has gone on from it."""
    cases = select(CaseEvent.case_id).where(CaseEvent.batch == batch, CaseEvent.actor == actor)
    last = (
        select(CaseEvent.case_id, func.max(CaseEvent.id).label("id"))
        .where(CaseEvent.case_id.in_(cases))
        .group_by(CaseEvent.case_id)
        .subquery()
    )
    rows = session.execute(
        select(Case.id, Case.version, CaseEvent.batch)
        .join(last, last.c.case_id == Case.id)
        .join(CaseEvent, CaseEvent.id == last.c.id)
    ).tuples()
    stand = list(rows)
    picks = [(key, version) for key, version, of in stand if of == batch]
    bulk = act_on_many(session, picks, actor, lambda _: Act(Verb.UNDO), at)
    gone_on = [(key, _("somebody has gone on from it since")) for key, _version, of in stand if of != batch]
    return Bulk(bulk.batch, bulk.done, [*bulk.left, *gone_on])


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as it is told: what was done last to how many cases, and whether it can be undone."""

    batch: str
    action: str
    count: int
    undo: bool


def told_batch(session: Session, batch: str, actor: str) -> Batch | None:
    """What a person's own batch did; None when there is none of that name."""
    mine = (CaseEvent.batch == batch, CaseEvent.actor == actor)
    row = session.execute(
        select(func.min(CaseEvent.action), func.count(CaseEvent.case_id.distinct())).where(*mine)
    ).one()
    return Batch(batch, row[0], row[1], undo=row[0] != ACTIONS[Verb.UNDO]) if row[1] else None
