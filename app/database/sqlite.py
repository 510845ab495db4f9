"""SQLite: exactly one writing connection on a thread of its own, readers apart.

Two connections that write or checkpoint at once can corrupt a WAL database in SQLite before
3.51.3, and a second process would be one: `FileLock` keeps it out.
"""

import asyncio
import fcntl
import json
import os
import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import QueuePool, StaticPool
from sqlmodel import Session

from app.database.connection import CommitUnknownError, ConstraintError, DatabaseError, Row
from app.vault import Vault

Result = TypeVar("Result")
READERS = 4

_ANY = re.compile(r"= ANY\(\$(\d+)\)")
_LOCKING = re.compile(r"\bFOR ((NO KEY )?UPDATE( SKIP LOCKED)?|KEY SHARE OF \w+)")
_PARAMETER = re.compile(r"\$(\d+)")


class FileInUse(DatabaseError):
    """Another process serves this SQLite file; use PostgreSQL for several processes."""


class FileLock:
    """An operating-system lock beside the file, which dies with the process."""

    def __init__(self, path: Path) -> None:
        """Take the lock.

        Raises:
            FileInUse: another process has it.
        """
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._descriptor)
            raise FileInUse(FileInUse.__doc__) from error

    def release(self) -> None:
        """Let the next process in."""
        os.close(self._descriptor)


def lock_path(path: Path) -> Path:
    """Where the lock of a database file lies."""
    return path.with_name(path.name + ".lock")


@lru_cache(maxsize=512)
def translate(sql: str) -> str:
    """PostgreSQL's dialect, as far as `app/store` uses it, in SQLite's.

    A list parameter becomes JSON; row locks vanish, because there is only one writer.
    """
    sql = _ANY.sub(r"IN (SELECT value FROM json_each(?\1))", sql)
    return _PARAMETER.sub(r"?\1", _LOCKING.sub("", sql))


def _bind(params: Sequence[object]) -> list[object]:
    return [json.dumps(value) if isinstance(value, list) else value for value in params]


class SqliteTransaction:
    """Statements of one transaction, each run on the writer's thread."""

    def __init__(
        self, connection: sqlite3.Connection, thread: ThreadPoolExecutor, vault: Vault
    ) -> None:
        """A transaction that has begun on `connection`."""
        self.vault = vault
        self._connection = connection
        self._thread = thread

    async def fetch(self, sql: str, *params: object) -> Sequence[Row]:
        """Run a statement and return its rows."""
        return await self._run(
            lambda: self._connection.execute(translate(sql), _bind(params)).fetchall()
        )

    async def execute(self, sql: str, *params: object) -> int:
        """Run a statement and return how many rows it changed."""
        return await self._run(
            lambda: self._connection.execute(translate(sql), _bind(params)).rowcount
        )

    async def execute_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Run a statement once per row of parameters."""
        await self._run(lambda: self._connection.executemany(translate(sql), rows))

    async def _run(self, work: Callable[[], Result]) -> Result:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except sqlite3.IntegrityError as error:
            raise ConstraintError(str(error)) from error
        except sqlite3.Error as error:
            raise DatabaseError(str(error)) from error


class SqliteDatabase:
    """A SQLite file: WAL, synchronous=FULL, foreign keys on."""

    name = "sqlite"
    is_shared = False

    def __init__(self, path: Path, vault: Vault) -> None:
        """Lock and open the file; its schema is the migrations' matter.

        Raises:
            FileInUse: another process serves it.
        """
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._vault = vault
        self._lock = FileLock(lock_path(path))
        make_private(path)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._readers_threads = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._turn = asyncio.Lock()
        self._connection = self._thread.submit(_connect, path).result()
        self._writer = create_engine(
            "sqlite://",
            creator=lambda: self._connection,
            poolclass=StaticPool,
            hide_parameters=True,
        )
        event.listen(self._writer, "begin", _begin_immediate)
        self._readers = _reading_engine(path)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SqliteTransaction]:
        """A writing transaction: commits when left, rolls back when left by an exception."""
        async with self._turn:
            try:
                await self._on_thread(self._connection.execute, "BEGIN IMMEDIATE")
                yield SqliteTransaction(self._connection, self._thread, self._vault)
            except BaseException:
                # A cancelled caller too: no transaction may stay open for the next one.
                await self._on_thread(self._connection.rollback)
                raise
            try:
                await self._on_thread(self._connection.commit)
            except sqlite3.Error as error:
                await self._on_thread(self._connection.rollback)
                raise CommitUnknownError(str(error)) from error

    async def write(self, work: Callable[[Session], Result]) -> Result:
        """Run `work` in a writing transaction of its own; committed before this returns."""
        async with self._turn:
            with _translated():
                return await self._on_thread(_in_session, self._writer, self._vault, work)

    async def read(self, work: Callable[[Session], Result]) -> Result:
        """Run `work` on one consistent snapshot."""
        loop = asyncio.get_running_loop()
        with _translated():
            return await loop.run_in_executor(
                self._readers_threads, _look, self._readers, self._vault, work
            )

    async def scrub(self, *, whole: bool = False) -> None:
        """Empty the write-ahead log into the file; deleted rows are zeros there (secure_delete)."""
        async with self._turn:
            if whole:
                await self._on_thread(self._connection.execute, "VACUUM")
            await self._on_thread(self._connection.execute, "PRAGMA wal_checkpoint(TRUNCATE)")

    async def clock_skew_seconds(self, now_ms: int) -> float:
        """An embedded database has no clock of its own."""
        del now_ms
        return 0.0

    async def version(self) -> str:
        """Name and version of the library."""
        return f"SQLite {sqlite3.sqlite_version}"

    async def close(self) -> None:
        """Close the readers first, so that the writer is the one that checkpoints."""
        self._readers_threads.shutdown()
        self._readers.dispose()
        async with self._turn:
            await self._on_thread(self._connection.close)
        self._thread.shutdown()
        self._lock.release()

    async def _on_thread(self, work: Callable[..., Result], *args: object) -> Result:
        future = asyncio.get_running_loop().run_in_executor(self._thread, work, *args)
        return await asyncio.shield(future)


@contextmanager
def _translated() -> Iterator[None]:
    """Driver errors leave as ours."""
    try:
        yield
    except IntegrityError as error:
        raise ConstraintError(str(error)) from error
    except DBAPIError as error:
        raise DatabaseError(str(error)) from error


def make_private(path: Path) -> None:
    """Make the file, for its owner alone, unless it is there: it holds personal data."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=True)
    connection.row_factory = sqlite3.Row
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        "busy_timeout=5000",
        "cache_size=-65536",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _begin_immediate(connection: object) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")  # type: ignore[attr-defined]  # untyped event


def _reading_engine(path: Path) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool,
        pool_size=READERS,
        # The text of an error must not quote what it was about.
        hide_parameters=True,
        connect_args={"check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _read_only(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA query_only=ON")
        connection.execute("PRAGMA busy_timeout=5000")

    @event.listens_for(engine, "begin")
    def _begin(connection: object) -> None:
        connection.exec_driver_sql("BEGIN")  # type: ignore[attr-defined]  # untyped event

    return engine


def _in_session(engine: Engine, vault: Vault, work: Callable[[Session], Result]) -> Result:
    with Session(engine, expire_on_commit=False, info={"vault": vault}) as session:
        result = work(session)
        session.commit()
        return result


def _look(engine: Engine, vault: Vault, work: Callable[[Session], Result]) -> Result:
    with Session(engine, expire_on_commit=False, info={"vault": vault}) as session:
        return work(session)
