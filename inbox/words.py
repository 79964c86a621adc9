"""How values are said to people: statuses, confidence, due times, runs. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from earful.settings import Rule
from earful.values import Label, Severity
from models.case import DONE, Case, CaseStatus, Dismissal, Outcome, Remedy, Returned
from models.queue import View
from models.run import Coverage, RunStatus
from models.sample import Finding

VIEW_NAMES: Mapping[View, str] = {
    View.OPEN: "Open",
    View.MINE: "Mine",
    View.UNASSIGNED: "Unassigned",
    View.DUE_TODAY: "Due today",
    View.OVERDUE: "Overdue",
    View.WAITING: "Waiting",
    View.SNOOZED: "Snoozed",
    View.DONE: "Done",
    View.ALL: "All",
}

VIEW_EMPTY: Mapping[View, str] = {
    View.OPEN: "Nothing is waiting for an answer. Every flagged post has been dealt with.",
    View.MINE: "You have no cases. Take one from Open with “Assign to me”.",
    View.UNASSIGNED: "Somebody has every open case.",
    View.DUE_TODAY: "Nothing falls due for the rest of today.",
    View.OVERDUE: "Nothing is overdue. Every promise was kept so far.",
    View.WAITING: "No case waits for a customer's answer.",
    View.SNOOZED: "No case is asleep.",
    View.DONE: "No case has been resolved or dismissed yet.",
    View.ALL: "No post has been flagged.",
}

STATUS_NAMES: Mapping[CaseStatus, str] = {
    CaseStatus.OPEN: "Open",
    CaseStatus.ASSIGNED: "Assigned",
    CaseStatus.WAITING: "Waiting for the customer",
    CaseStatus.SNOOZED: "Snoozed",
    CaseStatus.RESOLVED: "Resolved",
    CaseStatus.DISMISSED: "Dismissed",
}

DISMISSAL_NAMES: Mapping[Dismissal, str] = {
    Dismissal.NOT_NEGATIVE: "Not negative",
    Dismissal.NOT_ABOUT_US: "Not about us",
    Dismissal.DUPLICATE: "Duplicate",
    Dismissal.NO_ACTION: "No action needed",
}

REASON_NAMES: Mapping[str, str] = {
    "urgent_words": "Urgent words",
    "negative": "Negative words",
    "rating": "Few stars",
    "nps": "Would not recommend",
    "complaint": "Complaint",
    "own_words": "Your own words",
    "reach": "Wide reach",
    "rule": "Your rule",
    "sample": "Found in the sample",
}

LANGUAGES: Mapping[str, str] = {
    "ar": "Arabic", "bg": "Bulgarian", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "et": "Estonian", "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi",
    "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean",
    "lt": "Lithuanian", "lv": "Latvian", "ms": "Malay", "nb": "Norwegian", "nl": "Dutch", "no": "Norwegian",
    "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian",
    "sr": "Serbian", "sv": "Swedish", "sw": "Swahili", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian",
    "und": "Unknown language", "ur": "Urdu", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip

SOON = timedelta(hours=4)  # what falls due within it is pointed out, also across midnight

SEVERITIES_WORST_FIRST = (Severity.URGENT, Severity.HIGH, Severity.NORMAL, Severity.LOW)


@dataclass(frozen=True, slots=True)
class Badge:
    """A few words and the tone they are shown in: bad, warn, good, calm."""

    text: str
    tone: str


def language_name(code: str | None) -> str:
    """The language's English name, its code when we know none."""
    return LANGUAGES.get(code or "und", code or "")


def reason_name(code: str) -> str:
    """A rule's name for people."""
    return REASON_NAMES.get(code, code.replace("_", " ").capitalize())


def how_sure(confidence: float) -> str:
    """A confidence in words."""
    if confidence >= 0.9:
        return "sure"
    if confidence >= 0.75:
        return "fairly sure"
    return "unsure" if confidence >= 0.5 else "little more than a guess"


def read_as(label: Label | None) -> Badge:
    """A reading's label."""
    tones = {Label.NEGATIVE: "bad", Label.NEUTRAL: "calm", Label.POSITIVE: "good", Label.UNSCORED: "calm"}
    names = {Label.UNSCORED: "not scored"}
    return Badge(names.get(label, label.value) if label else "not read", tones[label] if label else "calm")


def due_badge(case: Case, now: datetime, day_end: datetime) -> Badge:
    """How a case stands against its promise."""
    if case.status in DONE:
        late = case.closed_at is not None and case.closed_at > case.due_at
        return Badge("done late", "calm") if late else Badge("done in time", "good")
    if case.due_at <= now:
        return Badge(f"overdue {span(now - case.due_at)}", "bad")
    if case.due_at <= max(day_end, now + SOON):
        return Badge(f"due in {span(case.due_at - now)}", "warn")
    return Badge(f"due in {span(case.due_at - now)}", "calm")


_UNITS = ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min"))


def span(length: timedelta) -> str:
    """A length of time in its largest unit: "3 d", "5 h", "12 min", "under 1 min"."""
    for unit, name in _UNITS:
        if length >= unit:
            return f"{length // unit} {name}"
    return "under 1 min"


def outcome(entry: Coverage) -> Badge:
    """What became of one source in one run; "nothing new" and "could not read" never look alike."""
    match entry.status:
        case RunStatus.FAILED:
            return Badge("Could not read", "bad")
        case RunStatus.PARTIAL:
            return Badge("Read in part", "warn")
        case RunStatus.INTERRUPTED:
            return Badge("Stopped half-way", "bad")
        case RunStatus.RUNNING:
            return Badge("Being read now", "calm")
    if entry.missed:
        return Badge("Read, may have missed some", "warn")
    return Badge(f"{entry.new:,} new", "good") if entry.new else Badge("Read to the end, nothing new", "calm")


