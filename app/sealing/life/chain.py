"""Appending to a log's own chain: entries about no incident, sealed like all others."""

from collections.abc import Mapping
from datetime import datetime

from app.database import Transaction
from app.installation.secrets import new_salt
from app.ledger.disclosure import digest, encode
from app.ledger.entry import Leaf, leaf_bytes, leaf_hash
from app.ledger.words import SYSTEM, EntryType
from app.store.ledger import NewDisclosure, NewEntry, append_entries, insert_disclosures
from app.store.sealing.chain import ChainEnd, lock_chain, move_chain


async def append_to_log(
    tx: Transaction, log_id: str, type_: EntryType, facts: Mapping[str, object], now: datetime
) -> bool:
    """Append one entry, under the lock of the log's row, committing to some facts.

    Args:
        tx: the business transaction.
        log_id: the log's.
        type_: one of `OF_LOGS`.
        facts: what the entry discloses, by name.
        now: the instant.

    Returns:
        False if there is no such log.
    """
    end = await lock_chain(tx, log_id)
    if end is None:
        return False
    told = [
        NewDisclosure(
            incident_id=end.chain_id, seq=end.seq, digest=digest(text), name=name, disclosure=text
        )
        for name, value in facts.items()
        for text in (encode(new_salt(), name, value),)
    ]
    entry = _entry(log_id, end, _leaf(end, type_, told, now))
    await append_entries(tx, [entry], now)
    # They are no client's: nothing but the installation's own key ever opens them.
    await insert_disclosures(tx, [(one, tx.vault.own) for one in told])
    await move_chain(tx, log_id, seq=end.seq + 1, head=entry.leaf_hash)
    return True


def _leaf(end: ChainEnd, type_: EntryType, told: list[NewDisclosure], now: datetime) -> Leaf:
    return Leaf(
        incident=end.chain_id,
        seq=end.seq,
        prev=end.head,
        at=now if end.at is None else max(now, end.at),
        type=type_,
        cause=None,
        basis=None,
        from_=None,
        to=None,
        actor=SYSTEM,
        step=None,
        round=None,
        due=None,
        sd=tuple(sorted(one.digest for one in told)),
        drill=False,
    )


def _entry(log_id: str, end: ChainEnd, leaf: Leaf) -> NewEntry:
    data = leaf_bytes(leaf)
    return NewEntry(
        log_id=log_id,
        incident_id=end.chain_id,
        seq=end.seq,
        leaf=data,
        leaf_hash=leaf_hash(data),
        type=leaf.type.value,
        cause=None,
        basis=None,
        from_id=None,
        to_id=None,
        actor_id=SYSTEM,
        step=None,
        at=leaf.at,
    )
