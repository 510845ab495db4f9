"""A small town, made through the API: three desks of nurses, and an office that never closes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

SECRET: Final = "whsec_" + "c2VjcmV0" * 4
DESKS: Final = ("first", "second", "third", "office")
Json = dict[str, Any]


@dataclass
class Town:
    """Ids by name, keys by role, and short ways to say what happens.

    Each desk `first`, `second`, `third`, `office` has one person (`first_nurse`, …), whose
    webhook leads to the path `/first_nurse`. The office is the accountable desk.
    """

    http: httpx.AsyncClient
    sink_url: str
    ids: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.ids[name]

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """One request; as operator, or with the key of a role."""
        sent = dict(headers or {})
        if key is not None:
            sent["Authorization"] = f"Bearer {self.keys[key]}"
        return await self.http.request(method, path, json=body, headers=sent)

    async def make(self, path: str, body: object, *, method: str = "POST") -> Json:
        """What a request of the operator has made."""
        response = await self.call(method, path, body)
        assert response.status_code in {200, 201}, response.text
        made: Json = response.json()
        return made

    async def get(self, path: str) -> Json:
        """What the operator reads."""
        response = await self.call("GET", path)
        assert response.status_code == 200, response.text
        found: Json = response.json()
        return found

    async def add_contact_point(self, name: str, **fields: object) -> Json:
        """A way to reach a party; by default a webhook to the path of its name."""
        body: Json = {"channel": "webhook", **fields}
        if body["channel"] == "webhook":
            body = {"address": f"{self.sink_url}/{name}", "secret": SECRET} | body
        return await self.make(f"/v1/parties/{self[name]}/contact-points", body)

    async def add_desk(self, name: str, *, organisation: str = "provider", **fields: object) -> str:
        """A desk with one person, who is reached at once."""
        body = {"organisation_id": self[organisation], "kind": "desk", "name": name, **fields}
        self.ids[name] = (await self.make("/v1/parties", body))["id"]
        await self.add_person(f"{name}_nurse", desks=[name], organisation=organisation)
        await self.add_contact_point(f"{name}_nurse")
        return self[name]

    async def add_person(
        self, name: str, *, desks: Sequence[str], organisation: str = "provider"
    ) -> str:
        """A person of some desks, whom nothing reaches yet."""
        body = {
            "organisation_id": self[organisation],
            "kind": "person",
            "name": name,
            "desk_ids": [self[desk] for desk in desks],
        }
        self.ids[name] = (await self.make("/v1/parties", body))["id"]
        return self[name]

    async def add_client(self, name: str, **fields: object) -> str:
        """Somebody whom the provider looks after."""
        body = {
            "municipality_id": self["municipality"],
            "served_by": [self["provider"]],
            "name": name,
            **fields,
        }
        self.ids[name] = (await self.make("/v1/clients", body))["id"]
        return self[name]

    def protocol(self, steps: Sequence[Json], *, rounds: int = 1, **changes: object) -> Json:
        """A document in which the office is accountable; steps name desks and persons by name."""
        return {
            "title": "緊急時対応",
            "accountable": self["office"],
            "approvals": [
                {
                    "organisation": self["provider"],
                    "approved_by": "山田 管理者",
                    "approved_on": "2020-04-01",
                }
            ],
            "variants": [
                {"name": "いつでも", "rounds": rounds, "steps": [self._step(one) for one in steps]}
            ],
            **changes,
        }

    async def publish(
        self, *steps: Json, client: str = "client", rounds: int = 1, **changes: object
    ) -> None:
        """Publish a protocol of a client."""
        document = self.protocol(steps, rounds=rounds, **changes)
        await self.make(f"/v1/clients/{self[client]}/protocol", document, method="PUT")

    async def report(
        self,
        kind: str = "fall",
        *,
        client: str = "client",
        key: str = "provider",
        once: str | None = None,
        **fields: object,
    ) -> httpx.Response:
        """A report of an emergency, by the provider; `once` is an Idempotency-Key."""
        body = {"client_id": self[client], "type": kind, **fields}
        headers = {"Idempotency-Key": once} if once else None
        return await self.call("POST", "/v1/incidents", body, key=key, headers=headers)

    async def opened(self, kind: str = "fall", **fields: Any) -> Json:  # noqa: ANN401  # passed on
        """The incident that a report has opened."""
        response = await self.report(kind, **fields)
        assert response.status_code == 201, response.text
        incident: Json = response.json()
        return incident

    async def incident(self, incident_id: str) -> Json:
        """An incident as it stands."""
        return await self.get(f"/v1/incidents/{incident_id}")

    async def act(
        self,
        incident_id: str,
        act: str,
        person: str | None = None,
        *,
        key: str = "provider",
        once: str | None = None,
        **fields: object,
    ) -> httpx.Response:
        """An act of a person, by the key of their organisation."""
        body = {"party_id": self[person], **fields} if person else fields
        headers = {"Idempotency-Key": once} if once else None
        path = f"/v1/incidents/{incident_id}/{act}"
        return await self.call("POST", path, body, key=key, headers=headers)

    async def acted(self, incident_id: str, act: str, person: str | None = None, **f: Any) -> Json:  # noqa: ANN401  # passed on
        """What an act that is allowed has done."""
        response = await self.act(incident_id, act, person, **f)
        assert response.status_code == 200, response.text
        done: Json = response.json()
        return done

    def _step(self, step: Json) -> Json:
        named: Json = {key: self[step[key]] for key in ("desk", "person") if key in step}
        lists: Json = {
            key: [self[one] for one in step[key]] for key in ("inform", "also_page") if key in step
        }
        return {**step, **named, **lists}


async def build_town(http: httpx.AsyncClient, sink_url: str) -> Town:
    """The town, with one client whose protocol asks first, second and third, 180 s each."""
    town = Town(http, sink_url)
    made = await town.make("/v1/organisations", {"name": "A市", "kind": "municipality"})
    town.ids["municipality"] = made["id"]
    made = await town.make(
        "/v1/organisations",
        {"name": "みどり訪問看護", "kind": "provider", "municipality_ids": [town["municipality"]]},
    )
    town.ids["provider"] = made["id"]
    for role, whose in (("provider", "provider"), ("coordinator", "municipality")):
        made = await town.make("/v1/keys", {"organisation_id": town[whose], "role": role})
        town.keys[role] = made["key"]
    for desk in DESKS:
        await town.add_desk(desk)
    await town.add_client("client")
    await town.publish(asks("first"), asks("second"), asks("third"))
    return town


def asks(desk: str, seconds: int = 180, **fields: object) -> Json:
    """A step that asks a desk and is silent until it ends."""
    return {"desk": desk, "ack_within_seconds": seconds, "remind_every_seconds": None, **fields}
