"""Who opened a case and which decision confirmed an identity stay as they were written: the rules of two persons read them."""

from alembic import op

revision = "0033"
down_revision = "0032"

_PINNED = (("repatriation_case", "opened_by"), ("confirmed_identity", "reference"), ("confirmed_identity", "decision_id"))


def upgrade() -> None:
    """Refuse the change by whoever may write there, and have no trigger see a temporary table in a table's place."""
    op.execute(
        """
        CREATE FUNCTION stays_as_written() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'change refused' USING ERRCODE = 'check_violation', CONSTRAINT = 'stays_as_written';
        END $$
        """
    )
    for table, column in _PINNED:
        op.execute(
            f"CREATE TRIGGER {column}_stays BEFORE UPDATE OF {column} ON {table} FOR EACH ROW "
            f"WHEN (OLD.{column} IS DISTINCT FROM NEW.{column}) EXECUTE FUNCTION stays_as_written()"
        )
    op.execute(
        """
        DO $$
        DECLARE written regprocedure;
        BEGIN
            FOR written IN
                SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prorettype = 'trigger'::regtype
                    AND proowner = current_user::regrole
            LOOP
                EXECUTE format('ALTER FUNCTION %s SET search_path = pg_catalog, public, pg_temp', written);
            END LOOP;
        END $$
        """
    )
