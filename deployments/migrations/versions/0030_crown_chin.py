"""Where crown and chin lie in a portrait, as whoever stored it marked them."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Portraits stored before were not marked. A mark says where in the picture, and nothing of whose face it is."""
    op.add_column("person", sa.Column("portrait_crown", sa.Integer(), nullable=True))
    op.add_column("person", sa.Column("portrait_chin", sa.Integer(), nullable=True))
    op.create_check_constraint(
        "portrait_marked_whole",
        "person",
        "(portrait_crown IS NULL) = (portrait_chin IS NULL) "
        "AND portrait_crown >= 0 AND portrait_crown < portrait_chin AND portrait_chin <= 1000",
    )
