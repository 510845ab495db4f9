"""The life of a log: its own chain, its keys, its successors, and the alarm about it.

Entries of a log's own chain are about no incident, so the entries and their disclosures no longer
refer to one. A log that is succeeded gives its entries new places; the guard allows that, and only
that, while the log says that it is being succeeded.
"""

import re

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

COLUMNS = (
    *("id", "log_id", "incident_id", "seq", "leaf", "leaf_hash", "appended_at", "type", "cause"),
    *("basis", "from_id", "to_id", "actor_id", "step", "at"),
)
CHANGED = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in COLUMNS)
REFUSED = f"OLD.leaf_index IS NOT NULL OR NEW.leaf_index IS NULL OR {CHANGED}"
# All entries of a log that gets a successor wait for a place again.
SUCCEEDED = (
    f"NEW.leaf_index IS NULL AND NOT ({CHANGED}) AND EXISTS"  # noqa: S608  # our own names
    " (SELECT 1 FROM ledger_succession s WHERE s.log_id = OLD.log_id)"
)
MESSAGE = "the responsibility ledger is append-only"
DROP_GUARD = {
    "sqlite": "DROP TRIGGER ledger_entry_no_update",
    "postgresql": "DROP TRIGGER ledger_entry_no_update ON ledger_entry",
}
TABLES = ("ledger_disclosure", "ledger_entry")


def upgrade() -> None:
    """Expand the schema."""
    text = sqlmodel.sql.sqltypes.AutoString
    for column in (
        sa.Column("chain_id", text(), nullable=True),
        sa.Column("chain_seq", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("chain_head", sa.LargeBinary(), nullable=True),
    ):
        op.add_column("ledger_log", column)
    _create_tables()
    op.execute(
        "INSERT INTO ledger_key (log_id, origin, number, verifier_key, made_at)"
        " SELECT id, origin, 1, verifier_key, created_at FROM ledger_log WHERE origin IS NOT NULL"
    )
    for table in TABLES:
        _drop_foreign_key(table, f"fk_{table}_incident_id_incident")
    _let_successors_give_places()


def _create_tables() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "ledger_key",
        sa.Column("log_id", text(), nullable=False),
        sa.Column("origin", text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("verifier_key", text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["log_id"], ["ledger_log.id"], name=op.f("fk_ledger_key_log_id_ledger_log")
        ),
        sa.PrimaryKeyConstraint("log_id", "origin", "number", name=op.f("pk_ledger_key")),
    )
    op.create_table(
        "ledger_generation",
        sa.Column("log_id", text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("origin", text(), nullable=False),
        sa.Column("checkpoint", text(), nullable=False),
        sa.Column("chain_id", text(), nullable=True),
        sa.Column("chain_seq", sa.Integer(), nullable=False),
        sa.Column("chain_head", sa.LargeBinary(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["log_id"], ["ledger_log.id"], name=op.f("fk_ledger_generation_log_id_ledger_log")
        ),
        sa.PrimaryKeyConstraint("log_id", "number", name=op.f("pk_ledger_generation")),
    )
    op.create_table(
        "ledger_former_checkpoint",
        sa.Column("log_id", text(), nullable=False),
        sa.Column("origin", text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("note", text(), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.Column("cosigned", text(), nullable=True),
        sa.Column("timestamp_token", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["log_id"],
            ["ledger_log.id"],
            name=op.f("fk_ledger_former_checkpoint_log_id_ledger_log"),
        ),
        sa.PrimaryKeyConstraint(
            "log_id", "origin", "size", name=op.f("pk_ledger_former_checkpoint")
        ),
    )
    op.create_table(
        "ledger_succession",
        sa.Column("log_id", text(), nullable=False),
        sa.PrimaryKeyConstraint("log_id", name=op.f("pk_ledger_succession")),
    )
    op.create_table(
        "ledger_alarm",
        sa.Column("log_id", text(), nullable=False),
        sa.Column("reason", text(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["log_id"], ["ledger_log.id"], name=op.f("fk_ledger_alarm_log_id_ledger_log")
        ),
        sa.PrimaryKeyConstraint("log_id", name=op.f("pk_ledger_alarm")),
    )


def _drop_foreign_key(table: str, name: str) -> None:
    """SQLite makes the table anew, in the very words that it was made in."""
    if op.get_bind().dialect.name != "sqlite":
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
        return
    stored = sa.text("SELECT type, sql FROM sqlite_master WHERE tbl_name = :t AND sql IS NOT NULL")
    found = [(row.type, row.sql) for row in op.get_bind().execute(stored, {"t": table})]
    (made,) = (sql for type_, sql in found if type_ == "table")
    clause = rf",\s*CONSTRAINT {name} FOREIGN KEY\s*\(incident_id\) REFERENCES incident \(id\)"
    without, count = re.subn(clause, "", made)
    if not count:
        return
    fresh = re.sub(rf'^CREATE TABLE "?{table}"?', f"CREATE TABLE {table}_fresh", without)
    op.execute(sa.text(fresh.replace(":", r"\:")))
    op.execute(f"INSERT INTO {table}_fresh SELECT * FROM {table}")  # noqa: S608  # our own names
    op.execute(f"DROP TABLE {table}")
    op.execute(f"ALTER TABLE {table}_fresh RENAME TO {table}")
    for type_, sql in found:
        if type_ != "table":
            op.execute(sa.text(sql.replace(":", r"\:")))


def _let_successors_give_places() -> None:
    op.execute(DROP_GUARD[op.get_bind().dialect.name])
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite(f"({REFUSED}) AND NOT ({SUCCEEDED})")
        return
    # A function may ask a table; the condition of a trigger may not.
    op.execute(
        "CREATE FUNCTION ledger_entry_update_guard() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN IF {SUCCEEDED} THEN RETURN NEW; END IF; "
        f"RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'restrict_violation'; END $$"
    )
    _guard_postgresql("ledger_entry_update_guard")


def _guard_sqlite(refused: str) -> None:
    condition = refused.replace("IS DISTINCT FROM", "IS NOT")
    op.execute(
        f"CREATE TRIGGER ledger_entry_no_update BEFORE UPDATE ON ledger_entry WHEN {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    )


def _guard_postgresql(function: str) -> None:
    op.execute(
        "CREATE TRIGGER ledger_entry_no_update BEFORE UPDATE ON ledger_entry "
        f"FOR EACH ROW WHEN ({REFUSED}) EXECUTE FUNCTION {function}()"
    )


def downgrade() -> None:
    """Take it back; only for development. Entries go on referring to no incident."""
    op.execute(DROP_GUARD[op.get_bind().dialect.name])
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite(REFUSED)
    else:
        _guard_postgresql("ledger_entry_guard")
        op.execute("DROP FUNCTION ledger_entry_update_guard()")
    for table in ("alarm", "former_checkpoint", "generation", "key", "succession"):
        op.drop_table(f"ledger_{table}")
    with op.batch_alter_table("ledger_log") as log:
        for column in ("chain_head", "chain_seq", "chain_id"):
            log.drop_column(column)
