"""A step rests on its decision, what ended stays ended, and an officer's rights change by the owner's hand alone."""

from alembic import op

revision = "0036"
down_revision = "0035"

_ENDS = (
    ("proposal", "superseded_at"),
    ("asking", "closed_at"),
    ("delegation", "revoked_at"),
    ("standing_authority", "revoked_at"),
    ("confirmed_identity", "superseded_at"),
    ("examination", "superseded_at"),
    ("lookout_hit", "superseded_at"),
    ("paper", "superseded_at"),
)

_REFUSES = (
    "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$ "
    "BEGIN IF {unless} THEN RETURN NEW; END IF; "
    "RAISE EXCEPTION 'change refused' USING ERRCODE = 'check_violation', CONSTRAINT = '{name}'; END $$"
)

_DECIDED = (
    "EXISTS (SELECT FROM public.decision d JOIN public.proposal p ON p.id = d.proposal_id "
    "WHERE d.id = NEW.{column} AND d.reference = NEW.reference AND d.step = '{step}' AND d.outcome = 'approve'{more})"
)

_LIVE = " AND p.superseded_at IS NULL"

_TIED = (
    ("confirmed_identity", "decision_id", "verification", _LIVE),
    # What was agreed to is carried over to seats held again, within what the agreement allows.
    ("booking", "agreed_decision_id", "booking", ""),
    ("lookout_hit", "decision_id", "verification.lookout", _LIVE),
)

_APPROVED = (
    "EXISTS (SELECT FROM public.decision d JOIN public.proposal p ON p.id = d.proposal_id "
    "WHERE d.reference = NEW.reference AND d.step = 'travel_document.{step}' AND d.outcome = 'approve'"
    f"{_LIVE})"
)

_MOVES_BY_DECISION = (
    "OLD.reference = NEW.reference AND (CASE NEW.state WHEN 'void' THEN OLD.state <> 'cancelled' "
    f"WHEN 'authorised' THEN OLD.state = 'proposed' AND {_APPROVED.format(step='authorise')} "
    f"WHEN 'valid' THEN OLD.state = 'authorised' AND {_APPROVED.format(step='release')} "
    "WHEN 'cancelled' THEN OLD.state = 'valid' ELSE false END)"
)


def upgrade() -> None:
    """Let the program's role do nothing in these tables that its decisions do not allow."""
    for table, column in _ENDS:
        op.execute(
            f"CREATE TRIGGER {column}_is_final BEFORE UPDATE OF {column} ON {table} FOR EACH ROW "
            f"WHEN (OLD.{column} IS NOT NULL AND OLD.{column} IS DISTINCT FROM NEW.{column}) "
            "EXECUTE FUNCTION stays_as_written()"
        )
    # Clocks of machines may differ by so much, and somebody may have begun to prepare it anew while it still stood.
    op.execute(
        "CREATE TRIGGER lapsed_stays_lapsed BEFORE UPDATE OF valid_until ON proposal FOR EACH ROW "
        "WHEN (OLD.valid_until < now() - interval '5 minutes' AND OLD.valid_until IS DISTINCT FROM NEW.valid_until) "
        "EXECUTE FUNCTION stays_as_written()"
    )
    for table, column, step, more in _TIED:
        name = f"{table}_is_decided"
        op.execute(_REFUSES.format(name=name, unless=_DECIDED.format(column=column, step=step, more=more)))
        op.execute(
            f"CREATE TRIGGER {name} BEFORE INSERT OR UPDATE OF {column}, reference ON {table} FOR EACH ROW "
            f"WHEN (NEW.{column} IS NOT NULL) EXECUTE FUNCTION {name}()"
        )
    op.execute(_REFUSES.format(name="travel_document_moves_by_decision", unless=_MOVES_BY_DECISION))
    op.execute(
        "CREATE TRIGGER travel_document_moves_by_decision BEFORE UPDATE OF state, reference ON travel_document "
        "FOR EACH ROW WHEN (OLD.state <> NEW.state OR OLD.reference <> NEW.reference) "
        "EXECUTE FUNCTION travel_document_moves_by_decision()"
    )
    op.execute(
        "CREATE TRIGGER travel_document_begins_proposed BEFORE INSERT ON travel_document FOR EACH ROW "
        "WHEN (NEW.state <> 'proposed') EXECUTE FUNCTION stays_as_written()"
    )
    op.create_index("one_countersignature_a_code", "countersignature", ["officer", "code_time_step"], unique=True)
    # An officer's name, agency, roles and secrets are written once; only its owner changes them in the database.
    op.execute("REVOKE UPDATE ON officer FROM homeward_app")
    op.execute("GRANT UPDATE (active, language, failures, locked_until) ON officer TO homeward_app")
    # One event of the far future, once sealed, would keep every later one from being sealed.
    op.execute(
        "CREATE TRIGGER audit_event_has_happened BEFORE INSERT ON audit_event FOR EACH ROW "
        "WHEN (NEW.at > now() + interval '1 hour') EXECUTE FUNCTION stays_as_written()"
    )
    op.execute(
        _REFUSES.format(
            name="person_key_is_destroyed_on_record",
            unless="NEW.wrapped_key IS NULL AND NEW.destroyed_at IS NOT NULL AND OLD.destroyed_at IS NULL AND EXISTS ("
            "SELECT FROM public.repatriation_case c JOIN public.audit_event e ON e.reference = c.reference "
            "WHERE c.person_id = NEW.person_id AND e.action = 'person.erased')",
        )
    )
    # At the end: the event is written after what it names.
    op.execute(
        "CREATE CONSTRAINT TRIGGER person_key_is_destroyed_on_record AFTER UPDATE ON person_key "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION person_key_is_destroyed_on_record()"
    )
