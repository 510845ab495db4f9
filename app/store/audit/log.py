"""A log as readers see it: its newest checkpoint, its tiles, and where an entry stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from app.models.ledger import LedgerCheckpointRow, LedgerEntryRow, LedgerLogRow, LedgerTileRow


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedHead:
    """The newest head of a log; `waiting` entries have no place yet."""

    origin: str
    verifier_key: str
    size: int
    root: bytes
    checkpoint: str
    signed_at: datetime
    waiting: int
    waiting_since: datetime | None


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
    return PublishedHead(
        origin=row.origin,
        verifier_key=row.verifier_key,
        size=row.size,
        root=row.root,
        checkpoint=row.checkpoint,
        signed_at=row.signed_at,
        waiting=waiting,
        waiting_since=since,
    )


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
