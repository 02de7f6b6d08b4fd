"""A signature stands in a place of its rule, whatever the program believes."""

from alembic import op

revision = "0025"
down_revision = "0024"

DECISION_FITS_ITS_PLACE = """
CREATE FUNCTION decision_fits_its_place() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
    asked public.proposal%ROWTYPE;
    wanted jsonb;
    broken text;
BEGIN
    IF NEW.outcome = 'cancel' THEN
        RETURN NEW;
    END IF;
    SELECT * INTO asked FROM public.proposal WHERE id = NEW.proposal_id;
    wanted := asked.places -> NEW.place;
    IF NEW.basis = 'rule' AND NOT coalesce(
        wanted -> 'roles' ? NEW.role AND (wanted ->> 'agency' IS NULL OR wanted ->> 'agency' = (
            SELECT agency FROM public.officer WHERE number = coalesce(NEW.acting_for, NEW.officer)
        )), false
    ) THEN
        broken := 'decider_fits_the_place';
    ELSIF NEW.basis = 'break-glass' AND NEW.step NOT IN (
        'travel_document.authorise', 'booking', 'funding', 'travel_document.release'
    ) THEN
        broken := 'only_acts_are_forced';
    ELSIF EXISTS (
        SELECT FROM public.decision d WHERE d.proposal_id = NEW.proposal_id AND d.outcome = 'approve'
            AND (NEW.officer IN (d.officer, d.acting_for) OR NEW.acting_for IN (d.officer, d.acting_for))
    ) THEN
        broken := 'one_signature_a_person';
    ELSIF EXISTS (
        SELECT FROM unnest(asked.kept_apart_from) AS apart (step)
        JOIN public.decision d ON d.outcome = 'approve' AND d.proposal_id = CASE
            WHEN apart.step = 'verification' THEN (
                SELECT confirmed.proposal_id FROM public.confirmed_identity i
                JOIN public.decision confirmed ON confirmed.id = i.decision_id
                WHERE i.reference = NEW.reference AND i.superseded_at IS NULL
            ) ELSE coalesce((
                SELECT p.id FROM public.proposal p
                WHERE p.reference = NEW.reference AND p.step = apart.step AND p.superseded_at IS NULL
            ), (
                SELECT last.proposal_id FROM public.decision last
                WHERE last.reference = NEW.reference AND last.step = apart.step AND last.outcome = 'approve'
                ORDER BY last.decided_at DESC LIMIT 1
            )) END
        WHERE NEW.officer IN (d.officer, d.acting_for) OR NEW.acting_for IN (d.officer, d.acting_for)
    ) THEN
        broken := 'decider_is_kept_apart';
    END IF;
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'decision refused' USING ERRCODE = 'check_violation', CONSTRAINT = broken;
    END IF;
    RETURN NEW;
END $$
"""

COUNTERSIGNER_MAY = """
CREATE FUNCTION countersigner_may() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
    alone public.decision%ROWTYPE;
    broken text;
BEGIN
    SELECT * INTO alone FROM public.decision WHERE id = NEW.decision_id;
    IF NEW.officer IN (alone.officer, alone.acting_for) THEN
        broken := 'countersigned_by_another';
    ELSIF NEW.officer = alone.requester THEN
        broken := 'countersigner_is_not_requester';
    ELSIF NEW.role IS DISTINCT FROM alone.countersigned_by THEN
        broken := 'countersigner_holds_the_role';
    ELSIF alone.step = 'funding' AND EXISTS (
        SELECT FROM public.private_payment p WHERE p.payer_officer = NEW.officer AND p.reference IN (
            SELECT alone.reference UNION
            SELECT m.reference FROM public.case_merge m WHERE m.kept = alone.reference AND m.unmerged_at IS NULL
        )
    ) THEN
        broken := 'countersigner_is_not_payee';
    END IF;
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'signature refused' USING ERRCODE = 'check_violation', CONSTRAINT = broken;
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    """Refuse a role the question does not ask for, a second hand of one person, and who is to be kept apart."""
    op.execute(DECISION_FITS_ITS_PLACE)
    # Told after decision_fits, which has made sure of the question itself.
    op.execute(
        "CREATE TRIGGER decision_fits_its_place BEFORE INSERT ON decision "
        "FOR EACH ROW EXECUTE FUNCTION decision_fits_its_place()"
    )
    op.execute(COUNTERSIGNER_MAY)
    op.execute(
        "CREATE TRIGGER countersigner_may BEFORE INSERT ON countersignature "
        "FOR EACH ROW EXECUTE FUNCTION countersigner_may()"
    )
