"""A sealed log as it is handed on: entries by their places, with what they disclose."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, type_coerce
from sqlmodel import Session, and_, col, func, or_, select

from app.ledger.tree.merkle import HASH_BYTES
from app.ledger.tree.tile import TILE_WIDTH
from app.models.ledger import (
    LedgerCheckpointRow,
    LedgerDisclosureRow,
    LedgerEntryRow,
    LedgerTileRow,
)
from app.store.audit.entry import table
from app.store.vault.disclosures import StoredDisclosure, opened

_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedEntry:
    """An entry in its place."""

    incident_id: str
    seq: int
    leaf: bytes


def placed_entries(session: Session, log_id: str, first: int, count: int) -> Sequence[PlacedEntry]:
    """The entries at these places, in order."""
    entry = table(LedgerEntryRow).c
    query = (
        select(entry.incident_id, entry.seq, entry.leaf)
        .where(entry.log_id == log_id, entry.leaf_index >= first, entry.leaf_index < first + count)
        .order_by(entry.leaf_index)
    )
    return [PlacedEntry(**row) for row in session.connection().execute(query).mappings()]


def placed_disclosures(
    session: Session, log_id: str, first: int, count: int
) -> Sequence[StoredDisclosure]:
    """What the entries at these places disclose, as far as it still exists, in their order."""
    entry, disclosure = LedgerEntryRow, LedgerDisclosureRow
    query = (
        select(disclosure)
        .join(
            entry,
            and_(
                col(entry.incident_id) == disclosure.incident_id,
                col(entry.seq) == disclosure.seq,
            ),
        )
        .where(
            entry.log_id == log_id,
            col(entry.leaf_index) >= first,
            col(entry.leaf_index) < first + count,
        )
        .order_by(col(entry.leaf_index), disclosure.digest)
    )
    return opened(session, session.exec(query))


def later_erasures(
    session: Session, log_id: str, incident_ids: Iterable[str], size: int
) -> Mapping[str, Sequence[bytes]]:
    """By incident the leaves that say what was erased, and have no place below `size`."""
    row = LedgerEntryRow
    query = select(row.incident_id, row.leaf).where(
        row.log_id == log_id,
        col(row.incident_id).in_(sorted(incident_ids)),
        row.type == "erased",
        or_(col(row.leaf_index).is_(None), col(row.leaf_index) >= size),
    )
    found: dict[str, list[bytes]] = {}
    for incident_id, leaf in session.exec(query):
        found.setdefault(incident_id, []).append(leaf)
    return found


def missing_of(session: Session, log_id: str, size: int) -> str | None:
    """What of a log of this size is not stored, by counting alone; None if nothing is missing."""
    entry, tile = LedgerEntryRow, LedgerTileRow
    count = session.exec(
        select(func.count()).where(entry.log_id == log_id, col(entry.leaf_index) < size)
    ).one()
    if count < size:
        return f"{size - count} of its {size} sealed entries"
    stored = dict(
        session.exec(
            select(tile.level, func.sum(func.length(tile.hashes)))
            .where(tile.log_id == log_id)
            .group_by(col(tile.level))
        ).all()
    )
    level, wanted = 0, size
    while wanted:
        if stored.get(level, 0) < wanted * HASH_BYTES:
            return f"tiles of level {level}"
        level, wanted = level + 1, wanted // TILE_WIDTH
    return None


def tiles_between(
    session: Session, log_id: str, level: int, first: int, count: int
) -> Mapping[int, bytes]:
    """The tiles of a level with these indices, each as wide as it is by now."""
    row = LedgerTileRow
    query = select(row.n, row.hashes).where(
        row.log_id == log_id, row.level == level, row.n >= first, row.n < first + count
    )
    return dict(session.exec(query).all())


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenHead:
    """A head that others have seen: as it was signed, their signatures, a time stamp."""

    size: int
    note: str
    cosigned: str | None
    token: bytes | None


def seen_heads(session: Session, log_id: str, size: int) -> Sequence[SeenHead]:
    """Of the heads up to a size the last of each hour that was cosigned, and all with a token."""
    row = LedgerCheckpointRow
    hour = type_coerce(col(row.signed_at), BigInteger) // _HOUR_MS
    last_of_hours = (
        select(func.max(row.size))
        .where(row.log_id == log_id, row.size <= size, col(row.cosigned).is_not(None))
        .group_by(hour)
    )
    found = session.exec(
        select(row)
        .where(
            row.log_id == log_id,
            row.size <= size,
            or_(col(row.size).in_(last_of_hours), col(row.timestamp_token).is_not(None)),
        )
        .order_by(col(row.size))
    )
    return [
        SeenHead(size=one.size, note=one.note, cosigned=one.cosigned, token=one.timestamp_token)
        for one in found
    ]
