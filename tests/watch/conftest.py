"""The town of the engine's tests, watched."""

from collections.abc import AsyncIterator

import pytest

from tests.engine.conftest import (
    database_url,
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
from tests.engine.databases import Place
from tests.engine.node import Node, running_node
from tests.engine.town import Town
from tests.watch.told import Told

__all__ = [
    "database_url",
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
    "told",
    "town",
]


@pytest.fixture
async def node(place: Place) -> AsyncIterator[Node]:
    """One node whose clock is pushed."""
    async with running_node(place.url) as running:
        yield running


@pytest.fixture
async def told(node: Node, place: Place, town: Town) -> Told:
    """What the municipality is told, from when its town was looked at for the first time."""
    found = Told(url=place.url, node=node, town=town)
    await found.look()
    return found
