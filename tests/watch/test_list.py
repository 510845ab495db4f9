"""Who sees which problems, and how the list is asked for."""

from typing import Any

import pytest

from tests.engine.node import Node
from tests.engine.town import Json, Town, asks
from tests.watch.test_causes import retire_contact_point
from tests.watch.told import Told

PATH = "/v1/protocols/problems"


async def seen(town: Town, key: str, query: str = "") -> list[str | None]:
    response = await town.call("GET", PATH + query, key=key)
    assert response.status_code == 200, response.text
    return [item["client_id"] for item in response.json()["items"]]


@pytest.fixture
async def _lost(told: Told, town: Town) -> None:
    """Two clients and the default have a gap; a stranger serves one of them, and another town."""
    body: Json = {"name": "B市", "kind": "municipality"}
    town.ids["b"] = (await town.make("/v1/organisations", body))["id"]
    ids = [town["municipality"], town["b"]]
    body = {"name": "あおぞら", "kind": "provider", "municipality_ids": ids}
    town.ids["stranger"] = (await town.make("/v1/organisations", body))["id"]
    for key, role, whose in (
        ("b", "coordinator", "b"),
        ("stranger", "provider", "stranger"),
        ("auditor", "auditor", "municipality"),
    ):
        made = await town.make("/v1/keys", {"organisation_id": town[whose], "role": role})
        town.keys[key] = made["key"]
    await town.add_client("served", served_by=[town["stranger"]])
    path = f"/v1/organisations/{town['municipality']}/protocol"
    await town.make(path, town.protocol([asks("first")]), method="PUT")
    await retire_contact_point(town)
    await told.look()


@pytest.mark.usefixtures("_lost")
async def test_each_key_sees_the_problems_of_its_clients(town: Town) -> None:
    own, served = town["client"], town["served"]
    assert await seen(town, "coordinator") == [own, served, None]
    assert await seen(town, "coordinator", f"?municipality_id={town['municipality']}") == [
        own,
        served,
        None,
    ]
    assert await seen(town, "coordinator", f"?municipality_id={town['b']}") == []
    assert await seen(town, "b") == []
    assert await seen(town, "provider") == [own]
    assert await seen(town, "stranger") == [served]
    assert await seen(town, "stranger", f"?municipality_id={town['b']}") == []
    refused = await town.call("GET", PATH, key="auditor")
    assert refused.status_code == 403


@pytest.mark.usefixtures("_lost")
async def test_pages_of_the_list_hold_each_problem_once(town: Town) -> None:
    found: list[str | None] = []
    cursor, page = "", dict[str, Any]()
    for _ in range(3):
        page = await town.get(f"{PATH}?limit=1{cursor}")
        found += [item["client_id"] for item in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert found == [town["client"], town["served"], None]
    assert page["next_cursor"] is None


@pytest.mark.usefixtures("_lost")
async def test_client_who_has_left_is_not_listed(town: Town) -> None:
    await town.make(f"/v1/clients/{town['client']}", {"retired": True}, method="PATCH")
    assert await seen(town, "coordinator") == [town["served"], None]


# A query, and the field that is wrong in it.
@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("days=0", "/days"),
        ("days=401", "/days"),
        ("days=soon", "/days"),
        ("limit=501", "/limit"),
        ("client_id=x", "/client_id"),
    ],
)
async def test_query_that_is_wrong_is_refused_by_its_field(
    query: str, pointer: str, node: Node, town: Town
) -> None:
    del node
    refused = await town.call("GET", f"{PATH}?{query}")
    assert refused.status_code == 422
    assert [one["pointer"] for one in refused.json()["errors"]] == [pointer]
