"""The hashes, the root while it grows, and proofs that must not be believed."""

import hashlib
import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ledger.entry import leaf_hash
from app.ledger.tree.merkle import (
    EMPTY_ROOT,
    SIZE_MAX,
    Frontier,
    HashInvalid,
    ProofInvalid,
    check_consistency,
    check_inclusion,
    extended,
    joined,
    node_hash,
    root,
)
from tests.ledger.tree.naive import NaiveTree, numbered

# LEDGER.md 2.1, from RFC 6962's reference implementation.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]
TREE = NaiveTree(numbered(300))


def frontier_of(hashes: Sequence[bytes]) -> Frontier:
    return extended(Frontier(), hashes)


@pytest.mark.parametrize("size", range(9))
def test_known_leaves_give_known_root(size: int) -> None:
    assert root(frontier_of(HASHES[:size])).hex() == ROOTS[size]


def test_empty_tree_has_hash_of_nothing() -> None:
    assert hashlib.sha256(b"").digest() == EMPTY_ROOT == root(Frontier())


def test_root_is_that_of_the_definition_for_every_size_to_300() -> None:
    growing = Frontier()
    for size in range(301):
        assert root(growing) == TREE.root(size), size
        growing = extended(growing, TREE.leaf_hashes[size : size + 1])


@given(st.lists(st.integers(0, 40), max_size=12))
def test_appending_in_any_batches_gives_one_root(batches: list[int]) -> None:
    growing, at = Frontier(), 0
    hashes = numbered(sum(batches))
    for count in batches:
        growing = extended(growing, hashes[at : at + count])
        at += count
    assert growing == frontier_of(hashes)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 64, 65])
def test_every_naive_proof_is_accepted(size: int) -> None:
    for index in range(size):
        check_inclusion(
            TREE.path(index, 0, size),
            size=size,
            index=index,
            root=TREE.root(size),
            leaf_hash=TREE.leaf_hashes[index],
        )
    for old_size in range(size + 1):
        check_consistency(
            TREE.proof(old_size, size),
            old_size=old_size,
            size=size,
            old_root=TREE.root(old_size),
            root=TREE.root(size),
        )


def test_inclusion_proof_of_one_place_is_refused_for_every_other() -> None:
    places = [(index, size) for index, size in itertools.product(range(14), repeat=2)]
    for index, size in places:
        proof = TREE.path(index, 0, size) if index < size else []
        for other, other_size in places:
            if other < other_size and TREE.path(other, 0, other_size) == proof:
                continue
            with pytest.raises(ProofInvalid):
                check_inclusion(
                    proof,
                    size=other_size,
                    index=other,
                    root=TREE.root(other_size),
                    leaf_hash=TREE.leaf_hashes[other],
                )


@given(st.data())
def test_any_flipped_bit_of_an_inclusion_proof_is_refused(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 300))
    index = data.draw(st.integers(0, size - 1))
    parts = [TREE.root(size), TREE.leaf_hashes[index], *TREE.path(index, 0, size)]
    at = data.draw(st.integers(0, len(parts) - 1))
    parts[at] = flipped(parts[at], data.draw(st.integers(0, 255)))
    with pytest.raises(ProofInvalid):
        check_inclusion(parts[2:], size=size, index=index, root=parts[0], leaf_hash=parts[1])


@given(st.data())
def test_any_flipped_bit_of_a_consistency_proof_is_refused(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 300))
    old_size = data.draw(st.integers(1, size))
    parts = [TREE.root(old_size), TREE.root(size), *TREE.proof(old_size, size)]
    at = data.draw(st.integers(0, len(parts) - 1))
    parts[at] = flipped(parts[at], data.draw(st.integers(0, 255)))
    with pytest.raises(ProofInvalid):
        check_consistency(parts[2:], old_size=old_size, size=size, old_root=parts[0], root=parts[1])


@given(st.data())
def test_proof_that_is_longer_or_shorter_is_refused(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 300))
    old_size = data.draw(st.integers(1, size))
    index = old_size - 1
    for proof in lengthened_or_cut(TREE.path(index, 0, size)):
        with pytest.raises(ProofInvalid):
            check_inclusion(
                proof,
                size=size,
                index=index,
                root=TREE.root(size),
                leaf_hash=TREE.leaf_hashes[index],
            )
    for proof in lengthened_or_cut(TREE.proof(old_size, size)):
        with pytest.raises(ProofInvalid):
            check_consistency(
                proof,
                old_size=old_size,
                size=size,
                old_root=TREE.root(old_size),
                root=TREE.root(size),
            )


# Index and size: outside of the tree, negative, larger than any reader can count.
@pytest.mark.parametrize(
    ("index", "size"), [(0, 0), (1, 1), (-1, 1), (0, -1), (0, SIZE_MAX + 1), (SIZE_MAX, SIZE_MAX)]
)
def test_place_outside_of_a_tree_is_refused(index: int, size: int) -> None:
    one = HASHES[0]
    with pytest.raises(ProofInvalid):
        check_inclusion((), size=size, index=index, root=one, leaf_hash=one)


def test_tree_that_shrank_is_refused() -> None:
    with pytest.raises(ProofInvalid):
        check_consistency(
            TREE.proof(6, 8), old_size=8, size=6, old_root=TREE.root(8), root=TREE.root(6)
        )


def test_two_roots_for_one_size_are_refused() -> None:
    with pytest.raises(ProofInvalid, match="two roots"):
        check_consistency((), old_size=3, size=3, old_root=TREE.root(3), root=TREE.root(4))


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_hash_of_another_length_is_refused_everywhere(length: int) -> None:
    odd, good = bytes(length), HASHES[0]
    with pytest.raises(HashInvalid):
        extended(Frontier(), [odd])
    with pytest.raises(HashInvalid):
        Frontier(size=1, peaks=(odd,))
    for root_, leaf, proof in ((odd, good, [good]), (good, odd, [good]), (good, good, [odd])):
        with pytest.raises(HashInvalid):
            check_inclusion(proof, size=2, index=0, root=root_, leaf_hash=leaf)
        with pytest.raises(HashInvalid):
            check_consistency(proof, old_size=1, size=2, old_root=root_, root=leaf)


def test_frontier_of_another_size_is_refused() -> None:
    with pytest.raises(HashInvalid):
        Frontier(size=3, peaks=(HASHES[0],))


def test_node_is_no_leaf() -> None:
    left, right = HASHES[:2]
    assert node_hash(left, right) != leaf_hash(left + right)
    assert joined([left, right]) == node_hash(left, right)


def flipped(data: bytes, bit: int) -> bytes:
    return bytes(one ^ (1 << bit % 8 if at == bit // 8 else 0) for at, one in enumerate(data))


def lengthened_or_cut(proof: list[bytes]) -> list[list[bytes]]:
    more = [[*proof, HASHES[0]], [HASHES[0], *proof]]
    less = [proof[1:], proof[:-1]] if proof else []
    return [*more, *less]
