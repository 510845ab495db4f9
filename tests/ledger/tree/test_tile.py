"""Names of tiles and bundles, and the bytes of bundles: one form each."""

import contextlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ledger.tree.tile import (
    Tile,
    TileInvalid,
    bundle_bytes,
    bundle_entries,
    parse_tile_path,
    tile_hashes,
    tile_path,
    tiles_of,
    width_of,
)

# Of c2sp.org/tlog-tiles, and around each change of the number of groups.
PATHS = {
    "tile/0/000": Tile(level=0, index=0),
    "tile/0/000.p/1": Tile(level=0, index=0, width=1),
    "tile/1/x001/x234/067": Tile(level=1, index=1_234_067),
    "tile/1/x001/x234/067.p/5": Tile(level=1, index=1_234_067, width=5),
    "tile/2/999.p/255": Tile(level=2, index=999, width=255),
    "tile/2/x001/000": Tile(level=2, index=1_000),
    "tile/entries/x001/x000/000": Tile(level=None, index=1_000_000),
    "tile/entries/273.p/112": Tile(level=None, index=273, width=112),
    "tile/7/000.p/127": Tile(level=7, index=0, width=127),
}
NO_PATHS = {
    "nothing": "",
    "no tile": "checkpoint",
    "slash before": "/tile/0/000",
    "slash behind": "tile/0/000/",
    "newline behind": "tile/0/000\n",
    "level too high": "tile/8/000",
    "level with a zero": "tile/00/000",
    "negative level": "tile/-1/000",
    "other data": "tile/data/000",
    "two digits": "tile/0/00",
    "four digits": "tile/0/0000",
    "group of zeros before": "tile/0/x000/001",
    "group without x": "tile/0/001/234/067",
    "x in the last group": "tile/0/x001/x234/x067",
    "upper case": "tile/0/X001/234",
    "width 0": "tile/0/000.p/0",
    "width 256": "tile/0/000.p/256",
    "width with a zero": "tile/0/000.p/01",
    "no width": "tile/0/000.p/",
    "other digits": "tile/0/٠٠٠",
    "height, as in Go's database": "tile/8/0/000",
    "index beyond any tree": "tile/7/001",
    "huge": "tile/0" + "/x999" * 7 + "/999",
    "step up": "tile/0/../0/000",
}


@pytest.mark.parametrize(("path", "tile"), PATHS.items())
def test_tile_has_its_name(path: str, tile: Tile) -> None:
    assert tile_path(tile) == path
    assert parse_tile_path(path) == tile


@pytest.mark.parametrize("path", NO_PATHS.values(), ids=NO_PATHS)
def test_other_names_are_refused(path: str) -> None:
    with pytest.raises(TileInvalid):
        parse_tile_path(path)


@given(
    st.none() | st.integers(0, 4),
    st.integers(0, 2**23) | st.integers(0, 2_000),
    st.integers(1, 256),
)
def test_name_of_any_tile_gives_the_tile(level: int | None, index: int, width: int) -> None:
    tile = Tile(level=level, index=index, width=width)
    assert parse_tile_path(tile_path(tile)) == tile


@given(st.text("tile/0123456789x.pentrs", max_size=30).map("tile/".__add__))
def test_no_name_is_read_that_is_not_written(path: str) -> None:
    try:
        tile = parse_tile_path(path)
    except TileInvalid:
        return
    assert tile_path(tile) == path


def test_tiles_of_a_tree_are_those_of_the_specification() -> None:
    widths = Counter((tile.level, tile.width) for tile in tiles_of(70_000))
    assert widths == {(0, 256): 273, (0, 112): 1, (1, 256): 1, (1, 17): 1, (2, 1): 1}
    assert [(tile.level, tile.width) for tile in tiles_of(256)] == [(0, 256), (1, 1)]
    assert list(tiles_of(0)) == []


@pytest.mark.parametrize(
    ("level", "index", "size", "width"),
    [
        (0, 0, 0, 0),  # no tree
        (0, 0, 1, 1),
        (0, 0, 256, 256),
        (0, 1, 256, 0),  # nothing begins there yet
        (0, 1, 257, 1),
        (1, 0, 255, 0),  # no full tile below
        (1, 0, 256, 1),
        (2, 0, 70_000, 1),
    ],
)
def test_width_follows_from_the_size(level: int, index: int, size: int, width: int) -> None:
    assert width_of(level, index, size) == width


@pytest.mark.parametrize(
    ("level", "index", "width"), [(8, 0, 1), (-1, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)]
)
def test_what_cannot_be_a_tile_is_refused(level: int, index: int, width: int) -> None:
    with pytest.raises(TileInvalid):
        Tile(level=level, index=index, width=width)


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_entries_of_a_bundle_come_back(entries: list[bytes]) -> None:
    assert bundle_entries(bundle_bytes(entries), len(entries)) == entries


@given(st.binary(max_size=60), st.integers(1, 20))
def test_no_bundle_is_read_that_is_not_written(data: bytes, width: int) -> None:
    try:
        entries = bundle_entries(data, width)
    except TileInvalid:
        return
    assert bundle_bytes(entries) == data


@given(st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=10), st.data())
def test_any_flipped_byte_of_a_bundle_is_refused_or_changes_an_entry(
    entries: list[bytes], data: st.DataObject
) -> None:
    content = bytearray(bundle_bytes(entries))
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(TileInvalid):
        assert bundle_entries(bytes(content), len(entries)) != entries


def test_longest_entry_fits_and_no_longer_one() -> None:
    assert bundle_bytes([b"x" * 65_535])[:2] == b"\xff\xff"
    with pytest.raises(TileInvalid):
        bundle_bytes([b"x" * 65_536])


# Bytes of a bundle, and the width that was asked for.
@pytest.mark.parametrize(
    ("data", "width"),
    [
        (b"", 0),  # an empty bundle does not exist
        (b"", 1),
        (b"\0", 1),  # half a length
        (b"\0\2a", 1),  # an entry cut off
        (b"\0\1a", 2),  # fewer than asked for
        (b"\0\1a\0\1b", 1),  # more than asked for
        (b"\0\1a" * 257, 257),  # more than a bundle holds
    ],
)
def test_bundle_that_is_none_is_refused(data: bytes, width: int) -> None:
    with pytest.raises(TileInvalid):
        bundle_entries(data, width)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_tile_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(TileInvalid):
        tile_hashes(bytes(length), 1)
