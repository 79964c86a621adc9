"""tags, remedies, escalation, the author's return, and half of a promise's time."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

COLUMNS = (
    ("half_at", TIME),
    ("first_due_at", TIME),
    ("escalated_at", TIME),
    ("returned", sa.String(20)),
    ("remedy", sa.String(20)),
    ("remedy_amount", sa.String(20)),
    ("remedy_currency", sa.String(3)),
    ("remedy_outcome", sa.String(20)),
    ("told_at", TIME),
)


def upgrade() -> None:
    for name, kind in COLUMNS:
        op.add_column("cases", sa.Column(name, kind, nullable=True))
    # Half of the time by the clock: near enough for promises that were made before anybody was told at half-time.
    half = {
        "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', (julianday(opened_at) + julianday(due_at)) / 2)",
        "postgresql": "opened_at + (due_at - opened_at) / 2",
    }[op.get_bind().dialect.name]
    op.execute(f"UPDATE cases SET half_at = {half}")  # noqa: S608 (one of two texts of ours)
    op.create_index("ix_cases_status_half_at", "cases", ["status", "half_at"], unique=False)
    op.create_table(
        "case_tags",
        sa.Column("case_id", ID, nullable=False),
        sa.Column("tag", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_tags_case_id_cases")),
        sa.PrimaryKeyConstraint("case_id", "tag", name=op.f("pk_case_tags")),
    )
    op.create_index("ix_case_tags_tag_case_id", "case_tags", ["tag", "case_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_case_tags_tag_case_id", "case_tags")
    op.drop_table("case_tags")
    op.drop_index("ix_cases_status_half_at", "cases")
    for name, _ in reversed(COLUMNS):
        op.drop_column("cases", name)
