"""Which account at the identity provider is which officer's."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

IDENTITY_HOLDS = """
CREATE FUNCTION officer_identity_holds() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
    broken text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.agreed_at IS NOT NULL OR NEW.ended_at IS NOT NULL THEN
            broken := 'identity_begins_unagreed';
        ELSIF NOT EXISTS (
            SELECT FROM public.officer WHERE number = NEW.bound_by AND active AND 'registrar' = ANY (roles)
        ) THEN
            broken := 'identity_bound_by_a_registrar';
        END IF;
    ELSIF OLD.ended_at IS NOT NULL THEN
        broken := 'identity_ended_for_good';
    ELSIF OLD.agreed_at IS DISTINCT FROM NEW.agreed_at AND OLD.agreed_at IS NOT NULL THEN
        broken := 'identity_agreed_once';
    END IF;
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'identity refused' USING ERRCODE = 'check_violation', CONSTRAINT = broken;
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    """Make room for them; only a registrar's word begins one, and one that ended stays so."""
    op.create_table(
        "officer_identity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("officer", sa.Text(), nullable=False),
        sa.Column("account_hash", sa.Text(), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bound_by", sa.Text(), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="identity_ended_by_somebody"),
        sa.ForeignKeyConstraint(["officer"], ["officer.number"]),
        sa.ForeignKeyConstraint(["bound_by"], ["officer.number"]),
        sa.ForeignKeyConstraint(["ended_by"], ["officer.number"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for name, column in (("one_officer_an_account", "account_hash"), ("one_account_an_officer", "officer")):
        op.create_index(name, "officer_identity", [column], unique=True, postgresql_where="ended_at IS NULL")
    op.execute("GRANT SELECT, INSERT ON officer_identity TO homeward_app")
    op.execute("GRANT UPDATE (agreed_at, ended_at, ended_by) ON officer_identity TO homeward_app")
    op.execute(IDENTITY_HOLDS)
    op.execute(
        "CREATE TRIGGER officer_identity_holds BEFORE INSERT OR UPDATE ON officer_identity "
        "FOR EACH ROW EXECUTE FUNCTION officer_identity_holds()"
    )
