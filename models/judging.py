"""What a person says of a mention that Earful flagged nobody to: the one place that decides what follows.

Whether it was said in the daily sample, on the page of mentions or through the API: it is kept as gold, a pick that was
judged in the sample stands as it says, and "needs a reply" opens a case. What was said last counts, and what is taken
back is taken back in all three.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from earful.errors import Conflict
from earful.speech import _, ago
from earful.values import Label, Reason
from models.acts import ACTIONS, Act, NotAllowed, Verb
from models.case import Case, CaseEvent, Correction, Dismissal
from models.casework import act
from models.corrections import correction_of, keep, last_words
from models.mention import Mention
from models.opening import PICKED, SAMPLED, open_by_person, opened_by_person, taken_back
from models.picks import mark
from models.sample import Finding


@dataclass(frozen=True, slots=True)
class Judged:
    """What a person says of a mention."""

    finding: Finding
    says: Label | None = None  #: what the text says; left out: negative where it needs a reply, else as said or read
    due_at: datetime | None = None  #: needs a reply: by when, as the brand promises for a normal case


def held(session: Session, mention_id: int) -> Mention:
    """A mention with its source and reading, as it stands now; whoever else would judge it waits for this transaction.

    Raises:
        LookupError: there is no such mention.
    """
    found = (joinedload(Mention.source, innerjoin=True), joinedload(Mention.reading))
    wanted = select(Mention).where(Mention.id == mention_id).options(*found)
    # Its key may be shared: who acts on its case stores a correction beside it, and would wait for us, and we for them.
    wanted = wanted.with_for_update(of=Mention, key_share=True)
    mention = session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if mention is None:
        raise LookupError(f"there is no mention {mention_id}")
    return mention


def as_seen(session: Session, mention_id: int, seen: int, now: datetime) -> Mention:
    """A mention that is held, and of which nobody said anything since `seen`: the id of its last correction, or 0.

    Raises:
        LookupError: there is no such mention.
        Conflict: somebody did; the message says who, or that it is a case by now.
    """
    mention = held(session, mention_id)
    said = last_words(session, [mention_id]).get(mention_id)
    if seen == (said.id if said else 0):
        return mention
    if case := _case_of(session, mention_id):
        raise Conflict(_became_a_case(case))
    raise Conflict(told_stale(said.actor, said.at, now) if said else told_stale(None, None, now))


def with_case(session: Session, mention_ids: Sequence[int]) -> set[int]:
    """Those of these mentions that have a case, where they are judged: one that was taken back is none."""
    return set(session.scalars(select(Case.mention_id).where(Case.mention_id.in_(mention_ids), ~taken_back())))


def judge(
    session: Session, mention: Mention, actor: str, what: Judged, at: datetime, *, in_sample: bool = False
) -> Correction:
    """Keep what a person says of a mention that is held, looking at it in the sample or elsewhere.

    Raises:
        Conflict: it has become a case, where it is judged now. Nothing is written.
        NotAllowed: the label is none that a person may give, or a case would have no due time. Nothing is written.
    """
    says = _said(session, what, mention)
    case = _case_of(session, mention.id)
    if case is not None:
        raise Conflict(_became_a_case(case))
    if what.finding is Finding.NEEDS_REPLY:
        _open(session, mention, actor, at, what.due_at, SAMPLED if in_sample else PICKED)
    return _keep(session, mention, actor, at, what.finding, says, first=in_sample)


def take_back(session: Session, mention: Mention, actor: str, at: datetime) -> None:
    """Take back what was said of a mention that is held; a case opened for it that nobody touched is dismissed.

    Raises:
        Conflict: it has a case that Earful opened, or that somebody touched. Nothing is written.
    """
    case = _case_of(session, mention.id)
    if case is not None:
        if not _untouched(session, case):
            raise Conflict(_became_a_case(case))
        act(session, case.id, case.version, actor, Act(Verb.DISMISS, reason=Dismissal.NO_ACTION), at)
    # Corrections are append-only and the last one counts: this one says nothing.
    _keep(session, mention, actor, at, None, None)


def correct(
    session: Session, mention: Mention, actor: str, at: datetime, *, label: Label | None, about_us: bool
) -> Correction:
    """Keep what a mention that is held says, whether or not it has a case; the case stays as it is."""
    finding = Finding.RIGHT if about_us else Finding.NOT_ABOUT_US
    if about_us and _case_of(session, mention.id) is not None:
        finding = Finding.NEEDS_REPLY
    return _keep(session, mention, actor, at, finding, label)


def told_stale(actor: str | None, at: datetime | None, now: datetime) -> str:
    """The sentence for somebody who judged what somebody judged meanwhile; without an actor, it was taken back."""
    if actor is None or at is None:
        return _("somebody took back what they said of this; nothing of yours was stored")
    return _("%(actor)s judged this %(ago)s; nothing of yours was stored", actor=actor, ago=ago(now - at))


def _keep(
    session: Session,
    mention: Mention,
    actor: str,
    at: datetime,
    finding: Finding | None,
    says: Label | None,
    *,
    first: bool = False,
) -> Correction:
    correction = correction_of(mention, actor, at, label=says, about_us=finding is not Finding.NOT_ABOUT_US)
    keep(session, mention, correction)
    mark(session, mention.id, finding, says, actor, at, first=first)
    session.flush()
    return correction


def _said(session: Session, what: Judged, mention: Mention) -> Label | None:
    if what.says is Label.UNSCORED:
        raise NotAllowed(_("say what the text says: negative, neutral or positive"))
    if what.finding is Finding.NOT_ABOUT_US:
        return None
    if what.finding is Finding.NEEDS_REPLY:
        return what.says or Label.NEGATIVE
    before = last_words(session, [mention.id]).get(mention.id)
    read = mention.reading.label if mention.reading else Label.UNSCORED
    return what.says or (before and before.label) or (None if read is Label.UNSCORED else read)


def _case_of(session: Session, mention_id: int) -> Case | None:
    """The case of a mention, unless whoever opened it took it back."""
    return session.scalars(select(Case).where(Case.mention_id == mention_id, ~taken_back())).one_or_none()


def _became_a_case(case: Case) -> str:
    return _("it is case %(number)s by now: say it there; nothing of yours was stored", number=case.id)


def _open(session: Session, mention: Mention, actor: str, at: datetime, due_at: datetime | None, why: Reason) -> None:
    before = session.scalars(select(Case).where(Case.mention_id == mention.id)).one_or_none()
    if before is None:
        open_by_person(session, mention, actor, at, due_at, why)
    else:
        act(session, before.id, before.version, actor, Act(Verb.REOPEN), at)


def _untouched(session: Session, case: Case) -> bool:
    """Whether a case is as the person who opened it left it."""
    by_person = session.scalar(select(Case.id).where(Case.id == case.id, opened_by_person()))
    last = select(CaseEvent.action).where(CaseEvent.case_id == case.id).order_by(CaseEvent.id.desc()).limit(1)
    return by_person is not None and session.scalar(last) in {"opened", ACTIONS[Verb.REOPEN]}
