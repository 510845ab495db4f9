"""A database that goes away for a moment: callers hear of it, and nothing is lost or doubled."""

import asyncio
import secrets
from collections import Counter
from contextlib import suppress

import asyncpg

from tests.engine.checking import check_everything, reports
from tests.engine.databases import Place, rows
from tests.engine.kill import Dice
from tests.engine.node import Node, running_node
from tests.engine.town import Town
from tests.peers.sink import Sink

OUTAGES = 25
CALLERS = 4
TERMINATE = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


async def test_connections_that_break_at_any_instant_lose_and_double_nothing(
    postgres_copy: Place, sink: Sink
) -> None:
    seed = secrets.randbits(32)
    dice, url = Dice(seed), postgres_copy.url
    over = asyncio.Event()
    async with running_node(url) as node:
        town = postgres_copy.town(node.http, sink)
        statuses: Counter[int] = Counter()
        answered: dict[str, str] = {}
        callers = [
            asyncio.create_task(report(town, f"caller {n}", statuses, answered, over))
            for n in range(CALLERS)
        ]
        ticking = asyncio.create_task(tick(node, over))
        connection = await asyncpg.connect(url)
        broken = 0
        for _ in range(OUTAGES):
            await asyncio.sleep(dice.between(0, 0.05))
            broken += await connection.fetchval(TERMINATE)
        await connection.close()
        over.set()
        await asyncio.gather(*callers, ticking)
        # What was leased when it broke is sent when the lease has ended.
        await node.pass_time(seconds=11)
    assert broken >= OUTAGES, f"seed {seed}"
    assert set(statuses) == {200, 201, 503}, f"seed {seed}: {statuses}"
    stored = await rows(url, "SELECT id, report FROM incident")
    assert set(answered.values()) <= {row["id"] for row in stored}, f"seed {seed}"
    names = Counter(await reports(url))
    assert set(names.values()) == {1}, f"seed {seed}: reported once and opened twice"
    assert len(stored) == len(answered), f"seed {seed}"
    paged = {one.json["data"]["incident_id"] for one in sink.requests}
    assert paged == {row["id"] for row in stored}, f"seed {seed}"
    await check_everything(url)


async def report(
    town: Town, name: str, statuses: Counter[int], answered: dict[str, str], over: asyncio.Event
) -> None:
    """Report one emergency after the other, each until it is answered."""
    count = 0
    while not over.is_set():
        count += 1
        one = f"{name}: {count}"
        while one not in answered:
            response = await town.report(summary=one, once=one.replace(" ", "-"))
            statuses[response.status_code] += 1
            if response.status_code == 201:
                answered[one] = response.json()["id"]
            read = await town.call("GET", "/v1/incidents?limit=1")
            statuses[read.status_code] += 1


async def tick(node: Node, over: asyncio.Event) -> None:
    """What the metronome would do meanwhile; a round that fails is done again."""
    while not over.is_set():
        with suppress(Exception):
            await node.engine.scheduler.run_once()
        await asyncio.sleep(0.01)
