"""Which files a log and an incident's evidence consist of, and what they are called.

A log is laid out as c2sp.org/tlog-tiles says. An incident's evidence has its entries one by one,
each beside its proof, and a list of hashes that `sha256sum --check` reads.

Source: LEDGER.md 2.6 and 8.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Final

from app.ledger.notes.proof_file import SUFFIX
from app.ledger.notes.text import FormatInvalid, decode_text
from app.ledger.tree.tile import TILE_WIDTH, Tile, tile_path, tiles_of

VERIFIER_KEY: Final = "log.vkey"
CHECKPOINT: Final = "checkpoint"
POLICY: Final = "policy"
# Left out where none are handed on.
DISCLOSURES: Final = "disclosures.jsonl"
# The protocol documents that incidents were pinned to: a line each, in RFC 8785 form, found by its
# SHA-256, which the `protocol` disclosure names. Left out where the reader may see none.
PROTOCOLS: Final = "protocols.jsonl"
# Heads that others have seen; beside each, where there are, their signatures and a time stamp.
HEADS: Final = "checkpoints/"
COSIGNED_SUFFIX: Final = ".cosigned"
STAMP_SUFFIX: Final = ".tsr"
HEAD_SUMS: Final = f"{HEADS}SHA256SUMS"
# What both layouts have.
HEAD_FILES: Final = (VERIFIER_KEY, CHECKPOINT, POLICY)

SUMS: Final = "SHA256SUMS"
README: Final = "README.txt"
PAGE: Final = "page.html"
LEAF_SUFFIX: Final = ".json"
# How a key took the place of the one before: the entry, what it discloses, and its proof in a
# checkpoint that both keys signed.
KEY_PARTS: Final = (".json", ".disclosure", SUFFIX)
_KEY: Final = re.compile(r"keys/([1-9][0-9]{0,5})(\.json|\.disclosure|\.tlog-proof)", re.ASCII)
_LEAF: Final = re.compile(r"entries/([0-9]{5,9})\.json", re.ASCII)
_HEAD: Final = re.compile(rf"{HEADS}(0|[1-9][0-9]{{0,18}})", re.ASCII)
_SUM: Final = re.compile(r"([0-9a-f]{64})  ([0-9A-Za-z./_-]+)", re.ASCII)


def bundles_of(size: int) -> Iterator[Tile]:
    """The bundles of entries of a log of this size, from the left."""
    for index in range(size // TILE_WIDTH):
        yield Tile(level=None, index=index)
    if partial := size % TILE_WIDTH:
        yield Tile(level=None, index=size // TILE_WIDTH, width=partial)


def tile_files(size: int) -> Iterator[str]:
    """The names of all tiles and bundles of a log of this size."""
    for tile in bundles_of(size):
        yield tile_path(tile)
    for tile in tiles_of(size):
        yield tile_path(tile)


def leaf_file(seq: int) -> str:
    """Where an incident's evidence has the bytes of an entry: `entries/00012.json`."""
    return f"entries/{seq:05}{LEAF_SUFFIX}"


def proof_file(seq: int) -> str:
    """Where it has the entry's proof."""
    return f"entries/{seq:05}{SUFFIX}"


def key_file(number: int, part: str) -> str:
    """Where it says how key number 2, 3 … of a log took its place; `part` is of `KEY_PARTS`."""
    return f"keys/{number}{part}"


def key_number(name: str) -> int | None:
    """The number of the key that a file is about; None for other names."""
    match = _KEY.fullmatch(name)
    return None if match is None else int(match[1])


def leaf_seq(name: str) -> int | None:
    """The number of the entry whose bytes are under this name; None for other names."""
    match = _LEAF.fullmatch(name)
    if match is None or leaf_file(int(match[1])) != name:
        return None
    return int(match[1])


def head_file(size: int) -> str:
    """Where an export has a head that others have seen: `checkpoints/1234`."""
    return f"{HEADS}{size}"


def head_size(name: str) -> int | None:
    """The size of the head under this name; None for other names."""
    match = _HEAD.fullmatch(name)
    return None if match is None else int(match[1])


def sums_bytes(files: Mapping[str, bytes]) -> bytes:
    """The list of hashes over these files, as `sha256sum` writes it."""
    lines = (f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return "".join(lines).encode()


def parse_sums(data: bytes) -> dict[str, bytes]:
    """The hashes by name.

    Raises:
        FormatInvalid: a line is none, or the names do not rise.
    """
    *lines, rest = decode_text(data, SUMS).split("\n")
    sums: dict[str, bytes] = {}
    for number, line in enumerate(lines, 1):
        match = _SUM.fullmatch(line)
        if match is None:
            raise FormatInvalid(f"{SUMS}, line {number}: a hash, two spaces and a name expected")
        sums[match[2]] = bytes.fromhex(match[1])
    if rest or list(sums) != sorted(sums) or len(sums) != len(lines):
        raise FormatInvalid(f"{SUMS}: not in order, or a name twice")
    return sums
