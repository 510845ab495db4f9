"""SIGKILL at any instant: nothing that was answered is lost, nothing is doubled."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.database.migration import migrate
from tests.engine.kill import storm
from tests.peers.postgres import running_postgres

KILLS = 10
KILLS_IN_SOAK = 200


@pytest.fixture
def durable_url() -> Iterator[str]:
    """A database on a PostgreSQL that keeps the promises of a commit."""
    with running_postgres(durable=True) as server:
        url = server.create_database("storm")
        migrate(url)
        yield url


@pytest.mark.timeout(600)
async def test_killed_server_loses_and_doubles_nothing_on_sqlite(
    sqlite_url: str, tmp_path: Path
) -> None:
    await _rage(sqlite_url, tmp_path, kills=KILLS)


@pytest.mark.timeout(600)
async def test_killed_server_loses_and_doubles_nothing_on_postgresql(
    durable_url: str, tmp_path: Path
) -> None:
    await _rage(durable_url, tmp_path, kills=KILLS)


@pytest.mark.soak
async def test_server_that_is_killed_all_day_on_sqlite(sqlite_url: str, tmp_path: Path) -> None:
    await _rage(sqlite_url, tmp_path, kills=KILLS_IN_SOAK)


@pytest.mark.soak
async def test_server_that_is_killed_all_day_on_postgresql(
    durable_url: str, tmp_path: Path
) -> None:
    await _rage(durable_url, tmp_path, kills=KILLS_IN_SOAK)


async def _rage(database_url: str, folder: Path, *, kills: int) -> None:
    seed = secrets.randbits(32)
    raged = await storm(database_url, folder, kills=kills, seed=seed)
    print(f"seed {seed}: {raged.summary}")  # noqa: T201  # what the run was worth
    assert raged.kills == kills
    assert raged.answered
    assert raged.acknowledged
