"""The life of every document number: a table of moves the database keeps, daily counts, losses, and pages read again."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

MOVES = {
    "received": "reserved spoiled void lost stolen",
    "reserved": "issued spoiled void lost stolen",
    "issued": "delivered used spoiled void expired lost stolen",
    "delivered": "used returned void expired lost stolen",
    "used": "returned lost stolen",
    "expired": "returned lost stolen",
    "void": "destroyed lost stolen",
    "spoiled": "destroyed lost stolen",
    "returned": "destroyed lost stolen",
    "lost": "destroyed",
    "stolen": "destroyed",
}

_PAIRS = ", ".join(f"('{now}', '{to}')" for now, all_ in MOVES.items() for to in all_.split())

# The move is what the application writes; the number's own state follows it here and nowhere else.
NUMBER_FOLLOWS = f"""
CREATE FUNCTION number_follows_its_moves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
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
    UPDATE stock_number SET state = NEW.to_state, moved_at = NEW.moved_at WHERE number = NEW.number;
    RETURN NEW;
END $$
"""  # noqa: S608 - the pairs stand above

NUMBER_BEGINS = """
CREATE FUNCTION number_begins_received() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'received' THEN
        RAISE EXCEPTION 'number refused' USING ERRCODE = 'check_violation', CONSTRAINT = 'number_begins_received';
    END IF;
    INSERT INTO stock_move (number, from_state, to_state, moved_at, moved_by, reason)
        VALUES (NEW.number, NULL, 'received', NEW.received_at, NEW.received_by, 'delivery');
    RETURN NULL;
END $$
"""

NUMBER_IS_ENTERED_ONCE = """
CREATE FUNCTION number_is_entered_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.reference IS NOT NULL AND NEW.reference IS DISTINCT FROM OLD.reference THEN
        RAISE EXCEPTION 'number refused' USING ERRCODE = 'check_violation', CONSTRAINT = 'number_is_entered_once';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    """Give every number its history; from now on it moves by a row that says who, when and why."""
    op.add_column("stock_number", sa.Column("received_by", sa.Text(), nullable=True))
    op.execute("UPDATE stock_number SET received_by = 'first-day'")
    op.alter_column("stock_number", "received_by", nullable=False)
    op.drop_index("ix_stock_free", "stock_number")
    op.execute("UPDATE stock_number SET state = 'received' WHERE state = 'in_stock'")
    op.execute("UPDATE stock_number SET state = 'returned' WHERE state = 'cancelled'")
    op.create_index("ix_stock_free", "stock_number", ["mission"], postgresql_where="state = 'received'")
    op.add_column("travel_document", sa.Column("issued_on", sa.Date(), nullable=True))
    op.add_column("travel_document", sa.Column("replaces_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        "travel_document_replaces_id_fkey", "travel_document", "travel_document", ["replaces_id"], ["id"]
    )
    op.create_table(
        "stock_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("from_state", sa.String(40), nullable=True),
        sa.Column("to_state", sa.String(40), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_by", sa.Text(), nullable=False),
        sa.Column("witness", sa.Text(), nullable=True),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.CheckConstraint(
            "to_state <> 'destroyed' OR (witness IS NOT NULL AND witness <> moved_by)",
            name="destroyed_before_a_witness",
        ),
        sa.ForeignKeyConstraint(["number"], ["stock_number.number"]),
        sa.ForeignKeyConstraint(["witness"], ["officer.number"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_stock_move_number"), "stock_move", ["number"], unique=False)
    op.execute(
        "INSERT INTO stock_move (number, from_state, to_state, moved_at, moved_by, reason) "
        "SELECT number, NULL, state, moved_at, 'first-day', 'carried-over' FROM stock_number"
    )
    op.create_table(
        "stock_count",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mission", sa.Text(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted_by", sa.Text(), nullable=False),
        sa.Column("witness", sa.Text(), nullable=False),
        sa.CheckConstraint("witness <> counted_by", name="counted_by_two"),
        sa.ForeignKeyConstraint(["counted_by"], ["officer.number"]),
        sa.ForeignKeyConstraint(["witness"], ["officer.number"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "loss_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("stolen", sa.Boolean(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("lost_on", sa.Date(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("place_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reported_by", sa.Text(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["number"], ["stock_number.number"]),
        sa.ForeignKeyConstraint(["reference"], ["repatriation_case.reference"]),
        sa.ForeignKeyConstraint(["reported_by"], ["officer.number"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    op.create_table(
        "sheet_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("fits", sa.Boolean(), nullable=False),
        sa.Column("zone_read", sa.Text(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["stock_number.number"]),
        sa.ForeignKeyConstraint(["checked_by"], ["officer.number"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_sheet_check_number"), "sheet_check", ["number"], unique=False)
    for function in (NUMBER_FOLLOWS, NUMBER_BEGINS, NUMBER_IS_ENTERED_ONCE):
        op.execute(function)
    op.execute(
        "CREATE TRIGGER number_follows_its_moves BEFORE INSERT ON stock_move "
        "FOR EACH ROW EXECUTE FUNCTION number_follows_its_moves()"
    )
    op.execute(
        "CREATE TRIGGER number_begins_received AFTER INSERT ON stock_number "
        "FOR EACH ROW EXECUTE FUNCTION number_begins_received()"
    )
    op.execute(
        "CREATE TRIGGER number_is_entered_once BEFORE UPDATE ON stock_number "
        "FOR EACH ROW EXECUTE FUNCTION number_is_entered_once()"
    )
    op.execute("REVOKE UPDATE ON stock_number FROM homeward_app")
    op.execute("GRANT UPDATE (reference) ON stock_number TO homeward_app")
    for table in ("stock_move", "stock_count", "sheet_check", "loss_report"):
        op.execute(f"GRANT SELECT, INSERT ON {table} TO homeward_app")
    # A report is told once and for all; nothing else of it changes.
    op.execute("GRANT UPDATE (told_at) ON loss_report TO homeward_app")
    op.execute("GRANT USAGE ON SEQUENCE stock_move_id_seq TO homeward_app")
