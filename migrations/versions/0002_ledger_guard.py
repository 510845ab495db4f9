"""The ledger is append-only: triggers refuse update and delete.

They stop mistakes, not a database administrator; the signed tree head convicts (LEDGER.md 3.2).
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COLUMNS = (
    "id",
    "log_id",
    "incident_id",
    "seq",
    "leaf",
    "leaf_hash",
    "appended_at",
    "type",
    "cause",
    "basis",
    "from_id",
    "to_id",
    "actor_id",
    "step",
    "at",
)
# The only update allowed: the sealer gives an entry its position, once.
CHANGED = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in COLUMNS)
REFUSED = f"OLD.leaf_index IS NOT NULL OR NEW.leaf_index IS NULL OR {CHANGED}"
MESSAGE = "the responsibility ledger is append-only"


def upgrade() -> None:
    """Guard the entries."""
    if op.get_bind().dialect.name == "sqlite":
        refused = REFUSED.replace("IS DISTINCT FROM", "IS NOT")
        op.execute(
            "CREATE TRIGGER ledger_entry_no_delete BEFORE DELETE ON ledger_entry "
            f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        )
        op.execute(
            f"CREATE TRIGGER ledger_entry_no_update BEFORE UPDATE ON ledger_entry WHEN {refused} "
            f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION ledger_entry_guard() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'restrict_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER ledger_entry_no_delete BEFORE DELETE ON ledger_entry "
        "FOR EACH ROW EXECUTE FUNCTION ledger_entry_guard()"
    )
    op.execute(
        "CREATE TRIGGER ledger_entry_no_truncate BEFORE TRUNCATE ON ledger_entry "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_entry_guard()"
    )
    op.execute(
        "CREATE TRIGGER ledger_entry_no_update BEFORE UPDATE ON ledger_entry "
        f"FOR EACH ROW WHEN ({REFUSED}) EXECUTE FUNCTION ledger_entry_guard()"
    )


def downgrade() -> None:
    """Take the guard away; only for development."""
    op.execute("DROP TRIGGER ledger_entry_no_update ON ledger_entry")
    op.execute("DROP TRIGGER ledger_entry_no_delete ON ledger_entry")
    op.execute("DROP TRIGGER ledger_entry_no_truncate ON ledger_entry")
    op.execute("DROP FUNCTION ledger_entry_guard()")
