"""Proofs made from tiles: at most two tiles are read for each level of tiles.

What a proof from damaged tiles says is worth nothing, and who receives it finds that out; whoever
hands one out checks it first.

Source: RFC 6962 §2.1.1 and §2.1.2; LEDGER.md 2.2.
"""

from collections.abc import Callable, Iterator

from app.ledger.tree.merkle import HASH_BYTES, SIZE_MAX, joined, perfect_root, split
from app.ledger.tree.tile import TILE_HEIGHT, TILE_WIDTH, check_tile, width_of

# Reads `width` hashes of the tile (level, index), 32 bytes each. A tile that has meanwhile grown
# wider may be cut to the width.
ReadTile = Callable[[int, int, int], bytes]


def inclusion_proof(index: int, size: int, read_tile: ReadTile) -> tuple[bytes, ...]:
    """The proof that the leaf at `index` is in the tree of this size: the leaf's sibling first.

    Raises:
        ValueError: there is no such leaf.
        TileInvalid: a tile is not as long as it was asked for.
    """
    if not 0 <= index < size <= SIZE_MAX:
        raise ValueError(f"index {index} is not in a tree of {size}")
    tree, proof = _Tree(size, read_tile), []
    start, end = 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            proof.append(tree.root(middle, end))
            end = middle
        else:
            proof.append(tree.root(start, middle))
            start = middle
    return tuple(reversed(proof))


def consistency_proof(old_size: int, size: int, read_tile: ReadTile) -> tuple[bytes, ...]:
    """The proof that the tree of this size begins with the leaves of the smaller one.

    Empty from size 0 and from a size to itself.

    Raises:
        ValueError: the old size is larger.
        TileInvalid: a tile is not as long as it was asked for.
    """
    if not 0 <= old_size <= size <= SIZE_MAX:
        raise ValueError(f"a tree of {old_size} cannot have grown to {size}")
    if old_size == 0:
        return ()
    tree, proof = _Tree(size, read_tile), []
    start, end = 0, size
    while end != old_size:
        middle = start + split(end - start)
        if old_size <= middle:
            proof.append(tree.root(middle, end))
            end = middle
        else:
            proof.append(tree.root(start, middle))
            start = middle
    # Without a step to the right what is left is the old tree itself, whose root is known.
    if start:
        proof.append(tree.root(start, end))
    return tuple(reversed(proof))


def root_at(old_size: int, size: int, read_tile: ReadTile) -> bytes:
    """The root that the tree had at `old_size`, from the tiles that it has at `size`.

    Raises:
        ValueError: the old size is larger.
        TileInvalid: a tile is not as long as it was asked for.
    """
    if not 0 <= old_size <= size <= SIZE_MAX:
        raise ValueError(f"a tree of {old_size} cannot have grown to {size}")
    return _Tree(size, read_tile).root(0, old_size)


class _Tree:
    """A tree of a known size in tiles; each tile is read once."""

    def __init__(self, size: int, read_tile: ReadTile) -> None:
        self._size = size
        self._read_tile = read_tile
        self._tiles: dict[tuple[int, int], bytes] = {}

    def root(self, start: int, end: int) -> bytes:
        """The root over the leaves start … end − 1, as the recursion of RFC 6962 divides them."""
        return joined([self._perfect(at, height) for at, height in _perfect_parts(start, end)])

    def _perfect(self, start: int, height: int) -> bytes:
        """The root over the 2^height leaves from `start`, all within one tile."""
        level, rest = divmod(height, TILE_HEIGHT)
        index, first = divmod(start >> (TILE_HEIGHT * level), TILE_WIDTH)
        start, end = first * HASH_BYTES, (first + (1 << rest)) * HASH_BYTES
        return perfect_root(self._tile(level, index)[start:end])

    def _tile(self, level: int, index: int) -> bytes:
        if (level, index) not in self._tiles:
            width = width_of(level, index, self._size)
            self._tiles[level, index] = check_tile(self._read_tile(level, index, width), width)
        return self._tiles[level, index]


def _perfect_parts(start: int, end: int) -> Iterator[tuple[int, int]]:
    """First leaf and height of the perfect subtrees of which a range consists, largest first."""
    length = end - start
    for height in reversed(range(length.bit_length())):
        if length >> height & 1:
            yield start, height
            start += 1 << height
