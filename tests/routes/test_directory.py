"""Organisations, desks and persons: what is made, shown, changed and retired."""

import asyncio

from sqlmodel import Session, select

from app.models.ledger import LedgerLogRow
from tests.routes.world import Api, Json, World, pointers, protocol


async def test_a_municipality_works_in_itself_and_gets_its_ledger(api: Api) -> None:
    made = await api.make("/v1/organisations", {"name": " A市 ", "kind": "municipality"})
    assert made == {
        "id": made["id"],
        "name": "A市",
        "kind": "municipality",
        "municipality_ids": [made["id"]],
        "accountable_desk_id": None,
        "accountable_approval": None,
        "created_at": "2026-11-20T03:00:00.000Z",
        "retired_at": None,
        "erased_at": None,
    }
    assert await api.get(f"/v1/organisations/{made['id']}") == made

    def logs(session: Session) -> list[str]:
        return [row.id for row in session.exec(select(LedgerLogRow))]

    assert await api.installation.database.read(logs) == [made["id"]]


async def test_a_desk_is_open_all_day_unless_it_says_otherwise(api: Api, world: World) -> None:
    desk = {"organisation_id": world["provider"], "kind": "desk", "name": "窓口"}
    made = await api.make("/v1/parties", desk)
    assert (made["hours"], made["desk_ids"]) == ("24h", None)
    made = await api.make("/v1/parties", desk | {"hours": ["18:00-08:30", "12:00-13:00"]})
    assert made["hours"] == ["18:00-08:30", "12:00-13:00"]
    assert await api.get(f"/v1/parties/{made['id']}") == made
    changed = await api.patch(f"/v1/parties/{made['id']}", {"hours": "24h", "name": "新窓口"})
    assert (changed["hours"], changed["name"]) == ("24h", "新窓口")


async def test_a_person_takes_turns_at_any_number_of_desks(api: Api, world: World) -> None:
    person = {"organisation_id": world["provider"], "kind": "person", "name": "佐藤"}
    made = await api.make("/v1/parties", person)
    assert (made["hours"], made["desk_ids"]) == (None, [])
    path = f"/v1/parties/{made['id']}"
    both = sorted([world["desk"], world["foreign_desk"]])
    changed = await api.patch(path, {"desk_ids": both})
    assert changed["desk_ids"] == both
    assert changed.pop("warnings") == []
    assert await api.get(path) == changed
    assert (await api.patch(path, {"name": "佐藤 花子"}))["desk_ids"] == both
    assert (await api.patch(path, {"desk_ids": []}))["desk_ids"] == []


async def test_lists_are_filtered(api: Api, world: World) -> None:
    async def ids(path: str) -> set[str]:
        return {one["id"] for one in (await api.get("/v1/" + path))["items"]}

    a, provider, desk, nurse = (world[one] for one in ("a", "provider", "desk", "nurse"))
    assert await ids("organisations?kind=municipality") == {a, world["b"]}
    assert await ids(f"organisations?municipality_id={world['b']}&kind=provider") == {
        world["foreign"],
        world["shared"],
    }
    assert await ids(f"parties?organisation_id={provider}") == {desk, nurse}
    assert await ids("parties?kind=desk") == {desk, world["foreign_desk"]}
    assert await ids(f"parties?desk_id={desk}") == {nurse}
    assert await ids(f"parties?desk_id={desk}&kind=desk") == set()


async def test_lists_come_in_pages_that_miss_and_repeat_nothing(api: Api, world: World) -> None:
    whole = (await api.get("/v1/organisations"))["items"]
    assert (await api.get("/v1/organisations?limit=6"))["next_cursor"] is None
    paged: list[Json] = []
    cursors: list[str | None] = []
    query = ""
    for _ in range(3):
        found = await api.get(f"/v1/organisations?limit=2{query}")
        paged += found["items"]
        cursors.append(found["next_cursor"])
        query = f"&cursor={found['next_cursor']}"
    assert [one is None for one in cursors] == [False, False, True]
    assert paged == whole
    assert len({one["id"] for one in whole}) == 6
    assert world["a"] == whole[0]["id"]  # oldest first


async def test_retiring_is_final(api: Api, world: World) -> None:
    path = f"/v1/parties/{world['nurse']}"
    api.clock.push(hours=1)
    retired = await api.patch(path, {"retired": True})
    assert retired["retired_at"] == "2026-11-20T04:00:00.000Z"
    api.clock.push(hours=1)
    assert await api.patch(path, {"retired": True}) == retired
    for change in ({"retired": False}, {"name": "x"}, {"name": "x", "retired": True}):
        response = await api.call("PATCH", path, change)
        assert (response.status_code, response.json()["title"]) == (409, "Retired")
    del retired["warnings"]
    assert await api.get(path) == retired
    response = await api.call("POST", path + "/contact-points", {"channel": "inbox"})
    assert response.status_code == 409
    # A party that is not retired may be told so.
    assert (await api.patch(f"/v1/parties/{world['desk']}", {"retired": False}))[
        "retired_at"
    ] is None


async def test_a_retired_desk_is_no_desk_for_a_new_person(api: Api, world: World) -> None:
    await api.patch(f"/v1/parties/{world['desk']}", {"retired": True})
    person = {"organisation_id": world["provider"], "kind": "person", "name": "佐藤"}
    response = await api.call("POST", "/v1/parties", person | {"desk_ids": [world["desk"]]})
    assert pointers(response) == ["/desk_ids/0"]
    # Whoever has it keeps it.
    changed = await api.patch(f"/v1/parties/{world['nurse']}", {"desk_ids": [world["desk"]]})
    assert changed["desk_ids"] == [world["desk"]]


async def test_every_write_counts_once(api: Api, world: World) -> None:
    desk = {"organisation_id": world["provider"], "kind": "desk", "name": "x"}
    writes: list[tuple[str, str, object]] = [
        ("POST", "/v1/organisations", {"name": "C市", "kind": "municipality"}),
        ("PATCH", f"/v1/organisations/{world['a']}", {"name": "x"}),
        ("POST", "/v1/parties", desk),
        ("PATCH", f"/v1/parties/{world['nurse']}", {"name": "x"}),
        ("POST", f"/v1/parties/{world['nurse']}/contact-points", {"channel": "inbox"}),
        ("PATCH", f"/v1/parties/{world['nurse']}/contact-points/{world['point']}", {}),
        ("POST", "/v1/clients", {"municipality_id": world["a"], "name": "x"}),
        ("PATCH", f"/v1/clients/{world['client']}", {"town": "x"}),
        ("PUT", f"/v1/clients/{world['client']}/protocol", protocol(world)),
    ]
    for method, path, body in writes:
        before = await api.revision()
        response = await api.call(method, path, body)
        assert response.status_code < 300, response.text
        assert await api.revision() == before + 1, (method, path)
    before = await api.revision()
    await api.call("PATCH", f"/v1/parties/{world['nurse']}", {"name": ""})
    await api.get("/v1/parties")
    assert await api.revision() == before


async def test_writes_at_once_are_all_done(api: Api) -> None:
    bodies = [{"name": f"{number}市", "kind": "municipality"} for number in range(12)]
    made = await asyncio.gather(*(api.make("/v1/organisations", body) for body in bodies))
    assert len({one["id"] for one in made}) == 12
    assert len((await api.get("/v1/organisations"))["items"]) == 12
    assert await api.revision() == 12
