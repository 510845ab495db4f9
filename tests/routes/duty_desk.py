"""A desk whose duty is planned: `desk` of the world, with `nurse`, `second` and `third`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

import httpx

from app.channels.channel import rfc3339
from tests.routes.world import Api, Json, World

NURSES: Final = ("nurse", "second", "third")


def document(**members: object) -> Json:
    """A roster document."""
    return {"timezone": "Asia/Tokyo", **members}


@dataclass
class DutyDesk:
    """The desk, its roster once there is one, and short ways to plan and to ask.

    Persons are named as in the world, or by their ids. It begins at noon in Tokyo.
    """

    api: Api
    world: World
    path: str = ""

    def __getitem__(self, name: str) -> str:
        return self.world[name]

    def at(self, **ahead: float) -> datetime:
        """An instant, from now."""
        return self.api.clock() + timedelta(**ahead)

    def rotation(self, *persons: str, **members: object) -> Json:
        """Turns of a day each, from nine this morning."""
        ids = [self._id(one) for one in persons]
        return {"name": "夜勤", "persons": ids, "starts_on": "2026-11-20", **members}

    def rotating(self, *persons: str, **members: object) -> Json:
        """A document with one rotation; by default of two nurses, of whom the first has begun."""
        return document(rotations=[self.rotation(*(persons or NURSES[:2]))], **members)

    def shift(self, person: str, begin: float = 1, end: float = 2, **members: object) -> Json:
        """A shift as a document has it, hours from now."""
        return {"person": self._id(person), **self._times(begin, end), **members}

    def override(self, begin: float = 1, end: float = 2, **members: object) -> Json:
        """An override as a document has it, hours from now."""
        return {**self._times(begin, end), **members}

    def hours(self, begin: float | None, end: float) -> Json:
        """`from` and `to`, hours from now."""
        times = self._times(begin or 0, end)
        return times if begin is not None else {"to": times["to"]}

    async def post(self, path: str, *, key: str | None = None, **body: object) -> httpx.Response:
        """A POST."""
        return await self.api.call("POST", path, body, key=key)

    async def open_roster(self, plan: Json, *, key: str | None = None, **terms: object) -> Json:
        """The desk gets its roster."""
        response = await self.post(
            "/v1/rosters", key=key, desk_id=self["desk"], document=plan, **terms
        )
        assert response.status_code == 201, response.text
        made: Json = response.json()
        self.path = f"/v1/rosters/{made['id']}"
        return made

    async def call(
        self,
        method: str,
        path: str = "",
        *,
        key: str | None = None,
        if_match: str | None = None,
        **body: object,
    ) -> httpx.Response:
        """A request about the roster."""
        headers = {} if if_match is None else {"If-Match": if_match}
        sent = None if method == "GET" else body
        return await self.api.call(method, self.path + path, sent, key=key, headers=headers)

    async def put(self, **body: object) -> Json:
        """The next version, as a whole."""
        response = await self.call("PUT", **body)  # type: ignore[arg-type]  # all are members
        assert response.status_code == 200, response.text
        written: Json = response.json()
        return written

    async def add(self, members: str, /, **body: object) -> Json:
        """One of `shifts` or `overrides` more."""
        response = await self.post(f"{self.path}/{members}", **body)  # type: ignore[arg-type]  # all are members
        assert response.status_code == 201, response.text
        written: Json = response.json()
        return written

    async def get(self, path: str = "") -> Json:
        """What can be read of the roster."""
        return await self.api.get(self.path + path)

    async def ask(self, **query: datetime) -> Json:
        """Who is on duty; `begin` and `end` stand for `from` and `to`."""
        names = {"begin": "from", "end": "to"}
        named = {names.get(name, name): rfc3339(at) for name, at in query.items()}
        return await self.get(f"/on-duty?{urlencode(named)}")

    async def on_duty(self, **query: datetime) -> list[str]:
        """The names of those on duty at an instant, in the answer's order."""
        return [self.name(one["person_id"]) for one in (await self.ask(**query))["items"]]

    def name(self, person_id: str) -> str:
        """What the world calls a person."""
        return {party_id: name for name, party_id in self.world.ids.items()}[person_id]

    def _id(self, person: str) -> str:
        return self.world.ids.get(person, person)

    def _times(self, begin: float, end: float) -> Json:
        return {"from": rfc3339(self.at(hours=begin)), "to": rfc3339(self.at(hours=end))}


async def open_duty_desk(api: Api, world: World) -> DutyDesk:
    """Let two more nurses take turns at the desk."""
    for name in NURSES[1:]:
        body: Mapping[str, object] = {
            "organisation_id": world["provider"],
            "kind": "person",
            "name": f"看護師 {name}",
            "desk_ids": [world["desk"]],
        }
        world.ids[name] = (await api.make("/v1/parties", body))["id"]
    return DutyDesk(api, world)
