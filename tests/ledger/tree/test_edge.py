"""The right edge: what it says of the tree, and what appending writes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ledger.tree.edge import Edge, frontier, grown, read_edge
from app.ledger.tree.merkle import HashInvalid, root
from app.ledger.tree.tile import TileInvalid, tiles_of
from tests.ledger.tree.naive import NaiveTree, numbered

TREE = NaiveTree(numbered(66_000))


@given(st.lists(st.integers(0, 700), min_size=1, max_size=8))
def test_tiles_are_those_of_the_definition_however_the_tree_grew(batches: list[int]) -> None:
    kept: dict[tuple[int | None, int], bytes] = {}
    edge = Edge()
    for count in batches:
        made = grown(edge, TREE.leaf_hashes[edge.size : edge.size + count])
        names = [(tile.level, tile.index) for tile, _ in made.tiles]
        assert len(set(names)) == len(names)
        kept |= dict(zip(names, (content for _, content in made.tiles), strict=True))
        edge = made.edge
        assert root(frontier(edge)) == TREE.root(edge.size)
    expected = {
        (tile.level, tile.index): TREE.tile(tile.level or 0, tile.index, tile.width)
        for tile in tiles_of(edge.size)
    }
    assert kept == expected
    assert edge == read_edge(edge.size, lambda *tile: kept[tile[:2]])


def test_batch_writes_only_what_it_changes() -> None:
    edge = grown(Edge(), TREE.leaf_hashes[:65_530]).edge
    made = grown(edge, TREE.leaf_hashes[65_530:65_540])
    assert [(tile.level, tile.index, tile.width) for tile, _ in made.tiles] == [
        (0, 255, 256),
        (0, 256, 4),
        (1, 0, 256),
        (2, 0, 1),
    ]
    assert root(frontier(made.edge)) == TREE.root(65_540)


def test_nothing_appended_changes_nothing() -> None:
    edge = grown(Edge(), TREE.leaf_hashes[:300]).edge
    assert grown(edge, []).edge == edge
    assert grown(edge, []).tiles == ()


def test_edge_reads_one_tile_a_level() -> None:
    read: list[tuple[int, int, int]] = []

    def reading(level: int, index: int, width: int) -> bytes:
        read.append((level, index, width))
        return TREE.tile(level, index, width)

    edge = read_edge(65_900, reading)
    assert read == [(0, 257, 108), (1, 1, 1), (2, 0, 1)]
    assert root(frontier(edge)) == TREE.root(65_900)


def test_edge_of_another_size_is_refused() -> None:
    with pytest.raises(HashInvalid):
        Edge(size=2, levels=(TREE.leaf_hashes[0], *(b"",) * 7))
    with pytest.raises(TileInvalid):
        read_edge(3, lambda *_: b"\0" * 32)


def test_leaf_hash_of_another_length_is_refused() -> None:
    with pytest.raises(HashInvalid):
        grown(Edge(), [b"\0" * 31])
