"""The own chain of a log: where it ends."""

from dataclasses import dataclass
from datetime import datetime

from app.database import Transaction
from app.models.columns import instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainEnd:
    """Where a log's own chain ends; `head` and `at` are of its last entry."""

    chain_id: str
    seq: int
    head: bytes | None
    at: datetime | None


async def lock_chain(tx: Transaction, log_id: str) -> ChainEnd | None:
    """The end of the chain, the log's row locked until the transaction ends.

    None if there is no such log.
    """
    rows = await tx.fetch(
        "SELECT COALESCE(chain_id, id) AS chain_id, chain_seq, chain_head FROM ledger_log"
        " WHERE id = $1 FOR NO KEY UPDATE",
        log_id,
    )
    if not rows:
        return None
    row = rows[0]
    last = await tx.fetch(
        "SELECT at FROM ledger_entry WHERE incident_id = $1 AND seq = $2",
        row["chain_id"],
        row["chain_seq"] - 1,
    )
    return ChainEnd(
        chain_id=row["chain_id"],
        seq=row["chain_seq"],
        head=None if row["chain_head"] is None else bytes(row["chain_head"]),
        at=instant(last[0]["at"]) if last else None,
    )


async def move_chain(tx: Transaction, log_id: str, *, seq: int, head: bytes) -> None:
    """Say where the chain ends now."""
    await tx.execute(
        "UPDATE ledger_log SET chain_seq = $2, chain_head = $3 WHERE id = $1", log_id, seq, head
    )
