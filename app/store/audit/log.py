"""A log as readers see it: its newest checkpoint, its tiles, and where an entry stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from app.ledger.notes.witness import newest_cosignatures
from app.ledger.tree.merkle import HASH_BYTES
from app.ledger.tree.proof import ReadTile
from app.models.ledger import (
    LedgerAlarmRow,
    LedgerCheckpointRow,
    LedgerEntryRow,
    LedgerGenerationRow,
    LedgerKeyRow,
    LedgerLogRow,
    LedgerTileRow,
)
from app.models.publishing.witnesses import LedgerWitnessRow
from app.store.vault.disclosures import stored_disclosures


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedHead:
    """The newest head of a log; `waiting` entries have no place yet.

    The checkpoint ends with the signatures of witnesses that have seen it.
    """

    origin: str
    verifier_key: str
    size: int
    root: bytes
    checkpoint: str
    signed_at: datetime
    waiting: int
    waiting_since: datetime | None
    # Verifier keys of all who have ever cosigned a head of this log.
    witnesses: tuple[str, ...] = ()


def head_of(session: Session, log_id: str) -> PublishedHead | None:
    """The head of a log; None before its first seal."""
    row = session.exec(select(LedgerLogRow).where(LedgerLogRow.id == log_id)).one_or_none()
    if row is None or row.origin is None or row.root is None:
        return None
    assert row.verifier_key is not None, "they come together"
    assert row.checkpoint is not None, "they come together"
    assert row.signed_at is not None, "they come together"
    entry = LedgerEntryRow
    waiting, since = session.exec(
        select(func.count(), func.min(entry.appended_at)).where(
            entry.log_id == log_id, col(entry.leaf_index).is_(None)
        )
    ).one()
    cosigned = cosigned_at(session, log_id, row.size)
    return PublishedHead(
        origin=row.origin,
        verifier_key=row.verifier_key,
        size=row.size,
        root=row.root,
        checkpoint=row.checkpoint + (newest_cosignatures(cosigned) if cosigned else ""),
        signed_at=row.signed_at,
        waiting=waiting,
        waiting_since=since,
        witnesses=_witnesses_of(session, log_id),
    )


def _witnesses_of(session: Session, log_id: str) -> tuple[str, ...]:
    row = LedgerWitnessRow
    return tuple(
        session.exec(
            select(row.verifier_key)
            .where(row.log_id == log_id, col(row.cosigned_at).is_not(None))
            .order_by(row.verifier_key)
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownKey:
    """A key that signs or has signed in the name of a log, under one of its origins."""

    origin: str
    number: int
    verifier_key: str
    made_at: datetime
    retired_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Predecessor:
    """A log whose place another took, with the last checkpoint that is known of it."""

    number: int
    origin: str
    checkpoint: str
    ended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """The sealed entry that named a key, and the first checkpoint that has it."""

    leaf: bytes
    leaf_index: int
    disclosure: str
    size: int
    checkpoint: str


def known_keys(session: Session, log_id: str) -> Sequence[KnownKey]:
    """All keys of a log and of those whose place it took, the newest of each first."""
    row = LedgerKeyRow
    query = select(row).where(row.log_id == log_id)
    found = session.exec(query.order_by(row.origin, col(row.number).desc())).all()
    names = KnownKey.__slots__
    return [KnownKey(**{name: getattr(one, name) for name in names}) for one in found]


def predecessors_of(session: Session, log_id: str) -> Sequence[Predecessor]:
    """The logs whose place it took, the oldest first."""
    row = LedgerGenerationRow
    query = select(row).where(row.log_id == log_id).order_by(col(row.number))
    names = Predecessor.__slots__
    return [
        Predecessor(**{name: getattr(one, name) for name in names}) for one in session.exec(query)
    ]


def rotations_of(session: Session, log_id: str, size: int) -> Sequence[Rotation]:
    """How the keys of a log followed one another, as far as that is sealed below `size`."""
    entry, checkpoint, log = LedgerEntryRow, LedgerCheckpointRow, LedgerLogRow
    (chain,) = session.exec(select(func.coalesce(log.chain_id, log.id)).where(log.id == log_id))
    found = session.exec(
        select(entry.leaf, entry.leaf_index, entry.seq)
        .where(
            entry.incident_id == chain,
            entry.type == "key_rotated",
            col(entry.leaf_index) < size,
        )
        .order_by(col(entry.seq))
    ).all()
    rotations = []
    for leaf, leaf_index, seq in found:
        assert leaf_index is not None, "it is below the size"
        first = (
            select(checkpoint.size, checkpoint.note)
            .where(checkpoint.log_id == log_id, checkpoint.size > leaf_index)
            .order_by(col(checkpoint.size))
            .limit(1)
        )
        (told,) = stored_disclosures(session, [chain], [seq])
        for at, note in session.exec(first):
            rotations.append(
                Rotation(
                    leaf=leaf,
                    leaf_index=leaf_index,
                    disclosure=told.disclosure,
                    size=at,
                    checkpoint=note,
                )
            )
    return rotations


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """Why a log is not sealed any more, a code, and since when that is known."""

    reason: str
    since: datetime


def stopped_of(session: Session, log_id: str) -> Stopped | None:
    """Of which operators were told; None if the log is well."""
    row = LedgerAlarmRow
    found = session.exec(select(row).where(row.log_id == log_id)).one_or_none()
    return None if found is None else Stopped(reason=found.reason, since=found.began_at)


def is_log(session: Session, log_id: str) -> bool:
    """Whether there is such a log, sealed or not."""
    query = select(LedgerLogRow.id).where(LedgerLogRow.id == log_id)
    return session.exec(query).one_or_none() is not None


def checkpoint_of(session: Session, log_id: str, size: int) -> str | None:
    """The checkpoint that was signed at exactly this size."""
    row = LedgerCheckpointRow
    return session.exec(
        select(row.note).where(row.log_id == log_id, row.size == size)
    ).one_or_none()


def cosigned_at(session: Session, log_id: str, size: int) -> str | None:
    """The signature lines of witnesses that saw the head of exactly this size."""
    row = LedgerCheckpointRow
    return session.exec(
        select(row.cosigned).where(row.log_id == log_id, row.size == size)
    ).one_or_none()


def tile_reader(session: Session, log_id: str) -> ReadTile:
    """Reads a log's tiles, cut to the width that is asked for."""

    def read(level: int, index: int, width: int) -> bytes:
        return (tile_of(session, log_id, level, index) or b"")[: width * HASH_BYTES]

    return read


def tile_of(session: Session, log_id: str, level: int, index: int) -> bytes | None:
    """The hashes of a tile, as many as there are."""
    row = LedgerTileRow
    query = select(row.hashes).where(row.log_id == log_id, row.level == level, row.n == index)
    return session.exec(query).one_or_none()


def leaves_of(session: Session, log_id: str, first: int, count: int) -> Sequence[bytes]:
    """The bytes of the entries at these places."""
    row = LedgerEntryRow
    return session.exec(
        select(row.leaf)
        .where(
            row.log_id == log_id,
            col(row.leaf_index) >= first,
            col(row.leaf_index) < first + count,
        )
        .order_by(col(row.leaf_index))
    ).all()


def incident_at(session: Session, log_id: str, place: int) -> str | None:
    """The incident whose entry stands at a place."""
    row = LedgerEntryRow
    query = select(row.incident_id).where(row.log_id == log_id, row.leaf_index == place)
    return session.exec(query).one_or_none()


def log_of(session: Session, incident_id: str) -> str | None:
    """The log in which an incident's entries are."""
    row = LedgerEntryRow
    query = select(row.log_id).where(row.incident_id == incident_id, row.seq == 0)
    return session.exec(query).one_or_none()
