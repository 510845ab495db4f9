"""Organisations that leave a municipality, or for good: only when nobody relies on them."""

from app.auth import Role
from app.commands.directory.keys import create_key
from tests.routes.office import APPROVAL, open_office
from tests.routes.world import Api, Json, World, pointers, protocol


async def retire_parties(api: Api, world: World) -> None:
    for name in ("nurse", "desk"):
        await api.patch(f"/v1/parties/{world[name]}", {"retired": True})


def refused_as(response_type: str, slug: str) -> bool:
    return response_type == f"urn:renrakumo:problem:{slug}"


async def test_retiring_an_organisation_is_final(api: Api, world: World) -> None:
    path = f"/v1/organisations/{world['centre']}"
    # One that is not retired may be told so.
    assert (await api.patch(path, {"retired": False}))["retired_at"] is None
    api.clock.push(hours=1)
    retired = await api.patch(path, {"retired": True, "name": "旧センター"})
    assert (retired["retired_at"], retired["name"]) == ("2026-11-20T04:00:00.000Z", "旧センター")
    api.clock.push(hours=1)
    assert await api.patch(path, {"retired": True}) == retired
    for change in (
        {"retired": False},
        {"name": "x"},
        {"municipality_ids": [world["b"]]},
        {"retired": True, "name": "x"},
    ):
        response = await api.call("PATCH", path, change)
        assert (response.status_code, response.json()["title"]) == (409, "Retired")
    assert await api.get(path) == retired
    assert retired in (await api.get("/v1/organisations"))["items"]


async def test_a_retired_organisation_gets_nothing_new(api: Api, world: World) -> None:
    await api.patch(f"/v1/organisations/{world['centre']}", {"retired": True})
    gone = world["centre"]
    rows: list[tuple[str, str, Json, int, list[str]]] = [
        (
            "POST",
            "/v1/parties",
            {"organisation_id": gone, "kind": "desk", "name": "x"},
            422,
            ["/organisation_id"],
        ),
        (
            "POST",
            "/v1/keys",
            {"organisation_id": gone, "role": "provider"},
            422,
            ["/organisation_id"],
        ),
        (
            "POST",
            "/v1/clients",
            {"municipality_id": world["a"], "name": "x", "served_by": [gone]},
            422,
            ["/served_by/0"],
        ),
        ("PATCH", f"/v1/clients/{world['client']}", {"served_by": [gone]}, 422, ["/served_by/0"]),
        ("POST", f"/v1/parties/{gone}/contact-points", {"channel": "inbox"}, 409, []),
    ]
    before = await api.everything()
    for method, path, body, status, expected in rows:
        response = await api.call(method, path, body)
        assert (response.status_code, pointers(response)) == (status, expected), (path, body)
    assert await api.everything() == before


async def test_a_retired_municipality_gets_nothing_new(api: Api, world: World) -> None:
    made = await api.make("/v1/organisations", {"name": "C市", "kind": "municipality"})
    there = made["id"]
    await api.patch(f"/v1/organisations/{there}", {"retired": True})
    response = await api.call("POST", "/v1/clients", {"municipality_id": there, "name": "x"})
    assert pointers(response) == ["/municipality_id"]
    new = {"name": "x", "kind": "provider", "municipality_ids": [there]}
    response = await api.call("POST", "/v1/organisations", new)
    assert pointers(response) == ["/municipality_ids/0"]
    path = f"/v1/organisations/{world['provider']}"
    response = await api.call("PATCH", path, {"municipality_ids": [world["a"], there]})
    assert pointers(response) == ["/municipality_ids/1"]


async def test_whoever_worked_there_before_may_say_so_still(api: Api, world: World) -> None:
    made = await api.make("/v1/organisations", {"name": "C市", "kind": "municipality"})
    both = sorted([world["a"], made["id"]])
    path = f"/v1/organisations/{world['provider']}"
    await api.patch(path, {"municipality_ids": both})
    await api.patch(f"/v1/organisations/{made['id']}", {"retired": True})
    assert (await api.patch(path, {"municipality_ids": both}))["municipality_ids"] == both


