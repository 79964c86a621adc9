"""What people do to a case: which act is allowed when, what it changes, and how it is stored without losing another's.

An act is decided by pure functions (`decide`) and applied by `act` under optimistic locking: who acts on what they saw
passes its `version`; when somebody else was first, nothing is written. Every change leaves a `CaseEvent`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from earful.errors import Conflict, EarfulError
from earful.text import storable, whole
from earful.values import Label
from models.case import DONE, Case, CaseEvent, CaseStatus, Correction, Dismissal
from models.mention import Mention

PIPELINE = "earful"  #: the actor of what no person did
NAME_LENGTH = 80
NOTE_LENGTH = 10_000


class NotAllowed(EarfulError):
    """The act makes no sense on a case that stands like this, or lacks what it needs; says which."""


class Verb(StrEnum):
    """What can be done to a case."""

    ASSIGN = "assign"
    UNASSIGN = "unassign"
    NOTE = "note"
    RESOLVE = "resolve"
    DISMISS = "dismiss"
    WAIT = "wait"
    SNOOZE = "snooze"
    REOPEN = "reopen"
    UNDO = "undo"
    WAKE = "wake"


#: The action an event is stored under, by verb.
ACTIONS: Mapping[Verb, str] = {
    Verb.ASSIGN: "assigned",
    Verb.UNASSIGN: "unassigned",
    Verb.NOTE: "noted",
    Verb.RESOLVE: "resolved",
    Verb.DISMISS: "dismissed",
    Verb.WAIT: "waiting",
    Verb.SNOOZE: "snoozed",
    Verb.REOPEN: "reopened",
    Verb.UNDO: "undone",
    Verb.WAKE: "woken",
}

_WORKED_ON = {Verb.ASSIGN, Verb.NOTE, Verb.RESOLVE, Verb.DISMISS, Verb.UNDO}

#: The transitions: what may be done to a case that stands like this.
ALLOWED: Mapping[CaseStatus, frozenset[Verb]] = {
    CaseStatus.OPEN: frozenset(_WORKED_ON | {Verb.WAIT, Verb.SNOOZE}),
    CaseStatus.ASSIGNED: frozenset(_WORKED_ON | {Verb.UNASSIGN, Verb.WAIT, Verb.SNOOZE}),
    CaseStatus.WAITING: frozenset(_WORKED_ON | {Verb.UNASSIGN, Verb.SNOOZE, Verb.REOPEN}),
    CaseStatus.SNOOZED: frozenset(_WORKED_ON | {Verb.UNASSIGN, Verb.WAIT, Verb.REOPEN, Verb.WAKE}),
    CaseStatus.RESOLVED: frozenset({Verb.NOTE, Verb.REOPEN, Verb.UNDO}),
    CaseStatus.DISMISSED: frozenset({Verb.NOTE, Verb.REOPEN, Verb.UNDO}),
}

_UNDOABLE = frozenset(ACTIONS[verb] for verb in Verb if verb not in {Verb.UNDO, Verb.WAKE})


@dataclass(frozen=True, slots=True)
class Act:
    """One thing somebody does; the fields beside the verb are read by those verbs that need them."""

    verb: Verb
    to: str = ""  #: assign: to whom
    text: str = ""  #: note: what it says; resolve: what was done, when they say so
    reason: Dismissal = Dismissal.NO_ACTION  #: dismiss: why
    says: Label = Label.NEUTRAL  #: dismiss as not negative: what the text says instead
    until: datetime | None = None  #: snooze: until when


@dataclass(frozen=True, slots=True)
class Standing:
    """How a case stands, as far as acts read and change it."""

    status: CaseStatus
    assignee: str | None = None
    dismissal: Dismissal | None = None
    snoozed_until: datetime | None = None
    closed_at: datetime | None = None
    decided_at: datetime | None = None
    first_response_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What was done last, as far as undoing needs it."""

    actor: str
    action: str
    event_id: int
    before: Standing | None


