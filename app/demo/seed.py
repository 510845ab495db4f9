"""Makes the demonstration's city, people and protocols; a second call finds them there."""

import json
from pathlib import Path
from typing import Any

import httpx

from app.auth import Role
from app.commands.directory.keys import create_key
from app.demo.protocols import CLIENTS, PEOPLE, family_first, medical, short
from app.main import create_app
from app.settings import Settings

BASE = "http://demo"


def demo_file(settings: Settings) -> Path:
    """Where the demonstration keeps its keys and ids, readable by its owner alone."""
    return settings.data_key_file.with_name("demo.json")


async def seed(settings: Settings) -> str:
    """Make the demonstration data unless they are there; returns what to tell the visitor."""
    app = create_app(settings, sends=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as http,
    ):
        known = _read(settings)
        if known and await _works(http, known["keys"]["operator"]):
            return describe(settings, known)
        _, key = await create_key(app.state.installation, Role.OPERATOR, label="demonstration")
        made = await _Seeding(http, key).run()
    path = demo_file(settings)
    path.touch(mode=0o600)
    path.write_text(json.dumps(made, ensure_ascii=False, indent=1), encoding="utf-8")
    return describe(settings, made)


def describe(settings: Settings, made: dict[str, Any]) -> str:
    """What to open, and with which keys."""
    url = settings.public_url
    lines = [
        "",
        "連絡網 Renrakumo: demonstration",
        f"  API and its documentation   {url}/docs",
        f"  readiness, metrics          {url}/readyz  {url}/metrics",
        "",
        "  Inboxes (what each person is asked):",
        *(f"    {name:<12} {url}{httpx.URL(at).path}" for name, at in made["inboxes"].items()),
        "",
        "  Keys (Authorization: Bearer …):",
        *(f"    {role:<12} {key}" for role, key in made["keys"].items()),
        "",
        "  Clients:",
        *(f"    {name:<12} {one}" for name, one in made["clients"].items()),
        "",
        "  Now try `make demo` in another terminal.",
        "",
    ]
    return "\n".join(lines)


def read_demo(settings: Settings) -> dict[str, Any] | None:
    """What `seed` has made, None if it has not."""
    return _read(settings)


def _read(settings: Settings) -> dict[str, Any] | None:
    try:
        made: dict[str, Any] = json.loads(demo_file(settings).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return made


async def _works(http: httpx.AsyncClient, key: str) -> bool:
    answer = await http.get("/v1/organisations", headers={"Authorization": f"Bearer {key}"})
    return answer.status_code == httpx.codes.OK


class _Seeding:
    def __init__(self, http: httpx.AsyncClient, key: str) -> None:
        self._http = http
        self._headers = {"Authorization": f"Bearer {key}"}
        self._key = key
        self._ids: dict[str, str] = {}
        self._inboxes: dict[str, str] = {}

    async def run(self) -> dict[str, Any]:
        await self._organisations()
        await self._people()
        clients = await self._clients()
        keys = {"operator": self._key}
        for name, organisation, role in (
            ("coordinator", "みどり市", "coordinator"),
            ("provider", "あおば訪問看護ステーション", "provider"),
            ("auditor", "みどり市", "auditor"),
        ):
            body: dict[str, object] = {"organisation_id": self._ids[organisation], "role": role}
            keys[name] = (await self._post("/v1/keys", body))["key"]
        return {"keys": keys, "inboxes": self._inboxes, "clients": clients, "ids": self._ids}

    async def _organisations(self) -> None:
        city: dict[str, object] = {"name": "みどり市", "kind": "municipality"}
        self._ids["みどり市"] = (await self._post("/v1/organisations", city))["id"]
        for name, kind in (
            ("みどり市地域包括支援センター", "support_centre"),
            ("あおば訪問看護ステーション", "provider"),
            ("ひまわりヘルパーステーション", "provider"),
            ("田中家", "family"),
        ):
            body: dict[str, object] = {
                "name": name,
                "kind": kind,
                "municipality_ids": [self._ids["みどり市"]],
            }
            self._ids[name] = (await self._post("/v1/organisations", body))["id"]

    async def _people(self) -> None:
        for desk, organisation, person in PEOPLE:
            organisation_id = self._ids[organisation]
            if desk and desk not in self._ids:
                body: dict[str, object] = {
                    "organisation_id": organisation_id,
                    "kind": "desk",
                    "name": desk,
                }
                self._ids[desk] = (await self._post("/v1/parties", body))["id"]
            body = {
                "organisation_id": organisation_id,
                "kind": "person",
                "name": person,
                "desk_ids": [self._ids[desk]] if desk else [],
            }
            self._ids[person] = (await self._post("/v1/parties", body))["id"]
            path = f"/v1/parties/{self._ids[person]}/contact-points"
            self._inboxes[person] = (await self._post(path, {"channel": "inbox"}))["address"]

    async def _clients(self) -> dict[str, str]:
        nurses = self._ids["あおば訪問看護ステーション"]
        helpers = self._ids["ひまわりヘルパーステーション"]
        documents = (family_first, medical, short)
        made: dict[str, str] = {}
        for number, (details, document) in enumerate(zip(CLIENTS, documents, strict=True), 1):
            body: dict[str, object] = {
                "municipality_id": self._ids["みどり市"],
                "served_by": [nurses, helpers],
                "town": "本町",
                "external_refs": {nurses: f"{number:04}"},
                **details,
            }
            client_id = (await self._post("/v1/clients", body))["id"]
            await self._send("PUT", f"/v1/clients/{client_id}/protocol", document(self._ids))
            made[str(details["name"])] = client_id
        return made

    async def _post(self, path: str, body: dict[str, object]) -> dict[str, Any]:
        return await self._send("POST", path, body)

    async def _send(self, method: str, path: str, body: dict[str, object]) -> dict[str, Any]:
        answer = await self._http.request(method, path, json=body, headers=self._headers)
        if answer.is_error:
            raise SeedRefused(f"{method} {path}: {answer.text}")
        made: dict[str, Any] = answer.json()
        return made


class SeedRefused(Exception):
    """The API refused a part of the demonstration data."""
