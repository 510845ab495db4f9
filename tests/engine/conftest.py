"""Databases, a node and a town for the tests of the engine."""

from collections.abc import AsyncIterator

import pytest

from tests.engine.checking import check_everything
from tests.engine.databases import (
    Place,
    database_url,
    numbers,
    place,
    postgres_copy,
    postgres_place,
    postgres_template,
    postgres_url,
    sqlite_copy,
    sqlite_place,
    sqlite_template,
    sqlite_url,
)
from tests.engine.node import Node, running_node
from tests.engine.town import Town
from tests.peers.sink import Sink, running_sink

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
    "town",
]


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    """Where all webhooks of the town lead."""
    async with running_sink() as running:
        yield running


@pytest.fixture
async def node(place: Place) -> AsyncIterator[Node]:
    """One node whose clock is pushed; at its end everything that must hold is checked."""
    async with running_node(place.url) as running:
        yield running
    await check_everything(place.url)


@pytest.fixture
async def town(node: Node, place: Place, sink: Sink) -> Town:
    """The town in the node's database."""
    return place.town(node.http, sink)
