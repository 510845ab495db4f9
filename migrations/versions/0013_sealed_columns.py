"""Personal columns hold sealed bytes; each client has a data key.

What they hold so far becomes bytes as it is; the next start of the program, which has the key,
seals it (app/store/vault/conversion.py). Nothing can be read in between, so all nodes are stopped
for this migration.
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# Table, column, its type before, and whether it may be null from now on.
COLUMNS = (
    ("client", "town", "varchar", True),
    ("client", "personal", "json", True),
    ("client_reference", "reference", "varchar", False),
    ("idempotency", "answer", "json", False),
    ("incident", "report", "json", True),
    ("delivery", "message", "json", True),
    ("ledger_disclosure", "disclosure", "varchar", False),
    ("protocol_version", "document", "json", True),
    ("protocol_problem", "variant_name", "varchar", True),
)
FOUND_BY = "uq_client_reference_organisation_id_"


def upgrade() -> None:
    """Change the columns' type and keep what is in them."""
    text = sqlmodel.sql.sqltypes.AutoString()
    op.create_table(
        "data_key",
        sa.Column("subject_id", text, nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_data_key")),
    )
    op.add_column("client", sa.Column("erased_at", sa.BigInteger(), nullable=True))
    op.drop_index(FOUND_BY + "reference", "client_reference")
    # Until it is sealed, a number is found by itself.
    op.add_column("client_reference", sa.Column("blind", text, nullable=False, server_default=""))
    op.execute("UPDATE client_reference SET blind = reference")
    for table, column, _, is_nullable in COLUMNS:
        if op.get_bind().dialect.name == "sqlite":
            _replace(table, column, "BLOB" if is_nullable else "BLOB NOT NULL DEFAULT x''")
        else:
            _retype(table, column, "bytea", f"convert_to({column}::text, 'UTF8')")
            if is_nullable:
                op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL")
    columns = ["organisation_id", "blind"]
    op.create_index(FOUND_BY + "blind", "client_reference", columns, unique=True)


def downgrade() -> None:
    """Take it back; only for development, and only of columns that nobody has sealed yet."""
    op.drop_index(FOUND_BY + "blind", "client_reference")
    for table, column, before, _ in COLUMNS:
        if op.get_bind().dialect.name == "sqlite":
            _replace(table, column, before)
        else:
            _retype(table, column, before, f"convert_from({column}, 'UTF8')::{before}")
    op.drop_column("client_reference", "blind")
    columns = ["organisation_id", "reference"]
    op.create_index(FOUND_BY + "reference", "client_reference", columns, unique=True)
    op.drop_column("client", "erased_at")
    op.drop_table("data_key")


def _replace(table: str, column: str, type_: str) -> None:
    """SQLite changes no column's type; making the table anew would lose its triggers."""
    cast = "BLOB" if type_.startswith("BLOB") else "TEXT"
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column}_new {type_}")
    op.execute(
        f"UPDATE {table} SET {column}_new = CAST({column} AS {cast})"  # noqa: S608  # our names
        f" WHERE {column} IS NOT NULL"
    )
    op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    op.execute(f"ALTER TABLE {table} RENAME COLUMN {column}_new TO {column}")


def _retype(table: str, column: str, type_: str, value: str) -> None:
    op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {type_} USING {value}")
