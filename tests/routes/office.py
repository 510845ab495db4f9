"""Incidents that really run: the engine beside the API, with timers that a test lets run out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from app.auth import Role
from app.channels.channel import rfc3339
from app.engine.engine import Engine
from app.engine.timing import Wake
from tests.routes.world import Api, Json, World

ACK_SECONDS = 180
# By which the desk of another organisation may be a municipality's accountable desk.
APPROVAL: Json = {"approved_by": "山田 管理者", "approved_on": "2026-11-01"}


@dataclass
class Office:
    """The world with a second step: `hall` of `centre` with `advisor`, and the client's family.

    The client's protocol asks `desk` (which `nurse` takes turns at), then `hall` and `daughter`;
    `hall` is the accountable desk too.
    """

    api: Api
    world: World
    engine: Engine

    def __getitem__(self, name: str) -> str:
        return self.world[name]

    @property
    def now(self) -> str:
        """The instant, as answers write it."""
        return rfc3339(self.api.clock())

    async def open(self, client: str = "client", **more: object) -> str:
        """A fall; returns the incident's id."""
        body = {"client_id": self[client], "type": "fall", **more}
        made = await self.api.make("/v1/incidents", body)
        return str(made["id"])

    async def act(self, incident_id: str, act: str, **body: object) -> Json:
        """An act that is allowed."""
        path = f"/v1/incidents/{incident_id}/{act}"
        response = await self.api.call("POST", path, body)
        assert response.status_code == 200, response.text
        answer: Json = response.json()
        return answer

    async def pass_time(self, *incident_ids: str, **ahead: float) -> None:
        """Push the clock, and let what is due in these incidents happen."""
        self.api.clock.push(**ahead)
        for one in incident_ids:
            await self.engine.submit(Wake(incident_id=one))

    async def run(self, client: str = "client") -> str:
        """An incident from report to end: 3 min at the desk, 1 min at the hall, then 30 min."""
        incident_id = await self.open(client)
        await self.pass_time(incident_id, seconds=ACK_SECONDS)
        await self.pass_time(seconds=60)
        await self.act(incident_id, "acknowledge", party_id=self["advisor"])
        await self.pass_time(minutes=20)
        await self.act(incident_id, "arrive", party_id=self["advisor"])
        await self.pass_time(minutes=10)
        await self.act(
            incident_id, "resolve", party_id=self["advisor"], outcome="client_safe", note="無事"
        )
        return incident_id

    async def intervals(self, query: str = "", *, key: str | None = None) -> list[Json]:
        """All that a query for intervals finds, page by page."""
        found: list[Json] = []
        cursor = ""
        while True:
            page = await self.api.get(f"/v1/responsibility?{query}{cursor}", key=key)
            found += page["items"]
            if page["next_cursor"] is None:
                return found
            cursor = f"&cursor={page['next_cursor']}"

    async def key(self, role: Role, whose: str) -> str:
        """A new key."""
        return await self.api.key(role, self[whose])


@asynccontextmanager
async def open_office(api: Api, world: World) -> AsyncIterator[Office]:
    """Furnish the world, and let the engine take commands; it sends nothing and wakes nothing."""
    await _furnish(api, world)
    engine = Engine(api.installation, {}, sends=False)
    api.app.state.engine = engine
    await engine.start()
    try:
        yield Office(api, world, engine)
    finally:
        await engine.close()


async def _furnish(api: Api, world: World) -> None:
    ids = world.ids
    made = await api.make(
        "/v1/organisations",
        {"name": "佐藤家", "kind": "family", "municipality_ids": [ids["a"]]},
    )
    ids["family"] = made["id"]
    hall = {"organisation_id": ids["centre"], "kind": "desk", "name": "包括支援センター"}
    ids["hall"] = (await api.make("/v1/parties", hall))["id"]
    for name, person, whose in (
        ("advisor", "相談員 鈴木", {"organisation_id": ids["centre"], "desk_ids": [ids["hall"]]}),
        ("daughter", "佐藤 花子", {"organisation_id": ids["family"]}),
    ):
        body = {"kind": "person", "name": person, **whose}
        ids[name] = (await api.make("/v1/parties", body))["id"]
        await api.make(f"/v1/parties/{ids[name]}/contact-points", {"channel": "inbox"})
    document = {
        "title": "緊急時対応",
        "accountable": ids["hall"],
        "approvals": [APPROVAL | {"organisation": ids[whose]} for whose in ("provider", "centre")],
        "variants": [
            {
                "name": "いつでも",
                "steps": [
                    {"desk": ids["desk"], "ack_within_seconds": ACK_SECONDS},
                    {
                        "desk": ids["hall"],
                        "ack_within_seconds": ACK_SECONDS,
                        "also_page": [ids["daughter"]],
                    },
                ],
            }
        ],
    }
    response = await api.call("PUT", f"/v1/clients/{ids['client']}/protocol", document)
    assert response.status_code == 201, response.text


def later(text: str, milliseconds: int) -> str:
    """An instant as answers write it, some milliseconds later or, below zero, earlier."""
    at = datetime.fromisoformat(text)
    return rfc3339(datetime.fromtimestamp(at.timestamp() + milliseconds / 1000, at.tzinfo))
