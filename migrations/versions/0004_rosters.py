"""Rosters of desks; their versions are append-only: triggers refuse update and delete."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MESSAGE = "the versions of a roster are append-only"


def upgrade() -> None:
    """Add the tables, and guard the versions."""
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "roster",
        sa.Column("id", text(), nullable=False),
        sa.Column("desk_id", text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["desk_id"], ["party.id"], name=op.f("fk_roster_desk_id_party")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster")),
    )
    op.create_index("uq_roster_desk_id", "roster", ["desk_id"], unique=True)
    op.create_table(
        "roster_version",
        sa.Column("id", text(), nullable=False),
        sa.Column("roster_id", text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("effective_from", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("is_correction", sa.Boolean(), nullable=False),
        sa.Column("reason", text(), nullable=True),
        sa.Column("recorded_by", text(), nullable=True),
        sa.CheckConstraint("number >= 1", name=op.f("ck_roster_version_number")),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["party.id"], name=op.f("fk_roster_version_recorded_by_party")
        ),
        sa.ForeignKeyConstraint(
            ["roster_id"], ["roster.id"], name=op.f("fk_roster_version_roster_id_roster")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_version")),
    )
    op.create_index(
        "uq_roster_version_roster_id_number", "roster_version", ["roster_id", "number"], unique=True
    )
    _guard()


def _guard() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("delete", "update"):
            op.execute(
                f"CREATE TRIGGER roster_version_no_{verb} BEFORE {verb.upper()} ON roster_version "
                f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION roster_version_guard() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'restrict_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER roster_version_no_change BEFORE UPDATE OR DELETE ON roster_version "
        "FOR EACH ROW EXECUTE FUNCTION roster_version_guard()"
    )
    op.execute(
        "CREATE TRIGGER roster_version_no_truncate BEFORE TRUNCATE ON roster_version "
        "FOR EACH STATEMENT EXECUTE FUNCTION roster_version_guard()"
    )


def downgrade() -> None:
    """Take it back; only for development."""
    op.drop_table("roster_version")
    op.drop_table("roster")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION roster_version_guard()")
