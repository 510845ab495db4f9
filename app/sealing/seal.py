"""One seal of one log: lock, plan, sign, commit, and only then publish.

Two guards let only one node seal: the lock on the log's row, and the comparison of its head when
it is replaced; the uniqueness of places is a third. Source: LEDGER.md 3.4.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.database import Database, Transaction
from app.ledger.notes.checkpoint import (
    Checkpoint,
    checkpoint_text,
    opened,
    parse_checkpoint,
)
from app.ledger.notes.key import SignerKey, parse_verifier_key, verifier_key_text
from app.ledger.notes.note import SignatureInvalid, note_bytes, parse_note, signed
from app.ledger.notes.text import FormatInvalid
from app.ledger.seal import LogState, SealFault, SealPlan, SealRefused, Unsealed, plan_seal
from app.ledger.tree.merkle import EMPTY_ROOT
from app.ledger.tree.proof import ReadTile
from app.sealing.kept import KeptHeads
from app.sealing.keys import LedgerKey
from app.sealing.tiles import with_tiles
from app.store.sealing.generation import generations_of
from app.store.sealing.keys import LogKey, insert_key, keys_of
from app.store.sealing.log import (
    LogHead,
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
        None if there is no such log, or another node is at it.

        Raises:
            SealRefused: what is there is not what it must be; nothing was changed.
            OSError: the head cannot be kept. Nothing more is signed until it is.
        """
        async with self.database.transaction() as tx:
            before = await lock_log(tx, log_id)
            if before is None:
                return None
            if before.checkpoint is not None:
                await self._follow(tx, before, before.checkpoint.encode(), now)
            waiting = await unsealed_entries(tx, log_id, ENTRIES_MAX)
            if not waiting and before.checkpoint is not None and not heartbeat:
                return Sealed(head=before, count=0, is_full=False)
            after = await self.extend(tx, before, waiting, now)
        assert after.checkpoint is not None, "it was just signed"
        self.kept.write(log_id, after.checkpoint.encode())
        return Sealed(head=after, count=len(waiting), is_full=len(waiting) == ENTRIES_MAX)

    async def extend(
        self,
        tx: Transaction,
        before: LogHead,
        waiting: Sequence[Unsealed],
        now: datetime,
        *,
        is_successor: bool = False,
    ) -> LogHead:
        """Seal entries of a log that is locked; the head that is true after the commit.

        With which entry a successor begins, and not the kept head, says what was published before.

        Raises:
            SealRefused: as `run` does.
        """
        head, signers = await self._named(tx, before, now)
        published = None if is_successor else await self._published(tx, head, signers)
        plan = await self._planned(tx, head, waiting, signers, published=published)
        after = replace(
            head,
            verifier_key=verifier_key_text(signers[0].verifier),
            size=plan.head.size,
            root=plan.head.root,
            checkpoint=note_bytes(signed(plan.text, *signers)).decode(),
            signed_at=now,
        )
        await write_tiles(tx, before.id, plan.tiles)
        await give_places(tx, plan.places)
        if not await replace_head(tx, before, after):
            raise SealRefused(SealFault.TREE, "the head was replaced meanwhile")
        await insert_checkpoint(tx, after)
        return after

    async def _follow(self, tx: Transaction, before: LogHead, note: bytes, now: datetime) -> None:
        """Keep the stored head, verified as before a seal, if this node has kept another.

        It was signed by another node, or this one ended before it could keep it.
        """
        if self.kept.read(before.id) == note:
            return
        head, signers = await self._named(tx, before, now)
        published = await self._published(tx, head, signers)
        await self._planned(tx, head, (), signers, published=published)
        self.kept.write(before.id, note)

    async def _named(
        self, tx: Transaction, before: LogHead, now: datetime
    ) -> tuple[LogHead, Sequence[SignerKey]]:
        """The log with its name, which it gets before its first head, and who signs in it."""
        origin = before.origin or f"{self.prefix}/{before.id}"
        return replace(before, origin=origin), await self._signers(tx, before.id, origin, now)

    async def _signers(
        self, tx: Transaction, log_id: str, origin: str, now: datetime
    ) -> Sequence[SignerKey]:
        """The keys that sign now, the newest first; two while one takes the other's place."""
        stored = [one for one in await keys_of(tx, log_id, origin) if one.retired_at is None]
        if not stored:
            signer = self.key.signer(origin)
            first = LogKey(number=1, verifier_key=verifier_key_text(signer.verifier))
            await insert_key(tx, log_id, origin, first, now)
            return [signer]
        signers = []
        for one in stored:
            signer_ = self.key.find(origin, one.number, one.verifier_key)
            if signer_ is None:
                detail = f"the key file does not make key {one.number}: {one.verifier_key}"
                raise SealRefused(SealFault.KEY, detail)
            signers.append(signer_)
        return signers

    async def _planned(
        self,
        tx: Transaction,
        head: LogHead,
        waiting: Sequence[Unsealed],
        signers: Sequence[SignerKey],
        *,
        published: Checkpoint | None,
    ) -> SealPlan:
        assert head.origin is not None, "it was just given one"
        origin, keys = head.origin, [one.verifier for one in signers]
        last = await last_sealed(tx, head.id, [one.id for one in waiting])

        def plan(read_tile: ReadTile) -> SealPlan:
            return plan_seal(
                LogState(
                    origin=origin,
                    size=head.size,
                    root=head.root,
                    checkpoint=head.checkpoint.encode() if head.checkpoint else None,
                ),
                waiting,
                last_sealed=last,
                keys=keys,
                read_tile=read_tile,
                published=published,
            )

        return await with_tiles(tx, head.id, plan)

    async def _published(
        self, tx: Transaction, head: LogHead, signers: Sequence[SignerKey]
    ) -> Checkpoint | None:
        """The head that was published last, by the file outside of the database."""
        data = self.kept.read(head.id)
        if data is None:
            data = self._first_kept(head, signers)
        try:
            note = parse_note(data)
            named = parse_checkpoint(note.text).origin
            # Retired ones too: this process may have kept it long ago.
            keys = [
                parse_verifier_key(one.verifier_key) for one in await keys_of(tx, head.id, named)
            ]
            found = opened(note, origin=named, log_keys=keys).checkpoint
        except (FormatInvalid, SignatureInvalid) as error:
            raise SealRefused(SealFault.PUBLISHED, str(error)) from error
        if named == head.origin:
            return found
        await self._check_former(tx, head.id, found)
        return None

    def _first_kept(self, head: LogHead, signers: Sequence[SignerKey]) -> bytes:
        """The head of the empty log, kept before its first one is committed.

        Every tree continues it, so it may be kept early; and none at all means that it was lost.
        """
        if head.checkpoint is not None:
            detail = f"no head of {head.origin} is kept here; put {head.id}.checkpoint back"
            raise SealRefused(SealFault.PUBLISHED, detail)
        assert head.origin is not None, "it was just given one"
        empty = checkpoint_text(Checkpoint(origin=head.origin, size=0, root=EMPTY_ROOT))
        note = note_bytes(signed(empty, *signers))
        self.kept.write(head.id, note)
        return note

    async def _check_former(self, tx: Transaction, log_id: str, found: Checkpoint) -> None:
        """A head of a log that has a successor binds only if the succession did not know it."""
        former = {one.origin: one for one in await generations_of(tx, log_id)}.get(found.origin)
        if former is None:
            raise SealRefused(SealFault.PUBLISHED, f"the kept head is of {found.origin}")
        last = parse_checkpoint(parse_note(former.checkpoint.encode()).text)
        if found.size > last.size or (found.size == last.size and found.root != last.root):
            detail = f"{found.origin} had more than the {last.size} entries that were succeeded"
            raise SealRefused(SealFault.PUBLISHED, detail)
