"""PostgreSQL searches cases in a small table of their own, as SQLite does: among all, each hit lies on another page."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MAKE = (
    """CREATE TABLE case_search (
        mention_id BIGINT CONSTRAINT pk_case_search PRIMARY KEY
            CONSTRAINT fk_case_search_mention_id_mention_words REFERENCES mention_words ON DELETE CASCADE,
        words TSVECTOR NOT NULL)""",
    "INSERT INTO case_search SELECT mention_id, words FROM mention_words WHERE flagged",
    "CREATE INDEX ix_case_search_words ON case_search USING gin (words)",
    """CREATE FUNCTION search_case() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO case_search VALUES (NEW.mention_id, NEW.words) ON CONFLICT DO NOTHING;
        RETURN NULL;
    END $$""",
    """CREATE TRIGGER mention_words_added AFTER INSERT ON mention_words
        FOR EACH ROW WHEN (NEW.flagged) EXECUTE FUNCTION search_case()""",
    """CREATE TRIGGER mention_words_flagged AFTER UPDATE OF flagged ON mention_words
        FOR EACH ROW WHEN (NEW.flagged) EXECUTE FUNCTION search_case()""",
    "DROP INDEX ix_mention_words_flagged",
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for statement in MAKE:
            op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for trigger in ("mention_words_flagged", "mention_words_added"):
            op.execute(f"DROP TRIGGER {trigger} ON mention_words")
        op.execute("DROP FUNCTION search_case")
        op.drop_table("case_search")
        op.create_index(
            "ix_mention_words_flagged",
            "mention_words",
            ["words"],
            postgresql_using="gin",
            postgresql_where=sa.text("flagged"),
        )
