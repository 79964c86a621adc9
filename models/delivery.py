"""What webhooks brought and no run has collected yet, and the signatures of what was collected a moment ago."""

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Moment, Name, Words


class StoredDelivery(Base):
    """One signed delivery. Collected, its body goes; its signature stays until it could not be used again anyway."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("brand", "source", "signature"),
        Index("ix_deliveries_received_at", "received_at"),
    )

    id: Mapped[Id]
    brand: Mapped[Name]
    source: Mapped[Name] = mapped_column(doc="the source's name, unique within the brand")
    signature: Mapped[str] = mapped_column(String(64), doc="hex digits; delivered twice, it is the same row")
    received_at: Mapped[Moment]
    body: Mapped[Words | None] = mapped_column(doc="as it came; None once it was collected")
