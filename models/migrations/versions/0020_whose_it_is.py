"""saved views and presence belong to an account where there is one, and not to a name."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM presence")  # of minutes ago
    op.execute(
        "UPDATE saved_views SET owner = (SELECT '#' || users.id FROM users WHERE users.name = saved_views.owner)"
        " WHERE owner IN (SELECT name FROM users)"
    )


def downgrade() -> None:
    op.execute("DELETE FROM presence")
    op.execute(
        "UPDATE saved_views SET owner = (SELECT users.name FROM users WHERE '#' || users.id = saved_views.owner)"
        " WHERE owner IN (SELECT '#' || id FROM users)"
    )
