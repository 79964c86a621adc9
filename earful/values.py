"""The values that walk through the house, one after another. Each type is named for its moment.

FoundMention  what a source sent           connectors -> flows -> models
Rejected      one record that can't be used, with its reason
Missed        something a run may not have seen, with its reason
Reading       what a text says             sentiment -> models, triage
Verdict       whether a person must act    triage -> models
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Protocol


class MentionKind(StrEnum):
    """What sort of utterance a mention is."""

    POST = "post"
    COMMENT = "comment"
    REVIEW = "review"
    ARTICLE = "article"
    SURVEY = "survey"
    MESSAGE = "message"


class SourceState(StrEnum):
    """How a mention stands at its source, as last seen there."""

    LIVE = "live"
    EDITED = "edited"
    DELETED = "deleted"


class Label(StrEnum):
    """What a reader made of a text. `unscored`: the reader does not know the language, or there are no words."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"
    UNSCORED = "unscored"


class Severity(StrEnum):
    """How soon a person must act; the brand promises a response time for each."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


SEVERITIES = (Severity.LOW, Severity.NORMAL, Severity.HIGH, Severity.URGENT)
"""From the least to the worst. Databases keep the place of a severity here, so another order takes a migration."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the business itself answered at the source, for all to see."""

    text: str
    at: datetime | None = None  #: the source's own time, aware UTC; None: it says none


@dataclass(frozen=True, slots=True)
class FoundMention:
    """One item as a source sent it. Text fields are plain text (no markup), already storable."""

    external_id: str  #: the source's own id, as text; unique within the source
    text: str  #: the body; "" where the source has only a title, or the item was deleted
    title: str = ""  #: the headline, where the source has one
    kind: MentionKind = MentionKind.POST
    url: str | None = None  #: where a person can open it
    author: str | None = None  #: the author's public name at the source; None when unknown or deleted
    published_at: datetime | None = None  #: the source's own time, aware UTC; None: undated
    rating: float | None = None  #: stars, 1 to 5
    nps: int | None = None  #: a recommendation score, 0 to 10
    reach: int | None = None  #: how many people it touched (score, likes), as the source counts
    language: str | None = None  #: the language the source says it is in (ISO 639), a hint only
    thread_id: str | None = None  #: external id of the thread's first post
    parent_id: str | None = None  #: external id of what it answers
    state: SourceState = SourceState.LIVE
    place: str | None = None  #: where within the source (a subreddit, a storefront)
    answer: Answer | None = None  #: of the business itself, where the source has one


