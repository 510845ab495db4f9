"""Contact points are asked whether they can be read, and asked once more."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TO_REMIND = sa.text("remind_at IS NOT NULL")
IN_USE = sa.text("retired_at IS NULL")


def upgrade() -> None:
    """Expand the schema: when each is due."""
    op.add_column("notice", sa.Column("remind_at", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_notice_remind_at",
        "notice",
        ["remind_at"],
        sqlite_where=TO_REMIND,
        postgresql_where=TO_REMIND,
    )
    op.add_column("contact_point", sa.Column("asked_at", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_contact_point_asked_at_created_at",
        "contact_point",
        ["asked_at", "created_at"],
        sqlite_where=IN_USE,
        postgresql_where=IN_USE,
    )


def downgrade() -> None:
    """Take it back; only for development."""
    op.drop_index("ix_contact_point_asked_at_created_at", "contact_point")
    op.drop_column("contact_point", "asked_at")
    op.drop_index("ix_notice_remind_at", "notice")
    op.drop_column("notice", "remind_at")
