"""The metronome itself: what it does between two sweeps."""

import asyncio
from datetime import UTC, datetime

import pytest

from tests.engine.databases import Place
from tests.engine.node import PushedClock, running_node
from tests.peers.sink import Sink

# Ahead of the machine's clock, so that no exact wake-up ever comes.
FAR_AHEAD = datetime(2090, 11, 20, 3, 0, tzinfo=UTC)


async def test_what_falls_due_during_a_round_does_not_wait_for_the_sweep(
    place: Place, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.engine.scheduler.SWEEP_SECONDS", 3600)
    async with running_node(place.url, clock=PushedClock(FAR_AHEAD)) as node:
        town = place.town(node.http, sink)
        await town.opened()
        node.clock.push(seconds=90)
        await town.opened()
        node.engine.scheduler.start()
        node.clock.push(seconds=90)
        refill = node.engine.dispatcher.run_once

        async def slow_refill() -> int:
            """The second incident falls due while the round of the first is under way."""
            monkeypatch.setattr(node.engine.dispatcher, "run_once", refill)
            node.clock.push(seconds=90)
            return await refill()

        monkeypatch.setattr(node.engine.dispatcher, "run_once", slow_refill)
        await node.round()
        for _ in range(500):
            if len(sink.to("/second_nurse")) == 2:
                break
            await asyncio.sleep(0.01)
        assert len(sink.to("/second_nurse")) == 2
