"""Several engines on one PostgreSQL: each step begins once, each page is sent once."""

import asyncio
import signal
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest

from app.clock import utc_now
from app.models.columns import milliseconds
from tests.engine.checking import check_everything
from tests.engine.databases import Place, number, rows
from tests.engine.node import PushedClock, running_node
from tests.engine.process import POLL_SECONDS, Program, calling, running_program
from tests.engine.town import Json, Town, asks
from tests.peers.sink import Sink

Connection = Any  # asyncpg ships no types
STEPS: Final = ("first", "second", "third")
PAGES: Final = tuple(f"/{desk}_nurse" for desk in (*STEPS, "office"))
# What a frozen node may cost: PostgreSQL ends its transaction, and a sweep finds what it held.
IDLE_SECONDS: Final = 5
SWEEP_SECONDS: Final = 1
# For a machine that does other things too.
SLACK_SECONDS: Final = 3

# Transactions that hold incidents, longer than `$1` milliseconds without a statement.
HOLDING: Final = """
    SELECT count(*) FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid
    WHERE a.datname = current_database() AND a.application_name = 'renrakumo'
      AND a.state = 'idle in transaction' AND l.relation = 'incident'::regclass
      AND l.mode = 'RowShareLock'
      AND a.state_change <= clock_timestamp() - $1 * interval '1 millisecond'
"""
OVERDUE: Final = "SELECT count(*) FROM incident WHERE wake_at <= $1"


async def open_many(town: Town, count: int) -> None:
    """So many incidents, in one call."""
    items: list[Json] = [{"client_id": town["client"], "type": "fall"}] * count
    response = await town.call("POST", "/v1/incidents/batch", {"items": items})
    assert {one["status"] for one in response.json()["items"]} == {201}


async def check_each_step_began_once(url: str, count: int) -> None:
    """One start per incident and step, and one of exhaustion."""
    started = await rows(
        url,
        "SELECT incident_id, step, cause = 'exhausted' AS is_last, count(*) AS count"
        " FROM ledger_entry WHERE type = 'step_started'"
        " GROUP BY incident_id, step, cause = 'exhausted'",
    )
    assert {row["count"] for row in started} == {1}
    assert len(started) == count * (len(STEPS) + 1)


def check_each_page_came_once(sink: Sink, count: int) -> None:
    pages = Counter(
        (one.json["data"]["incident_id"], one.path)
        for one in sink.requests
        if one.json["type"] == "incident.paged"
    )
    assert set(pages.values()) == {1}
    assert len(pages) == count * len(PAGES)
    ids = Counter(one.headers["webhook-id"] for one in sink.requests)
    assert set(ids.values()) == {1}


async def test_two_engines_that_tick_together_do_each_thing_once(
    postgres_copy: Place, sink: Sink
) -> None:
    clock, url, count = PushedClock(), postgres_copy.url, 100
    async with running_node(url, clock=clock) as first, running_node(url, clock=clock) as second:
        town = postgres_copy.town(first.http, sink)
        await open_many(town, count)
        for _ in range(4):
            clock.push(seconds=180)
            await asyncio.gather(first.round(), second.round(), first.round(), second.round())
    await check_each_step_began_once(url, count)
    check_each_page_came_once(sink, count)
    await check_everything(url)


async def test_message_is_claimed_by_one_engine(postgres_copy: Place, sink: Sink) -> None:
    clock, url, count = PushedClock(), postgres_copy.url, 50
    # Whoever takes the reports does not send, so that both others claim from the outbox.
    async with running_node(url, clock=clock, sends=False) as api:
        await open_many(postgres_copy.town(api.http, sink), count)
        async with (
            running_node(url, clock=clock) as first,
            running_node(url, clock=clock) as second,
        ):
            await asyncio.gather(*(node.round() for node in (first, second, first, second)))
    ids = Counter(one.headers["webhook-id"] for one in sink.requests)
    assert len(ids) == count
    assert set(ids.values()) == {1}
    await check_everything(url)


