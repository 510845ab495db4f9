"""The loop: what changed is looked at at once, everything each night, and the coordinators told."""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from app.database import Transaction
from app.escalation.network import JAPAN
from app.installation.installation import Installation
from app.store.watch.lease import keep_lease, release_lease, take_lease
from app.store.watch.marks import PUBLICATIONS, Mark, delete_marks, read_marks, watches_of
from app.store.watch.problems import count_with_problems, roll_problems
from app.store.watch.subjects import adopt, adopt_all, due_watches
from app.store.watch.telling import is_anything_to_tell
from app.telemetry import (
    COVER_MARK_SECONDS,
    LOOP_FAILURES,
    PROTOCOLS_WITH_PROBLEMS,
)
from app.watch.news import ENDING_WITHIN, tell
from app.watch.reading import Parties, rules_now
from app.watch.recheck import LeaseLost, recheck

NIGHTLY_AT: Final = timedelta(hours=3, minutes=30)
MARKS_MAX: Final = 1_000
# Few at once: other writers wait for a chunk's transactions, and a change for the chunk of a night.
CHUNK: Final = 10
ROLLED_MAX: Final = 200
TIDY_EVERY: Final = timedelta(minutes=1)
PROBLEMS_WITHIN: Final = timedelta(days=30)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What there is to do."""

    marks: Sequence[Mark]
    due: Sequence[str]
    has_news: bool


class Watch:
    """Proves what changed, tells who must know; one process of all that share a database."""

    def __init__(
        self, installation: Installation, has_told: Callable[[], None] = lambda: None
    ) -> None:
        """Start with `start`, then `ring` from time to time; `has_told`: messages wait."""
        self._installation = installation
        self._has_told = has_told
        self._holder = installation.new_id()
        self._rules = rules_now()
        self._ring = asyncio.Event()
        self._turn = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self._adopted_for: datetime | None = None
        self._tidied_at: datetime | None = None
        # The oldest mark that was seen and is still there: since when (monotonic seconds).
        self._waiting: tuple[int, float] | None = None
        COVER_MARK_SECONDS.set_function(self._waited_seconds)

    def start(self) -> None:
        """Begin to watch."""
        self._task = asyncio.create_task(self._run(), name="watch")

    async def ring(self) -> None:
        """Look now whether there is anything to do; returns at once."""
        self._ring.set()

    async def close(self) -> None:
        """Finish what is being looked at, then end; the rest stays marked."""
        self._closing = True
        self._ring.set()
        if self._task:
            await self._task

    async def run_once(self) -> int:
        """Do all that there is to do now; how many protocols were looked at."""
        async with self._turn:
            return await self._rounds()

    async def _rounds(self) -> int:
        looked_at = 0
        parties = Parties()
        is_holding = False
        while not self._closing:
            work = await self._work()
            if not (work.marks or work.due or work.has_news):
                break
            is_holding = is_holding or await self._hold()
            if not is_holding:
                return looked_at
            if work.marks:
                # What was loaded before the change may be outdated.
                parties = Parties()
            looked_at += await self._round(work, parties)
        if is_holding:
            async with self._installation.database.transaction() as tx:
                await release_lease(tx, self._holder)
        return looked_at

    async def _run(self) -> None:
        while not self._closing:
            await self._ring.wait()
            self._ring.clear()
            try:
                await self.run_once()
            except LeaseLost:
                log.warning("watch_lease_lost")
            except Exception as error:  # noqa: BLE001  # the marks are still there: next time
                LOOP_FAILURES.labels("watch").inc()
                log.warning("watch_failed", error=type(error).__name__)

    async def _work(self) -> _Work:
        now = self._installation.clock()
        night = last_night(now)
        async with self._installation.database.transaction() as tx:
            if self._adopted_for != night:
                await adopt_all(tx)
            marks = await read_marks(tx, MARKS_MAX)
            due = () if marks else await due_watches(tx, night, CHUNK)
            has_news = not (marks or due) and await self._tidy(tx, now)
        self._adopted_for = night
        self._wait_for(marks)
        return _Work(marks=marks, due=due, has_news=has_news)

    async def _tidy(self, tx: Transaction, now: datetime) -> bool:
        """From time to time: let pass what has passed; whether there is anything to tell."""
        if self._tidied_at is not None and now - self._tidied_at < TIDY_EVERY:
            return False
        is_all = await roll_problems(tx, now, ROLLED_MAX) < ROLLED_MAX
        self._tidied_at = now if is_all else None
        PROTOCOLS_WITH_PROBLEMS.set(await count_with_problems(tx, now + PROBLEMS_WITHIN))
        return await is_anything_to_tell(tx, now + ENDING_WITHIN)

    async def _hold(self) -> bool:
        async with self._installation.database.transaction() as tx:
            return await take_lease(tx, self._holder, self._installation.clock())

    async def _round(self, work: _Work, parties: Parties) -> int:
        """Look at what the marks touch, or at some of what is due, and tell what came of it."""
        touched = await self._touched(work.marks)
        watch_ids = sorted({one for ids in touched.values() for one in ids}) or work.due
        for at in range(0, len(watch_ids), CHUNK):
            if self._closing:
                return at
            await recheck(
                self._installation, self._holder, watch_ids[at : at + CHUNK], parties, self._rules
            )
        if work.marks or work.has_news:
            await self._tell(work.marks, touched)
        # What was found is to be counted, and what ends soon to be told.
        self._tidied_at = None
        return len(watch_ids)

    async def _touched(self, marks: Sequence[Mark]) -> Mapping[Mark, Collection[str]]:
        """Which watched protocols each change touches; new ones are watched from now on."""
        if not marks:
            return {}
        own = {mark: mark.watch_id for mark in marks}
        async with self._installation.database.transaction() as tx:
            await adopt(tx, sorted({mark.subject for mark, one in own.items() if one}))
            parties = {mark.subject for mark in marks if mark.what not in PUBLICATIONS}
            resting = await watches_of(tx, sorted(parties))
        return {
            mark: resting.get(mark.subject, set()) | ({one} if one else set())
            for mark, one in own.items()
        }

    async def _tell(self, marks: Sequence[Mark], touched: Mapping[Mark, Collection[str]]) -> None:
        """Tell, and forget the marks, in one transaction: neither without the other."""
        now = self._installation.clock()
        async with self._installation.database.transaction() as tx:
            if not await keep_lease(tx, self._holder, now):
                raise LeaseLost(LeaseLost.__doc__)
            told = await tell(tx, self._installation, now, touched)
            await delete_marks(tx, marks)
        if told:
            self._has_told()

    def _wait_for(self, marks: Sequence[Mark]) -> None:
        oldest = marks[0].id if marks else None
        if oldest is None:
            self._waiting = None
        elif self._waiting is None or self._waiting[0] != oldest:
            self._waiting = (oldest, time.monotonic())

    def _waited_seconds(self) -> float:
        return 0.0 if self._waiting is None else time.monotonic() - self._waiting[1]


def last_night(now: datetime) -> datetime:
    """The last 03:30 of Japan: what was not looked at since then is due."""
    local = now.astimezone(JAPAN)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    tonight = midnight + NIGHTLY_AT
    return tonight if tonight <= local else tonight - timedelta(days=1)
