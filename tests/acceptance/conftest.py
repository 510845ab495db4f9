"""Databases for whole incidents."""

from collections.abc import AsyncIterator

import pytest

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
from tests.peers.sink import Sink, running_sink
from tests.world import World, living_world

__all__ = [
    "database_url",
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
    "world",
]


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    """Where all webhooks of the town lead."""
    async with running_sink() as running:
        yield running


@pytest.fixture
async def world(place: Place, sink: Sink) -> AsyncIterator[World]:
    """The town with its clock."""
    async with living_world(place, sink) as living:
        yield living
