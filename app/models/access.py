"""Who may call, and what was already answered."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary
from sqlmodel import Field, SQLModel

from app.models.columns import Instant


class AccessKeyRow(SQLModel, table=True):
    """A key of an organisation; without one, of the installation."""

    __tablename__ = "access_key"
    __table_args__ = (
        CheckConstraint(
            "role IN ('operator', 'coordinator', 'provider', 'auditor')",
            name="role",
        ),
        CheckConstraint("organisation_id IS NOT NULL OR role = 'operator'", name="organisation"),
        # Reader: every request.
        Index("uq_access_key_key_hash", "key_hash", unique=True),
    )

    id: str = Field(primary_key=True)
    organisation_id: str | None = Field(default=None, foreign_key="party.id")
    role: str
    label: str | None = None
    # SHA-256 of the key, hexadecimal; the key itself is shown once and never stored.
    key_hash: str
    created_at: datetime = Field(sa_type=Instant)
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)


class IdempotencyRow(SQLModel, table=True):
    """The answer that was given under an Idempotency-Key, kept 24 hours."""

    __tablename__ = "idempotency"
    # Reader: the retention sweep.
    __table_args__ = (Index("ix_idempotency_created_at", "created_at"),)

    # Access key id, method and path: one caller's keys never meet another's.
    scope: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    body_hash: str
    status: int
    # Sealed under the installation's own key: it may repeat what was asked.
    answer: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = Field(sa_type=Instant)


class DataKeyRow(SQLModel, table=True):
    """The data key under which all that is personal of one subject is sealed.

    The subject is a client or a party; "installation" is there once every column is sealed. Where
    the row of a subject is gone, the subject was erased.
    """

    __tablename__ = "data_key"

    subject_id: str = Field(primary_key=True)
    # Sealed under a key derived from DATA_KEY_FILE.
    wrapped: bytes = Field(sa_type=LargeBinary)
