"""What is to be told to the team: stored first, delivered afterwards, once each."""

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, JsonObject, Moment, Name, Words


class OutboxEntry(Base):
    """One event for one channel. The database holds that there is only one of each."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("event", "channel"),
        Index(
            "ix_outbox_waiting", "channel", "id",
            sqlite_where=text("sent_at IS NULL"), postgresql_where=text("sent_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[Id]
    event: Mapped[str] = mapped_column(String(120), doc="what happened: case.opened:17")
    channel: Mapped[Name]
    payload: Mapped[JsonObject] = mapped_column(doc="ids and plain facts; texts are looked up when it is sent")
    created_at: Mapped[Moment]
    attempts: Mapped[int]
    claimed_at: Mapped[Moment | None] = mapped_column(doc="a sender has it in hand since then")
    sent_at: Mapped[Moment | None]
    last_error: Mapped[Words | None]
