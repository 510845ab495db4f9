"""Other keys for a log that keeps its name: both sign for a time, then only the new one.

The old key signs a tree in which an entry names the new one, and so hands its trust on.
"""

from datetime import datetime
from typing import Final

from app.database import Transaction
from app.ledger.notes.key import parse_verifier_key, verifier_key_text
from app.ledger.notes.note import SignatureInvalid, parse_note, verified
from app.ledger.words import EntryType
from app.sealing.keys import LedgerKey
from app.sealing.life.chain import append_to_log
from app.store.sealing.chain import lock_chain
from app.store.sealing.keys import LogKey, insert_key, keys_of, retire_keys
from app.store.sealing.log import LogHead, is_rotation_sealed, lock_log

# What the entry discloses; nobody's data, and never erased.
KEY: Final = "key"


class NotPossible(Exception):
    """A log's life does not go on like this; the message says why, and what does."""


async def rotate_key(tx: Transaction, log_id: str, key: LedgerKey, now: datetime) -> str:
    """Let the next key of a log sign beside the one that does.

    Returns:
        The new verifier key.

    Raises:
        NotPossible: there is no such log, it has not signed yet, two keys sign already, or no
            file makes the key that signs.
    """
    head = await _locked(tx, log_id)
    assert head.origin is not None, "it has signed"
    keys = await keys_of(tx, log_id, head.origin)
    signing = [one for one in keys if one.retired_at is None]
    if len(signing) > 1:
        raise NotPossible(f"{log_id}: two keys sign already; `ledger retire-key` comes first.")
    for one in signing:
        if key.find(head.origin, one.number, one.verifier_key) is None:
            raise NotPossible(
                f"{log_id}: no file makes the key that signs, {one.verifier_key}."
                " Give the old file as --old-key-file."
            )
    number = max(one.number for one in keys) + 1
    fresh = verifier_key_text(key.signer(head.origin, number).verifier)
    row = LogKey(number=number, verifier_key=fresh)
    await insert_key(tx, log_id, head.origin, row, now)
    await append_to_log(tx, log_id, EntryType.KEY_ROTATED, {KEY: fresh}, now)
    return fresh


async def retire_key(tx: Transaction, log_id: str, now: datetime) -> bool:
    """Let only the newest key of a log sign; False if it is the only one already.

    Raises:
        NotPossible: there is no such log, or no checkpoint has carried both signatures yet.
    """
    head = await _locked(tx, log_id)
    assert head.origin is not None, "it has signed"
    assert head.checkpoint is not None, "it has signed"
    signing = [one for one in await keys_of(tx, log_id, head.origin) if one.retired_at is None]
    if len(signing) == 1:
        return False
    note = parse_note(head.checkpoint.encode())
    try:
        for one in signing:
            verified(note, [parse_verifier_key(one.verifier_key)])
    except SignatureInvalid:
        raise NotPossible(f"{log_id}: the new key has not signed anything yet; wait.") from None
    if not await is_rotation_sealed(tx, log_id):
        raise NotPossible(f"{log_id}: the new key is not in the sealed log yet; wait.")
    await retire_keys(tx, log_id, head.origin, signing[0].number, now)
    return True


async def _locked(tx: Transaction, log_id: str) -> LogHead:
    """The log, which waits for a sealer that is at it."""
    end = await lock_chain(tx, log_id)
    head = None if end is None else await lock_log(tx, log_id)
    if head is None:
        raise NotPossible(f"There is no log {log_id}.")
    if head.checkpoint is None:
        raise NotPossible(f"{log_id} has not signed anything yet.")
    return head