def silent_badge(length: timedelta) -> Badge:
    """A source that was read and gave nothing new for so long, longer than is expected of it."""
    return Badge(f"Silent for {span(length)}", "warn")


def run_badge(status: RunStatus) -> Badge:
    """How a whole run ended."""
    tones = {RunStatus.OK: "good", RunStatus.PARTIAL: "warn", RunStatus.RUNNING: "calm"}
    names = {RunStatus.OK: "all read", RunStatus.PARTIAL: "some not fully read", RunStatus.RUNNING: "running"}
    return Badge(names.get(status, status.value), tones.get(status, "bad"))


MISSED_NAMES: Mapping[str, str] = {
    "cap_reached": "The source gives no more than this",
    "window_shorter_than_gap": "Time between two runs was longer than the source looks back",
    "blocked": "The source blocked the request",
    "unreadable": "A page could not be read",
    "empty_where_expected": "Empty where something was expected",
    "quota_exhausted": "The allowance of requests is used up",
    "source_ill": "The source is ill",
}


def missed_name(code: str) -> str:
    """A reason for having missed something, for people."""
    return MISSED_NAMES.get(code, code.replace("_", " "))


def plural(count: int, one: str, many: str | None = None) -> str:
    """A number with its noun: "1 case", "12 cases"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


FINDING_NAMES: Mapping[Finding, str] = {
    Finding.RIGHT: "Needs nobody",
    Finding.NEEDS_REPLY: "Needs a reply",
    Finding.NOT_ABOUT_US: "Not about us",
}

_BULK_NAMES = {
    "take": "Assign to me",
    "resolve": "Done",
    "wait": "Waiting for the customer",
    "not_negative": "Not negative",
}


def bulk_name(verb: str) -> str:
    """What is done to many cases, as a button says it."""
    return _BULK_NAMES.get(verb, verb.replace("_", " ").capitalize())


def sentence(said: object) -> str:
    """What an error says, as a sentence of its own: it begins with a capital and ends with a stop."""
    text = str(said)
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "?", "!")) else ".")


RETURNED_NAMES: Mapping[Returned, str] = {
    Returned.POSTED: "Reopened: author posted again",
    Returned.EDITED: "Reopened: author edited the post",
}
RETURNED_HINTS: Mapping[Returned, str] = {
    Returned.POSTED: "Its author wrote more at this source; see below. The answer is due anew.",
    Returned.EDITED: "The text above is the new one. The answer is due anew.",
}
REMEDY_NAMES: Mapping[str, str] = {
    Remedy.APOLOGY.value: "Apology",
    Remedy.COMPENSATION.value: "Compensation",
    Remedy.FIX.value: "Fix",
    Remedy.REFUND.value: "Refund",
    Remedy.REPLACEMENT.value: "Replacement",
}
OUTCOME_NAMES: Mapping[str, str] = {
    Outcome.OFFERED.value: "Offered",
    Outcome.ACCEPTED.value: "Accepted",
    Outcome.DELIVERED.value: "Delivered",
    Outcome.DECLINED.value: "Declined",
    Outcome.NO_ANSWER.value: "No answer",
}
OUTCOME_TONES: Mapping[Outcome, str] = {
    Outcome.OFFERED: "calm",
    Outcome.ACCEPTED: "good",
    Outcome.DELIVERED: "good",
    Outcome.DECLINED: "warn",
    Outcome.NO_ANSWER: "warn",
}


def remedy_said(case: Case) -> str:
    """What was offered and what became of it: "Refund 12.50 EUR, accepted"."""
    if case.remedy is None or case.remedy_outcome is None:
        return ""
    money = " ".join(filter(None, (REMEDY_NAMES[case.remedy], case.remedy_amount, case.remedy_currency)))
    return f"{money}, {OUTCOME_NAMES[case.remedy_outcome].lower()}"


def rule_asks(rule: Rule) -> Iterator[str]:
    """What a rule asks, each as the rest of a sentence that begins with "what"."""
    for values, says in (
        (rule.brands, "is for"), (rule.labels, "reads as"), (rule.themes, "is about"), (rule.sources, "comes from"),
    ):  # fmt: skip
        if values:
            yield f"{says} {' or '.join(values)}"
    for name, says in (("confidence", "confidence"), ("rating", "stars"), ("reach", "reach")):
        low, high = getattr(rule, f"{name}_from"), getattr(rule, f"{name}_to")
        if low is not None or high is not None:
            yield f"has {says} {_bounds(low, high)}"
    if rule.query:
        yield f"matches “{rule.query}”"
    if rule.author_seen is not None:
        yield "is by somebody heard before" if rule.author_seen else "is by somebody new"


def _bounds(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return f"from {low:g}" if low is not None else f"up to {high:g}"
    return f"from {low:g} to {high:g}"


def rule_follows(rule: Rule) -> Iterator[str]:
    """What follows where a rule holds, each as a few words."""
    if rule.severity:
        yield f"{rule.severity.value} severity"
    if rule.assignee:
        yield f"for {rule.assignee}"
    if rule.tags:
        yield f"tagged {', '.join(rule.tags)}"
    if rule.notify:
        yield f"told to {', '.join(rule.notify)}"
