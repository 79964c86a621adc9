"""what an account was called before, so that nobody else takes a name under which somebody's work stands"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.add_column("users", sa.Column("former_names", json, nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("users", "former_names")
