"""The way to the database: engine, transactions, migrations, and errors that say what to do.

The same code runs on SQLite (WAL, foreign keys, a busy timeout) and on PostgreSQL (psycopg 3).
"""

import os
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, Dialect, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidatePoolError, NoSuchModuleError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from earful.errors import ConfigError, StoreError
from earful.text import without_password

BUSY_SECONDS = 15  # how long a writer waits for another one on SQLite before it gives up
KEPT = 15  # connections that are not closed again: a team that clicks at once must not wait for new ones
RESTED = 5  # seconds after which a PostgreSQL connection is asked whether it lives before it is used
MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 7_340_133  # any number, the same in every Earful: PostgreSQL's advisory lock while migrating


class Database:
    """One database. `read()` and `write()` are transactions; `write()` holds SQLite's single writer from its start."""

    def __init__(self, url: str) -> None:
        self.url = re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql+psycopg://", url)
        self.engine = _engine(self.url)
        self._readers = sessionmaker(self.engine, expire_on_commit=False)
        self._glances = sessionmaker(_without_transactions(self.engine), expire_on_commit=False, autoflush=False)
        self._writers = sessionmaker(self.engine.execution_options(writes=True), expire_on_commit=False)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading only; what is changed in it is not kept."""
        with _explained(self.url), self._readers() as session:
            yield session

    @contextmanager
    def glance(self) -> Iterator[Session]:
        """A session for the few reads of a page, each as things stand at its own moment; it streams nothing.

        On PostgreSQL a transaction of reads costs two more round trips, and gives no more than that by default.
        """
        with _explained(self.url), self._glances() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session whose changes are committed together at its end, or not at all.

        Raises:
            StoreError: the database is locked, read-only, full or out of reach; says what to do.
        """
        with _explained(self.url), self._writers.begin() as session:
            yield session

    def upgrade(self) -> None:
        """Bring the schema to this version of Earful; several processes may ask at once.

        Raises:
            StoreError: the database was made by a newer Earful, or can't be written.
        """
        if self.revision() == head():
            return
        if file := _file(self.url):
            _make_folder(file.parent)
        with _explained(self.url), self.engine.execution_options(writes=True).begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            _migrate(connection)

    def revision(self) -> str | None:
        """The schema's revision, None for an empty database and for a file that is not there: it is not made."""
        if _is_missing(self.url):
            return None
        # Asked by every command: Alembic itself would take half a second to import.
        with _explained(self.url), self.engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
            return found

    def check_place(self) -> None:
        """See that it can be made where it is not there yet, as far as the rights on its folder tell.

        Raises:
            StoreError: its folder can't be written; says what to do.
        """
        if (file := _file(self.url)) and _is_missing(self.url):
            above = next(folder for folder in file.absolute().parents if folder.exists())
            if not (above.is_dir() and os.access(above, os.W_OK | os.X_OK)):
                raise _no_folder(file.parent, f"{above} can't be written")

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def head() -> str:
    """The newest revision this version of Earful knows: migrations are numbered in order."""
    return max(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreError(f"the database was made by a newer Earful ({error}); upgrade this one") from error


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigError(
            "the database URL can't be read; write sqlite:///path or postgresql://user@host/name"
        ) from error
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise ConfigError(f"{parsed.get_backend_name()} is not supported; use sqlite:/// or postgresql://")
    if "@" in (parsed.host or ""):
        raise ConfigError("the database URL can't be read: write an @ in the password as %40")
    if parsed.get_backend_name() == "postgresql":
        return _postgresql(url)
    return _sqlite(url)


def _file(url: str) -> Path | None:
    """The file of a SQLite database; None for another one, in memory or with an address of SQLite's own (`file:…`)."""
    parsed = make_url(url)
    place = parsed.database or ":memory:"
    named = parsed.get_backend_name() == "sqlite" and not place.startswith((":memory:", "file:"))
    return Path(place) if named else None


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _no_folder(folder, error.strerror or str(error)) from error


def _no_folder(folder: Path, why: str) -> StoreError:
    return StoreError(f"can't make the data folder {folder}: {why}; set data_dir or EARFUL_DATA_DIR")


def _is_missing(url: str) -> bool:
    """Whether it is a file that is not there. One that can't be looked at is no missing one."""
    file = _file(url)
    try:
        return file is not None and not file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False


def _postgresql(url: str) -> Engine:
    try:
        engine = create_engine(url, pool_size=KEPT, hide_parameters=True, connect_args={"connect_timeout": 10})
    except NoSuchModuleError as error:
        raise ConfigError(f"the database URL can't be used: {error}") from error
    event.listen(engine, "connect", _prepare_postgresql)
    event.listen(engine, "checkin", _note_rest)
    event.listen(engine, "checkout", partial(_see_that_it_lives, engine.dialect))
    return engine


def _prepare_postgresql(connection: Any, _record: object) -> None:
    """No query here is long enough to be compiled first: that alone would take longer than a page may."""
    with connection.cursor() as cursor:
        cursor.execute("SET jit = off")
    connection.commit()


def _note_rest(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["rests_since"] = time.monotonic()


def _see_that_it_lives(dialect: Dialect, connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Ask a connection that rested for a while whether it lives; each time would be a round trip more for every page.

    Raises:
        InvalidatePoolError: it does not: the pool makes new ones.
    """
    now = time.monotonic()
    if now - record.info.get("rests_since", now) < RESTED:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error


def _without_transactions(engine: Engine) -> Engine:
    """The engine for reads that need no transaction; on SQLite they cost nothing, and give one view of everything."""
    return engine.execution_options(isolation_level="AUTOCOMMIT") if engine.dialect.name == "postgresql" else engine


def _sqlite(url: str) -> Engine:
    engine = create_engine(url, pool_size=KEPT, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver's own idea of transactions would leave DDL and reads outside them
    connection.execute("PRAGMA foreign_keys = ON")
    if not connection.execute("PRAGMA query_only").fetchone()[0]:
        connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    # A writer that starts as a reader is refused at once when another wrote in between; so it starts as a writer.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


_REMEDIES: tuple[tuple[str, str], ...] = (
    ("database is locked", "another program has held it for {busy} s; stop that program or wait, then try again"),
    ("readonly database", "it is read-only; give this user the right to write the file and its folder"),
    ("unable to open database file", "the file or its folder can't be opened; check the path and the rights on it"),
    ("database or disk is full", "the disk is full; make room, then run again: what was stored so far is whole"),
    ("disk i/o error", "the disk failed or is full; check it, then run again: what was stored so far is whole"),
    ("file is not a database", "the file is no SQLite database; move it away, or set EARFUL_DATABASE_URL"),
    ("no such table", "its tables are not there yet; run `earful db upgrade`"),
    ("no such column", "its tables are of another version; run `earful db upgrade`, and restart `earful up`"),
    ("undefinedcolumn", "its tables are of another version; run `earful db upgrade`, and restart `earful up`"),
    ("undefinedtable", "its tables are not there yet; run `earful db upgrade`"),
    ("password authentication failed", "user or password is wrong; check EARFUL_DATABASE_URL"),
    ("does not exist", "check the database's and the user's name in EARFUL_DATABASE_URL"),
    ("resolve host", "there is no machine of that name; check the host in EARFUL_DATABASE_URL"),
    ("timeout", "the server does not answer; check host and port in EARFUL_DATABASE_URL, and its firewall"),
    ("too many", "the server has no connection left; stop other programs, or raise its max_connections"),
    ("closed the connection", "the server ended the connection; look into its log, then run again"),
    ("connection refused", "no server answers there; start PostgreSQL, or check host and port in EARFUL_DATABASE_URL"),
)


@contextmanager
def _explained(url: str) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        remedy = remedy_for(error.orig)
        if remedy is None:
            raise
        raise StoreError(f"the database {without_password(url)} can't be used: {remedy}") from error


def remedy_for(error: Any) -> str | None:
    """What to do about a driver's error, or None when it is nothing an operator can mend."""
    said = f"{type(error).__name__} {error}".casefold()
    found = next((remedy for sign, remedy in _REMEDIES if sign in said), None)
    return found.format(busy=BUSY_SECONDS) if found else None
