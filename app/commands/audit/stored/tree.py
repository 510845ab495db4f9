"""A log's tree as it is stored: the places of its entries, its tiles, its root, its checkpoint."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from sqlmodel import Session

from app.channels.channel import rfc3339
from app.commands.audit.finding import Check, Finding
from app.ledger.entry import leaf_hash
from app.ledger.notes.checkpoint import opened
from app.ledger.notes.key import parse_verifier_key
from app.ledger.notes.note import SignatureInvalid, parse_note
from app.ledger.notes.text import FormatInvalid
from app.ledger.tree.merkle import EMPTY_ROOT, HASH_BYTES
from app.ledger.tree.tile import Tile, tile_path
from app.models.columns import instant, milliseconds
from app.offline.outside.brackets import SEAL_DEADLINE
from app.offline.tree import Regrown
from app.store.audit.log import tile_of
from app.store.audit.places import (
    Raw,
    counted,
    placed_by_tile,
    stored_keys,
    stored_log,
    waiting,
)
from app.store.audit.verification import StoredChain


def verify_log(session: Session, log_id: str, now: datetime | None) -> Iterator[Finding]:
    """Everything that is wrong with a log beyond its incidents, in the session's one snapshot.

    The entries pass by, a tile's at a time, so a log of any size is checked. `now` is when it is;
    None if it does not matter how long entries wait.
    """
    yield from _late(session, log_id, now)
    try:
        yield from _faults(session, log_id)
    except (AttributeError, TypeError, ValueError) as error:
        # What was put there by hand may be of any type.
        yield _of(log_id, Check.TREE, f"cannot be checked further: {type(error).__name__}")


def _faults(session: Session, log_id: str) -> Iterator[Finding]:
    log = stored_log(session, log_id)
    yield from _unsigned(session, log_id, log)
    tree = _Tree(session, log_id)
    size = 0
    for rows in placed_by_tile(session, log_id):
        for row in rows:
            if row["leaf_index"] != size:
                detail = f"stands at {row['leaf_index']!r}, where {size} comes next"
                yield Finding(Check.L1, row["incident_id"], row["seq"], detail)
                return
            size += 1
        yield from tree.append(rows)
    root, wrong = tree.end()
    yield from wrong
    there = counted(session, log_id)
    if (there["entries"], there["tiles"]) != (size, tree.tiles):
        yield _of(log_id, Check.TREE, "there are places or tiles that belong to no tree")
    said = EMPTY_ROOT if log["root"] is None else log["root"]
    if (log["size"], said) != (size, root):
        detail = f"its row says another root, or {log['size']} entries where {size} have a place"
        yield _of(log_id, Check.TREE, detail)


def disordered(stored: StoredChain) -> Iterator[Finding]:
    """L1 within an incident: places rise, and what waits for one comes last."""
    for before, row in pairwise(stored.entries):
        place = row["leaf_index"]
        if place is not None and (before["leaf_index"] is None or before["leaf_index"] >= place):
            detail = f"stands at {place}, the entry before it at {before['leaf_index']}"
            yield Finding(Check.L1, stored.incident_id, row["seq"], detail)


def _late(session: Session, log_id: str, now: datetime | None) -> Iterator[Finding]:
    if now is None:
        return
    late = waiting(session, log_id, milliseconds(now - SEAL_DEADLINE))
    if late["entries"]:
        since = rfc3339(instant(late["since"]))
        yield _of(log_id, Check.L2, f"{late['entries']} unsealed, since {since}")


def _unsigned(session: Session, log_id: str, log: Raw) -> Iterator[Finding]:
    """The checkpoint is signed by the log's keys, and states what its row does."""
    if log["checkpoint"] is None:
        if log["size"]:
            yield _of(log_id, Check.TREE, "no checkpoint is stored")
        return
    try:
        keys = [parse_verifier_key(one) for one in stored_keys(session, log_id, log["origin"])]
        note = parse_note(log["checkpoint"].encode())
        signed = opened(note, origin=log["origin"], log_keys=keys).checkpoint
    except (FormatInvalid, SignatureInvalid) as error:
        yield _of(log_id, Check.TREE, f"its checkpoint: {error}")
        return
    if (signed.size, signed.root) != (log["size"], log["root"]):
        detail = f"its checkpoint is of {signed.size} entries, its row of {log['size']} or others"
        yield _of(log_id, Check.TREE, detail)


class _Tree:
    """The tree that the entries make, held against the stored tiles.

    Where a tile of hashes is not what the entries make, the entries that differ are named, and the
    tree goes on with what was sealed: one changed entry is one finding.
    """

    def __init__(self, session: Session, log_id: str) -> None:
        self.tiles = 0
        self._session, self._log_id = session, log_id
        self._regrown = Regrown((), self._compare)
        self._wrong: list[Finding] = []
        self._count = 0

    def append(self, rows: Sequence[Raw]) -> Iterator[Finding]:
        """The entries of the next tile; what is wrong with them, and with tiles that are full."""
        made = [leaf_hash(row["leaf"]) for row in rows]
        sealed = self._sealed(len(rows)) or made
        for row, is_, was in zip(rows, made, sealed, strict=True):
            if is_ != was:
                detail = f"is not what was sealed at {row['leaf_index']}"
                yield Finding(Check.TREE, row["incident_id"], row["seq"], detail)
        self._regrown.append(sealed)
        self._count += 1
        yield from self._taken()

    def end(self) -> tuple[bytes, Iterator[Finding]]:
        """The root, and what is wrong with the tiles that are not full."""
        return self._regrown.end(), self._taken()

    def _sealed(self, width: int) -> list[bytes]:
        """The stored hashes of the next tile of level 0; none if it is not as wide."""
        data = tile_of(self._session, self._log_id, 0, self._count) or b""
        if len(data) != width * HASH_BYTES:
            return []
        return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]

    def _compare(self, tile: Tile, hashes: bytes) -> None:
        self.tiles += 1
        if tile_of(self._session, self._log_id, tile.level or 0, tile.index) != hashes:
            detail = f"{tile_path(tile)} is missing, or not what the entries make"
            self._wrong.append(_of(self._log_id, Check.TREE, detail))

    def _taken(self) -> Iterator[Finding]:
        wrong, self._wrong = self._wrong, []
        yield from wrong


def _of(log_id: str, check: Check, detail: str) -> Finding:
    return Finding(check, None, None, f"log {log_id}: {detail}")
