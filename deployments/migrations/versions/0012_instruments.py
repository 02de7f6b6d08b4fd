"""Which document bears a number, by which rule of the law a person gets it, and whether they hold their passport."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Call every number a sheet's, as all were, and every document by the ground it was given on."""
    op.add_column(
        "stock_number", sa.Column("instrument", sa.String(40), nullable=False, server_default="travel_certificate")
    )
    op.add_column("travel_document", sa.Column("rule", sa.String(40), nullable=False, server_default="urgent"))
    op.execute("UPDATE travel_document SET rule = 'wanted' WHERE under_warrant")
    op.alter_column("travel_document", "rule", server_default=None)
    op.drop_column("travel_document", "under_warrant")
    op.add_column("person", sa.Column("passport_in_hand", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("person", "passport_in_hand", server_default=None)
