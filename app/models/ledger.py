"""The responsibility ledger: append-only, guarded by triggers in the migrations."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from app.models.columns import Instant, RowId

OUTSIDE = "cosigned IS NOT NULL OR timestamp_token IS NOT NULL"
CHANGES = "type IN ('opened', 'transferred', 'closed')"


class LedgerLogRow(SQLModel, table=True):
    """One log per municipality (LEDGER.md 0); its id is the municipality's.

    Origin to `signed_at` are null until the first seal.
    """

    __tablename__ = "ledger_log"
    __table_args__ = (
        CheckConstraint("size >= 0", name="size"),
        CheckConstraint("(origin IS NULL) = (checkpoint IS NULL)", name="opened"),
    )

    id: str = Field(primary_key=True, foreign_key="party.id")
    created_at: datetime = Field(sa_type=Instant)
    # The address under which the log signs; it never changes.
    origin: str | None = Field(default=None, unique=True)
    # The key by which others verify.
    verifier_key: str | None = None
    # How many entries are sealed, and the root over them.
    size: int = Field(default=0, sa_type=BigInteger)
    root: bytes | None = Field(default=None, sa_type=LargeBinary)
    # The newest signed checkpoint, verbatim.
    checkpoint: str | None = None
    signed_at: datetime | None = Field(default=None, sa_type=Instant)
    # The id of the log's own chain, beside those of incidents; null: the municipality's.
    chain_id: str | None = None
    chain_seq: int = Field(default=0)
    chain_head: bytes | None = Field(default=None, sa_type=LargeBinary)


class LedgerTileRow(SQLModel, table=True):
    """Up to 256 hashes of the tree, 32 bytes each (c2sp.org/tlog-tiles)."""

    __tablename__ = "ledger_tile"
    __table_args__ = (
        CheckConstraint("length(hashes) BETWEEN 32 AND 8192", name="width"),
        CheckConstraint("length(hashes) % 32 = 0", name="whole_hashes"),
    )

    log_id: str = Field(primary_key=True, foreign_key="ledger_log.id")
    level: int = Field(primary_key=True)
    n: int = Field(primary_key=True, sa_type=BigInteger)
    hashes: bytes = Field(sa_type=LargeBinary)


class LedgerCheckpointRow(SQLModel, table=True):
    """Every head that was signed, with what others have said of it."""

    __tablename__ = "ledger_checkpoint"
    __table_args__ = (
        # Reader: exports, of what others have signed too.
        Index(
            "ix_ledger_checkpoint_log_id_size_outside",
            "log_id",
            "size",
            sqlite_where=text(OUTSIDE),
            postgresql_where=text(OUTSIDE),
        ),
    )

    log_id: str = Field(primary_key=True, foreign_key="ledger_log.id")
    size: int = Field(primary_key=True, sa_type=BigInteger)
    root: bytes = Field(sa_type=LargeBinary)
    note: str
    signed_at: datetime = Field(sa_type=Instant)
    # Signature lines of witnesses, verbatim.
    cosigned: str | None = None
    # An RFC 3161 token over the note.
    timestamp_token: bytes | None = Field(default=None, sa_type=LargeBinary)


class LedgerKeyRow(SQLModel, table=True):
    """Every key that has signed in the name of a log, under each origin that it had."""

    __tablename__ = "ledger_key"

    log_id: str = Field(primary_key=True, foreign_key="ledger_log.id")
    origin: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    verifier_key: str
    made_at: datetime = Field(sa_type=Instant)
    # Since when it signs no more.
    retired_at: datetime | None = Field(default=None, sa_type=Instant)


class LedgerGenerationRow(SQLModel, table=True):
    """A log that has a successor: its name, and the last checkpoint that is known of it."""

    __tablename__ = "ledger_generation"

    log_id: str = Field(primary_key=True, foreign_key="ledger_log.id")
    number: int = Field(primary_key=True)
    origin: str
    checkpoint: str
    # Where its own chain ended; null where an older copy was restored and nothing of it is left.
    chain_id: str | None = None
    chain_seq: int
    chain_head: bytes | None = Field(default=None, sa_type=LargeBinary)
    ended_at: datetime = Field(sa_type=Instant)


class LedgerSuccessionRow(SQLModel, table=True):
    """A log whose entries lose their places at this moment, which the guard forbids otherwise."""

    __tablename__ = "ledger_succession"

    log_id: str = Field(primary_key=True)


class LedgerFormerCheckpointRow(SQLModel, table=True):
    """The heads that a log signed before it had a successor, with what others said of them."""

    __tablename__ = "ledger_former_checkpoint"

    log_id: str = Field(primary_key=True, foreign_key="ledger_log.id")
    origin: str = Field(primary_key=True)
    size: int = Field(primary_key=True, sa_type=BigInteger)
    note: str
    signed_at: datetime = Field(sa_type=Instant)
    cosigned: str | None = None
    timestamp_token: bytes | None = Field(default=None, sa_type=LargeBinary)


class LedgerAlarmRow(SQLModel, table=True):
    """A log about which operators were told, until it is well again."""

    __tablename__ = "ledger_alarm"

    log_id: str = Field(primary_key=True, foreign_key="ledger_log.id")
    reason: str
    began_at: datetime = Field(sa_type=Instant)
    # By whichever process saw it last.
    seen_at: datetime = Field(sa_type=Instant)


class LedgerEntryRow(SQLModel, table=True):
    """One leaf, stored and hashed verbatim, beside a projection for searching."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        # Any double append becomes an error.
        Index("uq_ledger_entry_incident_id_seq", "incident_id", "seq", unique=True),
        CheckConstraint("length(leaf) <= 65535", name="leaf_length"),
        CheckConstraint("length(leaf_hash) = 32", name="leaf_hash_length"),
        # The last guard against two sealers: no place is given twice.
        Index(
            "uq_ledger_entry_log_id_leaf_index",
            "log_id",
            "leaf_index",
            unique=True,
            sqlite_where=text("leaf_index IS NOT NULL"),
            postgresql_where=text("leaf_index IS NOT NULL"),
        ),
        # Reader: the sealer.
        Index(
            "ix_ledger_entry_log_id_id_unsealed",
            "log_id",
            "id",
            sqlite_where=text("leaf_index IS NULL"),
            postgresql_where=text("leaf_index IS NULL"),
        ),
        # Reader: the intervals of a party.
        Index(
            "ix_ledger_entry_to_id_at",
            "to_id",
            "at",
            sqlite_where=text(CHANGES),
            postgresql_where=text(CHANGES),
        ),
        # Reader: the intervals of a municipality in a time range.
        Index(
            "ix_ledger_entry_log_id_at",
            "log_id",
            "at",
            sqlite_where=text(CHANGES),
            postgresql_where=text(CHANGES),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    log_id: str = Field(foreign_key="ledger_log.id")
    # The incident, or the log's own chain.
    incident_id: str
    seq: int
    leaf: bytes = Field(sa_type=LargeBinary)
    leaf_hash: bytes = Field(sa_type=LargeBinary)
    appended_at: datetime = Field(sa_type=Instant)
    # Position in the sealed tree; set once by the sealer.
    leaf_index: int | None = Field(default=None, sa_type=RowId)
    # The projection: what the leaf says, with party ids in the place of pseudonyms.
    type: str
    cause: str | None = None
    basis: str | None = None
    from_id: str | None = None
    to_id: str | None = None
    actor_id: str | None = None
    step: int | None = None
    at: datetime = Field(sa_type=Instant)


class LedgerDisclosureRow(SQLModel, table=True):
    """What a digest in a leaf stands for: the one table of the ledger that may be deleted."""

    __tablename__ = "ledger_disclosure"

    # The incident, or the log's own chain.
    incident_id: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    digest: str = Field(primary_key=True)
    name: str
    # Sealed under the client's data key.
    disclosure: bytes = Field(sa_type=LargeBinary)


class AuditFaultRow(SQLModel, table=True):
    """That the auditor found something wrong with an incident: once for each kind of fault."""

    __tablename__ = "audit_fault"
    __table_args__ = (
        # Readers: what is to be looked at again, and what is to be told.
        Index(
            "ix_audit_fault_open",
            "municipality_id",
            "fault",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    # No foreign keys: what is found may be that there is no such row.
    incident_id: str = Field(primary_key=True)
    # chain, transfer, row, overdue, unsent
    fault: str = Field(primary_key=True)
    municipality_id: str
    # Ids, codes and instants only.
    detail: str
    found_at: datetime = Field(sa_type=Instant)
    told_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


class AuditProgressRow(SQLModel, table=True):
    """How far the auditor has come: the id of the last entry that it has seen."""

    __tablename__ = "audit_progress"

    name: str = Field(primary_key=True)
    entry_id: int = Field(sa_type=BigInteger)
