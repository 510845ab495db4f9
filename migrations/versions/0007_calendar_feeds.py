"""Calendar feeds: secret addresses at which calendar programs read who is on duty."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "calendar_feed",
        sa.Column("id", text(), nullable=False),
        sa.Column("party_id", text(), nullable=False),
        sa.Column("label", text(), nullable=True),
        sa.Column("token_hash", text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_calendar_feed_party_id_party")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
    )
    op.create_index("uq_calendar_feed_token_hash", "calendar_feed", ["token_hash"], unique=True)
    op.create_index("ix_calendar_feed_party_id", "calendar_feed", ["party_id", "id"])


def downgrade() -> None:
    """Take it back; only for development."""
    op.drop_table("calendar_feed")
