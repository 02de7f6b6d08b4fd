"""What the application's role may do, and what the database itself refuses."""

from alembic import op

revision = "0002"
down_revision = "0001"

APPEND_ONLY = (
    "audit_event",
    "decision",
    "declaration",
    "ledger_posting",
    "ledger_transaction",
    "noted_cost",
    "private_payment",
    "spent_code",
    "timeline_entry",
    "whereabouts",
)
"""Rows of these are added and read; the application's role can neither change nor remove one."""

CHANGEABLE = (
    "attempt",
    "booking",
    "case_counter",
    "confirmed_identity",
    "examination",
    "handoff",
    "intent",
    "lookout_hit",
    "officer",
    "person",
    "person_category",
    "person_key",
    "repatriation_case",
    "session",
    "stock_number",
    "travel_document",
    "trouble",
)

PARTLY_CHANGEABLE = {
    "asking": "closed_at, refused, shown_at",
    "paper": "superseded_at",
    "proposal": "superseded_at, valid_until",
}
"""What was asked, proposed and handed out stays as it was; only its end may be noted."""


def upgrade() -> None:
    """Grant the application's role exactly what it needs; nothing may be deleted by it anywhere."""
    op.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    op.execute("GRANT USAGE ON SCHEMA public TO homeward_app")
    for table in (*APPEND_ONLY, *CHANGEABLE, *PARTLY_CHANGEABLE):
        op.execute(f'GRANT SELECT, INSERT ON "{table}" TO homeward_app')
    for table in CHANGEABLE:
        op.execute(f'GRANT UPDATE ON "{table}" TO homeward_app')
    for table, columns in PARTLY_CHANGEABLE.items():
        op.execute(f'GRANT UPDATE ({columns}) ON "{table}" TO homeward_app')
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO homeward_app")
    # A ledger transaction balances in each currency, whoever writes it.
    op.execute(
        """
        CREATE FUNCTION refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (
                SELECT 1 FROM ledger_posting WHERE transaction_id = NEW.transaction_id
                GROUP BY currency HAVING sum(amount_minor) <> 0
            ) THEN
                RAISE EXCEPTION 'ledger transaction does not balance'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_balances';
            END IF;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        "CREATE CONSTRAINT TRIGGER ledger_balances AFTER INSERT ON ledger_posting "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_unbalanced()"
    )
    # A document is valid only when its bytes are stored.
    op.execute(
        "ALTER TABLE travel_document ADD CONSTRAINT valid_means_stored "
        "CHECK (state NOT IN ('valid', 'cancelled') OR (paper_id IS NOT NULL AND itinerary IS NOT NULL))"
    )
