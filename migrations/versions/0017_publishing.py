"""Publishing: auditors and their mails, witnesses, logs that we witness, time stamps."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TABLES = ("ledger_stamp", "ledger_witness", "witnessed_log", "checkpoint_mail", "ledger_auditor")
PENDING = sa.text("status = 'pending'")


def upgrade() -> None:
    """Expand the schema; nothing is published to anybody until somebody is named."""
    _create_mails()
    _create_witnesses()
    op.create_index(
        "ix_ledger_checkpoint_log_id_size_outside",
        "ledger_checkpoint",
        ["log_id", "size"],
        sqlite_where=sa.text("cosigned IS NOT NULL OR timestamp_token IS NOT NULL"),
        postgresql_where=sa.text("cosigned IS NOT NULL OR timestamp_token IS NOT NULL"),
    )


def _create_mails() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "ledger_auditor",
        sa.Column("id", text(), nullable=False),
        sa.Column("log_id", text(), nullable=False),
        sa.Column("address", text(), nullable=False),
        sa.Column("language", text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("language IN ('ja', 'en')", name=op.f("ck_ledger_auditor_language")),
        sa.ForeignKeyConstraint(
            ["log_id"], ["ledger_log.id"], name=op.f("fk_ledger_auditor_log_id_ledger_log")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_auditor")),
        sa.UniqueConstraint("log_id", "address", name=op.f("uq_ledger_auditor_log_id_address")),
    )
    op.create_table(
        "checkpoint_mail",
        sa.Column("id", text(), nullable=False),
        sa.Column("auditor_id", text(), nullable=False),
        sa.Column("day", text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("status", text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", text(), nullable=True),
        sa.CheckConstraint(
            "status IN ('pending', 'sent', 'failed')", name=op.f("ck_checkpoint_mail_status")
        ),
        sa.ForeignKeyConstraint(
            ["auditor_id"],
            ["ledger_auditor.id"],
            name=op.f("fk_checkpoint_mail_auditor_id_ledger_auditor"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkpoint_mail")),
        sa.UniqueConstraint("auditor_id", "day", name=op.f("uq_checkpoint_mail_auditor_id_day")),
    )
    op.create_index(
        "ix_checkpoint_mail_due_at",
        "checkpoint_mail",
        ["due_at"],
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )


def _create_witnesses() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "witnessed_log",
        sa.Column("origin", text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", text(), nullable=False),
        sa.Column("cosigned_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("length(root) = 32", name=op.f("ck_witnessed_log_root")),
        sa.PrimaryKeyConstraint("origin", name=op.f("pk_witnessed_log")),
    )
    op.create_table(
        "ledger_witness",
        sa.Column("log_id", text(), nullable=False),
        sa.Column("verifier_key", text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("cosigned_at", sa.BigInteger(), nullable=True),
        sa.Column("fault", text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["log_id"], ["ledger_log.id"], name=op.f("fk_ledger_witness_log_id_ledger_log")
        ),
        sa.PrimaryKeyConstraint("log_id", "verifier_key", name=op.f("pk_ledger_witness")),
    )
    op.create_table(
        "ledger_stamp",
        sa.Column("log_id", text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("stamped_at", sa.BigInteger(), nullable=True),
        sa.Column("fault", text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["log_id"], ["ledger_log.id"], name=op.f("fk_ledger_stamp_log_id_ledger_log")
        ),
        sa.PrimaryKeyConstraint("log_id", name=op.f("pk_ledger_stamp")),
    )


def downgrade() -> None:
    """Take it back; only for development."""
    op.drop_index("ix_ledger_checkpoint_log_id_size_outside", "ledger_checkpoint")
    for table in TABLES:
        op.drop_table(table)
