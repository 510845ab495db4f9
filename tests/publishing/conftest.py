"""A town whose log is sealed, and others to whom it is shown."""

from pathlib import Path

import pytest

from app.database.migration import migrate
from tests.sealing.conftest import (
    House,
    database_url,
    house,
    node,
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

__all__ = [
    "House",
    "database_url",
    "house",
    "node",
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


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy, for a witness of its own."""
    path = tmp_path_factory.mktemp("empty") / "renrakumo.db"
    migrate(f"sqlite:///{path}")
    return path
