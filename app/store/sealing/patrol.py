"""Looking again at what is sealed, without a lock: sealed rows never change."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.ledger.tree.tile import TILE_WIDTH
from app.models.ledger import LedgerEntryRow, LedgerLogRow, LedgerTileRow


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedTiles:
    """Tiles of leaf hashes of a log of this size, beside the leaves that they stand for."""

    size: int
    hashes: Mapping[int, bytes]
    leaves: Mapping[int, Sequence[bytes]]

    @property
    def count(self) -> int:
        """How many tiles of leaf hashes the log has."""
        return -(-self.size // TILE_WIDTH)

    def read(self, level: int, index: int, width: int) -> bytes:
        """A tile, as wide as it is stored."""
        del level, width
        return self.hashes.get(index, b"")


def sealed_tiles(session: Session, log_id: str, indices: Collection[int]) -> SealedTiles:
    """These tiles of leaf hashes, as far as the log goes, and always its last one."""
    size = session.exec(select(LedgerLogRow.size).where(LedgerLogRow.id == log_id)).one()
    last = (size - 1) // TILE_WIDTH
    wanted = sorted({index for index in (*indices, last) if 0 <= index <= last})
    tile = LedgerTileRow
    found = session.exec(
        select(tile.n, tile.hashes).where(
            tile.log_id == log_id, tile.level == 0, col(tile.n).in_(wanted)
        )
    )
    return SealedTiles(
        size=size,
        hashes={index: bytes(data) for index, data in found},
        leaves={index: _leaves(session, log_id, index) for index in wanted},
    )


def _leaves(session: Session, log_id: str, index: int) -> Sequence[bytes]:
    """By their places: one at a place twice, or beyond the last, is one too many."""
    entry = LedgerEntryRow
    first = index * TILE_WIDTH
    return session.exec(
        select(entry.leaf)
        .where(
            entry.log_id == log_id,
            col(entry.leaf_index) >= first,
            col(entry.leaf_index) < first + TILE_WIDTH,
        )
        .order_by(col(entry.leaf_index))
    ).all()
