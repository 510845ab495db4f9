"""A town whose log is sealed, and others to whom it is shown."""

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
