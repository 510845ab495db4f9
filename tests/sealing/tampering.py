"""Somebody with the database in their hands: no trigger stops them."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing

import asyncpg

from app.database.opening import sqlite_path
from app.store.audit.verification import TRIGGERS
from tests.engine.databases import Row, rows


class Tampering:
    """Whoever has a SQLite file can do everything; PostgreSQL's administrator no less."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._path = sqlite_path(url)

    async def do(self, *statements: str) -> None:
        """Do this without the guards."""
        if self._path is None:
            connection = await asyncpg.connect(self._url)
            try:
                # For a replica no trigger fires.
                await connection.execute("SET session_replication_role = replica")
                for one in statements:
                    await connection.execute(one)
            finally:
                await connection.close()
            return
        with closing(sqlite3.connect(self._path)) as connection, connection:
            for name in TRIGGERS["sqlite"]:
                connection.execute(f"DROP TRIGGER IF EXISTS {name}")
            for one in statements:
                connection.execute(one)

    async def edit_leaf(self, where: str, old: str, new: str) -> int:
        """Put other words into the first such leaf that has them; its hash stays.

        Returns:
            The id of its row.
        """
        query = f"SELECT id, leaf FROM ledger_entry WHERE {where} ORDER BY id"  # noqa: S608  # a test's own
        found = ((int(row["id"]), bytes(row["leaf"])) for row in await self.rows(query))
        row_id, leaf = next(one for one in found if old.encode() in one[1])
        changed = self.bytes(leaf.replace(old.encode(), new.encode()))
        await self.do(f"UPDATE ledger_entry SET leaf = {changed} WHERE id = {row_id}")  # noqa: S608  # a test's own
        return row_id

    async def rows(self, query: str) -> Sequence[Row]:
        """What a query finds."""
        return await rows(self._url, query)

    def bytes(self, data: bytes) -> str:
        """These bytes as a literal."""
        return f"x'{data.hex()}'" if self._path else f"'\\x{data.hex()}'::bytea"
