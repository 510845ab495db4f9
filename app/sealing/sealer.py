"""The sealer's loop: what was appended is sealed within a second or two, log by log."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from app.clock import Clock
from app.ledger.seal import SealFault, SealRefused
from app.sealing.alarm import OVERDUE, tell_of_logs
from app.sealing.patrol import Patrol
from app.sealing.seal import Seal, Sealed
from app.store.sealing.log import log_ids, waiting_since
from app.telemetry import LOOP_FAILURES, SEAL_REFUSED, SEAL_SECONDS, SEALED, UNSEALED_SECONDS, timed

# The longest that an entry may wait for its place: published, and an alarm beyond it.
SEAL_DEADLINE = timedelta(seconds=60)
# A head at least so often, even if nothing happened: that is a statement too.
HEARTBEAT = timedelta(minutes=5)
ROUND_SECONDS = 1

log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Sealing:
    """What a round found: why logs are not sealed, by log."""

    refused: dict[str, SealFault] = field(default_factory=dict)
    overdue: set[str] = field(default_factory=set)
    # Of these even this round has sealed nothing.
    stuck: set[str] = field(default_factory=set)

    @property
    def troubled(self) -> dict[str, str]:
        """The logs of which somebody must be told, and why."""
        return dict.fromkeys(self.stuck, OVERDUE) | {
            log_id: fault.value for log_id, fault in self.refused.items()
        }


class Sealer:
    """Seals every log that has something to seal; one refused log holds up no other."""

    def __init__(self, seal: Seal, clock: Clock) -> None:
        """Start with `start`."""
        self._seal = seal
        self._clock = clock
        self._patrol = Patrol(seal.database)
        self._task: asyncio.Task[None] | None = None
        self._heartbeats: dict[str, datetime] = {}
        self.state = Sealing()

    def start(self) -> None:
        """Begin to seal."""
        self._task = asyncio.create_task(self._run(), name="sealer")

    async def close(self) -> None:
        """Stop between two seals, or in one: what is not committed was never signed."""
        if self._task is None:
            return
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def run_once(self) -> int:
        """Seal all that waits; returns how many entries got their place."""
        now, count, state = self._clock(), 0, Sealing()
        async with self._seal.database.transaction() as tx:
            waiting = await waiting_since(tx)
            ids = await log_ids(tx)
        for log_id in ids:
            since = waiting.get(log_id)
            if since is not None and now - since > SEAL_DEADLINE:
                state.overdue.add(log_id)
            if since is None and now - self._heartbeats.get(log_id, now - HEARTBEAT) < HEARTBEAT:
                continue
            try:
                sealed = await self._seal_log(log_id, now)
                if log_id in state.overdue and not sealed:
                    state.stuck.add(log_id)
                count += sealed
            except SealRefused as refusal:
                state.refused[log_id] = refusal.fault
                if self.state.refused.get(log_id) is not refusal.fault:
                    log.warning("seal_refused", log_id=log_id, reason=str(refusal))
        oldest = min(waiting.values(), default=now)
        UNSEALED_SECONDS.set(max(0.0, (now - oldest).total_seconds()))
        SEAL_REFUSED.set(len(state.refused))
        self.state = state
        await tell_of_logs(self._seal.database, state.troubled, now)
        return count

    async def _seal_log(self, log_id: str, now: datetime) -> int:
        await self._patrol.look(log_id)
        count = 0
        while (sealed := await self._sealed(log_id, now)) is not None:
            self._heartbeats[log_id] = now
            count += sealed.count
            if not sealed.is_full:
                break
        return count

    async def _sealed(self, log_id: str, now: datetime) -> Sealed | None:
        with timed(SEAL_SECONDS):
            sealed = await self._seal.run(log_id, now, heartbeat=self._is_silent(log_id, now))
        if sealed is not None:
            SEALED.inc(sealed.count)
        return sealed

    def _is_silent(self, log_id: str, now: datetime) -> bool:
        last = self._heartbeats.get(log_id)
        return last is None or now - last >= HEARTBEAT

    async def _run(self) -> None:
        while True:
            try:
                await self.run_once()
            except Exception as error:  # noqa: BLE001  # the next round tries again
                LOOP_FAILURES.labels("sealer").inc()
                log.warning("round_failed", loop="sealer", error=type(error).__name__)
            await asyncio.sleep(ROUND_SECONDS)
