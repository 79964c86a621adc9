"""Views of the queue that people keep: a name for an address, for oneself or for everybody."""

from collections.abc import Sequence

from sqlalchemy import String, UniqueConstraint, delete, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Id, Moment, Name, Words
from models.upsert import insert_or_replace

MOST_VIEWS = 50
NAME_LENGTH = 40


class SavedView(Base):
    """A view and its filters, kept under a name."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("owner", "name"),)

    id: Mapped[Id]
    owner: Mapped[Name] = mapped_column(doc="who keeps it; only they change it")
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    query: Mapped[Words] = mapped_column(doc="the address's query: ?view=open&brand=…")
    shared: Mapped[bool] = mapped_column(index=True)
    kept_at: Mapped[Moment]


def saved_views(session: Session, person: str) -> Sequence[SavedView]:
    """A person's own views and those that others share, by name."""
    chosen = select(SavedView).where(or_(SavedView.owner == person, SavedView.shared))
    return session.scalars(chosen.order_by(SavedView.name, SavedView.id).limit(MOST_VIEWS)).all()


def keep_view(session: Session, view: SavedView) -> None:
    """Keep a view; one of the same name and owner is replaced."""
    columns = ("owner", "name", "query", "shared", "kept_at")
    row = {column: getattr(view, column) for column in columns}
    insert_or_replace(session, SavedView, [row], ["owner", "name"], ["query", "shared", "kept_at"])


def drop_view(session: Session, view_id: int, person: str) -> None:
    """Keep a person's view no longer. Another's, or one that is gone already, is left."""
    session.execute(delete(SavedView).where(SavedView.id == view_id, SavedView.owner == person))
