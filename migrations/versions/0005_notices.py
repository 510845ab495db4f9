"""Notices: messages that are about no incident."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PENDING = sa.text("status = 'pending'")
ABOUT_NOTICE = sa.text("notice_id IS NOT NULL")


def upgrade() -> None:
    """Add the table; a message is about an incident or about a notice."""
    _create_notice()
    # SQLite makes the table anew, and forgets the condition of a partial index on the way.
    op.drop_index("ix_delivery_due_at", "delivery")
    with op.batch_alter_table("delivery") as delivery:
        delivery.add_column(
            sa.Column("notice_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True)
        )
        delivery.alter_column(
            "incident_id", existing_type=sqlmodel.sql.sqltypes.AutoString(), nullable=True
        )
        delivery.create_foreign_key(
            op.f("fk_delivery_notice_id_notice"), "notice", ["notice_id"], ["id"]
        )
        delivery.create_check_constraint(
            op.f("ck_delivery_subject"), "(incident_id IS NULL) <> (notice_id IS NULL)"
        )
    op.create_index(
        "ix_delivery_due_at",
        "delivery",
        ["due_at"],
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )
    op.create_index(
        "ix_delivery_notice_id",
        "delivery",
        ["notice_id"],
        sqlite_where=ABOUT_NOTICE,
        postgresql_where=ABOUT_NOTICE,
    )


def _create_notice() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "notice",
        sa.Column("id", text(), nullable=False),
        sa.Column("party_id", text(), nullable=False),
        sa.Column("contact_point_id", text(), nullable=True),
        sa.Column("kind", text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("token_hash", text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "answered_at IS NULL OR token_hash IS NOT NULL", name=op.f("ck_notice_answer")
        ),
        sa.ForeignKeyConstraint(
            ["contact_point_id"],
            ["contact_point.id"],
            name=op.f("fk_notice_contact_point_id_contact_point"),
        ),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_notice_party_id_party")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    asks, of_point = sa.text("token_hash IS NOT NULL"), sa.text("contact_point_id IS NOT NULL")
    op.create_index(
        "uq_notice_token_hash",
        "notice",
        ["token_hash"],
        unique=True,
        sqlite_where=asks,
        postgresql_where=asks,
    )
    op.create_index("ix_notice_party_id_created_at", "notice", ["party_id", "created_at"])
    op.create_index(
        "ix_notice_contact_point_id_id",
        "notice",
        ["contact_point_id", "id"],
        sqlite_where=of_point,
        postgresql_where=of_point,
    )


def downgrade() -> None:
    """Take it back; only for development."""
    op.execute(
        "DELETE FROM attempt WHERE delivery_id IN"
        " (SELECT id FROM delivery WHERE notice_id IS NOT NULL)"
    )
    op.execute("DELETE FROM delivery WHERE notice_id IS NOT NULL")
    op.drop_index("ix_delivery_notice_id", "delivery")
    op.drop_index("ix_delivery_due_at", "delivery")
    with op.batch_alter_table("delivery") as delivery:
        delivery.drop_constraint(op.f("ck_delivery_subject"), type_="check")
        delivery.drop_constraint(op.f("fk_delivery_notice_id_notice"), type_="foreignkey")
        delivery.drop_column("notice_id")
        delivery.alter_column(
            "incident_id", existing_type=sqlmodel.sql.sqltypes.AutoString(), nullable=False
        )
    op.create_index(
        "ix_delivery_due_at",
        "delivery",
        ["due_at"],
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )
    op.drop_table("notice")
