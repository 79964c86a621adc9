"""The form beneath a case, and what it asks for."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel

from earful.values import Label, Severity
from inbox.asked import Version
from inbox.house import House
from models.acts import Act, Verb
from models.case import ACTIVE, Case, Dismissal, Outcome, Remedy
from models.queue import Desk


class ActForm(BaseModel):
    """What the forms of a case send; the button says the verb, the fields are read by those that need them."""

    verb: Literal[
        "take", "needs_reply", "assign", "unassign", "note", "tag", "untag", "priority", "escalate", "reply", "remedy",
        "outcome", "tell", "resolve", "dismiss", "not_negative", "praise", "duplicate", "wait", "snooze", "reopen",
        "undo",
    ]  # fmt: skip
    version: Version
    text: str = ""
    to: str = ""
    reason: Literal["not_negative:neutral", "not_negative:positive", "not_about_us", "duplicate", "no_action"] = (
        "no_action"
    )
    until: Literal["4h", "tomorrow", "3d", "1w"] = "tomorrow"
    tag: str = ""
    severity: Severity = Severity.NORMAL
    remedy: Remedy = Remedy.APOLOGY
    amount: str = ""
    currency: str = ""
    outcome: Outcome = Outcome.ACCEPTED


def wanted(form: ActForm, home: House, desk: Desk, brand: str) -> Act:
    """What the form asks for, on a case of this brand."""
    match form.verb:
        case "take":
            return Act(Verb.ASSIGN, to=desk.actor)
        case "needs_reply":
            return Act(Verb.CONFIRM, to=desk.actor)
        case "escalate":
            return Act(Verb.ESCALATE, to=home.lead(brand), text=form.text)
        case "not_negative" | "duplicate":
            return Act(Verb.DISMISS, reason=Dismissal(form.verb))
        case "praise":
            return Act(Verb.DISMISS, reason=Dismissal.NOT_NEGATIVE, says=Label.POSITIVE)
    reason, _, says = form.reason.partition(":")
    return Act(
        Verb(form.verb),
        to=form.to,
        text=form.text,
        reason=Dismissal(reason),
        says=Label(says or "neutral"),
        until=_until(form.until, home, desk.now),
        tag=form.tag,
        severity=form.severity,
        remedy=form.remedy,
        amount=form.amount,
        currency=form.currency,
        outcome=form.outcome,
    )


def _until(choice: str, home: House, now: datetime) -> datetime:
    if choice == "4h":
        return now + timedelta(hours=4)
    return home.morning(now, {"tomorrow": 1, "3d": 3, "1w": 7}[choice])


def moves_on(form: ActForm, case: Case) -> bool:
    """Whether the person is done with this case and goes on to the next."""
    leaves = form.verb in {"resolve", "dismiss", "not_negative", "praise", "duplicate", "snooze", "wait"}
    return leaves and case.status not in ACTIVE


def drafts(typed: ActForm | None) -> dict[str, str]:
    """What a person had entered into which field, when what they did could not be stored."""
    entered = dict.fromkeys(("reply", "tell", "note", "to", "tag", "remedy", "amount", "currency"), "")
    if typed:
        entered[typed.verb if typed.verb in {"reply", "tell"} else "note"] = typed.text
        entered |= {"to": typed.to, "tag": typed.tag, "amount": typed.amount, "currency": typed.currency}
        entered["remedy"] = typed.remedy.value if typed.verb == "remedy" else ""
    return entered
