"""The audit chain links in the database itself, and is sealed."""

import hashlib
import json
from datetime import UTC

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Hash events in two steps, refuse whatever does not link, and make room for seals."""
    op.add_column("audit_event", sa.Column("content_hash", sa.Text(), nullable=True))
    _chain_anew()
    op.alter_column("audit_event", "content_hash", nullable=False)
    op.create_table(
        "chain_seal",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("previous_seq", sa.BigInteger(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("sealed_at", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.execute("GRANT SELECT, INSERT ON chain_seal TO homeward_app")
    # When a thing happened, when we were told and when it was written down are three moments.
    for table in ("declaration", "private_payment", "whereabouts"):
        op.add_column(table, sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("private_payment", sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True))
    # An event is taken only as the next one of the chain. Its number is the primary key, so of two that come at once
    # one waits for the other and is then refused.
    op.execute(
        """
        CREATE FUNCTION refuse_unlinked() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
        BEGIN
            IF NEW.previous_hash IS DISTINCT FROM
                (CASE WHEN NEW.seq = 1 THEN repeat('0', 64)
                      ELSE (SELECT hash FROM public.audit_event WHERE seq = NEW.seq - 1) END)
            OR NEW.hash IS DISTINCT FROM encode(
                sha256(convert_to(NEW.seq || ':' || NEW.previous_hash || ':' || NEW.content_hash, 'UTF8')), 'hex')
            THEN
                RAISE EXCEPTION 'event does not link'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_event_links';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER audit_event_links BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION refuse_unlinked()"
    )
    op.execute(
        """
        CREATE FUNCTION refuse_unfitting_seal() RETURNS trigger LANGUAGE plpgsql
            SET search_path = pg_catalog, public AS $$
        BEGIN
            IF NOT EXISTS (SELECT FROM public.audit_event WHERE seq = NEW.seq AND hash = NEW.hash)
            OR EXISTS (SELECT FROM public.chain_seal WHERE seq > NEW.seq) THEN
                RAISE EXCEPTION 'seal does not fit'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'chain_seal_fits';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER chain_seal_fits BEFORE INSERT ON chain_seal "
        "FOR EACH ROW EXECUTE FUNCTION refuse_unfitting_seal()"
    )


def _chain_anew() -> None:
    """Hash what a database recorded before in the new way, once; nothing was sealed until now."""
    connection = op.get_bind()
    events = connection.execute(
        sa.text("SELECT seq, at, actor, action, reference, person_id, fields FROM audit_event ORDER BY seq")
    ).mappings()
    previous = "0" * 64
    for event in events.all():
        said = {name: event[name] for name in ("actor", "action", "reference", "person_id", "fields")}
        said["at"] = event["at"].astimezone(UTC).isoformat()
        text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        content = hashlib.sha256(text.encode()).hexdigest()
        hashed = hashlib.sha256(f"{event['seq']}:{previous}:{content}".encode()).hexdigest()
        connection.execute(
            sa.text("UPDATE audit_event SET content_hash = :c, previous_hash = :p, hash = :h WHERE seq = :s"),
            {"c": content, "p": previous, "h": hashed, "s": event["seq"]},
        )
        previous = hashed
