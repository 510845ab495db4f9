"""Auditors, and the mails in which they get the checkpoint of their log."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.models.columns import Instant

PENDING = "status = 'pending'"


class LedgerAuditorRow(SQLModel, table=True):
    """To whom the checkpoint of a log is mailed each day."""

    __tablename__ = "ledger_auditor"
    __table_args__ = (
        CheckConstraint("language IN ('ja', 'en')", name="language"),
        # Called after the column that `blind` once was.
        UniqueConstraint("log_id", "blind", name="uq_ledger_auditor_log_id_address"),
    )

    id: str = Field(primary_key=True)
    log_id: str = Field(foreign_key="ledger_log.id")
    # Sealed under the installation's key; `blind`, its HMAC, keeps it from standing there twice.
    address: bytes = Field(sa_type=LargeBinary)
    blind: str
    language: str
    created_at: datetime = Field(sa_type=Instant)


class CheckpointMailRow(SQLModel, table=True):
    """One mail of one day to one auditor."""

    __tablename__ = "checkpoint_mail"
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'sent', 'failed')", name="status"),
        # One a day, however many nodes run.
        UniqueConstraint("auditor_id", "day"),
        # Reader: the publisher.
        Index(
            "ix_checkpoint_mail_due_at",
            "due_at",
            sqlite_where=text(PENDING),
            postgresql_where=text(PENDING),
        ),
    )

    id: str = Field(primary_key=True)
    auditor_id: str = Field(foreign_key="ledger_auditor.id", ondelete="CASCADE")
    # The day in Japan, `2026-11-23`.
    day: str
    # Of the checkpoint that is mailed.
    size: int = Field(sa_type=BigInteger)
    status: str
    attempts: int
    created_at: datetime = Field(sa_type=Instant)
    due_at: datetime = Field(sa_type=Instant)
    leased_until: datetime | None = Field(default=None, sa_type=Instant)
    finished_at: datetime | None = Field(default=None, sa_type=Instant)
    # A code of the channel; null while nothing failed.
    reason: str | None = None
