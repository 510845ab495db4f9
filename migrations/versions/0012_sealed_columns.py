"""Personal columns hold sealed bytes; each client has a data key.

What they hold so far becomes bytes as it is; the next start of the program, which has the key,
seals it (app/store/vault/conversion.py). Nothing can be read in between, so all nodes are stopped
for this migration.
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Table and column; the last ones may not be null.
NULLABLE = (
    ("client", "town"),
    ("client", "personal"),
    ("incident", "report"),
    ("delivery", "message"),
    ("protocol_version", "document"),
    ("protocol_problem", "variant_name"),
)
REQUIRED = (
    ("client_reference", "reference"),
    ("idempotency", "answer"),
    ("ledger_disclosure", "disclosure"),
)


def upgrade() -> None:
    """Change the columns' type and keep what is in them."""
    op.create_table(
        "data_key",
        sa.Column("subject_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_data_key")),
    )
    op.add_column("client", sa.Column("erased_at", sa.BigInteger(), nullable=True))
    op.drop_index("uq_client_reference_organisation_id_reference", "client_reference")
    # Until it is sealed, a number is found by itself.
    text = sqlmodel.sql.sqltypes.AutoString()
    op.add_column("client_reference", sa.Column("blind", text, nullable=False, server_default=""))
    op.execute("UPDATE client_reference SET blind = reference")
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, column in NULLABLE:
        change = _replace if is_sqlite else _retype
        change(table, column, "" if is_sqlite else "NULL")
    for table, column in REQUIRED:
        change = _replace if is_sqlite else _retype
        change(table, column, " NOT NULL DEFAULT x''" if is_sqlite else "NOT NULL")
    op.create_index(
        "uq_client_reference_organisation_id_blind",
        "client_reference",
        ["organisation_id", "blind"],
        unique=True,
    )


def _replace(table: str, column: str, null: str) -> None:
    """SQLite changes no column's type; making the table anew would lose its triggers."""
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column}_sealed BLOB{null}")
    op.execute(
        f"UPDATE {table} SET {column}_sealed = CAST({column} AS BLOB)"  # noqa: S608  # our names
        f" WHERE {column} IS NOT NULL AND CAST({column} AS TEXT) <> 'null'"
    )
    op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    op.execute(f"ALTER TABLE {table} RENAME COLUMN {column}_sealed TO {column}")


def _retype(table: str, column: str, null: str) -> None:
    op.execute(
        f"ALTER TABLE {table} ALTER COLUMN {column} TYPE bytea"
        f" USING convert_to({column}::text, 'UTF8')"
    )
    if null == "NULL":
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL")


def downgrade() -> None:
    """Nothing: who could read the columns again would have to have the key."""
    raise NotImplementedError("Sealed columns stay sealed; restore the backup of before.")
