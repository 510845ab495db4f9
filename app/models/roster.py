"""The rosters of desks, version by version."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, LargeBinary
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
    # The organisation whose key wrote it, or the person by their own page; None for the
    # installation's operator.
    recorded_by: str | None = Field(default=None, foreign_key="party.id")


class RosterPersonRow(SQLModel, table=True):
    """Whom any version of a roster has ever named: where to look for somebody's duty."""

    __tablename__ = "roster_person"

    person_id: str = Field(primary_key=True, foreign_key="party.id")
    roster_id: str = Field(primary_key=True, foreign_key="roster.id")


class SubstitutionRow(SQLModel, table=True):
    """Somebody asks a colleague to take over duties of theirs (交代).

    The roster stays as it is until the colleague accepts. What nobody answered in time has lapsed;
    that is never written, because it follows from `lapses_at`.
    """

    __tablename__ = "substitution"
    __table_args__ = (
        CheckConstraint(
            "status IN ('offered', 'accepted', 'declined', 'withdrawn')", name="status"
        ),
        CheckConstraint("person_id <> substitute_id", name="two_persons"),
        # Readers: a person's own requests, and those to them.
        Index("ix_substitution_person_id_id", "person_id", "id"),
        Index("ix_substitution_substitute_id_id", "substitute_id", "id"),
    )

    id: str = Field(primary_key=True)
    roster_id: str = Field(foreign_key="roster.id")
    person_id: str = Field(foreign_key="party.id")
    substitute_id: str = Field(foreign_key="party.id")
    # What is to be taken over, and what the person takes in return: [{"from", "to", "tier"}].
    duties: Any = Field(sa_type=JSON)
    duties_in_return: Any = Field(sa_type=JSON)
    status: str = "offered"
    # The first duty begins; of one that is running already: it ends.
    lapses_at: datetime = Field(sa_type=Instant)
    offered_at: datetime = Field(sa_type=Instant)
    # An organisation (by its key) or a person (by their page); None for the operator.
    offered_by: str | None = Field(default=None, foreign_key="party.id")
    answered_at: datetime | None = Field(default=None, sa_type=Instant)
    answered_by: str | None = Field(default=None, foreign_key="party.id")
    # The number of the roster's version by which it was done.
    version: int | None = None


class CalendarFeedRow(SQLModel, table=True):
    """A secret address at which a calendar program reads the duty of a desk or of a person."""

    __tablename__ = "calendar_feed"
    __table_args__ = (
        # Unique, and the reader: every time that a calendar program asks.
        Index("uq_calendar_feed_token_hash", "token_hash", unique=True),
        # Reader: the list of a party's feeds.
        Index("ix_calendar_feed_party_id", "party_id", "id"),
    )

    id: str = Field(primary_key=True)
    # A desk or a person.
    party_id: str = Field(foreign_key="party.id")
    # Who has the address, in the words of whoever made it; sealed under the party's key.
    label: bytes | None = Field(default=None, sa_type=LargeBinary)
    # SHA-256 of the token, hexadecimal; the token itself is shown once and never stored.
    token_hash: str
    created_at: datetime = Field(sa_type=Instant)
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)
