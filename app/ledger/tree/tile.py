"""Tiles and bundles: the pieces in which a tree and its entries are kept, exported and served.

A tile holds up to 256 neighbouring hashes of one level; level 0 is the leaf hashes, and each
hash of a level above is the root of a full tile below. A bundle holds the entries to which the
hashes of a tile of level 0 belong. The rightmost piece of a level may be partial, and is then
another file with another name for each width.

Source: c2sp.org/tlog-tiles; LEDGER.md 2.6.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.ledger.tree.merkle import HASH_BYTES, SIZE_MAX

TILE_WIDTH = 256
# A tile spans this many levels of the tree: 256 is 2 to the 8th.
TILE_HEIGHT = 8
# A tree of SIZE_MAX leaves has no tile above it.
LEVEL_MAX = 7
ENTRY_BYTES_MAX = 65_535
LENGTH_BYTES = 2

_PATH = re.compile(
    r"tile/(entries|[0-7])((?:/x[0-9]{3})*/[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII
)


class TileInvalid(ValueError):
    """No tile or bundle, or not the one that was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Tile:
    """Which piece of a tree: not its contents.

    Attributes:
        level: 0 for the leaf hashes; None for the bundle of entries beside a tile of level 0.
        index: 0 for the leftmost of its level.
        width: how many hashes or entries it holds, 1 to 256; 256 is full.
    """

    level: int | None
    index: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        level = self.level or 0
        if not 0 <= level <= LEVEL_MAX or not 1 <= self.width <= TILE_WIDTH:
            raise TileInvalid(f"no tile: level {self.level}, width {self.width}")
        if not 0 <= self.index <= SIZE_MAX >> (TILE_HEIGHT * (level + 1)):
            raise TileInvalid(f"no tile: index {self.index} on level {self.level}")


def tile_path(tile: Tile) -> str:
    """The name of a tile or bundle under the log's address: `tile/1/x001/067.p/5`."""
    level = "entries" if tile.level is None else str(tile.level)
    *others, last = f"{tile.index:,}".split(",")
    name = "".join(f"x{group:>03}/" for group in others) + last.zfill(3)
    partial = "" if tile.width == TILE_WIDTH else f".p/{tile.width}"
    return f"tile/{level}/{name}{partial}"


def parse_tile_path(path: str) -> Tile:
    """The tile or bundle that a name stands for; `tile_path` of it gives the same name.

    Raises:
        TileInvalid: no such name: a level above 7, a width of 0, 256 or more, groups that are
            not of three digits, or a zero too many.
    """
    match = _PATH.fullmatch(path)
    if match is None:
        raise TileInvalid("not the name of a tile")
    level, groups, width = match.groups()
    tile = Tile(
        level=None if level == "entries" else int(level),
        index=int(groups.replace("/", "").replace("x", "")),
        width=TILE_WIDTH if width is None else int(width),
    )
    if tile_path(tile) != path:
        raise TileInvalid("not the name of a tile")
    return tile


def tiles_of(size: int) -> Iterator[Tile]:
    """All tiles of a tree of this size, level by level from the left; no bundles."""
    for level in range(LEVEL_MAX + 1):
        count = size >> (TILE_HEIGHT * level)
        for index in range(count // TILE_WIDTH):
            yield Tile(level=level, index=index)
        if partial := count % TILE_WIDTH:
            yield Tile(level=level, index=count // TILE_WIDTH, width=partial)


def width_of(level: int, index: int, size: int) -> int:
    """How wide a tile is in a tree of this size; 0 where there is none."""
    first = index * TILE_WIDTH
    return max(0, min(TILE_WIDTH, (size >> (TILE_HEIGHT * level)) - first))


def check_tile(data: bytes, width: int) -> bytes:
    """The bytes themselves, if they are those of a tile that is `width` wide.

    Raises:
        TileInvalid: they are more or fewer.
    """
    if len(data) != width * HASH_BYTES:
        raise TileInvalid(f"a tile of {width} hashes has {width * HASH_BYTES} bytes")
    return data


def tile_hashes(data: bytes, width: int) -> list[bytes]:
    """The hashes of a tile that must be `width` wide.

    Raises:
        TileInvalid: it is longer or shorter.
    """
    check_tile(data, width)
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def bundle_bytes(entries: Iterable[bytes]) -> bytes:
    """A bundle: each entry behind its length.

    Raises:
        TileInvalid: no entry, more than 256, or one of more than 65,535 bytes.
    """
    entries = list(entries)
    _check_count(entries)
    if any(len(entry) > ENTRY_BYTES_MAX for entry in entries):
        raise TileInvalid(f"an entry has at most {ENTRY_BYTES_MAX:,} bytes")
    return b"".join(len(entry).to_bytes(LENGTH_BYTES, "big") + entry for entry in entries)


def bundle_entries(data: bytes, width: int) -> list[bytes]:
    """The entries of a bundle that must hold `width` of them.

    Raises:
        TileInvalid: there are more or fewer, or the bytes end within an entry.
    """
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        start = at + LENGTH_BYTES
        end = start + int.from_bytes(data[at:start], "big")
        if start > len(data) or end > len(data):
            raise TileInvalid(f"the bundle ends within entry {len(entries)}")
        entries.append(data[start:end])
        at = end
    _check_count(entries)
    if len(entries) != width:
        raise TileInvalid(f"{len(entries)} entries, expected {width}")
    return entries


def _check_count(entries: Sequence[bytes]) -> None:
    if not 1 <= len(entries) <= TILE_WIDTH:
        raise TileInvalid(f"a bundle holds 1 to {TILE_WIDTH} entries, not {len(entries)}")
