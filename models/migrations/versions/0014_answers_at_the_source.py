"""what the business itself answered at the source."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mentions", sa.Column("answer", sa.Text(), nullable=True))
    op.add_column("mentions", sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("mentions", "answered_at")
    op.drop_column("mentions", "answer")
