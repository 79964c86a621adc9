"""Judges mentions as they are stored, with the settings and a team's rules; and tries rules before they count. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from earful.settings import Brand, Rule, Settings
from earful.text import excerpt, whole
from earful.values import Evidence, Reading, Unjudged, Verdict
from triage.judge import Heard, judge
from triage.rules import ruled

EXAMPLES = 5  # of each sort that are kept to be shown
EXCERPT = 160


def verdict_on(
    mention: Unjudged, reading: Reading, brand: Brand, settings: Settings, rules: Sequence[Rule], at: datetime
) -> Verdict:
    """What triage and the rules make of a mention that was read so."""
    heard = heard_of(mention, brand)
    verdict = judge(heard, reading, brand, brand.flagging or settings.flagging, at)
    return ruled(verdict, heard, reading, brand, rules, at)


def brands_of(settings: Settings, mentions: Iterable[Unjudged]) -> dict[str, Brand]:
    """The brands of these mentions by name; of one taken out of the settings only its name is left."""
    return {name: settings.brand_or_bare(name) for name in {each.brand for each in mentions}}


def heard_of(mention: Unjudged, brand: Brand) -> Heard:
    """The mention as judging takes it."""
    ours = (mention.author or "").casefold() in {account.casefold() for account in brand.accounts}
    return Heard(
        text=whole(mention.title, mention.text),
        about_brand=mention.subject == mention.brand and not ours,
        rating=mention.rating,
        nps=mention.nps,
        reach=mention.reach,
        author=mention.author,
        kind=mention.kind,
        source=mention.source_name,
        source_type=mention.source_type,
        url=mention.url,
        author_seen=mention.author_seen,
    )


def reading_of(mention: Unjudged) -> Reading:
    """Its reading as it was read."""
    evidence = tuple(Evidence(**item) for item in mention.evidence)
    said = (mention.language, mention.label, mention.polarity, mention.confidence, mention.reader, mention.version)
    return Reading(*said, evidence=evidence, themes=tuple(mention.themes))


@dataclass(frozen=True, slots=True)
class Example:
    """A mention that the rules flag, or no longer flag."""

    mention_id: int
    brand: str
    source: str
    language: str
    text: str  #: its beginning


@dataclass(slots=True)
class Trial:
    """What other rules would have made of what was heard."""

    looked: int = 0
    flagged: int = 0  #: how many the rules of today flag
    more: int = 0  #: flagged with the other rules, and not with today's
    fewer: int = 0  #: the other way round
    sorted: int = 0  #: flagged either way, with another severity, person, tag or channel
    more_of: list[Example] = field(default_factory=list)
    fewer_of: list[Example] = field(default_factory=list)


def tried(
    batches: Iterable[Sequence[Unjudged]],
    settings: Settings,
    today: Sequence[Rule],
    other: Sequence[Rule],
    at: datetime,
) -> Trial:
    """Judge what was heard by the rules of today and by others, and count the difference. Holds a batch at a time."""
    trial = Trial()
    for some in batches:
        brands = brands_of(settings, some)
        for mention in some:
            brand = brands[mention.brand]
            heard, reading = heard_of(mention, brand), reading_of(mention)
            verdict = judge(heard, reading, brand, brand.flagging or settings.flagging, at)
            before, after = (ruled(verdict, heard, reading, brand, rules, at) for rules in (today, other))
            _count(trial, mention, before, after)
    return trial


def _count(trial: Trial, mention: Unjudged, before: Verdict, after: Verdict) -> None:
    trial.looked += 1
    trial.flagged += before.flagged
    if after.flagged and not before.flagged:
        trial.more += 1
        trial.more_of += [_example(mention)][: EXAMPLES - len(trial.more_of)]
    elif before.flagged and not after.flagged:
        trial.fewer += 1
        trial.fewer_of += [_example(mention)][: EXAMPLES - len(trial.fewer_of)]
    elif after.flagged:
        trial.sorted += _sorting(before) != _sorting(after)


def _sorting(verdict: Verdict) -> tuple[object, ...]:
    return verdict.severity, verdict.assignee, set(verdict.tags), set(verdict.notify)


def _example(mention: Unjudged) -> Example:
    text = excerpt(whole(mention.title, mention.text), EXCERPT)
    return Example(mention.id, mention.brand, mention.source_name, mention.language, text)
