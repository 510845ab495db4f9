"""Clients: their code, their details, and who knows them under which number."""

import pytest

from app.commands.directory.client_view import CODE_ALPHABET, draw_code, free_code
from tests.routes.world import Api, Json, World, pointers

DETAILS: Json = {
    "name": "佐藤 花子",
    "kana": "サトウ ハナコ",
    "birth_date": "1940-02-29",
    "address": "A市中央1-2-3",
    "town": "中央",
    "phones": ["03-1234-5678", "+81 (90) 1234 5678"],
    "key_and_entry": "鍵ボックス 1234\n裏口から",
    "fire_headquarters_number": "0120-119-119",
    "risks": ["転倒", "心疾患"],
    "allergies": ["ペニシリン"],
    "physician": "中央医院 山本医師",
    "family_contacts": [{"name": "佐藤 一郎", "relation": "長男", "phone": "090-1234-5678"}],
    "care_notes": "耳が遠い",
    "service_from": "2026-04-01",
    "service_to": "2027-03-31",
}


async def test_all_that_is_said_of_a_client_is_kept(api: Api, world: World) -> None:
    made = await api.make("/v1/clients", DETAILS | {"municipality_id": world["a"]})
    assert made == DETAILS | {
        "id": made["id"],
        "code": made["code"],
        "municipality_id": world["a"],
        "served_by": [],
        "external_refs": {},
        "created_at": "2026-11-20T03:00:00.000Z",
        "retired_at": None,
        "erased_at": None,
    }
    assert await api.get(f"/v1/clients/{made['id']}") == made


async def test_each_detail_can_be_changed_and_taken_away(api: Api, world: World) -> None:
    made = await api.make("/v1/clients", DETAILS | {"municipality_id": world["a"]})
    path = f"/v1/clients/{made['id']}"
    for name in DETAILS.keys() - {"name"}:
        assert await api.patch(path, {name: None}) == made | {name: None}
        assert await api.patch(path, {name: DETAILS[name]}) == made
    assert await api.patch(path, {"name": "佐藤 はな"}) == made | {"name": "佐藤 はな"}
    assert (await api.get(path))["name"] == "佐藤 はな"


async def test_a_service_does_not_end_before_it_begins(api: Api, world: World) -> None:
    made = await api.make("/v1/clients", DETAILS | {"municipality_id": world["a"]})
    path = f"/v1/clients/{made['id']}"
    for name, day in (("service_to", "2026-03-31"), ("service_from", "2027-04-01")):
        response = await api.call("PATCH", path, {name: day})
        assert pointers(response) == [f"/{name}"]
    assert await api.get(path) == made
    await api.patch(path, {"service_to": None})
    await api.patch(path, {"service_from": "2027-04-01"})


async def test_who_serves_a_client_and_under_which_number_fit_together(
    api: Api, world: World
) -> None:
    path = f"/v1/clients/{world['client']}"
    provider, centre = world["provider"], world["centre"]
    changed = await api.patch(path, {"external_refs": {provider: "0042"}})
    assert changed["external_refs"] == {provider: "0042"}
    # The number of an organisation that no longer serves the client must go with it.
    response = await api.call("PATCH", path, {"served_by": [centre]})
    assert response.status_code == 422
    changed = await api.patch(path, {"served_by": [centre], "external_refs": {centre: "7"}})
    assert (changed["served_by"], changed["external_refs"]) == ([centre], {centre: "7"})
    changed = await api.patch(path, {"town": "東"})
    assert (changed["served_by"], changed["external_refs"]) == ([centre], {centre: "7"})


async def test_a_number_stands_for_one_client_of_an_organisation(api: Api, world: World) -> None:
    provider, centre = world["provider"], world["centre"]
    new = {
        "municipality_id": world["a"],
        "name": "x",
        "served_by": [provider, centre],
        "external_refs": {provider: "0042", centre: "0042"},
    }
    made = await api.make("/v1/clients", new)
    response = await api.call("POST", "/v1/clients", new)
    assert response.status_code == 409
    assert {one["pointer"] for one in response.json()["errors"]} == {
        f"/external_refs/{provider}",
        f"/external_refs/{centre}",
    }
    path = f"/v1/clients/{world['client']}"
    response = await api.call("PATCH", path, {"external_refs": {provider: "0042"}})
    assert response.status_code == 409
    # One's own number is not taken by oneself.
    await api.patch(f"/v1/clients/{made['id']}", {"external_refs": {provider: "0042"}})


async def test_clients_are_found_by_municipality_organisation_and_number(
    api: Api, world: World
) -> None:
    async def ids(query: str) -> list[str]:
        return [one["id"] for one in (await api.get("/v1/clients?" + query))["items"]]

    provider, client = world["provider"], world["client"]
    await api.patch(f"/v1/clients/{client}", {"external_refs": {provider: "0042"}})
    assert await ids(f"municipality_id={world['a']}") == [client, world["other_client"]]
    assert await ids(f"organisation_id={provider}") == [client]
    assert await ids("external_ref=0042") == [client]
    assert await ids(f"external_ref=0042&organisation_id={provider}") == [client]
    assert await ids(f"external_ref=0042&organisation_id={world['foreign']}") == []
    assert await ids("external_ref=0043") == []


async def test_retiring_a_client_is_final(api: Api, world: World) -> None:
    path = f"/v1/clients/{world['client']}"
    retired = await api.patch(path, {"retired": True})
    assert retired["retired_at"] == "2026-11-20T03:00:00.000Z"
    assert await api.patch(path, {"retired": True}) == retired
    for change in ({"retired": False}, {"town": "x"}):
        assert (await api.call("PATCH", path, change)).status_code == 409


# --- the code ----------------------------------------------------------------------------------


def test_codes_are_random_and_cannot_be_misheard() -> None:
    codes = {draw_code(5) for _ in range(2000)}
    assert len(codes) > 1990
    assert set("".join(codes)) == set(CODE_ALPHABET)
    assert not set("01OIL") & set(CODE_ALPHABET)
    assert {len(code) for code in codes} == {5}


def test_a_taken_code_is_drawn_again() -> None:
    drawn = iter(["AAAAA", "BBBBB", "CCCCC"])
    taken = {"AAAAA", "BBBBB"}
    assert free_code(lambda code: code in taken, lambda _: next(drawn)) == "CCCCC"


@pytest.mark.parametrize(("taken_up_to", "length"), [(4, 5), (5, 6), (7, 8)])
def test_codes_grow_where_the_short_ones_run_short(taken_up_to: int, length: int) -> None:
    assert len(free_code(lambda code: len(code) <= taken_up_to)) == length


async def test_codes_are_unique_in_a_municipality(api: Api, world: World) -> None:
    new = {"municipality_id": world["a"], "name": "x"}
    codes = [(await api.make("/v1/clients", new))["code"] for _ in range(10)]
    assert len(set(codes)) == 10
