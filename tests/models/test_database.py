import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from psycopg.pq import TransactionStatus
from sqlalchemy import text

import models
import models.database as module
from models.base import Base
from models.database import Database, head


def described(_object: object, name: str, *_: object) -> bool:
    """Whether the models describe it: each database keeps its own kind of search index, made by a migration."""
    return not name.startswith(("mention_search", "case_search", "ix_mention_words"))


def test_migrations_make_the_schema_the_models_describe(database: Database) -> None:
    with database.engine.connect() as connection:
        opts = {"compare_type": True, "include_object": described}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, Base.metadata) == []


def test_upgrade_twice_is_upgrade_once(database: Database) -> None:
    database.upgrade()
    assert database.revision() == head()
    assert models.__all__


@pytest.mark.slow
def test_a_glance_holds_no_transaction_on_postgresql(fresh_postgres_url: str) -> None:
    with Database(fresh_postgres_url) as database, database.glance() as session:
        session.scalar(text("SELECT 1"))
        driver = session.connection().connection.driver_connection
        assert driver is not None
        assert driver.info.transaction_status == TransactionStatus.IDLE


@pytest.mark.slow
def test_connections_that_died_while_they_rested_are_made_anew(
    fresh_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RESTED", 0)
    with Database(fresh_postgres_url) as database, Database(fresh_postgres_url) as other:
        with database.read() as session:
            own = session.scalar(text("SELECT pg_backend_pid()"))
        with other.read() as session:
            assert session.scalar(text("SELECT pg_terminate_backend(:own)"), {"own": own})
        with database.glance() as session:
            assert session.scalar(text("SELECT pg_backend_pid()")) != own