async def test_an_organisation_is_not_retired_while_others_rely_on_it(
    api: Api, world: World
) -> None:
    path = f"/v1/organisations/{world['provider']}"

    async def ties() -> list[str]:
        before = await api.everything()
        response = await api.call("PATCH", path, {"retired": True, "name": "x"})
        assert response.status_code == 409, response.text
        assert await api.everything() == before
        errors = response.json()["errors"]
        assert {one["pointer"] for one in errors} == {"/retired"}
        return [one["detail"] for one in errors]

    parties = "It has desks or persons that are not retired."
    clients = "It serves clients who are not retired."
    assert await ties() == [parties, clients]
    await api.patch(f"/v1/parties/{world['desk']}", {"retired": True})
    assert await ties() == [parties, clients]
    await api.patch(f"/v1/parties/{world['nurse']}", {"retired": True})
    assert await ties() == [clients]
    # A client who has left needs nobody.
    await api.patch(f"/v1/clients/{world['client']}", {"retired": True})
    await api.patch(path, {"retired": True})


async def test_a_municipality_is_not_retired_before_its_clients(api: Api, world: World) -> None:
    path = f"/v1/organisations/{world['b']}"
    response = await api.call("PATCH", path, {"retired": True})
    assert response.status_code == 409
    assert [one["detail"] for one in response.json()["errors"]] == [
        "Clients who are not retired live in it."
    ]
    await api.patch(f"/v1/clients/{world['foreign_client']}", {"retired": True})
    await api.patch(path, {"retired": True})


async def test_an_organisation_is_not_retired_while_what_it_reported_is_open(
    api: Api, world: World
) -> None:
    async with open_office(api, world) as office:
        key = world.keys[Role.PROVIDER]
        report = {"client_id": world["client"], "type": "fall"}
        incident_id = (await api.make("/v1/incidents", report, key=key))["id"]
        await api.patch(f"/v1/clients/{world['client']}", {"retired": True})
        await retire_parties(api, world)
        path = f"/v1/organisations/{world['provider']}"
        response = await api.call("PATCH", path, {"retired": True})
        assert response.status_code == 409
        open_ones = "Incidents that it reported, or that happened in it, are open."
        assert [one["detail"] for one in response.json()["errors"]] == [open_ones]
        # Nor the municipality in which it happened, even when nobody is left there.
        response = await api.call("PATCH", f"/v1/organisations/{world['a']}", {"retired": True})
        assert open_ones in {one["detail"] for one in response.json()["errors"]}
        await office.act(incident_id, "cancel")
        await api.patch(path, {"retired": True})
        # What it reported is still told to whoever may know.
        await api.get(f"/v1/incidents/{incident_id}/responsibility")


async def test_a_retired_municipality_needs_no_accountable_desk(api: Api, world: World) -> None:
    made = await api.make("/v1/organisations", {"name": "C市", "kind": "municipality"})
    path = f"/v1/organisations/{made['id']}"
    there = {"municipality_ids": [world["a"], made["id"]]}
    await api.patch(f"/v1/organisations/{world['provider']}", there)
    named = {"accountable_desk_id": world["desk"], "accountable_approval": APPROVAL}
    await api.patch(path, named)
    response = await api.call("PUT", path + "/protocol", protocol(world))
    assert response.status_code == 201, response.text
    cut = f"/v1/parties/{world['nurse']}"
    assert (await api.call("PATCH", cut, {"retired": True})).status_code == 409
    await api.patch(path, {"retired": True})
    await api.patch(cut, {"retired": True})


async def test_keys_of_a_retired_organisation_are_revoked(api: Api, world: World) -> None:
    whose = {"organisation_id": world["centre"], "role": "coordinator"}
    first, second = await api.make("/v1/keys", whose), await api.make("/v1/keys", whose)
    key, mine = second["key"], f"/v1/keys?organisation_id={world['centre']}"
    await api.call("DELETE", f"/v1/keys/{first['id']}")
    api.clock.push(hours=1)
    await api.get("/v1/organisations", key=key)
    # A centre may retire itself; from that moment on its key opens nothing.
    await api.patch(f"/v1/organisations/{world['centre']}", {"retired": True}, key=key)
    response = await api.call("GET", "/v1/organisations", key=key)
    assert response.status_code == 401
    assert refused_as(response.json()["type"], "key-unknown")
    assert [one["revoked_at"] for one in (await api.get(mine))["items"]] == [
        "2026-11-20T03:00:00.000Z",
        "2026-11-20T04:00:00.000Z",
    ]
    # Those of others go on.
    for role in (Role.COORDINATOR, Role.PROVIDER, Role.AUDITOR):
        await api.get("/v1/organisations", key=world.keys[role])
    await api.get("/v1/organisations")


