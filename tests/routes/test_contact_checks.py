"""Testing a contact point by API: who may, how often, and what is known afterwards."""

import pytest

from app.auth import Role
from tests.routes.world import Api, Json, World


def path_of(world: World, party: str = "nurse", point: str = "point") -> str:
    return f"/v1/parties/{world[party]}/contact-points/{world[point]}"


async def test_a_test_is_written_with_its_message(api: Api, world: World) -> None:
    point = await api.get(path_of(world))
    unknown = {"state": "never_asked", "last_asked_at": None, "last_confirmed_at": None}
    assert {name: point[name] for name in unknown} == unknown
    made = await api.make(f"{path_of(world)}/test", {})
    assert made == {
        "id": made["id"],
        "kind": "contact.check",
        "party_id": world["nurse"],
        "contact_point_id": world["point"],
        "channel": "inbox",
        "state": "asked",
        "delivery": "pending",
        "reason": None,
        "asked_at": "2026-11-20T03:00:00.000Z",
        "read_at": None,
    }
    for found in (
        await api.get(path_of(world)),
        (await api.get(path_of(world).rpartition("/")[0]))["items"][0],
        await api.patch(path_of(world), {"delay_seconds": 5}),
    ):
        assert found["state"] == "asked"
        assert found["last_asked_at"] == made["asked_at"]
        assert found["last_confirmed_at"] is None


@pytest.mark.parametrize(
    ("role", "party", "point", "status"),
    [
        (Role.OPERATOR, "nurse", "point", 201),
        (Role.COORDINATOR, "nurse", "point", 201),
        (Role.PROVIDER, "nurse", "point", 201),  # its own
        (Role.AUDITOR, "nurse", "point", 403),
        (Role.COORDINATOR, "foreign_nurse", "foreign_point", 404),  # of another municipality
        (Role.PROVIDER, "foreign_nurse", "foreign_point", 404),
        (Role.OPERATOR, "foreign_nurse", "point", 404),  # of another party
        (Role.OPERATOR, "nurse", "a", 404),  # no contact point
    ],
)
async def test_who_may_see_the_party_may_test_it(
    api: Api, world: World, *, role: Role, party: str, point: str, status: int
) -> None:
    added = await api.make(
        f"/v1/parties/{world['foreign_nurse']}/contact-points", {"channel": "inbox"}
    )
    world.ids["foreign_point"] = added["id"]
    key = api.operator if role is Role.OPERATOR else world.keys[role]
    answer = await api.call("POST", f"{path_of(world, party, point)}/test", {}, key=key)
    assert answer.status_code == status


async def test_a_second_test_within_a_minute_is_the_first(api: Api, world: World) -> None:
    first = await api.make(f"{path_of(world)}/test", {})
    api.clock.push(seconds=59)
    again = await api.call("POST", f"{path_of(world)}/test", {})
    assert again.status_code == 200
    assert again.json() == first
    api.clock.push(seconds=1)
    assert (await api.make(f"{path_of(world)}/test", {}))["id"] != first["id"]


async def test_with_a_key_the_same_answer_comes_again(api: Api, world: World) -> None:
    async def test() -> Json:
        headers = {"Idempotency-Key": "phone-1"}
        answer = await api.call("POST", f"{path_of(world)}/test", {}, headers=headers)
        assert answer.status_code == 201
        made: Json = answer.json()
        return made

    first = await test()
    api.clock.push(hours=1)
    assert await test() == first


@pytest.mark.parametrize("what", ["point", "nurse"])
async def test_nobody_is_asked_who_is_gone(api: Api, world: World, what: str) -> None:
    path = path_of(world) if what == "point" else f"/v1/parties/{world['nurse']}"
    await api.patch(path, {"retired": True})
    answer = await api.call("POST", f"{path_of(world)}/test", {})
    assert answer.status_code == 409
    assert answer.json()["type"].endswith(":retired")


@pytest.mark.parametrize(
    ("role", "query", "seen"),
    [
        (Role.OPERATOR, "", {"nurse", "foreign_nurse", "shared"}),
        (Role.OPERATOR, "?municipality_id=b", {"foreign_nurse", "shared"}),
        (Role.OPERATOR, "?organisation_id=provider", {"nurse"}),
        (Role.OPERATOR, "?organisation_id=provider&municipality_id=b", set()),
        (Role.COORDINATOR, "", {"nurse", "shared"}),
        (Role.COORDINATOR, "?municipality_id=b", {"shared"}),  # it works in both
        (Role.COORDINATOR, "?organisation_id=foreign", set()),
        (Role.PROVIDER, "", {"nurse"}),
        (Role.PROVIDER, "?organisation_id=shared", set()),
        (Role.AUDITOR, "", None),  # knows persons by pseudonyms only
    ],
)
async def test_everybody_reads_of_those_whom_they_may_see(
    api: Api, world: World, role: Role, query: str, seen: set[str] | None
) -> None:
    for party in ("foreign_nurse", "shared"):
        await api.make(f"/v1/parties/{world[party]}/contact-points", {"channel": "inbox"})
    for name in ("municipality_id", "organisation_id"):
        for value in ("b", "provider", "foreign", "shared"):
            query = query.replace(f"{name}={value}", f"{name}={world[value]}")
    key = api.operator if role is Role.OPERATOR else world.keys[role]
    answer = await api.call("GET", f"/v1/reachability{query}", key=key)
    if seen is None:
        assert answer.status_code == 403
        return
    parties = {one["party"]["id"] for one in answer.json()["items"]}
    assert parties == {world[one] for one in seen}
    assert answer.json()["summary"]["contact_points"] == len(seen)


async def test_pages_make_the_whole_and_the_summary_is_of_all(api: Api, world: World) -> None:
    for _ in range(4):
        await api.make(f"/v1/parties/{world['nurse']}/contact-points", {"channel": "inbox"})
    await api.make(f"{path_of(world)}/test", {})
    whole = await api.get("/v1/reachability")
    assert len(whole["items"]) == 5
    found: list[Json] = []
    cursor = ""
    while True:
        part = await api.get(f"/v1/reachability?limit=2{cursor}")
        assert part["summary"] == whole["summary"]
        found += part["items"]
        if part["next_cursor"] is None:
            break
        cursor = f"&cursor={part['next_cursor']}"
    assert found == whole["items"]
    assert whole["summary"]["asked"] == 1


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("from=2026-11-20T03:00:00Z&to=2026-11-20T03:00:00Z", "/to"),
        ("from=yesterday", "/from"),
        ("desk_id=x", "/desk_id"),
        ("limit=0", "/limit"),
    ],
)
async def test_a_wrong_filter_is_named(api: Api, world: World, query: str, pointer: str) -> None:
    del world
    answer = await api.call("GET", f"/v1/reachability?{query}")
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
