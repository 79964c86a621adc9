"""Views of the queue that people keep: a name for an address, for oneself or for everybody."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import String, UniqueConstraint, delete, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Id, Moment, Name, Words
from models.keeper import names_of
from models.upsert import insert_or_replace

MOST_VIEWS = 50
NAME_LENGTH = 40


class SavedView(Base):
    """A view and its filters, kept under a name."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("owner", "name"),)

    id: Mapped[Id]
    owner: Mapped[Name] = mapped_column(doc="the key of who keeps it (models.keeper); only they change it")
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    query: Mapped[Words] = mapped_column(doc="the address's query: ?view=open&brand=…")
    shared: Mapped[bool] = mapped_column(index=True)
    kept_at: Mapped[Moment]


@dataclass(frozen=True, slots=True)
class KeptView:
    """A view as somebody sees it among theirs."""

    id: int
    name: str
    query: str
    by: str  #: how whoever keeps it is called
    mine: bool


def saved_views(session: Session, key: str) -> Sequence[KeptView]:
    """The views of the person of this key, and those that others share, by name."""
    chosen = select(SavedView).where(or_(SavedView.owner == key, SavedView.shared))
    found = session.scalars(chosen.order_by(SavedView.name, SavedView.id).limit(MOST_VIEWS)).all()
    names = names_of(session, (view.owner for view in found))
    return [KeptView(view.id, view.name, view.query, names[view.owner], view.owner == key) for view in found]


def keep_view(session: Session, view: SavedView) -> None:
    """Keep a view; one of the same name and owner is replaced."""
    columns = ("owner", "name", "query", "shared", "kept_at")
    row = {column: getattr(view, column) for column in columns}
    insert_or_replace(session, SavedView, [row], ["owner", "name"], ["query", "shared", "kept_at"])


def drop_view(session: Session, view_id: int, key: str) -> None:
    """Keep a view of the person of this key no longer. Another's, or one that is gone already, is left."""
    session.execute(delete(SavedView).where(SavedView.id == view_id, SavedView.owner == key))


def take_along(session: Session, name: str, key: str) -> None:
    """What somebody kept under their name, before there were accounts, is now their account's."""
    session.execute(update(SavedView).where(SavedView.owner == name).values(owner=key))
