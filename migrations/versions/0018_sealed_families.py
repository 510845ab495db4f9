"""Names of families and of their desks are sealed like those of persons.

As in 0013 and 0015: what they hold so far becomes bytes as it is, and the next start of the
program, which has the key, seals it. All nodes are stopped for this migration.
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

OF_FAMILIES = """
  kind <> 'person' AND organisation_id IN
    (SELECT o.id FROM party o WHERE o.organisation_kind = 'family')
"""


def upgrade() -> None:
    """Move the names, and say which rows have a personal one."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    plain = "CAST(name AS BLOB)" if is_sqlite else "convert_to(name, 'UTF8')"
    op.execute(
        f"UPDATE party SET sealed_name = {plain}, name = '' WHERE {OF_FAMILIES}"  # noqa: S608  # our own names
    )
    # That no program may forget it stands in the schema, as for persons.
    op.execute(
        "ALTER TABLE party ADD COLUMN is_personal BOOLEAN DEFAULT false NOT NULL"
        " CONSTRAINT ck_party_sealed_family CHECK (name = '' OR"
        " (NOT is_personal AND (organisation_kind IS NULL OR organisation_kind <> 'family')))"
    )
    op.execute(
        f"UPDATE party SET is_personal = true WHERE kind = 'person' OR ({OF_FAMILIES})"  # noqa: S608  # our own names
    )
    # The next start has something to seal again.
    op.execute("DELETE FROM data_key WHERE subject_id = 'installation'")


def downgrade() -> None:
    """Take it back; only for development, and only of names that nobody has sealed yet."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if not is_sqlite:
        op.drop_constraint("ck_party_sealed_family", "party")
    op.drop_column("party", "is_personal")
    plain = "CAST(sealed_name AS TEXT)" if is_sqlite else "convert_from(sealed_name, 'UTF8')"
    op.execute(
        f"UPDATE party SET name = {plain}, sealed_name = NULL WHERE {OF_FAMILIES}"  # noqa: S608  # our own names
    )
