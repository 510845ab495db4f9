"""The metronome: APScheduler says when, the database says what. Nothing else knows APScheduler.

An exact wake-up for the next due instant, and a sweep each second that finds whatever the exact
one missed: another node's incidents, a clock that was set, a process that died.
"""

import asyncio
from datetime import datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from app.engine.contact_checks import ask_contact_points
from app.engine.dispatcher import Dispatcher
from app.engine.timing import Wake
from app.installation.answer import KEPT_FOR
from app.installation.installation import Installation
from app.store.idempotency import forget_answers
from app.store.outbox import due_incidents, next_due
from app.telemetry import LOOP_FAILURES, OVERDUE
from app.watch.watch import Watch
from app.writer.writer import Writer

SWEEP_SECONDS = 1
RETENTION_SECONDS = 600
CHECKS_SECONDS = 60
WAKE_MAX = 500
# Beyond this the next sweep goes on: a surge must not hold up the outbox.
ROUNDS_MAX = 1_000
# APScheduler's defaults lose jobs that are a second late; ours run whenever they can.
NEVER_LOSE = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}

log = structlog.get_logger()


class Scheduler:
    """Wakes incidents and the outbox when they are due."""

    def __init__(
        self, installation: Installation, writer: Writer, dispatcher: Dispatcher, watch: Watch
    ) -> None:
        """Start with `start`."""
        self._installation = installation
        self._writer = writer
        self._dispatcher = dispatcher
        self._watch = watch
        self._metronome = AsyncIOScheduler(timezone="UTC")
        self._ring = asyncio.Event()
        self._armed_at: datetime | None = None
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self.last_round_at: datetime | None = None

    def start(self) -> None:
        """Begin to tick."""
        self._metronome.add_job(
            self._tick, IntervalTrigger(seconds=SWEEP_SECONDS), id="sweep", **NEVER_LOSE
        )
        self._metronome.add_job(
            self._retain, IntervalTrigger(seconds=RETENTION_SECONDS), id="retention", **NEVER_LOSE
        )
        # What is due by night too is the database's to say: no job of a day could be missed.
        self._metronome.add_job(
            self._watch.ring, IntervalTrigger(seconds=SWEEP_SECONDS), id="watch", **NEVER_LOSE
        )
        self._metronome.add_job(
            self._check_contacts,
            IntervalTrigger(seconds=CHECKS_SECONDS),
            id="contact_checks",
            **NEVER_LOSE,
        )
        self._metronome.start()
        self._task = asyncio.create_task(self._run(), name="scheduler")
        self._ring.set()

    def arm(self, at: datetime) -> None:
        """Wake up at `at`, unless an earlier wake-up is armed."""
        if self._closing or (self._armed_at is not None and self._armed_at <= at):
            return
        self._armed_at = at
        self._metronome.add_job(
            self._tick, DateTrigger(at), id="wake", replace_existing=True, **NEVER_LOSE
        )

    async def run_once(self) -> int:
        """Wake everything that is due now, and refill the dispatcher; returns how many woke.

        Every incident advances by one step at the most: what it does next is due later.
        """
        now = self._installation.clock()
        if self._armed_at is not None and self._armed_at <= now:
            self._armed_at = None
        woken = 0
        # What was woken and is due all the same: another node is at it, or it cannot be woken.
        # It must not hide the others, who come after it.
        tried: set[str] = set()
        stuck = 0
        for _ in range(ROUNDS_MAX):
            async with self._installation.database.transaction() as tx:
                due = await due_incidents(tx, now, WAKE_MAX + stuck)
            OVERDUE.set(len(due))
            ids = [incident_id for incident_id in due if incident_id not in tried]
            await asyncio.gather(*(self._wake(incident_id) for incident_id in ids))
            woken += len(ids)
            if len(due) < WAKE_MAX + stuck:
                break
            tried, stuck = set(due), len(due) - len(ids)
        await self._dispatcher.run_once()
        await self._arm_next(now)
        self.last_round_at = self._installation.clock()
        return woken

    async def close(self) -> None:
        """Finish the round that runs, then stop ticking."""
        self._closing = True
        self._ring.set()
        if self._task:
            await self._task
        if self._metronome.running:
            self._metronome.shutdown(wait=False)

    async def _tick(self) -> None:
        # Returns at once: a job that still runs when it is due again would be lost.
        self._ring.set()

    async def _run(self) -> None:
        while not self._closing:
            await self._ring.wait()
            self._ring.clear()
            try:
                await self.run_once()
            except Exception as error:  # noqa: BLE001  # the next tick tries again
                LOOP_FAILURES.labels("scheduler").inc()
                log.warning("round_failed", error=type(error).__name__)

    async def _wake(self, incident_id: str) -> None:
        try:
            await self._writer.submit(Wake(incident_id=incident_id))
        except Exception as error:  # noqa: BLE001  # one must not hold up the others
            LOOP_FAILURES.labels("wake").inc()
            log.warning("wake_failed", incident_id=incident_id, error=type(error).__name__)

    async def _arm_next(self, begun: datetime) -> None:
        """Arm what falls due next; at once what has, while the round that began then was running.

        What was due before it and still is waits for the sweep, so that a failing one cannot spin.
        """
        async with self._installation.database.transaction() as tx:
            wake_at, due_at = await next_due(tx, after=begun)
        soonest = min((at for at in (wake_at, due_at) if at), default=None)
        now = self._installation.clock()
        if soonest is None or soonest - now >= timedelta(days=1):
            return
        if soonest <= now:
            self._ring.set()
        else:
            self.arm(soonest)

    async def _check_contacts(self) -> None:
        try:
            await ask_contact_points(self._installation)
        except Exception as error:  # noqa: BLE001  # the next minute tries again
            LOOP_FAILURES.labels("contact_checks").inc()
            log.warning("contact_checks_failed", error=type(error).__name__)

    async def _retain(self) -> None:
        async with self._installation.database.transaction() as tx:
            await forget_answers(tx, self._installation.clock() - KEPT_FOR)
