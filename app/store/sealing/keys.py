"""The keys that sign, and have signed, in the name of a log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.database import Transaction
from app.models.columns import instant, milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class LogKey:
    """One key of a log, by the number with which it is made. It signs until it is retired."""

    number: int
    verifier_key: str
    retired_at: datetime | None = None


async def keys_of(tx: Transaction, log_id: str, origin: str) -> Sequence[LogKey]:
    """The keys of a log under an origin, the newest first."""
    rows = await tx.fetch(
        "SELECT number, verifier_key, retired_at FROM ledger_key"
        " WHERE log_id = $1 AND origin = $2 ORDER BY number DESC",
        log_id,
        origin,
    )
    return [
        LogKey(
            number=row["number"],
            verifier_key=row["verifier_key"],
            retired_at=instant(row["retired_at"]) if row["retired_at"] is not None else None,
        )
        for row in rows
    ]


async def insert_key(tx: Transaction, log_id: str, origin: str, key: LogKey, now: datetime) -> None:
    """A key that signs from now on."""
    await tx.execute(
        "INSERT INTO ledger_key (log_id, origin, number, verifier_key, made_at)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (log_id, origin, number) DO NOTHING",
        log_id,
        origin,
        key.number,
        key.verifier_key,
        milliseconds(now),
    )


async def retire_keys(tx: Transaction, log_id: str, origin: str, before: int, now: datetime) -> int:
    """The keys with lower numbers sign no more; how many they are."""
    return await tx.execute(
        "UPDATE ledger_key SET retired_at = $4"
        " WHERE log_id = $1 AND origin = $2 AND number < $3 AND retired_at IS NULL",
        log_id,
        origin,
        before,
        milliseconds(now),
    )
