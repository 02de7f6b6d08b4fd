"""A decision stands only with its event in the audit trail and its spent code, and a later signature names its principal."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"

DECISION_IS_ON_RECORD = """
CREATE FUNCTION decision_is_on_record() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    broken text;
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.audit_event e
        WHERE e.reference = NEW.reference AND e.action = 'decision.recorded' AND e.actor = NEW.officer
            AND e.fields ->> 'decision_id' = NEW.id::text AND e.fields ->> 'step' = NEW.step
            AND e.fields ->> 'outcome' = NEW.outcome AND e.fields ->> 'reason_code' = NEW.reason_code
            AND e.fields ->> 'digest' IS NOT DISTINCT FROM NEW.digest
            AND e.fields ->> 'acting_for' IS NOT DISTINCT FROM NEW.acting_for
    ) THEN
        broken := 'decision_is_audited';
    ELSIF NOT EXISTS (
        SELECT FROM public.spent_code s WHERE s.officer = NEW.officer AND s.time_step = NEW.code_time_step
            AND s.spent_on = CASE WHEN NEW.sheet_id IS NOT NULL THEN 'sheet'
                WHEN NEW.outcome = 'cancel' THEN 'cancel' ELSE 'decision' END
    ) THEN
        broken := 'decision_is_signed_with_a_code';
    ELSIF NEW.sheet_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM public.signed_sheet l
        WHERE l.id = NEW.sheet_id AND l.officer = NEW.officer AND l.code_time_step = NEW.code_time_step
    ) THEN
        broken := 'decision_is_on_its_sheet';
    END IF;
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'decision refused' USING ERRCODE = 'check_violation', CONSTRAINT = broken;
    END IF;
    RETURN NULL;
END $$
"""

COUNTERSIGNER_MAY = """
CREATE OR REPLACE FUNCTION countersigner_may() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    alone public.decision%ROWTYPE;
    holder text := coalesce(NEW.acting_for, NEW.officer);
    broken text;
BEGIN
    SELECT * INTO alone FROM public.decision WHERE id = NEW.decision_id;
    IF NEW.officer IN (alone.officer, alone.acting_for) OR NEW.acting_for IN (alone.officer, alone.acting_for) THEN
        broken := 'countersigned_by_another';
    ELSIF alone.requester IN (NEW.officer, NEW.acting_for) THEN
        broken := 'countersigner_is_not_requester';
    ELSIF NEW.role IS DISTINCT FROM alone.countersigned_by
        OR NOT EXISTS (SELECT FROM public.officer WHERE number = NEW.officer AND active)
        OR NOT EXISTS (SELECT FROM public.officer WHERE number = holder AND active AND NEW.role = ANY (roles)) THEN
        broken := 'countersigner_holds_the_role';
    ELSIF NEW.acting_for IS NOT NULL AND NOT EXISTS (
        SELECT FROM public.delegation WHERE id = NEW.delegation_id AND principal = NEW.acting_for
            AND delegate = NEW.officer AND role = NEW.role AND NEW.signed_at >= begins_at
            AND NEW.signed_at < ends_at AND (revoked_at IS NULL OR NEW.signed_at < revoked_at)
    ) THEN
        broken := 'acting_for_by_delegation';
    ELSIF alone.step = 'funding' AND EXISTS (
        SELECT FROM public.private_payment p
        WHERE p.payer_officer IN (NEW.officer, NEW.acting_for) AND p.reference IN (
            SELECT alone.reference UNION
            SELECT m.reference FROM public.case_merge m WHERE m.kept = alone.reference AND m.unmerged_at IS NULL
        )
    ) THEN
        broken := 'countersigner_is_not_payee';
    ELSIF NOT EXISTS (
        SELECT FROM public.spent_code s WHERE s.officer = NEW.officer AND s.time_step = NEW.code_time_step
            AND s.spent_on = 'countersignature'
    ) THEN
        broken := 'countersignature_is_signed_with_a_code';
    END IF;
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'signature refused' USING ERRCODE = 'check_violation', CONSTRAINT = broken;
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    """Refuse at the end of its transaction a decision nobody noted or signed; have one code sign one decision."""
    op.execute(DECISION_IS_ON_RECORD)
    # At the end: the event is written after the decision it names.
    op.execute(
        "CREATE CONSTRAINT TRIGGER decision_is_on_record AFTER INSERT ON decision "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION decision_is_on_record()"
    )
    op.create_index(
        "one_decision_a_code",
        "decision",
        ["officer", "code_time_step"],
        unique=True,
        postgresql_where="sheet_id IS NULL",
    )
    op.add_column("countersignature", sa.Column("acting_for", sa.Text(), nullable=True))
    op.add_column("countersignature", sa.Column("delegation_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(None, "countersignature", "officer", ["acting_for"], ["number"])
    op.create_foreign_key(None, "countersignature", "delegation", ["delegation_id"], ["id"])
    op.create_check_constraint(
        "countersigned_for_by_delegation", "countersignature", "(acting_for IS NULL) = (delegation_id IS NULL)"
    )
    op.execute(COUNTERSIGNER_MAY)
