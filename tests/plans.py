"""How a database goes about a query: which tables it would read as a whole, however large they grow."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event

from models.database import Database

#: Tables of a handful of rows, however large the store: what is configured, who works, and what they set up.
SMALL = (
    "sources|sources_\\d|presence|saved_views|runs|coverage|consents|case_tags|users|user_sessions|tokens|rules|replies"
    "|phrases|sample_draws|calibrations|api_tokens|alembic_version"
)
MADE_UP = r"anon_\d|\d+-ROW VALUES|CONSTANT ROW|\(subquery-\d+\)|mention_search|case_search|hits"

Asked = list[tuple[str, Any]]  #: statements with their parameters


@contextmanager
def watched(database: Database) -> Iterator[Asked]:
    """The queries that reach the database meanwhile."""
    seen: Asked = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            seen.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def whole_tables(database: Database, asked: Asked) -> list[str]:
    """The lines of plans that read a whole table which may be large, each with its query."""
    read = _read_on_sqlite if database.engine.dialect.name == "sqlite" else _read_on_postgresql
    with database.engine.connect() as connection:
        return [f"{line}: {said}" for said, given in asked for line in read(connection, said, given)]


def _read_on_sqlite(connection: Connection, statement: str, parameters: Any) -> list[str]:
    lines = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    if "LIMIT" in statement and "WHERE" not in statement and not any("TEMP B-TREE" in line for line in lines):
        return []  # the table is kept in the order that is asked for, and is read no farther than the page goes
    found = [line for line in lines if line.startswith("SCAN") and " INDEX " not in line]
    return [line for line in found if not re.match(f"SCAN ({SMALL}|{MADE_UP})( |$)", line)]


def _read_on_postgresql(connection: Connection, statement: str, parameters: Any) -> list[str]:
    connection.exec_driver_sql("SET enable_seqscan = off")  # the tables are small: what could be, not what pays here
    lines = [row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)]
    found = [line for line in lines if "Seq Scan on" in line]
    return [line for line in found if not re.search(rf"Seq Scan on ({SMALL})( |$)", line)]
