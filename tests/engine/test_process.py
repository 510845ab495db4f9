"""The program as a process: how it starts, how it refuses to, how it ends."""

import asyncio
import signal
import socket
import time
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.engine.checking import check_everything
from tests.engine.databases import Place, number, rows
from tests.engine.process import Program, calling, free_port, running_program
from tests.peers.sink import Answer, Misbehaviour, Sink

pytestmark = pytest.mark.timeout(300)

END_SECONDS: Final = 10.0
# How long a lease of a process that was killed holds others up, and the sweep after it.
LEASE_AND_SWEEP_SECONDS: Final = 11
SLACK_SECONDS: Final = 4


async def end(program: Program) -> float:
    """SIGTERM; how long it took to end, in seconds."""
    begun = time.monotonic()
    program.send(signal.SIGTERM)
    await program.ended()
    return time.monotonic() - begun


async def test_server_ends_in_time_and_leaves_nothing_half_done(
    place: Place, sink: Sink, tmp_path: Path
) -> None:
    # Whoever is paged first never answers, so sends are under way when the end comes.
    sink.plan("/first_nurse", Answer(instead=Misbehaviour.HANG))
    async with running_program(place.url, tmp_path) as program:
        async with calling(program) as http:
            town = place.town(http, sink)
            ids = {(await town.opened())["id"] for _ in range(20)}
            await sink.received(1)
        assert await end(program) < END_SECONDS
    stored = await rows(place.url, "SELECT id, status, wake_at FROM incident")
    assert {row["id"] for row in stored} == ids
    assert all(row["wake_at"] for row in stored)
    # Nothing was given up: the queue is left to the next start.
    left = await rows(place.url, "SELECT status FROM delivery")
    assert {row["status"] for row in left} == {"pending"}
    await check_everything(place.url)

    sink.plan("/first_nurse", Answer())
    before = len(sink.requests)
    async with running_program(place.url, tmp_path) as program:
        # From when it answers: how long a start takes is the machine's affair.
        begun = time.monotonic()
        await sink.received(before + len(ids), timeout_seconds=60)
        assert time.monotonic() - begun < LEASE_AND_SWEEP_SECONDS + SLACK_SECONDS
        await end(program)
    paged = {one.json["data"]["incident_id"] for one in sink.requests[before:]}
    assert paged == ids
    await check_everything(place.url)


async def test_worker_ends_in_time_while_a_receiver_hangs(
    postgres_copy: Place, sink: Sink, tmp_path: Path
) -> None:
    sink.plan("/first_nurse", Answer(instead=Misbehaviour.HANG))
    url = postgres_copy.url
    async with (
        running_program(url, tmp_path, "serve", "--no-engine", "--no-migrate") as server,
        running_program(url, tmp_path, "work", "--no-migrate", is_awaited=False) as worker,
        calling(server) as http,
    ):
        await postgres_copy.town(http, sink).opened()
        await sink.received(1, timeout_seconds=60)
        assert await end(worker) < END_SECONDS
        assert worker.process is not None
        assert worker.process.returncode == 0
    await check_everything(url)


async def test_request_under_way_is_answered_before_the_end(
    place: Place, sink: Sink, tmp_path: Path
) -> None:
    async with running_program(place.url, tmp_path) as program, calling(program) as http:
        town = place.town(http, sink)
        calls = [asyncio.ensure_future(town.report()) for _ in range(40)]
        done, waiting = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
        assert await end(program) < END_SECONDS
        answers = await asyncio.gather(*done, *waiting, return_exceptions=True)
    responses = [one for one in answers if isinstance(one, httpx.Response)]
    opened = {one.json()["id"] for one in responses if one.status_code == 201}
    assert opened
    stored = {row["id"] for row in await rows(place.url, "SELECT id FROM incident")}
    assert opened <= stored
    await check_everything(place.url)


async def test_message_of_a_killed_server_arrives_again_with_the_same_id(
    place: Place, sink: Sink, tmp_path: Path
) -> None:
    sink.plan("/first_nurse", Answer(instead=Misbehaviour.HANG), Answer())
    async with running_program(place.url, tmp_path) as program:
        async with calling(program) as http:
            await place.town(http, sink).opened()
        await sink.received(1)
        # Sent, and nobody has written that down.
        await program.kill()
        begun = time.monotonic()
        await program.start()
        await sink.received(2, timeout_seconds=60)
        assert time.monotonic() - begun < LEASE_AND_SWEEP_SECONDS + SLACK_SECONDS
        await end(program)
    first, again = sink.requests
    assert first.headers["webhook-id"] == again.headers["webhook-id"]
    assert first.body == again.body
    assert await number(place.url, "SELECT count(*) FROM delivery WHERE status = 'sent'") == 1
    await check_everything(place.url)


async def test_second_server_on_one_sqlite_file_is_refused_with_a_sentence(
    sqlite_copy: Place, sink: Sink, tmp_path: Path
) -> None:
    async with running_program(sqlite_copy.url, tmp_path) as first:
        for command in (("serve",), ("serve", "--no-migrate")):
            async with running_program(
                sqlite_copy.url, tmp_path, *command, is_awaited=False
            ) as second:
                assert await second.ended() == 2
                assert_sentence(second, "Another process serves this SQLite file")
        # The first one has not noticed.
        async with calling(first) as http:
            await sqlite_copy.town(http, sink).opened()


async def test_killed_server_leaves_no_lock_behind(sqlite_copy: Place, tmp_path: Path) -> None:
    async with running_program(sqlite_copy.url, tmp_path) as program:
        await program.kill()
        await program.start()
        await program.ready()


async def test_port_that_is_taken_is_refused_with_a_sentence(
    sqlite_copy: Place, tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        program = Program(sqlite_copy.url, tmp_path, taken.getsockname()[1])
        await program.start()
        assert await program.ended() == 2
        assert_sentence(program, f"127.0.0.1:{program.port} is taken")
        assert "RENRAKUMO_PORT" in program.said


async def test_data_key_that_is_none_is_refused_with_a_sentence(
    sqlite_copy: Place, tmp_path: Path
) -> None:
    (tmp_path / "data.key").write_text("not a key")
    program = Program(sqlite_copy.url, tmp_path, free_port())
    await program.start()
    assert await program.ended() == 2
    assert_sentence(program, "data.key does not hold a key")


@pytest.mark.parametrize("command", [("serve",), ("serve", "--no-migrate"), ("work",)])
async def test_database_that_is_away_is_refused_with_a_sentence(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    url = f"postgresql://postgres@127.0.0.1:{free_port()}/renrakumo"
    program = Program(url, tmp_path, free_port(), command)
    await program.start()
    assert await program.ended() == 2
    assert_sentence(program, "the database cannot be reached")


def assert_sentence(program: Program, sentence: str) -> None:
    """It says why, and shows no inside."""
    assert sentence.lower() in program.said.lower(), program.said
    assert "Traceback" not in program.said, program.said
