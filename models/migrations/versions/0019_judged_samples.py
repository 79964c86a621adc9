"""samples that somebody has judged are found by an index, as those that wait are."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

JUDGED = sa.text("finding IS NOT NULL")


def upgrade() -> None:
    op.create_index("ix_samples_judged", "samples", ["id"], sqlite_where=JUDGED, postgresql_where=JUDGED)


def downgrade() -> None:
    op.drop_index("ix_samples_judged", "samples")
