"""The standing watch: its tables, and the triggers that mark what changed."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Table, event, and what is marked: a code and whom it is about. NEW and OLD are the rows.
MARKS = (
    ("contact_point", "INSERT", "'contact_point_added'", "NEW.party_id"),
    ("contact_point", "UPDATE OF hours", "'contact_point_changed'", "NEW.party_id"),
    ("contact_point", "UPDATE OF retired_at", "'contact_point_retired'", "NEW.party_id"),
    ("party", "UPDATE OF hours", "'desk_hours_changed'", "NEW.id"),
    ("party", "UPDATE OF retired_at", "NEW.kind || '_retired'", "NEW.id"),
    ("party", "UPDATE OF accountable_desk_id", "'accountable_desk_changed'", "NEW.id"),
    ("desk_person", "INSERT", "'desk_persons_changed'", "NEW.desk_id"),
    ("desk_person", "DELETE", "'desk_persons_changed'", "OLD.desk_id"),
    (
        "roster_version",
        "INSERT",
        "'roster_changed'",
        "(SELECT r.desk_id FROM roster r WHERE r.id = NEW.roster_id)",
    ),
    (
        "protocol_version",
        "INSERT",
        "CASE WHEN NEW.client_id IS NULL THEN 'default_published' ELSE 'protocol_published' END",
        "coalesce(NEW.client_id, NEW.municipality_id)",
    ),
)


def upgrade() -> None:
    """Add the tables and the triggers."""
    _add_watch()
    _add_problems()
    for number, (table, event, what, subject) in enumerate(MARKS, 1):
        _add_trigger(f"cover_mark_{number}", table, event, what, subject)


def _add_watch() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "cover_mark",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("what", text(), nullable=False),
        sa.Column("subject", text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cover_mark")),
    )
    op.create_table(
        "watch_lease",
        sa.Column("name", text(), nullable=False),
        sa.Column("holder", text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_watch_lease")),
    )
    op.create_table(
        "protocol_watch",
        sa.Column("id", text(), nullable=False),
        sa.Column("kind", text(), nullable=False),
        sa.Column("client_id", text(), nullable=True),
        sa.Column("municipality_id", text(), nullable=False),
        sa.Column("version_id", text(), nullable=True),
        sa.Column("checked_at", sa.BigInteger(), nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=False),
        sa.Column("digest", text(), nullable=True),
        sa.Column("lost", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("untold", text(), nullable=True),
        sa.Column("untold_from", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('own', 'default', 'fallback')", name=op.f("ck_protocol_watch_kind")
        ),
        sa.CheckConstraint(
            "(kind = 'own') = (client_id IS NOT NULL)", name=op.f("ck_protocol_watch_client")
        ),
        sa.CheckConstraint("untold IN ('lost', 'regained')", name=op.f("ck_protocol_watch_untold")),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_protocol_watch_client_id_client")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["party.id"], name=op.f("fk_protocol_watch_municipality_id_party")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["protocol_version.id"],
            name=op.f("fk_protocol_watch_version_id_protocol_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protocol_watch")),
    )
    op.create_index("ix_protocol_watch_checked_at", "protocol_watch", ["checked_at", "id"])
    op.create_index("ix_protocol_watch_client_id", "protocol_watch", ["client_id"])
    op.create_index(
        "ix_protocol_watch_municipality_id", "protocol_watch", ["municipality_id", "kind"]
    )
    untold = sa.text("untold IS NOT NULL")
    op.create_index(
        "ix_protocol_watch_untold",
        "protocol_watch",
        ["municipality_id"],
        sqlite_where=untold,
        postgresql_where=untold,
    )


def _add_problems() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "watched_party",
        sa.Column("party_id", text(), nullable=False),
        sa.Column("watch_id", text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["watch_id"],
            ["protocol_watch.id"],
            name=op.f("fk_watched_party_watch_id_protocol_watch"),
        ),
        sa.PrimaryKeyConstraint("party_id", "watch_id", name=op.f("pk_watched_party")),
    )
    op.create_index("ix_watched_party_watch_id", "watched_party", ["watch_id"])
    op.create_table(
        "protocol_problem",
        sa.Column("watch_id", text(), nullable=False),
        sa.Column("place", text(), nullable=False),
        sa.Column("kind", text(), nullable=False),
        sa.Column("variant", sa.Integer(), nullable=True),
        sa.Column("variant_name", text(), nullable=True),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("cause", text(), nullable=False),
        sa.Column("incidents", sa.JSON(), nullable=False),
        sa.Column("party_ids", sa.JSON(), nullable=False),
        sa.Column("spans", sa.JSON(), nullable=False),
        sa.Column("next_from", sa.BigInteger(), nullable=False),
        sa.Column("next_to", sa.BigInteger(), nullable=False),
        sa.Column("told_from", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('gap', 'unplanned', 'accountable')", name=op.f("ck_protocol_problem_kind")
        ),
        sa.ForeignKeyConstraint(
            ["watch_id"],
            ["protocol_watch.id"],
            name=op.f("fk_protocol_problem_watch_id_protocol_watch"),
        ),
        sa.PrimaryKeyConstraint("watch_id", "place", name=op.f("pk_protocol_problem")),
    )
    op.create_index("ix_protocol_problem_next_to", "protocol_problem", ["next_to"])
    op.create_index("ix_protocol_problem_kind_next_from", "protocol_problem", ["kind", "next_from"])


def _add_trigger(name: str, table: str, event: str, what: str, subject: str) -> None:
    mark = f"INSERT INTO cover_mark (what, subject) VALUES ({what}, {subject})"  # noqa: S608  # ours
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN {mark}; END")
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN {mark}; RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    )


def downgrade() -> None:
    """Take it back; only for development."""
    for number, (table, *_) in enumerate(MARKS, 1):
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"DROP TRIGGER cover_mark_{number}")
        else:
            op.execute(f"DROP TRIGGER cover_mark_{number} ON {table}")
            op.execute(f"DROP FUNCTION cover_mark_{number}()")
    for table in (
        "protocol_problem",
        "watched_party",
        "protocol_watch",
        "watch_lease",
        "cover_mark",
    ):
        op.drop_table(table)
