"""Asking a time-stamping authority (RFC 3161) about the newest head, each hour or each day.

One token covers all entries that the head counts. A log in which nothing happened since its last
token is not stamped again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from cryptography.x509 import Certificate

from app.installation.installation import Installation
from app.ledger.exports.timestamp import (
    REQUEST_TYPE,
    TimestampInvalid,
    stamped_at,
    timestamp_request,
)
from app.publishing.asking import Asker, NoAnswer
from app.store.publishing.outside import (
    StoredHead,
    claim_stamp,
    logs_to_stamp,
    record_stamp_fault,
    write_stamp,
)
from app.telemetry import TIMESTAMPS

RETRY_AFTER: Final = timedelta(minutes=5)
_JAPAN: Final = ZoneInfo("Asia/Tokyo")
_OK: Final = 200

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamping:
    """An authority, whom it is trusted by, and how often it is asked ("hour" or "day")."""

    installation: Installation
    asker: Asker
    url: str
    every: str
    trusted: Sequence[Certificate] | None = None

    async def run_once(self) -> int:
        """Ask about the logs whose turn it is; how many tokens came."""
        now, count = self.installation.clock(), 0
        look = partial(logs_to_stamp, since=self._since(now), tried_until=now - RETRY_AFTER)
        for head, asked_at in await self.installation.database.read(look):
            async with self.installation.database.transaction() as tx:
                is_ours = await claim_stamp(tx, head.log_id, asked_at, now)
            if is_ours:
                result = await self._stamp(head)
                TIMESTAMPS.labels(result or "stamped").inc()
                count += result is None
                if result == "away":
                    break
        return count

    def _since(self, now: datetime) -> datetime:
        """When the hour or the day in Japan began."""
        local = now.astimezone(_JAPAN).replace(minute=0, second=0, microsecond=0)
        return local if self.every == "hour" else local.replace(hour=0)

    async def _stamp(self, head: StoredHead) -> str | None:
        """Get and keep a token; why there is none, a code."""
        note = head.note.encode()
        fault = "away"
        try:
            status, token = await self.asker.post(self.url, timestamp_request(note), REQUEST_TYPE)
            fault = "refused" if status != _OK else "untrusted"
            if status == _OK:
                at = stamped_at(token, note, self.trusted)
                async with self.installation.database.transaction() as tx:
                    await write_stamp(tx, head, token, at)
                return None
        except (NoAnswer, TimestampInvalid) as error:
            log.info("timestamp_failed", log_id=head.log_id, reason=fault, detail=str(error))
        async with self.installation.database.transaction() as tx:
            await record_stamp_fault(tx, head.log_id, fault)
        return fault
