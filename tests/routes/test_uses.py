"""Where a party is used, who needs a desk that would go, and trials of a change."""

import asyncio
from datetime import timedelta

from alembic import command

from app.auth import Role
from app.channels.channel import rfc3339
from app.database import open_database
from app.database.migration import migrate, migration_config
from app.store.vault.conversion import seal_columns
from tests.keys import VAULT
from tests.routes.conftest import Begin, serving
from tests.routes.office import APPROVAL, open_office
from tests.routes.world import Api, Json, World, pointers, protocol
from tests.unsealing import unseal


async def publish(api: Api, world: World, client: str = "client", **changes: object) -> None:
    response = await api.call(
        "PUT", f"/v1/clients/{world[client]}/protocol", protocol(world, **changes)
    )
    assert response.status_code == 201, response.text


async def uses(api: Api, party_id: str, *, key: str | None = None, query: str = "") -> Json:
    return await api.get(f"/v1/parties/{party_id}/uses{query}", key=key)


def variants(*steps: Json) -> list[Json]:
    return [{"name": "いつでも", "steps": list(steps)}]


async def test_every_place_of_a_newest_version_is_found(api: Api, world: World) -> None:
    step = {"person": world["nurse"], "also_page": [world["desk"]], "inform": [world["provider"]]}
    await publish(api, world)
    await publish(api, world, variants=variants({"desk": world["desk"]}, step))
    [found] = (await uses(api, world["desk"]))["protocols"]["items"]
    assert (found["client_id"], found["version"]) == (world["client"], 2)
    assert {one["pointer"]: one["role"] for one in found["places"]} == {
        "/accountable": "accountable",
        "/variants/0/steps/0/desk": "desk",
        "/variants/0/steps/1/also_page/0": "also_page",
    }
    [found] = (await uses(api, world["nurse"]))["protocols"]["items"]
    assert found["places"] == [{"pointer": "/variants/0/steps/1/person", "role": "person"}]
    [found] = (await uses(api, world["provider"]))["protocols"]["items"]
    assert {one["role"] for one in found["places"]} == {"approval", "inform"}
    # What the version before named is used no more.
    await publish(api, world)
    assert (await uses(api, world["nurse"]))["protocols"]["items"] == []
    # Nor is what a client who has left was to get.
    await api.patch(f"/v1/clients/{world['client']}", {"retired": True})
    assert (await uses(api, world["desk"]))["protocols"] == {"items": [], "total": 0, "hidden": 0}


async def test_protocols_are_found_through_the_desks_of_a_person(api: Api, world: World) -> None:
    await publish(api, world, "client")
    found = await uses(api, world["nurse"])
    assert found["protocols"]["total"] == 0
    ((use,), total) = found["protocols_of_desks"]["items"], found["protocols_of_desks"]["total"]
    assert (use["client_id"], use["party_id"], total) == (world["client"], world["desk"], 1)
    assert (await uses(api, world["desk"]))["protocols_of_desks"]["total"] == 0


async def test_what_may_not_be_seen_is_counted(api: Api, world: World) -> None:
    for client in ("client", "other_client"):
        await publish(api, world, client)
    response = await api.call("PUT", f"/v1/organisations/{world['a']}/protocol", protocol(world))
    assert response.status_code == 201
    named = {"accountable_desk_id": world["desk"], "accountable_approval": APPROVAL}
    await api.patch(f"/v1/organisations/{world['a']}", named)
    found = await uses(api, world["desk"])
    assert found["protocols"]["total"] == 3
    assert {one["client_id"] for one in found["protocols"]["items"]} == {
        world["client"],
        world["other_client"],
        None,
    }
    assert found["municipalities"]["items"] == [{"municipality_id": world["a"]}]
    # A provider sees the clients whom it serves, and no default.
    found = await uses(api, world["desk"], key=world.keys[Role.PROVIDER])
    assert [one["client_id"] for one in found["protocols"]["items"]] == [world["client"]]
    assert (found["protocols"]["total"], found["protocols"]["hidden"]) == (1, 2)
    # The list goes on from page to page.
    path, ids = f"/v1/parties/{world['desk']}/uses/protocols?limit=2", []
    page = await api.get(path)
    ids += page["items"]
    page = await api.get(f"{path}&cursor={page['next_cursor']}")
    assert len([*ids, *page["items"]]) == 3
    assert page["next_cursor"] is None
    found = await uses(api, world["desk"], query="?limit=1")
    assert (len(found["protocols"]["items"]), found["protocols"]["total"]) == (1, 3)


