"""how far people were reminded of a promise, and what a day's summary looks for."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_cases_closed_at", "cases", ["closed_at"]),
    ("ix_cases_first_response_at", "cases", ["first_response_at"]),
    ("ix_cases_told_at", "cases", ["told_at"]),
    ("ix_case_events_action_at", "case_events", ["action", "at"]),
    ("ix_corrections_at", "corrections", ["at"]),
)


def upgrade() -> None:
    op.add_column("cases", sa.Column("reminded", sa.SmallInteger(), nullable=False, server_default="0"))
    # What fell due long before anybody was reminded is no news.
    op.execute("UPDATE cases SET reminded = 2 WHERE first_response_at IS NOT NULL OR closed_at IS NOT NULL")
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns, unique=False)


def downgrade() -> None:
    for name, table, _ in reversed(INDEXES):
        op.drop_index(name, table)
    op.drop_column("cases", "reminded")
