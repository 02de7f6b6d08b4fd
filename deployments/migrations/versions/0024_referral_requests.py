"""Requests to other agencies about who a person is, each with its clock, and which word answers which."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Make room for them; of a request only its end is ever written afterwards."""
    op.create_table(
        "referral_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("contact_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asking_agency", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("withdrawn_for", sa.String(40), nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by_somebody"),
        sa.ForeignKeyConstraint(["asked_by"], ["officer.number"]),
        sa.ForeignKeyConstraint(["ended_by"], ["officer.number"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["reference"], ["repatriation_case.reference"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_referral_request_reference"), "referral_request", ["reference"], unique=False)
    op.create_index(
        "one_open_request", "referral_request", ["reference", sa.text("lower(agency)")], unique=True,
        postgresql_where="ended_at IS NULL",
    )  # fmt: skip
    op.create_index(
        "ix_referral_request_open", "referral_request", ["remind_at"], postgresql_where="ended_at IS NULL"
    )  # fmt: skip
    op.execute("GRANT SELECT, INSERT ON referral_request TO homeward_app")
    op.execute("GRANT UPDATE (ended_at, ended_by, withdrawn_for) ON referral_request TO homeward_app")
    op.add_column("referral", sa.Column("request_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(None, "referral", "referral_request", ["request_id"], ["id"])
