"""What people decide: cases with their events and notes, and corrections of a reading. Events are append-only."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Exists, ForeignKey, Index, SmallInteger, String, Text, UniqueConstraint, or_, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from earful.values import Label, Severity
from models.base import Base, BigId, Id, JsonList, JsonObject, Moment, Name, SeverityRank, Words, choice, word
from models.mention import Mention


class CaseStatus(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    ASSIGNED = "assigned"
    WAITING = "waiting"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"


ACTIVE = (CaseStatus.OPEN, CaseStatus.ASSIGNED)
DONE = (CaseStatus.RESOLVED, CaseStatus.DISMISSED)


class Dismissal(StrEnum):
    """Why a case needed nobody. The first two are corrections of what Earful thought."""

    NOT_NEGATIVE = "not_negative"
    NOT_ABOUT_US = "not_about_us"
    DUPLICATE = "duplicate"
    NO_ACTION = "no_action"


class Remedy(StrEnum):
    """What was offered to put it right."""

    APOLOGY = "apology"
    REPLACEMENT = "replacement"
    REFUND = "refund"
    COMPENSATION = "compensation"
    FIX = "fix"


class Outcome(StrEnum):
    """What became of what was offered."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"


class Returned(StrEnum):
    """What its author did that brought a case back."""

    POSTED = "posted"
    EDITED = "edited"


_QUEUE = (
    "severity", "opened_at", "id", "status", "closed_at", "due_at", "assignee", "brand", "source_id", "language",
    "label", "themes", "mention_id", "first_response_at", "returned",
)  # fmt: skip


