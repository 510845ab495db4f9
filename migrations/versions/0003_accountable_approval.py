"""A municipality's accountable desk holds by an agreement that is kept (H2)."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand the schema: who agreed, when, and under which number."""
    op.add_column(
        "party",
        sa.Column("accountable_approved_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )
    op.add_column("party", sa.Column("accountable_approved_on", sa.Date(), nullable=True))
    op.add_column(
        "party",
        sa.Column("accountable_reference", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )


def downgrade() -> None:
    """Take it back; only for development."""
    op.drop_column("party", "accountable_reference")
    op.drop_column("party", "accountable_approved_on")
    op.drop_column("party", "accountable_approved_by")
