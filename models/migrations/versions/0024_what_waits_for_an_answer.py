"""the queue's indexes tell what waits for an answer: only that can be due or overdue."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

BEFORE = [
    "severity", "opened_at", "id", "status", "closed_at", "due_at", "assignee", "brand", "source_id", "language",
    "label", "themes", "mention_id",
]  # fmt: skip
OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    _index([*BEFORE, "first_response_at", "returned"])


def downgrade() -> None:
    _index(BEFORE)


def _index(columns: list[str]) -> None:
    op.drop_index("ix_cases_open", "cases")
    op.drop_index("ix_cases_queue", "cases")
    op.create_index("ix_cases_queue", "cases", columns)
    op.create_index("ix_cases_open", "cases", columns, sqlite_where=OPEN, postgresql_where=OPEN)
