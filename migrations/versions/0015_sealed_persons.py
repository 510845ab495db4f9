"""Names of persons, their contact points and feeds hold sealed bytes; each party has a data key.

As in 0013: what they hold so far becomes bytes as it is, and the next start of the program, which
has the key, seals it. All nodes are stopped for this migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

COLUMNS = (
    ("party", "accountable_approved_by"),
    ("contact_point", "address"),
    ("contact_point", "secret"),
    ("calendar_feed", "label"),
)


def upgrade() -> None:
    """Change the columns' type and keep what is in them."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    change = _replace if is_sqlite else _retype
    for table, column in COLUMNS:
        change(table, column)
    op.add_column("party", sa.Column("sealed_name", sa.LargeBinary(), nullable=True))
    plain = "CAST(name AS BLOB)" if is_sqlite else "convert_to(name, 'UTF8')"
    op.execute(
        f"UPDATE party SET sealed_name = {plain}, name = '' WHERE kind = 'person'"  # noqa: S608  # our own names
    )
    # A person's name is sealed or gone; that no program may forget it stands in the schema.
    op.execute(
        "ALTER TABLE party ADD COLUMN erased_at BIGINT"
        " CONSTRAINT ck_party_sealed_person CHECK (kind <> 'person' OR name = '')"
    )
    # The next start has something to seal again.
    op.execute("DELETE FROM data_key WHERE subject_id = 'installation'")


def _replace(table: str, column: str) -> None:
    """SQLite changes no column's type; making the table anew would lose its triggers."""
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column}_sealed BLOB")
    op.execute(
        f"UPDATE {table} SET {column}_sealed = CAST({column} AS BLOB)"  # noqa: S608  # our own names
        f" WHERE {column} IS NOT NULL"
    )
    op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    op.execute(f"ALTER TABLE {table} RENAME COLUMN {column}_sealed TO {column}")


def _retype(table: str, column: str) -> None:
    op.execute(
        f"ALTER TABLE {table} ALTER COLUMN {column} TYPE bytea"
        f" USING convert_to({column}::text, 'UTF8')"
    )
    op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL")


def downgrade() -> None:
    """Nothing: who could read the columns again would have to have the key."""
    raise NotImplementedError("Sealed columns stay sealed; restore the backup of before.")
