"""A bounded load on this machine's own server."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

import aiohttp


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a load measured; times in seconds."""

    count: int
    seconds: float
    times: Sequence[float]

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.count / self.seconds

    def quantile(self, share: float) -> float:
        """The time that `share` of the requests stayed within."""
        return sorted(self.times)[min(int(share * len(self.times)), len(self.times) - 1)]


async def post_many(url: str, bodies: Sequence[bytes], *, key: str, connections: int) -> Load:
    """Post each body once, over `connections` connections; every answer must be 201."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    times: list[float] = []
    waiting = iter(bodies)

    async def client(http: aiohttp.ClientSession) -> None:
        for body in waiting:
            begun = time.perf_counter()
            async with http.post(url, data=body, headers=headers) as answer:
                text = await answer.read()
                assert answer.status == HTTPStatus.CREATED, text
            times.append(time.perf_counter() - begun)

    connector = aiohttp.TCPConnector(limit=connections)
    async with aiohttp.ClientSession(connector=connector) as http:
        begun = time.perf_counter()
        await asyncio.gather(*(client(http) for _ in range(connections)))
        return Load(count=len(times), seconds=time.perf_counter() - begun, times=times)