async def test_duty_desks_and_incidents_of_a_person_are_found(api: Api, world: World) -> None:
    async with open_office(api, world) as office:
        begin = api.clock() + timedelta(hours=1)
        shift = {"person": world["nurse"], "from": rfc3339(begin)}
        shift["to"] = rfc3339(begin + timedelta(hours=8))
        body = {"desk_id": world["desk"], "document": {"shifts": [shift]}}
        roster = await api.make("/v1/rosters", body)
        found = await uses(api, world["nurse"])
        [used] = found["rosters"]["items"]
        assert (used["roster_id"], used["places"]) == (roster["id"], ["/shifts/0/person"])
        assert (used["duty_count"], used["duties"]) == (
            1,
            [{"from": shift["from"], "to": shift["to"], "tier": 1}],
        )
        assert [one["desk_id"] for one in found["desks"]["items"]] == [world["desk"]]
        assert found["incidents"]["items"] == []
        await office.pass_time(hours=2)
        incident_id = await office.open()
        [asked] = (await uses(api, world["nurse"]))["incidents"]["items"]
        assert (asked["incident_id"], asked["role"]) == (incident_id, "asked")
        [held] = (await uses(api, world["desk"]))["incidents"]["items"]
        assert held["role"] == "holder"
        await office.act(incident_id, "acknowledge", party_id=world["nurse"])
        [held] = (await uses(api, world["nurse"]))["incidents"]["items"]
        assert held["role"] == "holder"
        await office.act(incident_id, "resolve", party_id=world["nurse"], outcome="client_safe")
        assert (await uses(api, world["nurse"]))["incidents"]["total"] == 0


async def test_contact_point_is_used_where_its_party_is(api: Api, world: World) -> None:
    await publish(api, world, variants=variants({"person": world["nurse"]}))
    path = f"/v1/parties/{world['nurse']}/contact-points"
    found = await api.get(f"{path}/{world['point']}/uses")
    assert (found["contact_point_id"], found["is_last"]) == (world["point"], True)
    assert found["pending_messages"] == 0
    assert found["protocols"]["total"] == 1
    await api.make(path, {"channel": "inbox"})
    assert (await api.get(f"{path}/{world['point']}/uses"))["is_last"] is False
    response = await api.call("GET", f"{path}/nothing/uses")
    assert response.status_code == 404


async def test_who_may_see_a_party_sees_its_uses(api: Api, world: World) -> None:
    for party, role, status in (
        ("desk", Role.AUDITOR, 403),
        ("foreign_desk", Role.COORDINATOR, 404),
        ("foreign_desk", Role.PROVIDER, 404),
        ("desk", Role.PROVIDER, 200),
        ("provider", Role.COORDINATOR, 200),
    ):
        for end in ("uses", "uses/protocols"):
            response = await api.call(
                "GET", f"/v1/parties/{world[party]}/{end}", key=world.keys[role]
            )
            assert response.status_code == status, (party, role)


# --- the refusal, and a trial -------------------------------------------------------------------


async def test_refusal_names_who_needs_the_desk(api: Api, world: World) -> None:
    for client in ("client", "other_client"):
        await publish(api, world, client)
    named = {"accountable_desk_id": world["desk"], "accountable_approval": APPROVAL}
    await api.patch(f"/v1/organisations/{world['a']}", named)
    point = f"/v1/parties/{world['nurse']}/contact-points/{world['point']}"
    for path, change, pointer in (
        (f"/v1/parties/{world['desk']}", {"retired": True}, "/retired"),
        (f"/v1/parties/{world['desk']}", {"hours": ["09:00-17:00"]}, "/hours"),
        (f"/v1/parties/{world['nurse']}", {"desk_ids": []}, "/desk_ids"),
        (point, {"retired": True}, "/retired"),
        (point, {"hours": ["09:00-17:00"]}, "/hours"),
    ):
        before = await api.everything()
        response = await api.call("PATCH", path, change)
        assert response.status_code == 409, path
        assert pointers(response) == [pointer] * 3
        needed = response.json()["needed_by"]
        assert {one["client_id"] for one in needed["protocols"]} == {
            world["client"],
            world["other_client"],
        }
        assert {(one["version"], one["pointer"]) for one in needed["protocols"]} == {
            (1, "/accountable")
        }
        assert needed["municipality_ids"] == [world["a"]]
        assert (needed["total"], needed["hidden"]) == (3, 0)
        assert await api.everything() == before


async def test_refusal_names_a_bounded_number(api: Api, world: World) -> None:
    for number in range(22):
        body = {"municipality_id": world["a"], "name": f"利用者{number}"}
        world.ids["one"] = (await api.make("/v1/clients", body))["id"]
        await publish(api, world, "one")
    response = await api.call("PATCH", f"/v1/parties/{world['desk']}", {"retired": True})
    details = [one["detail"] for one in response.json()["errors"]]
    assert len(details) == 21
    assert details[-1] == "So do 2 more."
    assert response.json()["needed_by"]["total"] == 22