@dataclass(frozen=True, slots=True)
class Change:
    """What an act means: how the case stands afterwards, and what its event says."""

    after: Standing
    detail: dict[str, Any] = field(default_factory=dict)


def decide(now_stands: Standing, act: Act, actor: str, at: datetime, last: Done | None = None) -> Change:
    """What the act makes of a case that stands like this.

    Raises:
        NotAllowed: it can't be done now, or lacks what it needs.
    """
    if act.verb not in ALLOWED[now_stands.status]:
        raise NotAllowed(_not_now(now_stands.status, act.verb))
    if act.verb is Verb.UNDO:
        return _undone(last, actor)
    change = _DECISIONS[act.verb](now_stands, act, at)
    if act.verb is Verb.WAKE:
        return change
    first = now_stands.first_response_at or at
    return replace(change, after=replace(change.after, decided_at=at, first_response_at=first))


def _not_now(status: CaseStatus, verb: Verb) -> str:
    if status in DONE:
        return f"the case is {status.value}; reopen it first"
    return f"a case that is {status.value} has nothing to {verb.value}"


def _assign(stands: Standing, act: Act, _at: datetime) -> Change:
    to = storable(act.to).strip()
    if not to or len(to) > NAME_LENGTH:
        raise NotAllowed(f"say to whom, in 1 to {NAME_LENGTH} characters")
    status = CaseStatus.ASSIGNED if stands.status is CaseStatus.OPEN else stands.status
    return Change(replace(stands, status=status, assignee=to), {"to": to})


def _unassign(stands: Standing, _act: Act, _at: datetime) -> Change:
    if stands.assignee is None:
        raise NotAllowed("nobody has this case")
    status = CaseStatus.OPEN if stands.status is CaseStatus.ASSIGNED else stands.status
    return Change(replace(stands, status=status, assignee=None), {"from": stands.assignee})


def _note(stands: Standing, act: Act, _at: datetime) -> Change:
    text = _words(act.text)
    if not text:
        raise NotAllowed("the note is empty; write something, or leave it")
    return Change(stands, {"text": text})


def _resolve(stands: Standing, act: Act, at: datetime) -> Change:
    text = _words(act.text)
    return Change(_closed(stands, CaseStatus.RESOLVED, at), {"text": text} if text else {})


def _dismiss(stands: Standing, act: Act, at: datetime) -> Change:
    detail = {"reason": act.reason.value}
    if act.reason is Dismissal.NOT_NEGATIVE:
        if act.says not in {Label.NEUTRAL, Label.POSITIVE}:
            raise NotAllowed("what is not negative is neutral or positive; say which")
        detail["says"] = act.says.value
    return Change(replace(_closed(stands, CaseStatus.DISMISSED, at), dismissal=act.reason), detail)


def _wait(stands: Standing, _act: Act, _at: datetime) -> Change:
    return Change(replace(stands, status=CaseStatus.WAITING, snoozed_until=None))


def _snooze(stands: Standing, act: Act, at: datetime) -> Change:
    if act.until is None or act.until <= at:
        raise NotAllowed("say until when it sleeps, a time that is still to come")
    after = replace(stands, status=CaseStatus.SNOOZED, snoozed_until=act.until)
    return Change(after, {"until": act.until.isoformat()})


def _reopen(stands: Standing, _act: Act, _at: datetime) -> Change:
    status = CaseStatus.ASSIGNED if stands.assignee else CaseStatus.OPEN
    return Change(replace(stands, status=status, dismissal=None, snoozed_until=None, closed_at=None))


def _closed(stands: Standing, status: CaseStatus, at: datetime) -> Standing:
    return replace(stands, status=status, closed_at=at, snoozed_until=None, dismissal=None)


def _words(text: str) -> str:
    words = storable(text).replace("\r\n", "\n").strip()
    if len(words) > NOTE_LENGTH:
        raise NotAllowed(f"a note holds at most {NOTE_LENGTH:,} characters; this one has {len(words):,}")
    return words


