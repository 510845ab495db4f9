"""What a municipality is to be told of lost cover: the causes of that loss, and of whom."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand the schema: beside what is untold, what was lost by it."""
    op.add_column(
        "protocol_watch", sa.Column("untold_lost", sa.JSON(none_as_null=True), nullable=True)
    )


def downgrade() -> None:
    """Take it back; only for development."""
    op.drop_column("protocol_watch", "untold_lost")
