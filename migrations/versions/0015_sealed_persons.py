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
    for table, column in COLUMNS:
        if is_sqlite:
            _replace(table, column, "BLOB")
        else:
            value = f"convert_to({column}::text, 'UTF8')"
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE bytea USING {value}")
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL")
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


def _replace(table: str, column: str, type_: str) -> None:
    """SQLite changes no column's type; making the table anew would lose its triggers."""
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column}_new {type_}")
    op.execute(
        f"UPDATE {table} SET {column}_new = CAST({column} AS {type_})"  # noqa: S608  # our own names
        f" WHERE {column} IS NOT NULL"
    )
    op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    op.execute(f"ALTER TABLE {table} RENAME COLUMN {column}_new TO {column}")


def downgrade() -> None:
    """Take it back; only for development, and only of columns that nobody has sealed yet."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if not is_sqlite:
        op.drop_constraint("ck_party_sealed_person", "party")
    op.drop_column("party", "erased_at")
    plain = "CAST(sealed_name AS TEXT)" if is_sqlite else "convert_from(sealed_name, 'UTF8')"
    op.execute(
        f"UPDATE party SET name = {plain} WHERE sealed_name IS NOT NULL"  # noqa: S608  # our own names
    )
    op.drop_column("party", "sealed_name")
    for table, column in COLUMNS:
        if is_sqlite:
            _replace(table, column, "TEXT")
        else:
            value = f"convert_from({column}, 'UTF8')"
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE varchar USING {value}")
