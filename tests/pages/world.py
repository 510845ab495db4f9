"""A small town for the pages: who is asked, by which links, and what the database holds."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import text
from sqlmodel import Session, SQLModel, col, select

from app.engine.engine import Engine
from app.models.incident import PageRow

# 03:12 in Japan.
BEGIN = datetime(2026, 11, 20, 18, 12, tzinfo=UTC)
OPERATOR_KEY = "rk_" + "o" * 43
JSON = {"Accept": "application/json"}
HTML = {"Accept": "text/html", "Accept-Language": "ja"}

# Words that stand for one personal field each, and occur nowhere else.
PERSONAL: dict[str, Any] = {
    "name": "佐藤ハナ",
    "kana": "サトウハナ",
    "address": "緑が丘3丁目14番5号",
    "key_and_entry": "玄関脇のキーボックス 0417",
    "phones": ["042-555-0101"],
    "fire_headquarters_number": "042-555-0119",
    "risks": ["抗凝固薬を服用"],
    "allergies": ["ペニシリン"],
    "family_contacts": [{"name": "佐藤一郎", "relation": "長男", "phone": "090-5555-0102"}],
    "birth_date": "1938-04-02",
    "physician": "緑が丘医院 田村医師",
    "care_notes": "右手に麻痺がある",
}
WORDS: dict[str, str] = {
    name: value if isinstance(value, str) else value[0] for name, value in PERSONAL.items()
} | {"family_contacts": "佐藤一郎"}
SUMMARY = "トイレの前で転倒、意識あり"

Json = dict[str, Any]


def without_names_marked(html: str) -> str:
    """HTML in which names, which stay in one piece, are part of their sentence again."""
    return re.sub(r'<span class="name">([^<]*)</span>', r"\1", html)


@dataclass
class Clock:
    """A clock that stands until it is pushed."""

    now: datetime = BEGIN

    def __call__(self) -> datetime:
        return self.now

    def push(self, **ahead: float) -> None:
        self.now += timedelta(**ahead)


@dataclass
class Town:
    """Calls the service as operator and as responder; ids and tokens by name.

    `nurse` and `nurse2` of みどり訪問看護 are at the desk `night`, which has a phone of its own
    where it is asked for; `centre_worker` is at the accountable desk `accountable` of the centre;
    `daughter` is family, `neighbour` a volunteer.
    """

    http: httpx.AsyncClient
    app: FastAPI
    clock: Clock
    ids: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.ids[name]

    @property
    def engine(self) -> Engine:
        engine: Engine = self.app.state.engine
        return engine

    async def api(self, method: str, path: str, body: object = None) -> Json:
        """One request to the API as operator; it must succeed."""
        response = await self.http.request(
            method, path, json=body, headers={"Authorization": f"Bearer {OPERATOR_KEY}"}
        )
        assert response.is_success, response.text
        answer: Json = response.json()
        return answer

    async def report(self, type_: str = "fall", **more: object) -> str:
        """Open an incident; its id."""
        body = {"client_id": self["client"], "type": type_, "summary": SUMMARY, **more}
        return str((await self.api("POST", "/v1/incidents", body))["id"])

    async def link(self, incident_id: str, party: str) -> str:
        """The path of the newest link of a party in an incident."""

        def look(session: Session) -> str:
            query = select(PageRow.id).where(
                PageRow.incident_id == incident_id, PageRow.party_id == self[party]
            )
            order = (col(PageRow.asked_at).desc(), col(PageRow.step).desc())
            return session.exec(query.order_by(*order)).first() or ""

        page_id = await self.engine.installation.database.read(look)
        assert page_id, f"{party} was not asked"
        return f"/r/{self.engine.installation.link_key.token(page_id)}"

    async def see(self, link: str, language: str = "ja") -> str:
        """What a page says."""
        response = await self.http.get(link, headers={**HTML, "Accept-Language": language})
        assert response.status_code == 200, response.text
        return without_names_marked(response.text)

    async def press(self, path: str, **fields: str) -> httpx.Response:
        """A form's button, without following where it leads."""
        return await self.http.post(path, data=fields, headers=HTML)

    async def act(self, path: str, **fields: object) -> Json:
        """An act as a program; it must succeed."""
        response = await self.http.post(path, json=fields, headers=JSON)
        assert response.status_code == 200, response.text
        answer: Json = response.json()
        return answer

    async def inbox(self, party: str) -> str:
        """The path of a party's inbox."""
        made = await self.api("GET", f"/v1/parties/{self[party]}/contact-points")
        return httpx.URL(made["items"][0]["address"]).path

    async def everything(self) -> Mapping[str, list[str]]:
        """Every row of every table, so that two looks can be compared."""

        def look(session: Session) -> Mapping[str, list[str]]:
            return {
                table.name: sorted(
                    repr(tuple(row))
                    for row in session.connection().execute(text(f'SELECT * FROM "{table.name}"'))  # noqa: S608  # our own tables
                )
                for table in SQLModel.metadata.sorted_tables
            }

        return await self.engine.installation.database.read(look)


