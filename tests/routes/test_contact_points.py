"""Contact points: addresses, secrets, and the last one by which an accountable desk is reached."""

import re

import pytest
from sqlmodel import Session

from app.models.directory import ContactPointRow
from app.store.vault.destination import destinations_of
from tests.routes.office import APPROVAL
from tests.routes.world import SECRET, Api, Json, World, protocol

HOOK = {"channel": "webhook", "address": "http://127.0.0.1:9000/x"}


async def test_a_webhook_without_a_secret_gets_one_shown_once(api: Api, world: World) -> None:
    path = f"/v1/parties/{world['nurse']}/contact-points"
    made = await api.make(path, HOOK)
    secret = made.pop("secret")
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", secret)
    assert made == {
        "id": made["id"],
        "party_id": world["nurse"],
        "channel": "webhook",
        "address": "http://127.0.0.1:9000/x",
        "hours": "24h",
        "delay_seconds": 0,
        "state": "never_asked",
        "last_asked_at": None,
        "last_confirmed_at": None,
        "created_at": "2026-11-20T03:00:00.000Z",
        "retired_at": None,
    }
    assert await api.get(f"{path}/{made['id']}") == made
    assert made in (await api.get(path))["items"]
    assert secret not in (await api.call("GET", path)).text


async def stored_secret(api: Api, point_id: str) -> str | None:
    """The secret of a contact point, opened."""

    def look(session: Session) -> str | None:
        row = session.get_one(ContactPointRow, point_id)
        return destinations_of(session, [row])[point_id].secret

    return await api.installation.database.read(look)


async def test_a_secret_that_was_given_is_kept_and_never_shown(api: Api, world: World) -> None:
    path = f"/v1/parties/{world['nurse']}/contact-points"
    made = await api.make(path, HOOK | {"secret": SECRET})
    assert "secret" not in made
    assert await stored_secret(api, made["id"]) == SECRET
    assert not any(SECRET in row for row in await api.everything())
    changed = await api.patch(f"{path}/{made['id']}", {"address": "http://127.0.0.1:9000/y"})
    assert changed["address"] == "http://127.0.0.1:9000/y"
    assert "secret" not in changed
    assert await stored_secret(api, made["id"]) == SECRET


async def test_hours_and_delay_can_be_changed(api: Api, world: World) -> None:
    path = f"/v1/parties/{world['nurse']}/contact-points/{world['point']}"
    changed = await api.patch(path, {"hours": ["09:00-17:00"], "delay_seconds": 30})
    assert (changed["hours"], changed["delay_seconds"]) == (["09:00-17:00"], 30)
    assert await api.get(path) == changed


async def test_an_inbox_is_a_page_with_a_lasting_address(api: Api, world: World) -> None:
    path = f"/v1/parties/{world['nurse']}/contact-points/{world['point']}"
    address = (await api.get(path))["address"]
    assert re.fullmatch(r"http://renrakumo\.test/inbox/[A-Za-z0-9_-]+", address)
    assert (await api.get(path))["address"] == address
    token = address.rpartition("/")[2]
    assert token == api.installation.link_key.inbox_token(world["point"])
    assert not any(token in row for row in await api.everything())


async def test_organisations_and_desks_have_contact_points_too(api: Api, world: World) -> None:
    for name in ("a", "desk"):
        made = await api.make(f"/v1/parties/{world[name]}/contact-points", {"channel": "inbox"})
        assert made["party_id"] == world[name]


async def test_retiring_a_contact_point_is_final(api: Api, world: World) -> None:
    path = f"/v1/parties/{world['nurse']}/contact-points/{world['point']}"
    retired = await api.patch(path, {"retired": True})
    assert retired["retired_at"] == "2026-11-20T03:00:00.000Z"
    assert await api.patch(path, {"retired": True}) == retired
    for change in ({"retired": False}, {"delay_seconds": 1}):
        assert (await api.call("PATCH", path, change)).status_code == 409


# --- the accountable desk stays reachable (H3) -------------------------------------------------


async def publish(api: Api, world: World) -> None:
    path = f"/v1/clients/{world['client']}/protocol"
    response = await api.call("PUT", path, protocol(world))
    assert response.status_code == 201, response.text


