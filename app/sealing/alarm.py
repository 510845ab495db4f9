"""Telling that a log is not sealed: operators and the municipality once, metrics always."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from app.database import Database, Transaction
from app.installation.secrets import new_id
from app.protocols.kinds import NoticeKind
from app.store.network import operator_ids
from app.store.notice import Notice, insert_notices
from app.store.sealing.alarm import begin_alarm, end_alarms, open_alarms
from app.store.sealing.log import waiting_since
from app.telemetry import SEAL_REFUSED, UNSEALED_SECONDS

# One process may see what another does not: its kept head may be another. So a log is well again
# when no process has seen anything wrong with it for so long.
WELL_AFTER: Final = timedelta(seconds=30)
# Beside the faults of a seal: entries wait for longer than was promised, and nothing refuses them.
OVERDUE: Final = "overdue"


async def tell_of_logs(database: Database, troubled: Mapping[str, str], now: datetime) -> int:
    """Tell what is new of the logs in trouble, from whichever process sees it first.

    Args:
        database: where the occasions are, so that each is told once.
        troubled: by log why it is not sealed, as this process sees it now.
        now: the instant.

    Returns:
        How many notices were written.
    """
    async with database.transaction() as tx:
        if not troubled and not await open_alarms(tx):
            return 0
        begun = [
            (log_id, reason)
            for log_id, reason in sorted(troubled.items())
            if await begin_alarm(tx, log_id, reason, now)
        ]
        ended = await end_alarms(tx, now - WELL_AFTER)
        notices = [
            notice
            for kind, logs in ((NoticeKind.LEDGER_STOPPED, begun), (NoticeKind.LEDGER_RUNS, ended))
            for log_id, reason in logs
            for notice in await _notices(tx, kind, log_id, reason)
        ]
        await insert_notices(tx, notices, now=now, new_id=new_id)
    return len(notices)


async def measure_logs(database: Database, now: datetime) -> None:
    """Set what a process can say of the logs that seals none itself."""
    async with database.transaction() as tx:
        waiting, alarms = await waiting_since(tx), await open_alarms(tx)
    oldest = min(waiting.values(), default=now)
    UNSEALED_SECONDS.set(max(0.0, (now - oldest).total_seconds()))
    SEAL_REFUSED.set(len(alarms))


async def _notices(tx: Transaction, kind: NoticeKind, log_id: str, reason: str) -> Iterator[Notice]:
    """To the municipality, whose id the log's is, and to everyone who runs the installation."""
    data = {"municipality_id": log_id, "reason": reason}
    parties = dict.fromkeys((log_id, *await operator_ids(tx)))
    return (Notice(id=new_id(), kind=kind, party_id=party, data=data) for party in parties)
