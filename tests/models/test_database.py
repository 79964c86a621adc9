from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

import models
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
