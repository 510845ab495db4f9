"""The OpenAPI document: says what the API does, problems included."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel

from app.problems import install_problems
from app.routes.directory import (
    clients,
    contact_points,
    directory,
    keys,
    roster_bodies,
    rosters,
)
from app.routes.exchange import calendars, feeds, imports
from app.routes.protocols import foresight, protocols
from tests.routes.world import Api, Json, World, protocol

ROUTERS = tuple(
    one.router
    for one in (
        *(clients, contact_points, directory, keys, protocols, rosters),
        *(calendars, feeds, imports),
    )
)


def document(*more: APIRouter) -> Json:
    app = FastAPI()
    for router in (*ROUTERS, *more):
        app.include_router(router)
    install_problems(app)
    return app.openapi()


def operations(paths: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in paths.items():
        for method, operation in methods.items():
            yield method, path, operation


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "$ref")
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_every_reference_leads_somewhere() -> None:
    described = document()
    for reference in set(references(described)):
        here: Any = described
        for part in reference.removeprefix("#/").split("/"):
            here = here[part]
        assert here
    assert {"Problem", "Protocol", "ProtocolStep"} <= described["components"]["schemas"].keys()


def test_every_operation_says_how_it_may_refuse() -> None:
    for method, path, operation in operations(document()["paths"]):
        statuses = set(operation["responses"])
        wanted = {"400", "401", "403", "413", "422", "503"}
        if "{" in path:
            wanted |= {"404"}
        if method in {"post", "patch", "put"}:
            wanted |= {"409", "415"}
        if method == "put":
            wanted |= {"412"}
        assert wanted <= statuses, (method, path, wanted - statuses)
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                assert list(response["content"]) == ["application/problem+json"], (method, path)
        assert operation["security"], (method, path)


def test_every_post_takes_an_idempotency_key() -> None:
    for method, path, operation in operations(document()["paths"]):
        headers = {one["name"] for one in operation.get("parameters", []) if one["in"] == "header"}
        assert ("Idempotency-Key" in headers) == (method == "post"), (method, path)


def test_a_protocol_is_described_in_json_and_yaml() -> None:
    operation = document()["paths"]["/v1/clients/{client_id}/protocol"]["put"]
    assert set(operation["requestBody"]["content"]) == {"application/json", "application/yaml"}


@pytest.mark.parametrize(
    ("subject", "verb", "is_required"),
    [
        ("clients/{client_id}", "put", True),
        ("organisations/{organisation_id}", "put", True),
        ("clients/{client_id}", "post", False),  # `check`: without one, the published version
        ("organisations/{organisation_id}", "post", False),
    ],
)
def test_a_protocol_to_check_may_be_left_out(subject: str, verb: str, *, is_required: bool) -> None:
    path = f"/v1/{subject}/protocol" + ("/check" if verb == "post" else "")
    body = document(foresight.router)["paths"][path][verb]["requestBody"]
    assert body["required"] == is_required


async def test_answers_are_what_the_document_says(api: Api, world: World) -> None:
    await api.call("PUT", f"/v1/clients/{world['client']}/protocol", protocol(world))
    client, nurse = world["client"], world["nurse"]
    plan = {"rotations": [{"name": "夜勤", "persons": [nurse], "starts_on": "2026-11-01"}]}
    roster = (await api.make("/v1/rosters", {"desk_id": world["desk"], "document": plan}))["id"]
    on_duty = f"rosters/{roster}/on-duty"
    interval = "?from=2026-11-20T03:00:00Z&to=2026-11-21T03:00:00Z"
    rows: list[tuple[str, type[BaseModel]]] = [
        (f"organisations/{world['a']}", directory.Organisation),
        (f"parties/{nurse}", directory.Party),
        (f"parties/{world['desk']}", directory.Party),
        (f"parties/{nurse}/contact-points/{world['point']}", contact_points.ContactPoint),
        (f"clients/{client}", clients.Client),
        (f"clients/{client}/protocol", protocols.VersionWithDocument),
        ("keys", keys.Key),
        (f"clients/{client}/protocol/versions", protocols.ListedVersion),
        ("rosters", roster_bodies.ListedRoster),
        (f"rosters/{roster}", roster_bodies.Roster),
        (f"rosters/{roster}/versions", roster_bodies.RosterVersion),
        (f"rosters/{roster}/versions/1", roster_bodies.Roster),
        (on_duty, roster_bodies.DutyItem),
        (f"{on_duty}{interval}", roster_bodies.DutySpan),
    ]
    for path, model in rows:
        found = await api.get(f"/v1/{path}")
        one = found["items"][0] if "items" in found else found
        model.model_validate(one)
        fields = model.model_fields.items()
        assert one.keys() == {field.alias or name for name, field in fields}, path
    roster_bodies.OnDuty.model_validate(await api.get(f"/v1/{on_duty}"))
    roster_bodies.DutySpans.model_validate(await api.get(f"/v1/{on_duty}{interval}"))


def test_the_document_names_no_machine() -> None:
    assert not re.search(r"127\.0\.0\.1|localhost|file:", json.dumps(document()))
