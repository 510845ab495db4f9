"""A storm: incidents are posted and answered while the server is killed again and again.

The bookkeeping is the callers' own: what they were answered, and what arrived at the sink. After
each kill it is compared with what is stored.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from app.clock import utc_now
from app.models.columns import milliseconds
from tests.engine.checking import check_everything
from tests.engine.databases import number, rows
from tests.engine.node import running_node
from tests.engine.process import POLL_SECONDS, Program, calling, running_program
from tests.engine.town import Town, asks, build_town
from tests.peers.sink import Received, Sink, running_sink

REPORTERS: Final = 4
SETTLE_SECONDS: Final = 90.0
CLOSED: Final = frozenset({"resolved", "cancelled"})
# Part of the kills strike while the program starts.
KILLED_AT_START: Final = 0.2


class Dice:
    """Chance that a seed repeats."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._thrown = 0

    def between(self, low: float, high: float) -> float:
        """A number from `low` to `high`."""
        self._thrown += 1
        thrown = hashlib.sha256(f"{self._seed} {self._thrown}".encode()).digest()
        return low + (high - low) * int.from_bytes(thrown[:7]) / (1 << 56)

    def is_lucky(self, chance: float) -> bool:
        """True in `chance` of all throws."""
        return self.between(0, 1) < chance


@dataclass
class Storm:
    """The callers, and what they know."""

    program: Program
    sink: Sink
    town: Town
    dice: Dice
    # Every so many kills, and at the end, every chain is verified; what was answered, always.
    verified_every: int
    is_over: bool = False
    # Set while the program is meant to serve.
    up: asyncio.Event = field(default_factory=asyncio.Event)
    # Incident ids by what their report called them; each report has a name of its own.
    answered: dict[str, str] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    kills: int = 0
    broken_off: int = 0

    async def rage(self, kills: int) -> None:
        """Kill so often; then let everything settle, and check it."""
        callers = [asyncio.create_task(self._report(n)) for n in range(REPORTERS)]
        callers.append(asyncio.create_task(self._answer()))
        try:
            for _ in range(kills):
                await self._live_a_little(callers)
                await self.program.kill()
                self.kills += 1
                await self.check(verified=self.kills % self.verified_every == 0)
                await self.program.start()
            await self.program.ready()
            self.is_over = True
            self.up.set()
            await asyncio.gather(*callers)
        finally:
            for caller in callers:
                caller.cancel()
        await self._settle()
        await self.program.kill()
        await self.check(verified=True)
        await self._check_messages()

    async def check(self, *, verified: bool) -> None:
        """What was answered is there; whatever is there is as it must be."""
        await _nobody_connected(self.program.database_url)
        stored = await rows(self.program.database_url, "SELECT * FROM incident")
        known = {row["id"]: row for row in stored}
        lost = set(self.answered.values()) - known.keys()
        assert not lost, f"answered and lost: {lost}"
        undone = {one for one in self.acknowledged if known[one]["acknowledged_at"] is None}
        assert not undone, f"acknowledged and forgotten: {undone}"
        reopened = {one for one in self.closed if known[one]["closed_at"] is None}
        assert not reopened, f"closed and open again: {reopened}"
        doubled = [name for name, count in _names(stored).items() if count > 1]
        assert not doubled, f"reported once and opened twice: {doubled}"
        if verified:
            await check_everything(self.program.database_url)

    async def _live_a_little(self, callers: Sequence[asyncio.Task[None]]) -> None:
        if self.dice.is_lucky(KILLED_AT_START):
            await asyncio.sleep(self.dice.between(0, 1.5))
            return
        await self.program.ready()
        self.up.set()
        # However slow the machine is, there is soon something to forget.
        async with asyncio.timeout(SETTLE_SECONDS):
            while True:
                if self.acknowledged or any(caller.done() for caller in callers):
                    break
                await asyncio.sleep(POLL_SECONDS)
        await asyncio.sleep(self.dice.between(0.05, 0.8))
        for caller in callers:
            if caller.done():
                caller.result()
        self.up.clear()

    async def _report(self, caller: int) -> None:
        """Report one emergency after the other; who has a key asks until they are answered."""
        async with calling(self.program) as http:
            town = Town(http, self.sink.url, self.town.ids, self.town.keys)
            count = 0
            while not self.is_over:
                count += 1
                await self._report_one(town, f"{caller}-{count}")
                await asyncio.sleep(self.dice.between(0, 0.05))

    async def _report_one(self, town: Town, name: str) -> None:
        key = f"key-{name}" if self.dice.is_lucky(0.7) else None
        while True:
            await self.up.wait()
            try:
                response = await town.report(summary=name, once=key)
            except httpx.TransportError:
                self.broken_off += 1
            else:
                if response.status_code == 201:
                    self.answered[name] = response.json()["id"]
                    return
                assert response.status_code == 503, response.text
            if key is None or self.is_over:
                return
            await asyncio.sleep(POLL_SECONDS)

    async def _answer(self) -> None:
        """Some of those who are paged say yes, and some of those close."""
        seen = 0
        async with httpx.AsyncClient(timeout=30) as http:
            while not self.is_over:
                await self.up.wait()
                await asyncio.sleep(POLL_SECONDS)
                for message in self.sink.requests[seen : seen + 5]:
                    seen += 1
                    if "links" in message.json["data"] and self.dice.is_lucky(0.4):
                        await self._say_yes(http, message)

    async def _say_yes(self, http: httpx.AsyncClient, message: Received) -> None:
        data = message.json["data"]
        incident_id, link = data["incident_id"], data["links"]["respond"]
        if await self._act(http, f"{link}/acknowledge"):
            self.acknowledged.add(incident_id)
            if self.dice.is_lucky(0.5) and await self._act(
                http, f"{link}/resolve", {"outcome": "client_safe"}
            ):
                self.closed.add(incident_id)

    async def _act(self, http: httpx.AsyncClient, link: str, body: object = None) -> bool:
        """Whether the act was answered as done."""
        try:
            response = await http.post(link, json=body, headers={"Accept": "application/json"})
        except httpx.TransportError:
            self.broken_off += 1
            return False
        assert response.status_code in {200, 409, 503}, response.text
        return response.status_code == 200

    async def _settle(self) -> None:
        """Wait until nothing is overdue, and every message is sent or not wanted any more."""
        url = self.program.database_url
        async with asyncio.timeout(SETTLE_SECONDS):
            while True:
                late = milliseconds(utc_now()) - 2_000
                overdue = await number(
                    url,
                    f"SELECT count(*) FROM incident WHERE wake_at < {late}",  # noqa: S608  # a number
                )
                waiting = await number(
                    url,
                    "SELECT count(*) FROM delivery WHERE status = 'pending'"  # noqa: S608
                    f" AND due_at < {late}",
                )
                if not overdue and not waiting:
                    return
                await asyncio.sleep(0.2)

    async def _check_messages(self) -> None:
        """Everything that was to be sent has arrived; what arrived twice is the same."""
        deliveries = await rows(self.program.database_url, "SELECT * FROM delivery")
        known = {row["id"]: row for row in deliveries}
        arrived: dict[str, list[Received]] = {}
        for request in self.sink.requests:
            arrived.setdefault(request.headers["webhook-id"], []).append(request)
        assert arrived.keys() <= known.keys(), "sent before it was stored"
        silent = {one for one, row in known.items() if row["status"] == "sent"} - arrived.keys()
        assert not silent, f"written down as sent, and never arrived: {silent}"
        for copies in arrived.values():
            assert len({one.body for one in copies}) == 1, "a repeat says something else"
        stored = await rows(self.program.database_url, "SELECT id FROM incident")
        paged = {one.json["data"]["incident_id"] for one in self.sink.requests}
        assert paged >= {row["id"] for row in stored}, "an incident of which nobody heard"

    @property
    def summary(self) -> str:
        """What happened, in a line."""
        ids = Counter(one.headers["webhook-id"] for one in self.sink.requests)
        return (
            f"{self.kills} kills, {len(self.answered)} incidents answered,"
            f" {len(self.acknowledged)} acknowledged, {len(self.closed)} closed,"
            f" {self.broken_off} calls broken off, {len(ids)} messages,"
            f" {sum(ids.values()) - len(ids)} repeated"
        )


