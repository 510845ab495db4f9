"""Logs that have a successor, and what a succession does to the rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.database import Transaction
from app.models.columns import milliseconds
from app.store.sealing.chain import ChainEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """A log that has a successor, with the last checkpoint that is known of it."""

    number: int
    origin: str
    checkpoint: str


async def generations_of(tx: Transaction, log_id: str) -> Sequence[Generation]:
    """Those whose place a log took, the oldest first."""
    rows = await tx.fetch(
        "SELECT number, origin, checkpoint FROM ledger_generation WHERE log_id = $1"
        " ORDER BY number",
        log_id,
    )
    return [
        Generation(number=row["number"], origin=row["origin"], checkpoint=row["checkpoint"])
        for row in rows
    ]


async def insert_generation(
    tx: Transaction, log_id: str, one: Generation, chain: ChainEnd | None, now: datetime
) -> None:
    """Keep what was; `chain` is where its own chain ended, if that is known here."""
    await tx.execute(
        "INSERT INTO ledger_generation (log_id, number, origin, checkpoint, chain_id, chain_seq,"
        " chain_head, ended_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        log_id,
        one.number,
        one.origin,
        one.checkpoint,
        chain.chain_id if chain else None,
        chain.seq if chain else 0,
        chain.head if chain else None,
        milliseconds(now),
    )


async def empty_log(tx: Transaction, log_id: str, origin: str | None, chain_id: str) -> None:
    """Take every entry of a log its place, and let the log begin anew with a chain of its own.

    The guard of the entries allows that while the log stands in `ledger_succession`, which it
    does in this transaction only.
    """
    await tx.execute("INSERT INTO ledger_succession (log_id) VALUES ($1)", log_id)
    await tx.execute(
        "UPDATE ledger_entry SET leaf_index = NULL WHERE log_id = $1 AND leaf_index IS NOT NULL",
        log_id,
    )
    await tx.execute("DELETE FROM ledger_succession WHERE log_id = $1", log_id)
    await tx.execute("DELETE FROM ledger_tile WHERE log_id = $1", log_id)
    await tx.execute(
        "INSERT INTO ledger_former_checkpoint (log_id, origin, size, note, signed_at, cosigned,"
        " timestamp_token) SELECT log_id, $2, size, note, signed_at, cosigned, timestamp_token"
        " FROM ledger_checkpoint WHERE log_id = $1",
        log_id,
        origin or "",
    )
    await tx.execute("DELETE FROM ledger_checkpoint WHERE log_id = $1", log_id)
    await tx.execute(
        "UPDATE ledger_log SET origin = NULL, verifier_key = NULL, size = 0, root = NULL,"
        " checkpoint = NULL, signed_at = NULL, chain_id = $2, chain_seq = 0, chain_head = NULL"
        " WHERE id = $1",
        log_id,
        chain_id,
    )
