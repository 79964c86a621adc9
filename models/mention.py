"""What was heard: sources, mentions and their readings."""

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from earful.values import Label, MentionKind, SourceState
from models.base import Base, BigId, Id, JsonList, JsonObject, Moment, Name, Words, choice


class Source(Base):
    """One configured source of one brand, and where it was left off. Sources gone from the settings stay here."""

    __tablename__ = "sources"
    __table_args__ = (UniqueConstraint("brand", "name"),)

    id: Mapped[Id]
    brand: Mapped[Name] = mapped_column(doc="the brand's name in the settings")
    name: Mapped[Name] = mapped_column(doc="the source's name, unique within the brand")
    type: Mapped[Name] = mapped_column(doc="the connector that reads it")
    cursor: Mapped[JsonObject] = mapped_column(doc="where it was left off; moves only with the items it covers")
    fingerprint: Mapped[str] = mapped_column(
        String(32), doc="of the settings the cursor belongs to; a change resets it"
    )
    last_read_at: Mapped[Moment | None] = mapped_column(doc="when it was last read to the end")
    last_new_at: Mapped[Moment | None] = mapped_column(doc="when it last gave something new")


class Stage(StrEnum):
    """How far a mention has come through the house."""

    FOUND = "found"
    READ = "read"
    JUDGED = "judged"


class Mention(Base):
    """One thing somebody said, as its source sent it last. What people decided about it lives in other tables."""

    __tablename__ = "mentions"
    __table_args__ = (
        UniqueConstraint("source_id", "external_id"),
        Index("ix_mentions_brand_published_at_id", "brand", "published_at", "id"),
        # The list of all that was heard walks the first; its filters are asked of the index alone.
        Index("ix_mentions_published_at_id", "published_at", "id", "source_id", "brand"),
        Index("ix_mentions_source_id_author", "source_id", "author", "brand", "published_at", "id"),
        Index("ix_mentions_source_id_thread_id", "source_id", "thread_id"),
        # What waits for a step is found by these however large the store grows.
        Index(
            "ix_mentions_found", "id", sqlite_where=text("stage = 'found'"), postgresql_where=text("stage = 'found'")
        ),
        Index("ix_mentions_read", "id", sqlite_where=text("stage = 'read'"), postgresql_where=text("stage = 'read'")),
    )

    id: Mapped[Id]
    source_id: Mapped[int] = mapped_column(BigId, ForeignKey("sources.id"))
    external_id: Mapped[Words] = mapped_column(doc="the source's own id, as text")
    brand: Mapped[Name] = mapped_column(doc="the brand it was collected for")
    subject: Mapped[Name] = mapped_column(doc="whom it is about: the brand, or one of its competitors")
    kind: Mapped[MentionKind] = mapped_column(choice(MentionKind, "kind"))
    title: Mapped[Words]
    text: Mapped[Words]
    url: Mapped[Words | None]
    author: Mapped[Words | None]
    published_at: Mapped[Moment] = mapped_column(doc="the source's own time; the first sighting when it has none")
    undated: Mapped[bool] = mapped_column(doc="the source gave no time, published_at is the first sighting")
    rating: Mapped[float | None] = mapped_column(doc="stars, 1 to 5")
    nps: Mapped[int | None] = mapped_column(doc="recommendation score, 0 to 10")
    reach: Mapped[int | None]
    language_hint: Mapped[str | None] = mapped_column(String(20), doc="what the source says it is written in")
    thread_id: Mapped[Words | None]
    parent_id: Mapped[Words | None]
    place: Mapped[Words | None]
    state: Mapped[SourceState] = mapped_column(choice(SourceState, "state"))
    answer: Mapped[Words | None] = mapped_column(doc="what the business itself answered at the source")
    answered_at: Mapped[Moment | None] = mapped_column(doc="when; by the source, or when it was first seen there")
    digest: Mapped[str] = mapped_column(String(32), doc="of all that an edit would change")
    stage: Mapped[Stage] = mapped_column(choice(Stage, "stage"))
    first_seen_at: Mapped[Moment]
    text_changed_at: Mapped[Moment | None] = mapped_column(doc="when an edit or a deletion was last noticed")
    checked_at: Mapped[Moment] = mapped_column(doc="when it was last seen at its source")
    run_id: Mapped[int] = mapped_column(BigId, ForeignKey("runs.id"), doc="the run that saw it last")

    source: Mapped[Source] = relationship(lazy="raise")
    reading: Mapped["StoredReading | None"] = relationship(lazy="raise", back_populates="mention")


class StoredReading(Base):
    """What a reader made of a mention's text as it stands now. Read again, it is replaced."""

    __tablename__ = "readings"
    __table_args__ = (
        Index("ix_readings_language_label", "language", "label", "mention_id"),
        Index("ix_readings_label", "label", "mention_id"),
    )

    mention_id: Mapped[int] = mapped_column(BigId, ForeignKey("mentions.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(20))
    language_confidence: Mapped[float]
    label: Mapped[Label] = mapped_column(choice(Label, "label"))
    polarity: Mapped[float] = mapped_column(doc="-1 to 1")
    confidence: Mapped[float] = mapped_column(doc="0 to 1")
    evidence: Mapped[JsonList] = mapped_column(doc="[{code, text, start, weight}]")
    themes: Mapped[JsonList] = mapped_column(doc="[theme code]")
    reader: Mapped[Name]
    version: Mapped[Name]
    read_at: Mapped[Moment]

    mention: Mapped[Mention] = relationship(lazy="raise", back_populates="reading")


class RejectedRecord(Base):
    """A record that could not be used, kept with its raw text until it is mended or past its retention."""

    __tablename__ = "rejected"
    __table_args__ = (UniqueConstraint("source_id", "digest"),)

    id: Mapped[Id]
    source_id: Mapped[int] = mapped_column(BigId, ForeignKey("sources.id"))
    digest: Mapped[str] = mapped_column(String(32), doc="of reason and raw text: read again, it is the same row")
    position: Mapped[Words] = mapped_column(doc="where it stood: row 17, page 2 item 5")
    reason: Mapped[Words]
    raw: Mapped[Words]
    first_seen_at: Mapped[Moment] = mapped_column(index=True)
    run_id: Mapped[int] = mapped_column(BigId, ForeignKey("runs.id"), doc="the run that saw it last")

    source: Mapped[Source] = relationship(lazy="raise")
