"""Sealing: the head of each log, its tiles, and every checkpoint that was signed."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SEALED = sa.text("leaf_index IS NOT NULL")
UNSEALED = sa.text("leaf_index IS NULL")


def upgrade() -> None:
    """Expand the schema; entries of before are sealed with the next seal."""
    text = sqlmodel.sql.sqltypes.AutoString
    with op.batch_alter_table("ledger_log") as log:
        log.add_column(sa.Column("origin", text(), nullable=True))
        log.add_column(sa.Column("verifier_key", text(), nullable=True))
        log.add_column(sa.Column("size", sa.BigInteger(), nullable=False, server_default="0"))
        log.add_column(sa.Column("root", sa.LargeBinary(), nullable=True))
        log.add_column(sa.Column("checkpoint", text(), nullable=True))
        log.add_column(sa.Column("signed_at", sa.BigInteger(), nullable=True))
        log.create_unique_constraint(op.f("uq_ledger_log_origin"), ["origin"])
        log.create_check_constraint(op.f("ck_ledger_log_size"), "size >= 0")
        log.create_check_constraint(
            op.f("ck_ledger_log_opened"), "(origin IS NULL) = (checkpoint IS NULL)"
        )
    _create_tables()
    op.create_index(
        "uq_ledger_entry_log_id_leaf_index",
        "ledger_entry",
        ["log_id", "leaf_index"],
        unique=True,
        sqlite_where=SEALED,
        postgresql_where=SEALED,
    )
    op.create_index(
        "ix_ledger_entry_log_id_id_unsealed",
        "ledger_entry",
        ["log_id", "id"],
        sqlite_where=UNSEALED,
        postgresql_where=UNSEALED,
    )


def _create_tables() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "ledger_tile",
        sa.Column("log_id", text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(hashes) BETWEEN 32 AND 8192", name=op.f("ck_ledger_tile_width")),
        sa.CheckConstraint("length(hashes) % 32 = 0", name=op.f("ck_ledger_tile_whole_hashes")),
        sa.ForeignKeyConstraint(
            ["log_id"], ["ledger_log.id"], name=op.f("fk_ledger_tile_log_id_ledger_log")
        ),
        sa.PrimaryKeyConstraint("log_id", "level", "n", name=op.f("pk_ledger_tile")),
    )
    op.create_table(
        "ledger_checkpoint",
        sa.Column("log_id", text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", text(), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.Column("cosigned", text(), nullable=True),
        sa.Column("timestamp_token", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["log_id"], ["ledger_log.id"], name=op.f("fk_ledger_checkpoint_log_id_ledger_log")
        ),
        sa.PrimaryKeyConstraint("log_id", "size", name=op.f("pk_ledger_checkpoint")),
    )


def downgrade() -> None:
    """Take it back; only for development."""
    op.drop_index("ix_ledger_entry_log_id_id_unsealed", "ledger_entry")
    op.drop_index("uq_ledger_entry_log_id_leaf_index", "ledger_entry")
    op.drop_table("ledger_checkpoint")
    op.drop_table("ledger_tile")
    with op.batch_alter_table("ledger_log") as log:
        log.drop_constraint(op.f("ck_ledger_log_opened"), type_="check")
        log.drop_constraint(op.f("ck_ledger_log_size"), type_="check")
        log.drop_constraint(op.f("uq_ledger_log_origin"), type_="unique")
        for column in ("signed_at", "checkpoint", "root", "size", "verifier_key", "origin"):
            log.drop_column(column)
