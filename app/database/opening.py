"""From the setting to a database."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.database.connection import Database
from app.database.postgresql import PostgresDatabase
from app.database.sqlite import FileLock, SqliteDatabase, lock_path, make_private
from app.vault import Vault


def sqlite_path(url: str) -> Path | None:
    """The file of a `sqlite:///…` URL, None for another database."""
    prefix = "sqlite:///"
    return Path(url.removeprefix(prefix)) if url.startswith(prefix) else None


@contextmanager
def reserved(url: str) -> Iterator[None]:
    """Keep every other process from a SQLite file meanwhile; PostgreSQL needs no such thing.

    Raises:
        FileInUse: another process serves the file.
    """
    path = sqlite_path(url)
    if path is None:
        yield
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(lock_path(path))
    make_private(path)
    try:
        yield
    finally:
        lock.release()


async def open_database(url: str, vault: Vault) -> Database:
    """Open the database at `url`: `sqlite:///path` or `postgresql://…`; `vault` opens its columns.

    Raises:
        FileInUse: another process serves the SQLite file.
        DatabaseError: it cannot be reached.
    """
    path = sqlite_path(url)
    return SqliteDatabase(path, vault) if path else await PostgresDatabase.connect(url, vault)
