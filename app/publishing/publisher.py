"""The publisher's loops, one for each way out: none waits for another, and no seal for any."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from app.telemetry import LOOP_FAILURES

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way out: its name in logs and metrics, what is done each round, and the pause between."""

    name: str
    run_once: Callable[[], Awaitable[int]]
    seconds: float


class Publisher:
    """Runs every way out until it is closed."""

    def __init__(
        self, ways: tuple[Way, ...], close: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Start with `start`; `close` lets go of what the ways have in common."""
        self.ways = ways
        self._close = close
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to publish."""
        self._tasks = [
            asyncio.create_task(_run(way), name=f"publisher-{way.name}") for way in self.ways
        ]

    async def close(self) -> None:
        """Stop; what was under way is taken up again at the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._close is not None:
            await self._close()


async def _run(way: Way) -> None:
    while True:
        try:
            await way.run_once()
        except Exception as error:  # noqa: BLE001  # the next round tries again
            LOOP_FAILURES.labels(way.name).inc()
            log.warning("round_failed", loop=way.name, error=type(error).__name__)
        await asyncio.sleep(way.seconds)
