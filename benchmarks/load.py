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


@dataclass(frozen=True, slots=True, kw_only=True)
class Steady:
    """A steady load: when each incident was posted, and how long each answer took, in seconds."""

    begun: dict[str, float]
    times: Sequence[float]


async def post_steadily(url: str, bodies: Sequence[bytes], key: str, per_second: float) -> Steady:
    """Post bodies one after another at a fixed rate; `begun` is by the answer's id."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    begun: dict[str, float] = {}
    times: list[float] = []
    async with aiohttp.ClientSession() as http:
        next_at = time.perf_counter()
        for body in bodies:
            await asyncio.sleep(max(0.0, next_at - time.perf_counter()))
            next_at += 1 / per_second
            at = time.perf_counter()
            async with http.post(url, data=body, headers=headers) as answer:
                begun[(await answer.json())["id"]] = at
            times.append(time.perf_counter() - at)
    return Steady(begun=begun, times=times)
