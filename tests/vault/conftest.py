"""A house whose ledger is sealed, and in it a client of whom much is said."""

from tests.sealing.conftest import (
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