def _undone(last: Done | None, actor: str) -> Change:
    if last is None or last.action not in _UNDOABLE or last.before is None:
        raise NotAllowed("there is nothing to undo")
    if last.actor != actor:
        raise NotAllowed(f"the last change is {last.actor}'s; only they can undo it")
    return Change(last.before, {"event": last.event_id, "action": last.action})


_DECISIONS = {
    Verb.ASSIGN: _assign,
    Verb.UNASSIGN: _unassign,
    Verb.NOTE: _note,
    Verb.RESOLVE: _resolve,
    Verb.DISMISS: _dismiss,
    Verb.WAIT: _wait,
    Verb.SNOOZE: _snooze,
    Verb.REOPEN: _reopen,
    Verb.WAKE: _reopen,
}


def can_undo(events: Sequence[CaseEvent], actor: str) -> bool:
    """Whether the last of these events is this person's, and can be undone."""
    return bool(events) and events[-1].actor == actor and events[-1].action in _UNDOABLE


def withdrawn(events: Sequence[CaseEvent]) -> set[int]:
    """The ids of those events that were undone later."""
    return {event.detail["event"] for event in events if event.action == ACTIONS[Verb.UNDO]}


def text_changed_since(case: Case) -> bool:
    """Whether the source's text changed after a person last decided something about it."""
    changed = case.mention.text_changed_at
    return changed is not None and case.decided_at is not None and changed > case.decided_at


def act(session: Session, case_id: int, version: int, actor: str, what: Act, at: datetime) -> Case:
    """Do it and log it, in the session's transaction; returns the case as it then stands, mention and reading loaded.

    Raises:
        LookupError: there is no such case.
        Conflict: it has changed since this version; the message says who did what. Nothing is written.
        NotAllowed: it can't be done to a case that stands like this. Nothing is written.
    """
    case = _loaded(session, case_id)
    last = _last_event(session, case_id)
    if case.version != version:
        raise Conflict(stale(last, at))
    before = _standing(case)
    change = decide(before, what, actor, at, _done(last))
    if not _stored(session, case, change.after):
        raise Conflict(stale(_last_event(session, case_id), at))
    _correct(session, case, what, change.after, actor, at)
    detail = {**change.detail, "before": _plain(before)}
    session.add(CaseEvent(case_id=case_id, at=at, actor=actor, action=ACTIONS[what.verb], detail=detail))
    session.flush()
    return _loaded(session, case_id)


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
    statement = select(Case).where(Case.id == case_id).options(found).execution_options(populate_existing=True)
    case = session.scalars(statement).one_or_none()
    if case is None:
        raise LookupError(f"there is no case {case_id}")
    return case


def _last_event(session: Session, case_id: int) -> CaseEvent | None:
    statement = select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.id.desc()).limit(1)
    return session.scalars(statement).one_or_none()


_COLUMNS = tuple(column.name for column in fields(Standing))


def _standing(case: Case) -> Standing:
    return Standing(**{name: getattr(case, name) for name in _COLUMNS})


def _stored(session: Session, case: Case, after: Standing) -> bool:
    """Whether nobody was faster: the version in the database is still the one that was read."""
    values = {name: getattr(after, name) for name in _COLUMNS}
    statement = update(Case).where(Case.id == case.id, Case.version == case.version)
    result = session.connection().execute(statement.values(**values, version=Case.version + 1))
    return result.rowcount == 1


def _correct(session: Session, case: Case, what: Act, after: Standing, actor: str, at: datetime) -> None:
    taught = lesson(case.dismissal, after.dismissal)
    if taught is None:
        return
    label = _label(session, what, case.mention_id) if taught is Dismissal.NOT_NEGATIVE else None
    about_us = taught is not Dismissal.NOT_ABOUT_US
    session.add(correction_of(case.mention, actor, at, label=label, about_us=about_us))


