"""From the setting to a database."""

from pathlib import Path

from app.database.connection import Database
from app.database.postgresql import PostgresDatabase
from app.database.sqlite import SqliteDatabase


def sqlite_path(url: str) -> Path | None:
    """The file of a `sqlite:///…` URL, None for another database."""
    prefix = "sqlite:///"
    return Path(url.removeprefix(prefix)) if url.startswith(prefix) else None


async def open_database(url: str) -> Database:
    """Open the database at `url`: `sqlite:///path` or `postgresql://…`.

    Raises:
        FileInUse: another process serves the SQLite file.
        DatabaseError: it cannot be reached.
    """
    path = sqlite_path(url)
    return SqliteDatabase(path) if path else await PostgresDatabase.connect(url)
