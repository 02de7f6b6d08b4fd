"""Messages to officers, where they reach them, the rungs questions have reached, and alarms."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("asking", sa.Column("repeats", sa.Uuid(), sa.ForeignKey("asking.id"), nullable=True))
    op.create_index(op.f("ix_asking_repeats"), "asking", ["repeats"], unique=False)
    op.create_table(
        "officer_address",
        sa.Column("officer", sa.Text(), nullable=False),
        sa.Column("email_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("notify_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["officer"], ["officer.number"]),
        sa.PrimaryKeyConstraint("officer"),
    )
    op.create_table(
        "escalation",
        sa.Column("question_id", sa.Uuid(), nullable=False),
        sa.Column("rung", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["question_id"], ["asking.id"]),
        sa.ForeignKeyConstraint(["reference"], ["repatriation_case.reference"]),
        sa.PrimaryKeyConstraint("question_id", "rung"),
    )
    op.create_index(op.f("ix_escalation_reference"), "escalation", ["reference"], unique=False)
    op.create_table(
        "alarm",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["reference"], ["repatriation_case.reference"]),
        sa.ForeignKeyConstraint(["acknowledged_by"], ["officer.number"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "about"),
    )
    op.create_index(op.f("ix_alarm_reference"), "alarm", ["reference"], unique=False)
    op.create_index("ix_alarm_open", "alarm", ["raised_at"], unique=False, postgresql_where="acknowledged_at IS NULL")
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("officer", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("step", sa.String(40), nullable=True),
        sa.Column("role", sa.String(40), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("question_id", sa.Uuid(), nullable=True),
        sa.Column("alarm_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mail_id", sa.Uuid(), nullable=True),
        sa.Column("gathered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_failure", sa.Text(), nullable=True),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["alarm_id"], ["alarm.id"]),
        sa.ForeignKeyConstraint(["officer"], ["officer.number"]),
        sa.ForeignKeyConstraint(["question_id"], ["asking.id"]),
        sa.ForeignKeyConstraint(["reference"], ["repatriation_case.reference"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("officer", "kind", "about"),
    )
    op.create_index(op.f("ix_message_reference"), "message", ["reference"], unique=False)
    op.create_index(op.f("ix_message_question_id"), "message", ["question_id"], unique=False)
    op.create_index("ix_message_gathered", "message", ["officer", "kind", "gathered_at"], unique=False)
    op.create_index(
        "ix_message_waiting",
        "message",
        ["officer", "kind"],
        unique=False,
        postgresql_where="sent_at IS NULL AND dropped_at IS NULL",
    )
    # What was told, and when a question stood where, stays as it was; only what became of it may be noted.
    for table in ("officer_address", "escalation", "alarm", "message"):
        op.execute(f'GRANT SELECT, INSERT ON "{table}" TO homeward_app')
    op.execute("GRANT UPDATE ON officer_address TO homeward_app")
    op.execute("GRANT UPDATE (acknowledged_at, acknowledged_by) ON alarm TO homeward_app")
    op.execute(
        "GRANT UPDATE (mail_id, gathered_at, tries, try_at, last_failure, mailed_at, notified_at, sent_at, dropped_at) "
        "ON message TO homeward_app"
    )
    op.execute("GRANT USAGE ON SEQUENCE alarm_id_seq TO homeward_app")
