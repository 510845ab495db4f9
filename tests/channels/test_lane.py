import asyncio
from contextlib import AsyncExitStack

import pytest

from app.channels.channel import Failed, Reason, Result, Sent
from app.channels.lane import DestinationBusy, Lanes


async def test_more_than_the_width_waits_until_one_leaves() -> None:
    lanes = Lanes(patience_seconds=5, width=2)
    inside, order = AsyncExitStack(), []
    await inside.enter_async_context(lanes.slot("a"))

    async def third() -> None:
        async with lanes.slot("a"):
            order.append("third")

    async with lanes.slot("a"):
        waiting = asyncio.create_task(third())
        await asyncio.sleep(0)
        order.append("still inside")
    await waiting
    await inside.aclose()
    assert order == ["still inside", "third"]


async def test_another_destination_does_not_wait() -> None:
    lanes = Lanes(patience_seconds=5, width=1)
    async with lanes.slot("a"), lanes.slot("b"):
        assert len(lanes) == 2


async def test_waiting_longer_than_the_patience_is_given_up() -> None:
    lanes = Lanes(patience_seconds=0.01, width=1)
    async with lanes.slot("a"):
        with pytest.raises(DestinationBusy):
            async with lanes.slot("a"):
                pytest.fail("two on a lane of one")


async def test_lane_on_which_nothing_moved_is_not_waited_for() -> None:
    lanes = Lanes(patience_seconds=1000, width=1)
    async with lanes.slot("a") as lane:
        lane.moved_at -= 1001
        with pytest.raises(DestinationBusy):
            await asyncio.wait_for(lanes.slot("a").__aenter__(), timeout=1)
        lane.move()
        with pytest.raises(TimeoutError):  # now it waits
            await asyncio.wait_for(lanes.slot("a").__aenter__(), timeout=0.01)


@pytest.mark.parametrize(
    ("result", "moves"),
    [
        (Sent(), True),
        (Failed(permanent=False, reason="http_503"), True),  # it answers, if only with a no
        (Failed(permanent=False, reason=Reason.CONNECTION_REFUSED), True),  # and at once
        (Failed(permanent=False, reason=Reason.TIMEOUT), False),
    ],
)
async def test_lane_moves_when_the_destination_says_anything(
    result: Result, *, moves: bool
) -> None:
    async def send() -> Result:
        return result

    lanes = Lanes(patience_seconds=5, width=2)
    async with lanes.slot("a") as lane:
        lane.moved_at = long_ago = -1.0
        assert await lanes.in_turn("a", send) == result
        assert (lane.moved_at != long_ago) is moves


async def test_message_whose_turn_does_not_come_is_not_sent() -> None:
    async def send() -> Result:
        pytest.fail("two on a lane of one")

    lanes = Lanes(patience_seconds=0.01, width=1)
    async with lanes.slot("a"):
        result = await lanes.in_turn("a", send)
    assert result == Failed(permanent=False, reason=Reason.DESTINATION_BUSY)


async def test_lane_that_nobody_is_on_is_forgotten() -> None:
    lanes = Lanes(patience_seconds=5)
    for number in range(100):
        async with lanes.slot(f"host-{number}"):
            pass
    assert len(lanes) == 0


async def test_lane_is_given_back_when_sending_fails() -> None:
    lanes = Lanes(patience_seconds=0.01, width=1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            async with lanes.slot("a"):
                raise ZeroDivisionError
    assert len(lanes) == 0
