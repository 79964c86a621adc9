"""Cases that say almost the same, what is done to many at once, views that are kept, and who looks at what."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAITING = sa.text("finding IS NULL")
IN_BATCH = sa.text("batch IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_mentions_source_id_author", "mentions")
    op.create_index("ix_mentions_source_id_author", "mentions", ["source_id", "author", "brand", "published_at", "id"])
    op.create_index("ix_mentions_published_at_id", "mentions", ["published_at", "id", "source_id", "brand"])
    op.create_index("ix_samples_waiting", "samples", ["id"], sqlite_where=WAITING, postgresql_where=WAITING)
    op.add_column("cases", sa.Column("alike", ID, nullable=True))
    op.create_index("ix_cases_alike", "cases", ["alike"])
    op.add_column("case_events", sa.Column("batch", sa.String(length=16), nullable=True))
    op.create_index("ix_case_events_batch", "case_events", ["batch"], sqlite_where=IN_BATCH, postgresql_where=IN_BATCH)
    op.create_table(
        "case_bands",
        sa.Column("band", ID, nullable=False, autoincrement=False),
        sa.Column("case_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_bands_case_id_cases")),
        sa.PrimaryKeyConstraint("band", "case_id", name=op.f("pk_case_bands")),
    )
    op.create_index(op.f("ix_case_bands_case_id"), "case_bands", ["case_id"])
    op.create_table(
        "saved_views",
        sa.Column("id", ID, nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("kept_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint("owner", "name", name=op.f("uq_saved_views_owner_name")),
    )
    op.create_index(op.f("ix_saved_views_shared"), "saved_views", ["shared"])
    op.create_table(
        "presence",
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_presence")),
    )
    op.create_index(op.f("ix_presence_case_id"), "presence", ["case_id"])
    op.create_index(op.f("ix_presence_seen_at"), "presence", ["seen_at"])


def downgrade() -> None:
    for table in ("presence", "saved_views", "case_bands"):
        op.drop_table(table)
    op.drop_index("ix_case_events_batch", "case_events")
    op.drop_column("case_events", "batch")
    op.drop_index("ix_cases_alike", "cases")
    op.drop_column("cases", "alike")
    op.drop_index("ix_samples_waiting", "samples")
    op.drop_index("ix_mentions_published_at_id", "mentions")
    op.drop_index("ix_mentions_source_id_author", "mentions")
    op.create_index("ix_mentions_source_id_author", "mentions", ["source_id", "author"])
