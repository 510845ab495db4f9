"""A small world in which an incident is told as the people in it see it.

    await world.report("fall")
    await world.sink.expects_page("/first_nurse")
    await world.pass_time(seconds=180)
    await world.sink.expects_page("/second_nurse")
    await world.answers("/second_nurse", "acknowledge")
    await world.is_held_by("second_nurse")

The database, the API, the links and the webhooks are real; only the clock is pushed.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.engine.checking import check_everything
from tests.engine.databases import Place
from tests.engine.node import Node, running_node
from tests.engine.town import Json, Town
from tests.peers.sink import Received, Sink


@dataclass
class Phones:
    """What arrives at the webhooks of the town, message by message."""

    node: Node
    peer: Sink
    read: dict[str, int] = field(default_factory=dict)

    async def expects(self, path: str, kind: str) -> Json:
        """The next message to a path is one of this kind; its data."""
        message = await self._next(path)
        assert message is not None, f"{path} has heard nothing more, not even {kind}"
        assert message.json["type"] == f"incident.{kind}", message.json
        data: Json = message.json["data"]
        return data

    async def expects_page(self, path: str) -> Json:
        """Somebody is asked to take the incident."""
        return await self.expects(path, "paged")

    async def expects_silence(self, *paths: str) -> None:
        """Nothing has arrived that was not expected."""
        for path in paths or {one.path for one in self.peer.requests}:
            message = await self._next(path)
            heard = None if message is None else message.json
            assert heard is None, f"{path} hears {heard}"

    def last_with_links(self, path: str) -> Json:
        """The links of the last message to a path that asked for something."""
        asking = [one.json["data"] for one in self.peer.to(path) if "links" in one.json["data"]]
        assert asking, f"{path} was never asked"
        links: Json = asking[-1]["links"]
        return links

    async def _next(self, path: str) -> Received | None:
        await self.node.engine.dispatcher.drain()
        messages, at = self.peer.to(path), self.read.get(path, 0)
        if at == len(messages):
            return None
        self.read[path] = at + 1
        return messages[at]


@dataclass
class World:
    """One node, one town, and the incident that is told."""

    node: Node
    town: Town
    sink: Phones
    url: str
    incident_id: str = ""

    async def report(self, kind: str, **fields: Any) -> Json:  # noqa: ANN401  # passed on
        """The provider reports an emergency; from now on it is the incident that is told."""
        incident = await self.town.opened(kind, **fields)
        self.incident_id = incident["id"]
        return incident

    async def pass_time(self, **time: float) -> None:
        """Time passes, and everything that falls due happens when it is due."""
        await self.node.pass_time(**time)

    async def posts(self, path: str, act: str, **fields: object) -> httpx.Response:
        """Whoever is reached at `path` uses the link that was sent to them last."""
        link = self.node.path(self.sink.last_with_links(path)["respond"])
        headers = {"Accept": "application/json", "Authorization": ""}
        return await self.node.http.post(f"{link}/{act}", json=fields, headers=headers)

    async def answers(self, path: str, act: str, **fields: object) -> Json:
        """An act by link that is allowed."""
        response = await self.posts(path, act, **fields)
        assert response.status_code == 200, response.text
        answer: Json = response.json()
        return answer

    async def incident(self) -> Json:
        """The incident as it stands."""
        return await self.town.incident(self.incident_id)

    async def is_held_by(self, name: str, *, status: str | None = None) -> None:
        """Exactly this party is responsible."""
        incident = await self.incident()
        assert incident["holder"], incident
        assert incident["holder"]["id"] == self.town[name], incident
        assert status is None or incident["status"] == status, incident

    async def was_held_by(self, *expected: tuple[str, str]) -> None:
        """Exactly these held, one after the other without a gap, each for this cause."""
        path = f"/v1/incidents/{self.incident_id}/responsibility"
        intervals = (await self.town.get(path))["intervals"]
        names = {party_id: name for name, party_id in self.town.ids.items()}
        held = [(names[one["holder"]["id"]], one["cause"]) for one in intervals]
        assert held == list(expected), held
        ends = [one["to"] for one in intervals[:-1]]
        assert ends == [one["from"] for one in intervals[1:]], intervals


@asynccontextmanager
async def living_world(place: Place, sink: Sink) -> AsyncIterator[World]:
    """The world in a database of its own; at its end everything that must hold is checked."""
    async with running_node(place.url) as node:
        yield World(node, place.town(node.http, sink), Phones(node, sink), place.url)
    await check_everything(place.url)
