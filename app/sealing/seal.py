"""One seal of one log: verify what is there, give places, extend the tree, sign, commit.

Two guards let only one node seal: the lock on the log's row, and the comparison of its head when
it is replaced; the uniqueness of places is a third. What is there is verified before anything is
signed, and nothing leaves the process before the commit. Source: LEDGER.md 3.4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from app.database import Database, Transaction
from app.ledger.entry import LeafInvalid, leaf_hash, parse_leaf
from app.ledger.notes.checkpoint import Checkpoint, checkpoint_text, opened
from app.ledger.notes.key import SignerKey, verifier_key_text
from app.ledger.notes.note import SignatureInvalid, note_bytes, parse_note, signed
from app.ledger.notes.text import FormatInvalid
from app.ledger.tree.edge import Edge, Growth, frontier, grown, read_edge
from app.ledger.tree.merkle import HashInvalid, root
from app.ledger.tree.proof import root_at
from app.ledger.tree.tile import TileInvalid
from app.sealing.kept import KeptHeads
from app.sealing.keys import LedgerKey
from app.sealing.tiles import with_tiles
from app.store.sealing.log import (
    LogHead,
    Unsealed,
    give_places,
    insert_checkpoint,
    last_sealed,
    lock_log,
    replace_head,
    unsealed_entries,
    write_tiles,
)

# Small, so that no emergency waits for a seal.
ENTRIES_MAX = 256


class Fault(StrEnum):
    """Why nothing is signed any more in a log until a human has looked at it."""

    # The tiles do not give the root that the head says.
    TREE_CHANGED = "tree_changed"
    # The stored checkpoint is not the log's own, or says something else than the head.
    CHECKPOINT_CHANGED = "checkpoint_changed"
    # An entry's bytes do not have its hash (or the tile above it is another), or it does not
    # continue its incident.
    ENTRY_CHANGED = "entry_changed"
    # The database is behind a head that was published: it was restored from a backup.
    DATABASE_BEHIND = "database_behind"
    # The database does not contain what a published head says.
    FORKED = "forked"
    # The head that was kept outside of the database cannot be read.
    KEPT_HEAD_INVALID = "kept_head_invalid"


class SealRefused(Exception):
    """Nothing was signed; the entries wait."""

    def __init__(self, fault: Fault, detail: str) -> None:
        """Say why."""
        super().__init__(f"{fault.value}: {detail}")
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A head that is committed, and may leave the process."""

    head: LogHead
    count: int
    # Whether more entries may be waiting.
    is_full: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """What a seal of any log needs."""

    database: Database
    key: LedgerKey
    kept: KeptHeads
    # What the origins of new logs begin with: an address without its scheme.
    prefix: str

    async def run(self, log_id: str, now: datetime, *, heartbeat: bool = False) -> Sealed | None:
        """Seal what waits in a log, at most `ENTRIES_MAX` entries.

        Without waiting entries only a `heartbeat`, or the first head of a log, signs anything.
        None if there was nothing to do, or another node is at it.

        Raises:
            SealRefused: what is there is not what it must be; nothing was changed.
        """
        async with self.database.transaction() as tx:
            before = await lock_log(tx, log_id)
            if before is None:
                return None
            waiting = await unsealed_entries(tx, log_id, ENTRIES_MAX)
            if not waiting and before.checkpoint is not None and not heartbeat:
                return None
            signer = self.key.signer(before.origin or f"{self.prefix}/{log_id}")
            edge = await self._verified(tx, before, signer)
            await _check_entries(tx, log_id, waiting)
            growth = grown(edge, [one.leaf_hash for one in waiting])
            after = _signed_head(before, growth, signer, now)
            await write_tiles(tx, log_id, growth.tiles)
            await give_places(tx, waiting, before.size)
            if not await replace_head(tx, before, after):
                raise SealRefused(Fault.TREE_CHANGED, "the head was replaced meanwhile")
            await insert_checkpoint(tx, after)
        assert after.checkpoint is not None, "it was just signed"
        self.kept.write(log_id, after.checkpoint.encode())
        return Sealed(head=after, count=len(waiting), is_full=len(waiting) == ENTRIES_MAX)

    async def _verified(self, tx: Transaction, head: LogHead, signer: SignerKey) -> Edge:
        """The right edge of the tree, once it is known to be what was signed and published."""
        try:
            edge = await with_tiles(tx, head.id, lambda read: read_edge(head.size, read))
        except (TileInvalid, HashInvalid) as error:
            raise SealRefused(Fault.TREE_CHANGED, str(error)) from error
        if root(frontier(edge)) != head.root:
            raise SealRefused(Fault.TREE_CHANGED, "the tiles give another root")
        if head.checkpoint is not None:
            said = _opened(head.checkpoint.encode(), signer, Fault.CHECKPOINT_CHANGED)
            if (said.size, said.root) != (head.size, head.root):
                raise SealRefused(Fault.CHECKPOINT_CHANGED, "it says another size or root")
        elif head.size:
            raise SealRefused(Fault.CHECKPOINT_CHANGED, "there is none")
        await self._compare_with_kept(tx, head, signer)
        return edge

    async def _compare_with_kept(self, tx: Transaction, head: LogHead, signer: SignerKey) -> None:
        note = self.kept.read(head.id)
        if note is None:
            return
        kept = _opened(note, signer, Fault.KEPT_HEAD_INVALID)
        if kept.size > head.size:
            detail = f"it has {head.size} entries sealed, {kept.size} were published"
            raise SealRefused(Fault.DATABASE_BEHIND, detail)
        try:
            there = await with_tiles(tx, head.id, lambda read: root_at(kept.size, head.size, read))
        except TileInvalid as error:
            raise SealRefused(Fault.TREE_CHANGED, str(error)) from error
        if there != kept.root:
            raise SealRefused(Fault.FORKED, f"another root at size {kept.size} was published")