async def test_refusal_only_counts_what_may_not_be_seen(api: Api, world: World) -> None:
    # The desk of who works in both is needed in A and in B.
    desk = {"organisation_id": world["shared"], "kind": "desk", "name": "共同窓口"}
    world.ids["both"] = (await api.make("/v1/parties", desk))["id"]
    await api.make(f"/v1/parties/{world['both']}/contact-points", {"channel": "inbox"})
    approvals = [APPROVAL | {"organisation": world["shared"]}]
    steps = variants({"desk": world["both"]})
    for client in ("client", "foreign_client"):
        await publish(
            *(api, world, client),
            accountable=world["both"],
            approvals=approvals,
            variants=steps,
        )
    response = await api.call(
        "PATCH",
        f"/v1/parties/{world['both']}",
        {"retired": True},
        key=world.keys[Role.COORDINATOR],
    )
    assert response.status_code == 409
    needed = response.json()["needed_by"]
    assert [one["client_id"] for one in needed["protocols"]] == [world["client"]]
    assert (needed["total"], needed["hidden"]) == (1, 1)
    assert world["foreign_client"] not in response.text


async def test_trial_of_a_change_says_what_would_be_and_changes_nothing(
    api: Api, world: World
) -> None:
    await publish(api, world)
    point = f"/v1/parties/{world['nurse']}/contact-points/{world['point']}"
    before = await api.everything()
    for path in (f"/v1/parties/{world['desk']}", f"/v1/parties/{world['nurse']}", point):
        trial = await api.patch(f"{path}?dry_run=true", {"retired": True})
        assert (trial["dry_run"], trial["is_possible"], trial["answer"]) == (True, False, None)
        refused = (await api.call("PATCH", path, {"retired": True})).json()
        assert trial["refusal"] == refused
        assert refused["type"].endswith(":accountable-desk-needed")
    trial = await api.patch(f"/v1/parties/{world['desk']}?dry_run=true", {"name": "新窓口"})
    assert (trial["is_possible"], trial["refusal"]) == (True, None)
    assert trial["answer"]["name"] == "新窓口"
    assert trial["uses"]["protocols"]["total"] == 1
    trial = await api.patch(f"{point}?dry_run=true", {"delay_seconds": 60})
    assert trial["answer"]["delay_seconds"] == 60
    assert await api.everything() == before
    # What is wrong with the request itself is refused as ever.
    path = f"/v1/parties/{world['nurse']}?dry_run=true"
    assert pointers(await api.call("PATCH", path, {"desk_ids": ["x"]})) == ["/desk_ids/0"]
    key = world.keys[Role.PROVIDER]
    assert (await api.call("PATCH", path, {"retired": True}, key=key)).status_code == 403


async def test_desk_that_holds_an_exhausted_incident_is_not_retired(api: Api, world: World) -> None:
    async with open_office(api, world) as office:
        incident_id = await office.open()
        # A later version rests on another desk; the incident keeps its own (H7).
        await publish(api, world)
        await office.pass_time(incident_id, seconds=180)
        await office.pass_time(incident_id, seconds=180)
        assert (await api.get(f"/v1/incidents/{incident_id}"))["exhausted"]
        path = f"/v1/parties/{world['hall']}"
        response = await api.call("PATCH", path, {"retired": True})
        assert response.json()["type"].endswith(":incidents-held")
        assert response.json()["incident_ids"] == [incident_id]
        await office.act(incident_id, "cancel")
        await api.patch(path, {"retired": True})


# --- the migration ------------------------------------------------------------------------------


async def test_migration_notes_what_was_published_before_it(begin: Begin, world: World) -> None:
    async def filled() -> tuple[list[str], Json, Json]:
        async with serving(begin.url, begin.operator) as api:
            if not (await api.get("/v1/rosters"))["items"]:
                step = {"person": world["nurse"], "inform": [world["provider"]]}
                await publish(api, world)
                await publish(api, world, variants=variants(step, {"desk": world["desk"]}))
                rotation = {"name": "夜勤", "persons": [world["nurse"]], "starts_on": "2026-11-01"}
                body = {"desk_id": world["desk"], "document": {"rotations": [rotation]}}
                await api.make("/v1/rosters", body)
            rows = [one for one in await api.everything() if "pointer=" in one]
            return rows, await uses(api, world["nurse"]), await uses(api, world["desk"])

    first = await filled()
    assert first[1]["rosters"]["total"] == 1
    await unseal(begin.url)
    await asyncio.to_thread(command.downgrade, migration_config(begin.url), "0004")
    await asyncio.to_thread(migrate, begin.url)
    database = await open_database(begin.url, VAULT)
    await seal_columns(database)
    await database.close()
    assert await filled() == first
