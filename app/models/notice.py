"""What parties are told outside of incidents."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from app.models.columns import Instant


class NoticeRow(SQLModel, table=True):
    """One thing that a party is told; one that asks has a link and may be answered once."""

    __tablename__ = "notice"
    __table_args__ = (
        CheckConstraint("answered_at IS NULL OR token_hash IS NOT NULL", name="answer"),
        # Reader: the link of a notice that asks.
        Index(
            "uq_notice_token_hash",
            "token_hash",
            unique=True,
            sqlite_where=text("token_hash IS NOT NULL"),
            postgresql_where=text("token_hash IS NOT NULL"),
        ),
        # Reader: the inbox of the party.
        Index("ix_notice_party_id_created_at", "party_id", "created_at"),
        # Reader: what became of the questions to a contact point.
        Index(
            "ix_notice_contact_point_id_id",
            "contact_point_id",
            "id",
            sqlite_where=text("contact_point_id IS NOT NULL"),
            postgresql_where=text("contact_point_id IS NOT NULL"),
        ),
        # Reader: the loop that asks once more.
        Index(
            "ix_notice_remind_at",
            "remind_at",
            sqlite_where=text("remind_at IS NOT NULL"),
            postgresql_where=text("remind_at IS NOT NULL"),
        ),
    )

    id: str = Field(primary_key=True)
    party_id: str = Field(foreign_key="party.id")
    # The one contact point that it is about and goes to; null: it goes to all of the party's.
    contact_point_id: str | None = Field(default=None, foreign_key="contact_point.id")
    # cover.lost, cover.regained, roster.ending, contact.check, duty.requested, duty.answered,
    # duty.uncovered, duty.resumed, ledger.stopped, ledger.runs, audit.fault, audit.cleared
    kind: str
    # Ids and codes, never personal data.
    data: Any = Field(sa_type=JSON)
    # SHA-256 of the link's token, hexadecimal; null where nothing is asked.
    token_hash: str | None = None
    created_at: datetime = Field(sa_type=Instant)
    # When it is sent once more if nobody has answered; null: never, or that is done.
    remind_at: datetime | None = Field(default=None, sa_type=Instant)
    # When a human followed the link and pressed the button.
    answered_at: datetime | None = Field(default=None, sa_type=Instant)
