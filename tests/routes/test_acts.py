"""Every act in every status by every actor, over HTTP (DESIGN.md 4.1.6–4.1.9).

The rows are those that the pure machine is held to; what HTTP adds is who may speak for whom.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from app.commands.act import PERSONS_ACTS, REPORTERS_ACTS
from app.database.migration import migrate
from app.main import create_app
from app.settings import Settings
from tests.escalation.acts_table import ActRow, act_rows

# Friday, 23:00 in Japan: a low battery waits until the morning.
NIGHT = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
KEY = "rk_" + "t" * 40
PERSONS = ("before", "first", "now", "other", "last", "never", "offered")
UNANSWERED = ("triggered", "exhausted", "waiting")
BODIES: dict[str, dict[str, object]] = {
    "resolve": {"outcome": "client_safe"},
    "note": {"text": "x"},
    "correct": {"text": "x"},
    "reclassify": {"type": "sudden_change", "severity": "critical"},
}


@dataclass
class Town:
    """The city of the table's story."""

    http: httpx.AsyncClient
    ids: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=lambda: {"operator": KEY})

    async def post(
        self, path: str, body: object, *, key: str = "operator", method: str = "POST"
    ) -> httpx.Response:
        """One request."""
        headers = {"Authorization": f"Bearer {self.keys[key]}"}
        return await self.http.request(method, path, json=body, headers=headers)

    async def make(
        self, path: str, body: object, *, key: str = "operator", method: str = "POST"
    ) -> dict[str, Any]:
        """What a request has made."""
        answer = await self.post(path, body, key=key, method=method)
        assert answer.is_success, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def act(self, incident_id: str, act: str, actor: str, **body: object) -> httpx.Response:
        """An act as an actor of the table does it."""
        said = {**BODIES.get(act, {}), **body}
        if act == "hand_over":
            said.setdefault("to_party_id", self.ids["before"])
        if actor not in {"coordinator", "reporter"}:
            said["party_id"] = self.ids[actor]
        key = actor if actor in {"coordinator", "reporter"} else "provider"
        return await self.post(f"/v1/incidents/{incident_id}/{act}", said, key=key)

    async def did(self, incident_id: str, act: str, actor: str, **body: object) -> None:
        """An act that must work, as a part of the story."""
        answer = await self.act(incident_id, act, actor, **body)
        assert answer.status_code == 200, answer.text

    async def incident_in(self, status: str) -> dict[str, Any]:
        """A new incident, taken as far as the table's status."""
        type_ = "low_battery" if status == "waiting" else "fall"
        body = {"client_id": self.ids["client"], "type": type_, "severity": "high"}
        made = await self.make("/v1/incidents", body, key="reporter")
        one = made["id"]
        if status != "waiting":
            await self.did(one, "acknowledge", "first")
            await self.did(one, "hand_over", "first", to_party_id=self.ids["offered"])
            await self.did(one, "decline", "first")
        if status == "exhausted":
            await self.did(one, "escalate", "coordinator")
            await self.did(one, "escalate", "coordinator")
        if status not in UNANSWERED:
            await self.did(one, "acknowledge", "other")
            for act in {"en_route": ["en_route"], "arrived": ["arrive"]}.get(status, []):
                await self.did(one, act, "other")
            await self.did(one, "hand_over", "other", to_party_id=self.ids["offered"])
            for act in {"resolved": ["resolve"], "cancelled": ["cancel"]}.get(status, []):
                await self.did(one, act, "other")
        return await self.make(f"/v1/incidents/{one}", None, method="GET")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """The city, its desks and persons, and one client's protocol of three steps."""
    folder: Path = tmp_path_factory.mktemp("acts")
    url = f"sqlite:///{folder}/renrakumo.db"
    migrate(url)
    settings = Settings(database_url=url, data_key_file=folder / "key", bootstrap_key=KEY)
    app = create_app(settings, clock=lambda: NIGHT, sends=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http,
    ):
        town = Town(http)
        await _furnish(town)
        yield town


