"""An alarm may concern all cases: what was done to a deployment is done to none of them alone."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    for table in ("alarm", "message"):
        op.alter_column(table, "reference", nullable=True)
