"""Alembic's environment: the same migrations on SQLite and on PostgreSQL."""

import asyncio
from functools import partial
from pathlib import Path

import asyncpg
from alembic import context
from sqlalchemy import Connection, create_engine, pool, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel

import app.models  # noqa: F401  # fills the metadata

# Any number: only our own migrations take this lock.
MIGRATION_LOCK = 7_214_003


def run(connection: Connection) -> None:
    """Apply the migrations on one connection, in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        compare_type=True,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            # Before the lock_timeout: a node that comes second waits for the first.
            connection.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": MIGRATION_LOCK})
            connection.execute(text("SET LOCAL lock_timeout = '5s'"))
        context.run_migrations()


async def run_on_postgresql(url: str) -> None:
    """Apply the migrations through asyncpg."""
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=partial(asyncpg.connect, url),
        poolclass=pool.NullPool,
    )
    async with engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()


def main() -> None:
    """Run against the database that the configuration names."""
    url = context.config.get_main_option("sqlalchemy.url") or "sqlite:///var/renrakumo.db"
    if url.startswith("postgresql://"):
        asyncio.run(run_on_postgresql(url))
        return
    Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        run(connection)
        connection.commit()
    engine.dispose()


main()
