"""The OpenAPI document: says what the API does, problems included."""

import json
import re
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from app.problems import install_problems
from app.routes.directory import clients, contact_points, directory, keys
from app.routes.protocols import protocols
from tests.routes.world import Api, Json, World, protocol

ROUTERS = tuple(one.router for one in (clients, contact_points, directory, keys, protocols))


def document() -> Json:
    app = FastAPI()
    for router in ROUTERS:
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


async def test_answers_are_what_the_document_says(api: Api, world: World) -> None:
    await api.call("PUT", f"/v1/clients/{world['client']}/protocol", protocol(world))
    client, nurse = world["client"], world["nurse"]
    rows: list[tuple[str, type[BaseModel]]] = [
        (f"organisations/{world['a']}", directory.Organisation),
        (f"parties/{nurse}", directory.Party),
        (f"parties/{world['desk']}", directory.Party),
        (f"parties/{nurse}/contact-points/{world['point']}", contact_points.ContactPoint),
        (f"clients/{client}", clients.Client),
        (f"clients/{client}/protocol", protocols.VersionWithDocument),
        ("keys", keys.Key),
        (f"clients/{client}/protocol/versions", protocols.ListedVersion),
    ]
    for path, model in rows:
        found = await api.get(f"/v1/{path}")
        one = found["items"][0] if "items" in found else found
        model.model_validate(one)
        assert one.keys() == model.model_fields.keys(), path


def test_the_document_names_no_machine() -> None:
    assert not re.search(r"127\.0\.0\.1|localhost|file:", json.dumps(document()))
