"""Databases with a story in them, whole or to be harmed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.database.migration import migrate
from tests.ledger.tampering import Story, write_story
from tests.peers.postgres import PostgresServer


@pytest.fixture(scope="session")
def file_story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """A SQLite file with the story in it; for reading, or to be copied."""
    url = f"sqlite:///{tmp_path_factory.mktemp('story') / 'renrakumo.db'}"
    migrate(url)
    return write_story(url)


@pytest.fixture(scope="session")
def server_story(postgres: PostgresServer) -> Story:
    """The same on PostgreSQL."""
    url = postgres.create_database("story")
    migrate(url)
    return write_story(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def story(
    request: pytest.FixtureRequest, tmp_path: Path, postgres: PostgresServer
) -> Iterator[Story]:
    """A copy that may be harmed."""
    if request.param == "sqlite":
        whole: Story = request.getfixturevalue("file_story")
        yield whole.copy_file(tmp_path / "renrakumo.db")
        return
    whole = request.getfixturevalue("server_story")
    yield whole.copy_database(postgres, "story_copy")
    postgres.drop_database("story_copy")


@pytest.fixture
def server_copy(server_story: Story, postgres: PostgresServer) -> Iterator[Story]:
    """A copy on PostgreSQL that may be harmed."""
    yield server_story.copy_database(postgres, "story_server_copy")
    postgres.drop_database("story_server_copy")