async def storm(
    database_url: str, folder: Path, *, kills: int, seed: int, verified_every: int = 1
) -> Storm:
    """Let a storm rage over a migrated, empty database; answers what it came to.

    Raises:
        AssertionError: something was lost, doubled or fell asleep; the message begins with the
            seed.
    """
    async with running_sink() as sink:
        async with running_node(database_url) as node:
            town = await build_town(node.http, sink.url)
            # Steps end while it rages; the last resort is quiet enough to settle.
            steps = (asks("first", 2), asks("second", 2))
            await town.publish(*steps, accountable_remind_every_seconds=60)
        async with running_program(database_url, folder, is_awaited=False) as program:
            raging = Storm(program, sink, town, Dice(seed), verified_every)
            try:
                await raging.rage(kills)
            except AssertionError as error:
                raise AssertionError(f"seed {seed}, {raging.summary}:\n{error}") from error
    return raging


def _names(incidents: Sequence[Any]) -> Counter[str]:
    return Counter(str(row["report"]) for row in incidents)


async def _nobody_connected(database_url: str) -> None:
    """PostgreSQL may still be ending what a killed program has begun."""
    if not database_url.startswith("postgresql"):
        return
    connected = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = 'renrakumo'"
    )
    async with asyncio.timeout(SETTLE_SECONDS):
        while True:
            if not await number(database_url, connected):
                return
            await asyncio.sleep(POLL_SECONDS)
