"""The tree over a log's entries, hashed anew while they pass by, against what the tiles say."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from app.ledger.tree.edge import Edge, frontier
from app.ledger.tree.merkle import EMPTY_ROOT, HASH_BYTES, perfect_root, root
from app.ledger.tree.tile import LEVEL_MAX, TILE_WIDTH, Tile

# Is told each tile as the entries make it.
Told = Callable[[Tile, bytes], None]

_TILE_BYTES: Final = TILE_WIDTH * HASH_BYTES


class Regrown:
    """A tree that grows by whole bundles; the last one may be partial.

    Roots at the sizes that are asked for are taken as the tree passes them.
    """

    def __init__(self, sizes: Sequence[int], tell: Told) -> None:
        """Take the sizes at which roots are wanted, and whom to tell of each tile."""
        self._levels = [b""] * (LEVEL_MAX + 1)
        self._counts = [0] * (LEVEL_MAX + 1)
        self._size = 0
        self._wanted = sorted({*sizes} - {0})
        self._roots = {0: EMPTY_ROOT}
        self._tell = tell

    @property
    def roots(self) -> Mapping[int, bytes]:
        """The roots at the wanted sizes that the tree has reached."""
        return self._roots

    def append(self, hashes: Sequence[bytes]) -> None:
        """The leaf hashes of the next bundle."""
        while self._wanted and self._wanted[0] <= self._size + len(hashes):
            size = self._wanted.pop(0)
            self._roots[size] = self._root(size, b"".join(hashes[: size - self._size]))
        self._size += len(hashes)
        self._levels[0] = b"".join(hashes)
        if len(hashes) == TILE_WIDTH:
            self._complete(0)

    def end(self) -> bytes:
        """Tell of the partial tiles, and give the root over all entries."""
        for level, hashes in enumerate(self._levels):
            if hashes:
                width = len(hashes) // HASH_BYTES
                self._tell(Tile(level=level, index=self._counts[level], width=width), hashes)
        return self._root(self._size, self._levels[0])

    def _complete(self, level: int) -> None:
        while len(self._levels[level]) == _TILE_BYTES:
            hashes = self._levels[level]
            self._tell(Tile(level=level, index=self._counts[level]), hashes)
            self._counts[level] += 1
            self._levels[level] = b""
            level += 1
            self._levels[level] += perfect_root(hashes)

    def _root(self, size: int, partial: bytes) -> bytes:
        """The root at a size within the bundle whose first leaf hashes are `partial`."""
        if len(partial) == _TILE_BYTES:
            return self._root_of_full(size, partial)
        return root(frontier(Edge(size=size, levels=(partial, *self._levels[1:]))))

    def _root_of_full(self, size: int, hashes: bytes) -> bytes:
        levels = [hashes, *self._levels[1:]]
        for level in range(LEVEL_MAX):
            if len(levels[level]) == _TILE_BYTES:
                levels[level + 1] += perfect_root(levels[level])
                levels[level] = b""
        return root(frontier(Edge(size=size, levels=tuple(levels))))
