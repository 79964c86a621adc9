"""the daily sample of unflagged mentions; corrections keep the reading and the stars of their moment."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FINDINGS = sa.Enum(
    "right", "needs_reply", "not_about_us", name="finding", native_enum=False, create_constraint=True, length=20
)
LABELS = sa.Enum(
    "negative", "neutral", "positive", "unscored", name="says", native_enum=False, create_constraint=True, length=20
)
READING = (
    ("rating", sa.Float()),
    ("nps", sa.Integer()),
    ("polarity", sa.Float()),
    ("confidence", sa.Float()),
    ("reader", sa.String(length=80)),
    ("version", sa.String(length=80)),
)


def upgrade() -> None:
    op.create_table(
        "sample_draws",
        sa.Column("id", ID, nullable=False),
        sa.Column("brand", sa.String(length=80), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("upto_id", ID, nullable=False),
        sa.Column("unflagged", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample_draws")),
        sa.UniqueConstraint("brand", "day", name=op.f("uq_sample_draws_brand_day")),
    )
    op.create_table(
        "samples",
        sa.Column("id", ID, nullable=False),
        sa.Column("draw_id", ID, nullable=False),
        sa.Column("mention_id", ID, nullable=False),
        sa.Column("brand", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("finding", FINDINGS, nullable=True),
        sa.Column("says", LABELS, nullable=True),
        sa.Column("judged_at", TIME, nullable=True),
        sa.Column("judged_by", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(["draw_id"], ["sample_draws.id"], name=op.f("fk_samples_draw_id_sample_draws")),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], name=op.f("fk_samples_mention_id_mentions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_samples")),
        sa.UniqueConstraint("mention_id", name=op.f("uq_samples_mention_id")),
    )
    op.create_index("ix_samples_brand_finding_id", "samples", ["brand", "finding", "id"], unique=False)
    for name, kind in READING:
        op.add_column("corrections", sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    for name, _ in reversed(READING):
        op.drop_column("corrections", name)
    op.drop_index("ix_samples_brand_finding_id", table_name="samples")
    op.drop_table("samples")
    op.drop_table("sample_draws")
