"""what is open is no longer found by when it was closed: SQLite took that index for the one of open cases."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

CLOSED = sa.text("closed_at IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_cases_closed_at", "cases")
    op.create_index("ix_cases_closed_at", "cases", ["closed_at"], sqlite_where=CLOSED, postgresql_where=CLOSED)


def downgrade() -> None:
    op.drop_index("ix_cases_closed_at", "cases")
    op.create_index("ix_cases_closed_at", "cases", ["closed_at"])
