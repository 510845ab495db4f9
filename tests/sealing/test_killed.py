"""SIGKILL at every statement of appends and of a seal, while other sealers are at it."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import pytest

from app.database import Database, open_database
from app.sealing.kept import KeptHeads
from tests.engine.checking import check_everything
from tests.engine.databases import Place
from tests.engine.node import PushedClock, running_node
from tests.keys import VAULT
from tests.peers.sink import Sink
from tests.sealing.conftest import Log, sealer_over
from tests.sealing.killing import Death, Victim
from tests.sealing.test_seal import assert_sealed

OTHERS = 3
# With fewer moments than this the work was not done in the transactions that are counted.
MOMENTS_MIN = {"report": 12, "answer": 8, "timer": 8, "erase": 4, "export": 4, "seal": 10}

# Of the same kind as the others, and many moments.
LONG = {"timer", "erase", "export"}


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "work",
    [
        pytest.param(one, marks=[pytest.mark.soak] if one in LONG else [], id=one)
        for one in MOMENTS_MIN
    ],
)
async def test_killed_anywhere_leaves_places_dense_none_missed_none_twice(
    place: Place, sink: Sink, tmp_path: Path, work: str
) -> None:
    async with running_node(place.url) as node:
        await place.town(node.http, sink).publish({"desk": "first"})
    heads = tmp_path / "heads"
    log = Log(place, KeptHeads(heads))
    for moment in count(1):
        victim = Victim(Death(place, sink.url, heads, log.log_id, work, moment))
        if await victim.is_dying() and place.url.startswith("postgresql"):
            # They meet it in the middle of its transaction.
            await _seal(log)
        code = await victim.ended()
        await _seal(log)
        assert await log.count("leaf_index IS NULL") == 0, f"moment {moment}"
        await assert_sealed(log)
        if code == 0:
            break
        assert code == -signal.SIGKILL, f"moment {moment}"
    assert moment > MOMENTS_MIN[work]
    await check_everything(place.url)


async def _seal(log: Log) -> None:
    """Several sealers at once."""
    async with _opened(log.place.url) as database:
        sealers = [sealer_over(database, PushedClock(), log.kept) for _ in range(OTHERS)]
        await asyncio.gather(*(one.run_once() for one in sealers))


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Database]:
    database = await open_database(url, VAULT)
    try:
        yield database
    finally:
        await database.close()
