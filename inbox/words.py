"""How values are said to people, in the reader's language: statuses, confidence, due times, runs. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from earful.clock import parse_iso
from earful.speech import N_, NP_, Said, _, language, ngettext, number, signed, span
from earful.values import Label, Severity
from models.account import Role
from models.case import DONE, Case, CaseStatus, Dismissal, Outcome, Remedy, Returned, is_answered
from models.consent import ConsentState
from models.lines import CaseLine
from models.queue import MOST_DONE, View
from models.run import Coverage, RunKind, RunStatus
from models.sample import Finding
from models.telling import SEVERITY_NAMES

VIEW_NAMES: Mapping[View, str] = Said(
    {
        View.OPEN: NP_("view", "Open"),
        View.MINE: NP_("view", "Mine"),
        View.UNASSIGNED: NP_("view", "Unassigned"),
        View.DUE_TODAY: NP_("view", "Due today"),
        View.OVERDUE: NP_("view", "Overdue"),
        View.WAITING: NP_("view", "Waiting"),
        View.SNOOZED: NP_("view", "Snoozed"),
        View.DONE: NP_("view", "Done"),
        View.ALL: NP_("view", "All"),
    }
)

VIEW_EMPTY: Mapping[View, str] = Said(
    {
        View.OPEN: N_("Nothing is waiting for an answer. Every flagged post has been dealt with."),
        View.MINE: N_("You have no cases. Take one from Open with “Assign to me”."),
        View.UNASSIGNED: N_("Somebody has every open case."),
        View.DUE_TODAY: N_("Nothing falls due for the rest of today."),
        View.OVERDUE: N_("Nothing is overdue. Every promise was kept so far."),
        View.WAITING: N_("No case waits for a customer's answer."),
        View.SNOOZED: N_("No case is asleep."),
        View.DONE: N_("No case has been resolved or dismissed yet."),
        View.ALL: N_("No post has been flagged."),
    }
)

STATUS_NAMES: Mapping[CaseStatus, str] = Said(
    {
        CaseStatus.OPEN: N_("Open"),
        CaseStatus.ASSIGNED: N_("Assigned"),
        CaseStatus.WAITING: N_("Waiting for the customer"),
        CaseStatus.SNOOZED: N_("Snoozed"),
        CaseStatus.RESOLVED: N_("Resolved"),
        CaseStatus.DISMISSED: N_("Dismissed"),
    }
)

DISMISSAL_NAMES: Mapping[Dismissal, str] = Said(
    {
        Dismissal.NOT_NEGATIVE: N_("Not negative"),
        Dismissal.NOT_ABOUT_US: N_("Not about us"),
        Dismissal.DUPLICATE: N_("Duplicate"),
        Dismissal.NO_ACTION: N_("No action needed"),
    }
)

REASON_NAMES: Mapping[str, str] = Said(
    {
        "urgent_words": N_("Urgent words"),
        "negative": N_("Negative words"),
        "serious_theme": N_("Serious theme"),
        "rating": N_("Few stars"),
        "nps": N_("Would not recommend"),
        "complaint": N_("Complaint"),
        "own_words": N_("Your own words"),
        "reach": N_("Wide reach"),
        "rule": N_("Your rule"),
        "sample": N_("A person found it in the sample"),
        "person": N_("A person opened it"),
    }
)

#: What stands for words in the reason of a reading that no word moved down; see `triage.judge`.
_WORDLESS = re.compile(r"polarity ([-+]\d\.\d\d)|\d+(?:\.\d+)?/(?:5|10)")
_BY_PEOPLE = frozenset({"sample", "person"})

#: Where in a customer's journey a theme belongs.
STAGES: Mapping[str, str] = Said(
    {
        "discover": NP_("stage", "discover"),
        "buy": NP_("stage", "buy"),
        "receive": NP_("stage", "receive"),
        "use": NP_("stage", "use"),
        "get help": NP_("stage", "get help"),
        "return": NP_("stage", "return"),
        "renew": NP_("stage", "renew"),
        "recommend": NP_("stage", "recommend"),
    }
)

#: What each mark in a text means.
MARKS: Mapping[str, str] = Said(
    {
        "bad": N_("against"),
        "hit": N_("searched for"),
        "rule": N_("rule"),
        "good": N_("in favour"),
        "brand": N_("brand"),
        "theme": N_("theme"),
        "aside": N_("about somebody else, not counted"),
    }
)

LABEL_NAMES: Mapping[Label, str] = Said(
    {
        Label.NEGATIVE: N_("negative"),
        Label.NEUTRAL: N_("neutral"),
        Label.POSITIVE: N_("positive"),
        Label.UNSCORED: N_("not scored"),
    }
)

#: What a person may say that a text is.
TRUTH_NAMES: Mapping[str, str] = Said(
    {"negative": N_("negative"), "neutral": N_("neutral"), "positive": N_("positive")}
)

AGE_NAMES: Mapping[str, str] = Said(
    {
        "1d": N_("in the last day"),
        "3d": N_("in the last 3 days"),
        "7d": N_("in the last week"),
        "30d": N_("in the last 30 days"),
    }
)

SOON = timedelta(hours=4)  # what falls due within it is pointed out, also across midnight


@dataclass(frozen=True, slots=True)
class Badge:
    """A few words and the tone they are shown in: bad, warn, good, calm."""

    text: str
    tone: str


def filter_said(name: str, value: str) -> str:
    """What a filter of the queue is set to."""
    match name:
        case "severity":
            return SEVERITY_NAMES[Severity(value)]
        case "label":
            return LABEL_NAMES[Label(value)]
        case "age":
            return AGE_NAMES[value]
        case "language":
            return language_name(value)
    return value


def language_name(code: str | None) -> str:
    """The language's name, its code when we know none."""
    if code is None or code == "und":
        return _("Unknown language")
    return language(code) or code