def correction_of(mention: Mention, actor: str, at: datetime, *, label: Label | None, about_us: bool) -> Correction:
    """A person's word on a mention, with its text and its reading (which is loaded) as they stand now."""
    reading = mention.reading
    return Correction(
        mention_id=mention.id,
        at=at,
        actor=actor,
        label=label,
        about_us=about_us,
        text=whole(mention.title, mention.text),
        rating=mention.rating,
        nps=mention.nps,
        language=reading.language if reading else "und",
        was=reading.label if reading else None,
        polarity=reading.polarity if reading else None,
        confidence=reading.confidence if reading else None,
        reader=reading.reader if reading else None,
        version=reading.version if reading else None,
    )


_TEACHING = frozenset({Dismissal.NOT_NEGATIVE, Dismissal.NOT_ABOUT_US})


def lesson(before: Dismissal | None, after: Dismissal | None) -> Dismissal | None:
    """What a change of dismissal teaches: the new reason, `NO_ACTION` when an earlier lesson is taken back, or None.

    Corrections are append-only and the last one counts, so that one taken back is followed by one that says nothing.
    """
    if before is after:
        return None
    if after in _TEACHING:
        return after
    return Dismissal.NO_ACTION if before in _TEACHING else None


def _label(session: Session, what: Act, mention_id: int) -> Label | None:
    """What the text says instead; when a dismissal comes back by an undo, what it said the first time."""
    if what.verb is Verb.DISMISS:
        return what.says
    said = select(Correction.label).where(Correction.mention_id == mention_id, Correction.label.is_not(None))
    return session.scalars(said.order_by(Correction.id.desc()).limit(1)).one_or_none()


def _plain(stands: Standing) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(stands).items()}


def _done(event: CaseEvent | None) -> Done | None:
    if event is None:
        return None
    before = event.detail.get("before")
    return Done(event.actor, event.action, event.id, _read_back(before) if before else None)


_MOMENTS = ("snoozed_until", "closed_at", "decided_at", "first_response_at")


def _read_back(before: Mapping[str, Any]) -> Standing:
    moments = {name: datetime.fromisoformat(before[name]) for name in _MOMENTS if before[name]}
    dismissal = Dismissal(before["dismissal"]) if before["dismissal"] else None
    return Standing(CaseStatus(before["status"]), before["assignee"], dismissal, **moments)


def stale(last: CaseEvent | None, now: datetime) -> str:
    """The sentence for somebody who acted on what is no longer so: who did what, how long ago."""
    if last is None:
        return "the case has changed since you opened it; nothing of yours was stored"
    return f"{last.actor} {told(last)} {ago(now - last.at)}; nothing of yours was stored"


_TOLD = {
    "opened": "opened this",
    "assigned": "assigned this to {to}",
    "unassigned": "took {from} off this",
    "noted": "left a note on this",
    "resolved": "resolved this",
    "dismissed": "dismissed this as {reason}",
    "waiting": "set this to waiting for the customer",
    "snoozed": "snoozed this",
    "reopened": "reopened this",
    "undone": "undid their last change to this",
    "woken": "brought this back from its snooze",
}


def told(event: CaseEvent) -> str:
    """What was done, as the rest of a sentence that begins with the actor."""
    known = {"to": "somebody", "from": "somebody", "reason": "needing nobody", **event.detail}
    known["reason"] = str(known["reason"]).replace("_", " ")
    return _TOLD.get(event.action, f"changed this ({event.action})").format_map(known)


_SPANS = ((timedelta(days=1), "day"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min"), (timedelta(0), "s"))


def ago(span: timedelta) -> str:
    """A span as people say it: "20 s ago", "3 min ago", "2 days ago"."""
    if span < timedelta(seconds=1):
        return "just now"
    unit, name = next((unit, name) for unit, name in _SPANS if span >= unit)
    count = span // (unit or timedelta(seconds=1))
    return f"{count} {name}{'s' * (name == 'day' and count > 1)} ago"
