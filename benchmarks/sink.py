"""A local sink that notes when each message arrived."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from aiohttp import web

PATIENCE_SECONDS = 120
QUIET_SECONDS = 0.5


class Sink:
    """Counts messages and remembers each incident's arrivals."""

    def __init__(self) -> None:
        """Nothing has arrived yet."""
        self.url = ""
        self._first: dict[str, float] = {}
        self._late: list[tuple[str, float, datetime]] = []
        self._count = 0
        self._arrived = asyncio.Event()

    async def take(self, request: web.Request) -> web.Response:
        """Note a message."""
        arrived, wall = time.perf_counter(), time.time()  # noqa: TID251  # compared with due_at
        data = json.loads(await request.read())["data"]
        self._first.setdefault(data["incident_id"], arrived)
        if request.path == "/late":
            self._late.append(
                (data["incident_id"], wall, datetime.fromisoformat(data["opened_at"]))
            )
        self._count += 1
        self._arrived.set()
        return web.Response()

    def forget(self) -> None:
        """Begin anew."""
        self._first.clear()
        self._late.clear()
        self._count = 0

    def at(self, incident_id: str) -> float:
        """When the first message of an incident arrived."""
        return self._first[incident_id]

    def lateness(self, step_seconds: float) -> Sequence[float]:
        """Seconds between the end of each first step and the arrival of the second's page."""
        return [wall - opened.timestamp() - step_seconds for _, wall, opened in self._late]

    async def wait_for(self, count: int) -> float:
        """Wait until so many messages have arrived; returns the seconds that it took."""
        begun = time.perf_counter()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self._count < count:
                self._arrived.clear()
                await self._arrived.wait()
        return time.perf_counter() - begun

    async def settle(self) -> None:
        """Wait until nothing arrives any more."""
        before = -1
        while before != self._count:
            before = self._count
            await asyncio.sleep(QUIET_SECONDS)


@contextlib.asynccontextmanager
async def running_sink() -> AsyncIterator[Sink]:
    """A sink on a free port of this machine."""
    sink = Sink()
    app = web.Application()
    app.router.add_post("/{name}", sink.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    sink.url = f"http://{host}:{port}"
    try:
        yield sink
    finally:
        await runner.cleanup()