def reason_name(code: str, detail: str = "") -> str:
    """A rule's name for people; a post that reads as negative for its stars or as a whole holds no negative words."""
    if code == "negative" and _WORDLESS.fullmatch(detail):
        return _("Negative")
    return REASON_NAMES.get(code) or code.replace("_", " ").capitalize()


def reason_detail(code: str, detail: str) -> str:
    """What a rule found, beside its name; what a person decided is said by the name alone, in any language."""
    if code == "negative" and (found := _WORDLESS.fullmatch(detail)):
        return _("polarity %(value)s", value=signed(float(found[1]))) if found[1] else ""  # stars: another reason
    return "" if code in _BY_PEOPLE else detail


def how_sure(confidence: float) -> str:
    """A confidence in words."""
    if confidence >= 0.9:
        return _("sure")
    if confidence >= 0.75:
        return _("fairly sure")
    return _("unsure") if confidence >= 0.5 else _("little more than a guess")


def read_as(label: Label | None) -> Badge:
    """A reading's label."""
    tones = {Label.NEGATIVE: "bad", Label.NEUTRAL: "calm", Label.POSITIVE: "good", Label.UNSCORED: "calm"}
    return Badge(LABEL_NAMES[label], tones[label]) if label else Badge(_("not read"), "calm")


def due_badge(case: Case | CaseLine, now: datetime, day_end: datetime) -> Badge:
    """How a case stands against its promise."""
    if case.status in DONE:
        late = case.closed_at is not None and case.closed_at > case.due_at
        return Badge(_("done late"), "calm") if late else Badge(_("done in time"), "good")
    if is_answered(case.first_response_at, case.returned):
        return Badge(_("answered"), "calm")
    if case.due_at <= now:
        return Badge(_("overdue %(span)s", span=span(now - case.due_at)), "bad")
    soon = case.due_at <= max(day_end, now + SOON)
    return Badge(_("due in %(span)s", span=span(case.due_at - now)), "warn" if soon else "calm")


def outcome(entry: Coverage) -> Badge:
    """What became of one source in one run; "nothing new" and "could not read" never look alike."""
    match entry.status:
        case RunStatus.FAILED:
            return Badge(_("Could not read"), "bad")
        case RunStatus.PARTIAL:
            return Badge(_("Read in part"), "warn")
        case RunStatus.INTERRUPTED:
            return Badge(_("Stopped half-way"), "bad")
        case RunStatus.RUNNING:
            return Badge(_("Being read now"), "calm")
    if entry.missed:
        return Badge(_("Read, may have missed some"), "warn")
    return Badge(new_ones(entry.new), "good") if entry.new else Badge(_("Read to the end, nothing new"), "calm")


