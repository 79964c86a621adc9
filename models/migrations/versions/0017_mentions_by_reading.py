"""mentions are found by their language and label, however seldom either is"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_readings_language_label", "readings", ["language", "label", "mention_id"])
    op.create_index("ix_readings_label", "readings", ["label", "mention_id"])


def downgrade() -> None:
    op.drop_index("ix_readings_label", "readings")
    op.drop_index("ix_readings_language_label", "readings")
