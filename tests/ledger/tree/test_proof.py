"""Proofs from tiles, compared with the recursive definition."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ledger.entry import leaf_hash
from app.ledger.tree.edge import Edge, grown
from app.ledger.tree.merkle import SIZE_MAX, check_consistency, check_inclusion
from app.ledger.tree.proof import ReadTile, consistency_proof, inclusion_proof, root_at
from app.ledger.tree.tile import TileInvalid
from tests.ledger.tree.naive import NaiveTree, numbered

# The leaves of RFC 6962's reference implementation.
KNOWN = (
    *("", "00", "10", "2021", "3031", "40414243", "5051525354555657"),
    "606162636465666768696a6b6c6d6e6f",
)
LARGE = NaiveTree(numbered(66_000))
SMALL = NaiveTree(LARGE.leaf_hashes[:300])


def tiles_of_definition(tree: NaiveTree) -> ReadTile:
    """Tiles as the specification defines them, made once each."""
    made: dict[tuple[int, int, int], bytes] = {}

    def read(level: int, index: int, width: int) -> bytes:
        if (level, index, width) not in made:
            made[level, index, width] = tree.tile(level, index, width)
        return made[level, index, width]

    return read


READ_SMALL = tiles_of_definition(SMALL)
READ_KNOWN = tiles_of_definition(NaiveTree([leaf_hash(bytes.fromhex(one)) for one in KNOWN]))
READ_LARGE = tiles_of_definition(LARGE)


# LEDGER.md 2.1, the first four bytes of each hash: leaf, size, and the proof.
@pytest.mark.parametrize(
    ("index", "size", "expected"),
    [
        (0, 8, "96a296d2 5f083f0a 6b47aaf2"),
        (5, 8, "bc1a0643 ca854ea1 d37ee418"),
        (2, 3, "fac54203"),
        (0, 1, ""),
    ],
)
def test_known_leaves_give_known_inclusion_proofs(index: int, size: int, expected: str) -> None:
    made = inclusion_proof(index, size, READ_KNOWN)
    assert [one[:4].hex() for one in made] == expected.split()


# The same for a smaller size and a larger one.
@pytest.mark.parametrize(
    ("old_size", "size", "expected"),
    [
        (1, 1, ""),
        (1, 8, "96a296d2 5f083f0a 6b47aaf2"),
        (6, 8, "0ebc5d34 ca854ea1 d37ee418"),
        (2, 5, "5f083f0a bc1a0643"),
        (0, 5, ""),
    ],
)
def test_known_leaves_give_known_consistency_proofs(
    old_size: int, size: int, expected: str
) -> None:
    made = consistency_proof(old_size, size, READ_KNOWN)
    assert [one[:4].hex() for one in made] == expected.split()


def sizes_and_places(*, every: bool) -> Iterator[tuple[int, int]]:
    """Every size to 300, with all its places, or with a thirteenth of those that say little."""
    for size in range(301):
        all_of_them = every or size <= 40 or 255 <= size <= 257
        first, stride = (0, 1) if all_of_them else (size % 13, 13)
        yield from ((size, place) for place in range(first, size + 1, stride))


EVERY = [False, pytest.param(True, marks=pytest.mark.soak)]


@pytest.mark.parametrize("every", EVERY)
def test_inclusion_proofs_are_those_of_the_definition_to_300(*, every: bool) -> None:
    for size, index in sizes_and_places(every=every):
        if index < size:
            made = list(inclusion_proof(index, size, READ_SMALL))
            assert made == SMALL.path(index, 0, size), (index, size)


@pytest.mark.parametrize("every", EVERY)
def test_consistency_proofs_are_those_of_the_definition_to_300(*, every: bool) -> None:
    for size, old_size in sizes_and_places(every=every):
        made = list(consistency_proof(old_size, size, READ_SMALL))
        assert made == SMALL.proof(old_size, size), (old_size, size)


def test_older_roots_are_those_of_the_definition() -> None:
    for old_size in range(301):
        assert root_at(old_size, 300, READ_SMALL) == SMALL.root(old_size)


@given(st.integers(1, 66_000), st.data())
def test_proofs_in_larger_trees_are_those_of_the_definition(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    old_size = data.draw(st.integers(0, size))
    inclusion = inclusion_proof(index, size, READ_LARGE)
    consistency = consistency_proof(old_size, size, READ_LARGE)
    assert list(inclusion) == LARGE.path(index, 0, size)
    assert list(consistency) == LARGE.proof(old_size, size)
    assert root_at(old_size, size, READ_LARGE) == LARGE.root(old_size)
    check_inclusion(
        inclusion,
        size=size,
        index=index,
        root=LARGE.root(size),
        leaf_hash=LARGE.leaf_hashes[index],
    )
    check_consistency(
        consistency,
        old_size=old_size,
        size=size,
        old_root=LARGE.root(old_size),
        root=LARGE.root(size),
    )


@given(st.data())
@settings(max_examples=40)
def test_flipped_byte_of_a_tile_that_was_read_makes_another_proof(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 2_000))
    index = data.draw(st.integers(0, size - 1))
    tiles = {
        (tile.level, tile.index): content
        for tile, content in grown(Edge(), LARGE.leaf_hashes[:size]).tiles
    }
    read: list[tuple[int, int, int]] = []

    def reading(level: int, at: int, width: int) -> bytes:
        read.append((level, at, width))
        return tiles[level, at][: width * 32]

    honest = inclusion_proof(index, size, reading)
    level, at, width = data.draw(st.sampled_from(read))
    position = data.draw(st.integers(0, 32 * width - 1))
    content = bytearray(tiles[level, at])
    content[position] ^= 1
    tiles[level, at] = bytes(content)
    own = (level, at, position // 32) == (0, index // 256, index % 256)
    beneath = level > 0 and position // 32 == (index >> 8 * level) - 256 * at
    # A hash on the way from the leaf to the root is no part of the proof: it is derived.
    assert (inclusion_proof(index, size, reading) == honest) is (own or beneath)


def test_each_tile_is_read_once_for_a_proof() -> None:
    read: list[tuple[int, int, int]] = []

    def reading(level: int, index: int, width: int) -> bytes:
        read.append((level, index, width))
        return READ_LARGE(level, index, width)

    inclusion_proof(33_333, 66_000, reading)
    assert len(read) == len(set(read)) <= 6


def test_tile_of_another_length_is_refused() -> None:
    with pytest.raises(TileInvalid):
        inclusion_proof(0, 3, lambda *tile: b"\0" * (32 * tile[2] + 1))
    with pytest.raises(TileInvalid):
        consistency_proof(1, 3, lambda *_: b"")


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3), (0, SIZE_MAX + 1)])
def test_no_proof_of_what_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="not in a tree"):
        inclusion_proof(index, size, READ_SMALL)


@pytest.mark.parametrize(("old_size", "size"), [(4, 3), (-1, 3), (0, SIZE_MAX + 1)])
def test_no_proof_of_what_did_not_grow(old_size: int, size: int) -> None:
    with pytest.raises(ValueError, match="cannot have grown"):
        consistency_proof(old_size, size, READ_SMALL)
    with pytest.raises(ValueError, match="cannot have grown"):
        root_at(old_size, size, READ_SMALL)