def silent_badge(length: timedelta) -> Badge:
    """A source that was read and gave nothing new for so long, longer than is expected of it."""
    return Badge(_("Silent for %(span)s", span=span(length)), "warn")


RUN_KINDS: Mapping[RunKind, str] = Said(
    {
        RunKind.COLLECT: N_("collection"),
        RunKind.IMPORT: N_("import"),
        RunKind.RECHECK: N_("check of what is stored"),
    }
)
RUN_NAMES: Mapping[RunStatus, str] = Said(
    {
        RunStatus.OK: N_("all read"),
        RunStatus.PARTIAL: N_("some not fully read"),
        RunStatus.RUNNING: N_("running"),
        RunStatus.FAILED: N_("failed"),
        RunStatus.INTERRUPTED: N_("interrupted"),
    }
)


def run_badge(status: RunStatus) -> Badge:
    """How a whole run ended."""
    tones = {RunStatus.OK: "good", RunStatus.PARTIAL: "warn", RunStatus.RUNNING: "calm"}
    return Badge(RUN_NAMES[status], tones.get(status, "bad"))


MISSED_NAMES: Mapping[str, str] = Said(
    {
        "cap_reached": N_("The source gives no more than this"),
        "window_shorter_than_gap": N_("Time between two runs was longer than the source looks back"),
        "blocked": N_("The source blocked the request"),
        "unreadable": N_("A page could not be read"),
        "empty_where_expected": N_("Empty where something was expected"),
        "quota_exhausted": N_("The allowance of requests is used up"),
        "source_ill": N_("The source is ill"),
    }
)


def missed_name(code: str) -> str:
    """A reason for having missed something, for people."""
    return MISSED_NAMES.get(code) or code.replace("_", " ")


def cases(count: int) -> str:
    """How many cases."""
    return ngettext("%(num)s case", "%(num)s cases", count)


def view_count(view: View, counts: Mapping[View, int]) -> str:
    """How many cases a view holds: "1,000+" where more are done than are counted."""
    if counts[View.DONE] <= MOST_DONE or view not in {View.DONE, View.ALL}:
        return number(counts[view])
    return f"{number(counts[view] - 1)}+"


def view_cases(view: View, counts: Mapping[View, int]) -> str:
    """The same as words."""
    return ngettext("%(num)s case", "%(num)s cases", counts[view], num=view_count(view, counts))


def new_ones(count: int) -> str:
    """How many came that are new."""
    return ngettext("%(num)s new", "%(num)s new", count)


FINDING_NAMES: Mapping[Finding, str] = Said(
    {
        Finding.RIGHT: N_("Needs nobody"),
        Finding.NEEDS_REPLY: N_("Needs a reply"),
        Finding.NOT_ABOUT_US: N_("Not about us"),
    }
)

_BULK_NAMES: Mapping[str, str] = Said(
    {
        "take": N_("Assign to me"),
        "assign": N_("Assign"),
        "resolve": NP_("verb", "Done"),
        "wait": N_("Waiting for the customer"),
        "not_negative": N_("Not negative"),
        "praise": N_("Praise"),
        "duplicate": N_("Duplicate"),
        "dismiss": N_("Dismiss"),
        "escalate": N_("Escalate"),
        "needs_reply": N_("Needs a reply"),
        "snooze": N_("Snooze"),
        "tag": N_("Tag"),
        "note": N_("Note"),
        "reopen": N_("Reopen"),
    }
)
#: What was done to many cases, by the action of their events.
_BATCH_NAMES: Mapping[str, str] = Said(
    {
        "confirmed": N_("need a reply"),
        "assigned": N_("assigned"),
        "unassigned": N_("taken off whoever had them"),
        "noted": N_("noted"),
        "tagged": N_("tagged"),
        "untagged": N_("untagged"),
        "prioritised": N_("given another priority"),
        "escalated": N_("escalated"),
        "resolved": N_("resolved"),
        "dismissed": N_("dismissed"),
        "waiting": N_("waiting for the customer"),
        "snoozed": N_("snoozed"),
        "reopened": N_("reopened"),
        "undone": NP_("of cases", "undone"),
    }
)