async def build_town(town: Town, *, desk_phone: bool = False, steps: object = None) -> Town:
    """The organisations, the people, the client with all personal fields, and a protocol."""
    ids = town.ids
    ids["city"] = (
        await town.api("POST", "/v1/organisations", {"name": "みどり市", "kind": "municipality"})
    )["id"]
    for name, shown, kind in (
        ("provider", "みどり訪問看護", "provider"),
        ("centre", "みどり包括支援センター", "support_centre"),
        ("family", "佐藤家", "family"),
        ("volunteers", "緑が丘見守り隊", "volunteer_group"),
    ):
        body = {"name": shown, "kind": kind, "municipality_ids": [ids["city"]]}
        ids[name] = (await town.api("POST", "/v1/organisations", body))["id"]
    for name, shown, whose in (
        ("night", "夜間当番", "provider"),
        ("accountable", "夜間窓口", "centre"),
    ):
        body = {"organisation_id": ids[whose], "kind": "desk", "name": shown}
        ids[name] = (await town.api("POST", "/v1/parties", body))["id"]
    for name, shown, whose, desks in (
        ("nurse", "看護師 鈴木", "provider", ["night"]),
        ("nurse2", "看護師 高橋", "provider", ["night"]),
        ("centre_worker", "保健師 伊藤", "centre", ["accountable"]),
        ("daughter", "山本花子", "family", []),
        ("neighbour", "中村太郎", "volunteers", []),
    ):
        body = {
            "organisation_id": ids[whose],
            "kind": "person",
            "name": shown,
            "desk_ids": [ids[one] for one in desks],
        }
        ids[name] = (await town.api("POST", "/v1/parties", body))["id"]
    phones = ["nurse", "nurse2", "centre_worker", "daughter", "neighbour"]
    for name in [*phones, *(["night"] if desk_phone else [])]:
        await town.api("POST", f"/v1/parties/{ids[name]}/contact-points", {"channel": "inbox"})
    client = {
        "municipality_id": ids["city"],
        "town": "緑が丘",
        "served_by": [ids["provider"]],
        **PERSONAL,
    }
    made = await town.api("POST", "/v1/clients", client)
    ids["client"], ids["code"] = made["id"], made["code"]
    await publish(town, steps or [{"desk": ids["night"], "ack_within_seconds": 180}])
    return town


async def publish(town: Town, steps: object) -> None:
    """Publish a protocol with these steps, twice around."""
    document = {
        "title": "緊急時対応",
        "accountable": town["accountable"],
        "approvals": [
            {"organisation": town[one], "approved_by": "管理者", "approved_on": "2026-11-01"}
            for one in ("provider", "centre")
        ],
        "variants": [{"name": "いつでも", "rounds": 2, "steps": steps}],
    }
    await town.api("PUT", f"/v1/clients/{town['client']}/protocol", document)


async def status_of(town: Town, incident_id: str) -> str:
    """The status of an incident, as the API says it."""
    return str((await town.api("GET", f"/v1/incidents/{incident_id}"))["status"])


async def holder_of(town: Town, incident_id: str) -> str:
    """The id of the holder; nothing once closed."""
    holder = (await town.api("GET", f"/v1/incidents/{incident_id}"))["holder"]
    return str(holder["id"]) if holder else ""


def pointers(response: httpx.Response) -> list[str]:
    """Where a refused request was wrong."""
    assert response.headers["content-type"] == "application/problem+json"
    return [one["pointer"] for one in response.json()["errors"]]
