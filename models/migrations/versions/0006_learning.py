"""what a team taught the reader: its own words, and calibrations."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
NAME = sa.String(length=80)


def upgrade() -> None:
    op.create_table(
        "lexicon_changes",
        sa.Column("id", ID, nullable=False),
        sa.Column("brand", NAME, nullable=False),
        sa.Column("word", NAME, nullable=False),
        sa.Column("weight", sa.Float(), nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor", NAME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lexicon_changes")),
    )
    op.create_index("ix_lexicon_changes_brand_word_id", "lexicon_changes", ["brand", "word", "id"], unique=False)
    op.create_table(
        "calibration_tries",
        sa.Column("id", ID, nullable=False),
        sa.Column("brand", NAME, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor", NAME, nullable=False),
        sa.Column("reader", NAME, nullable=False),
        sa.Column("labels", sa.Integer(), nullable=False),
        sa.Column("last_label_at", TIME, nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("relabels", sa.Boolean(), nullable=False),
        sa.Column("values", JSON, nullable=False),
        sa.Column("before", JSON, nullable=False),
        sa.Column("after", JSON, nullable=False),
        sa.Column("undone_at", TIME, nullable=True),
        sa.Column("undone_by", NAME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibration_tries")),
    )
    op.create_index("ix_calibration_tries_brand_id", "calibration_tries", ["brand", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_calibration_tries_brand_id", table_name="calibration_tries")
    op.drop_table("calibration_tries")
    op.drop_index("ix_lexicon_changes_brand_word_id", table_name="lexicon_changes")
    op.drop_table("lexicon_changes")
