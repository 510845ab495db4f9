"""The tree by the recursive definitions of RFC 9162 §2.1, written without looking at the code.

Slow, and with nothing of ours in it: what the fast code says is compared with this.
"""

import hashlib
from collections.abc import Sequence


class NaiveTree:
    """A tree over leaf hashes; each subtree is hashed once."""

    def __init__(self, leaf_hashes: Sequence[bytes]) -> None:
        self.leaf_hashes = list(leaf_hashes)
        self._known: dict[tuple[int, int], bytes] = {}

    def mth(self, start: int, end: int) -> bytes:
        if start == end:
            return hashlib.sha256().digest()
        if end - start == 1:
            return self.leaf_hashes[start]
        if (start, end) not in self._known:
            k = largest_power_below(end - start)
            both = self.mth(start, start + k) + self.mth(start + k, end)
            self._known[start, end] = hashlib.sha256(bytes([1]) + both).digest()
        return self._known[start, end]

    def root(self, size: int) -> bytes:
        return self.mth(0, size)

    def path(self, m: int, start: int, end: int) -> list[bytes]:
        """PATH(m, D[start:end]), m counted from start."""
        if end - start == 1:
            return []
        k = largest_power_below(end - start)
        if m < k:
            return [*self.path(m, start, start + k), self.mth(start + k, end)]
        return [*self.path(m - k, start + k, end), self.mth(start, start + k)]

    def proof(self, m: int, n: int) -> list[bytes]:
        """PROOF(m, D[n]); from 0 it is empty."""
        return self.subproof(m, 0, n, known=True) if m else []

    def subproof(self, m: int, start: int, end: int, *, known: bool) -> list[bytes]:
        n = end - start
        if m == n:
            return [] if known else [self.mth(start, end)]
        k = largest_power_below(n)
        if m <= k:
            return [*self.subproof(m, start, start + k, known=known), self.mth(start + k, end)]
        right = self.subproof(m - k, start + k, end, known=False)
        return [*right, self.mth(start, start + k)]

    def tile(self, level: int, index: int, width: int) -> bytes:
        """The tile by its definition in c2sp.org/tlog-tiles: each hash from the leaves."""
        span = 256**level
        first = index * 256
        return b"".join(self.mth((first + i) * span, (first + i + 1) * span) for i in range(width))


def largest_power_below(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def numbered(count: int) -> list[bytes]:
    """Leaf hashes that differ."""
    return [hashlib.sha256(bytes([0]) + str(i).encode()).digest() for i in range(count)]