# What would leave the accountable desk without anybody to reach at some hour.
CUTS: list[tuple[str, Json]] = [
    ("/v1/parties/{nurse}/contact-points/{point}", {"retired": True}),
    ("/v1/parties/{nurse}/contact-points/{point}", {"hours": ["00:00-23:59"]}),
    ("/v1/parties/{nurse}", {"retired": True}),
    ("/v1/parties/{nurse}", {"desk_ids": []}),
    ("/v1/parties/{desk}", {"retired": True}),
    ("/v1/parties/{desk}", {"hours": ["00:00-23:59"]}),
]


async def test_an_accountable_desk_keeps_its_last_contact(api: Api, world: World) -> None:
    await publish(api, world)
    before = await api.everything()
    for path, change in CUTS:
        response = await api.call("PATCH", path.format_map(world.ids), change)
        assert response.status_code == 409, (path, change)
        assert response.json()["type"].endswith(":accountable-desk-needed")
    assert await api.everything() == before


async def test_with_another_contact_the_first_may_go(api: Api, world: World) -> None:
    await publish(api, world)
    await api.make(f"/v1/parties/{world['desk']}/contact-points", HOOK | {"hours": ["06:00-24:00"]})
    path = f"/v1/parties/{world['nurse']}/contact-points/{world['point']}"
    # Together they must cover the day: 00:00 to 06:00 is missing.
    assert (await api.call("PATCH", path, {"retired": True})).status_code == 409
    await api.patch(path, {"hours": ["00:00-06:00"]})
    await api.make(f"/v1/parties/{world['desk']}/contact-points", {"channel": "inbox"})
    await api.patch(path, {"retired": True})


@pytest.mark.parametrize("path_and_change", CUTS, ids=str)
async def test_a_desk_that_nothing_in_force_names_may_be_cut_off(
    api: Api, world: World, path_and_change: tuple[str, Json]
) -> None:
    path, change = path_and_change
    await publish(api, world)
    spare = {"organisation_id": world["provider"], "kind": "desk", "name": "予備"}
    made = await api.make("/v1/parties", spare)
    await api.make(f"/v1/parties/{made['id']}/contact-points", {"channel": "inbox"})
    replaced = protocol(world, accountable=made["id"])
    replaced["variants"][0]["steps"] = [{"desk": made["id"]}]
    response = await api.call("PUT", f"/v1/clients/{world['client']}/protocol", replaced)
    assert response.status_code == 201, response.text
    # The older version is not in force any more.
    await api.patch(path.format_map(world.ids), change)


async def test_a_retired_clients_protocol_needs_no_desk(api: Api, world: World) -> None:
    await publish(api, world)
    await api.patch(f"/v1/clients/{world['client']}", {"retired": True})
    await api.patch(f"/v1/parties/{world['nurse']}", {"retired": True})


async def test_a_default_protocol_and_a_municipality_need_their_desk(
    api: Api, world: World
) -> None:
    path = f"/v1/organisations/{world['a']}"
    approved = {"accountable_approval": APPROVAL}
    await api.patch(path, approved | {"accountable_desk_id": world["desk"]})
    cut = f"/v1/parties/{world['nurse']}"
    assert (await api.call("PATCH", cut, {"retired": True})).status_code == 409
    response = await api.call("PUT", path + "/protocol", protocol(world))
    assert response.status_code == 201
    spare = {"organisation_id": world["provider"], "kind": "desk", "name": "予備"}
    made = await api.make("/v1/parties", spare)
    await api.patch(path, approved | {"accountable_desk_id": made["id"]})
    # Now only the default protocol needs it.
    assert (await api.call("PATCH", cut, {"retired": True})).status_code == 409


async def test_a_desk_with_gaps_may_be_mended_step_by_step(api: Api, world: World) -> None:
    await api.patch(
        f"/v1/parties/{world['nurse']}/contact-points/{world['point']}",
        {"hours": ["09:00-17:00"]},
    )
    named = {"accountable_desk_id": world["desk"], "accountable_approval": APPROVAL}
    await api.patch(f"/v1/organisations/{world['a']}", named)
    point = f"/v1/parties/{world['nurse']}/contact-points/{world['point']}"
    await api.patch(point, {"hours": ["08:00-17:00"]})
    # But what little there is may not go.
    assert (await api.call("PATCH", point, {"retired": True})).status_code == 409
    assert (
        await api.call("PATCH", f"/v1/parties/{world['desk']}", {"retired": True})
    ).status_code == 409
