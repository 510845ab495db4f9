"""One seal of one log: lock, plan, sign, commit, and only then publish.

Two guards let only one node seal: the lock on the log's row, and the comparison of its head when
it is replaced; the uniqueness of places is a third. Source: LEDGER.md 3.4.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.database import Database, Transaction
from app.ledger.notes.checkpoint import Checkpoint, opened
from app.ledger.notes.key import SignerKey, verifier_key_text
from app.ledger.notes.note import SignatureInvalid, note_bytes, parse_note, signed
from app.ledger.notes.text import FormatInvalid
from app.ledger.seal import LogState, SealFault, SealPlan, SealRefused, Unsealed, plan_seal
from app.ledger.tree.proof import ReadTile
from app.sealing.kept import KeptHeads
from app.sealing.keys import LedgerKey
from app.sealing.tiles import with_tiles
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
            after = await self._extended(tx, before, waiting, now)
        assert after.checkpoint is not None, "it was just signed"
        self.kept.write(log_id, after.checkpoint.encode())
        return Sealed(head=after, count=len(waiting), is_full=len(waiting) == ENTRIES_MAX)

    async def _extended(
        self, tx: Transaction, before: LogHead, waiting: Sequence[Unsealed], now: datetime
    ) -> LogHead:
        signer = self.key.signer(before.origin or f"{self.prefix}/{before.id}")
        plan = await self._planned(tx, before, waiting, signer)
        after = replace(
            before,
            origin=signer.name,
            verifier_key=verifier_key_text(signer.verifier),
            size=plan.head.size,
            root=plan.head.root,
            checkpoint=note_bytes(signed(plan.text, signer)).decode(),
            signed_at=now,
        )
        await write_tiles(tx, before.id, plan.tiles)
        await give_places(tx, plan.places)
        if not await replace_head(tx, before, after):
            raise SealRefused(SealFault.TREE, "the head was replaced meanwhile")
        await insert_checkpoint(tx, after)
        return after

    async def _planned(
        self, tx: Transaction, head: LogHead, waiting: Sequence[Unsealed], signer: SignerKey
    ) -> SealPlan:
        last = await last_sealed(tx, head.id, [one.id for one in waiting])
        published = self._published(head.id, signer)

        def plan(read_tile: ReadTile) -> SealPlan:
            return plan_seal(
                LogState(
                    origin=signer.name,
                    size=head.size,
                    root=head.root,
                    checkpoint=head.checkpoint.encode() if head.checkpoint else None,
                ),
                waiting,
                last_sealed=last,
                keys=[signer.verifier],
                read_tile=read_tile,
                published=published,
            )

        return await with_tiles(tx, head.id, plan)

    def _published(self, log_id: str, signer: SignerKey) -> Checkpoint | None:
        """The head that was published last, by the file outside of the database."""
        note = self.kept.read(log_id)
        if note is None:
            return None
        try:
            found = opened(parse_note(note), origin=signer.name, log_keys=[signer.verifier])
        except (FormatInvalid, SignatureInvalid) as error:
            raise SealRefused(SealFault.PUBLISHED, str(error)) from error
        return found.checkpoint