def bulk_name(verb: str) -> str:
    """What is done to many cases, as a button says it."""
    return _BULK_NAMES.get(verb) or verb.replace("_", " ").capitalize()


def batch_told(count: int, action: str) -> str:
    """What was done to how many cases: "3 cases resolved"."""
    return _("%(cases)s %(did)s", cases=cases(count), did=_BATCH_NAMES.get(action) or action)


def sentence(said: object) -> str:
    """What an error says, as a sentence of its own: it begins with a capital and ends with a stop."""
    text = str(said)
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "?", "!")) else ".")


RETURNED_NAMES: Mapping[Returned, str] = Said(
    {
        Returned.POSTED: N_("Reopened: author posted again"),
        Returned.EDITED: N_("Reopened: author edited the post"),
    }
)
RETURNED_HINTS: Mapping[Returned, str] = Said(
    {
        Returned.POSTED: N_("Its author wrote more at this source; see below. The answer is due anew."),
        Returned.EDITED: N_("The text above is the new one. The answer is due anew."),
    }
)
REMEDY_NAMES: Mapping[str, str] = Said(
    {
        Remedy.APOLOGY.value: N_("Apology"),
        Remedy.COMPENSATION.value: N_("Compensation"),
        Remedy.FIX.value: N_("Fix"),
        Remedy.REFUND.value: N_("Refund"),
        Remedy.REPLACEMENT.value: N_("Replacement"),
    }
)
OUTCOME_NAMES: Mapping[str, str] = Said(
    {
        Outcome.OFFERED.value: N_("Offered"),
        Outcome.ACCEPTED.value: N_("Accepted"),
        Outcome.DELIVERED.value: N_("Delivered"),
        Outcome.DECLINED.value: N_("Declined"),
        Outcome.NO_ANSWER.value: N_("No answer"),
    }
)
OUTCOME_TONES: Mapping[Outcome, str] = {
    Outcome.OFFERED: "calm",
    Outcome.ACCEPTED: "good",
    Outcome.DELIVERED: "good",
    Outcome.DECLINED: "warn",
    Outcome.NO_ANSWER: "warn",
}
CONSENT_NAMES: Mapping[ConsentState, str] = Said(
    {ConsentState.GRANTED: N_("granted"), ConsentState.REVOKED: N_("revoked")}
)
STATE_NAMES: Mapping[str, str] = Said(
    {"live": N_("As first published"), "edited": N_("Edited by its author"), "deleted": N_("Deleted")}
)
ROLE_NAMES: Mapping[Role, str] = Said(
    {
        Role.VIEWER: N_("viewer"),
        Role.AGENT: N_("agent"),
        Role.MARKETER: N_("marketer"),
        Role.ADMIN: N_("admin"),
    }
)
THEME_NAMES: Mapping[str, str] = Said({"auto": N_("as the system has it"), "light": N_("light"), "dark": N_("dark")})


def remedy_said(case: Case) -> str:
    """What was offered and what became of it: "Refund 12.50 EUR, accepted"."""
    if case.remedy is None or case.remedy_outcome is None:
        return ""
    money = " ".join(filter(None, (REMEDY_NAMES[case.remedy], case.remedy_amount, case.remedy_currency)))
    return f"{money}, {OUTCOME_NAMES[case.remedy_outcome].lower()}"


SCOPE_NAMES: Mapping[str, str] = Said(
    {
        "read": N_("read mentions, cases and runs"),
        "act": N_("act on cases, and correct readings"),
        "market": N_("export testimonials"),
        "metrics": N_("read the metrics"),
    }
)


def quota_left(quota: Mapping[str, Any], now: datetime) -> str:
    """How many requests a source still allowed, as it said last; whether that is over by now."""
    left, most = quota["left"], quota["of"]
    if most:
        said = _("%(left)s of %(most)s requests were left", left=number(left), most=number(most))
    else:
        said = ngettext("%(num)s request was left", "%(num)s requests were left", left)
    until = parse_iso(quota["until"]) if quota["until"] else None
    if until is None:
        return said
    return f"{said}; {_('renewed since') if until <= now else _('renewed in %(span)s', span=span(until - now))}"