@pytest.mark.timeout(300)
async def test_server_and_worker_share_many_incidents(
    postgres_copy: Place, sink: Sink, tmp_path: Path
) -> None:
    url, count = postgres_copy.url, 150
    async with (
        running_program(url, tmp_path) as server,
        running_program(url, tmp_path, "work", "--no-migrate", is_awaited=False) as worker,
        calling(server) as http,
    ):
        town = postgres_copy.town(http, sink)
        await town.publish(*(asks(desk, 2) for desk in STEPS), accountable_remind_every_seconds=600)
        await open_many(town, count)
        await sink.received(count * len(PAGES), timeout_seconds=120)
        assert worker.process is not None
        assert worker.process.returncode is None, worker.said
        await stopped(server)
        await stopped(worker)
    await check_each_step_began_once(url, count)
    check_each_page_came_once(sink, count)
    await check_everything(url)


@pytest.mark.timeout(300)
async def test_interface_without_engine_leaves_all_timers_to_the_worker(
    postgres_copy: Place, sink: Sink, tmp_path: Path
) -> None:
    url, count = postgres_copy.url, 20
    serve = ("serve", "--no-engine", "--no-migrate")
    async with (
        running_program(url, tmp_path, *serve) as server,
        running_program(url, tmp_path, "work", "--no-migrate", is_awaited=False) as worker,
        calling(server) as http,
    ):
        town = postgres_copy.town(http, sink)
        await town.publish(*(asks(desk, 1) for desk in STEPS), accountable_remind_every_seconds=600)
        await open_many(town, count)
        await sink.received(count * len(PAGES), timeout_seconds=120)
        await stopped(server)
        await stopped(worker)
    check_each_page_came_once(sink, count)
    await check_everything(url)


@pytest.mark.timeout(300)
async def test_frozen_node_does_not_stop_the_other(
    postgres_copy: Place, sink: Sink, tmp_path: Path
) -> None:
    url, count = postgres_copy.url, 40
    async with (
        running_program(url, tmp_path) as freezing,
        running_program(url, tmp_path) as other,
        calling(other) as http,
    ):
        town = postgres_copy.town(http, sink)
        await town.publish(*(asks(desk, 1) for desk in STEPS), rounds=10)
        await open_many(town, count)
        connection = await asyncpg.connect(url)
        frozen_at = await freeze_holding_due_incidents(freezing, connection)
        await until_all_went_on(connection, milliseconds(frozen_at))
        seconds = (utc_now() - frozen_at).total_seconds()
        await connection.close()
        print(f"all went on after {seconds:.1f} s")  # noqa: T201  # a measurement
        assert seconds <= IDLE_SECONDS + SWEEP_SECONDS + SLACK_SECONDS
        freezing.send(signal.SIGCONT)
        await freezing.ready()
        await stopped(freezing)
        await stopped(other)
    repeated = await number(
        url,
        "SELECT count(*) FROM (SELECT 1 FROM ledger_entry WHERE type = 'step_started'"
        " AND cause <> 'exhausted' GROUP BY incident_id, step, at HAVING count(*) > 1) AS twice",
    )
    assert repeated == 0
    await check_everything(url)


async def freeze_holding_due_incidents(program: Program, connection: Connection) -> datetime:
    """SIGSTOP it at an instant at which it holds incidents that are due; when that was."""
    async with asyncio.timeout(60):
        while True:
            if await connection.fetchval(HOLDING, 0):
                program.send(signal.SIGSTOP)
                frozen_at = utc_now()
                # The other node does what it can; what stays overdue is what this one holds.
                await asyncio.sleep(0.5)
                is_held = await connection.fetchval(HOLDING, 300)
                if is_held and await connection.fetchval(OVERDUE, milliseconds(frozen_at)):
                    return frozen_at
                program.send(signal.SIGCONT)
            await asyncio.sleep(0.001)


async def until_all_went_on(connection: Connection, at: int) -> None:
    """Wait until nothing that was due at this instant still is."""
    async with asyncio.timeout(60):
        while True:
            if not await connection.fetchval(OVERDUE, at):
                return
            await asyncio.sleep(POLL_SECONDS)


async def stopped(program: Program) -> None:
    """End it as an operator would, so that what it has begun is written down."""
    program.send(signal.SIGTERM)
    await program.ended()
