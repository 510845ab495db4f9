"""The whole application on a migrated database of its own for each test."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from app.database.migration import migrate
from app.main import create_app
from app.settings import Settings
from tests.keys import key_file
from tests.pages.world import BEGIN, OPERATOR_KEY, Clock, Town, build_town
from tests.peers.postgres import PostgresServer

FILE = "renrakumo.db"


@pytest.fixture(scope="session")
def pages_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a migrated, empty SQLite file to copy."""
    folder = tmp_path_factory.mktemp("pages")
    migrate(f"sqlite:///{folder / FILE}")
    return folder


@dataclass(frozen=True)
class Place:
    """An application that can be opened again and again, always on the same SQLite file."""

    folder: Path
    app: FastAPI
    clock: Clock

    def fill(self, source: Path) -> None:
        """Put a copy of other data there; nobody may be at work."""
        shutil.rmtree(self.folder)
        shutil.copytree(source, self.folder)


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """One application for all tests of a worker: to make one takes longer than most tests."""
    folder, clock = tmp_path_factory.mktemp("place"), Clock()
    return Place(
        folder=folder, app=make_app(f"sqlite:///{folder / FILE}", folder, clock), clock=clock
    )


@pytest.fixture(scope="session")
def town_template(
    pages_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Mapping[str, str]]:
    """A folder with the town in it, to copy; and the town's ids."""
    folder = tmp_path_factory.mktemp("town")
    shutil.copytree(pages_template, folder, dirs_exist_ok=True)

    return folder, _built_town(f"sqlite:///{folder / FILE}", folder)


@pytest.fixture(scope="session")
def postgres_town_template(
    postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Mapping[str, str]]:
    """A folder with the keys of the town in the database `pages_town`; and the town's ids."""
    folder = tmp_path_factory.mktemp("postgres_town")
    url = postgres.create_database("pages_town")
    migrate(url)
    return folder, _built_town(url, folder)


def _built_town(url: str, folder: Path) -> Mapping[str, str]:
    async def build() -> Mapping[str, str]:
        clock = Clock()
        async with open_town(make_app(url, folder, clock), clock) as town:
            return (await build_town(town)).ids

    # On a thread, because this thread's event loop belongs to the tests.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, build()).result()


@pytest.fixture(scope="session")
def pages_numbers() -> Iterator[int]:
    """Numbers for the names of databases."""
    return count()


def make_app(url: str, folder: Path, clock: Clock) -> FastAPI:
    """The application; it sends nothing, and no time passes."""
    settings = Settings(
        database_url=url,
        public_url="http://renrakumo.test",
        bootstrap_key=OPERATOR_KEY,
        data_key_file=key_file(folder),
        ledger_key_file=folder / "ledger.key",
    )
    return create_app(settings, clock=clock, sends=False)


@asynccontextmanager
async def open_town(
    app: FastAPI,
    clock: Clock,
    ids: Mapping[str, str] | None = None,
    *,
    begun_as: FastAPI | None = None,
) -> AsyncIterator[Town]:
    """The application at work, from the same instant each time.

    With what another one begins with, if that is named: its settings, and so its database.
    """
    clock.now = BEGIN
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        (begun_as or app).router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://renrakumo.test") as http,
    ):
        yield Town(http=http, app=app, clock=clock, ids=dict(ids or {}))


@pytest.fixture
async def empty_town(place: Place, pages_template: Path) -> AsyncIterator[Town]:
    """The application with nothing in it."""
    place.fill(pages_template)
    async with open_town(place.app, place.clock) as town:
        yield town


@pytest.fixture
async def town(place: Place, town_template: tuple[Path, Mapping[str, str]]) -> AsyncIterator[Town]:
    """One step: the desk `night` with both nurses."""
    folder, ids = town_template
    place.fill(folder)
    async with open_town(place.app, place.clock, ids) as town:
        yield town


@pytest.fixture
async def postgres_town(
    place: Place,
    postgres: PostgresServer,
    postgres_town_template: tuple[Path, Mapping[str, str]],
    pages_numbers: Iterator[int],
    tmp_path: Path,
) -> AsyncIterator[Town]:
    """The same town on PostgreSQL."""
    folder, ids = postgres_town_template
    keys = shutil.copytree(folder, tmp_path / "keys")
    name, clock = f"pages_{next(pages_numbers)}", Clock()
    begun_as = make_app(postgres.create_database(name, "pages_town"), keys, clock)
    async with open_town(place.app, clock, ids, begun_as=begun_as) as town:
        yield town
    postgres.drop_database(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def either_town(request: pytest.FixtureRequest) -> Town:
    """The town on either database."""
    name = "town" if request.param == "sqlite" else "postgres_town"
    found: Town = request.getfixturevalue(name)
    return found
