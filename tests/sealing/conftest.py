"""A town whose incidents leave entries, and a sealer over its database."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.clock import Clock
from app.database import Database
from app.ledger.notes.key import VerifierKey
from app.sealing.kept import KeptHeads
from app.sealing.keys import LedgerKey
from app.sealing.seal import Seal
from app.sealing.sealer import Sealer
from tests.engine.conftest import (
    database_url,
    numbers,
    place,
    postgres_copy,
    postgres_place,
    postgres_template,
    postgres_url,
    sink,
    sqlite_copy,
    sqlite_place,
    sqlite_template,
    sqlite_url,
    town,
)
from tests.engine.databases import Place, Row, number, rows
from tests.engine.node import Node, running_node
from tests.engine.town import Town

__all__ = [
    "database_url",
    "numbers",
    "place",
    "postgres_copy",
    "postgres_place",
    "postgres_template",
    "postgres_url",
    "sink",
    "sqlite_copy",
    "sqlite_place",
    "sqlite_template",
    "sqlite_url",
    "town",
]
KEY_BYTES = bytes(range(32))
KEY = LedgerKey(KEY_BYTES)
PREFIX = "ledger.example"


@pytest.fixture
async def node(place: Place) -> AsyncIterator[Node]:
    """One node whose clock is pushed; unlike the engine's, nothing is checked at its end."""
    async with running_node(place.url) as running:
        yield running


@dataclass
class Log:
    """The log of a town's municipality, as whoever looks into database and folder sees it."""

    place: Place
    kept: KeptHeads

    @property
    def log_id(self) -> str:
        """The municipality's."""
        return self.place.ids["municipality"]

    @property
    def origin(self) -> str:
        """What the log signs as."""
        return f"{PREFIX}/{self.log_id}"

    @property
    def verifier(self) -> VerifierKey:
        """The key by which an auditor verifies the log."""
        return KEY.signer(self.origin).verifier

    async def entries(self) -> list[Row]:
        """All entries of the log in the order of their places."""
        return list(
            await rows(
                self.place.url,
                f"SELECT * FROM ledger_entry WHERE log_id = '{self.log_id}'"  # noqa: S608
                " ORDER BY leaf_index, id",
            )
        )

    async def count(self, what: str = "leaf_index IS NOT NULL") -> int:
        """How many entries of the log are so."""
        sql = f"SELECT count(*) AS n FROM ledger_entry WHERE log_id = '{self.log_id}' AND {what}"  # noqa: S608
        return await number(self.place.url, sql)

    async def head(self) -> Row:
        """The row of the log."""
        (row,) = await rows(
            self.place.url,
            f"SELECT * FROM ledger_log WHERE id = '{self.log_id}'",  # noqa: S608
        )
        return row


@dataclass
class House(Log):
    """A node, its town, and a sealer of its own."""

    node: Node
    town: Town
    sealer: Sealer

    async def open_incidents(self, count: int) -> None:
        """Incidents, each with a few entries; what became of their messages is recorded."""
        for _ in range(count):
            await self.town.opened()
        await self.node.engine.dispatcher.drain()


def sealer_of(node: Node, kept: KeptHeads, key: LedgerKey = KEY) -> Sealer:
    """A sealer over a node's database."""
    return sealer_over(node.installation.database, node.clock, kept, key)


def sealer_over(database: Database, clock: Clock, kept: KeptHeads, key: LedgerKey = KEY) -> Sealer:
    """A sealer over a database."""
    return Sealer(Seal(database=database, key=key, kept=kept, prefix=PREFIX), clock)


@pytest.fixture
async def house(node: Node, town: Town, place: Place, tmp_path: Path) -> House:
    """A town with a published protocol, and nothing sealed yet."""
    kept = KeptHeads(tmp_path / "heads")
    await town.publish({"desk": "first"})
    return House(place, kept, node, town, sealer_of(node, kept))
