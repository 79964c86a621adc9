"""Decides what an act makes of a case: allowed or not, how it stands afterwards, what its event says. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from earful.speech import _
from earful.text import storable
from earful.values import SEVERITIES, Label
from models.actor import NAME_LENGTH
from models.acts import (
    ALLOWED,
    OF_PIPELINE,
    RESPONSES,
    UNDOABLE,
    Act,
    Change,
    Done,
    NotAllowed,
    Standing,
    Verb,
    words,
)
from models.case import DONE, CaseStatus, Dismissal
from models.people import mentioned
from models.remedy import offer, settle, tell
from models.tags import tag, untag


def decide(now_stands: Standing, act: Act, actor: str, at: datetime, last: Done | None = None) -> Change:
    """What the act makes of a case that stands like this.

    Raises:
        NotAllowed: it can't be done now, or lacks what it needs.
    """
    if act.verb not in ALLOWED[now_stands.status]:
        raise NotAllowed(_not_now(now_stands.status))
    if act.verb is Verb.UNDO:
        return _undone(now_stands, last, actor)
    change = _DECISIONS[act.verb](now_stands, act, at)
    return change if act.verb in OF_PIPELINE else _by_person(change, act.verb, at)


def _by_person(change: Change, verb: Verb, at: datetime) -> Change:
    first = change.after.first_response_at or (at if verb in RESPONSES else None)
    return replace(change, after=replace(change.after, decided_at=at, first_response_at=first))


def _not_now(status: CaseStatus) -> str:
    if status in DONE:
        return _("the case is done; reopen it first")
    return _("this can't be done to the case as it stands now")


def _assign(stands: Standing, act: Act, _at: datetime) -> Change:
    to = _name(act.to)
    status = CaseStatus.ASSIGNED if stands.status is CaseStatus.OPEN else stands.status
    return Change(replace(stands, status=status, assignee=to), {"to": to})


def _name(given: str) -> str:
    to = storable(given).strip()
    if not to or len(to) > NAME_LENGTH:
        raise NotAllowed(_("say to whom, in 1 to %(most)s characters", most=NAME_LENGTH))
    return to


def _confirm(stands: Standing, act: Act, at: datetime) -> Change:
    """Rightly flagged: whoever says so takes it, unless somebody has it already."""
    if stands.confirmed_at:
        raise NotAllowed(_("somebody said already that it needs a reply"))
    taken = stands if stands.assignee or not act.to else _assign(stands, act, at).after
    return Change(replace(taken, confirmed_at=at), {} if taken.assignee == stands.assignee else {"to": taken.assignee})


def _unassign(stands: Standing, _act: Act, _at: datetime) -> Change:
    if stands.assignee is None:
        raise NotAllowed(_("nobody has this case"))
    status = CaseStatus.OPEN if stands.status is CaseStatus.ASSIGNED else stands.status
    return Change(replace(stands, status=status, assignee=None), {"from": stands.assignee})


def _note(stands: Standing, act: Act, _at: datetime) -> Change:
    text = words(act.text)
    if not text:
        raise NotAllowed(_("the note is empty; write something, or leave it"))
    called = mentioned(text)
    return Change(stands, {"text": text, **({"mentions": called} if called else {})})


def _prioritise(stands: Standing, act: Act, _at: datetime) -> Change:
    if act.severity is stands.severity:
        raise NotAllowed(_("its severity is that already"))
    detail = {"severity": act.severity.value, "was": stands.severity.value}
    return Change(replace(stands, severity=act.severity), detail)


def _escalate(stands: Standing, act: Act, at: datetime) -> Change:
    """To the lead where there is one, and one step worse, so that it is seen first."""
    worse = SEVERITIES[min(SEVERITIES.index(stands.severity) + 1, len(SEVERITIES) - 1)]
    text = words(act.text)
    after = replace(stands, severity=worse, escalated_at=at)
    if act.to:
        after = _assign(after, act, at).after
    return Change(after, _kept({"to": after.assignee if act.to else None, "text": text, "severity": worse.value}))


def _reply(stands: Standing, act: Act, _at: datetime) -> Change:
    """A person took the reply along to the source; Earful sends nothing."""
    return Change(stands, _kept({"text": words(act.text)}))


def _resolve(stands: Standing, act: Act, at: datetime) -> Change:
    return Change(_closed(stands, CaseStatus.RESOLVED, at), _kept({"text": words(act.text)}))


def _dismiss(stands: Standing, act: Act, at: datetime) -> Change:
    detail = {"reason": act.reason.value}
    if act.reason is Dismissal.NOT_NEGATIVE:
        if act.says not in {Label.NEUTRAL, Label.POSITIVE}:
            raise NotAllowed(_("what is not negative is neutral or positive; say which"))
        detail["says"] = act.says.value
    return Change(replace(_closed(stands, CaseStatus.DISMISSED, at), dismissal=act.reason), detail)


def _wait(stands: Standing, _act: Act, _at: datetime) -> Change:
    return Change(replace(stands, status=CaseStatus.WAITING, snoozed_until=None, returned=None))


def _snooze(stands: Standing, act: Act, at: datetime) -> Change:
    if act.until is None or act.until <= at:
        raise NotAllowed(_("say until when it sleeps, a time that is still to come"))
    after = replace(stands, status=CaseStatus.SNOOZED, snoozed_until=act.until, returned=None)
    return Change(after, {"until": act.until.isoformat()})


def _reopen(stands: Standing, _act: Act, _at: datetime) -> Change:
    status = CaseStatus.ASSIGNED if stands.assignee else CaseStatus.OPEN
    return Change(replace(stands, status=status, dismissal=None, snoozed_until=None, closed_at=None))


def _return(stands: Standing, act: Act, at: datetime) -> Change:
    """Its author is back: to work again. Where it had been closed, with a new promise; the first stays on record."""
    after = replace(_reopen(stands, act, at).after, returned=act.returned)
    if stands.closed_at and act.due_at:
        first = stands.first_due_at or stands.due_at
        after = replace(after, due_at=act.due_at, half_at=act.half_at, first_due_at=first)
    return Change(after, {"because": act.returned.value})


def _give_back(stands: Standing, act: Act, _at: datetime) -> Change:
    """To nobody; `act.to`, the lead, is told."""
    return Change(
        replace(stands, status=CaseStatus.OPEN, assignee=None), _kept({"from": stands.assignee, "to": act.to})
    )


def _answered(stands: Standing, act: Act, at: datetime) -> Change:
    """The business has answered at the source, past Earful: the promise of an answer is kept."""
    first = stands.first_response_at or act.answered_at or at
    return Change(replace(stands, first_response_at=first))


def _closed(stands: Standing, status: CaseStatus, at: datetime) -> Standing:
    return replace(stands, status=status, closed_at=at, snoozed_until=None, dismissal=None, returned=None)


def _kept(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in detail.items() if value}


def _undone(stands: Standing, last: Done | None, actor: str) -> Change:
    if last is None or last.action not in UNDOABLE or last.before is None:
        raise NotAllowed(_("there is nothing to undo"))
    if last.actor != actor:
        raise NotAllowed(_("the last change is %(actor)s's; only they can undo it", actor=last.actor))
    return Change(replace(stands, **last.before), {"event": last.event_id, "action": last.action})


_DECISIONS: Mapping[Verb, Callable[[Standing, Act, datetime], Change]] = {
    Verb.CONFIRM: _confirm,
    Verb.ASSIGN: _assign,
    Verb.UNASSIGN: _unassign,
    Verb.NOTE: _note,
    Verb.TAG: tag,
    Verb.UNTAG: untag,
    Verb.PRIORITY: _prioritise,
    Verb.ESCALATE: _escalate,
    Verb.REPLY: _reply,
    Verb.REMEDY: offer,
    Verb.OUTCOME: settle,
    Verb.TELL: tell,
    Verb.RESOLVE: _resolve,
    Verb.DISMISS: _dismiss,
    Verb.WAIT: _wait,
    Verb.SNOOZE: _snooze,
    Verb.REOPEN: _reopen,
    Verb.WAKE: _reopen,
    Verb.RETURN: _return,
    Verb.GIVE_BACK: _give_back,
    Verb.ANSWERED: _answered,
}
