"""The sealer's loop: what was appended is sealed within a second or two, log by log."""

import asyncio
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from app.clock import Clock
from app.database import DatabaseError
from app.ledger.seal import SealFault, SealRefused
from app.sealing.alarm import OVERDUE, tell_of_logs
from app.sealing.patrol import Patrol
from app.sealing.seal import Seal, Sealed
from app.store.sealing.log import SignedRoot, newest_roots, waiting_since
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
    # Since when the entry waits that waits longest.
    oldest: datetime | None = None

    @property
    def troubled(self) -> dict[str, str]:
        """The logs of which somebody must be told, and why."""
        return dict.fromkeys(self.stuck, OVERDUE) | {
            log_id: fault.value for log_id, fault in self.refused.items()
        }


class Sealer:
    """Seals every log that has something to seal; one in trouble holds up no other."""

    def __init__(self, seal: Seal, clock: Clock) -> None:
        """Start with `start`."""
        self.seal = seal
        self._clock = clock
        self._patrol = Patrol(seal.database)
        self._task: asyncio.Task[None] | None = None
        # What is kept here of each log, whichever node signed it.
        self._kept: dict[str, SignedRoot] = {}
        self._patrolled = ""
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
        now = self._clock()
        try:
            return await self._round(now)
        finally:
            # Whatever failed: what has waited before waits still.
            waited = now - (self.state.oldest or now)
            UNSEALED_SECONDS.set(max(0.0, waited.total_seconds()))
            SEAL_REFUSED.set(len(self.state.troubled))

    async def _round(self, now: datetime) -> int:
        async with self.seal.database.transaction() as tx:
            waiting = await waiting_since(tx)
            logs = await newest_roots(tx)
        count, quiet, state = 0, list[str](), Sealing(oldest=min(waiting.values(), default=None))
        for log_id, newest in logs.items():
            since = waiting.get(log_id)
            if since is None and not self._needs_look(log_id, newest, now):
                quiet.append(log_id)
                continue
            sealed = await self._attempt(state, log_id, self._seal_log(log_id, now))
            count += sealed
            if since is not None and now - since > SEAL_DEADLINE:
                state.overdue.add(log_id)
                if not sealed:
                    state.stuck.add(log_id)
        await self._patrol_one(state, quiet)
        self.state = state
        await tell_of_logs(self.seal.database, state.troubled, now)
        return count

    def _needs_look(self, log_id: str, newest: SignedRoot | None, now: datetime) -> bool:
        """Whether something is to be done in a log in which nothing waits."""
        is_new = self._kept.get(log_id) != newest
        return is_new or self._is_silent(log_id, now) or log_id in self.state.refused

    async def _patrol_one(self, state: Sealing, quiet: Sequence[str]) -> None:
        """Look at one of the logs in which nothing happens, in turn: so much each round."""
        if quiet:
            later = (log_id for log_id in quiet if log_id > self._patrolled)
            self._patrolled = next(later, quiet[0])
            await self._attempt(state, self._patrolled, self._patrol.look(self._patrolled))

    async def _attempt(self, state: Sealing, log_id: str, work: Awaitable[int | None]) -> int:
        """Do something in one log; whatever becomes of it, the others go on."""
        try:
            return await work or 0
        except SealRefused as refusal:
            self._refuse(state, log_id, refusal.fault, str(refusal))
        except DatabaseError as error:
            # Not the log's fault, and over soon; if not, its entries are told to be overdue.
            LOOP_FAILURES.labels("sealer").inc()
            log.warning("round_failed", loop="sealer", error=type(error).__name__)
        except Exception as error:  # noqa: BLE001  # nobody foresaw it
            self._refuse(state, log_id, SealFault.FAILED, f"failed: {type(error).__name__}")
        return 0

    def _refuse(self, state: Sealing, log_id: str, fault: SealFault, reason: str) -> None:
        state.refused[log_id] = fault
        if self.state.refused.get(log_id) is not fault:
            log.warning("seal_refused", log_id=log_id, reason=reason)

    async def _seal_log(self, log_id: str, now: datetime) -> int:
        await self._patrol.look(log_id)
        count = 0
        while (sealed := await self._sealed(log_id, now)) is not None:
            assert sealed.head.signed_at is not None, "it was signed"
            self._kept[log_id] = (sealed.head.root, sealed.head.signed_at)
            count += sealed.count
            if not sealed.is_full:
                break
        return count

    async def _sealed(self, log_id: str, now: datetime) -> Sealed | None:
        with timed(SEAL_SECONDS):
            sealed = await self.seal.run(log_id, now, heartbeat=self._is_silent(log_id, now))
        if sealed is not None:
            SEALED.inc(sealed.count)
        return sealed

    def _is_silent(self, log_id: str, now: datetime) -> bool:
        last = self._kept.get(log_id)
        return last is None or now - last[1] >= HEARTBEAT

    async def _run(self) -> None:
        while True:
            try:
                await self.run_once()
            except Exception as error:  # noqa: BLE001  # the next round tries again
                LOOP_FAILURES.labels("sealer").inc()
                log.warning("round_failed", loop="sealer", error=type(error).__name__)
            await asyncio.sleep(ROUND_SECONDS)