async def _furnish(town: Town) -> None:
    ids = town.ids
    city = {"name": "市", "kind": "municipality"}
    ids["city"] = (await town.make("/v1/organisations", city))["id"]
    for name in ("provider", "reporter"):
        body = {"name": name, "kind": "provider", "municipality_ids": [ids["city"]]}
        ids[name] = (await town.make("/v1/organisations", body))["id"]
    desks: dict[str, list[str]] = {name: [] for name in PERSONS}
    for name, organisation, persons in (
        ("night", "provider", ("before", "first")),
        ("day", "provider", ("now", "other")),
        ("late", "provider", ("last",)),
        ("city-desk", "city", ("now", "other")),
    ):
        desk = {"organisation_id": ids[organisation], "kind": "desk", "name": name}
        ids[name] = (await town.make("/v1/parties", desk))["id"]
        for person in persons:
            desks[person].append(ids[name])
    for name in PERSONS:
        person_body = {
            "organisation_id": ids["provider"],
            "kind": "person",
            "name": name,
            "desk_ids": desks[name],
        }
        ids[name] = (await town.make("/v1/parties", person_body))["id"]
        await town.make(f"/v1/parties/{ids[name]}/contact-points", {"channel": "inbox"})
    client = {
        "municipality_id": ids["city"],
        "served_by": [ids["provider"], ids["reporter"]],
        "name": "田中",
    }
    ids["client"] = (await town.make("/v1/clients", client))["id"]
    document = {
        "title": "t",
        "accountable": ids["city-desk"],
        "approvals": [
            {"organisation": ids[one], "approved_by": "x", "approved_on": "2026-01-01"}
            for one in ("city", "provider")
        ],
        "variants": [
            {"name": "v", "steps": [{"desk": ids[one]} for one in ("night", "day", "late")]}
        ],
    }
    await town.make(f"/v1/clients/{ids['client']}/protocol", document, method="PUT")
    for name, role, organisation in (
        ("coordinator", "coordinator", "city"),
        ("provider", "provider", "provider"),
        ("reporter", "provider", "reporter"),
    ):
        key = {"organisation_id": ids[organisation], "role": role}
        town.keys[name] = (await town.make("/v1/keys", key))["key"]


def _is_unspeakable(row: ActRow) -> bool:
    """Whether HTTP refuses the field that says who acts, before the incident is asked."""
    if row.actor == "holder" and row.status in UNANSWERED:
        return True
    if row.actor in {"coordinator", "reporter"} and row.act in PERSONS_ACTS:
        return True
    return row.actor == "reporter" and row.act not in REPORTERS_ACTS


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("row", act_rows(), ids=str)
async def test_act_in_status_by_actor_does_what_the_table_says(row: ActRow, town: Town) -> None:
    """The result, the status and the holder afterwards; or a refusal that changes nothing."""
    before = await town.incident_in(row.status)
    holder = before["holder"]["id"] if before["holder"] else None
    town.ids["holder"] = holder or town.ids["other"]
    answer = await town.act(before["id"], row.act, row.actor)
    after = await town.make(f"/v1/incidents/{before['id']}", None, method="GET")
    if _is_unspeakable(row):
        assert answer.status_code == 422
        assert [one["pointer"] for one in answer.json()["errors"]] == ["/party_id"]
        assert after == before
        return
    if row.refusal is not None:
        assert answer.status_code == 409
        assert answer.json()["incident_status"] == before["status"]
        assert (answer.json()["holder"] or {}).get("id") == holder
        assert after == before
        return
    assert answer.status_code == 200
    assert answer.json()["result"] == row.result
    assert after["status"] == (before["status"] if row.status_after == "=" else row.status_after)
    expected = {"=": holder, "self": town.ids.get(row.actor), None: None}
    name = row.holder_after
    wanted = expected[name] if name in expected else town.ids[str(name)]
    assert (after["holder"] or {}).get("id") == wanted
    entries = await town.make(f"/v1/incidents/{before['id']}/entries", None, method="GET")
    receipt = {name: entries["items"][-1][name] for name in ("seq", "leaf_hash")}
    assert answer.json() == {"result": row.result, **after, "receipt": receipt}
