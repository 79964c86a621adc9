"""a case's themes stand between bars: their names hold blanks."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _spell("|")


def downgrade() -> None:
    _spell(" ")


def _spell(between: str) -> None:
    """Write the themes of every case anew, from its reading."""
    joined = {
        "sqlite": f"group_concat(value, '{between}') || '{between}' FROM readings, json_each(readings.themes)",
        "postgresql": f"string_agg(value, '{between}') || '{between}'"
        " FROM readings, jsonb_array_elements_text(readings.themes)",
    }[op.get_bind().dialect.name]
    op.execute(
        f"UPDATE cases SET themes = coalesce((SELECT '{between}' || {joined} WHERE mention_id = cases.mention_id), '')"  # noqa: S608 - fixed words
    )
