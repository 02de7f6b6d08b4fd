"""What the desk's lists are ordered and searched by, kept by triggers beside the facts it follows from."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

_OF_THE_CASE = ("medical_clearance", "pressure_note", "booking", "travel_document")
_OF_THE_PERSON = ("whereabouts", "person_category")


def upgrade() -> None:
    """Make room for it, fill it, and have the database keep it."""
    _urgency()
    _names()
    _places()
    # What the board counts and lists.
    op.execute(
        "CREATE INDEX ix_booking_leaves ON booking ((itinerary -> 'segments' -> 0 ->> 'departs_local')) "
        "WHERE state IN ('held', 'ticketed') AND NOT unwanted"
    )
    op.execute("CREATE INDEX ix_booking_lapses ON booking (pay_by) WHERE state = 'held' AND NOT unwanted")
    op.execute("CREATE INDEX ix_repatriation_case_stands ON repatriation_case (status, moved_at)")
    op.execute("CREATE INDEX ix_ledger_committed ON ledger_transaction (posted_at) WHERE entry = 'commitment'")


def _urgency() -> None:
    op.create_table(
        "case_urgency",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("contact_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("holds_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["reference"], ["repatriation_case.reference"]),
        sa.PrimaryKeyConstraint("reference"),
    )
    op.execute("CREATE INDEX ix_case_urgency_order ON case_urgency (is_closed, score DESC, reference)")
    for index, column in (("lapsed", "holds_until"), ("contact", "contact_due_at")):
        op.execute(f"CREATE INDEX ix_case_urgency_{index} ON case_urgency ({column}) WHERE NOT is_closed")
    op.execute("GRANT SELECT, INSERT, UPDATE ON case_urgency TO homeward_app")
    op.execute(
        "INSERT INTO case_urgency SELECT reference, status IN ('home', 'cancelled'), 0, NULL, 'epoch' "
        "FROM repatriation_case"
    )
    op.execute(
        """
        CREATE FUNCTION case_urgency_of_case() RETURNS trigger LANGUAGE plpgsql
            SET search_path = pg_catalog, public AS $$
        BEGIN
            INSERT INTO public.case_urgency AS kept (reference, is_closed, score, contact_due_at, holds_until)
                VALUES (NEW.reference, NEW.status IN ('home', 'cancelled'), 0, NULL, 'epoch')
            ON CONFLICT (reference) DO UPDATE SET
                is_closed = excluded.is_closed, holds_until = 'epoch',
                score = CASE WHEN excluded.is_closed THEN 0 ELSE kept.score END,
                contact_due_at = CASE WHEN excluded.is_closed THEN NULL ELSE kept.contact_due_at END;
            RETURN NULL;
        END $$
        """
    )
    # Marked also where it is marked already: whoever counts it at this moment must not overlook this change, and the
    # row's lock makes the one wait for the other.
    op.execute(
        """
        CREATE FUNCTION case_urgency_lapses() RETURNS trigger LANGUAGE plpgsql
            SET search_path = pg_catalog, public AS $$
        BEGIN
            IF TG_ARGV[0] = 'person' THEN
                UPDATE public.case_urgency SET holds_until = 'epoch' WHERE reference IN (
                    SELECT reference FROM public.repatriation_case WHERE person_id = NEW.person_id
                    UNION SELECT kept FROM public.case_merge WHERE person_id = NEW.person_id
                );
            ELSIF TG_ARGV[0] = 'merge' THEN
                UPDATE public.case_urgency SET holds_until = 'epoch' WHERE reference IN (NEW.reference, NEW.kept);
            ELSE
                UPDATE public.case_urgency SET holds_until = 'epoch' WHERE reference = NEW.reference;
            END IF;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER case_urgency_of_case AFTER INSERT OR UPDATE OF status ON repatriation_case "
        "FOR EACH ROW EXECUTE FUNCTION case_urgency_of_case()"
    )
    follows = {**dict.fromkeys(_OF_THE_CASE, "case"), **dict.fromkeys(_OF_THE_PERSON, "person"), "case_merge": "merge"}
    for table, by in follows.items():
        op.execute(
            f"CREATE TRIGGER case_urgency_lapses AFTER INSERT OR UPDATE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION case_urgency_lapses('{by}')"
        )


