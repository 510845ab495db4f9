"""The published versions of the protocols."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from app.models.columns import Instant


class ProtocolVersionRow(SQLModel, table=True):
    """One published, immutable version; without a client, a municipality's default."""

    __tablename__ = "protocol_version"
    __table_args__ = (
        Index("uq_protocol_version_client_id_number", "client_id", "number", unique=True),
        Index(
            "uq_protocol_version_municipality_id_number",
            "municipality_id",
            "number",
            unique=True,
            sqlite_where=text("client_id IS NULL"),
            postgresql_where=text("client_id IS NULL"),
        ),
        CheckConstraint("number >= 1", name="number"),
        # Reader: what a desk answers for, before it or its last contact point is retired.
        Index("ix_protocol_version_accountable_id", "accountable_id"),
    )

    id: str = Field(primary_key=True)
    client_id: str | None = Field(default=None, foreign_key="client.id")
    municipality_id: str = Field(foreign_key="party.id")
    number: int
    # The document's accountable desk, beside it so that it can be searched for.
    accountable_id: str = Field(foreign_key="party.id")
    # Sealed: under the client's key; a default under the installation's own. Null once erased.
    document: bytes | None = Field(default=None, sa_type=LargeBinary)
    # Empty once erased: whoever guesses the document could prove it by its digest.
    digest: str
    published_at: datetime = Field(sa_type=Instant)


class ProtocolUseRow(SQLModel, table=True):
    """That a protocol in force names a party: its newest version, of nobody who is retired.

    Written when the version is published; gone when another one is, or the client is retired. It
    repeats what the version says of itself, so that ten thousand of them are counted without a
    look at their documents.
    """

    __tablename__ = "protocol_use"
    # Readers: how many there are, and of which the caller may know.
    __table_args__ = (
        Index(
            "ix_protocol_use_party_id",
            *("party_id", "is_accountable", "municipality_id", "client_id"),
        ),
        # Reader: what is to go with a version.
        Index("ix_protocol_use_version_id", "version_id"),
    )

    party_id: str = Field(primary_key=True, foreign_key="party.id")
    version_id: str = Field(primary_key=True, foreign_key="protocol_version.id")
    number: int
    client_id: str | None = Field(default=None, foreign_key="client.id")
    municipality_id: str = Field(foreign_key="party.id")
    # JSON pointers into the document: ["/variants/0/steps/1/desk"].
    places: Any = Field(sa_type=JSON)
    is_accountable: bool