class Case(Base):
    """One flagged mention that a person works on. One a mention, held by the database."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("mention_id"),
        # Lists, filters and counts of the queue are answered by these alone; the rows shown are then read by id.
        Index("ix_cases_queue", *_QUEUE),
        Index(
            "ix_cases_open",
            *_QUEUE,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_cases_opened_at", "opened_at"),
        Index("ix_cases_alike", "alike"),
        Index("ix_cases_status_due_at", "status", "due_at"),
        Index("ix_cases_assignee_status", "assignee", "status"),
        Index("ix_cases_status_half_at", "status", "half_at"),
        Index(
            "ix_cases_closed_at",
            "closed_at",
            sqlite_where=text("closed_at IS NOT NULL"),
            postgresql_where=text("closed_at IS NOT NULL"),
        ),
        Index("ix_cases_first_response_at", "first_response_at"),
        Index("ix_cases_told_at", "told_at"),
    )

    id: Mapped[Id]
    mention_id: Mapped[int] = mapped_column(BigId, ForeignKey("mentions.id"))
    brand: Mapped[Name]
    status: Mapped[CaseStatus] = mapped_column(choice(CaseStatus, "status"))
    severity: Mapped[Severity] = mapped_column(SeverityRank)
    reasons: Mapped[JsonList] = mapped_column(doc="[{code, detail}], as triage gave them when the case was opened")
    opened_at: Mapped[Moment]
    due_at: Mapped[Moment] = mapped_column(doc="computed once, when it was opened or its author brought it back")
    half_at: Mapped[Moment | None] = mapped_column(doc="when half of the promised working time is over")
    reminded: Mapped[int] = mapped_column(
        SmallInteger, server_default="0", doc="of this promise: 0 not yet, 1 at half of its time, 2 when it was over"
    )
    first_due_at: Mapped[Moment | None] = mapped_column(doc="the first promise, where its author's return made another")
    assignee: Mapped[Name | None]
    version: Mapped[int] = mapped_column(doc="counts every change; a stale one is refused")
    decided_at: Mapped[Moment | None] = mapped_column(doc="when a person last did something about it")
    first_response_at: Mapped[Moment | None] = mapped_column(doc="when a person first answered, or closed it")
    closed_at: Mapped[Moment | None]
    dismissal: Mapped[Dismissal | None] = mapped_column(choice(Dismissal, "dismissal"))
    snoozed_until: Mapped[Moment | None]
    escalated_at: Mapped[Moment | None]
    returned: Mapped[Returned | None] = mapped_column(
        word(Returned), doc="its author brought it back, and nobody acted yet"
    )
    remedy: Mapped[Remedy | None] = mapped_column(word(Remedy), doc="what was offered last")
    remedy_amount: Mapped[str | None] = mapped_column(String(20), doc="a decimal number, as in 12.50")
    remedy_currency: Mapped[str | None] = mapped_column(String(3))
    remedy_outcome: Mapped[Outcome | None] = mapped_column(word(Outcome))
    confirmed_at: Mapped[Moment | None] = mapped_column(doc="when a person said that it was rightly flagged")
    told_at: Mapped[Moment | None] = mapped_column(doc="when the customer was told what we changed")

    # Of the mention and its reading, kept here so that filters and counts need not look there.
    source_id: Mapped[int | None] = mapped_column(BigId)
    language: Mapped[str | None] = mapped_column(String(20))
    label: Mapped[str | None] = mapped_column(String(20))
    alike: Mapped[int | None] = mapped_column(BigId, doc="the first case of those that say almost the same")
    themes: Mapped[str] = mapped_column(Text, server_default="", doc="each between bars: '|delivery|product quality|'")

    tags: Mapped[list["CaseTag"]] = relationship(lazy="raise", viewonly=True, order_by="CaseTag.tag")
    mention: Mapped[Mention] = relationship(lazy="raise")


#: Nobody has answered yet, or its author came back since and nobody acted on that: only then can a case be overdue.
NOT_ANSWERED = or_(Case.first_response_at.is_(None), Case.returned.is_not(None))


def is_answered(first_response_at: datetime | None, returned: Returned | None) -> bool:
    """The opposite of `NOT_ANSWERED`, of values."""
    return first_response_at is not None and returned is None


class CaseTag(Base):
    """One tag on one case."""

    __tablename__ = "case_tags"
    __table_args__ = (Index("ix_case_tags_tag_case_id", "tag", "case_id"),)

    case_id: Mapped[int] = mapped_column(BigId, ForeignKey("cases.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(40), primary_key=True, doc="lower case, one line")


def has_open_case() -> Exists:
    """Whether a mention has a case that nobody has finished."""
    return select(Case.id).where(Case.mention_id == Mention.id, Case.status.not_in(DONE)).exists()


class CaseEvent(Base):
    """One thing that was done to a case, by whom and when. Never changed, never deleted."""

    __tablename__ = "case_events"
    __table_args__ = (
        Index("ix_case_events_case_id_id", "case_id", "id"),
        Index("ix_case_events_action_at", "action", "at"),
        Index(
            "ix_case_events_batch",
            "batch",
            sqlite_where=text("batch IS NOT NULL"),
            postgresql_where=text("batch IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(BigId, ForeignKey("cases.id"))
    at: Mapped[Moment]
    actor: Mapped[Name] = mapped_column(doc="who did it; `earful` for what the pipeline did")
    action: Mapped[str] = mapped_column(String(40), doc="opened, assigned, noted, resolved, dismissed, reopened, …")
    detail: Mapped[JsonObject]
    batch: Mapped[str | None] = mapped_column(String(16), doc="what was done together with it, and is undone together")


class Correction(Base):
    """A person's word on a mention against what was read in it: gold for the reader. Append-only; the last counts."""

    __tablename__ = "corrections"
    __table_args__ = (Index("ix_corrections_mention_id_id", "mention_id", "id"), Index("ix_corrections_at", "at"))

    id: Mapped[Id]
    mention_id: Mapped[int] = mapped_column(BigId, ForeignKey("mentions.id"))
    at: Mapped[Moment]
    actor: Mapped[Name]
    label: Mapped[Label | None] = mapped_column(
        choice(Label, "label"), doc="what it really says, when that was corrected"
    )
    about_us: Mapped[bool] = mapped_column(doc="False: it is not about the brand at all")
    was: Mapped[Label | None] = mapped_column(choice(Label, "was"), doc="the label that was corrected")
    text: Mapped[Words] = mapped_column(doc="the text that was judged, so that an edit does not change the lesson")
    language: Mapped[str] = mapped_column(String(20))
    rating: Mapped[float | None] = mapped_column(doc="the stars that came with it then")
    nps: Mapped[int | None] = mapped_column(doc="the recommendation score that came with it then")
    polarity: Mapped[float | None] = mapped_column(doc="as it was read then, like what follows; None: it was unread")
    confidence: Mapped[float | None]
    reader: Mapped[Name | None]
    version: Mapped[Name | None]
