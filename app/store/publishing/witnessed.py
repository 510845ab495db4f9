"""Logs of others, of which this installation is a witness: the newest tree of each."""

from dataclasses import dataclass
from datetime import datetime

from app.database import Transaction
from app.models.columns import milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """The largest tree of a log that was cosigned here; `note` is what came."""

    origin: str
    size: int
    root: bytes
    note: str


async def lock_witnessed(tx: Transaction, origin: str) -> Witnessed | None:
    """What was cosigned last of a log, locked until the transaction ends; None if nothing."""
    rows = await tx.fetch(
        "SELECT size, root, note FROM witnessed_log WHERE origin = $1 FOR UPDATE", origin
    )
    if not rows:
        return None
    (row,) = rows
    return Witnessed(origin=origin, size=row["size"], root=bytes(row["root"]), note=row["note"])


async def replace_witnessed(
    tx: Transaction, before: Witnessed | None, after: Witnessed, now: datetime
) -> bool:
    """Compare and swap; False if another request came first, so that nothing may be signed."""
    values = (after.origin, after.size, after.root, after.note, milliseconds(now))
    if before is None:
        return (
            await tx.execute(
                "INSERT INTO witnessed_log (origin, size, root, note, cosigned_at)"
                " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (origin) DO NOTHING",
                *values,
            )
            == 1
        )
    return (
        await tx.execute(
            "UPDATE witnessed_log SET size = $2, root = $3, note = $4, cosigned_at = $5"
            " WHERE origin = $1 AND size = $6 AND root = $7",
            *values,
            before.size,
            before.root,
        )
        == 1
    )
