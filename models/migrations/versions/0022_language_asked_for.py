"""which language somebody's browser asked for, so that messages speak it too"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("asked_locale", sa.String(20), nullable=True))


def downgrade() -> None:
    op.drop_column("users", "asked_locale")
