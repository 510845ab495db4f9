"""Which process does what only one may do at a time, and another one if it dies or freezes."""

from datetime import datetime, timedelta
from typing import Final

from app.database import Transaction
from app.models.columns import milliseconds

HELD_FOR: Final = timedelta(seconds=30)
_NAME: Final = "cover"


async def take_lease(tx: Transaction, holder: str, now: datetime, *, name: str = _NAME) -> bool:
    """Begin to work; false while another process holds the lease."""
    changed = await tx.execute(
        """
        INSERT INTO watch_lease (name, holder, until) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
        WHERE watch_lease.until <= $4 OR watch_lease.holder = excluded.holder
        """,
        name,
        holder,
        milliseconds(now + HELD_FOR),
        milliseconds(now),
    )
    return changed == 1


async def keep_lease(tx: Transaction, holder: str, now: datetime) -> bool:
    """Go on; false if another process has taken over since, even if it is done by now.

    Called first in each transaction that writes what the watch found: what was read before
    another one watched is outdated, and somebody would be told twice.
    """
    changed = await tx.execute(
        "UPDATE watch_lease SET until = $3 WHERE name = $1 AND holder = $2",
        _NAME,
        holder,
        milliseconds(now + HELD_FOR),
    )
    return changed == 1


async def release_lease(tx: Transaction, holder: str, *, name: str = _NAME) -> None:
    """Let another process work at once."""
    await tx.execute(
        "UPDATE watch_lease SET until = 0 WHERE name = $1 AND holder = $2", name, holder
    )
