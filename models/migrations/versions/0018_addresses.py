"""where a person is told, sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("sealed_address", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("users", "sealed_address")
