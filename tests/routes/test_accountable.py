"""A municipality's accountable desk: it holds by agreement, and may be taken away."""

import pytest

from tests.routes.office import APPROVAL, open_office
from tests.routes.world import Api, Json, World, pointers

KEPT = APPROVAL | {"reference": None}
DESK, AGREED = "accountable_desk_id", "accountable_approval"


async def own_desk(api: Api, world: World) -> str:
    body = {"organisation_id": world["a"], "kind": "desk", "name": "宿日直"}
    return str((await api.make("/v1/parties", body))["id"])


def shown(organisation: Json) -> tuple[object, object]:
    return organisation[DESK], organisation[AGREED]


async def test_the_desk_of_another_organisation_holds_by_agreement(api: Api, world: World) -> None:
    path = f"/v1/organisations/{world['a']}"
    response = await api.call("PATCH", path, {DESK: world["desk"]})
    assert (response.status_code, pointers(response)) == (422, ["/accountable_approval"])
    changed = await api.patch(path, {DESK: world["desk"], AGREED: APPROVAL})
    assert shown(changed) == (world["desk"], KEPT)
    assert await api.get(path) == changed
    assert changed in (await api.get("/v1/organisations?kind=municipality"))["items"]
    # What is said of something else leaves it, and so does saying the same again.
    for again in ({"name": "新A市"}, {DESK: world["desk"]}):
        assert shown(await api.patch(path, again)) == (world["desk"], KEPT)


async def test_an_agreement_can_be_renewed_alone(api: Api, world: World) -> None:
    path = f"/v1/organisations/{world['a']}"
    await api.patch(path, {DESK: world["desk"], AGREED: APPROVAL | {"reference": "第1号"}})
    renewed = {"approved_by": "鈴木 所長", "approved_on": "2026-11-19"}
    changed = await api.patch(path, {AGREED: renewed})
    # The old number was that of the old agreement.
    assert shown(changed) == (world["desk"], renewed | {"reference": None})


async def test_the_municipalitys_own_desk_needs_no_agreement(api: Api, world: World) -> None:
    path, own = f"/v1/organisations/{world['a']}", await own_desk(api, world)
    assert shown(await api.patch(path, {DESK: own})) == (own, None)
    assert shown(await api.patch(path, {DESK: own, AGREED: APPROVAL})) == (own, KEPT)
    # The agreement was for that desk and no other.
    response = await api.call("PATCH", path, {DESK: world["desk"]})
    assert pointers(response) == ["/accountable_approval"]
    await api.patch(path, {DESK: world["desk"], AGREED: APPROVAL})
    assert shown(await api.patch(path, {DESK: own})) == (own, None)


async def test_a_desk_named_before_agreements_were_kept_needs_one_when_named_again(
    api: Api, world: World
) -> None:
    path = f"/v1/organisations/{world['a']}"
    await api.patch(path, {DESK: world["desk"], AGREED: APPROVAL})
    async with api.installation.database.transaction() as tx:
        await tx.execute("UPDATE party SET accountable_approved_by = NULL")
        await tx.execute("UPDATE party SET accountable_approved_on = NULL")
    assert shown(await api.patch(path, {"name": "新A市"})) == (world["desk"], None)
    response = await api.call("PATCH", path, {DESK: world["desk"]})
    assert pointers(response) == ["/accountable_approval"]
    assert shown(await api.patch(path, {AGREED: APPROVAL})) == (world["desk"], KEPT)


async def test_the_desk_can_be_taken_away_and_its_agreement_with_it(api: Api, world: World) -> None:
    path = f"/v1/organisations/{world['a']}"
    assert shown(await api.patch(path, {DESK: None})) == (None, None)
    await api.patch(path, {DESK: world["desk"], AGREED: APPROVAL})
    assert shown(await api.patch(path, {DESK: None})) == (None, None)
    assert shown(await api.get(path)) == (None, None)
    # Nothing falls back on the desk any more.
    await api.patch(f"/v1/parties/{world['nurse']}", {"retired": True})
    await api.patch(f"/v1/parties/{world['desk']}", {"retired": True})


async def test_no_agreement_is_of_a_day_to_come_in_japan(api: Api, world: World) -> None:
    path = f"/v1/organisations/{world['a']}"

    async def status(day: str) -> int:
        approval = APPROVAL | {"approved_on": day}
        response = await api.call("PATCH", path, {DESK: world["desk"], AGREED: approval})
        if response.status_code != 200:
            assert pointers(response) == ["/accountable_approval/approved_on"]
        return response.status_code

    # It is noon in Japan.
    assert [await status("2026-11-20"), await status("2026-11-21")] == [200, 422]
    api.clock.push(hours=11, minutes=59)
    assert await status("2026-11-21") == 422
    # Midnight in Japan, while it is still 15:00 of the 20th in UTC.
    api.clock.push(minutes=1)
    assert await status("2026-11-21") == 200


