"""PostgreSQL through asyncpg: any number of nodes on one database."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any, TypeVar

import asyncpg
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import Session
from sqlmodel.ext.asyncio.session import AsyncSession

from app.database.connection import (
    CommitUnknownError,
    ConstraintError,
    DatabaseError,
    DatabaseUnavailable,
    Row,
)
from app.vault import Vault

# asyncpg has no type annotations of its own.
Connection = Any
DriverTransaction = Any
Pool = Any

Result = TypeVar("Result")
# What a connection that breaks may raise; an InternalClientError is one that broke unnoticed.
BROKEN = (asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
CONNECTIONS = 4
COMMAND_TIMEOUT_SECONDS = 30
CONNECT_TIMEOUT_SECONDS = 10
SESSION = {
    "application_name": "renrakumo",
    "timezone": "UTC",
    "lock_timeout": "5s",
    "statement_timeout": "30s",
    # A frozen node must not hold incidents for longer than a lease.
    "idle_in_transaction_session_timeout": "5s",
    # A vanished host frees its locks within half a minute.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}


class PostgresTransaction:
    """Statements of one transaction on one connection."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """A transaction that has begun on `connection`."""
        self.vault = vault
        self._connection = connection

    async def fetch(self, sql: str, *params: object) -> Sequence[Row]:
        """Run a statement and return its rows."""
        with _translated():
            rows: Sequence[Row] = await self._connection.fetch(sql, *params)
            return rows

    async def execute(self, sql: str, *params: object) -> int:
        """Run a statement and return how many rows it changed."""
        with _translated():
            status: str = await self._connection.execute(sql, *params)
            return int(status.rpartition(" ")[2])

    async def execute_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Run a statement once per row of parameters, pipelined."""
        with _translated():
            await self._connection.executemany(sql, rows)


class PostgresDatabase:
    """A PostgreSQL database; made by `connect`."""

    name = "postgresql"
    is_shared = True

    def __init__(self, pool: Pool, url: str, vault: Vault) -> None:
        """Use `connect`, which opens the pool."""
        self._pool = pool
        self._vault = vault
        self._engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=partial(
                asyncpg.connect,
                url,
                timeout=CONNECT_TIMEOUT_SECONDS,
                command_timeout=COMMAND_TIMEOUT_SECONDS,
                server_settings=SESSION,
            ),
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_pre_ping=True,
            # The text of an error must not quote what it was about.
            hide_parameters=True,
        )

    @classmethod
    async def connect(cls, url: str, vault: Vault) -> "PostgresDatabase":
        """Open the connections to `url` (`postgresql://…`)."""
        with _translated():
            pool = await asyncpg.create_pool(
                url,
                min_size=1,
                max_size=CONNECTIONS,
                command_timeout=COMMAND_TIMEOUT_SECONDS,
                timeout=CONNECT_TIMEOUT_SECONDS,
                server_settings=SESSION,
            )
        return cls(pool, url, vault)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresTransaction]:
        """A writing transaction: commits when left, rolls back when left by an exception."""
        async with self._connection() as connection:
            transaction = connection.transaction()
            with _translated():
                await transaction.start()
            try:
                yield PostgresTransaction(connection, self._vault)
            except BaseException:
                await _roll_back(transaction)
                raise
            try:
                await transaction.commit()
            except (asyncpg.PostgresError, *BROKEN) as error:
                raise CommitUnknownError(str(error)) from error

    async def write(self, work: Callable[[Session], Result]) -> Result:
        """Run `work` in a writing transaction of its own; committed before this returns."""
        with _translated():
            async with AsyncSession(
                self._engine, expire_on_commit=False, info={"vault": self._vault}
            ) as session:
                # sync_session is SQLModel's own Session: the same functions serve both databases.
                result = await session.run_sync(lambda inner: work(_as_session(inner)))
                await session.commit()
                return result

    async def read(self, work: Callable[[Session], Result]) -> Result:
        """Run `work` on one consistent snapshot."""
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with _translated():
            async with AsyncSession(
                self._engine.execution_options(**options),
                expire_on_commit=False,
                info={"vault": self._vault},
            ) as session:
                return await session.run_sync(lambda inner: work(_as_session(inner)))

    async def scrub(self, *, whole: bool = False) -> None:
        """Nothing: what was deleted goes with the next VACUUM, as the operator has set it up."""

    async def clock_skew_seconds(self, now_ms: int) -> float:
        """Seconds by which `now_ms` is ahead of the database's clock."""
        with _translated():
            theirs: float = await self._pool.fetchval(
                "SELECT extract(epoch FROM clock_timestamp())::float8 * 1000"
            )
        return (now_ms - theirs) / 1000

    async def version(self) -> str:
        """Name and version of the server."""
        with _translated():
            return f"PostgreSQL {await self._pool.fetchval('SHOW server_version')}"

    async def close(self) -> None:
        """Finish what runs, then let go of every connection."""
        await self._pool.close()
        await self._engine.dispose()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        with _translated():
            connection = await self._pool.acquire()
        try:
            yield connection
        finally:
            await asyncio.shield(self._pool.release(connection))


def _as_session(session: object) -> Session:
    assert isinstance(session, Session)
    return session


@contextmanager
def _translated() -> Iterator[None]:
    """Driver errors leave as ours."""
    try:
        yield
    except (asyncpg.IntegrityConstraintViolationError, IntegrityError) as error:
        raise ConstraintError(str(error)) from error
    except (
        asyncpg.PostgresConnectionError,
        asyncpg.CannotConnectNowError,
        asyncpg.TooManyConnectionsError,
        *BROKEN,
    ) as error:
        raise DatabaseUnavailable(f"The database cannot be reached: {error}") from error
    except (asyncpg.PostgresError, DBAPIError) as error:
        raise DatabaseError(str(error)) from error


async def _roll_back(transaction: DriverTransaction) -> None:
    try:
        await transaction.rollback()
    except (asyncpg.PostgresError, *BROKEN):
        # The connection is gone, and with it the transaction.
        return
