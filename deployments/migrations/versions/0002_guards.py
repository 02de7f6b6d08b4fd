"""What the application's role may do, and what the database itself refuses."""

from alembic import op

revision = "0002"
down_revision = "0001"

APPEND_ONLY = (
    "audit_event",
    "countersignature",
    "decision",
    "declaration",
    "ledger_posting",
    "ledger_transaction",
    "noted_cost",
    "private_payment",
    "signed_sheet",
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
    "delegation": "revoked_at, revoked_by",
    "standing_authority": "revoked_at, revoked_by",
    "asking": "closed_at, refused, shown_at",
    "paper": "superseded_at",
    "proposal": "superseded_at, valid_until",
}
"""What was asked, proposed and handed out stays as it was; only its end may be noted."""


DECISION_FITS = """
CREATE FUNCTION decision_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    opened text := (SELECT opened_by FROM repatriation_case WHERE reference = NEW.reference);
    holder text := coalesce(NEW.acting_for, NEW.officer);
    broken text;
BEGIN
    IF NEW.requester <> opened THEN
        broken := 'decision_names_the_requester';
    ELSIF NEW.role <> 'coordinator' AND opened IN (NEW.officer, NEW.acting_for) THEN
        broken := 'decider_is_not_requester';
    ELSIF NOT EXISTS (SELECT FROM officer WHERE number = NEW.officer AND active)
        OR NOT EXISTS (SELECT FROM officer WHERE number = holder AND active AND NEW.role = ANY (roles)) THEN
        broken := 'decider_holds_the_role';
    ELSIF NEW.acting_for IS NOT NULL AND NOT EXISTS (
        SELECT FROM delegation WHERE id = NEW.delegation_id AND principal = NEW.acting_for
            AND delegate = NEW.officer AND role = NEW.role AND NEW.decided_at >= begins_at
            AND NEW.decided_at < ends_at AND (revoked_at IS NULL OR NEW.decided_at < revoked_at)
    ) THEN
        broken := 'acting_for_by_delegation';
    ELSIF NEW.basis = 'standing-authority' AND (NEW.step <> 'funding' OR NOT EXISTS (
        SELECT FROM standing_authority JOIN repatriation_case USING (operation)
        WHERE id = NEW.authority_id AND reference = NEW.reference AND signed_by <> NEW.officer
            AND NEW.decided_at < ends_at AND (revoked_at IS NULL OR NEW.decided_at < revoked_at)
    )) THEN
        broken := 'authority_covers_the_case';
    ELSIF NEW.step = 'funding' AND EXISTS (
        SELECT FROM private_payment WHERE reference = NEW.reference AND payer_officer IN (NEW.officer, NEW.acting_for)
    ) THEN
        broken := 'decider_is_not_payee';
    ELSIF NEW.step IN ('travel_document.authorise', 'travel_document.release') AND EXISTS (
        SELECT FROM confirmed_identity i
        JOIN decision confirmed ON confirmed.id = i.decision_id
        JOIN decision examined ON examined.proposal_id = confirmed.proposal_id AND examined.outcome = 'approve'
        WHERE i.reference = NEW.reference AND i.superseded_at IS NULL
            AND (examined.officer IN (NEW.officer, NEW.acting_for)
                OR examined.acting_for IN (NEW.officer, NEW.acting_for))
    ) THEN
        broken := 'decider_is_not_examiner';
    ELSIF NEW.outcome <> 'cancel' AND NOT EXISTS (
        SELECT FROM asking a JOIN proposal p ON p.id = a.proposal_id
        WHERE a.id = NEW.asking_id AND a.reference = NEW.reference AND a.step = NEW.step
            AND p.id = NEW.proposal_id AND p.step = NEW.step AND p.digest = NEW.digest AND p.superseded_at IS NULL
            AND (p.valid_until IS NULL OR NEW.decided_at < p.valid_until)
    ) THEN
        broken := 'decision_fits_the_question';
    END IF;
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'decision refused' USING ERRCODE = 'check_violation', CONSTRAINT = broken;
    END IF;
    RETURN NEW;
END $$
"""


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
    # Who may decide, whatever the program believes.
    op.execute(DECISION_FITS)
    op.execute("CREATE TRIGGER decision_fits BEFORE INSERT ON decision FOR EACH ROW EXECUTE FUNCTION decision_fits()")
    # A document is valid only when its bytes are stored.
    op.execute(
        "ALTER TABLE travel_document ADD CONSTRAINT valid_means_stored "
        "CHECK (state NOT IN ('valid', 'cancelled') OR (paper_id IS NOT NULL AND itinerary IS NOT NULL))"
    )
