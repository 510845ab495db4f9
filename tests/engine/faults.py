"""A database that fails as it is told, and a channel that waits until it may send."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import NoReturn, TypeVar

from sqlmodel import Session

from app.channels.channel import Channel, Message
from app.channels.channel import Result as Sending
from app.database import Database, DatabaseUnavailable, Row, Transaction

Result = TypeVar("Result")
WRITE = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+(\w+)")
COMMIT = "commit"


class Moment(Enum):
    """When the failure is told."""

    FAILED = auto()  # the write did not happen
    PERSISTED = auto()  # it did, and nobody knows


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One failure: at the first write of a transaction to `write`, a table or `commit`."""

    write: str
    moment: Moment = Moment.FAILED
    # How many such writes go well before.
    after: int = 0
    error: type[Exception] = DatabaseUnavailable

    def raise_(self) -> NoReturn:
        """Fail."""
        raise self.error(f"{self.write} {self.moment.name}")


@dataclass
class FaultyDatabase:
    """A database whose next transactions fail by `plan`, one fault each, in order."""

    inner: Database
    name: str
    is_shared: bool
    plan: list[Fault] = field(default_factory=list)
    # The tables that transactions wrote to, transaction by transaction; how many committed.
    written: list[list[str]] = field(default_factory=list)
    happened: list[Fault] = field(default_factory=list)

    @classmethod
    def around(cls, inner: Database) -> "FaultyDatabase":
        """A database that does not fail yet."""
        return cls(inner, inner.name, inner.is_shared)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """The inner database's, unless the next fault says otherwise."""
        persisted: Fault | None = None
        async with self.inner.transaction() as tx:
            faulty = FaultyTransaction(self, tx)
            self.written.append(faulty.tables)
            yield faulty
            # Reading transactions are let pass: the next one that writes is meant.
            fault = self.take(COMMIT) if faulty.tables else None
            if fault and fault.moment is Moment.FAILED:
                fault.raise_()
            persisted = fault
        if persisted:
            persisted.raise_()

    def take(self, write: str) -> Fault | None:
        """The next fault, if it is one of this write."""
        if not self.plan or self.plan[0].write != write:
            return None
        if self.plan[0].after:
            self.plan[0] = replace(self.plan[0], after=self.plan[0].after - 1)
            return None
        self.happened.append(self.plan[0])
        return self.plan.pop(0)

    async def write(self, work: Callable[[Session], Result]) -> Result:
        """The inner database's: rare writes have tests of their own."""
        return await self.inner.write(work)

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


class FaultyTransaction:
    """One transaction of a faulty database."""

    def __init__(self, database: FaultyDatabase, inner: Transaction) -> None:
        self._database = database
        self._inner = inner
        self.vault = inner.vault
        self.tables: list[str] = []

    async def fetch(self, sql: str, *params: object) -> Sequence[Row]:
        """Run a statement and return its rows."""
        fault = self._before(sql)
        found = await self._inner.fetch(sql, *params)
        if fault:
            fault.raise_()
        return found

    async def execute(self, sql: str, *params: object) -> int:
        """Run a statement and return how many rows it changed."""
        fault = self._before(sql)
        count = await self._inner.execute(sql, *params)
        if fault:
            fault.raise_()
        return count

    async def execute_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Run a statement once per row of parameters."""
        fault = self._before(sql)
        await self._inner.execute_many(sql, rows)
        if fault:
            fault.raise_()

    def _before(self, sql: str) -> Fault | None:
        """Fail before the statement; or the fault that is told after it."""
        found = WRITE.match(sql)
        if found is None:
            return None
        self.tables.append(found[1])
        fault = self._database.take(found[1])
        if fault and fault.moment is Moment.FAILED:
            fault.raise_()
        return fault


@dataclass
class GatedChannel:
    """A channel that sends only while the gate is open."""

    inner: Channel
    gate: asyncio.Event

    @property
    def name(self) -> str:
        return self.inner.name

    async def send(self, message: Message) -> Sending:
        """Wait for the gate, then send."""
        await self.gate.wait()
        return await self.inner.send(message)

    def check_address(self, address: str) -> str:
        """The inner channel's."""
        return self.inner.check_address(address)

    async def check_destination(self, address: str) -> str:
        """The inner channel's."""
        return await self.inner.check_destination(address)

    async def close(self) -> None:
        """Close the inner channel."""
        await self.inner.close()
