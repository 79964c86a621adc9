"""Decides whether a mention needs a person, why, how soon, and whether it may become a testimonial. Pure.

Reasons add up from independent rules: the reading, the stars, complaint phrases, a team's own words. What they weigh
together is the severity, and the brand's promise for that severity is when an answer is due.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from earful.settings import Brand, Flagging
from earful.values import SEVERITIES, Label, MentionKind, Reading, Reason, Severity, Verdict
from triage.calendar import due, half
from triage.phrases import Folded, own_phrases, phrases

STRONG = -0.6  # a polarity from here down is strongly worded
MILD = -0.3  # one from here up is a murmur
SERIOUS = frozenset({"safety"})  # themes in which no negative word is a murmur
SURE = 0.5  # a reading this confident outweighs a complaint phrase alone
SHORTEST_TESTIMONIAL = 20  # characters: less is no quote


@dataclass(frozen=True, slots=True)
class Heard:
    """What judging needs to know of a mention."""

    text: str  #: title and body
    about_brand: bool  #: False when it is about a competitor, or the brand's own post
    rating: float | None = None
    nps: int | None = None
    reach: int | None = None
    author: str | None = None
    kind: MentionKind = MentionKind.POST
    source: str = ""  #: the source's name in the settings
    source_type: str = ""  #: the connector that reads it
    url: str | None = None
    author_seen: bool = False  #: its author was heard before at this source


def judge(heard: Heard, reading: Reading, brand: Brand, rules: Flagging, at: datetime) -> Verdict:
    """The verdict on one mention. `at` is when it was found: the promise counts from there."""
    reasons = tuple(_reasons(heard, reading, rules)) if heard.about_brand else ()
    if not _calls_for_a_person(heard, reading, reasons):
        return Verdict(
            flagged=False,
            severity=Severity.LOW,
            reasons=reasons,
            due_at=None,
            testimonial=_may_be_testimonial(heard, reading, reasons, rules),
        )
    severity = _severity(heard, reading, reasons, rules)
    due_at = due(brand, at, brand.promise.of(severity))
    half_at = half(brand, at, due_at)
    return Verdict(flagged=True, severity=severity, reasons=reasons, due_at=due_at, testimonial=False, half_at=half_at)


def _reasons(heard: Heard, reading: Reading, rules: Flagging) -> Iterator[Reason]:
    text = Folded(heard.text)
    ours = phrases("urgent", reading.language).found_in(text)
    urgent = dict.fromkeys([*own_phrases(rules.urgent_phrases).found_in(text), *ours])
    if urgent:
        yield Reason("urgent_words", ", ".join(urgent))
    if _is_negative(reading, rules):
        yield Reason("negative", _worst_words(reading))
    if heard.rating is not None and heard.rating <= rules.rating_at_most:
        yield Reason("rating", f"{heard.rating:g} of 5 stars")
    if heard.nps is not None and heard.nps <= rules.nps_at_most:
        yield Reason("nps", f"would recommend: {heard.nps} of 10")
    complaints = phrases("complaint", reading.language).found_in(text)
    if complaints:
        yield Reason("complaint", ", ".join(complaints))
    own = own_phrases(rules.phrases).found_in(text)
    if own:
        yield Reason("own_words", ", ".join(own))
    serious = [theme for theme in reading.themes if theme in SERIOUS]
    if serious and _is_negative(reading, rules) and heard.kind is not MentionKind.ARTICLE:
        yield Reason("serious_theme", ", ".join(serious))


def _is_negative(reading: Reading, rules: Flagging) -> bool:
    return (
        reading.label is Label.NEGATIVE
        and reading.polarity <= rules.polarity_below
        and reading.confidence >= rules.confidence_above
    )


def _worst_words(reading: Reading) -> str:
    """The customer's words that moved the reading down most, worst first; where none did, its stars or polarity."""
    down = sorted((one for one in reading.evidence if one.weight < 0 and one.text), key=lambda one: one.weight)
    words = dict.fromkeys(one.text for one in down if one.start >= 0) or dict.fromkeys(one.text for one in down)
    return ", ".join(list(words)[:4]) or f"polarity {reading.polarity:+.2f}"


def _calls_for_a_person(heard: Heard, reading: Reading, reasons: tuple[Reason, ...]) -> bool:
    codes = {reason.code for reason in reasons}
    if heard.kind is MentionKind.ARTICLE and codes == {"urgent_words"}:
        return False
    if codes & {"urgent_words", "rating", "nps", "own_words"}:
        return not (_happy(heard) and codes == {"urgent_words"} and reading.label is Label.POSITIVE)
    if codes == {"complaint"} and reading.label is Label.POSITIVE and reading.confidence >= SURE:
        return False  # "the wrong item came, and the right one two days later: thank you"
    if _happy(heard):
        # Four or five stars given by the author outweigh a harsh word or "no refund needed"; both together do not.
        return codes >= {"negative", "complaint"}
    return bool(codes)


def _happy(heard: Heard) -> bool:
    return (heard.rating is not None and heard.rating >= 4) or (heard.nps is not None and heard.nps >= 9)


def _severity(heard: Heard, reading: Reading, reasons: tuple[Reason, ...], rules: Flagging) -> Severity:
    codes = {reason.code for reason in reasons}
    if "urgent_words" in codes and heard.kind is not MentionKind.ARTICLE:
        return Severity.URGENT  # an article that speaks of danger waits for nobody's answer, and weighs as others do
    if "serious_theme" in codes:
        return Severity.HIGH  # somebody may be hurt, in words that no list foresaw
    level = 1
    strong = reading.label is Label.NEGATIVE and reading.polarity <= STRONG
    worst_rating = heard.rating is not None and heard.rating <= 1
    level += len(codes & {"negative", "rating", "nps"}) > 0 and "complaint" in codes and (strong or worst_rating)
    level -= codes == {"negative"} and reading.polarity > MILD
    level += heard.reach is not None and heard.reach >= rules.high_reach
    return SEVERITIES[max(0, min(2, level))]


def _may_be_testimonial(heard: Heard, reading: Reading, reasons: tuple[Reason, ...], rules: Flagging) -> bool:
    if reasons or not heard.about_brand or not heard.author or heard.kind is MentionKind.ARTICLE:
        return False
    if len(heard.text.strip()) < SHORTEST_TESTIMONIAL or reading.label is Label.NEGATIVE:
        return False
    if heard.rating is not None:
        return heard.rating >= rules.testimonial_rating
    return reading.label is Label.POSITIVE and reading.polarity >= rules.testimonial_polarity
