"""What Alembic runs: one connection as the owner, one transaction a migration."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import ARRAY, DateTime, Enum, NullPool, Numeric, create_engine
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel.sql.sqltypes import AutoString

from models.columns import MinorUnits, Moment
from models.tables import METADATA


def plain_type(kind: str, item: Any, autogenerate: AutogenContext) -> str | Literal[False]:  # noqa: ANN401 - Alembic's
    """Return how a drafted migration writes a column type: PostgreSQL's own words, so that it needs none of ours."""
    if kind != "type":
        return False
    if isinstance(item, JSONB):
        autogenerate.imports.add("from sqlalchemy.dialects import postgresql")
    written: tuple[tuple[type, str], ...] = (
        (Moment, "sa.DateTime(timezone=True)"),
        (DateTime, "sa.DateTime(timezone=True)"),
        (MinorUnits, "sa.Numeric()"),
        (Numeric, "sa.Numeric()"),
        (Enum, f"sa.String({getattr(item, 'length', None)})"),
        (JSONB, "postgresql.JSONB()"),
        (ARRAY, "sa.ARRAY(sa.Text())"),
        (AutoString, "sa.Text()"),
    )
    return next((text for type_, text in written if isinstance(item, type_)), False)


_url = context.config.get_main_option("sqlalchemy.url")
if _url is None:
    raise SystemExit("migrations need the owner's database address; set HOMEWARD_OWNER_DATABASE_URL")
with create_engine(_url, poolclass=NullPool).connect() as connection:
    context.configure(
        connection=connection, target_metadata=METADATA, transaction_per_migration=True, render_item=plain_type
    )
    with context.begin_transaction():
        context.run_migrations()
