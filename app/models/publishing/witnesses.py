"""Witnesses of our logs, logs that we witness, and time stamps."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, LargeBinary
from sqlmodel import Field, SQLModel

from app.models.columns import Instant


class WitnessedLogRow(SQLModel, table=True):
    """A log of others: the largest tree of it that this installation has cosigned."""

    __tablename__ = "witnessed_log"
    __table_args__ = (CheckConstraint("length(root) = 32", name="root"),)

    origin: str = Field(primary_key=True)
    size: int = Field(sa_type=BigInteger)
    root: bytes = Field(sa_type=LargeBinary)
    # As it came.
    note: str
    cosigned_at: datetime = Field(sa_type=Instant)


class LedgerWitnessRow(SQLModel, table=True):
    """A witness of a log of ours; its key stays here when it is asked no more."""

    __tablename__ = "ledger_witness"

    log_id: str = Field(primary_key=True, foreign_key="ledger_log.id")
    verifier_key: str = Field(primary_key=True)
    # How large the log was when the witness cosigned it last, as far as is known here.
    size: int = Field(sa_type=BigInteger)
    asked_at: datetime = Field(sa_type=Instant)
    # By the witness's clock; null: never.
    cosigned_at: datetime | None = Field(default=None, sa_type=Instant)
    # Why it did not cosign when it was asked last, a code; null: it did.
    fault: str | None = None


class LedgerStampRow(SQLModel, table=True):
    """When the time-stamping authority was asked about a log, and what came of it."""

    __tablename__ = "ledger_stamp"

    log_id: str = Field(primary_key=True, foreign_key="ledger_log.id")
    asked_at: datetime = Field(sa_type=Instant)
    # By the authority's clock; null: never.
    stamped_at: datetime | None = Field(default=None, sa_type=Instant)
    fault: str | None = None
