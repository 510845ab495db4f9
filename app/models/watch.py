"""The standing watch: which protocols are watched, what changed, and where cover is missing.

All of it is a projection: it can be thrown away and is made again from the protocols and the
directory. Only what was told already would be told once more.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from app.models.columns import Instant, RowId

UNTOLD = "untold IS NOT NULL"


class CoverMarkRow(SQLModel, table=True):
    """Something changed on which cover may rest; written by triggers, in the change's transaction.

    It goes when the protocols that it touches have been proved anew and the coordinators told.
    """

    __tablename__ = "cover_mark"

    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    # A code of `app/store/watch/marks.py`.
    what: str
    # The party; of a publication the client, or the municipality whose default it is.
    subject: str


class ProtocolWatchRow(SQLModel, table=True):
    """One watched thing: a client's own protocol, a municipality's default, its last resort."""

    __tablename__ = "protocol_watch"
    __table_args__ = (
        CheckConstraint("kind IN ('own', 'default', 'fallback')", name="kind"),
        CheckConstraint("(kind = 'own') = (client_id IS NOT NULL)", name="client"),
        CheckConstraint("untold IN ('lost', 'regained')", name="untold"),
        # Reader: the nightly re-check.
        Index("ix_protocol_watch_checked_at", "checked_at", "id"),
        # Reader: the list of problems, from the clients.
        Index("ix_protocol_watch_client_id", "client_id"),
        Index("ix_protocol_watch_municipality_id", "municipality_id", "kind"),
        # Reader: who is to be told.
        Index(
            "ix_protocol_watch_untold",
            "municipality_id",
            sqlite_where=text(UNTOLD),
            postgresql_where=text(UNTOLD),
        ),
    )

    # "own:<client>", "default:<municipality>" or "fallback:<municipality>".
    id: str = Field(primary_key=True)
    kind: str
    client_id: str | None = Field(default=None, foreign_key="client.id")
    municipality_id: str = Field(foreign_key="party.id")
    # The version that was proved last.
    version_id: str | None = Field(default=None, foreign_key="protocol_version.id")
    # When it was last looked at; 1970 for never.
    checked_at: datetime = Field(sa_type=Instant)
    # Until then a proof stands as long as nothing changes.
    valid_to: datetime = Field(sa_type=Instant)
    # Of all that went into the proof.
    digest: str | None = None
    # Where cover was lost since publication and is still missing: {"<variant>.<step>": spans}.
    lost: Any = Field(default=None, nullable=True, sa_type=JSON(none_as_null=True))
    # What the municipality has not been told yet, and from when on cover is missing.
    untold: str | None = None
    untold_from: datetime | None = Field(default=None, sa_type=Instant)
    # Of lost cover: {"causes": […], "party_ids": […]}, of what was lost and was not before.
    untold_lost: Any = Field(default=None, nullable=True, sa_type=JSON(none_as_null=True))


class WatchedPartyRow(SQLModel, table=True):
    """Which parties a watched protocol names."""

    __tablename__ = "watched_party"
    # Reader: what is replaced when another version is published.
    __table_args__ = (Index("ix_watched_party_watch_id", "watch_id"),)

    party_id: str = Field(primary_key=True)
    watch_id: str = Field(primary_key=True, foreign_key="protocol_watch.id")


class ProtocolProblemRow(SQLModel, table=True):
    """One step of a watched protocol that at times can ask nobody, with the times to come."""

    __tablename__ = "protocol_problem"
    __table_args__ = (
        CheckConstraint("kind IN ('gap', 'unplanned', 'accountable')", name="kind"),
        # Reader: the problems of the next days, and what has passed.
        Index("ix_protocol_problem_next_to", "next_to"),
        Index("ix_protocol_problem_kind_next_from", "kind", "next_from"),
    )

    watch_id: str = Field(primary_key=True, foreign_key="protocol_watch.id")
    # What tells it from the protocol's others: "<kind>.<variant>.<step>.<cause>".
    place: str = Field(primary_key=True)
    kind: str
    # Null where it is the accountable desk that cannot be reached.
    variant: int | None = None
    # Sealed, as the document is from which it comes.
    variant_name: bytes | None = Field(default=None, sa_type=LargeBinary)
    step: int | None = None
    cause: str
    # The kinds of incident that come there.
    incidents: Any = Field(sa_type=JSON)
    # Whom the step asks.
    party_ids: Any = Field(sa_type=JSON)
    # In order: [from, to, opened_at, at, type, severity], instants in milliseconds.
    spans: Any = Field(sa_type=JSON)
    # The first of the spans that has not passed.
    next_from: datetime = Field(sa_type=Instant)
    next_to: datetime = Field(sa_type=Instant)
    # `unplanned` only: the begin of which the municipality was told.
    told_from: datetime | None = Field(default=None, sa_type=Instant)


class WatchLeaseRow(SQLModel, table=True):
    """Which process watches now; there is one row."""

    __tablename__ = "watch_lease"

    name: str = Field(primary_key=True)
    holder: str
    # From then on another may take over.
    until: datetime = Field(sa_type=Instant)