@dataclass(frozen=True, slots=True)
class Rejected:
    """One record that can't be used: kept with its raw text, so that it can be mended and read again."""

    where: str  #: where it stood: "row 17", "page 2 item 5"
    reason: str  #: one sentence: what is wrong with it
    raw: str  #: the record as it came, at most some thousand characters
    key: str = ""  #: tells records apart that look the same (a row number), where the source has such a place


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a webhook brought at once, as it came, and no run has collected yet."""

    id: int
    body: str  #: JSON: an object, a list of them, or one a line


class MissedReason(StrEnum):
    """Why a run may not have seen everything."""

    CAP = "cap_reached"
    GAP = "window_shorter_than_gap"
    BLOCKED = "blocked"
    UNREADABLE = "unreadable"
    EMPTY = "empty_where_expected"
    QUOTA = "quota_exhausted"
    ILL = "source_ill"


@dataclass(frozen=True, slots=True)
class Missed:
    """Something a run may not have seen, and why."""

    reason: MissedReason
    detail: str  #: one sentence for the operator: what, how much, what to do


THEME = "theme: "  #: what the code of evidence begins with that shows where a theme was seen


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing in a text that moved its reading."""

    code: str  #: the rule: "lexicon", "negation", "emoji", "shouting", "rating", …
    text: str  #: the words as they stand in the text
    start: int  #: where they start, in characters; -1 when not a place in the text
    weight: float  #: which way and how strongly, -1..1


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of one text."""

    language: str  #: ISO 639-1 where there is one; "und" when nobody can say
    label: Label
    polarity: float  #: -1 (as bad as can be) to 1; 0 when unscored
    confidence: float  #: 0 to 1: how often such a label is right
    reader: str  #: the reader's name
    version: str  #: the reader's version; a newer one may read the same text differently
    language_confidence: float = 1.0  #: 0 to 1
    evidence: tuple[Evidence, ...] = ()
    themes: tuple[str, ...] = ()
    negative: float = 0.0  #: 0 to 1: the chance that it is negative, whatever the label; not kept with mentions


@dataclass(frozen=True, slots=True)
class Passage:
    """A text to be read, with what is known about it beside its words."""

    text: str
    language: str | None = None  #: a language the source or caller claims; None: detect it
    rating: float | None = None  #: stars 1 to 5 that came with it
    nps: int | None = None  #: 0 to 10


class Reader(Protocol):
    """Something that reads texts. Pure: the same texts give the same readings."""

    @property
    def name(self) -> str:
        """The name it is chosen by."""

    @property
    def version(self) -> str:
        """Changes whenever the same text could be read differently."""

    @property
    def marks(self) -> Collection[tuple[str, str]]:
        """The reader's name and version as its readings carry them; a reading with others is to be read again."""

    def read(self, passages: Sequence[Passage], *, explain: bool = True) -> list[Reading]:
        """One reading a passage, in order. Never raises for what a text says.

        Without `explain` evidence and themes are left out, which takes half the time.
        """


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for a verdict, in a form a person and a program can read."""

    code: str  #: the rule that spoke: "negative", "rating", "complaint", "reach", …
    detail: str  #: what it saw: the words, the stars, the number


class Unjudged(NamedTuple):
    """What judging needs of a mention and its reading."""

    id: int
    digest: str
    brand: str
    subject: str
    title: str
    text: str
    author: str | None
    kind: MentionKind
    rating: float | None
    nps: int | None
    reach: int | None
    language: str
    label: Label
    polarity: float
    confidence: float
    evidence: list[dict[str, Any]]
    reader: str
    version: str
    themes: list[str]
    url: str | None
    source_name: str
    source_type: str
    first_seen_at: datetime
    author_seen: bool = False  #: its author was heard before at this source; looked up only where a rule asks


@dataclass(frozen=True, slots=True)
class Verdict:
    """What triage decided about one mention."""

    flagged: bool
    severity: Severity
    reasons: tuple[Reason, ...]
    due_at: datetime | None  #: by when the brand promised an answer; None when not flagged
    testimonial: bool  #: may be shown to a marketer as a candidate
    half_at: datetime | None = None  #: when half of the working time until then has passed
    assignee: str = ""  #: whose a team's rule makes it
    tags: tuple[str, ...] = ()  #: that a team's rules put on it
    notify: tuple[str, ...] = ()  #: channels that a team's rules tell of it, whatever its severity


@dataclass(frozen=True, slots=True)
class Quota:
    """How many requests a source still allows us, as it said last."""

    left: int
    of: int | None = None  #: in all, where it tells
    until: datetime | None = None  #: when there are as many again


@dataclass(frozen=True, slots=True)
class SourceCount:
    """The coverage ledger of one source in one run: what came, what became of it, and what may have been missed.

    `fetched = seen + off_query + repeated` and `seen = new + edited + unchanged + rejected + vanished`.
    """

    requests: int = 0
    fetched: int = 0  #: items the source gave, good or bad
    off_query: int = 0  #: good items that are about none of the brand's names
    repeated: int = 0  #: items given more than once within this run
    seen: int = 0
    new: int = 0
    edited: int = 0
    unchanged: int = 0
    rejected: int = 0
    vanished: int = 0  #: known items that were found gone
    missed: tuple[Missed, ...] = ()
    notes: tuple[str, ...] = ()  #: for the operator, nothing lost: "unchanged since it was last read"
    quota: Quota | None = None

    def __add__(self, other: "SourceCount") -> "SourceCount":
        numbers = {name: getattr(self, name) + getattr(other, name) for name in COUNTED}
        missed, notes = (*self.missed, *other.missed), (*self.notes, *other.notes)
        return SourceCount(**numbers, missed=missed, notes=notes, quota=other.quota or self.quota)


COUNTED = (
    "requests", "fetched", "off_query", "repeated", "seen", "new", "edited", "unchanged", "rejected", "vanished",
)  # fmt: skip

Cursor = Mapping[str, Any]
"""Where a source was left off: plain JSON, written only together with the items it covers."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """A theme that the mentions of a brand suggest."""

    brand: str
    language: str
    words: tuple[str, ...]
    mentions: int
    examples: tuple[tuple[int, str], ...]  #: ids and beginnings of the most telling mentions


@dataclass(frozen=True, slots=True)
class Counted:
    """A theme, where it belongs, and how often it came."""

    theme: str
    stage: str
    own: bool  #: whether it is the team's own
    mentions: int
    negative: int
