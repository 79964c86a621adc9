"""first schema."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# A migration keeps its own types: it must mean the same when the models have moved on.
TIME = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("event", sa.String(length=120), nullable=False),
        sa.Column("channel", sa.String(length=80), nullable=False),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_at", TIME, nullable=True),
        sa.Column("sent_at", TIME, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("event", "channel", name=op.f("uq_outbox_event_channel")),
    )
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["channel", "id"],
        unique=False,
        sqlite_where=sa.text("sent_at IS NULL"),
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.create_table(
        "runs",
        sa.Column("id", ID, nullable=False),
        sa.Column(
            "kind",
            sa.Enum("collect", "import", "recheck", name="kind", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "running",
                "ok",
                "partial",
                "failed",
                "interrupted",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("beat_at", TIME, nullable=False),
        sa.Column("finished_at", TIME, nullable=True),
        sa.Column("flow_run_id", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index("ix_runs_started_at", "runs", ["started_at"], unique=False)
    op.create_table(
        "sources",
        sa.Column("id", ID, nullable=False),
        sa.Column("brand", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("type", sa.String(length=80), nullable=False),
        sa.Column("cursor", JSON, nullable=False),
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.Column("last_read_at", TIME, nullable=True),
        sa.Column("last_new_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
        sa.UniqueConstraint("brand", "name", name=op.f("uq_sources_brand_name")),
    )
    op.create_table(
        "consents",
        sa.Column("id", ID, nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("granted", "revoked", name="state", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_consents_source_id_sources")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        sa.UniqueConstraint("source_id", "author", name=op.f("uq_consents_source_id_author")),
    )
    op.create_table(
        "coverage",
        sa.Column("id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "running",
                "ok",
                "partial",
                "failed",
                "interrupted",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("finished_at", TIME, nullable=True),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("fetched", sa.Integer(), nullable=False),
        sa.Column("off_query", sa.Integer(), nullable=False),
        sa.Column("repeated", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("edited", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("vanished", sa.Integer(), nullable=False),
        sa.Column("missed", JSON, nullable=False),
        sa.Column("notes", JSON, nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_coverage_run_id_runs"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_coverage_source_id_sources")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage")),
        sa.UniqueConstraint("run_id", "source_id", name=op.f("uq_coverage_run_id_source_id")),
    )
    op.create_index("ix_coverage_source_id_id", "coverage", ["source_id", "id"], unique=False)
    op.create_table(
        "mentions",
        sa.Column("id", ID, nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("brand", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "post",
                "comment",
                "review",
                "article",
                "survey",
                "message",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("published_at", TIME, nullable=False),
        sa.Column("undated", sa.Boolean(), nullable=False),
        sa.Column("rating", sa.Float(), nullable=True),
        sa.Column("nps", sa.Integer(), nullable=True),
        sa.Column("reach", sa.Integer(), nullable=True),
        sa.Column("language_hint", sa.String(length=20), nullable=True),
        sa.Column("thread_id", sa.Text(), nullable=True),
        sa.Column("parent_id", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("live", "edited", "deleted", name="state", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column(
            "stage",
            sa.Enum("found", "read", "judged", name="stage", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("first_seen_at", TIME, nullable=False),
        sa.Column("text_changed_at", TIME, nullable=True),
        sa.Column("checked_at", TIME, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_mentions_run_id_runs")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_mentions_source_id_sources")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentions")),
        sa.UniqueConstraint("source_id", "external_id", name=op.f("uq_mentions_source_id_external_id")),
    )
    op.create_index("ix_mentions_brand_published_at_id", "mentions", ["brand", "published_at", "id"], unique=False)
    op.create_index(
        "ix_mentions_found",
        "mentions",
        ["id"],
        unique=False,
        sqlite_where=sa.text("stage = 'found'"),
        postgresql_where=sa.text("stage = 'found'"),
    )
    op.create_index(
        "ix_mentions_read",
        "mentions",
        ["id"],
        unique=False,
        sqlite_where=sa.text("stage = 'read'"),
        postgresql_where=sa.text("stage = 'read'"),
    )
    op.create_index("ix_mentions_source_id_author", "mentions", ["source_id", "author"], unique=False)
    op.create_index("ix_mentions_source_id_thread_id", "mentions", ["source_id", "thread_id"], unique=False)
    op.create_table(
        "rejected",
        sa.Column("id", ID, nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("first_seen_at", TIME, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_rejected_run_id_runs")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_rejected_source_id_sources")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejected")),
        sa.UniqueConstraint("source_id", "digest", name=op.f("uq_rejected_source_id_digest")),
    )
    op.create_index(op.f("ix_rejected_first_seen_at"), "rejected", ["first_seen_at"], unique=False)
    op.create_table(
        "cases",
        sa.Column("id", ID, nullable=False),
        sa.Column("mention_id", ID, nullable=False),
        sa.Column("brand", sa.String(length=80), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "assigned",
                "waiting",
                "snoozed",
                "resolved",
                "dismissed",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("reasons", JSON, nullable=False),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("assignee", sa.String(length=80), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("decided_at", TIME, nullable=True),
        sa.Column("first_response_at", TIME, nullable=True),
        sa.Column("closed_at", TIME, nullable=True),
        sa.Column(
            "dismissal",
            sa.Enum(
                "not_negative",
                "not_about_us",
                "duplicate",
                "no_action",
                name="dismissal",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("snoozed_until", TIME, nullable=True),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], name=op.f("fk_cases_mention_id_mentions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("mention_id", name=op.f("uq_cases_mention_id")),
    )
    op.create_index("ix_cases_assignee_status", "cases", ["assignee", "status"], unique=False)
    op.create_index(
        "ix_cases_brand_status_severity_opened_at_id",
        "cases",
        ["brand", "status", "severity", "opened_at", "id"],
        unique=False,
    )
    op.create_index("ix_cases_status_due_at", "cases", ["status", "due_at"], unique=False)
    op.create_index(
        "ix_cases_status_severity_opened_at_id", "cases", ["status", "severity", "opened_at", "id"], unique=False
    )
    op.create_table(
        "consent_events",
        sa.Column("id", ID, nullable=False),
        sa.Column("consent_id", ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["consent_id"], ["consents.id"], name=op.f("fk_consent_events_consent_id_consents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_events")),
    )
    op.create_index("ix_consent_events_consent_id_id", "consent_events", ["consent_id", "id"], unique=False)
    op.create_table(
        "corrections",
        sa.Column("id", ID, nullable=False),
        sa.Column("mention_id", ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column(
            "label",
            sa.Enum(
                "negative",
                "neutral",
                "positive",
                "unscored",
                name="label",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("about_us", sa.Boolean(), nullable=False),
        sa.Column(
            "was",
            sa.Enum(
                "negative",
                "neutral",
                "positive",
                "unscored",
                name="was",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], name=op.f("fk_corrections_mention_id_mentions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    op.create_index("ix_corrections_mention_id_id", "corrections", ["mention_id", "id"], unique=False)
    op.create_table(
        "readings",
        sa.Column("mention_id", ID, nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("language_confidence", sa.Float(), nullable=False),
        sa.Column(
            "label",
            sa.Enum(
                "negative",
                "neutral",
                "positive",
                "unscored",
                name="label",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("polarity", sa.Float(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("evidence", JSON, nullable=False),
        sa.Column("themes", JSON, nullable=False),
        sa.Column("reader", sa.String(length=80), nullable=False),
        sa.Column("version", sa.String(length=80), nullable=False),
        sa.Column("read_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["mention_id"], ["mentions.id"], name=op.f("fk_readings_mention_id_mentions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mention_id", name=op.f("pk_readings")),
    )
    op.create_table(
        "testimonials",
        sa.Column("id", ID, nullable=False),
        sa.Column("mention_id", ID, nullable=False),
        sa.Column("brand", sa.String(length=80), nullable=False),
        sa.Column("found_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], name=op.f("fk_testimonials_mention_id_mentions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_testimonials")),
        sa.UniqueConstraint("mention_id", name=op.f("uq_testimonials_mention_id")),
    )
    op.create_index("ix_testimonials_brand_id", "testimonials", ["brand", "id"], unique=False)
    op.create_table(
        "case_events",
        sa.Column("id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("detail", JSON, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_events_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_events")),
    )
    op.create_index("ix_case_events_case_id_id", "case_events", ["case_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_case_events_case_id_id", table_name="case_events")
    op.drop_table("case_events")
    op.drop_index("ix_testimonials_brand_id", table_name="testimonials")
    op.drop_table("testimonials")
    op.drop_table("readings")
    op.drop_index("ix_corrections_mention_id_id", table_name="corrections")
    op.drop_table("corrections")
    op.drop_index("ix_consent_events_consent_id_id", table_name="consent_events")
    op.drop_table("consent_events")
    op.drop_index("ix_cases_status_severity_opened_at_id", table_name="cases")
    op.drop_index("ix_cases_status_due_at", table_name="cases")
    op.drop_index("ix_cases_brand_status_severity_opened_at_id", table_name="cases")
    op.drop_index("ix_cases_assignee_status", table_name="cases")
    op.drop_table("cases")
    op.drop_index(op.f("ix_rejected_first_seen_at"), table_name="rejected")
    op.drop_table("rejected")
    op.drop_index("ix_mentions_source_id_thread_id", table_name="mentions")
    op.drop_index("ix_mentions_source_id_author", table_name="mentions")
    op.drop_index(
        "ix_mentions_read",
        table_name="mentions",
        sqlite_where=sa.text("stage = 'read'"),
        postgresql_where=sa.text("stage = 'read'"),
    )
    op.drop_index(
        "ix_mentions_found",
        table_name="mentions",
        sqlite_where=sa.text("stage = 'found'"),
        postgresql_where=sa.text("stage = 'found'"),
    )
    op.drop_index("ix_mentions_brand_published_at_id", table_name="mentions")
    op.drop_table("mentions")
    op.drop_index("ix_coverage_source_id_id", table_name="coverage")
    op.drop_table("coverage")
    op.drop_table("consents")
    op.drop_table("sources")
    op.drop_index("ix_runs_started_at", table_name="runs")
    op.drop_table("runs")
    op.drop_index(
        "ix_outbox_waiting",
        table_name="outbox",
        sqlite_where=sa.text("sent_at IS NULL"),
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.drop_table("outbox")
