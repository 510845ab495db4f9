"""Looking again at what is sealed, a little with each round: an edited row stops the sealer.

The tiles are verified with every seal; the entries beneath them are too many for that. A log of a
thousand entries is seen whole in each round, ten million within three hours.
"""

from collections.abc import Sequence
from functools import partial

from app.database import Database
from app.ledger.entry import leaf_hash
from app.ledger.tree.tile import TILE_WIDTH
from app.sealing.seal import Fault, SealRefused
from app.store.sealing.patrol import SealedTile, sealed_tiles

TILES_PER_LOOK = 4


class Patrol:
    """Where it looks next in each log, and where something was wrong."""

    def __init__(self, database: Database) -> None:
        """Begin at the left of every log."""
        self._database = database
        self._next: dict[str, int] = {}
        # Looked at first in each round, until it is as it was.
        self._wrong: dict[str, int] = {}

    async def look(self, log_id: str) -> None:
        """Hash a few sealed entries again.

        Raises:
            SealRefused: one is missing, or is not what was sealed.
        """
        wrong = self._wrong.pop(log_id, None)
        if wrong is not None:
            self._check(log_id, await self._read(log_id, wrong, 1))
        first = self._next.get(log_id, 0)
        tiles = await self._read(log_id, first, TILES_PER_LOOK)
        is_end = len(tiles) < TILES_PER_LOOK
        self._next[log_id] = 0 if is_end else first + TILES_PER_LOOK
        self._check(log_id, tiles)

    async def _read(self, log_id: str, first: int, count: int) -> Sequence[SealedTile]:
        look = partial(sealed_tiles, log_id=log_id, first=first, count=count)
        return await self._database.read(look)

    def _check(self, log_id: str, tiles: Sequence[SealedTile]) -> None:
        for tile in tiles:
            begin = tile.index * TILE_WIDTH
            places = [place for place, _ in tile.leaves]
            found = b"".join(leaf_hash(leaf) for _, leaf in tile.leaves)
            if places != list(range(begin, begin + len(places))) or found != tile.hashes:
                self._wrong[log_id] = tile.index
                last = begin + TILE_WIDTH - 1
                detail = f"the entries {begin} to {last}, or their tile, are not what was sealed"
                raise SealRefused(Fault.ENTRY_CHANGED, detail)
