"""Incidents and the messages that they send."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from app.models.columns import Instant, RowId

OPEN = "closed_at IS NULL"
LONG = "closed_at IS NULL OR closed_at - opened_at > 86400000"
PENDING = "status = 'pending'"


class IncidentRow(SQLModel, table=True):
    """One emergency of one client: a projection of its ledger entries."""

    __tablename__ = "incident"
    __table_args__ = (
        CheckConstraint(
            "status IN ('triggered', 'acknowledged', 'en_route', 'arrived', 'resolved',"
            " 'cancelled')",
            name="status",
        ),
        # H1: an open incident has a holder, a closed one has none.
        CheckConstraint("(closed_at IS NULL) = (holder_id IS NOT NULL)", name="one_holder"),
        # H5: an unanswered incident has a timer.
        CheckConstraint("status <> 'triggered' OR wake_at IS NOT NULL", name="timer"),
        CheckConstraint("closed_at IS NULL OR wake_at IS NULL", name="closed_sleeps"),
        # Reader: the scheduler.
        Index(
            "ix_incident_wake_at",
            "wake_at",
            sqlite_where=text("wake_at IS NOT NULL"),
            postgresql_where=text("wake_at IS NOT NULL"),
        ),
        # Unique: two nodes that get the same signal at once open one incident.
        Index(
            "uq_incident_client_id_dedup_key_open",
            "client_id",
            "dedup_key",
            unique=True,
            sqlite_where=text(f"{OPEN} AND dedup_key IS NOT NULL"),
            postgresql_where=text(f"{OPEN} AND dedup_key IS NOT NULL"),
        ),
        # Reader: the search for the open incident that a repeated signal belongs to.
        Index(
            "ix_incident_client_id_open",
            "client_id",
            sqlite_where=text(OPEN),
            postgresql_where=text(OPEN),
        ),
        # Reader: the search for what was already running at an instant. Few last over a day.
        Index(
            "ix_incident_municipality_id_opened_at_long",
            "municipality_id",
            "opened_at",
            "closed_at",
            sqlite_where=text(LONG),
            postgresql_where=text(LONG),
        ),
        # Readers: the lists by municipality, by client and by holder, newest first; and by
        # holder the search for who is busy (few rows, because a closed incident has no holder).
        Index("ix_incident_municipality_id_id", "municipality_id", "id"),
        Index("ix_incident_client_id_id", "client_id", "id"),
        Index("ix_incident_holder_id_id", "holder_id", "id"),
    )

    id: str = Field(primary_key=True)
    client_id: str = Field(foreign_key="client.id")
    municipality_id: str = Field(foreign_key="party.id")
    # The reporting organisation; null when the operator reported.
    reporter_id: str | None = Field(default=None, foreign_key="party.id")
    type: str
    severity: str
    status: str
    exhausted: bool = False
    drill: bool = False
    holder_id: str | None = Field(default=None, foreign_key="party.id")
    holder_since: datetime | None = Field(default=None, sa_type=Instant)
    basis: str | None = None
    step: int | None = None
    round: int | None = None
    protocol_version_id: str | None = Field(default=None, foreign_key="protocol_version.id")
    protocol_version: int | None = None
    wake_at: datetime | None = Field(default=None, sa_type=Instant)
    occurred_at: datetime = Field(sa_type=Instant)
    opened_at: datetime = Field(sa_type=Instant)
    acknowledged_at: datetime | None = Field(default=None, sa_type=Instant)
    arrived_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    outcome: str | None = None
    signal_count: int = 1
    # HMAC of the reporting organisation and its key: two providers' keys never meet.
    dedup_key: str | None = None
    # Sealed, what the provider wrote: summary and details. Null once erased.
    report: bytes | None = Field(default=None, sa_type=LargeBinary)
    # The whole memory of the state machine; the columns above are what is searched.
    state: Any = Field(sa_type=JSON)
    # Party id to pseudonym, as given out so far in this incident's entries.
    pseudonyms: Any = Field(sa_type=JSON)
    # Grows by one with each decision; writers compare and swap on it.
    version: int
    # Next sequence number and hash of the last ledger entry (LEDGER.md 3.2).
    ledger_seq: int
    ledger_head: bytes = Field(sa_type=LargeBinary)


class PageRow(SQLModel, table=True):
    """A request to one party, at one step and round, to take an incident."""

    __tablename__ = "page"
    __table_args__ = (
        # Reader: the responder's link.
        Index("uq_page_token_hash", "token_hash", unique=True),
        # Reader: the pages of an incident.
        Index("ix_page_incident_id", "incident_id"),
        # Reader: the inbox of a person.
        Index("ix_page_party_id_id", "party_id", "asked_at"),
    )

    id: str = Field(primary_key=True)
    incident_id: str = Field(foreign_key="incident.id")
    party_id: str = Field(foreign_key="party.id")
    step: int
    round: int
    # SHA-256 of the link's token, hexadecimal.
    token_hash: str
    asked_at: datetime = Field(sa_type=Instant)


class DeliveryRow(SQLModel, table=True):
    """One message to one contact point: the outbox."""

    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint(
            "status IN ('pending', 'sent', 'failed', 'dropped')",
            name="status",
        ),
        CheckConstraint("(incident_id IS NULL) <> (notice_id IS NULL)", name="subject"),
        # Reader: the dispatcher.
        Index(
            "ix_delivery_due_at",
            "due_at",
            sqlite_where=text(PENDING),
            postgresql_where=text(PENDING),
        ),
        # Reader: the deliveries of an incident.
        Index("ix_delivery_incident_id", "incident_id"),
        # Reader: the deliveries of a notice.
        Index(
            "ix_delivery_notice_id",
            "notice_id",
            sqlite_where=text("notice_id IS NOT NULL"),
            postgresql_where=text("notice_id IS NOT NULL"),
        ),
    )

    # Also the message id that stays the same across retries.
    id: str = Field(primary_key=True)
    # What it is about: an incident or a notice.
    incident_id: str | None = Field(default=None, foreign_key="incident.id")
    notice_id: str | None = Field(default=None, foreign_key="notice.id")
    page_id: str | None = Field(default=None, foreign_key="page.id")
    party_id: str = Field(foreign_key="party.id")
    contact_point_id: str = Field(foreign_key="contact_point.id")
    # paged, reminded, informed, offered, stood_down, closed, alarm; or the kind of the notice
    kind: str
    # Sealed: ids and codes of the message, and the client's town. Null once erased.
    message: bytes | None = Field(default=None, sa_type=LargeBinary)
    status: str = "pending"
    attempts: int = 0
    # Whether escalation already counts this contact point as failed.
    counted_failed: bool = False
    # When the next attempt is due, and when the first was.
    due_at: datetime = Field(sa_type=Instant)
    first_due_at: datetime = Field(sa_type=Instant)
    leased_until: datetime | None = Field(default=None, sa_type=Instant)
    created_at: datetime = Field(sa_type=Instant)
    finished_at: datetime | None = Field(default=None, sa_type=Instant)


class AttemptRow(SQLModel, table=True):
    """One try to send a delivery."""

    __tablename__ = "attempt"
    # Reader: the evidence of an incident.
    __table_args__ = (Index("ix_attempt_delivery_id", "delivery_id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    delivery_id: str = Field(foreign_key="delivery.id")
    at: datetime = Field(sa_type=Instant)
    duration_ms: int
    # sent, temporary or permanent
    result: str
    # A code such as http_503, timeout, refused_address; never text of the other side.
    reason: str | None = None
