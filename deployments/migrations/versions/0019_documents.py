"""A sheet that expired unused may be destroyed, and none is handed over before seal and lines were read again."""

from alembic import op

revision = "0019"
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


def upgrade() -> None:
    """Replace the function that keeps the table of moves."""
    op.execute(NUMBER_FOLLOWS)
