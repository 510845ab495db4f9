"""The rosters of desks, version by version."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index
from sqlmodel import Field, SQLModel

from app.models.columns import Instant


class RosterRow(SQLModel, table=True):
    """A desk's roster; what it says is in its versions."""

    __tablename__ = "roster"
    __table_args__ = (Index("uq_roster_desk_id", "desk_id", unique=True),)

    id: str = Field(primary_key=True)
    desk_id: str = Field(foreign_key="party.id")
    created_at: datetime = Field(sa_type=Instant)


class RosterVersionRow(SQLModel, table=True):
    """One version, immutable: duty of the past stays as it was answered (docs/decisions/0013)."""

    __tablename__ = "roster_version"
    __table_args__ = (
        Index("uq_roster_version_roster_id_number", "roster_id", "number", unique=True),
        CheckConstraint("number >= 1", name="number"),
    )

    id: str = Field(primary_key=True)
    roster_id: str = Field(foreign_key="roster.id")
    number: int
    document: Any = Field(sa_type=JSON)
    effective_from: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    # Whether it says something else about the past; why, then.
    is_correction: bool
    reason: str | None = None
    # The organisation whose key wrote it; None for the installation's operator.
    recorded_by: str | None = Field(default=None, foreign_key="party.id")
