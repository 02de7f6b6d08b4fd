"""A syllable of its own is found, and a part of a reference; how long the way home took is read from an index alone."""

from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Group letters anew, and put beside the moment of coming home when the case was opened."""
    # Pairs alone do not find a surname of one syllable.
    op.execute(
        """
        CREATE FUNCTION letter_groups(of_text text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
            SET search_path = pg_catalog AS $$
            SELECT coalesce(array_agg(DISTINCT part), '{}')
            FROM generate_series(1, length(of_text)) AS place, (VALUES (1), (2)) AS letters (wanted),
                substr(of_text, place, wanted) AS part
            WHERE length(part) = wanted AND (wanted = 2 OR octet_length(part) > 1)
        $$
        """
    )
    op.execute("DROP INDEX ix_case_name_bigrams")
    op.execute("DROP FUNCTION bigrams(text)")
    for of in ("names", "reference"):
        op.execute(
            f"CREATE INDEX ix_case_name_{of}_groups ON case_name USING gin (letter_groups({of})) "
            "WITH (fastupdate = off)"
        )
    op.execute(
        "CREATE INDEX ix_repatriation_case_home ON repatriation_case (moved_at) INCLUDE (opened_at) "
        "WHERE status = 'home'"
    )
