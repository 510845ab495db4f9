"""What the tests of the API work with: a caller, a clock that is pushed, a small world."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI
from sqlmodel import Session, select

from app.auth import Role
from app.channels.channel import Channel
from app.commands.directory.keys import create_key
from app.installation.installation import Installation
from app.models.access import AccessKeyRow, IdempotencyRow
from app.models.directory import (
    ClientReferenceRow,
    ClientRow,
    ClientServiceRow,
    ContactPointRow,
    DeskPersonRow,
    OrganisationMunicipalityRow,
    PartyRow,
    RevisionRow,
)
from app.models.ledger import LedgerLogRow
from app.models.protocol import ProtocolUseRow, ProtocolVersionRow
from app.models.roster import RosterPersonRow, RosterRow, RosterVersionRow, SubstitutionRow

BEGIN = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
SECRET = "whsec_" + "c2VjcmV0" * 4
PROBLEM_MEMBERS = {"type", "title", "status", "detail", "errors"}

TABLES = (
    AccessKeyRow,
    ClientReferenceRow,
    ClientRow,
    ClientServiceRow,
    ContactPointRow,
    DeskPersonRow,
    IdempotencyRow,
    LedgerLogRow,
    OrganisationMunicipalityRow,
    PartyRow,
    ProtocolUseRow,
    ProtocolVersionRow,
    RevisionRow,
    RosterPersonRow,
    RosterRow,
    RosterVersionRow,
    SubstitutionRow,
)

Json = dict[str, Any]


@dataclass
class Clock:
    """A clock that stands until it is pushed."""

    now: datetime = BEGIN

    def __call__(self) -> datetime:
        return self.now

    def push(self, **ahead: float) -> None:
        self.now += timedelta(**ahead)


@dataclass
class Api:
    """Calls the API; every error that comes back is checked to be a problem document."""

    http: httpx.AsyncClient
    app: FastAPI
    installation: Installation
    clock: Clock
    channels: Mapping[str, Channel]
    operator: str = ""

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        """One request; by default as operator. `content` is sent as it is."""
        sent = {"Authorization": f"Bearer {self.operator if key is None else key}"}
        response = await self.http.request(
            method,
            path,
            json=body if content is None else None,
            content=content,
            headers=sent | dict(headers or {}),
        )
        if response.status_code >= 400:
            assert_problem(response)
        return response

    async def make(self, path: str, body: object, *, key: str | None = None) -> Json:
        """What a POST has made."""
        response = await self.call("POST", path, body, key=key)
        assert response.status_code == 201, response.text
        made: Json = response.json()
        return made

    async def get(self, path: str, *, key: str | None = None) -> Json:
        """What a GET finds."""
        response = await self.call("GET", path, key=key)
        assert response.status_code == 200, response.text
        found: Json = response.json()
        return found

    async def patch(self, path: str, body: object, *, key: str | None = None) -> Json:
        """What a PATCH has changed."""
        response = await self.call("PATCH", path, body, key=key)
        assert response.status_code == 200, response.text
        changed: Json = response.json()
        return changed

    async def key(self, role: Role, organisation_id: str | None = None) -> str:
        """A new key of an organisation."""
        return (await create_key(self.installation, role, organisation_id))[1]

    async def everything(self) -> list[str]:
        """Every row of the directory, so that two looks can be compared."""

        def look(session: Session) -> list[str]:
            return sorted(repr(row) for table in TABLES for row in session.exec(select(table)))

        return await self.installation.database.read(look)

    async def revision(self) -> int:
        """How often the directory has changed."""

        def look(session: Session) -> int:
            row = session.get(RevisionRow, "directory")
            return row.value if row else 0

        return await self.installation.database.read(look)


def assert_problem(response: httpx.Response) -> None:
    """RFC 9457, with the same five members whatever went wrong."""
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem.keys() >= PROBLEM_MEMBERS, problem
    assert problem["status"] == response.status_code
    assert problem["type"].startswith("urn:renrakumo:problem:")
    assert problem["title"], problem
    assert problem["detail"], problem
    assert all(one.keys() >= {"pointer", "detail"} for one in problem["errors"])


def pointers(response: httpx.Response) -> list[str]:
    """Where a refused request was wrong."""
    return [one["pointer"] for one in response.json()["errors"]]


@dataclass
class World:
    """Two municipalities, A and B, and who works there; ids and keys by name."""

    ids: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.ids[name]


async def build_world(api: Api) -> World:
    """A and B; `provider` and `centre` in A, `foreign` in B, `shared` in both; desks and persons.

    `desk` (24 h) of `provider` has `nurse` with the inbox `point`; `client` lives in A and is
    served by `provider`, `other_client` in A by nobody, `foreign_client` in B by `foreign`.
    """
    world = World()
    ids = world.ids
    for name in ("a", "b"):
        made = await api.make("/v1/organisations", {"name": f"{name}市", "kind": "municipality"})
        ids[name] = made["id"]
    for name, kind, where in (
        ("provider", "provider", ["a"]),
        ("centre", "support_centre", ["a"]),
        ("foreign", "provider", ["b"]),
        ("shared", "provider", ["a", "b"]),
    ):
        municipalities = [ids[one] for one in where]
        made = await api.make(
            "/v1/organisations",
            {"name": name, "kind": kind, "municipality_ids": municipalities},
        )
        ids[name] = made["id"]
    for desk, nurse, whose in (
        ("desk", "nurse", "provider"),
        ("foreign_desk", "foreign_nurse", "foreign"),
    ):
        made = await api.make(
            "/v1/parties", {"organisation_id": ids[whose], "kind": "desk", "name": "夜間当番"}
        )
        ids[desk] = made["id"]
        made = await api.make(
            "/v1/parties",
            {
                "organisation_id": ids[whose],
                "kind": "person",
                "name": "看護師",
                "desk_ids": [ids[desk]],
            },
        )
        ids[nurse] = made["id"]
    made = await api.make(f"/v1/parties/{ids['nurse']}/contact-points", {"channel": "inbox"})
    ids["point"] = made["id"]
    for client, municipality, served_by in (
        ("client", "a", ["provider"]),
        ("other_client", "a", []),
        ("foreign_client", "b", ["foreign"]),
    ):
        made = await api.make(
            "/v1/clients",
            {
                "municipality_id": ids[municipality],
                "name": "利用者",
                "served_by": [ids[one] for one in served_by],
            },
        )
        ids[client] = made["id"]
    for role, whose in (
        (Role.COORDINATOR, "a"),
        (Role.PROVIDER, "provider"),
        (Role.AUDITOR, "a"),
    ):
        world.keys[role] = await api.key(role, ids[whose])
    return world


def protocol(world: World, **changes: object) -> Json:
    """A protocol that may be published in A."""
    return {
        "title": "緊急時対応",
        "accountable": world["desk"],
        "approvals": [
            {
                "organisation": world["provider"],
                "approved_by": "山田 管理者",
                "approved_on": "2026-11-01",
            }
        ],
        "variants": [{"name": "いつでも", "steps": [{"desk": world["desk"]}]}],
        **changes,
    }
