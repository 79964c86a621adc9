"""A team's own rules: which of them hold of a mention, and what they make of Earful's verdict. Pure.

All rules that hold count. Whether it is flagged, how severe it is and whose it is, the first rule decides that says
anything about it; tags and channels add up.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from earful.query import Query, parse_query
from earful.settings import Brand, Rule
from earful.values import Reading, Reason, Severity, Verdict
from triage.calendar import due, half
from triage.judge import Heard

CODE = "rule"  #: the reason that names a rule


def ruled(
    verdict: Verdict, heard: Heard, reading: Reading, brand: Brand, rules: Sequence[Rule], at: datetime
) -> Verdict:
    """The verdict after the rules. What is not about the brand, and our own posts, no rule flags."""
    holding = [rule for rule in rules if holds(rule, heard, reading, brand.name)] if heard.about_brand else []
    if not holding:
        return verdict
    decides = next((rule for rule in holding if rule.does != "sort"), None)
    if decides is not None and decides.does == "leave":
        return _left(verdict, decides)
    if not verdict.flagged and decides is None:
        return verdict
    return _flagged(verdict, [rule for rule in holding if rule.does != "leave"], brand, at)


def _left(verdict: Verdict, rule: Rule) -> Verdict:
    reasons = (*verdict.reasons, Reason(CODE, rule.name))
    return replace(verdict, flagged=False, severity=Severity.LOW, reasons=reasons, due_at=None, half_at=None)


def _flagged(verdict: Verdict, rules: Sequence[Rule], brand: Brand, at: datetime) -> Verdict:
    asked = next((rule.severity for rule in rules if rule.severity), None)
    severity = asked or (verdict.severity if verdict.flagged else Severity.NORMAL)
    return replace(
        verdict if verdict.flagged and verdict.severity is severity else _promised(verdict, severity, brand, at),
        reasons=(*verdict.reasons, *(Reason(CODE, rule.name) for rule in rules)),
        testimonial=False,
        assignee=next((rule.assignee for rule in rules if rule.assignee), ""),
        tags=tuple(dict.fromkeys(tag for rule in rules for tag in rule.tags)),
        notify=tuple(dict.fromkeys(channel for rule in rules for channel in rule.notify)),
    )


def _promised(verdict: Verdict, severity: Severity, brand: Brand, at: datetime) -> Verdict:
    due_at = due(brand, at, brand.promise.of(severity))
    return replace(verdict, flagged=True, severity=severity, due_at=due_at, half_at=half(brand, at, due_at))


def holds(rule: Rule, heard: Heard, reading: Reading, brand: str) -> bool:
    """Whether all that the rule asks is so. A bound on stars or reach never holds where nobody knows them."""
    return all(_answers(rule, heard, reading, brand))


def _answers(rule: Rule, heard: Heard, reading: Reading, brand: str) -> Iterator[bool]:
    """One answer a condition, the cheap ones first: `all` stops at the first that is not so."""
    yield not rule.brands or brand in rule.brands
    yield not rule.labels or reading.label in rule.labels
    yield not rule.sources or heard.source in rule.sources
    yield not rule.themes or not set(rule.themes).isdisjoint(reading.themes)
    yield rule.author_seen is None or rule.author_seen == heard.author_seen
    yield _within(reading.confidence, rule.confidence_from, rule.confidence_to)
    yield _within(heard.rating, rule.rating_from, rule.rating_to)
    yield _within(heard.reach, rule.reach_from, rule.reach_to)
    yield not rule.query or _matches(_query(rule.query), heard, reading)


def _within(value: float | None, low: float | None, high: float | None) -> bool:
    if low is None and high is None:
        return True
    return value is not None and (low is None or low <= value) and (high is None or value <= high)


def _matches(query: Query, heard: Heard, reading: Reading) -> bool:
    beside = {"author": heard.author, "language": reading.language, "source": heard.source_type, "url": heard.url}
    return query.matches(heard.text, **beside)


@lru_cache(maxsize=500)
def _query(text: str) -> Query:
    return parse_query(text)


def ask_authors(rules: Sequence[Rule]) -> bool:
    """Whether any of them needs to know if an author was heard before, which costs a look into the store."""
    return any(rule.author_seen is not None for rule in rules)
