"""Bring a database to the newest schema."""

from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config

from app.database.connection import DatabaseUnavailable
from app.database.opening import reserved

ROOT = Path(__file__).parents[2]


def migration_config(url: str) -> Config:
    """Alembic's configuration for the database at `url`."""
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    # Alembic reads the option through configparser, for which % is special.
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def migrate(url: str) -> None:
    """Apply the pending migrations; several nodes may call this at once (a lock in the database).

    Runs its own event loop on PostgreSQL: call it from a thread without one.

    Raises:
        FileInUse: another process serves the SQLite file.
        DatabaseUnavailable: it cannot be reached.
    """
    with reserved(url):
        try:
            command.upgrade(migration_config(url), "head")
        except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            message = f"The database cannot be reached: {type(error).__name__}: {error}"
            raise DatabaseUnavailable(message) from error
