"""Bulk writes that mean the same on SQLite and PostgreSQL."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session

Row = dict[str, Any]
Item = TypeVar("Item")
ID_BATCH = 5_000  # ids in one IN (…): far below the 32,766 variables SQLite takes


def insert_new(session: Session, table: type[DeclarativeBase], rows: Sequence[Row], key: Sequence[str]) -> None:
    """Insert rows; one whose key is taken already is left as it stands."""
    if rows:
        session.execute(_insert(session, table).on_conflict_do_nothing(index_elements=key), rows)


def insert_one(session: Session, table: type[DeclarativeBase], row: Row, key: Sequence[str]) -> bool:
    """Insert a row. Returns False, and changes nothing, where its key is taken already."""
    statement = _insert(session, table).values(row).on_conflict_do_nothing(index_elements=key)
    return session.scalar(statement.returning(table.__table__.c[key[0]])) is not None


def insert_or_replace(
    session: Session, table: type[DeclarativeBase], rows: Sequence[Row], key: Sequence[str], replaced: Sequence[str]
) -> None:
    """Insert rows; where the key is taken, the `replaced` columns get the new values."""
    if rows:
        statement = _insert(session, table)
        values = {name: statement.excluded[name] for name in replaced}
        session.execute(statement.on_conflict_do_update(index_elements=key, set_=values), rows)


def _insert(session: Session, table: type[DeclarativeBase]) -> Any:
    dialect = session.get_bind().dialect.name
    return (postgresql if dialect == "postgresql" else sqlite).insert(table.__table__)


def batches(items: Sequence[Item], size: int = ID_BATCH) -> Iterator[Sequence[Item]]:
    """The items in runs of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
