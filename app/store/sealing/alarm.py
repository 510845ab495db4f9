"""Logs about which operators were told, one row each until they are well again."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from app.database import Transaction
from app.models.columns import instant, milliseconds

# How often it is noted that the trouble goes on.
NOTED_EVERY: Final = timedelta(seconds=10)


async def open_alarms(tx: Transaction) -> Mapping[str, datetime]:
    """The logs of which somebody was told, and when the trouble was seen last."""
    rows = await tx.fetch("SELECT log_id, seen_at FROM ledger_alarm")
    return {row["log_id"]: instant(row["seen_at"]) for row in rows}


async def begin_alarm(tx: Transaction, log_id: str, reason: str, now: datetime) -> bool:
    """Begin an occasion; False if there is one already, whoever noticed it."""
    begun = await tx.execute(
        "INSERT INTO ledger_alarm (log_id, reason, began_at, seen_at) VALUES ($1, $2, $3, $3)"
        " ON CONFLICT (log_id) DO NOTHING",
        log_id,
        reason,
        milliseconds(now),
    )
    if not begun:
        await tx.execute(
            "UPDATE ledger_alarm SET seen_at = $2 WHERE log_id = $1 AND seen_at < $3",
            log_id,
            milliseconds(now),
            milliseconds(now - NOTED_EVERY),
        )
    return begun == 1


async def end_alarms(tx: Transaction, unseen_since: datetime) -> Sequence[tuple[str, str]]:
    """End the occasions that nobody has seen since then: log and reason of each."""
    rows = await tx.fetch(
        "DELETE FROM ledger_alarm WHERE seen_at < $1 RETURNING log_id, reason",
        milliseconds(unseen_since),
    )
    return [(row["log_id"], row["reason"]) for row in rows]
