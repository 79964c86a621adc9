"""How a rule of the team's own is said to people: what it asks, what follows, what was done to it. Pure."""

from collections.abc import Iterator, Mapping
from functools import reduce

from markupsafe import Markup, escape

from earful.settings import Rule
from earful.speech import N_, _, either, number
from inbox.words import LABEL_NAMES
from models.telling import SEVERITY_NAMES


def said(rule: Rule) -> str:
    """What a rule asks and what follows, as a sentence."""
    asks = reduce(lambda one, other: _("%(one)s and %(other)s", one=one, other=other), asked(rule))
    sentence = _(_DOES[rule.does], asks=asks)
    then = ", ".join(follows(rule))
    return (_("%(rule)s: %(follows)s", rule=sentence, follows=then) if then else sentence) + "."


_DOES = {
    "flag": N_("Flag what %(asks)s"),
    "leave": N_("Leave what %(asks)s"),
    "sort": N_("Sort what %(asks)s"),
}


def asked(rule: Rule) -> Iterator[str]:
    """What a rule asks, each as the rest of a sentence that begins with "what"."""
    labels = [LABEL_NAMES[label] for label in rule.labels]
    for values, words in (
        (rule.brands, N_("is for %(values)s")), (labels, N_("reads as %(values)s")),
        (rule.themes, N_("is about %(values)s")), (rule.sources, N_("comes from %(values)s")),
    ):  # fmt: skip
        if values:
            yield _(words, values=either(values))
    for name, field in (("confidence", _("confidence")), ("rating", _("stars")), ("reach", _("reach"))):
        low, high = getattr(rule, f"{name}_from"), getattr(rule, f"{name}_to")
        if low is not None or high is not None:
            yield _bounds(field, low, high)
    if rule.query:
        yield _("matches “%(query)s”", query=rule.query)
    if rule.author_seen is not None:
        yield _("is by somebody heard before") if rule.author_seen else _("is by somebody new")


def _bounds(field: str, low: float | None, high: float | None) -> str:
    if low is None:
        return _("has %(field)s up to %(high)s", field=field, high=number(high or 0))
    if high is None:
        return _("has %(field)s from %(low)s", field=field, low=number(low))
    return _("has %(field)s from %(low)s to %(high)s", field=field, low=number(low), high=number(high))


def follows(rule: Rule) -> Iterator[str]:
    """What follows where a rule holds, each as a few words."""
    if rule.severity:
        yield _("%(severity)s severity", severity=SEVERITY_NAMES[rule.severity])
    if rule.assignee:
        yield _("for %(name)s", name=rule.assignee)
    if rule.tags:
        yield _("tagged %(tags)s", tags=", ".join(rule.tags))
    if rule.notify:
        yield _("told to %(channels)s", channels=", ".join(rule.notify))


_DID: Mapping[str, str] = {
    "added": N_("%(actor)s added %(rule)s"),
    "changed": N_("%(actor)s changed %(rule)s"),
    "deleted": N_("%(actor)s deleted %(rule)s"),
    "moved": N_("%(actor)s moved %(rule)s"),
    "switched_on": N_("%(actor)s switched on %(rule)s"),
    "switched_off": N_("%(actor)s switched off %(rule)s"),
}


def did(action: str, actor: Markup, rule: Markup) -> Markup:
    """What was done to a rule; names come as HTML."""
    return escape(_(_DID[action])) % {"actor": actor, "rule": rule}
