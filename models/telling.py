"""What was done to a case, as sentences, and how long ago."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from models.acts import ACTIONS, UNDOABLE, Verb
from models.case import CaseEvent


def can_undo(events: Sequence[CaseEvent], actor: str) -> bool:
    """Whether the last of these events is this person's, and can be undone."""
    return bool(events) and events[-1].actor == actor and events[-1].action in UNDOABLE


def withdrawn(events: Sequence[CaseEvent]) -> set[int]:
    """The ids of those events that were undone later."""
    return {event.detail["event"] for event in events if event.action == ACTIONS[Verb.UNDO]}


def stale(last: CaseEvent | None, now: datetime) -> str:
    """The sentence for somebody who acted on what is no longer so: who did what, how long ago."""
    if last is None:
        return "the case has changed since you opened it; nothing of yours was stored"
    return f"{last.actor} {told(last)} {ago(now - last.at)}; nothing of yours was stored"


_TOLD = {
    "confirmed": "said that this needs a reply",
    "tagged": "tagged this “{tag}”",
    "untagged": "took the tag “{tag}” off this",
    "prioritised": "made this {severity}",
    "escalated": "escalated this{hand_over}",
    "replied": "took a reply along to the source of this",
    "offered": "offered {what} on this",
    "settled": "noted on this that the {remedy} is {outcome}",
    "told": "told the customer of this what we changed",
    "returned": "reopened this: its author {because}",
    "given_back": "gave this back from {from}, who had not touched it",
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
    return _TOLD.get(event.action, f"changed this ({event.action})").format_map(_named(event.detail))


def _named(detail: Mapping[str, Any]) -> dict[str, str]:
    known = {name: str(value) for name, value in detail.items() if name not in {"before", "text"}}
    plain: dict[str, str] = {
        name: known[name].replace("_", " ") for name in ("reason", "remedy", "outcome") if name in known
    }
    return {
        **_UNNAMED,
        **known,
        **plain,
        "hand_over": f" to {known['to']}" if "to" in known else "",
        "what": " ".join(filter(None, (_A_REMEDY.get(known.get("remedy", "")), *_money(known)))),
        "because": _CAME_BACK.get(known.get("because", ""), "came back"),
    }


def _money(known: Mapping[str, str]) -> tuple[str, ...]:
    return ("of", known["amount"], known["currency"]) if "amount" in known else ()


_UNNAMED = {"to": "somebody", "from": "somebody", "reason": "needing nobody", "tag": "…", "severity": "…"} | {
    "remedy": "remedy", "outcome": "settled",
}  # fmt: skip
_A_REMEDY = {
    "apology": "an apology", "replacement": "a replacement", "refund": "a refund", "compensation": "a compensation",
    "fix": "a fix",
}  # fmt: skip
_CAME_BACK = {"posted": "posted again", "edited": "edited the post"}


_SPANS = ((timedelta(days=1), "day"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min"), (timedelta(0), "s"))


def ago(span: timedelta) -> str:
    """A span as people say it: "20 s ago", "3 min ago", "2 days ago"."""
    if span < timedelta(seconds=1):
        return "just now"
    unit, name = next((unit, name) for unit, name in _SPANS if span >= unit)
    count = span // (unit or timedelta(seconds=1))
    return f"{count} {name}{'s' * (name == 'day' and count > 1)} ago"
