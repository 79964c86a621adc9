"""Full-text search, and what lets the queue be filtered and counted by one index."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORDS = sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql")
QUEUE = [
    "severity", "opened_at", "id", "status", "closed_at", "due_at", "assignee", "brand", "source_id", "language",
    "label", "themes", "mention_id",
]  # fmt: skip
IS_OPEN = sa.text("closed_at IS NULL")
FILL = 5_000  # mentions indexed at once


def upgrade() -> None:
    _add_facets()
    op.create_table(
        "mention_words",
        sa.Column("mention_id", ID, nullable=False),
        sa.Column("place", ID, nullable=False),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.Column("words", WORDS, nullable=False),
        sa.ForeignKeyConstraint(
            ["mention_id"], ["mentions.id"], name=op.f("fk_mention_words_mention_id_mentions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mention_id", name=op.f("pk_mention_words")),
        sa.UniqueConstraint("place", name=op.f("uq_mention_words_place")),
    )
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for statement in POSTGRESQL if on_postgresql else SQLITE:
        op.execute(statement)
    _fill()
    if on_postgresql:
        op.create_index("ix_mention_words_words", "mention_words", ["words"], postgresql_using="gin")
        op.create_index(
            "ix_mention_words_flagged",
            "mention_words",
            ["words"],
            postgresql_using="gin",
            postgresql_where=sa.text("flagged"),
        )


def _add_facets() -> None:
    op.add_column("cases", sa.Column("source_id", ID, nullable=True))
    op.add_column("cases", sa.Column("language", sa.String(length=20), nullable=True))
    op.add_column("cases", sa.Column("label", sa.String(length=20), nullable=True))
    op.add_column("cases", sa.Column("themes", sa.Text(), nullable=False, server_default=""))
    op.execute("UPDATE cases SET source_id = (SELECT source_id FROM mentions WHERE mentions.id = cases.mention_id)")
    for column in ("language", "label"):
        op.execute(f"UPDATE cases SET {column} = (SELECT {column} FROM readings WHERE mention_id = cases.mention_id)")  # noqa: S608
    op.execute(THEMES[op.get_bind().dialect.name])
    op.drop_index("ix_cases_status_severity_opened_at_id", "cases")
    op.drop_index("ix_cases_brand_status_severity_opened_at_id", "cases")
    op.create_index("ix_cases_queue", "cases", QUEUE)
    op.create_index("ix_cases_open", "cases", QUEUE, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)
    op.create_index("ix_cases_opened_at", "cases", ["opened_at"])


THEMES = {
    "sqlite": """
        UPDATE cases SET themes = coalesce((
            SELECT ' ' || group_concat(value, ' ') || ' ' FROM readings, json_each(readings.themes)
            WHERE mention_id = cases.mention_id), '')""",
    "postgresql": """
        UPDATE cases SET themes = coalesce((
            SELECT ' ' || string_agg(value, ' ') || ' ' FROM readings, jsonb_array_elements_text(readings.themes)
            WHERE mention_id = cases.mention_id), '')""",
}

_HOLDS = "content='mention_words', tokenize=\"unicode61 remove_diacritics 0 categories 'L* M* N* Co'\""
SQLITE = (
    f"CREATE VIRTUAL TABLE mention_search USING fts5(words, content_rowid='place', {_HOLDS})",
    f"CREATE VIRTUAL TABLE case_search USING fts5(words, content_rowid='mention_id', {_HOLDS})",
    """CREATE TRIGGER mention_words_added AFTER INSERT ON mention_words BEGIN
        INSERT INTO mention_search (rowid, words) VALUES (new.place, new.words);
        INSERT INTO case_search (rowid, words) SELECT new.mention_id, new.words WHERE new.flagged;
    END""",
    """CREATE TRIGGER mention_words_flagged AFTER UPDATE OF flagged ON mention_words
    WHEN new.flagged > old.flagged BEGIN
        INSERT INTO case_search (rowid, words) VALUES (new.mention_id, new.words);
    END""",
    """CREATE TRIGGER mention_words_removed AFTER DELETE ON mention_words BEGIN
        INSERT INTO mention_search (mention_search, rowid, words) VALUES ('delete', old.place, old.words);
        INSERT INTO case_search (case_search, rowid, words)
            SELECT 'delete', old.mention_id, old.words WHERE old.flagged;
    END""",
    """CREATE TRIGGER mentions_words_stale AFTER UPDATE OF title, text, author ON mentions BEGIN
        DELETE FROM mention_words WHERE mention_id = old.id;
    END""",
)
POSTGRESQL = (
    """CREATE FUNCTION forget_words() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        DELETE FROM mention_words WHERE mention_id = OLD.id;
        RETURN NULL;
    END $$""",
    """CREATE TRIGGER mentions_words_stale AFTER UPDATE OF title, text, author ON mentions
        FOR EACH ROW EXECUTE FUNCTION forget_words()""",
)


def _fill() -> None:
    # Words are derived, and looked for as the code of today folds them: so the code of today makes them.
    from sqlalchemy.orm import Session

    from models.search import index_all

    with Session(bind=op.get_bind()) as session:
        last: int | None = 0
        while last is not None:
            last = index_all(session, last, FILL)
        session.flush()


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER mentions_words_stale ON mentions")
        op.execute("DROP FUNCTION forget_words")
    else:
        for name in ("mentions_words_stale", "mention_words_removed", "mention_words_flagged", "mention_words_added"):
            op.execute(f"DROP TRIGGER {name}")
        op.drop_table("case_search")
        op.drop_table("mention_search")
    op.drop_table("mention_words")
    for name in ("ix_cases_opened_at", "ix_cases_open", "ix_cases_queue"):
        op.drop_index(name, "cases")
    op.create_index(
        "ix_cases_brand_status_severity_opened_at_id", "cases", ["brand", "status", "severity", "opened_at", "id"]
    )
    op.create_index("ix_cases_status_severity_opened_at_id", "cases", ["status", "severity", "opened_at", "id"])
    for column in ("themes", "label", "language", "source_id"):
        op.drop_column("cases", column)
