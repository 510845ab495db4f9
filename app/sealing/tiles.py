"""Reading a tree that lies in the database: pure code asks for tiles, and they are fetched."""

from collections.abc import Callable
from typing import TypeVar

from app.database import Transaction
from app.ledger.tree.merkle import HASH_BYTES
from app.ledger.tree.proof import ReadTile
from app.ledger.tree.tile import TileInvalid
from app.store.sealing.log import read_tiles

Result = TypeVar("Result")
# Two tiles for each of eight levels are what a proof needs.
READS_MAX = 64


class _NotFetched(Exception):  # not an error: a question
    def __init__(self, level: int, index: int) -> None:
        self.place = (level, index)


async def with_tiles(tx: Transaction, log_id: str, work: Callable[[ReadTile], Result]) -> Result:
    """What `work` answers, given a function that reads the tiles of a log.

    Raises:
        TileInvalid: a tile is missing or too short.
    """
    known: dict[tuple[int, int], bytes] = {}

    def read(level: int, index: int, width: int) -> bytes:
        if (level, index) not in known:
            raise _NotFetched(level, index)
        # A tile may have grown wider since the size that is asked about.
        return known[level, index][: width * HASH_BYTES]

    for _ in range(READS_MAX):
        try:
            return work(read)
        except _NotFetched as missing:
            found = await read_tiles(tx, log_id, [missing.place])
            if missing.place not in found:
                level, index = missing.place
                raise TileInvalid(f"tile {index} of level {level} is missing") from None
            known.update(found)
    raise TileInvalid("more tiles than a tree can need")
