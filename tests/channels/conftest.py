from collections.abc import AsyncIterator

import pytest

from tests.peers.sink import Sink, running_sink


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with running_sink() as running:
        yield running
