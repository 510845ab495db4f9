"""Addresses of auditors are sealed; beside each its HMAC, so that none stands twice for a log.

As in 0013: what is there becomes bytes as it is, and the next start of the program, which has the
key, seals it. All nodes are stopped for this migration.
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Until it is sealed, an address is found by itself."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute("ALTER TABLE ledger_auditor RENAME COLUMN address TO blind")
    type_, empty = ("BLOB", "x''") if is_sqlite else ("bytea", "''")
    op.execute(f"ALTER TABLE ledger_auditor ADD COLUMN address {type_} DEFAULT {empty} NOT NULL")
    plain = "CAST(blind AS BLOB)" if is_sqlite else "convert_to(blind, 'UTF8')"
    op.execute(f"UPDATE ledger_auditor SET address = {plain}")  # noqa: S608  # our own names
    # The next start has something to seal again.
    op.execute("DELETE FROM data_key WHERE subject_id = 'installation'")


def downgrade() -> None:
    """Take it back; only for development, and only of addresses that nobody has sealed yet."""
    op.drop_column("ledger_auditor", "address")
    op.execute("ALTER TABLE ledger_auditor RENAME COLUMN blind TO address")
