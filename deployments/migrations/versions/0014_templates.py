"""Papers remember which version of their template they were drawn with."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Whatever was drawn before is of the first version."""
    op.add_column("paper", sa.Column("template", sa.Integer(), nullable=False, server_default="1"))
    op.alter_column("paper", "template", server_default=None)
