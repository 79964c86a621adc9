"""Who allowed what: consent with its append-only log, and the testimonials that need it."""

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Id, Moment, Name, Words, choice
from models.mention import Mention, Source


class ConsentState(StrEnum):
    """Where an author's consent stands. Nothing but `granted` allows anything."""

    GRANTED = "granted"
    REVOKED = "revoked"


class Consent(Base):
    """One author's consent at one source to be quoted. One row an author; the log is beside it."""

    __tablename__ = "consents"
    __table_args__ = (UniqueConstraint("source_id", "author"),)

    id: Mapped[Id]
    source_id: Mapped[int] = mapped_column(BigId, ForeignKey("sources.id"))
    author: Mapped[Words]
    state: Mapped[ConsentState] = mapped_column(choice(ConsentState, "state"))
    proof: Mapped[Words] = mapped_column(doc="where the grant can be seen: a link, a ticket, the author's own words")
    changed_at: Mapped[Moment]
    expires_at: Mapped[Moment | None]
    version: Mapped[int]

    source: Mapped[Source] = relationship(lazy="raise")


class ConsentEvent(Base):
    """One change of a consent. Never changed, never deleted."""

    __tablename__ = "consent_events"
    __table_args__ = (Index("ix_consent_events_consent_id_id", "consent_id", "id"),)

    id: Mapped[Id]
    consent_id: Mapped[int] = mapped_column(BigId, ForeignKey("consents.id"))
    at: Mapped[Moment]
    actor: Mapped[Name]
    action: Mapped[str] = mapped_column(String(20), doc="granted or revoked")
    proof: Mapped[Words]


class Testimonial(Base):
    """A positive mention that a marketer may want to show. A candidate only: the author's consent decides."""

    __tablename__ = "testimonials"
    __table_args__ = (UniqueConstraint("mention_id"), Index("ix_testimonials_brand_id", "brand", "id"))

    id: Mapped[Id]
    mention_id: Mapped[int] = mapped_column(BigId, ForeignKey("mentions.id"))
    brand: Mapped[Name]
    found_at: Mapped[Moment]

    mention: Mapped[Mention] = relationship(lazy="raise")
