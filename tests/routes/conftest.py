"""The API on a migrated database of its own for each test, SQLite and PostgreSQL alike."""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
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
from app.engine.installation import Installation
from app.engine.secrets import LinkKey, new_id
from app.problems import install_problems
from app.routes.all import routers
from app.settings import Settings
from tests.peers.postgres import PostgresServer
from tests.routes.world import Api, Clock, World, build_world

MakeDatabase = Callable[[Path], str]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy."""
    path = tmp_path_factory.mktemp("template") / "renrakumo.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> str:
    """The name of a migrated database to copy."""
    migrate(postgres.create_database("routes_template"))
    return "routes_template"


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    """Numbers for the names of databases."""
    return count()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, numbers: Iterator[int]
) -> Iterator[str]:
    """The address of a migrated, empty database."""
    if request.param == "sqlite":
        path = tmp_path / "renrakumo.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = f"routes_{next(numbers)}"
    yield server.create_database(name, request.getfixturevalue("postgres_template"))
    server.drop_database(name)


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    """The API with an operator's key."""
    settings = Settings(
        database_url=database_url,
        public_url="http://renrakumo.test",
        webhook_allowed_networks=(ip_network("127.0.0.0/8"),),
    )
    clock = Clock()
    database = await open_database(database_url)
    installation = Installation(
        settings=settings,
        database=database,
        clock=clock,
        link_key=LinkKey(bytes(32)),
        new_id=new_id,
    )
    channels = open_channels(settings, clock, fast=False)
    app = FastAPI(redirect_slashes=False)
    for router in routers():
        app.include_router(router)
    install_problems(app)
    app.state.installation = installation
    app.state.authenticator = Authenticator(database=database, clock=clock)
    app.state.channels = channels
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://renrakumo.test") as http:
        api = Api(http, app, installation, clock, channels)
        api.operator = await api.key(Role.OPERATOR)
        yield api
    for channel in channels.values():
        await channel.close()
    await database.close()


@pytest.fixture
async def world(api: Api) -> World:
    """A small world in the API's database."""
    return await build_world(api)
