"""Reading a database that a server may be writing at this moment, and changing nothing."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol, TypeVar
from urllib.parse import quote

import asyncpg
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool
from sqlmodel import Session

from app.database.connection import DatabaseError, DatabaseUnavailable, Transaction
from app.database.opening import sqlite_path
from app.database.postgresql import PostgresDatabase
from app.database.sqlite import SqliteTransaction
from app.vault import Vault

Result = TypeVar("Result")


class Reader(Protocol):
    """What can be read; every `Database` is one."""

    async def read(self, work: Callable[[Session], Result]) -> Result:
        """Run `work` on one consistent snapshot; what it changes is thrown away."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """For written SQL that reads."""
        ...


@asynccontextmanager
async def open_reader(url: str, vault: Vault) -> AsyncIterator[Reader]:
    """Open a database only for reading, beside whoever serves it.

    A SQLite file is opened in SQLite's read-only mode and is not locked; each `read` sees one
    snapshot, so a writer goes on meanwhile.

    Raises:
        DatabaseUnavailable: there is none, or it cannot be reached.
        DatabaseError: while reading: it is damaged, or its schema is another.
    """
    path = sqlite_path(url)
    if path is not None:
        yield _Translating(_SqliteReader(path, vault))
        return
    try:
        database = await PostgresDatabase.connect(url, vault)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError) as error:
        raise DatabaseUnavailable(f"{type(error).__name__}: {error}") from error
    try:
        yield _Translating(database)
    finally:
        await database.close()


class _Translating:
    """Errors of drivers leave as ours."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def read(self, work: Callable[[Session], Result]) -> Result:
        try:
            return await self._reader.read(work)
        except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise DatabaseError(f"{type(error).__name__}: {error}") from error

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        try:
            async with self._reader.transaction() as tx:
                yield tx
        except (sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise DatabaseError(f"{type(error).__name__}: {error}") from error


class _SqliteReader:
    """A file opened for each look, so that no old snapshot keeps the writer's log from ending."""

    def __init__(self, path: Path, vault: Vault) -> None:
        if not path.is_file():
            raise DatabaseUnavailable(f"There is no file {path.name}.")
        self._path, self._vault = path, vault
        self._engine = _reading_engine(path)

    async def read(self, work: Callable[[Session], Result]) -> Result:
        return await asyncio.to_thread(self._look, work)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        with ThreadPoolExecutor(1, thread_name_prefix="reader") as thread:
            connection = thread.submit(_reading_connection, self._path).result()
            thread.submit(connection.execute, "BEGIN").result()
            try:
                yield SqliteTransaction(connection, thread, self._vault)
            finally:
                thread.submit(connection.close).result()

    def _look(self, work: Callable[[Session], Result]) -> Result:
        with Session(self._engine, expire_on_commit=False, info={"vault": self._vault}) as session:
            return work(session)


def _reading_connection(path: Path) -> sqlite3.Connection:
    address = f"file:{quote(str(path.absolute()))}?mode=ro"
    connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA query_only=ON")
    connection.execute("PRAGMA busy_timeout=5000")
    return connection


def _reading_engine(path: Path) -> Engine:
    engine = create_engine(
        "sqlite://", creator=lambda: _reading_connection(path), poolclass=NullPool
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: object) -> None:
        connection.exec_driver_sql("BEGIN")  # type: ignore[attr-defined]  # untyped event

    return engine
