"""The first schema."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

import app.models.columns

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand the schema."""
    op.create_table(
        "idempotency",
        sa.Column("scope", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("body_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("created_at", app.models.columns.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_idempotency")),
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"], unique=False)

    op.create_table(
        "party",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("organisation_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("organisation_kind", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("hours", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("accountable_desk_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("created_at", app.models.columns.Instant(), nullable=False),
        sa.Column("retired_at", app.models.columns.Instant(), nullable=True),
        sa.CheckConstraint(
            "kind <> 'organisation' OR organisation_id = id", name=op.f("ck_party_own_organisation")
        ),
        sa.CheckConstraint(
            "kind IN ('organisation', 'desk', 'person')", name=op.f("ck_party_kind")
        ),
        sa.ForeignKeyConstraint(
            ["accountable_desk_id"], ["party.id"], name=op.f("fk_party_accountable_desk_id_party")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["party.id"], name=op.f("fk_party_organisation_id_party")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party")),
    )
    op.create_index("ix_party_organisation_id", "party", ["organisation_id", "id"], unique=False)

    op.create_table(
        "revision",
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_revision")),
    )
    op.create_table(
        "access_key",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("organisation_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("role", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("label", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("key_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", app.models.columns.Instant(), nullable=False),
        sa.Column("revoked_at", app.models.columns.Instant(), nullable=True),
        sa.CheckConstraint(
            "organisation_id IS NOT NULL OR role = 'operator'",
            name=op.f("ck_access_key_organisation"),
        ),
        sa.CheckConstraint(
            "role IN ('operator', 'coordinator', 'provider', 'auditor')",
            name=op.f("ck_access_key_role"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["party.id"], name=op.f("fk_access_key_organisation_id_party")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_key")),
    )
    op.create_index("uq_access_key_key_hash", "access_key", ["key_hash"], unique=True)

    op.create_table(
        "client",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("municipality_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("town", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("personal", sa.JSON(), nullable=False),
        sa.Column("created_at", app.models.columns.Instant(), nullable=False),
        sa.Column("retired_at", app.models.columns.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["party.id"], name=op.f("fk_client_municipality_id_party")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client")),
    )
    op.create_index(
        "ix_client_municipality_id_id", "client", ["municipality_id", "id"], unique=False
    )
    op.create_index(
        "uq_client_municipality_id_code", "client", ["municipality_id", "code"], unique=True
    )

    op.create_table(
        "contact_point",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("party_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("channel", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("address", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("secret", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("hours", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("delay_seconds", sa.Integer(), nullable=False),
        sa.Column("created_at", app.models.columns.Instant(), nullable=False),
        sa.Column("retired_at", app.models.columns.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_contact_point_party_id_party")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_point")),
    )
    op.create_index("ix_contact_point_party_id", "contact_point", ["party_id", "id"], unique=False)

    op.create_table(
        "desk_person",
        sa.Column("desk_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("person_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["desk_id"], ["party.id"], name=op.f("fk_desk_person_desk_id_party")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["party.id"], name=op.f("fk_desk_person_person_id_party")
        ),
        sa.PrimaryKeyConstraint("desk_id", "person_id", name=op.f("pk_desk_person")),
    )
    op.create_index("ix_desk_person_person_id", "desk_person", ["person_id"], unique=False)

    op.create_table(
        "ledger_log",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", app.models.columns.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["party.id"], name=op.f("fk_ledger_log_id_party")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_log")),
    )
    op.create_table(
        "organisation_municipality",
        sa.Column("organisation_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("municipality_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["party.id"],
            name=op.f("fk_organisation_municipality_municipality_id_party"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["party.id"],
            name=op.f("fk_organisation_municipality_organisation_id_party"),
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "municipality_id", name=op.f("pk_organisation_municipality")
        ),
    )
    op.create_index(
        "ix_organisation_municipality_municipality_id",
        "organisation_municipality",
        ["municipality_id", "organisation_id"],
        unique=False,
    )

    op.create_table(
        "client_reference",
        sa.Column("client_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("organisation_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reference", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_client_reference_client_id_client")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["party.id"],
            name=op.f("fk_client_reference_organisation_id_party"),
        ),
        sa.PrimaryKeyConstraint("client_id", "organisation_id", name=op.f("pk_client_reference")),
    )
    op.create_index(
        "uq_client_reference_organisation_id_reference",
        "client_reference",
        ["organisation_id", "reference"],
        unique=True,
    )

    op.create_table(
        "client_service",
        sa.Column("client_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("organisation_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_client_service_client_id_client")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["party.id"], name=op.f("fk_client_service_organisation_id_party")
        ),
        sa.PrimaryKeyConstraint("client_id", "organisation_id", name=op.f("pk_client_service")),
    )
    op.create_index(
        "ix_client_service_organisation_id",
        "client_service",
        ["organisation_id", "client_id"],
        unique=False,
    )

    op.create_table(
        "protocol_version",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("client_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("municipality_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("accountable_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("digest", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("published_at", app.models.columns.Instant(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_protocol_version_number")),
        sa.ForeignKeyConstraint(
            ["accountable_id"], ["party.id"], name=op.f("fk_protocol_version_accountable_id_party")
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_protocol_version_client_id_client")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["party.id"],
            name=op.f("fk_protocol_version_municipality_id_party"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protocol_version")),
    )
    op.create_index(
        "ix_protocol_version_accountable_id", "protocol_version", ["accountable_id"], unique=False
    )
    op.create_index(
        "uq_protocol_version_client_id_number",
        "protocol_version",
        ["client_id", "number"],
        unique=True,
    )
    op.create_index(
        "uq_protocol_version_municipality_id_number",
        "protocol_version",
        ["municipality_id", "number"],
        unique=True,
        sqlite_where=sa.text("client_id IS NULL"),
        postgresql_where=sa.text("client_id IS NULL"),
    )

    op.create_table(
        "incident",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("client_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("municipality_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reporter_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("type", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("severity", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("exhausted", sa.Boolean(), nullable=False),
        sa.Column("drill", sa.Boolean(), nullable=False),
        sa.Column("holder_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("holder_since", app.models.columns.Instant(), nullable=True),
        sa.Column("basis", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=True),
        sa.Column("protocol_version_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("protocol_version", sa.Integer(), nullable=True),
        sa.Column("wake_at", app.models.columns.Instant(), nullable=True),
        sa.Column("occurred_at", app.models.columns.Instant(), nullable=False),
        sa.Column("opened_at", app.models.columns.Instant(), nullable=False),
        sa.Column("acknowledged_at", app.models.columns.Instant(), nullable=True),
        sa.Column("arrived_at", app.models.columns.Instant(), nullable=True),
        sa.Column("closed_at", app.models.columns.Instant(), nullable=True),
        sa.Column("outcome", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("signal_count", sa.Integer(), nullable=False),
        sa.Column("dedup_key", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("report", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("pseudonyms", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ledger_seq", sa.Integer(), nullable=False),
        sa.Column("ledger_head", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "status <> 'triggered' OR wake_at IS NOT NULL", name=op.f("ck_incident_timer")
        ),
        sa.CheckConstraint(
            "status IN ('triggered', 'acknowledged', 'en_route', 'arrived', 'resolved',"
            " 'cancelled')",
            name=op.f("ck_incident_status"),
        ),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (holder_id IS NOT NULL)", name=op.f("ck_incident_one_holder")
        ),
        sa.CheckConstraint(
            "closed_at IS NULL OR wake_at IS NULL", name=op.f("ck_incident_closed_sleeps")
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_incident_client_id_client")
        ),
        sa.ForeignKeyConstraint(
            ["holder_id"], ["party.id"], name=op.f("fk_incident_holder_id_party")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["party.id"], name=op.f("fk_incident_municipality_id_party")
        ),
        sa.ForeignKeyConstraint(
            ["protocol_version_id"],
            ["protocol_version.id"],
            name=op.f("fk_incident_protocol_version_id_protocol_version"),
        ),
        sa.ForeignKeyConstraint(
            ["reporter_id"], ["party.id"], name=op.f("fk_incident_reporter_id_party")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
    )
    op.create_index("ix_incident_client_id_id", "incident", ["client_id", "id"], unique=False)
    op.create_index(
        "ix_incident_client_id_open",
        "incident",
        ["client_id"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("ix_incident_holder_id_id", "incident", ["holder_id", "id"], unique=False)
    op.create_index(
        "ix_incident_municipality_id_opened_at_long",
        "incident",
        ["municipality_id", "opened_at", "closed_at"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL OR closed_at - opened_at > 86400000"),
        postgresql_where=sa.text("closed_at IS NULL OR closed_at - opened_at > 86400000"),
    )
    op.create_index(
        "ix_incident_municipality_id_id", "incident", ["municipality_id", "id"], unique=False
    )
    op.create_index(
        "ix_incident_wake_at",
        "incident",
        ["wake_at"],
        unique=False,
        sqlite_where=sa.text("wake_at IS NOT NULL"),
        postgresql_where=sa.text("wake_at IS NOT NULL"),
    )
    op.create_index(
        "uq_incident_client_id_dedup_key_open",
        "incident",
        ["client_id", "dedup_key"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL AND dedup_key IS NOT NULL"),
        postgresql_where=sa.text("closed_at IS NULL AND dedup_key IS NOT NULL"),
    )

    op.create_table(
        "ledger_disclosure",
        sa.Column("incident_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("digest", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("disclosure", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name=op.f("fk_ledger_disclosure_incident_id_incident")
        ),
        sa.PrimaryKeyConstraint("incident_id", "seq", "digest", name=op.f("pk_ledger_disclosure")),
    )
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("log_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("incident_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.Column("appended_at", app.models.columns.Instant(), nullable=False),
        sa.Column(
            "leaf_index", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("type", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("cause", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("basis", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("from_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("to_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("actor_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("at", app.models.columns.Instant(), nullable=False),
        sa.CheckConstraint("length(leaf) <= 65535", name=op.f("ck_ledger_entry_leaf_length")),
        sa.CheckConstraint("length(leaf_hash) = 32", name=op.f("ck_ledger_entry_leaf_hash_length")),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name=op.f("fk_ledger_entry_incident_id_incident")
        ),
        sa.ForeignKeyConstraint(
            ["log_id"], ["ledger_log.id"], name=op.f("fk_ledger_entry_log_id_ledger_log")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
    )
    op.create_index(
        "ix_ledger_entry_log_id_at",
        "ledger_entry",
        ["log_id", "at"],
        unique=False,
        sqlite_where=sa.text("type IN ('opened', 'transferred', 'closed')"),
        postgresql_where=sa.text("type IN ('opened', 'transferred', 'closed')"),
    )
    op.create_index(
        "ix_ledger_entry_to_id_at",
        "ledger_entry",
        ["to_id", "at"],
        unique=False,
        sqlite_where=sa.text("type IN ('opened', 'transferred', 'closed')"),
        postgresql_where=sa.text("type IN ('opened', 'transferred', 'closed')"),
    )
    op.create_index(
        "uq_ledger_entry_incident_id_seq", "ledger_entry", ["incident_id", "seq"], unique=True
    )

    op.create_table(
        "page",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("incident_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("party_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("token_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("asked_at", app.models.columns.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name=op.f("fk_page_incident_id_incident")
        ),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_page_party_id_party")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page")),
    )
    op.create_index("ix_page_incident_id", "page", ["incident_id"], unique=False)
    op.create_index("ix_page_party_id_id", "page", ["party_id", "asked_at"], unique=False)
    op.create_index("uq_page_token_hash", "page", ["token_hash"], unique=True)

    op.create_table(
        "delivery",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("incident_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("page_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("party_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("contact_point_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("message", sa.JSON(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("counted_failed", sa.Boolean(), nullable=False),
        sa.Column("due_at", app.models.columns.Instant(), nullable=False),
        sa.Column("first_due_at", app.models.columns.Instant(), nullable=False),
        sa.Column("leased_until", app.models.columns.Instant(), nullable=True),
        sa.Column("created_at", app.models.columns.Instant(), nullable=False),
        sa.Column("finished_at", app.models.columns.Instant(), nullable=True),
        sa.CheckConstraint(
            "status IN ('pending', 'sent', 'failed', 'dropped')", name=op.f("ck_delivery_status")
        ),
        sa.ForeignKeyConstraint(
            ["contact_point_id"],
            ["contact_point.id"],
            name=op.f("fk_delivery_contact_point_id_contact_point"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name=op.f("fk_delivery_incident_id_incident")
        ),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], name=op.f("fk_delivery_page_id_page")),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_delivery_party_id_party")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
    )
    op.create_index(
        "ix_delivery_due_at",
        "delivery",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("status = 'pending'"),
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index("ix_delivery_incident_id", "delivery", ["incident_id"], unique=False)

    op.create_table(
        "attempt",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("delivery_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", app.models.columns.Instant(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("result", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_attempt_delivery_id_delivery")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
    )
    op.create_index("ix_attempt_delivery_id", "attempt", ["delivery_id"], unique=False)


def downgrade() -> None:
    """Take it back; only for development."""
    op.drop_table("attempt")
    op.drop_table("delivery")
    op.drop_table("page")
    op.drop_table("ledger_entry")
    op.drop_table("ledger_disclosure")
    op.drop_table("incident")
    op.drop_table("protocol_version")
    op.drop_table("client_service")
    op.drop_table("client_reference")
    op.drop_table("organisation_municipality")
    op.drop_table("ledger_log")
    op.drop_table("desk_person")
    op.drop_table("contact_point")
    op.drop_table("client")
    op.drop_table("access_key")
    op.drop_table("revision")
    op.drop_table("party")
    op.drop_table("idempotency")
