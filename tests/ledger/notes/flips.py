"""Every byte of a text changed, one at a time."""

from collections.abc import Iterator


def flips(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each place with the text whose byte there has one bit flipped, each of the eight in turn."""
    for at in range(len(data)):
        for bit in range(8):
            changed = bytearray(data)
            changed[at] ^= 1 << bit
            yield at, bytes(changed)
