"""A process that kills itself at a chosen moment of its transactions, as a power cut would.

Moments are counted from when it is armed: one before each statement, one before each commit and
one after it. What lies between two of them changes nothing that another process can see, so who
has died at every moment has died everywhere.
"""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import event
from sqlmodel import Session

from app.database import Database, Row, Transaction
from app.sealing.kept import KeptHeads
from app.vault import Vault
from tests.engine.databases import Place
from tests.engine.node import Node, running_node
from tests.engine.town import Town
from tests.sealing.conftest import sealer_over

Result = TypeVar("Result")
# So long others may see it stand in the middle of its transaction.
LAST_BREATH_SECONDS: Final = 0.02
JOIN_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Death:
    """What to do, and at which moment of it to die; pickled on its way to the process."""

    place: Place
    sink_url: str
    # Where the published heads are kept.
    heads: Path
    log_id: str
    # One of WORKS.
    work: str
    moment: int


@dataclass
class DyingDatabase:
    """A database in whose transactions the process dies at the moment `at`."""

    inner: Database
    name: str
    is_shared: bool
    at: int
    said: Connection
    is_armed: bool = False
    moments: int = 0

    def tick(self) -> None:
        """One more moment; perhaps the last one."""
        if not self.is_armed:
            return
        self.moments += 1
        if self.moments == self.at:
            self.said.send_bytes(b"dying")
            signal.sigtimedwait([], LAST_BREATH_SECONDS)
            os.kill(os.getpid(), signal.SIGKILL)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """The inner database's, moment by moment."""
        async with self.inner.transaction() as tx:
            yield _DyingTransaction(self, tx)
            self.tick()
        self.tick()

    async def write(self, work: Callable[[Session], Result]) -> Result:
        """The inner database's, moment by moment."""

        def dying(session: Session) -> Result:
            event.listen(session.connection(), "before_cursor_execute", lambda *_: self.tick())
            result = work(session)
            session.flush()
            self.tick()
            return result

        result = await self.inner.write(dying)
        self.tick()
        return result

    async def read(self, work: Callable[[Session], Result]) -> Result:
        """The inner database's."""
        return await self.inner.read(work)

    async def scrub(self, *, whole: bool = False) -> None:
        """The inner database's."""
        await self.inner.scrub(whole=whole)

    async def clock_skew_seconds(self, now_ms: int) -> float:
        """The inner database's."""
        return await self.inner.clock_skew_seconds(now_ms)

    async def version(self) -> str:
        """The inner database's."""
        return await self.inner.version()

    async def close(self) -> None:
        """Close the inner database."""
        await self.inner.close()


@dataclass
class _DyingTransaction:
    database: DyingDatabase
    inner: Transaction

    @property
    def vault(self) -> Vault:
        return self.inner.vault

    async def fetch(self, sql: str, *params: object) -> Sequence[Row]:
        self.database.tick()
        return await self.inner.fetch(sql, *params)

    async def execute(self, sql: str, *params: object) -> int:
        self.database.tick()
        return await self.inner.execute(sql, *params)

    async def execute_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        self.database.tick()
        await self.inner.execute_many(sql, rows)


@dataclass
class Scene:
    """Where the process lives and dies."""

    node: Node
    town: Town
    database: DyingDatabase
    heads: Path
    incident_id: str = ""


async def report(scene: Scene) -> None:
    """An incident is opened, and its messages are sent."""
    made = await scene.town.opened(summary="転倒")
    scene.incident_id = made["id"]
    await scene.node.engine.dispatcher.drain()


async def answer(scene: Scene) -> None:
    """Who was paged takes it."""
    await scene.town.acted(scene.incident_id, "acknowledge", "first_nurse")
    await scene.node.engine.dispatcher.drain()


async def report_alone(scene: Scene) -> None:
    """As `report`; those of victims before are taken, or there would be ever more to do."""
    for one in (await scene.town.get("/v1/incidents?status=triggered&limit=200"))["items"]:
        await scene.town.acted(one["id"], "acknowledge", "first_nurse")
    await report(scene)


async def wait(scene: Scene) -> None:
    """Nobody answers; the next step begins."""
    scene.node.clock.push(seconds=200)
    await scene.node.round()


async def erase(scene: Scene) -> None:
    """A disclosure is erased, which an entry tells."""
    chosen = {"ground": "requested", "disclosures": [{"seq": 0, "name": "summary"}]}
    await scene.town.make(f"/v1/incidents/{scene.incident_id}/erase", chosen)


async def hand_on(scene: Scene) -> None:
    """The log is exported, which an entry of its own chain tells."""
    path = f"/v1/ledgers/{scene.town['municipality']}/export"
    response = await scene.town.call("POST", path)
    assert response.status_code == 200, response.text


async def seal(scene: Scene) -> None:
    """What waits gets its place."""
    kept = KeptHeads(scene.heads)
    await sealer_over(scene.database, scene.node.clock, kept).run_once()


async def report_and_seal(scene: Scene) -> None:
    """A log that may be handed on."""
    await report(scene)
    await seal(scene)


Part = Callable[[Scene], Awaitable[None]]
# What is done before, and what the process dies of.
WORKS: Final[Mapping[str, tuple[Part | None, Part]]] = {
    "report": (None, report),
    "answer": (report, answer),
    "timer": (report_alone, wait),
    "erase": (report, erase),
    "export": (report_and_seal, hand_on),
    "seal": (report, seal),
}


class Victim:
    """The process that dies, or ends well because its work has fewer moments than that."""

    def __init__(self, death: Death) -> None:
        """Start it: a fork of a process that has imported everything already."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__])
        self._heard, said = context.Pipe(duplex=False)
        self._process = context.Process(target=_live, args=(death, said))
        self._process.start()
        said.close()

    async def is_dying(self) -> bool:
        """Wait for its last breath; False if it ended well."""
        try:
            return await asyncio.to_thread(self._heard.recv_bytes) == b"dying"
        except EOFError:
            return False

    async def ended(self) -> int:
        """How it ended: minus the signal, or its exit code."""
        await asyncio.to_thread(self._process.join, JOIN_SECONDS)
        code = self._process.exitcode
        assert code is not None, "it neither died nor ended"
        self._process.close()
        self._heard.close()
        return code


def _live(death: Death, said: Connection) -> None:
    asyncio.run(_work(death, said))


async def _work(death: Death, said: Connection) -> None:
    opened: list[DyingDatabase] = []

    def wrap(database: Database) -> Database:
        dying = DyingDatabase(database, database.name, database.is_shared, death.moment, said)
        opened.append(dying)
        return dying

    async with running_node(death.place.url, wrap_database=wrap) as node:
        (database,) = opened
        town = Town(node.http, death.sink_url, dict(death.place.ids), dict(death.place.keys))
        prepare, work = WORKS[death.work]
        scene = Scene(node, town, database, death.heads)
        if prepare is not None:
            await prepare(scene)
        database.is_armed = True
        await work(scene)
        database.is_armed = False
