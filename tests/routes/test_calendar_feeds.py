"""Who may make, see and revoke calendar feeds, and read a roster as a calendar."""

from urllib.parse import urlencode

from app.auth import Role
from tests.routes.duty_desk import DutyDesk
from tests.routes.world import Api, World, pointers

FEEDS = "/v1/calendar-feeds"


async def test_feeds_are_made_by_whoever_sees_the_party(api: Api, world: World) -> None:
    for role, party, status in (
        (Role.COORDINATOR, "desk", 201),
        (Role.PROVIDER, "nurse", 201),
        (Role.AUDITOR, "desk", 403),
        # A reference in a body that leads nowhere the caller sees is a bad field.
        (Role.PROVIDER, "foreign_desk", 422),
        (Role.COORDINATOR, "foreign_nurse", 422),
        (Role.COORDINATOR, "provider", 422),
    ):
        body = {"party_id": world[party]}
        response = await api.call("POST", FEEDS, body, key=world.keys[role])
        assert response.status_code == status, (role, party)
        if status == 422:
            assert pointers(response) == ["/party_id"]
    await api.patch(f"/v1/parties/{world['nurse']}", {"retired": True})
    response = await api.call("POST", FEEDS, {"party_id": world["nurse"]})
    assert response.status_code == 409


async def test_feeds_are_listed_and_revoked_by_whoever_sees_the_party(
    api: Api, world: World
) -> None:
    own = await api.make(FEEDS, {"party_id": world["desk"]})
    foreign = await api.make(FEEDS, {"party_id": world["foreign_desk"]})
    page = await api.get(f"{FEEDS}?limit=1")
    rest = await api.get(f"{FEEDS}?limit=1&cursor={page['next_cursor']}")
    assert [one["id"] for one in page["items"] + rest["items"]] == [own["id"], foreign["id"]]
    for role in (Role.COORDINATOR, Role.PROVIDER):
        key = world.keys[role]
        assert [one["id"] for one in (await api.get(FEEDS, key=key))["items"]] == [own["id"]]
        response = await api.call("DELETE", f"{FEEDS}/{foreign['id']}", key=key)
        assert response.status_code == 404
        response = await api.call("DELETE", f"{FEEDS}/{own['id']}", key=key)
        assert response.status_code == 204
    auditor = world.keys[Role.AUDITOR]
    for method, path in (("GET", FEEDS), ("DELETE", f"{FEEDS}/{own['id']}")):
        assert (await api.call(method, path, key=auditor)).status_code == 403
    [listed] = (await api.get(f"{FEEDS}?party_id={world['desk']}"))["items"]
    assert listed["revoked_at"] is not None


async def test_repeated_request_makes_one_feed_and_shows_no_address(api: Api, world: World) -> None:
    headers = {"Idempotency-Key": "k"}
    body = {"party_id": world["desk"]}
    first = (await api.call("POST", FEEDS, body, headers=headers)).json()
    again = (await api.call("POST", FEEDS, body, headers=headers)).json()
    assert again == first | {"url": None}
    assert len((await api.get(FEEDS))["items"]) == 1


async def test_roster_is_read_as_a_calendar_with_a_key(api: Api, world: World) -> None:
    desk = DutyDesk(api, world)
    made = await desk.open_roster({"shifts": [desk.shift("nurse", 30, 40)]})
    path = f"/v1/rosters/{made['id']}/calendar.ics"
    for role, status in ((Role.PROVIDER, 200), (Role.COORDINATOR, 200), (Role.AUDITOR, 403)):
        response = await api.call("GET", path, key=world.keys[role])
        assert response.status_code == status
    text = (await api.call("GET", path)).text
    assert "SUMMARY:看護師\r\n" in text
    for query, found in (
        ({"from": "2026-11-20T00:00:00Z", "to": "2026-12-20T00:00:00Z"}, 1),
        ({"from": "2026-12-20T00:00:00Z", "to": "2026-12-30T00:00:00Z"}, 0),
    ):
        shown = (await api.call("GET", f"{path}?{urlencode(query)}")).text
        assert shown.count("BEGIN:VEVENT") == found
    for query, where in (
        ({"from": "2026-11-20T00:00:00Z"}, ["/to"]),
        ({"from": "2026-11-20T00:00:00Z", "to": "2029-11-20T00:00:00Z"}, ["/to"]),
    ):
        response = await api.call("GET", f"{path}?{urlencode(query)}")
        assert (response.status_code, pointers(response)) == (422, where)
    foreign = {"rotations": [desk.rotation("foreign_nurse")]}
    other = await api.make("/v1/rosters", {"desk_id": world["foreign_desk"], "document": foreign})
    path = f"/v1/rosters/{other['id']}/calendar.ics"
    assert (await api.call("GET", path, key=world.keys[Role.PROVIDER])).status_code == 404
