"""What a person is and their own word: categories with reasons, screenings, representatives, contacts and consents."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

APPEND_ONLY = ("best_interest", "contact", "contact_consent", "screening")


CATEGORY_FITS = """
CREATE FUNCTION category_fits() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
    broken text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.category = 'confirmed_victim' AND NOT EXISTS (
            SELECT FROM public.screening WHERE id = NEW.screening_id AND person_id = NEW.person_id
        ) THEN
            broken := 'only_a_screening_confirms';
        END IF;
    ELSIF OLD.removed_at IS NOT NULL THEN
        broken := 'history_stays';
    ELSIF OLD.category IN ('presumed_victim', 'confirmed_victim') AND NEW.removed_at IS NOT NULL AND NOT (
        EXISTS (SELECT FROM public.officer WHERE number = NEW.removed_by AND active AND NOT police
            AND 'screening-officer' = ANY (roles))
        AND EXISTS (SELECT FROM public.screening WHERE id = NEW.removed_screening_id AND person_id = NEW.person_id)
    ) THEN
        broken := 'protection_ends_by_screening';
    END IF;
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'category refused' USING ERRCODE = 'check_violation', CONSTRAINT = broken;
    END IF;
    RETURN NEW;
END $$
"""

SCREENED_OUTSIDE = """
CREATE FUNCTION screened_outside_the_police() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.officer WHERE number = NEW.recorded_by AND active AND NOT police
        AND 'screening-officer' = ANY (roles)) THEN
        RAISE EXCEPTION 'screening refused'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'screened_outside_the_police';
    END IF;
    RETURN NEW;
END $$
"""

DECLARED_BY_WHO_MAY = """
CREATE FUNCTION represented_by_who_may() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    IF NEW.representative_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM public.representative WHERE id = NEW.representative_id AND person_id = NEW.person_id
            AND verified_at IS NOT NULL AND ended_at IS NULL
    ) THEN
        RAISE EXCEPTION 'representative refused'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'represented_by_who_may';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    _officers_of_the_police()
    op.create_table(
        "screening",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.String(40), nullable=True),
        sa.Column("interpreter", sa.Text(), nullable=True),
        sa.Column("screened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["reference"], ["repatriation_case.reference"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["recorded_by"], ["officer.number"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_screening_reference"), "screening", ["reference"], unique=False)
    op.create_index(op.f("ix_screening_person_id"), "screening", ["person_id"], unique=False)
    op.execute(SCREENED_OUTSIDE)
    op.execute(
        "CREATE TRIGGER screened_outside_the_police BEFORE INSERT ON screening "
        "FOR EACH ROW EXECUTE FUNCTION screened_outside_the_police()"
    )
    _representatives()
    _contacts()
    _categories()
    for table in APPEND_ONLY:
        op.execute(f'GRANT SELECT, INSERT ON "{table}" TO homeward_app')
    op.execute("GRANT USAGE ON SEQUENCE contact_consent_id_seq TO homeward_app")
    op.execute("GRANT SELECT, INSERT ON representative TO homeward_app")
    op.execute("GRANT UPDATE (proof, verified_at, verified_by, ended_at, ended_by) ON representative TO homeward_app")


