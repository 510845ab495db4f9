"""Few messages at once to one destination, so that a dead host delays nobody else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from app.channels.channel import Failed, Reason, Result

WIDTH = 8
TIMED_OUT: Final = Failed(permanent=False, reason=Reason.TIMEOUT)


class DestinationBusy(Exception):
    """All lanes to the destination are taken and nothing moves on them."""


@dataclass(slots=True, kw_only=True)
class Lane:
    """What is on the way to one destination."""

    slots: asyncio.Semaphore
    moved_at: float
    waiting: int = 0

    def move(self) -> None:
        """The destination has answered something: those who wait have reason to."""
        self.moved_at = asyncio.get_running_loop().time()


class Lanes:
    """A lane per destination; those that nobody is on are forgotten."""

    def __init__(self, *, patience_seconds: float, width: int = WIDTH) -> None:
        """Nobody waits longer than `patience_seconds`, nor at all when nothing moved so long."""
        self._patience = patience_seconds
        self._width = width
        # Bounded by the messages that are being sent.
        self._lanes: dict[str, Lane] = {}

    def __len__(self) -> int:
        return len(self._lanes)

    async def in_turn(self, destination: str, send: Callable[[], Awaitable[Result]]) -> Result:
        """What `send` answers when it is its turn, or that it did not come."""
        try:
            async with self.slot(destination) as lane:
                result = await send()
                if result != TIMED_OUT:
                    lane.move()
                return result
        except DestinationBusy:
            return Failed(permanent=False, reason=Reason.DESTINATION_BUSY)

    @asynccontextmanager
    async def slot(self, destination: str) -> AsyncIterator[Lane]:
        """A place on the lane to `destination`; `move` it when an answer came.

        Raises:
            DestinationBusy: no place came free.
        """
        lane = self._lanes.get(destination) or self._open(destination)
        lane.waiting += 1
        try:
            await self._take(lane)
            try:
                yield lane
            finally:
                lane.slots.release()
        finally:
            lane.waiting -= 1
            if not lane.waiting:
                self._lanes.pop(destination, None)

    def _open(self, destination: str) -> Lane:
        now = asyncio.get_running_loop().time()
        lane = Lane(slots=asyncio.Semaphore(self._width), moved_at=now)
        self._lanes[destination] = lane
        return lane

    async def _take(self, lane: Lane) -> None:
        if lane.slots.locked():
            still = asyncio.get_running_loop().time() - lane.moved_at
            if still > self._patience:
                raise DestinationBusy
            try:
                async with asyncio.timeout(self._patience):
                    await lane.slots.acquire()
            except TimeoutError as error:
                raise DestinationBusy from error
        else:
            await lane.slots.acquire()