# A change of A, and where it is wrong; "{own}" is a desk of A itself.
WRONG: list[tuple[Json, list[str]]] = [
    ({AGREED: None}, ["/accountable_approval"]),
    ({AGREED: "協定書"}, ["/accountable_approval"]),
    ({AGREED: {}}, ["/accountable_approval/approved_by", "/accountable_approval/approved_on"]),
    ({AGREED: APPROVAL | {"approved_by": ""}}, ["/accountable_approval/approved_by"]),
    ({AGREED: APPROVAL | {"approved_by": "a\nb"}}, ["/accountable_approval/approved_by"]),
    ({AGREED: APPROVAL | {"approved_on": "11/1"}}, ["/accountable_approval/approved_on"]),
    ({AGREED: APPROVAL | {"approved_on": "2026-02-30"}}, ["/accountable_approval/approved_on"]),
    ({AGREED: APPROVAL | {"reference": "x" * 201}}, ["/accountable_approval/reference"]),
    ({AGREED: APPROVAL | {"organisation": "{provider}"}}, ["/accountable_approval/organisation"]),
    # There is no desk yet that it could be for, nor will there be.
    ({AGREED: APPROVAL}, ["/accountable_approval"]),
    ({AGREED: APPROVAL, DESK: None}, ["/accountable_approval"]),
    # An agreement makes no desk of a nurse, of somebody elsewhere, or of hours too short.
    ({AGREED: APPROVAL, DESK: "{nurse}"}, ["/accountable_desk_id"]),
    ({AGREED: APPROVAL, DESK: "{foreign_desk}"}, ["/accountable_desk_id"]),
    ({AGREED: APPROVAL, DESK: "{day_desk}"}, ["/accountable_desk_id"]),
    # All that is wrong is said at once.
    ({DESK: "{day_desk}"}, ["/accountable_desk_id", "/accountable_approval"]),
    (
        {DESK: "{nurse}", AGREED: APPROVAL | {"approved_on": "2026-12-01"}},
        ["/accountable_desk_id", "/accountable_approval/approved_on"],
    ),
]


async def test_each_wrong_change_is_named_and_changes_nothing(api: Api, world: World) -> None:
    day = {"organisation_id": world["provider"], "kind": "desk", "name": "昼"}
    made = await api.make("/v1/parties", day | {"hours": ["09:00-17:00"]})
    world.ids["day_desk"] = made["id"]
    before = await api.everything()
    for body, expected in WRONG:
        desk = body.get(DESK)
        filled = body | ({DESK: desk.format_map(world.ids)} if desk else {})
        response = await api.call("PATCH", f"/v1/organisations/{world['a']}", filled)
        assert response.status_code == 422, (body, response.text)
        assert pointers(response) == expected, (body, response.text)
    assert await api.everything() == before


@pytest.mark.parametrize("change", [{DESK: None}, {AGREED: APPROVAL}], ids=str)
async def test_only_a_municipality_has_one(api: Api, world: World, change: Json) -> None:
    response = await api.call("PATCH", f"/v1/organisations/{world['provider']}", change)
    assert (response.status_code, pointers(response)) == (422, [f"/{next(iter(change))}"])


async def test_open_incidents_without_a_protocol_keep_their_desk(api: Api, world: World) -> None:
    path = f"/v1/organisations/{world['a']}"
    async with open_office(api, world) as office:
        await api.patch(path, {DESK: world["desk"], AGREED: APPROVAL})
        incident_id = await office.open("other_client")
        holder = (await api.get(f"/v1/incidents/{incident_id}"))["holder"]
        assert holder["id"] == world["desk"]
        before = await api.everything()
        response = await api.call("PATCH", path, {DESK: None})
        assert (response.status_code, pointers(response)) == (409, ["/accountable_desk_id"])
        assert response.json()["type"].endswith(":accountable-desk-needed")
        assert await api.everything() == before
        # Another desk may take its place at any time: somebody is still paged.
        own = await own_desk(api, world)
        await api.patch(path, {DESK: own})
        assert (await api.call("PATCH", path, {DESK: None})).status_code == 409
        await office.act(incident_id, "cancel")
        # One with a protocol of its own does not rest on it.
        await office.open("client")
        await api.patch(path, {DESK: None})
