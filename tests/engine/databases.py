"""A migrated database of its own for each test, SQLite and PostgreSQL alike."""

import asyncio
import shutil
import sqlite3
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx
import pytest

from app.database.migration import migrate
from app.database.opening import sqlite_path
from app.store.vault.places import address_at
from tests.engine.node import running_node
from tests.engine.town import Town, build_town
from tests.keys import VAULT
from tests.peers.postgres import PostgresServer
from tests.peers.sink import Sink

TEMPLATE: Final = "engine_template"
TOWN_TEMPLATE: Final = "engine_town"
KINDS: Final = ("sqlite", "postgresql")
# Where the webhooks of the template lead; in a copy they are moved to its sink.
NOWHERE: Final = "http://127.0.0.1:9"
LED: Final = (
    "SELECT c.id, c.party_id, c.address, k.wrapped FROM contact_point c"
    " JOIN data_key k ON k.subject_id = c.party_id"
)
LEAD: Final = "UPDATE contact_point SET address = $1 WHERE id = $2"
Row = Mapping[str, Any]


async def rows(database_url: str, sql: str) -> Sequence[Row]:
    """What a query finds, asked beside the server and by none of its code."""
    path = sqlite_path(database_url)
    if path is not None:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(sql)]
    connection = await asyncpg.connect(database_url)
    try:
        return [dict(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


def moved_address(row: Row, sink: Sink) -> bytes:
    """The sealed address of a contact point of the template, in a copy whose sink is this."""
    key = VAULT.unwrap(row["party_id"], row["wrapped"])
    where = address_at(row["id"])
    return key.seal_text(key.open_text(row["address"], where).replace(NOWHERE, sink.url), where)


async def number(database_url: str, sql: str) -> int:
    """The one number that a query finds."""
    (found,) = await rows(database_url, sql)
    (value,) = found.values()
    return int(value)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy."""
    path = tmp_path_factory.mktemp("template") / "renrakumo.db"
    migrate(f"sqlite:///{path}")
    return path


def _own(name: str) -> str:
    """A name of its own: each folder of tests that shares these fixtures makes its own."""
    return f"{name}_{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> str:
    """The name of a migrated database to copy."""
    name = _own(TEMPLATE)
    migrate(postgres.create_database(name))
    return name


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    """Numbers for the names of databases."""
    return count()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a migrated, empty SQLite file."""
    path = tmp_path / "renrakumo.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(
    postgres: PostgresServer, postgres_template: str, numbers: Iterator[int]
) -> Iterator[str]:
    """The address of a migrated, empty PostgreSQL database."""
    name = f"engine_{next(numbers)}"
    yield postgres.create_database(name, postgres_template)
    postgres.drop_database(name)


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated, empty database, once of each kind."""
    kind = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(kind)
    return url


@dataclass(frozen=True, slots=True)
class Place:
    """A database with the town in it; `ids` and `keys` are the town's."""

    url: str
    ids: Mapping[str, str]
    keys: Mapping[str, str]

    def town(self, http: httpx.AsyncClient, sink: Sink) -> Town:
        """The town, as an API sees it that serves this database."""
        return Town(http, sink.url, dict(self.ids), dict(self.keys))


@pytest.fixture(scope="session")
def sqlite_place(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A file with the town to copy."""
    path = tmp_path_factory.mktemp("town") / "renrakumo.db"
    shutil.copy(sqlite_template, path)
    return asyncio.run(_built(f"sqlite:///{path}"))


@pytest.fixture(scope="session")
def postgres_place(postgres: PostgresServer, postgres_template: str) -> Place:
    """A database with the town to copy."""
    return asyncio.run(_built(postgres.create_database(_own(TOWN_TEMPLATE), postgres_template)))


@pytest.fixture
async def sqlite_copy(sqlite_place: Place, tmp_path: Path, sink: Sink) -> Place:
    """The town in a SQLite file of its own."""
    path = tmp_path / "renrakumo.db"
    shutil.copy(sqlite_place.url.removeprefix("sqlite:///"), path)
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        led = connection.execute(LED).fetchall()
        moved = [(moved_address(one, sink), one["id"]) for one in led]
        connection.executemany(LEAD.replace("$", "?"), moved)
        connection.commit()
    return replace(sqlite_place, url=f"sqlite:///{path}")


@pytest.fixture
async def postgres_copy(
    postgres: PostgresServer, postgres_place: Place, numbers: Iterator[int], sink: Sink
) -> AsyncIterator[Place]:
    """The town in a PostgreSQL database of its own."""
    name = f"engine_{next(numbers)}"
    url = postgres.create_database(name, postgres_place.url.rpartition("/")[2])
    connection = await asyncpg.connect(url)
    led = await connection.fetch(LED)
    await connection.executemany(LEAD, [(moved_address(one, sink), one["id"]) for one in led])
    await connection.close()
    yield replace(postgres_place, url=url)
    postgres.drop_database(name)


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest) -> Place:
    """A database with the town in it, whose webhooks lead to the sink; once of each kind."""
    kind = "sqlite_copy" if request.param == "sqlite" else "postgres_copy"
    found: Place = request.getfixturevalue(kind)
    return found


async def _built(url: str) -> Place:
    async with running_node(url) as node:
        town = await build_town(node.http, NOWHERE)
    return Place(url, town.ids, town.keys)
