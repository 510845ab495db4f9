"""The Merkle tree: its hashes, its root while it grows, and the checking of its proofs.

Every check needs a size and a root. They may come only from a checkpoint whose signature was
verified, otherwise a proof shows nothing.

Source: RFC 9162 §2.1 (the hashes are those of RFC 6962 §2.1); LEDGER.md 2.1 to 2.3.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HASH_BYTES = 32
# What every reader of a checkpoint can count with: a signed 64-bit integer.
SIZE_MAX = 2**63 - 1
# The root of the tree without leaves: SHA-256 of nothing.
EMPTY_ROOT = hashlib.sha256(b"").digest()


class HashInvalid(ValueError):
    """No hash of this tree: it does not have 32 bytes."""


class ProofInvalid(ValueError):
    """The proof does not show what it is said to show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier:
    """What must be known of a tree to append to it and to give its root.

    Attributes:
        size: how many leaves the tree has.
        peaks: the roots of the perfect subtrees that it consists of, the largest first: one
            for each 1 in the binary form of `size`.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.size <= SIZE_MAX or len(self.peaks) != self.size.bit_count():
            raise HashInvalid(f"{len(self.peaks)} peaks do not make a tree of {self.size}")
        for peak in self.peaks:
            check_hash(peak)


def check_hash(value: bytes) -> bytes:
    """The value itself, if it is as long as a hash of this tree.

    A shorter one that is accepted anywhere lets a leaf and a node be confused.

    Raises:
        HashInvalid: it does not have 32 bytes.
    """
    if len(value) != HASH_BYTES:
        raise HashInvalid(f"a hash has {HASH_BYTES} bytes, not {len(value)}")
    return value


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees, each given by its 32 bytes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def extended(frontier: Frontier, leaf_hashes: Iterable[bytes]) -> Frontier:
    """The frontier after these leaves were appended; on average two hashes for each.

    Raises:
        HashInvalid: a leaf hash does not have 32 bytes, or the tree becomes too large.
    """
    peaks, size = list(frontier.peaks), frontier.size
    for leaf_hash in leaf_hashes:
        peak, carry = check_hash(leaf_hash), size
        while carry & 1:
            peak = node_hash(peaks.pop(), peak)
            carry >>= 1
        peaks.append(peak)
        size += 1
    return Frontier(size=size, peaks=tuple(peaks))


def root(frontier: Frontier) -> bytes:
    """The Merkle tree hash (MTH) of the whole tree: 32 bytes."""
    return joined(frontier.peaks)


def joined(peaks: Sequence[bytes]) -> bytes:
    """The root over perfect subtrees that fall in size from left to right."""
    if not peaks:
        return EMPTY_ROOT
    *others, right = peaks
    for left in reversed(others):
        right = node_hash(left, right)
    return right


def perfect_root(hashes: bytes) -> bytes:
    """The root over neighbouring subtrees of one size, as many as a power of two.

    Args:
        hashes: theirs, 32 bytes each, one behind the other as in a tile.
    """
    assert len(hashes) % HASH_BYTES == 0, "half a hash"
    assert len(hashes).bit_count() == 1, "no power of two"
    sha256, pair = hashlib.sha256, 2 * HASH_BYTES
    while len(hashes) > HASH_BYTES:
        nodes = [b"\x01" + hashes[at : at + pair] for at in range(0, len(hashes), pair)]
        hashes = b"".join([sha256(node).digest() for node in nodes])
    return hashes


def split(size: int) -> int:
    """The largest power of two below `size`, where a tree of two or more leaves divides."""
    return 1 << ((size - 1).bit_length() - 1)


def check_inclusion(
    proof: Sequence[bytes], *, size: int, index: int, root: bytes, leaf_hash: bytes
) -> None:
    """Check that the leaf stands at `index` in the tree of this size and root.

    Source: RFC 9162 §2.1.3.2.

    Raises:
        ProofInvalid: it does not, or the proof is longer or shorter than it must be.
        HashInvalid: one of the hashes does not have 32 bytes.
    """
    for one in (root, leaf_hash, *proof):
        check_hash(one)
    if not 0 <= index < size <= SIZE_MAX:
        raise ProofInvalid(f"index {index} is not in a tree of {size}")
    first, second, found = index, size - 1, leaf_hash
    for one in proof:
        if second == 0:
            raise ProofInvalid("the proof is too long")
        if first & 1 or first == second:
            found = node_hash(one, found)
            first, second = _past_zeros(first, second)
        else:
            found = node_hash(found, one)
        first, second = first >> 1, second >> 1
    if second != 0:
        raise ProofInvalid("the proof is too short")
    if found != root:
        raise ProofInvalid("the proof leads to another root")


def check_consistency(
    proof: Sequence[bytes], *, old_size: int, size: int, old_root: bytes, root: bytes
) -> None:
    """Check that the larger tree begins with the leaves of the smaller one.

    From size 0, and from a size to itself, the proof is empty. A checkpoint is checked for the
    root of the empty tree when it is read, so here a size of 0 says nothing of `old_root`.

    Source: RFC 9162 §2.1.4.2; for size 0 c2sp.org/tlog-witness.

    Raises:
        ProofInvalid: it does not, or the proof is longer or shorter than it must be.
        HashInvalid: one of the hashes does not have 32 bytes.
    """
    for one in (old_root, root, *proof):
        check_hash(one)
    if not 0 <= old_size <= size <= SIZE_MAX:
        raise ProofInvalid(f"a tree of {old_size} cannot have grown to {size}")
    if old_size in (0, size):
        if proof:
            raise ProofInvalid("the proof is too long")
        if old_size == size and old_root != root:
            raise ProofInvalid("two roots for one size")
        return
    if not proof:
        raise ProofInvalid("the proof is too short")
    old_found, found = _grown(proof, old_size=old_size, size=size, old_root=old_root)
    if old_found != old_root:
        raise ProofInvalid("the proof leads to another old root")
    if found != root:
        raise ProofInvalid("the proof leads to another root")


def _grown(
    proof: Sequence[bytes], *, old_size: int, size: int, old_root: bytes
) -> tuple[bytes, bytes]:
    """The old root and the new one to which a proof leads, 0 < old size < size."""
    if old_size.bit_count() == 1:
        proof = (old_root, *proof)
    first, second = old_size - 1, size - 1
    while first & 1:
        first, second = first >> 1, second >> 1
    old_found = found = proof[0]
    for one in proof[1:]:
        if second == 0:
            raise ProofInvalid("the proof is too long")
        if first & 1 or first == second:
            old_found, found = node_hash(one, old_found), node_hash(one, found)
            first, second = _past_zeros(first, second)
        else:
            found = node_hash(found, one)
        first, second = first >> 1, second >> 1
    if second != 0:
        raise ProofInvalid("the proof is too short")
    return old_found, found


def _past_zeros(first: int, second: int) -> tuple[int, int]:
    """Both without the zeros at the end of `first`: the levels on which no sibling is."""
    while first and not first & 1:
        first, second = first >> 1, second >> 1
    return first, second
