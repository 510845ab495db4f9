"""The publisher's loops: what fails in one holds up no other, and closing ends them all."""

import asyncio

from app.publishing.publisher import Publisher, Way
from app.telemetry import LOOP_FAILURES


async def test_way_that_fails_or_hangs_holds_up_no_other() -> None:
    rounds = asyncio.Queue[str]()
    hangs = asyncio.Event()
    closed = asyncio.Event()

    async def fail() -> int:
        await rounds.put("fails")
        raise OSError("away")

    async def hang() -> int:
        await rounds.put("hangs")
        await hangs.wait()
        return 0

    async def work() -> int:
        await rounds.put("works")
        return 1

    async def close() -> None:
        closed.set()

    ways = tuple(
        Way(name=name, run_once=one, seconds=0)
        for name, one in (("fails", fail), ("hangs", hang), ("works", work))
    )
    failures = LOOP_FAILURES.labels("fails")._value  # noqa: SLF001  # there is no other way
    before = failures.get()
    publisher = Publisher(ways, close)
    publisher.start()
    said = [await rounds.get() for _ in range(30)]
    await publisher.close()
    assert said.count("hangs") == 1
    assert min(said.count("fails"), said.count("works")) > 5
    assert failures.get() - before > 5
    assert closed.is_set()
    while not rounds.empty():
        rounds.get_nowait()
    await asyncio.sleep(0)
    assert rounds.empty()
