"""The API on a migrated database of its own for each test, SQLite and PostgreSQL alike."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from ipaddress import ip_network
from itertools import count
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from app.auth import Authenticator, Role
from app.channels import open_channels
from app.database import open_database
from app.database.migration import migrate
from app.installation.installation import Installation
from app.installation.secrets import LinkKey, new_id
from app.problems import install_problems
from app.routes.all import routers
from app.settings import Settings
from tests.applications import Applications
from tests.keys import VAULT
from tests.peers.postgres import PostgresServer
from tests.routes.world import Api, Clock, World, build_world


@dataclass(frozen=True)
class Begin:
    """What a test begins with: a database, and the world that is in it, if it asked for one."""

    url: str
    operator: str | None = None
    world: World | None = None


@asynccontextmanager
async def serving(url: str, operator: str | None = None) -> AsyncIterator[Api]:
    """The API over a database, with an operator's key."""
    settings = Settings(
        database_url=url,
        public_url="http://renrakumo.test",
        webhook_allowed_networks=(ip_network("127.0.0.0/8"),),
    )
    clock = Clock()
    database = await open_database(url, VAULT)
    link_key = LinkKey(bytes(32))
    installation = Installation(
        settings=settings, database=database, clock=clock, link_key=link_key, new_id=new_id
    )
    channels = open_channels(settings, clock, fast=False)
    with _applications().lent() as app:
        app.state.installation = installation
        app.state.authenticator = Authenticator(database=database, clock=clock)
        app.state.channels = channels
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://renrakumo.test") as http:
            api = Api(http, app, installation, clock, channels)
            api.operator = operator or await api.key(Role.OPERATOR)
            yield api
    for channel in channels.values():
        await channel.close()
    await database.close()


@cache
def _applications() -> Applications:
    return Applications(_api_alone)


def _api_alone() -> FastAPI:
    app = FastAPI(redirect_slashes=False)
    for router in routers():
        app.include_router(router)
    install_problems(app)
    return app


async def _with_world(url: str) -> Begin:
    async with serving(url) as api:
        return Begin(url, api.operator, await build_world(api))


@pytest.fixture(scope="session")
def sqlite_empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy."""
    path = tmp_path_factory.mktemp("empty") / "renrakumo.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def sqlite_world(sqlite_empty: Path, tmp_path_factory: pytest.TempPathFactory) -> Begin:
    """A file to copy with a small world in it: made once, because it takes many requests."""
    path = shutil.copy(sqlite_empty, tmp_path_factory.mktemp("world"))
    return asyncio.run(_with_world(f"sqlite:///{path}"))


@pytest.fixture(scope="session")
def postgres_empty(postgres: PostgresServer) -> str:
    """The name of a migrated database to copy."""
    migrate(postgres.create_database("routes_empty"))
    return "routes_empty"


@pytest.fixture(scope="session")
def postgres_world(postgres: PostgresServer, postgres_empty: str) -> Begin:
    """The same small world in a database to copy."""
    return asyncio.run(_with_world(postgres.create_database("routes_world", postgres_empty)))


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    """Numbers for the names of databases."""
    return count()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, numbers: Iterator[int]
) -> Iterator[str]:
    """A migrated database for this test alone, with the world in it if the test asks for it."""
    content = "world" if "world" in request.fixturenames else "empty"
    if request.param == "sqlite":
        source = request.getfixturevalue(f"sqlite_{content}")
        path = source if isinstance(source, Path) else source.url.removeprefix("sqlite:///")
        yield f"sqlite:///{shutil.copy(path, tmp_path)}"
        return
    request.getfixturevalue(f"postgres_{content}")
    server: PostgresServer = request.getfixturevalue("postgres")
    name = f"routes_{next(numbers)}"
    yield server.create_database(name, f"routes_{content}")
    server.drop_database(name)


@pytest.fixture
def begin(request: pytest.FixtureRequest, database_url: str) -> Begin:
    """The database, and what a test must know of what is in it."""
    if "world" not in request.fixturenames:
        return Begin(database_url)
    name = "sqlite_world" if database_url.startswith("sqlite") else "postgres_world"
    made: Begin = request.getfixturevalue(name)
    return replace(made, url=database_url)


@pytest.fixture
async def api(begin: Begin) -> AsyncIterator[Api]:
    """The API with an operator's key."""
    async with serving(begin.url, begin.operator) as api:
        yield api


@pytest.fixture
def world(begin: Begin) -> World:
    """The small world in the API's database."""
    assert begin.world is not None
    return deepcopy(begin.world)
