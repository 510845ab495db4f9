"""Rosters: one for a desk, version by version, for whoever plans its duty."""

import asyncio

import httpx
import pytest
from sqlalchemy import text
from sqlmodel import Session

from app.auth import Role
from app.channels.channel import rfc3339
from app.database import ConstraintError
from tests.routes.duty_desk import DutyDesk, document, open_duty_desk
from tests.routes.world import Api, Json, World, pointers

UNKNOWN = "0190c0de-0000-7000-8000-000000000000"
NO_PERSON = "No such person takes turns at this desk."


@pytest.fixture
async def desk(api: Api, world: World) -> DutyDesk:
    """A desk with three nurses, and no roster yet."""
    return await open_duty_desk(api, world)


def kind(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["type"].rpartition(":")[2]


async def test_roster_is_made_and_read(desk: DutyDesk) -> None:
    response = await desk.post("/v1/rosters", desk_id=desk["desk"], document=desk.rotating())
    assert response.status_code == 201, response.text
    made = response.json()
    assert response.headers["etag"] == '"1"'
    now = rfc3339(desk.api.clock())
    assert {**made, "document": None} == {
        "id": made["id"],
        "desk_id": desk["desk"],
        "created_at": now,
        "version": 1,
        "effective_from": now,
        "recorded_at": now,
        "correction": False,
        "reason": None,
        "recorded_by": None,
        "document": None,
    }
    # As it is understood: its defaults are filled in.
    [rotation] = made["document"]["rotations"]
    assert (rotation["every"], rotation["hand_over"], rotation["hours"]) == ("day", "09:00", "24h")
    path = f"/v1/rosters/{made['id']}"
    response = await desk.api.call("GET", path)
    assert (response.json(), response.headers["etag"]) == (made, '"1"')
    assert await desk.api.get(f"{path}/versions/1") == made


async def test_rosters_are_listed_oldest_first_without_their_documents(
    api: Api, world: World, desk: DutyDesk
) -> None:
    first = await desk.open_roster(desk.rotating())
    await desk.put(document=desk.rotating("nurse"))
    foreign = document(rotations=[desk.rotation("foreign_nurse")])
    other = await api.make("/v1/rosters", {"desk_id": world["foreign_desk"], "document": foreign})
    listed = (await api.get("/v1/rosters"))["items"]
    assert [(one["id"], one["version"]) for one in listed] == [(first["id"], 2), (other["id"], 1)]
    assert listed[1] == {name: other[name] for name in other if name != "document"}
    page = await api.get("/v1/rosters?limit=1")
    rest = await api.get(f"/v1/rosters?limit=1&cursor={page['next_cursor']}")
    assert page["items"] + rest["items"] == listed
    of_desk = await api.get(f"/v1/rosters?desk_id={world['foreign_desk']}")
    assert of_desk == {"items": listed[1:], "next_cursor": None}
    assert (await api.get(f"/v1/rosters?desk_id={UNKNOWN}"))["items"] == []


async def test_roster_is_replaced_as_a_whole_and_keeps_its_versions(desk: DutyDesk) -> None:
    first = await desk.open_roster(desk.rotating("nurse"))
    desk.api.clock.push(days=1)
    later = rfc3339(desk.at(days=7))
    second = await desk.put(document=desk.rotating("second"), effective_from=later, reason="異動")
    assert (second["version"], second["effective_from"], second["reason"]) == (2, later, "異動")
    assert second["recorded_at"] == rfc3339(desk.api.clock())
    assert second["created_at"] == first["created_at"]
    assert await desk.get() == second
    assert await desk.get("/versions/1") == first
    listed = (await desk.get("/versions"))["items"]
    names = ("version", "effective_from", "recorded_at", "correction", "reason", "recorded_by")
    assert listed == [{name: one[name] for name in names} for one in (first, second)]
    page = await desk.get("/versions?limit=1")
    rest = await desk.get(f"/versions?limit=1&cursor={page['next_cursor']}")
    assert page["items"] + rest["items"] == listed
    assert (await desk.api.call("GET", f"{desk.path}/versions/3")).status_code == 404


@pytest.mark.parametrize("stale", ['"1"', '"3"', 'W/"2"', "2", "", '"2', '"x"'])
async def test_change_of_what_has_changed_since_is_refused(desk: DutyDesk, stale: str) -> None:
    await desk.open_roster(desk.rotating())
    await desk.put(document=desk.rotating("nurse"))
    before = await desk.api.everything()
    response = await desk.call("PUT", if_match=stale, document=desk.rotating("second"))
    assert kind(response) == (412, "version-stale")
    assert await desk.api.everything() == before


@pytest.mark.parametrize("fresh", ['"2"', '"1", "2"', "*", None])
async def test_change_of_what_was_read_is_made(desk: DutyDesk, fresh: str | None) -> None:
    await desk.open_roster(desk.rotating())
    await desk.put(document=desk.rotating("nurse"))
    response = await desk.call("PUT", if_match=fresh, document=desk.rotating("second"))
    assert (response.status_code, response.headers["etag"]) == (200, '"3"')


async def test_changes_at_once_lose_nothing(desk: DutyDesk) -> None:
    await desk.open_roster(desk.rotating())
    guarded = await asyncio.gather(
        *(desk.call("PUT", if_match='"1"', document=desk.rotating("nurse")) for _ in range(4))
    )
    assert sorted(one.status_code for one in guarded) == [200, 412, 412, 412]
    made = await asyncio.gather(*(desk.put(document=desk.rotating()) for _ in range(4)))
    assert sorted(one["version"] for one in made) == [3, 4, 5, 6]


async def test_second_roster_of_a_desk_is_refused(desk: DutyDesk) -> None:
    await desk.open_roster(desk.rotating())
    response = await desk.post("/v1/rosters", desk_id=desk["desk"], document=document())
    assert kind(response) == (409, "roster-exists")


async def test_roster_that_names_nobody_is_refused(desk: DutyDesk) -> None:
    response = await desk.post("/v1/rosters", desk_id=desk["desk"], document=document())
    assert (response.status_code, pointers(response)) == (422, ["/document"])
    await desk.open_roster(desk.rotating())
    response = await desk.call("PUT", document=document())
    assert (response.status_code, pointers(response)) == (422, ["/document"])
    await desk.put(document=document(shifts=[desk.shift("nurse")]))


async def test_two_rosters_at_once_for_a_desk_are_one(desk: DutyDesk) -> None:
    body: Json = {"desk_id": desk["desk"], "document": desk.rotating()}
    made = await asyncio.gather(*(desk.post("/v1/rosters", **body) for _ in range(3)))
    assert sorted(one.status_code for one in made) == [201, 409, 409]


async def test_roster_made_again_under_one_key_is_the_same(desk: DutyDesk) -> None:
    body: Json = {"desk_id": desk["desk"], "document": desk.rotating()}
    headers = {"Idempotency-Key": "k-1"}
    first = await desk.api.call("POST", "/v1/rosters", body, headers=headers)
    again = await desk.api.call("POST", "/v1/rosters", body, headers=headers)
    assert (again.status_code, again.json(), again.headers["etag"]) == (201, first.json(), '"1"')
    assert again.headers["idempotent-replayed"] == "true"
    other = body | {"document": document()}
    response = await desk.api.call("POST", "/v1/rosters", other, headers=headers)
    assert kind(response) == (422, "idempotency-key-reused")


async def test_all_that_is_wrong_with_a_new_roster_is_named_at_once(
    api: Api, world: World, desk: DutyDesk
) -> None:
    wrong = document(
        rotations=[desk.rotation("nurse", starts_on="soon"), {"name": ""}], timezone="Mars/Base"
    )
    strangers = document(
        rotations=[desk.rotation("nurse", world["foreign_nurse"])],
        shifts=[desk.shift(UNKNOWN)],
        overrides=[desk.override(person=world["centre"], replaces=UNKNOWN)],
    )
    past = rfc3339(desk.at(seconds=-1))
    tables: list[tuple[Json, list[str]]] = [
        ({"desk_id": UNKNOWN}, ["/desk_id"]),
        ({"desk_id": world["nurse"]}, ["/desk_id"]),  # no desk
        ({"desk_id": UNKNOWN, "document": {"x": 1}}, ["/desk_id", "/document/x"]),
        (
            {"document": wrong},
            [
                "/document/timezone",
                "/document/rotations/0/starts_on",
                "/document/rotations/1/name",
                "/document/rotations/1/persons",
                "/document/rotations/1/starts_on",
            ],
        ),
        (
            {"document": strangers},
            [
                "/document/rotations/0/persons/1",
                "/document/shifts/0/person",
                "/document/overrides/0/person",
                "/document/overrides/0/replaces",
            ],
        ),
        ({"effective_from": past}, ["/effective_from"]),
        ({"effective_from": past, "correction": True}, ["/reason"]),
        (
            {"effective_from": past, "document": document(shifts=[desk.shift(UNKNOWN)])},
            ["/effective_from", "/document/shifts/0/person"],
        ),
        ({"effective_from": "2200-01-01T00:00:00Z"}, ["/effective_from"]),
        ({"reason": ""}, ["/reason"]),
        ({"correction": "yes"}, ["/correction"]),
        ({"document": []}, ["/document"]),
        ({"until": past}, ["/until"]),
    ]
    before = await api.everything()
    for change, expected in tables:
        body: Json = {"desk_id": desk["desk"], "document": desk.rotating(), **change}
        response = await desk.post("/v1/rosters", **body)
        assert (response.status_code, pointers(response)) == (422, expected), response.text
    assert await api.everything() == before


async def test_who_has_left_stays_and_is_not_named_anew(desk: DutyDesk) -> None:
    await desk.open_roster(desk.rotating("nurse", "second"))
    await desk.api.patch(f"/v1/parties/{desk['second']}", {"desk_ids": []})
    await desk.api.patch(f"/v1/parties/{desk['third']}", {"retired": True})
    await desk.put(document=desk.rotating("second"))
    await desk.put(document=desk.rotating("nurse"))
    for name in ("second", "third"):
        response = await desk.call("PUT", document=desk.rotating(name))
        assert pointers(response) == ["/document/rotations/0/persons/0"], name
        assert response.json()["errors"][0]["detail"] == NO_PERSON
    # But a correction says who was there then.
    past = {"effective_from": rfc3339(desk.at(days=-1)), "correction": True, "reason": "記録漏れ"}
    await desk.put(document=desk.rotating("second", "third"), **past)


async def test_roster_of_a_retired_desk_stays_as_it_is(desk: DutyDesk) -> None:
    made = await desk.open_roster(desk.rotating())
    await desk.api.patch(f"/v1/parties/{desk['desk']}", {"retired": True})
    before = await desk.api.everything()
    times = {"to": rfc3339(desk.at(hours=1))}
    for method, path, body in (
        ("PUT", "", {"document": document()}),
        ("PUT", "", {"document": {"x": 1}}),
        ("POST", "/shifts", {"person_id": desk["nurse"], **times}),
        ("POST", "/overrides", times),
    ):
        response = await desk.call(method, path, **body)
        assert kind(response) == (409, "retired"), path
    response = await desk.post("/v1/rosters", desk_id=desk["desk"], document=document())
    assert pointers(response) == ["/desk_id"]
    assert await desk.api.everything() == before
    assert await desk.get() == made


ACTS: list[tuple[str, str, Json]] = [
    ("GET", "", {}),
    ("GET", "/versions", {}),
    ("GET", "/versions/1", {}),
    ("GET", "/on-duty", {}),
    ("PUT", "", {"document": {"rotations": "none that can be read"}}),
    ("POST", "/shifts", {"person_id": "x", "to": "2026-11-21T00:00:00Z"}),
    ("POST", "/overrides", {"to": "2026-11-21T00:00:00Z"}),
]


async def test_auditors_see_no_roster(world: World, desk: DutyDesk) -> None:
    await desk.open_roster(desk.rotating())
    key = world.keys[Role.AUDITOR]
    for method, path, body in ACTS:
        assert kind(await desk.call(method, path, key=key, **body))[0] == 403, path
    for method in ("GET", "POST"):
        body = {} if method == "GET" else {"desk_id": UNKNOWN, "document": {"x": 1}}
        response = await desk.api.call(method, "/v1/rosters", body or None, key=key)
        assert kind(response) == (403, "role-forbids")


async def test_roster_of_others_is_not_there(api: Api, world: World, desk: DutyDesk) -> None:
    await desk.open_roster(desk.rotating())
    for role, whose in ((Role.COORDINATOR, "b"), (Role.PROVIDER, "foreign")):
        key = await api.key(role, world[whose])
        for method, path, body in ACTS:
            assert kind(await desk.call(method, path, key=key, **body))[0] == 404, path
        body = {"desk_id": desk["desk"], "document": document()}
        assert pointers(await api.call("POST", "/v1/rosters", body, key=key)) == ["/desk_id"]
        assert (await api.get("/v1/rosters", key=key))["items"] == []
        assert (await api.get(f"/v1/rosters?desk_id={desk['desk']}", key=key))["items"] == []


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.PROVIDER])
async def test_who_plans_the_duty_of_a_desk_may_write_its_roster(
    world: World, desk: DutyDesk, role: Role
) -> None:
    key = world.keys[role]
    made = await desk.open_roster(desk.rotating(), key=key)
    assert [one["id"] for one in (await desk.api.get("/v1/rosters", key=key))["items"]] == [
        made["id"]
    ]
    to = rfc3339(desk.at(hours=1))
    for method, path, body in (
        ("PUT", "", {"document": desk.rotating("nurse")}),
        ("POST", "/shifts", {"person_id": desk["second"], "to": to}),
        ("POST", "/overrides", {"person_id": desk["third"], "to": to}),
    ):
        response = await desk.call(method, path, key=key, **body)
        assert response.status_code in {200, 201}, response.text
    assert (await desk.api.get(f"{desk.path}/on-duty", key=key))["version"] == 4


CHANGES = (
    "UPDATE roster_version SET number = 9",
    "UPDATE roster_version SET effective_from = 0",
    "DELETE FROM roster_version",
)


async def test_database_itself_refuses_to_change_a_version(desk: DutyDesk) -> None:
    made = await desk.open_roster(desk.rotating())
    database = desk.api.installation.database
    more = ("TRUNCATE roster_version",) if database.name == "postgresql" else ()
    for change in (*CHANGES, *more):

        def write(session: Session, said: str = change) -> None:
            session.connection().execute(text(said))

        with pytest.raises(ConstraintError, match="the versions of a roster are append-only"):
            await database.write(write)
    assert await desk.get() == made