def _names() -> None:
    op.create_table(
        "case_name",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["reference"], ["repatriation_case.reference"]),
        sa.PrimaryKeyConstraint("reference"),
    )
    # Not pg_trgm: in the C locale it drops whatever is not ASCII, and a name in Hangul has two or three syllables,
    # which make no group of three.
    op.execute(
        """
        CREATE FUNCTION bigrams(of_text text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
            SET search_path = pg_catalog AS $$
            SELECT coalesce(array_agg(DISTINCT substr(of_text, place, 2)), '{}')
            FROM generate_series(1, length(of_text) - 1) AS place
        $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION names_of_case(about text) RETURNS text LANGUAGE sql STABLE
            SET search_path = pg_catalog, public AS $$
            SELECT lower(concat_ws(E'\\n', name_hangul, name_latin, surname_hangul || given_hangul,
                surname_latin || ' ' || given_latin, given_latin || ' ' || surname_latin))
            FROM public.repatriation_case AS journey JOIN public.person ON person.id = journey.person_id
            LEFT JOIN public.confirmed_identity AS confirmed
                ON confirmed.reference = journey.reference AND superseded_at IS NULL
            WHERE journey.reference = about
            ORDER BY confirmed_at DESC LIMIT 1
        $$
        """
    )
    op.execute("INSERT INTO case_name SELECT reference, names_of_case(reference) FROM repatriation_case")
    op.execute("CREATE INDEX ix_case_name_bigrams ON case_name USING gin (bigrams(names))")
    op.execute("GRANT SELECT, INSERT, UPDATE ON case_name TO homeward_app")
    op.execute(
        """
        CREATE FUNCTION case_name_follows() RETURNS trigger LANGUAGE plpgsql
            SET search_path = pg_catalog, public AS $$
        BEGIN
            IF TG_TABLE_NAME = 'person' THEN
                UPDATE public.case_name SET names = public.names_of_case(case_name.reference)
                    FROM public.repatriation_case AS journey
                    WHERE journey.reference = case_name.reference AND journey.person_id = NEW.id;
            ELSE
                INSERT INTO public.case_name VALUES (NEW.reference, public.names_of_case(NEW.reference))
                    ON CONFLICT (reference) DO UPDATE SET names = excluded.names;
            END IF;
            RETURN NULL;
        END $$
        """
    )
    for table, when in (
        ("repatriation_case", "INSERT"),
        ("confirmed_identity", "INSERT OR UPDATE"),
        ("person", "UPDATE OF name_hangul, name_latin"),
    ):
        op.execute(
            f"CREATE TRIGGER case_name_follows AFTER {when} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION case_name_follows()"
        )


def _places() -> None:
    op.create_table(
        "asking_place",
        sa.Column("asking_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("first_asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["asking_id"], ["asking.id"]),
        sa.PrimaryKeyConstraint("asking_id", "role"),
    )
    op.execute(
        "CREATE INDEX ix_asking_place_waiting ON asking_place (role, first_asked_at, asking_id) WHERE NOT is_closed"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON asking_place TO homeward_app")
    op.execute(
        """
        CREATE FUNCTION asking_place_add(about uuid) RETURNS void LANGUAGE sql
            SET search_path = pg_catalog, public AS $$
            INSERT INTO public.asking_place (asking_id, role, first_asked_at, is_closed)
            SELECT DISTINCT asking.id, place.role, coalesce(first.asked_at, asking.asked_at),
                asking.closed_at IS NOT NULL
            FROM public.asking JOIN public.proposal ON proposal.id = asking.proposal_id
            LEFT JOIN public.asking AS first ON first.id = asking.repeats
            CROSS JOIN LATERAL (
                SELECT jsonb_array_elements_text(wanted -> 'roles') FROM jsonb_array_elements(proposal.places) AS wanted
                UNION SELECT 'standing-authority' WHERE asking.step = 'funding'
            ) AS place (role)
            WHERE asking.id = about
            ON CONFLICT (asking_id, role) DO UPDATE SET is_closed = excluded.is_closed
        $$
        """
    )
    op.execute("SELECT asking_place_add(id) FROM asking WHERE closed_at IS NULL")
    op.execute(
        """
        CREATE FUNCTION asking_place_follows() RETURNS trigger LANGUAGE plpgsql
            SET search_path = pg_catalog, public AS $$
        BEGIN
            PERFORM public.asking_place_add(NEW.id);
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER asking_place_follows AFTER INSERT OR UPDATE OF closed_at ON asking "
        "FOR EACH ROW EXECUTE FUNCTION asking_place_follows()"
    )