def _officers_of_the_police() -> None:
    op.add_column("officer", sa.Column("police", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute("UPDATE officer SET police = true WHERE agency ~* 'police|prosecut|investigat|constab|경찰|검찰|수사'")
    op.alter_column("officer", "police", server_default=None)
    op.create_check_constraint(
        "screening_is_outside_the_police", "officer", "NOT (police AND 'screening-officer' = ANY (roles))"
    )


def _representatives() -> None:
    op.create_table(
        "representative",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("relation", sa.String(40), nullable=False),
        sa.Column("because", sa.String(40), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("proof", sa.String(40), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_by", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(verified_at IS NULL) = (verified_by IS NULL) AND (verified_at IS NULL) = (proof IS NULL)",
            name="verified_by_somebody_somehow",
        ),
        sa.CheckConstraint("verified_by <> added_by", name="verified_by_another"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["added_by"], ["officer.number"]),
        sa.ForeignKeyConstraint(["verified_by"], ["officer.number"]),
        sa.ForeignKeyConstraint(["ended_by"], ["officer.number"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person_id", "number"),
    )
    op.create_index(op.f("ix_representative_person_id"), "representative", ["person_id"], unique=False)
    op.create_table(
        "best_interest",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("interest", sa.String(40), nullable=False),
        sa.Column("reasons_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["recorded_by"], ["officer.number"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_best_interest_person_id"), "best_interest", ["person_id"], unique=False)
    op.add_column("declaration", sa.Column("interpreter", sa.Text(), nullable=True))
    op.add_column(
        "declaration", sa.Column("representative_id", sa.Uuid(), sa.ForeignKey("representative.id"), nullable=True)
    )
    op.execute(DECLARED_BY_WHO_MAY)


def _contacts() -> None:
    op.create_table(
        "contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("relation", sa.String(40), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["added_by"], ["officer.number"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person_id", "number"),
    )
    op.create_index(op.f("ix_contact_person_id"), "contact", ["person_id"], unique=False)
    op.create_table(
        "contact_consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("item", sa.String(40), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(40), nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("representative_id", sa.Uuid(), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"]),
        sa.ForeignKeyConstraint(["representative_id"], ["representative.id"]),
        sa.ForeignKeyConstraint(["recorded_by"], ["officer.number"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_contact_consent_person_id"), "contact_consent", ["person_id"], unique=False)
    op.create_index(op.f("ix_contact_consent_contact_id"), "contact_consent", ["contact_id"], unique=False)
    # One telephone stood with the person until now; it stays sealed as it was, and nobody has agreed to its use.
    op.execute(
        """
        INSERT INTO contact (id, person_id, number, relation, phone_sealed, added_at, added_by)
        SELECT gen_random_uuid(), p.id, 1, 'not_said', p.next_of_kin_phone_sealed, p.recorded_at, c.opened_by
        FROM person p JOIN LATERAL (
            SELECT opened_by FROM repatriation_case WHERE person_id = p.id ORDER BY opened_at LIMIT 1
        ) c ON true
        WHERE p.next_of_kin_phone_sealed IS NOT NULL
        """
    )
    op.drop_column("person", "next_of_kin_phone_sealed")
    for table in ("declaration", "contact_consent"):
        op.execute(
            f"CREATE TRIGGER represented_by_who_may BEFORE INSERT ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION represented_by_who_may()"
        )


def _categories() -> None:
    op.add_column(
        "person_category", sa.Column("reason_code", sa.String(40), server_default="reported", nullable=False)
    )
    op.alter_column("person_category", "reason_code", server_default=None)
    op.add_column("person_category", sa.Column("removed_reason_code", sa.String(40), nullable=True))
    for name in ("screening_id", "removed_screening_id"):
        op.add_column("person_category", sa.Column(name, sa.Uuid(), sa.ForeignKey("screening.id"), nullable=True))
    op.execute("UPDATE person_category SET removed_reason_code = 'entered_in_error' WHERE removed_at IS NOT NULL")
    # What was written twice at the opening stood twice.
    op.execute(
        """
        UPDATE person_category d SET removed_at = added_at, removed_by = added_by,
            removed_reason_code = 'entered_in_error'
        WHERE removed_at IS NULL AND EXISTS (
            SELECT FROM person_category e WHERE e.person_id = d.person_id AND e.category = d.category
                AND e.removed_at IS NULL AND e.id < d.id
        )
        """
    )
    op.create_index(
        "one_standing_category",
        "person_category",
        ["person_id", "category"],
        unique=True,
        postgresql_where="removed_at IS NULL",
    )
    op.create_check_constraint(
        "removed_by_somebody_for_a_reason",
        "person_category",
        "(removed_at IS NULL) = (removed_by IS NULL) AND (removed_at IS NULL) = (removed_reason_code IS NULL)",
    )
    op.execute(CATEGORY_FITS)
    op.execute(
        "CREATE TRIGGER category_fits BEFORE INSERT OR UPDATE ON person_category "
        "FOR EACH ROW EXECUTE FUNCTION category_fits()"
    )
    # A category is added, and once taken away; nothing else about it changes.
    op.execute("REVOKE UPDATE ON person_category FROM homeward_app")
    op.execute(
        "GRANT UPDATE (removed_at, removed_by, removed_reason_code, removed_screening_id) "
        "ON person_category TO homeward_app"
    )
