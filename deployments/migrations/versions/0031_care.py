"""A journey that was stopped leaves the person in care until somebody says why no more is to be done."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    """Count whoever's journey was stopped among those to be heard of, also where it was stopped before."""
    op.add_column("repatriation_case", sa.Column("care_ended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("repatriation_case", sa.Column("care_ended_by", sa.Text(), nullable=True))
    op.add_column("repatriation_case", sa.Column("care_ended_for", sa.Text(), nullable=True))
    op.create_foreign_key(
        "repatriation_case_care_ended_by_fkey", "repatriation_case", "officer", ["care_ended_by"], ["number"]
    )
    op.create_check_constraint(
        "care_ended_whole",
        "repatriation_case",
        "num_nulls(care_ended_at, care_ended_by, care_ended_for) IN (0, 3) "
        "AND (care_ended_at IS NULL OR status = 'cancelled')",
    )
    op.execute(
        """
        CREATE OR REPLACE FUNCTION case_urgency_of_case() RETURNS trigger LANGUAGE plpgsql
            SET search_path = pg_catalog, public AS $$
        BEGIN
            INSERT INTO public.case_urgency AS kept (reference, is_closed, score, contact_due_at, holds_until)
                VALUES (NEW.reference, NEW.status = 'home' OR NEW.care_ended_at IS NOT NULL, 0, NULL, 'epoch')
            ON CONFLICT (reference) DO UPDATE SET
                is_closed = excluded.is_closed, holds_until = 'epoch',
                score = CASE WHEN excluded.is_closed THEN 0 ELSE kept.score END,
                contact_due_at = CASE WHEN excluded.is_closed THEN NULL ELSE kept.contact_due_at END;
            RETURN NULL;
        END $$
        """
    )
    op.execute("DROP TRIGGER case_urgency_of_case ON repatriation_case")
    op.execute(
        "CREATE TRIGGER case_urgency_of_case AFTER INSERT OR UPDATE OF status, care_ended_at ON repatriation_case "
        "FOR EACH ROW EXECUTE FUNCTION case_urgency_of_case()"
    )
    op.execute(
        "UPDATE case_urgency SET is_closed = false, holds_until = 'epoch' FROM repatriation_case AS journey "
        "WHERE journey.reference = case_urgency.reference AND journey.status = 'cancelled'"
    )
    # Nobody is heard of who was erased.
    op.execute(
        "UPDATE repatriation_case AS journey SET care_ended_at = at, care_ended_by = actor, care_ended_for = 'erased' "
        "FROM audit_event WHERE action = 'person.erased' AND audit_event.reference = journey.reference "
        "AND journey.status = 'cancelled'"
    )
