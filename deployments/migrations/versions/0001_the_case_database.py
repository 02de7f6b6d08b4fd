"""the case database."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "audit_event",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("person_id", sa.Text(), nullable=True),
        sa.Column("fields", postgresql.JSONB(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index(op.f("ix_audit_event_reference"), "audit_event", ["reference"], unique=False)
    op.create_table(
        "case_counter",
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("country", "year"),
    )
    op.create_table(
        "officer",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("roles", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("totp_secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "delegation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("delegate", sa.Text(), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code_time_step", sa.Integer(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.CheckConstraint("begins_at < ends_at", name="delegation_has_a_period"),
        sa.CheckConstraint("principal <> delegate", name="delegate_is_another"),
        sa.ForeignKeyConstraint(
            ["delegate"],
            ["officer.number"],
        ),
        sa.ForeignKeyConstraint(
            ["principal"],
            ["officer.number"],
        ),
        sa.ForeignKeyConstraint(
            ["revoked_by"],
            ["officer.number"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_delegation_delegate"), "delegation", ["delegate"], unique=False)
    op.create_index(op.f("ix_delegation_principal"), "delegation", ["principal"], unique=False)
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name_hangul", sa.Text(), nullable=True),
        sa.Column("name_latin", sa.Text(), nullable=True),
        sa.Column("sex", sa.String(40), nullable=True),
        sa.Column("birth_date", sa.String(), nullable=True),
        sa.Column("birthplace", sa.Text(), nullable=True),
        sa.Column("passport_number_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("passport_number_lookup", sa.Text(), nullable=True),
        sa.Column("next_of_kin_phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("story_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("portrait_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("portrait_captured_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("portrait_captured_by", sa.Text(), nullable=True),
        sa.Column("portrait_waiver", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["portrait_captured_by"],
            ["officer.number"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_person_passport_number_lookup"), "person", ["passport_number_lookup"], unique=False)
    op.create_table(
        "session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("officer", sa.Text(), nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["officer"],
            ["officer.number"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_table(
        "spent_code",
        sa.Column("officer", sa.Text(), nullable=False),
        sa.Column("time_step", sa.Integer(), nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spent_on", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["officer"],
            ["officer.number"],
        ),
        sa.PrimaryKeyConstraint("officer", "time_step"),
    )
    op.create_table(
        "standing_authority",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("signed_by", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code_time_step", sa.Integer(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.CheckConstraint("signed_at < ends_at", name="authority_has_a_period"),
        sa.ForeignKeyConstraint(
            ["revoked_by"],
            ["officer.number"],
        ),
        sa.ForeignKeyConstraint(
            ["signed_by"],
            ["officer.number"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_standing_authority_operation"), "standing_authority", ["operation"], unique=False)
    op.create_table(
        "declaration",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("wish", sa.String(40), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"],
            ["officer.number"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_declaration_person_id"), "declaration", ["person_id"], unique=False)
    op.create_table(
        "person_category",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.String(40), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["added_by"],
            ["officer.number"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["removed_by"],
            ["officer.number"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_person_category_person_id"), "person_category", ["person_id"], unique=False)
    op.create_table(
        "person_key",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("key_encryption_key_id", sa.Text(), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.create_table(
        "repatriation_case",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("receiving_agency", sa.Text(), nullable=False),
        sa.Column("ending", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["opened_by"],
            ["officer.number"],
        ),
        sa.ForeignKeyConstraint(
            ["owner"],
            ["officer.number"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("reference"),
    )
    op.create_index(op.f("ix_repatriation_case_person_id"), "repatriation_case", ["person_id"], unique=False)
    op.create_table(
        "whereabouts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("keeper", sa.Text(), nullable=False),
        sa.Column("host_status", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_contact_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"],
            ["officer.number"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_whereabouts_person_id"), "whereabouts", ["person_id"], unique=False)
    op.create_table(
        "attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("flow_run_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("strikes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reference"],
            ["repatriation_case.reference"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reference", "number"),
    )
    op.create_index(op.f("ix_attempt_reference"), "attempt", ["reference"], unique=False)
    op.create_index("one_open_attempt", "attempt", ["reference"], unique=True, postgresql_where="ended_at IS NULL")
    op.create_table(
        "examination",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["reference"],
            ["repatriation_case.reference"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_examination_reference"), "examination", ["reference"], unique=False)
    op.create_table(
        "intent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("registry_id", sa.Text(), nullable=True),
        sa.Column("act", sa.String(40), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("payload_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("result_id", sa.Text(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["reference"],
            ["repatriation_case.reference"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_intent_reference"), "intent", ["reference"], unique=False)
    op.create_index(
        "one_act_per_subject",
        "intent",
        ["act", "subject"],
        unique=True,
        postgresql_where="state IN ('sending', 'unknown', 'done')",
    )
    op.create_index(
        "one_live_hold_per_person",
        "intent",
        ["person_id"],
        unique=True,
        postgresql_where="act = 'hold_seats' AND (state IN ('sending', 'unknown') OR state = 'done')",
    )
    op.create_index(
        "one_live_hold_per_registry_id",
        "intent",
        ["registry_id"],
        unique=True,
        postgresql_where="act = 'hold_seats' AND (state IN ('sending', 'unknown') OR state = 'done')",
    )
    op.create_table(
        "noted_cost",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("amount_minor", sa.Numeric(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.Column("withdraws_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["noted_by"],
            ["officer.number"],
        ),
        sa.ForeignKeyConstraint(
            ["reference"],
            ["repatriation_case.reference"],
        ),
        sa.ForeignKeyConstraint(
            ["withdraws_id"],
            ["noted_cost.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_noted_cost_reference"), "noted_cost", ["reference"], unique=False)
    op.create_table(
        "paper",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("bytes_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["reference"],
            ["repatriation_case.reference"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_paper_reference"), "paper", ["reference"], unique=False)
    op.create_index(
        "one_current_paper", "paper", ["reference", "kind"], unique=True, postgresql_where="superseded_at IS NULL"
    )
    op.create_index("one_paper_version", "paper", ["reference", "kind", "version"], unique=True)
    op.create_table(
        "private_payment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("payer", sa.String(40), nullable=False),
        sa.Column("payer_officer", sa.Text(), nullable=True),
        sa.Column("amount_minor", sa.Numeric(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("purpose_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["noted_by"],
            ["officer.number"],
        ),
        sa.ForeignKeyConstraint(
            ["payer_officer"],
            ["officer.number"],
        ),
        sa.ForeignKeyConstraint(
            ["reference"],
            ["repatriation_case.reference"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_private_payment_reference"), "private_payment", ["reference"], unique=False)
    op.create_table(
        "proposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("places", postgresql.JSONB(), nullable=False),
        sa.Column("signing_order", sa.String(40), nullable=False),
        sa.Column("kept_apart_from", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["reference"],
            ["repatriation_case.reference"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_proposal_reference"), "proposal", ["reference"], unique=False)
    op.create_index(
        "one_live_proposal", "proposal", ["reference", "step"], unique=True, postgresql_where="superseded_at IS NULL"
    )
    op.create_table(
        "stock_number",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("mission", sa.Text(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["reference"],
            ["repatriation_case.reference"],
        ),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_stock_free", "stock_number", ["mission"], unique=False, postgresql_where="state = 'in_stock'")
    op.create_table(
        "timeline_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reference"],
            ["repatriation_case.reference"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_timeline_entry_reference"), "timeline_entry", ["reference"], unique=False)
    op.create_table(
        "trouble",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["reference"],
            ["repatriation_case.reference"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_trouble_reference"), "trouble", ["reference"], unique=False)
    op.create_index("one_open_trouble", "trouble", ["reference"], unique=True, postgresql_where="resolved_at IS NULL")
    op.create_table(
        "asking",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("flow_run_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("refused", sa.Text(), nullable=True),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["proposal.id"],
        ),
        sa.ForeignKeyConstraint(
            ["reference"],
            ["repatriation_case.reference"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_asking_inbox", "asking", ["role", "due_at"], unique=False, postgresql_where="closed_at IS NULL")
    op.create_index(op.f("ix_asking_reference"), "asking", ["reference"], unique=False)
    op.create_index("one_open_asking", "asking", ["reference"], unique=True, postgresql_where="closed_at IS NULL")
    op.create_table(
        "handoff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("intent_id", sa.Uuid(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("refusal_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_by", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("follow_up_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["intent_id"],
            ["intent.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["received_by"],
            ["officer.number"],
        ),
        sa.ForeignKeyConstraint(
            ["reference"],
            ["repatriation_case.reference"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("intent_id"),
    )
    op.create_index(op.f("ix_handoff_reference"), "handoff", ["reference"], unique=False)
    op.create_index(
        "one_live_handoff",
        "handoff",
        ["reference"],
        unique=True,
        postgresql_where="state IN ('offered', 'accepted', 'received')",
    )
    op.create_table(
        "ledger_transaction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("entry", sa.String(40), nullable=False),
        sa.Column("intent_id", sa.Uuid(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["intent_id"],
            ["intent.id"],
        ),
        sa.ForeignKeyConstraint(
            ["reference"],
            ["repatriation_case.reference"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_ledger_transaction_reference"), "ledger_transaction", ["reference"], unique=False)
    op.create_table(
        "travel_document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("registry_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("instrument", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("envelope", postgresql.JSONB(), nullable=False),
        sa.Column("border_status", sa.Text(), nullable=True),
        sa.Column("under_warrant", sa.Boolean(), nullable=False),
        sa.Column("authorised_by", sa.Text(), nullable=True),
        sa.Column("itinerary", postgresql.JSONB(), nullable=True),
        sa.Column("paper_id", sa.Uuid(), nullable=True),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["authorised_by"],
            ["officer.number"],
        ),
        sa.ForeignKeyConstraint(
            ["number"],
            ["stock_number.number"],
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"],
            ["paper.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["reference"],
            ["repatriation_case.reference"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    op.create_index(op.f("ix_travel_document_person_id"), "travel_document", ["person_id"], unique=False)
    op.create_index(op.f("ix_travel_document_reference"), "travel_document", ["reference"], unique=False)
    op.create_index(
        "one_open_document_per_case",
        "travel_document",
        ["reference"],
        unique=True,
        postgresql_where="state IN ('proposed', 'authorised', 'valid')",
    )
    op.create_index(
        "one_valid_document_per_person",
        "travel_document",
        ["person_id"],
        unique=True,
        postgresql_where="state = 'valid'",
    )
    op.create_index(
        "one_valid_document_per_registry_id",
        "travel_document",
        ["registry_id"],
        unique=True,
        postgresql_where="state = 'valid'",
    )
    op.create_table(
        "signed_sheet",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("questions", sa.Integer(), nullable=False),
        sa.Column("officer", sa.Text(), nullable=False),
        sa.Column("code_time_step", sa.Integer(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["officer"],
            ["officer.number"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("asking_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("reason_code", sa.String(40), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("to_stage", sa.String(40), nullable=True),
        sa.Column("officer", sa.Text(), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("acting_for", sa.Text(), nullable=True),
        sa.Column("delegation_id", sa.Uuid(), nullable=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(40), nullable=False),
        sa.Column("authority_id", sa.Uuid(), nullable=True),
        sa.Column("countersigned_by", sa.String(40), nullable=True),
        sa.Column("countersign_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("door", sa.String(40), nullable=False),
        sa.Column("code_time_step", sa.Integer(), nullable=False),
        sa.Column("sheet_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(basis = 'rule') = (countersigned_by IS NULL) AND (basis = 'rule') = (countersign_due_at IS NULL)",
            name="alone_is_countersigned",
        ),
        sa.CheckConstraint("acting_for <> requester OR role = 'coordinator'", name="principal_is_not_requester"),
        sa.CheckConstraint(
            "basis = 'rule' OR outcome = 'approve' AND (basis = 'break-glass' OR authority_id IS NOT NULL)",
            name="alone_only_approves",
        ),
        sa.CheckConstraint("officer <> requester OR role = 'coordinator'", name="decider_is_not_requester"),
        sa.CheckConstraint("(acting_for IS NULL) = (delegation_id IS NULL)", name="acting_for_by_delegation"),
        sa.ForeignKeyConstraint(
            ["acting_for"],
            ["officer.number"],
        ),
        sa.ForeignKeyConstraint(
            ["asking_id"],
            ["asking.id"],
        ),
        sa.ForeignKeyConstraint(
            ["authority_id"],
            ["standing_authority.id"],
        ),
        sa.ForeignKeyConstraint(
            ["delegation_id"],
            ["delegation.id"],
        ),
        sa.ForeignKeyConstraint(
            ["officer"],
            ["officer.number"],
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["proposal.id"],
        ),
        sa.ForeignKeyConstraint(
            ["reference"],
            ["repatriation_case.reference"],
        ),
        sa.ForeignKeyConstraint(
            ["requester"],
            ["officer.number"],
        ),
        sa.ForeignKeyConstraint(
            ["sheet_id"],
            ["signed_sheet.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("asking_id"),
    )
    op.create_index(op.f("ix_decision_reference"), "decision", ["reference"], unique=False)
    op.create_index(
        "one_signature_a_person",
        "decision",
        ["proposal_id", "officer"],
        unique=True,
        postgresql_where="outcome = 'approve'",
    )
    op.create_index(
        "one_signature_a_place",
        "decision",
        ["proposal_id", "place"],
        unique=True,
        postgresql_where="outcome = 'approve'",
    )
    op.create_table(
        "ledger_posting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(40), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.Numeric(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["ledger_transaction.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_ledger_posting_transaction_id"), "ledger_posting", ["transaction_id"], unique=False)
    op.create_table(
        "booking",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("intent_id", sa.Uuid(), nullable=False),
        sa.Column("lift", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("offer_id", sa.Text(), nullable=False),
        sa.Column("record_locator", sa.Text(), nullable=False),
        sa.Column("itinerary", postgresql.JSONB(), nullable=False),
        sa.Column("amount_minor", sa.Numeric(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("pay_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("price_guaranteed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("names_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("agreed_decision_id", sa.Uuid(), nullable=True),
        sa.Column("agreed_amount_minor", sa.Numeric(), nullable=True),
        sa.Column("carrier_answer", sa.Text(), nullable=True),
        sa.Column("unwanted", sa.Boolean(), nullable=False),
        sa.Column("ticket_numbers", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreed_decision_id"],
            ["decision.id"],
        ),
        sa.ForeignKeyConstraint(
            ["intent_id"],
            ["intent.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["reference"],
            ["repatriation_case.reference"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("intent_id"),
        sa.UniqueConstraint("order_id"),
    )
    op.create_index(op.f("ix_booking_person_id"), "booking", ["person_id"], unique=False)
    op.create_index(op.f("ix_booking_reference"), "booking", ["reference"], unique=False)
    op.create_index(
        "one_live_booking_per_person",
        "booking",
        ["person_id"],
        unique=True,
        postgresql_where="state IN ('held', 'ticketed')",
    )
    op.create_table(
        "confirmed_identity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("registry_id", sa.Text(), nullable=False),
        sa.Column("surname_hangul", sa.Text(), nullable=False),
        sa.Column("given_hangul", sa.Text(), nullable=False),
        sa.Column("surname_latin", sa.Text(), nullable=False),
        sa.Column("given_latin", sa.Text(), nullable=False),
        sa.Column("sex", sa.String(40), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=False),
        sa.Column("birthplace", sa.Text(), nullable=False),
        sa.Column("nationality", sa.Text(), nullable=False),
        sa.Column("personal_number_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("passport_number_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["decision.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["reference"],
            ["repatriation_case.reference"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("decision_id"),
    )
    op.create_index(op.f("ix_confirmed_identity_person_id"), "confirmed_identity", ["person_id"], unique=False)
    op.create_index(op.f("ix_confirmed_identity_reference"), "confirmed_identity", ["reference"], unique=False)
    op.create_index(op.f("ix_confirmed_identity_registry_id"), "confirmed_identity", ["registry_id"], unique=False)
    op.create_table(
        "countersignature",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("first_officer", sa.Text(), nullable=False),
        sa.Column("officer", sa.Text(), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("says", sa.String(40), nullable=False),
        sa.Column("reason_code", sa.String(40), nullable=False),
        sa.Column("door", sa.String(40), nullable=False),
        sa.Column("code_time_step", sa.Integer(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("officer <> first_officer", name="countersigned_by_another"),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["decision.id"],
        ),
        sa.ForeignKeyConstraint(
            ["first_officer"],
            ["officer.number"],
        ),
        sa.ForeignKeyConstraint(
            ["officer"],
            ["officer.number"],
        ),
        sa.ForeignKeyConstraint(
            ["reference"],
            ["repatriation_case.reference"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("decision_id"),
    )
    op.create_index(op.f("ix_countersignature_reference"), "countersignature", ["reference"], unique=False)
    op.create_table(
        "lookout_hit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("authority_reference", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["decision.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["reference"],
            ["repatriation_case.reference"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_lookout_hit_reference"), "lookout_hit", ["reference"], unique=False)
