"""The auditor's loop: some incidents in each round, the urgent ones first, all of them in turn."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from typing import Final

import structlog
from sqlmodel import Session

from app.auditing.faults import OVERDUE_AFTER, PASSING, UNSENT_AFTER, Seen, look
from app.auditing.telling import News, on_record, tell
from app.commands.audit.stored.documents import Documents
from app.installation.installation import Installation
from app.store.audit.verification import StoredChain, read_these
from app.store.auditing.choosing import Chosen, Place, choose, seen_entry, unsent_of
from app.store.auditing.faults import Found
from app.store.watch.lease import release_lease, take_lease
from app.telemetry import AUDIT_SECONDS, AUDITED, LOOP_FAILURES, timed

ROUND_SECONDS: Final = 5
# Of each kind of those that are chosen.
AT_ONCE: Final = 40
# No transaction lasts longer, so that what is older has all been seen.
SETTLED_AFTER: Final = timedelta(seconds=60)
LEASE: Final = "audit"

log = structlog.get_logger()


class Auditor:
    """Looks at incidents that others decide; one process of all that share a database."""

    def __init__(self, installation: Installation) -> None:
        """Start with `start`."""
        self._installation = installation
        self._holder = installation.new_id()
        self._place = Place()
        self._fault_place = ""
        # Faults of time that were seen in the last round; the next one makes sure.
        self._suspected: set[tuple[str, str]] = set()
        self._documents = Documents()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._run(), name="auditor")

    async def close(self) -> None:
        """Stop; what was not written down yet will be found again."""
        if self._task is None:
            return
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        if self._installation.database.is_shared:
            async with self._installation.database.transaction() as tx:
                await release_lease(tx, self._holder, name=LEASE)

    async def run_once(self) -> int:
        """One round; returns how many incidents were looked at."""
        if not await self._hold():
            self._suspected.clear()
            return 0
        with timed(AUDIT_SECONDS):
            return await self._round()

    async def _round(self) -> int:
        database, now = self._installation.database, self._installation.clock()
        chosen = await database.read(
            partial(
                choose,
                place=self._place,
                fault_place=self._fault_place,
                overdue=now - OVERDUE_AFTER,
                unsent=now - UNSENT_AFTER,
                settled=now - SETTLED_AFTER,
                limit=AT_ONCE,
            )
        )
        seen: list[Seen] = []
        for first in range(0, len(chosen.incident_ids), AT_ONCE):
            ids = chosen.incident_ids[first : first + AT_ONCE]
            chains, unsent = await database.read(partial(self._read, ids=ids))
            now = self._installation.clock()
            # Hashing is work: on a thread, so that emergencies go on meanwhile.
            seen += await asyncio.to_thread(look, chains, unsent, now, self._documents)
        await self._tell(chosen, seen)
        self._place, self._fault_place = chosen.place, chosen.fault_place
        AUDITED.inc(len(seen))
        return len(seen)

    def _read(
        self, session: Session, ids: Sequence[str]
    ) -> tuple[Sequence[StoredChain], frozenset[str]]:
        before = self._installation.clock() - UNSENT_AFTER
        return read_these(session, ids), unsent_of(session, ids, before)

    async def _tell(self, chosen: Chosen, seen: Sequence[Seen]) -> None:
        database = self._installation.database
        found = list(self._sure(seen))
        there = {(one.incident_id, one.fault) for one in found}
        suspected = self._suspected
        progress = await database.read(seen_entry)
        async with database.transaction() as tx:
            known = await on_record(tx, seen)
            looked_at = {one.incident_id for one in seen}
            news = News(
                found=[one for one in found if (one.incident_id, one.fault) not in known],
                well=sorted(known - there - suspected),
                entry_id=chosen.entry_id,
            )
            assert {one for one, _ in known} <= looked_at, "only of those that were looked at"
            if news.found or news.well or news.entry_id != progress:
                await tell(tx, self._installation, news, self._installation.clock())

    def _sure(self, seen: Sequence[Seen]) -> Iterator[Found]:
        """What is wrong for certain; faults of time only when they were seen before too."""
        before, self._suspected = self._suspected, set()
        for one in seen:
            for fault, detail in one.faults.items():
                key = (one.incident_id, fault.value)
                if fault in PASSING:
                    self._suspected.add(key)
                    if key not in before:
                        continue
                yield Found(
                    incident_id=one.incident_id,
                    fault=fault.value,
                    municipality_id=one.municipality_id,
                    detail=detail,
                )

    async def _hold(self) -> bool:
        """Whether this process audits; the only one that serves a file always does."""
        database = self._installation.database
        if not database.is_shared:
            return True
        async with database.transaction() as tx:
            return await take_lease(tx, self._holder, self._installation.clock(), name=LEASE)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(ROUND_SECONDS)
            try:
                await self.run_once()
            except Exception as error:  # noqa: BLE001  # the next round tries again
                LOOP_FAILURES.labels("auditor").inc()
                log.warning("round_failed", loop="auditor", error=type(error).__name__)


@asynccontextmanager
async def auditing(installation: Installation) -> AsyncIterator[None]:
    """Audit meanwhile."""
    auditor = Auditor(installation)
    auditor.start()
    try:
        yield
    finally:
        await auditor.close()
