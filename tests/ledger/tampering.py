"""A database in which much has happened, and a hand that changes it behind everybody's back."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Final

import asyncpg

from app.database.opening import sqlite_path
from tests.engine.databases import number
from tests.engine.node import Node, running_node
from tests.engine.town import Town, asks, build_town
from tests.peers.postgres import PostgresServer
from tests.peers.sink import running_sink

SQLITE: Final = {"leaf": "CAST(leaf AS TEXT)", "bytes": "BLOB", "json": "TEXT"}
POSTGRESQL: Final = {"leaf": "convert_from(leaf, 'UTF8')", "bytes": "BYTEA", "json": "JSON"}


@dataclass(frozen=True)
class Story:
    """A database, closed, and its incidents by name."""

    url: str
    incidents: dict[str, str]

    def copy_file(self, path: Path) -> "Story":
        """The same in a SQLite file that may be harmed."""
        source = sqlite_path(self.url)
        assert source is not None
        shutil.copy(source, path)
        return Story(f"sqlite:///{path}", self.incidents)

    def copy_database(self, server: PostgresServer, name: str) -> "Story":
        """The same in a PostgreSQL database that may be harmed."""
        template = self.url.rpartition("/")[2]
        return Story(server.create_database(name, template), self.incidents)

    async def seq(self, name: str, type_: str) -> int:
        """The number of an incident's first entry of a type."""
        sql = "SELECT min(seq) FROM ledger_entry WHERE incident_id = '{}' AND type = '{}'"
        return await number(self.url, sql.format(self.incidents[name], type_))

    async def alter(self, *statements: str) -> None:
        """Change the schema."""
        path = sqlite_path(self.url)
        if path is not None:
            with closing(sqlite3.connect(path, isolation_level=None)) as connection:
                for one in statements:
                    connection.execute(one)
            return
        server = await asyncpg.connect(self.url)
        try:
            for one in statements:
                await server.execute(one)
        finally:
            await server.close()

    async def harm(self, *statements: str, **values: object) -> None:
        """Do what an administrator can do: no trigger, no constraint and no key stops it.

        `$name` is the id of the incident of that name, `$leaf` the text of a leaf, `$bytes` and
        `$json` are the types of leaves and documents; others are `values`.
        """
        path = sqlite_path(self.url)
        types = SQLITE if path is not None else POSTGRESQL
        words = types | {name: f"'{id_}'" for name, id_ in self.incidents.items()}
        filled = [Template(one).safe_substitute(values) for one in statements]
        written = [Template(one).substitute(words) for one in filled]
        if path is not None:
            _harm_file(path, written)
            return
        connection = await asyncpg.connect(self.url)
        try:
            # For a replica no trigger fires and no foreign key is checked.
            await connection.execute("SET session_replication_role = replica")
            for one in ("one_holder", "timer", "closed_sleeps", "status"):
                await connection.execute(
                    f"ALTER TABLE incident DROP CONSTRAINT IF EXISTS ck_incident_{one}"
                )
            for one in written:
                await connection.execute(one)
        finally:
            await connection.close()


def _harm_file(path: Path, statements: list[str]) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute("PRAGMA ignore_check_constraints=ON")
        triggers = list(
            connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        )
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for one in statements:
            connection.execute(one)
        # A forger would put them back.
        for _, sql in triggers:
            connection.execute(sql)


def write_story(url: str) -> Story:
    """Let incidents of every kind happen in a migrated, empty database."""
    return asyncio.run(_write(url))


async def _write(url: str) -> Story:
    async with running_sink() as sink, running_node(url) as node:
        town = await build_town(node.http, sink.url)
        incidents = {
            name: await tell(node, town)
            for name, tell in (
                ("waiting", _waiting),
                ("served", _served),
                ("exhausted", _exhausted),
                ("handed", _handed),
                ("lapsed", _lapsed),
                ("cancelled", _cancelled),
                ("tested", _tested),
                ("worse", _worse),
                ("running", _running),
            )
        }
        await node.round()
    return Story(url, incidents)


async def _served(node: Node, town: Town) -> str:
    """Escalated once, declined once, accepted, on the way, there, noted, closed, corrected."""
    id_ = str((await town.opened(summary="転倒", dedup_key="7"))["id"])
    await node.pass_time(seconds=180)
    await town.report(dedup_key="7")
    await town.acted(id_, "decline", "second_nurse", reason="遠い")
    await node.pass_time(seconds=20)
    await town.acted(id_, "acknowledge", "third_nurse")
    await town.acted(id_, "acknowledge", "first_nurse")
    await node.pass_time(seconds=60)
    await town.acted(id_, "en_route", "third_nurse")
    await node.pass_time(minutes=10)
    await town.acted(id_, "arrive", "third_nurse")
    await town.acted(id_, "note", "third_nurse", text="意識あり")
    await town.acted(id_, "external_called", "third_nurse", service="119")
    await town.acted(id_, "resolve", "third_nurse", outcome="ambulance", note="搬送")
    await town.acted(id_, "correct", "third_nurse", text="搬送先の訂正", entry_seq=3)
    return id_


async def _exhausted(node: Node, town: Town) -> str:
    """Nobody answers; the office holds and is paged again."""
    id_ = str((await town.opened("no_response"))["id"])
    await node.pass_time(seconds=3 * 180 + 200)
    return id_


async def _handed(node: Node, town: Town) -> str:
    """Accepted, offered and refused, offered and taken over on the spot."""
    id_ = str((await town.opened("heat_cold"))["id"])
    await node.pass_time(seconds=5)
    await town.acted(id_, "acknowledge", "first_nurse")
    await town.acted(id_, "arrive", "first_nurse")
    await town.acted(id_, "hand_over", "first_nurse", to_party_id=town["second_nurse"])
    await node.pass_time(seconds=5)
    await town.acted(id_, "decline", "second_nurse")
    await town.acted(id_, "hand_over", "first_nurse", to_party_id=town["third"])
    await node.pass_time(seconds=5)
    await town.acted(id_, "accept", "third_nurse")
    return id_


async def _lapsed(node: Node, town: Town) -> str:
    """Accepted, but nobody came; the step begins anew."""
    id_ = str((await town.opened("medication_error"))["id"])
    await town.acted(id_, "acknowledge", "first_nurse")
    await node.pass_time(seconds=1800 + 10)
    return id_


async def _cancelled(node: Node, town: Town) -> str:
    id_ = str((await town.opened("pendant_press", drill=True))["id"])
    await node.pass_time(seconds=5)
    await town.acted(id_, "cancel", reason="誤報")
    return id_


async def _tested(_node: Node, town: Town) -> str:
    return str((await town.opened("test"))["id"])


async def _waiting(node: Node, town: Town) -> str:
    """A flat battery at night: the desk holds, and the first page waits for the morning."""
    await node.pass_time(hours=12)
    return str((await town.opened("low_battery"))["id"])


async def _worse(node: Node, town: Town) -> str:
    id_ = str((await town.opened("fever_illness", severity="low"))["id"])
    await node.pass_time(seconds=5)
    await town.acted(id_, "reclassify", "first_nurse", type="sudden_change", severity="critical")
    return id_


async def _running(_node: Node, town: Town) -> str:
    await town.publish(asks("first", 600), asks("second", 600))
    return str((await town.opened("gas_co"))["id"])