async def test_a_key_made_while_its_organisation_was_retired_opens_nothing(
    api: Api, world: World
) -> None:
    _, key = await create_key(api.installation, Role.COORDINATOR, world["centre"])
    await api.patch(f"/v1/organisations/{world['centre']}", {"retired": True})
    # As if it had been stored a moment later than the others were revoked.
    async with api.installation.database.transaction() as tx:
        await tx.execute("UPDATE access_key SET revoked_at = NULL")
    assert (await api.call("GET", "/v1/organisations", key=key)).status_code == 401


async def test_an_operators_organisation_can_be_retired(api: Api) -> None:
    made = await api.make("/v1/organisations", {"name": "運営会社", "kind": "operator"})
    key = await api.key(Role.OPERATOR, made["id"])
    await api.patch(f"/v1/organisations/{made['id']}", {"retired": True}, key=key)
    assert (await api.call("GET", "/v1/organisations", key=key)).status_code == 401


# --- one municipality ---------------------------------------------------------------------------


async def test_nobody_leaves_a_municipality_whose_clients_they_serve(
    api: Api, world: World
) -> None:
    path = f"/v1/organisations/{world['provider']}"
    both = sorted([world["a"], world["b"]])
    await api.patch(path, {"municipality_ids": both})
    before = await api.everything()
    response = await api.call("PATCH", path, {"municipality_ids": [world["b"]], "name": "x"})
    assert (response.status_code, pointers(response)) == (422, ["/municipality_ids"])
    assert world["a"] in response.json()["errors"][0]["detail"]
    assert await api.everything() == before
    # Where it serves nobody it may go, and so may it where it serves nobody any more.
    assert (await api.patch(path, {"municipality_ids": [world["a"]]}))["municipality_ids"] == [
        world["a"]
    ]
    await api.patch(path, {"municipality_ids": both})
    await api.patch(f"/v1/clients/{world['client']}", {"served_by": []})
    await api.patch(path, {"municipality_ids": [world["b"]]})


async def test_a_retired_client_holds_nobody_back(api: Api, world: World) -> None:
    await api.patch(f"/v1/clients/{world['client']}", {"retired": True})
    path = f"/v1/organisations/{world['provider']}"
    await api.patch(path, {"municipality_ids": [world["b"]]})


async def test_nobody_leaves_a_municipality_that_falls_back_on_their_desk(
    api: Api, world: World
) -> None:
    await api.patch(f"/v1/clients/{world['client']}", {"served_by": []})
    named = {"accountable_desk_id": world["desk"], "accountable_approval": APPROVAL}
    await api.patch(f"/v1/organisations/{world['a']}", named)
    path = f"/v1/organisations/{world['provider']}"
    response = await api.call("PATCH", path, {"municipality_ids": [world["b"]]})
    assert (response.status_code, pointers(response)) == (409, ["/municipality_ids"])
    assert refused_as(response.json()["type"], "accountable-desk-needed")
    await api.patch(path, {"municipality_ids": sorted([world["a"], world["b"]])})
    await api.patch(f"/v1/organisations/{world['a']}", {"accountable_desk_id": None})
    await api.patch(path, {"municipality_ids": [world["b"]]})


async def test_who_may_not_take_somebody_out_does_not_hear_whom_they_serve(
    api: Api, world: World
) -> None:
    there = f"/v1/clients/{world['foreign_client']}"
    await api.patch(there, {"served_by": [world["foreign"], world["shared"]]})
    response = await api.call(
        "PATCH",
        f"/v1/organisations/{world['shared']}",
        {"municipality_ids": [world["a"]]},
        key=world.keys[Role.COORDINATOR],
    )
    assert response.status_code == 403
