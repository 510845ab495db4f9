"""The right edge of a tree in tiles: the partial tile of each level.

It is all that a sealer reads of a tree of any size: from it the root is derived anew before
anything is signed, and to it the next leaves are appended. A batch costs in proportion to its own
length, and at most 255 hashes for each of the levels of tiles on top.

Source: c2sp.org/tlog-tiles; LEDGER.md 3.4.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.ledger.tree.merkle import (
    HASH_BYTES,
    SIZE_MAX,
    Frontier,
    HashInvalid,
    check_hash,
    perfect_root,
)
from app.ledger.tree.proof import ReadTile
from app.ledger.tree.tile import LEVEL_MAX, TILE_HEIGHT, TILE_WIDTH, Tile, check_tile

_LEVELS = range(LEVEL_MAX + 1)
_TILE_BYTES = TILE_WIDTH * HASH_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """The partial tiles of a tree of `size` leaves.

    Attributes:
        size: how many leaves the tree has.
        levels: the bytes of the partial tile of each level from 0 to 7, of 0 to 255 hashes;
            none where the level ends with a full tile.
    """

    size: int = 0
    levels: tuple[bytes, ...] = (b"",) * (LEVEL_MAX + 1)

    def __post_init__(self) -> None:
        lengths = [HASH_BYTES * _partial_width(self.size, level) for level in _LEVELS]
        if not 0 <= self.size <= SIZE_MAX or [len(one) for one in self.levels] != lengths:
            raise HashInvalid(f"these are not the partial tiles of a tree of {self.size}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What appending to a tree makes.

    Attributes:
        edge: the right edge afterwards.
        tiles: every tile that is new or wider than before, with its bytes, each once, in its
            last width; level by level from the left.
    """

    edge: Edge
    tiles: tuple[tuple[Tile, bytes], ...]


def read_edge(size: int, read_tile: ReadTile) -> Edge:
    """The right edge of a tree of this size, one read for each level that has a partial tile.

    Raises:
        TileInvalid: a tile is not as long as it was asked for.
    """
    levels: list[bytes] = []
    for level in _LEVELS:
        width = _partial_width(size, level)
        index = size >> (TILE_HEIGHT * (level + 1))
        levels.append(check_tile(read_tile(level, index, width), width) if width else b"")
    return Edge(size=size, levels=tuple(levels))


def frontier(edge: Edge) -> Frontier:
    """What the partial tiles say of the tree; its root is that of the tree."""
    peaks: list[bytes] = []
    for hashes in reversed(edge.levels):
        start = 0
        for height in reversed(range(TILE_HEIGHT)):
            length = HASH_BYTES << height
            if len(hashes) & length:
                peaks.append(perfect_root(hashes[start : start + length]))
                start += length
    return Frontier(size=edge.size, peaks=tuple(peaks))


def grown(edge: Edge, leaf_hashes: Sequence[bytes]) -> Growth:
    """Append leaves: the new edge, and the tiles to be written.

    Raises:
        HashInvalid: a leaf hash does not have 32 bytes, or the tree becomes too large.
    """
    levels, tiles = list(edge.levels), []
    fresh = [check_hash(one) for one in leaf_hashes]
    for level in _LEVELS:
        if not fresh:
            break
        hashes = levels[level] + b"".join(fresh)
        index = edge.size >> (TILE_HEIGHT * (level + 1))
        levels[level], fresh = b"", []
        for at, start in enumerate(range(0, len(hashes), _TILE_BYTES)):
            part = hashes[start : start + _TILE_BYTES]
            tiles.append((Tile(level=level, index=index + at, width=len(part) // HASH_BYTES), part))
            if len(part) == _TILE_BYTES:
                fresh.append(perfect_root(part))
            else:
                levels[level] = part
    return Growth(
        edge=Edge(size=edge.size + len(leaf_hashes), levels=tuple(levels)), tiles=tuple(tiles)
    )


def _partial_width(size: int, level: int) -> int:
    return (size >> (TILE_HEIGHT * level)) % TILE_WIDTH
