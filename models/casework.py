"""Does an act to a case, and stores it without losing another's.

An act is decided by pure functions (`models.decisions`) and applied by `act` under optimistic locking: who acts on what
they saw passes its `version`; when somebody else was first, nothing is written. Every change leaves a `CaseEvent`.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from earful.errors import Conflict
from earful.values import Severity
from models.accounts import agent_called, called_now, folded
from models.actor import PIPELINE
from models.acts import ACTIONS, Act, Change, Done, NotAllowed, Standing, Verb
from models.case import Case, CaseEvent, CaseStatus, Dismissal, Outcome, Remedy, Returned
from models.corrections import teach
from models.decisions import decide
from models.mention import Mention
from models.people import handle, tell_person
from models.tags import keep_tags, tags_of
from models.telling import stale


def text_changed_since(case: Case) -> bool:
    """Whether the source's text changed after a person last decided something about it."""
    changed = case.mention.text_changed_at
    return changed is not None and case.decided_at is not None and changed > case.decided_at


def brand_of(session: Session, case_id: int) -> str:
    """The brand of a case.

    Raises:
        LookupError: there is no such case.
    """
    brand = session.scalar(select(Case.brand).where(Case.id == case_id))
    if brand is None:
        raise LookupError(f"there is no case {case_id}")
    return brand


def act(session: Session, case_id: int, version: int, actor: str, what: Act, at: datetime) -> Case:
    """Do it and log it, in the session's transaction; returns the case as it stands, with mention, reading and tags.

    Raises:
        LookupError: there is no such case.
        Conflict: it has changed since this version; the message says who did what. Nothing is written.
        NotAllowed: it can't be done to a case that stands like this, or not by whom it names. Nothing is written.
    """
    what = _to_an_account(session, what, actor)
    case = _loaded(session, case_id)
    last = _last_event(session, case_id)
    if case.version != version:
        raise Conflict(stale(last, at))
    before = _standing(session, case)
    change = decide(before, what, actor, at, _done(last))
    if what.verb is Verb.UNDO:
        change = _to_whom_they_are_now(session, change)
    if not _stored(session, case, change.after):
        raise Conflict(stale(_last_event(session, case_id), at))
    keep_tags(session, case_id, before.tags, change.after.tags)
    teach(session, case, what, change.after, actor, at)
    event = _logged(session, case_id, actor, what.verb, {**change.detail, "before": _plain(before)}, at)
    _tell_whom_it_concerns(session, event, change.after)
    return _loaded(session, case_id)


def _to_an_account(session: Session, what: Act, actor: str) -> Act:
    """The act with whom it gives the case to as their account is called; without accounts any name will do.

    Raises:
        NotAllowed: there are accounts, and none of those that may work on cases is meant.
    """
    if what.verb is not Verb.ASSIGN or not what.to.strip() or folded(what.to) == folded(actor):
        return what
    try:
        return replace(what, to=agent_called(session, what.to))
    except LookupError as error:
        raise NotAllowed(str(error)) from error


def _to_whom_they_are_now(session: Session, change: Change) -> Change:
    """The change with whoever gets the case back as they are called today: they may have been renamed since."""
    before = change.after.assignee
    return replace(change, after=replace(change.after, assignee=before and called_now(session, before)))


def _logged(session: Session, case_id: int, actor: str, verb: Verb, detail: dict[str, Any], at: datetime) -> CaseEvent:
    event = CaseEvent(case_id=case_id, at=at, actor=actor, action=ACTIONS[verb], detail=detail)
    session.add(event)
    session.flush()
    return event


def _tell_whom_it_concerns(session: Session, event: CaseEvent, after: Standing) -> None:
    """Into the outbox with what somebody should hear of; never their own doing."""
    said = {"case_id": event.case_id, "by": event.actor, "event_id": event.id}
    for name in _concerned(event, after) - {handle(event.actor)}:
        tell_person(session, name, f"case.{event.action}:{event.id}", event.at, said)


def _concerned(event: CaseEvent, after: Standing) -> set[str]:
    if event.action == ACTIONS[Verb.NOTE]:
        return set(event.detail.get("mentions", ()))
    if event.action in {ACTIONS[Verb.ASSIGN], ACTIONS[Verb.ESCALATE], ACTIONS[Verb.GIVE_BACK]}:
        return {handle(to)} if (to := event.detail.get("to")) else set()
    if event.action == ACTIONS[Verb.RETURN]:
        return {handle(after.assignee)} if after.assignee else set()
    return set()


def wake_snoozed(session: Session, now: datetime) -> list[int]:
    """Wake the cases whose snooze is over; returns their ids. One that a person changes meanwhile is left to them."""
    due = select(Case.id, Case.version).where(Case.status == CaseStatus.SNOOZED, Case.snoozed_until <= now)
    woken = []
    for case_id, version in session.execute(due.order_by(Case.id)).tuples().all():
        try:
            act(session, case_id, version, PIPELINE, Act(Verb.WAKE), now)
        except Conflict:
            continue
        woken.append(case_id)
    return woken


def _loaded(session: Session, case_id: int) -> Case:
    found = joinedload(Case.mention, innerjoin=True).joinedload(Mention.reading)
    wanted = select(Case).where(Case.id == case_id).options(found, selectinload(Case.tags))
    case = session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if case is None:
        raise LookupError(f"there is no case {case_id}")
    return case


def _last_event(session: Session, case_id: int) -> CaseEvent | None:
    statement = select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.id.desc()).limit(1)
    return session.scalars(statement).one_or_none()


_FIELDS = frozenset(column.name for column in fields(Standing))
_COLUMNS = tuple(column.name for column in fields(Standing) if column.name != "tags")


def _standing(session: Session, case: Case) -> Standing:
    return Standing(**{name: getattr(case, name) for name in _COLUMNS}, tags=tags_of(session, case.id))


def _stored(session: Session, case: Case, after: Standing) -> bool:
    """Whether nobody was faster: the version in the database is still the one that was read."""
    values = {name: getattr(after, name) for name in _COLUMNS}
    statement = update(Case).where(Case.id == case.id, Case.version == case.version)
    result = session.connection().execute(statement.values(**values, version=Case.version + 1))
    return result.rowcount == 1


def _plain(stands: Standing) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(stands).items()}


def _done(event: CaseEvent | None) -> Done | None:
    if event is None:
        return None
    before = event.detail.get("before")
    return Done(event.actor, event.action, event.id, _read_back(before) if before else None)


_KINDS: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(
        ("snoozed_until", "closed_at", "decided_at", "first_response_at", "due_at", "half_at", "first_due_at"),
        datetime.fromisoformat,
    ),
    **dict.fromkeys(("escalated_at", "told_at", "confirmed_at"), datetime.fromisoformat),
    "status": CaseStatus,
    "dismissal": Dismissal,
    "severity": Severity,
    "returned": Returned,
    "remedy": Remedy,
    "remedy_outcome": Outcome,
    "tags": tuple,
}


def _read_back(before: Mapping[str, Any]) -> dict[str, Any]:
    """What was kept of a standing; an event of an earlier Earful kept less."""
    return {
        name: _KINDS.get(name, str)(value) if value is not None else None
        for name, value in before.items()
        if name in _FIELDS
    }
