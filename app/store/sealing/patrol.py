"""Looking again at what is sealed, without a lock: sealed rows never change."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.ledger.tree.tile import TILE_WIDTH
from app.models.ledger import LedgerEntryRow, LedgerLogRow, LedgerTileRow


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedTile:
    """A tile of leaf hashes beside the entries that it stands for, (place, bytes) each."""

    index: int
    hashes: bytes
    leaves: Sequence[tuple[int, bytes]]


def sealed_tiles(session: Session, log_id: str, first: int, count: int) -> Sequence[SealedTile]:
    """So many tiles of leaf hashes from `first` on, as far as the log goes, with their entries."""
    size = session.exec(select(LedgerLogRow.size).where(LedgerLogRow.id == log_id)).one()
    last = min(first + count, -(-size // TILE_WIDTH))
    tile, entry = LedgerTileRow, LedgerEntryRow
    found = session.exec(
        select(tile.n, tile.hashes).where(
            tile.log_id == log_id, tile.level == 0, tile.n >= first, tile.n < last
        )
    )
    hashes = {index: bytes(data) for index, data in found}
    rows = session.exec(
        select(entry.leaf_index, entry.leaf)
        .where(
            entry.log_id == log_id,
            col(entry.leaf_index) >= first * TILE_WIDTH,
            col(entry.leaf_index) < min(last * TILE_WIDTH, size),
        )
        .order_by(col(entry.leaf_index))
    )
    leaves: dict[int, list[tuple[int, bytes]]] = {}
    for place, leaf in rows:
        leaves.setdefault((place or 0) // TILE_WIDTH, []).append((place or 0, bytes(leaf)))
    return [
        SealedTile(index=index, hashes=hashes.get(index, b""), leaves=leaves.get(index, ()))
        for index in range(first, last)
    ]