def _opened(note: bytes, signer: SignerKey, fault: Fault) -> Checkpoint:
    try:
        found = opened(parse_note(note), origin=signer.name, log_keys=[signer.verifier])
    except (FormatInvalid, SignatureInvalid) as error:
        raise SealRefused(fault, str(error)) from error
    return found.checkpoint


async def _check_entries(tx: Transaction, log_id: str, waiting: Sequence[Unsealed]) -> None:
    """Each entry is what it was, and continues what is sealed of its incident."""
    last = dict(await last_sealed(tx, log_id, {one.incident_id for one in waiting}))
    for one in waiting:
        _check_entry(one, last)
        last[one.incident_id] = (one.seq, one.leaf_hash)


def _check_entry(entry: Unsealed, last: Mapping[str, tuple[int, bytes]]) -> None:
    detail = f"entry {entry.id}"
    if leaf_hash(entry.leaf) != entry.leaf_hash:
        raise SealRefused(Fault.ENTRY_CHANGED, f"{detail} does not have its hash")
    try:
        leaf = parse_leaf(entry.leaf)
    except LeafInvalid as error:
        raise SealRefused(Fault.ENTRY_CHANGED, f"{detail}: {error}") from error
    before = last.get(entry.incident_id)
    seq, prev = (before[0] + 1, before[1]) if before else (0, None)
    if (leaf.incident, leaf.seq, leaf.prev) != (entry.incident_id, seq, prev) or entry.seq != seq:
        raise SealRefused(Fault.ENTRY_CHANGED, f"{detail} does not continue its incident")


def _signed_head(before: LogHead, growth: Growth, signer: SignerKey, now: datetime) -> LogHead:
    size, new_root = growth.edge.size, root(frontier(growth.edge))
    text = checkpoint_text(Checkpoint(origin=signer.name, size=size, root=new_root))
    return replace(
        before,
        origin=signer.name,
        verifier_key=verifier_key_text(signer.verifier),
        size=size,
        root=new_root,
        checkpoint=note_bytes(signed(text, signer)).decode(),
        signed_at=now,
    )
