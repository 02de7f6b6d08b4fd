"""What one officer decided alone is found without reading every decision: the inbox and the clocks ask for it."""

from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """Index the few decisions that want a later signature."""
    op.create_index(
        "made_alone",
        "decision",
        ["countersign_due_at", "reference"],
        postgresql_where="countersigned_by IS NOT NULL",
    )
