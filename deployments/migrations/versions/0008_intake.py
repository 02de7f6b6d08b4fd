"""Lists that people come from, and cases that are merged."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make room for lists, their rows and merges; rows are only added, and of a merge only its end is noted."""
    op.add_column("person", sa.Column("next_of_kin_phone_lookup", sa.Text(), nullable=True))
    op.create_index(op.f("ix_person_next_of_kin_phone_lookup"), "person", ["next_of_kin_phone_lookup"], unique=False)
    op.create_table(
        "intake_list",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("header_sha256", sa.Text(), nullable=False),
        sa.Column("columns", postgresql.JSONB(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["read_by"], ["officer.number"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_intake_list_sha256"), "intake_list", ["sha256"], unique=False)
    op.create_index(op.f("ix_intake_list_header_sha256"), "intake_list", ["header_sha256"], unique=False)
    op.create_table(
        "intake_row",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("row_lookup", sa.Text(), nullable=False),
        sa.Column("ref_lookup", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("row_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("flaws", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["list_id"], ["intake_list.id"]),
        sa.ForeignKeyConstraint(["reference"], ["repatriation_case.reference"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("list_id", "person_id", "ref_lookup", "reference", "row_lookup"):
        op.create_index(op.f(f"ix_intake_row_{column}"), "intake_row", [column], unique=False)
    op.create_index(
        "one_case_per_row", "intake_row", ["row_lookup"], unique=True, postgresql_where="reference IS NOT NULL"
    )
    op.create_table(
        "case_merge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kept", sa.Text(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_by", sa.Text(), nullable=False),
        sa.Column("unmerged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unmerged_by", sa.Text(), nullable=True),
        sa.CheckConstraint("reference <> kept", name="merged_into_another"),
        sa.ForeignKeyConstraint(["reference"], ["repatriation_case.reference"]),
        sa.ForeignKeyConstraint(["kept"], ["repatriation_case.reference"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["merged_by"], ["officer.number"]),
        sa.ForeignKeyConstraint(["unmerged_by"], ["officer.number"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("kept", "person_id", "reference"):
        op.create_index(op.f(f"ix_case_merge_{column}"), "case_merge", [column], unique=False)
    op.create_index(
        "one_standing_merge", "case_merge", ["reference"], unique=True, postgresql_where="unmerged_at IS NULL"
    )
    op.execute("GRANT SELECT, INSERT ON intake_list, intake_row, case_merge TO homeward_app")
    op.execute("GRANT UPDATE (unmerged_at, unmerged_by) ON case_merge TO homeward_app")
    # Whoever paid for the person is not their judge, whichever of the merged cases the payment was noted in; and a
    # dropped case has nothing that could be decided.
    op.execute(
        """
        CREATE FUNCTION decision_fits_merged() RETURNS trigger LANGUAGE plpgsql
            SET search_path = pg_catalog, public AS $$
        DECLARE
            broken text;
        BEGIN
            IF EXISTS (SELECT FROM public.case_merge WHERE reference = NEW.reference AND unmerged_at IS NULL) THEN
                broken := 'case_is_merged';
            ELSIF NEW.step = 'funding' AND EXISTS (
                SELECT FROM public.private_payment JOIN public.case_merge USING (reference)
                WHERE kept = NEW.reference AND unmerged_at IS NULL
                    AND payer_officer IN (NEW.officer, NEW.acting_for)
            ) THEN
                broken := 'decider_is_not_payee';
            END IF;
            IF broken IS NOT NULL THEN
                RAISE EXCEPTION 'decision refused' USING ERRCODE = 'check_violation', CONSTRAINT = broken;
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER decision_fits_merged BEFORE INSERT ON decision "
        "FOR EACH ROW EXECUTE FUNCTION decision_fits_merged()"
    )
