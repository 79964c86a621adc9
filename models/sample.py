"""The daily sample of mentions that were not flagged: what a person looks at to see what flagging misses."""

from datetime import date
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from earful.values import Label
from models.base import Base, BigId, Id, Moment, Name, choice
from models.mention import Mention


class Finding(StrEnum):
    """What a person found when they looked at a mention that was not flagged."""

    RIGHT = "right"  #: it needs nobody
    NEEDS_REPLY = "needs_reply"  #: it should have been flagged
    NOT_ABOUT_US = "not_about_us"


class Draw(Base):
    """One drawing of a sample: one a brand and day, held by the database."""

    __tablename__ = "sample_draws"
    __table_args__ = (UniqueConstraint("brand", "day"),)

    id: Mapped[Id]
    brand: Mapped[Name]
    day: Mapped[date] = mapped_column(Date, doc="the brand's own day")
    at: Mapped[Moment]
    upto_id: Mapped[int] = mapped_column(BigId, doc="the last mention that was looked at; the next draw goes on there")
    unflagged: Mapped[int] = mapped_column(doc="how many mentions were drawn from")
    taken: Mapped[int] = mapped_column(doc="how many were drawn")


class Sample(Base):
    """One mention that was drawn. It is no case: nothing is promised, nobody is told."""

    __tablename__ = "samples"
    __table_args__ = (
        UniqueConstraint("mention_id"),
        Index("ix_samples_brand_finding_id", "brand", "finding", "id"),
        Index(
            "ix_samples_waiting",
            "id",
            sqlite_where=text("finding IS NULL"),
            postgresql_where=text("finding IS NULL"),
        ),
        Index(
            "ix_samples_judged",
            "id",
            sqlite_where=text("finding IS NOT NULL"),
            postgresql_where=text("finding IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    draw_id: Mapped[int] = mapped_column(BigId, ForeignKey("sample_draws.id"))
    mention_id: Mapped[int] = mapped_column(BigId, ForeignKey("mentions.id"))
    brand: Mapped[Name]
    version: Mapped[int] = mapped_column(doc="counts every change; a stale one is refused")
    finding: Mapped[Finding | None] = mapped_column(choice(Finding, "finding"), doc="None: nobody has looked yet")
    says: Mapped[Label | None] = mapped_column(choice(Label, "says"), doc="what it says, by that person")
    judged_at: Mapped[Moment | None]
    judged_by: Mapped[Name | None]

    draw: Mapped[Draw] = relationship(lazy="raise")
    mention: Mapped[Mention] = relationship(lazy="raise")
