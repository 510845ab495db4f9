"""Who can be responsible or be contacted, and who is cared for."""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, CheckConstraint, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from app.models.columns import Instant


class PartyRow(SQLModel, table=True):
    """An organisation, one of its desks, or one of its persons."""

    __tablename__ = "party"
    __table_args__ = (
        CheckConstraint("kind IN ('organisation', 'desk', 'person')", name="kind"),
        CheckConstraint("kind <> 'organisation' OR organisation_id = id", name="own_organisation"),
        CheckConstraint("kind <> 'person' OR name = ''", name="sealed_person"),
        CheckConstraint(
            "name = '' OR (NOT is_personal AND"
            " (organisation_kind IS NULL OR organisation_kind <> 'family'))",
            name="sealed_family",
        ),
        # Reader: the lists of desks and persons of an organisation.
        Index("ix_party_organisation_id", "organisation_id", "id"),
    )

    id: str = Field(primary_key=True)
    kind: str
    # An organisation belongs to itself, so that every party has one.
    organisation_id: str = Field(foreign_key="party.id")
    organisation_kind: str | None = None
    # Of an organisation or a desk. A personal one is sealed, and set here only in memory, when the
    # row is loaded (app/store/vault/loading.py); "" once they were erased.
    name: str
    # Of a person, a family, a family's desk: the name says who somebody is.
    is_personal: bool = False
    sealed_name: bytes | None = Field(default=None, sa_type=LargeBinary)
    # Desks only: "24h" or ["HH:MM-HH:MM"].
    hours: Any = Field(default=None, nullable=True, sa_type=JSON(none_as_null=True))
    # Municipalities only: who holds when a client has no protocol at all.
    accountable_desk_id: str | None = Field(default=None, foreign_key="party.id")
    # By which agreement that desk holds (H2): who of its organisation signed, on which day, and
    # the agreement's number. All null where the desk is the municipality's own, or there is none.
    # Who signed is sealed under the municipality's key.
    accountable_approved_by: bytes | None = Field(default=None, sa_type=LargeBinary)
    accountable_approved_on: date | None = None
    accountable_reference: str | None = None
    created_at: datetime = Field(sa_type=Instant)
    retired_at: datetime | None = Field(default=None, sa_type=Instant)
    # When the data key of a person, a family or a family's desk was destroyed.
    erased_at: datetime | None = Field(default=None, sa_type=Instant)

    # Not stored here: comes from `data_key` when the row is loaded (app/store/vault/loading.py).
    wrapped_key: ClassVar[Any]


class OrganisationMunicipalityRow(SQLModel, table=True):
    """In which municipalities an organisation works; a municipality works in itself."""

    __tablename__ = "organisation_municipality"
    # Reader: what a coordinator may see.
    __table_args__ = (
        Index("ix_organisation_municipality_municipality_id", "municipality_id", "organisation_id"),
    )

    organisation_id: str = Field(primary_key=True, foreign_key="party.id")
    municipality_id: str = Field(primary_key=True, foreign_key="party.id")


class DeskPersonRow(SQLModel, table=True):
    """Which persons take turns at a desk."""

    __tablename__ = "desk_person"
    # Reader: the desks of a person.
    __table_args__ = (Index("ix_desk_person_person_id", "person_id"),)

    desk_id: str = Field(primary_key=True, foreign_key="party.id")
    person_id: str = Field(primary_key=True, foreign_key="party.id")


class ContactPointRow(SQLModel, table=True):
    """One way to reach a party."""

    __tablename__ = "contact_point"
    __table_args__ = (
        # Reader: the network of a protocol.
        Index("ix_contact_point_party_id", "party_id", "id"),
        # Reader: which are to be asked again whether they can be read.
        Index(
            "ix_contact_point_asked_at_created_at",
            "asked_at",
            "created_at",
            sqlite_where=text("retired_at IS NULL"),
            postgresql_where=text("retired_at IS NULL"),
        ),
    )

    id: str = Field(primary_key=True)
    party_id: str = Field(foreign_key="party.id")
    channel: str
    # Sealed under the party's key; null once they were erased.
    address: bytes | None = Field(default=None, sa_type=LargeBinary)
    # Webhooks only: the signing secret, "whsec_…", sealed too.
    secret: bytes | None = Field(default=None, sa_type=LargeBinary)
    hours: Any = Field(default="24h", sa_type=JSON(none_as_null=True))
    delay_seconds: int = 0
    # When a check was asked of it last; the row is also the lock of whoever asks.
    asked_at: datetime | None = Field(default=None, sa_type=Instant)
    created_at: datetime = Field(sa_type=Instant)
    retired_at: datetime | None = Field(default=None, sa_type=Instant)


class ClientRow(SQLModel, table=True):
    """A person cared for (利用者)."""

    __tablename__ = "client"
    __table_args__ = (
        # Unique: the code stands for the client in every message.
        Index("uq_client_municipality_id_code", "municipality_id", "code", unique=True),
        # Reader: the list of a municipality's clients.
        Index("ix_client_municipality_id_id", "municipality_id", "id"),
    )

    id: str = Field(primary_key=True)
    municipality_id: str = Field(foreign_key="party.id")
    code: str
    # Sealed. Shown to a responder before acceptance; what says who it is stays in `personal`.
    town: bytes | None = Field(default=None, sa_type=LargeBinary)
    # Sealed: name, address, phones, key, risks, … as one document. Null once erased.
    personal: bytes | None = Field(default=None, sa_type=LargeBinary)
    created_at: datetime = Field(sa_type=Instant)
    retired_at: datetime | None = Field(default=None, sa_type=Instant)
    # When all that is personal of them was erased, for good.
    erased_at: datetime | None = Field(default=None, sa_type=Instant)


class ClientServiceRow(SQLModel, table=True):
    """Which organisations look after a client."""

    __tablename__ = "client_service"
    # Reader: the clients that a provider may see.
    __table_args__ = (Index("ix_client_service_organisation_id", "organisation_id", "client_id"),)

    client_id: str = Field(primary_key=True, foreign_key="client.id")
    organisation_id: str = Field(primary_key=True, foreign_key="party.id")


class ClientReferenceRow(SQLModel, table=True):
    """The number under which an organisation knows a client."""

    __tablename__ = "client_reference"
    # Unique: an incident may name its client by it.
    __table_args__ = (
        Index(
            "uq_client_reference_organisation_id_blind",
            "organisation_id",
            "blind",
            unique=True,
        ),
    )

    client_id: str = Field(primary_key=True, foreign_key="client.id")
    organisation_id: str = Field(primary_key=True, foreign_key="party.id")
    # Sealed; found by `blind`, its HMAC, hexadecimal.
    reference: bytes = Field(sa_type=LargeBinary)
    blind: str


class SearchTokenRow(SQLModel, table=True):
    """One thing by which somebody is found: a keyed hash, which says it to nobody."""

    __tablename__ = "search_token"
    # Reader: the change and the erasure of one subject's. The key's reader: the search.
    __table_args__ = (
        Index("ix_search_token_subject_id", "subject_id"),
        # The key is the whole row: kept once.
        {"sqlite_with_rowid": False},
    )

    token: bytes = Field(primary_key=True, sa_type=LargeBinary)
    # A client or a person.
    subject_id: str = Field(primary_key=True)


class RevisionRow(SQLModel, table=True):
    """A counter that grows with each change of the directory, so that caches know."""

    __tablename__ = "revision"

    name: str = Field(primary_key=True)
    value: int
