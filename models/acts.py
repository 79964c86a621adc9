"""What can be done to a case: the verbs, when each is allowed, and how a case stands before and after. Pure values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from earful.errors import EarfulError
from earful.speech import _, number
from earful.text import storable
from earful.values import Label, Severity
from models.case import CaseStatus, Dismissal, Outcome, Remedy, Returned

NOTE_LENGTH = 10_000


class NotAllowed(EarfulError):
    """The act makes no sense on a case that stands like this, or lacks what it needs; says which."""


class Verb(StrEnum):
    """What can be done to a case."""

    CONFIRM = "needs_reply"
    ASSIGN = "assign"
    UNASSIGN = "unassign"
    NOTE = "note"
    TAG = "tag"
    UNTAG = "untag"
    PRIORITY = "priority"
    ESCALATE = "escalate"
    REPLY = "reply"
    REMEDY = "remedy"
    OUTCOME = "outcome"
    TELL = "tell"
    RESOLVE = "resolve"
    DISMISS = "dismiss"
    WAIT = "wait"
    SNOOZE = "snooze"
    REOPEN = "reopen"
    UNDO = "undo"
    WAKE = "wake"
    RETURN = "return"
    GIVE_BACK = "give_back"
    ANSWERED = "answered"


#: The action an event is stored under, by verb.
ACTIONS: Mapping[Verb, str] = {
    Verb.CONFIRM: "confirmed",
    Verb.ASSIGN: "assigned",
    Verb.UNASSIGN: "unassigned",
    Verb.NOTE: "noted",
    Verb.TAG: "tagged",
    Verb.UNTAG: "untagged",
    Verb.PRIORITY: "prioritised",
    Verb.ESCALATE: "escalated",
    Verb.REPLY: "replied",
    Verb.REMEDY: "offered",
    Verb.OUTCOME: "settled",
    Verb.TELL: "told",
    Verb.RESOLVE: "resolved",
    Verb.DISMISS: "dismissed",
    Verb.WAIT: "waiting",
    Verb.SNOOZE: "snoozed",
    Verb.REOPEN: "reopened",
    Verb.UNDO: "undone",
    Verb.WAKE: "woken",
    Verb.ANSWERED: "answered",
    Verb.RETURN: "returned",
    Verb.GIVE_BACK: "given_back",
}

_ALWAYS = frozenset({Verb.NOTE, Verb.TAG, Verb.UNTAG})
_ANSWERED = frozenset({Verb.REPLY, Verb.REMEDY, Verb.OUTCOME, Verb.TELL})
_WORKED_ON = _ALWAYS | _ANSWERED | {
    Verb.CONFIRM, Verb.ASSIGN, Verb.PRIORITY, Verb.ESCALATE, Verb.RESOLVE, Verb.DISMISS, Verb.UNDO,
}  # fmt: skip
_OPEN = _WORKED_ON | {Verb.ANSWERED}
_CLOSED = _ALWAYS | {Verb.REOPEN, Verb.UNDO}

#: The transitions: what may be done to a case that stands like this.
ALLOWED: Mapping[CaseStatus, frozenset[Verb]] = {
    CaseStatus.OPEN: _OPEN | {Verb.WAIT, Verb.SNOOZE},
    CaseStatus.ASSIGNED: _OPEN | {Verb.UNASSIGN, Verb.WAIT, Verb.SNOOZE, Verb.GIVE_BACK},
    CaseStatus.WAITING: _OPEN | {Verb.UNASSIGN, Verb.SNOOZE, Verb.REOPEN, Verb.RETURN},
    CaseStatus.SNOOZED: _OPEN | {Verb.UNASSIGN, Verb.WAIT, Verb.REOPEN, Verb.WAKE, Verb.RETURN},
    CaseStatus.RESOLVED: _CLOSED | _ANSWERED | {Verb.RETURN},
    CaseStatus.DISMISSED: _CLOSED,
}

#: What the pipeline does; no person can, and it counts for no person's decision.
OF_PIPELINE = frozenset({Verb.WAKE, Verb.RETURN, Verb.GIVE_BACK, Verb.ANSWERED})
#: What counts as an answer to the customer, or as the decision that none is needed.
RESPONSES = frozenset({Verb.REPLY, Verb.REMEDY, Verb.TELL, Verb.WAIT, Verb.RESOLVE, Verb.DISMISS})

UNDOABLE = frozenset(ACTIONS[verb] for verb in Verb if verb not in OF_PIPELINE | {Verb.UNDO})


@dataclass(frozen=True, slots=True)
class Act:
    """One thing somebody does; the fields beside the verb are read by those verbs that need them."""

    verb: Verb
    to: str = ""  #: assign, escalate, needs_reply: to whom
    text: str = ""  #: note: what it says; resolve: what was done; tell: what we changed; reply: what was copied
    reason: Dismissal = Dismissal.NO_ACTION  #: dismiss: why
    says: Label = Label.NEUTRAL  #: dismiss as not negative: what the text says instead
    until: datetime | None = None  #: snooze: until when
    tag: str = ""  #: tag, untag
    severity: Severity = Severity.NORMAL  #: priority
    remedy: Remedy = Remedy.APOLOGY  #: remedy: what was offered
    amount: str = ""  #: remedy: how much, as a decimal number
    currency: str = ""  #: … of what: three letters
    outcome: Outcome = Outcome.OFFERED  #: outcome: what became of it
    returned: Returned = Returned.POSTED  #: return: what its author did
    answered_at: datetime | None = None  #: answered: when the business did so at the source
    due_at: datetime | None = None  #: return: the new promise
    half_at: datetime | None = None  #: … and when half of its time is over


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
    severity: Severity = Severity.NORMAL
    due_at: datetime | None = None
    half_at: datetime | None = None
    first_due_at: datetime | None = None
    escalated_at: datetime | None = None
    returned: Returned | None = None
    remedy: Remedy | None = None
    remedy_amount: str | None = None
    remedy_currency: str | None = None
    remedy_outcome: Outcome | None = None
    told_at: datetime | None = None
    confirmed_at: datetime | None = None
    tags: tuple[str, ...] = ()  #: in alphabetical order


@dataclass(frozen=True, slots=True)
class Done:
    """What was done last, as far as undoing needs it."""

    actor: str
    action: str
    event_id: int
    before: Mapping[str, Any] | None  #: fields of `Standing`: those that were kept when it was done


@dataclass(frozen=True, slots=True)
class Change:
    """What an act means: how the case stands afterwards, and what its event says."""

    after: Standing
    detail: dict[str, Any] = field(default_factory=dict)


def words(text: str) -> str:
    """What a person wrote, as it is stored.

    Raises:
        NotAllowed: it is longer than a note may be.
    """
    said = storable(text).replace("\r\n", "\n").strip()
    if len(said) > NOTE_LENGTH:
        raise NotAllowed(
            _(
                "a note holds at most %(most)s characters; this one has %(long)s",
                most=number(NOTE_LENGTH),
                long=number(len(said)),
            )
        )
    return said
