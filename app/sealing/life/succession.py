"""Another log in the place of one that must not be signed any more (LEDGER.md 3.5).

The successor holds every entry that the database has, anew and complete by itself, behind one that
names the last checkpoint that is known of its predecessor.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from app.database import Transaction
from app.installation.secrets import new_id
from app.ledger.notes.checkpoint import opened, parse_checkpoint
from app.ledger.notes.key import parse_verifier_key, verifier_key_text
from app.ledger.notes.note import SignatureInvalid, parse_note
from app.ledger.notes.text import FormatInvalid
from app.ledger.tree.merkle import EMPTY_ROOT
from app.ledger.words import EntryType
from app.sealing.keys import LedgerKey
from app.sealing.life.chain import append_to_log
from app.sealing.life.rotation import NotPossible
from app.sealing.seal import Seal
from app.store.sealing.chain import ChainEnd, lock_chain
from app.store.sealing.generation import (
    Generation,
    empty_log,
    generations_of,
    insert_generation,
)
from app.store.sealing.keys import LogKey, insert_key, keys_of
from app.store.sealing.log import LogHead, lock_log, own_entry

PREDECESSOR: Final = "predecessor"
# A restored database may not know the newest keys that were made of the file.
_KEYS_MAX: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Last:
    """The last head that is known, of which generation, and all keys that have signed in it."""

    number: int
    origin: str
    note: bytes
    size: int
    keys: tuple[LogKey, ...]

    @property
    def generation(self) -> Generation:
        return Generation(number=self.number, origin=self.origin, checkpoint=self.note.decode())


async def open_successor(
    seal: Seal, log_id: str, now: datetime, *, notes: Iterable[bytes] = ()
) -> LogHead:
    """Open the successor of a log, and keep its first head outside of the database.

    Args and Raises: as `succeed` has them.
    """
    async with seal.database.transaction() as tx:
        after = await succeed(tx, seal, log_id, now, notes=notes)
    assert after.checkpoint is not None, "it was just signed"
    # A crash before this leaves the head of the predecessor, which the succession knows.
    seal.kept.write(log_id, after.checkpoint.encode())
    return after


async def succeed(
    tx: Transaction, seal: Seal, log_id: str, now: datetime, *, notes: Iterable[bytes] = ()
) -> LogHead:
    """Open the successor of a log and sign its first head, in one transaction.

    Args:
        tx: the transaction; whoever calls writes the kept head after its commit.
        seal: signs.
        log_id: the log's.
        now: the instant.
        notes: checkpoints of it that are known from elsewhere, beside the kept one.

    Returns:
        The first head of the successor. All other entries wait, for the sealer.

    Raises:
        NotPossible: there is no such log, or no last checkpoint is known of it.
        SealRefused: the successor cannot be signed.
    """
    end = await lock_chain(tx, log_id)
    head = None if end is None else await lock_log(tx, log_id)
    if head is None or end is None:
        raise NotPossible(f"There is no log {log_id}.")
    former = await generations_of(tx, log_id)
    own = head.origin or f"{seal.prefix}/{log_id}"
    base = former[0].origin if former else own
    kept, stored = seal.kept.read(log_id), head.checkpoint
    known = [*notes, *([kept] if kept else []), *([stored.encode()] if stored else [])]
    last = await _last(tx, seal.key, log_id, base, known)
    number = (former[-1].number if former else 0) + 1
    for one, chain in _ended(head, number, last, end):
        await insert_generation(tx, log_id, one, chain, now)
    await empty_log(tx, log_id, head.origin, new_id())
    said = {
        "origin": last.origin,
        "checkpoint": last.note.decode(),
        "verifier_keys": [one.verifier_key for one in last.keys],
    }
    for key in last.keys:
        # A database that was restored may not know them; other processes keep what they signed.
        await insert_key(tx, log_id, last.origin, key, now)
    await append_to_log(tx, log_id, EntryType.SUCCEEDED, {PREDECESSOR: said}, now)
    begun = LogHead(
        id=log_id,
        origin=f"{base}/{max(number, last.number) + 1}",
        verifier_key=None,
        size=0,
        root=EMPTY_ROOT,
        checkpoint=None,
        signed_at=None,
    )
    first = await own_entry(tx, log_id, seq=0)
    return await seal.extend(tx, begun, [first], now, is_successor=True)


def _ended(
    head: LogHead, number: int, last: _Last, end: ChainEnd
) -> Iterator[tuple[Generation, ChainEnd | None]]:
    """What is succeeded: the log of this database, and a later one of which nothing is left."""
    if head.origin == last.origin or head.origin is None or head.checkpoint is None:
        yield last.generation, end
        return
    yield Generation(number=number, origin=head.origin, checkpoint=head.checkpoint), end
    if last.number > number:
        yield last.generation, None


async def _last(
    tx: Transaction, key: LedgerKey, log_id: str, base: str, notes: Iterable[bytes]
) -> _Last:
    """The newest of these checkpoints, of those that are this log's.

    With it go the keys before those that signed it: what an auditor kept may be signed by them.
    """
    found = [one for note in notes if (one := await _opened(tx, key, log_id, base, note))]
    if not found:
        raise NotPossible(
            f"{log_id}: no checkpoint is known that this log signed; give the last one, from an"
            " auditor for instance, as --checkpoint."
        )
    last = max(found, key=lambda one: (one.number, one.size))
    known = [*last.keys, *await keys_of(tx, log_id, last.origin)]
    numbers = {one.number for one in known}
    made = (one for one in _made(key, last.origin) if one.number < max(numbers))
    known += [one for one in made if one.number not in numbers]
    keys = {one.verifier_key: one for one in known}.values()
    return replace(last, keys=tuple(sorted(keys, key=lambda one: -one.number)))


async def _opened(
    tx: Transaction, key: LedgerKey, log_id: str, base: str, data: bytes
) -> _Last | None:
    try:
        note = parse_note(data)
        origin = parse_checkpoint(note.text).origin
        match = re.fullmatch(re.escape(base) + r"(?:/([1-9][0-9]{0,5}))?", origin)
        if match is None:
            return None
        keys = {
            parse_verifier_key(one.verifier_key): one
            for one in (*_made(key, origin), *await keys_of(tx, log_id, origin))
        }
        signed = opened(note, origin=origin, log_keys=list(keys))
    except (FormatInvalid, SignatureInvalid):
        return None
    return _Last(
        number=int(match[1] or 1),
        origin=origin,
        note=data,
        size=signed.checkpoint.size,
        keys=tuple(keys[one.key] for one in signed.by),
    )


def _made(key: LedgerKey, origin: str) -> Iterator[LogKey]:
    for number in range(1, _KEYS_MAX + 1):
        for one in key.signers(origin, number):
            yield LogKey(number=number, verifier_key=verifier_key_text(one.verifier))
