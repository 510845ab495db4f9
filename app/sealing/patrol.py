"""Looking again at what is sealed, a little with each round: an edited row stops the sealer.

The tiles are verified with every seal; the entries beneath them are too many for that. A log is
looked at before it is sealed, and those in which nothing happens in turn, one each second. So the
only log of an installation is seen whole each second with a thousand entries, and within three
hours with ten million; of several quiet ones each takes so many times as long.
"""

from functools import partial

from app.database import Database
from app.ledger.seal import SealRefused, check_sealed
from app.store.sealing.patrol import SealedTiles, sealed_tiles

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
        """Hash a few sealed entries again: the last ones, and some of the others in turn.

        Raises:
            SealRefused: one is missing, or is not what was sealed.
        """
        first = self._next.get(log_id, 0)
        turn = range(first, first + TILES_PER_LOOK)
        also = [self._wrong[log_id]] if log_id in self._wrong else []
        read = partial(sealed_tiles, log_id=log_id, indices=[*also, *turn])
        tiles = await self._database.read(read)
        self._next[log_id] = first + TILES_PER_LOOK if turn.stop < tiles.count else 0
        self._check(log_id, tiles)

    async def look_through(self, log_id: str) -> None:
        """Hash all sealed entries of a log again, from the left.

        Raises:
            SealRefused: as `look` does.
        """
        self._next.pop(log_id, None)
        await self.look(log_id)
        while self._next[log_id]:
            await self.look(log_id)

    def _check(self, log_id: str, tiles: SealedTiles) -> None:
        self._wrong.pop(log_id, None)
        for index, leaves in tiles.leaves.items():
            try:
                check_sealed(index, leaves, size=tiles.size, read_tile=tiles.read)
            except SealRefused:
                self._wrong[log_id] = index
                raise
