"""What the auditor has found, and how far it has come."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    """Expand the schema."""
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "audit_fault",
        sa.Column("incident_id", text(), nullable=False),
        sa.Column("fault", text(), nullable=False),
        sa.Column("municipality_id", text(), nullable=False),
        sa.Column("detail", text(), nullable=False),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("incident_id", "fault", name=op.f("pk_audit_fault")),
    )
    op.create_index(
        "ix_audit_fault_open",
        "audit_fault",
        ["municipality_id", "fault"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_table(
        "audit_progress",
        sa.Column("name", text(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_audit_progress")),
    )


def downgrade() -> None:
    """Take it back; only for development."""
    op.drop_table("audit_progress")
    op.drop_index("ix_audit_fault_open", "audit_fault")
    op.drop_table("audit_fault")
