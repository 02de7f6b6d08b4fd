"""Sheets that expire unused, hand-over after both were read again, and why a document is valid for more than 15 days."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

MOVES = {
    "received": "reserved spoiled void lost stolen",
    "reserved": "issued spoiled void lost stolen",
    "issued": "delivered used spoiled void expired lost stolen",
    "delivered": "used returned void expired lost stolen",
    "used": "returned lost stolen",
    "expired": "returned destroyed lost stolen",
    "void": "destroyed lost stolen",
    "spoiled": "destroyed lost stolen",
    "returned": "destroyed lost stolen",
    "lost": "destroyed",
    "stolen": "destroyed",
}

_PAIRS = ", ".join(f"('{now}', '{to}')" for now, all_ in MOVES.items() for to in all_.split())

NUMBER_FOLLOWS = f"""
CREATE OR REPLACE FUNCTION number_follows_its_moves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    stands text := (SELECT state FROM stock_number WHERE number = NEW.number FOR UPDATE);
    is_first boolean := NOT EXISTS (SELECT FROM stock_move WHERE number = NEW.number);
BEGIN
    IF NEW.from_state IS NULL AND is_first AND NEW.to_state = 'received' AND stands = 'received' THEN
        RETURN NEW;
    END IF;
    IF is_first OR NEW.from_state IS DISTINCT FROM stands
        OR NOT (NEW.from_state, NEW.to_state) IN (VALUES {_PAIRS}) THEN
        RAISE EXCEPTION 'move refused' USING ERRCODE = 'check_violation', CONSTRAINT = 'number_moves_by_its_table';
    END IF;
    IF NEW.to_state = 'delivered' AND NOT coalesce((
        SELECT fits AND zone_read IS NOT NULL FROM sheet_check
            WHERE number = NEW.number ORDER BY checked_at DESC LIMIT 1
    ), false) THEN
        RAISE EXCEPTION 'move refused' USING ERRCODE = 'check_violation', CONSTRAINT = 'delivered_after_it_was_read';
    END IF;
    UPDATE stock_number SET state = NEW.to_state, moved_at = NEW.moved_at WHERE number = NEW.number;
    RETURN NEW;
END $$
"""  # noqa: S608 - the pairs stand above


NO_LONGER_WITHOUT_A_REASON = """
CREATE FUNCTION no_longer_than_a_reason() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.issued_on IS NOT NULL AND NEW.expires_on - NEW.issued_on + 1 > coalesce((
        SELECT days FROM longer_validity WHERE reference = NEW.reference ORDER BY recorded_at DESC LIMIT 1
    ), 15) THEN
        RAISE EXCEPTION 'validity refused' USING ERRCODE = 'check_violation', CONSTRAINT = 'no_longer_than_a_reason';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    """Replace the function that keeps the table of moves, and make room for the reasons."""
    op.execute(NUMBER_FOLLOWS)
    op.create_table(
        "longer_validity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint("days BETWEEN 15 AND 365", name="days_of_validity"),
        sa.ForeignKeyConstraint(["reference"], ["repatriation_case.reference"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["recorded_by"], ["officer.number"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("reference", "person_id"):
        op.create_index(op.f(f"ix_longer_validity_{column}"), "longer_validity", [column], unique=False)
    op.execute("GRANT SELECT, INSERT ON longer_validity TO homeward_app")
    op.execute(NO_LONGER_WITHOUT_A_REASON)
    op.execute(
        "CREATE TRIGGER no_longer_than_a_reason BEFORE INSERT OR UPDATE OF issued_on, expires_on ON travel_document "
        "FOR EACH ROW EXECUTE FUNCTION no_longer_than_a_reason()"
    )
