"""The whole application on a migrated database of its own for each test."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import httpx
import pytest

from app.database.migration import migrate
from app.main import create_app
from app.settings import Settings
from tests.pages.world import OPERATOR_KEY, Clock, Town, build_town
from tests.peers.postgres import PostgresServer

FILE = "renrakumo.db"


@pytest.fixture(scope="session")
def pages_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a migrated, empty SQLite file to copy."""
    folder = tmp_path_factory.mktemp("pages")
    migrate(f"sqlite:///{folder / FILE}")
    return folder


@pytest.fixture(scope="session")
def town_template(
    pages_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Mapping[str, str]]:
    """A folder with the town in it, to copy; and the town's ids."""
    folder = tmp_path_factory.mktemp("town")
    shutil.copytree(pages_template, folder, dirs_exist_ok=True)

    async def build() -> Mapping[str, str]:
        async with open_town(f"sqlite:///{folder / FILE}", folder) as town:
            return (await build_town(town)).ids

    # On a thread, because this thread's event loop belongs to the tests.
    with ThreadPoolExecutor(1) as thread:
        return folder, thread.submit(asyncio.run, build()).result()


@pytest.fixture(scope="session")
def pages_numbers() -> Iterator[int]:
    """Numbers for the names of databases."""
    return count()


def settings_of(url: str, folder: Path) -> Settings:
    """The settings of a test's installation."""
    return Settings(
        database_url=url,
        public_url="http://renrakumo.test",
        bootstrap_key=OPERATOR_KEY,
        data_key_file=folder / "data.key",
        ledger_key_file=folder / "ledger.key",
    )


@asynccontextmanager
async def open_town(
    url: str, folder: Path, ids: Mapping[str, str] | None = None
) -> AsyncIterator[Town]:
    """The application at work; it sends nothing, and no time passes."""
    clock = Clock()
    app = create_app(settings_of(url, folder), clock=clock, sends=False)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://renrakumo.test") as http,
    ):
        yield Town(http=http, app=app, clock=clock, ids=dict(ids or {}))


@pytest.fixture
async def empty_town(pages_template: Path, tmp_path: Path) -> AsyncIterator[Town]:
    """The application with nothing in it."""
    shutil.copytree(pages_template, tmp_path, dirs_exist_ok=True)
    async with open_town(f"sqlite:///{tmp_path / FILE}", tmp_path) as town:
        yield town


@pytest.fixture
async def town(
    town_template: tuple[Path, Mapping[str, str]], tmp_path: Path
) -> AsyncIterator[Town]:
    """One step: the desk `night` with both nurses."""
    folder, ids = town_template
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    async with open_town(f"sqlite:///{tmp_path / FILE}", tmp_path, ids) as town:
        yield town


@pytest.fixture
async def postgres_town(
    postgres: PostgresServer, pages_numbers: Iterator[int], tmp_path: Path
) -> AsyncIterator[Town]:
    """The same town on PostgreSQL."""
    name = f"pages_{next(pages_numbers)}"
    url = postgres.create_database(name)
    await asyncio.to_thread(migrate, url)
    async with open_town(url, tmp_path) as town:
        yield await build_town(town)
    postgres.drop_database(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def either_town(request: pytest.FixtureRequest) -> Town:
    """The town on either database."""
    name = "town" if request.param == "sqlite" else "postgres_town"
    found: Town = request.getfixturevalue(name)
    return found
