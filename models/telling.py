"""What was done to a case, as sentences in the reader's language."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from earful.speech import N_, Said, _, ago
from earful.values import Label
from models.acts import ACTIONS, UNDOABLE, Verb
from models.case import CaseEvent


def can_undo(events: Sequence[CaseEvent], actor: str) -> bool:
    """Whether the last of these events is this person's, and can be undone."""
    return bool(events) and events[-1].actor == actor and events[-1].action in UNDOABLE


def withdrawn(events: Sequence[CaseEvent]) -> set[int]:
    """The ids of those events that were undone later."""
    return {event.detail["event"] for event in events if event.action == ACTIONS[Verb.UNDO]}


def dismissed_as_praise(events: Sequence[CaseEvent]) -> bool:
    """Whether the last dismissal among these events that was not undone said that it is praise."""
    undone = withdrawn(events)
    standing = [event for event in events if event.action == ACTIONS[Verb.DISMISS] and event.id not in undone]
    return bool(standing) and _is_praise(standing[-1].detail)


def _is_praise(detail: Mapping[str, Any]) -> bool:
    return bool(detail.get("says") == Label.POSITIVE)


def stale(last: CaseEvent | None, now: datetime) -> str:
    """The sentence for somebody who acted on what is no longer so: who did what, how long ago."""
    if last is None:
        return _("the case has changed since you opened it; nothing of yours was stored")
    return _(
        "%(actor)s %(did)s %(ago)s; nothing of yours was stored",
        actor=last.actor,
        did=told(last),
        ago=ago(now - last.at),
    )


_TOLD: Mapping[str, str] = Said(
    {
        "confirmed": N_("said that this needs a reply"),
        "tagged": N_("tagged this “%(tag)s”"),
        "untagged": N_("took the tag “%(tag)s” off this"),
        "prioritised": N_("made this %(severity)s"),
        "escalated": N_("escalated this"),
        "escalated to": N_("escalated this to %(to)s"),
        "replied": N_("took a reply along to the source of this"),
        "offered": N_("offered %(what)s on this"),
        "settled": N_("noted on this that the %(remedy)s is %(outcome)s"),
        "told": N_("told the customer of this what we changed"),
        "returned": N_("reopened this: its author %(because)s"),
        "given_back": N_("gave this back from %(from)s, who had not touched it"),
        "opened": N_("opened this"),
        "assigned": N_("assigned this to %(to)s"),
        "unassigned": N_("took %(from)s off this"),
        "noted": N_("left a note on this"),
        "resolved": N_("resolved this"),
        "dismissed": N_("dismissed this as %(reason)s"),
        "waiting": N_("set this to waiting for the customer"),
        "snoozed": N_("snoozed this"),
        "reopened": N_("reopened this"),
        "undone": N_("undid their last change to this"),
        "answered": N_("saw this answered at the source"),
        "woken": N_("brought this back from its snooze"),
    }
)


def told(event: CaseEvent) -> str:
    """What was done, as the rest of a sentence that begins with the actor."""
    action = "escalated to" if event.action == "escalated" and "to" in event.detail else event.action
    known = _TOLD.get(action)
    return known % _named(event.detail) if known else _("changed this (%(action)s)", action=event.action)


def _named(detail: Mapping[str, Any]) -> dict[str, str]:
    """The values that `_TOLD` may name; what is not known is said in a general word."""
    known = {name: str(value) for name, value in detail.items() if name not in {"before", "text"}}
    somebody = _("somebody")
    return {
        "to": known.get("to", somebody),
        "from": known.get("from", somebody),
        "tag": known.get("tag", "…"),
        "severity": _of(SEVERITY_NAMES, known.get("severity"), "…"),
        "reason": _("praise") if _is_praise(detail) else _of(_REASONS, known.get("reason"), _("needing nobody")),
        "remedy": _of(_THE_REMEDY, known.get("remedy"), _("remedy")),
        "outcome": _of(_OUTCOMES, known.get("outcome"), _("settled")),
        "what": _offered(known),
        "because": _of(_CAME_BACK, known.get("because"), _("came back")),
    }


def _of(names: Mapping[str, str], key: str | None, otherwise: str) -> str:
    return otherwise if key is None else names.get(key) or key.replace("_", " ")


def _offered(known: Mapping[str, str]) -> str:
    what = _of(_A_REMEDY, known.get("remedy"), _("remedy"))
    if "amount" not in known:
        return what
    return _("%(what)s of %(money)s", what=what, money=f"{known['amount']} {known.get('currency', '')}".strip())


SEVERITY_NAMES: Mapping[str, str] = Said(
    {"urgent": N_("urgent"), "high": N_("high"), "normal": N_("normal"), "low": N_("low")}
)
_REASONS: Mapping[str, str] = Said(
    {
        "not_negative": N_("not negative"),
        "not_about_us": N_("not about us"),
        "duplicate": N_("duplicate"),
        "no_action": N_("no action"),
    }
)
_THE_REMEDY: Mapping[str, str] = Said(
    {
        "apology": N_("apology"),
        "replacement": N_("replacement"),
        "refund": N_("refund"),
        "compensation": N_("compensation"),
        "fix": N_("fix"),
    }
)
_A_REMEDY: Mapping[str, str] = Said(
    {
        "apology": N_("an apology"),
        "replacement": N_("a replacement"),
        "refund": N_("a refund"),
        "compensation": N_("a compensation"),
        "fix": N_("a fix"),
    }
)
_OUTCOMES: Mapping[str, str] = Said(
    {
        "offered": N_("offered"),
        "accepted": N_("accepted"),
        "delivered": N_("delivered"),
        "declined": N_("declined"),
        "no_answer": N_("no answer"),
    }
)
_CAME_BACK: Mapping[str, str] = Said({"posted": N_("posted again"), "edited": N_("edited the post")})
