"""Absences and substitutions by the API."""

import pytest

from app.auth import Role
from tests.routes.duty_desk import NURSES, DutyDesk, open_duty_desk
from tests.routes.office import APPROVAL
from tests.routes.world import Api, Json, World, pointers

FIRST, SECOND, THIRD = NURSES[:3]


@pytest.fixture
async def desk(api: Api, world: World) -> DutyDesk:
    """Three nurses, no roster yet."""
    return await open_duty_desk(api, world)


async def away(
    desk: DutyDesk, begin: float = 0, end: float = 3, *, query: str = "", **more: object
) -> Json:
    body = {**desk.hours(begin, end), **more}
    path = f"/v1/parties/{desk[FIRST]}/absences{query}"
    response = await desk.api.call("POST", path, body)
    assert response.status_code == (200 if query else 201), response.text
    made: Json = response.json()
    return made


def times(desk: DutyDesk, begin: float, end: float, tier: int = 1) -> Json:
    return {**desk.hours(begin, end), "tier": tier}


async def test_absence_is_a_version_that_says_who_wrote_it(desk: DutyDesk, world: World) -> None:
    await desk.open_roster({"shifts": [desk.shift(FIRST, 1, 2), desk.shift(SECOND, 1, 1.5)]})
    path = f"/v1/parties/{desk[FIRST]}/absences"
    for key, wrote, version in (
        (world.keys[Role.PROVIDER], world["provider"], 2),
        (None, None, 3),
    ):
        body = desk.hours(1, 1.75) if version == 2 else desk.hours(1.75, 2)
        made = await desk.api.make(path, body, key=key)
        [found] = made["desks"]
        assert (found["version"], found["substitution"]) == (version, None)
        assert (await desk.get())["recorded_by"] == wrote
    assert await desk.on_duty(at=desk.at(hours=1)) == [SECOND]
    assert await desk.on_duty(at=desk.at(hours=1.6)) == []


async def test_hours_that_nobody_covers_are_said(desk: DutyDesk) -> None:
    await desk.open_roster(
        {
            "shifts": [
                desk.shift(FIRST, 1, 4),
                desk.shift(SECOND, 1, 2),
                desk.shift(THIRD, 1, 3, tier=2),
            ]
        }
    )
    [found] = (await away(desk, end=9))["desks"]
    assert found["duties"] == [times(desk, 1, 4)]
    assert found["uncovered"] == [times(desk, 2, 4)]
    assert found["without_anybody"] == [desk.hours(3, 4)]
    assert found["is_accountable"] is False


async def test_whoever_is_retired_covers_nothing(desk: DutyDesk) -> None:
    await desk.open_roster({"shifts": [desk.shift(FIRST, 1, 4), desk.shift(SECOND, 1, 4)]})
    await desk.api.patch(f"/v1/parties/{desk[SECOND]}", {"retired": True})
    [found] = (await away(desk, end=9))["desks"]
    assert found["uncovered"] == [times(desk, 1, 4)]


async def test_trial_records_nothing(desk: DutyDesk) -> None:
    await desk.open_roster({"shifts": [desk.shift(FIRST)]})
    before = await desk.api.everything()
    trial = await away(desk, query="?dry_run=true")
    assert trial["dry_run"] is True
    assert trial["desks"][0]["uncovered"] == [times(desk, 1, 2)]
    trial = await away(desk, query="?dry_run=true", substitute_id=desk[SECOND])
    assert trial["desks"][0]["substitution"]["status"] == "offered"
    assert await desk.api.everything() == before


async def test_accountable_desk_is_said_and_the_absence_recorded(
    desk: DutyDesk, world: World
) -> None:
    """Who is ill does not come: H3 pages everybody of that desk whatever its roster says."""
    named = {"accountable_desk_id": desk["desk"], "accountable_approval": APPROVAL}
    await desk.api.patch(f"/v1/organisations/{world['a']}", named)
    await desk.open_roster({"shifts": [desk.shift(FIRST)]})
    [found] = (await away(desk))["desks"]
    assert found["is_accountable"] is True
    assert found["without_anybody"] == [desk.hours(1, 2)]
    assert found["version"] == 2


async def test_who_stands_in_already_stays(desk: DutyDesk) -> None:
    """An absence takes the person off, not the colleague who does part of their duty."""
    override = desk.override(1, 2, person=desk[SECOND], replaces=desk[FIRST])
    await desk.open_roster({"shifts": [desk.shift(FIRST, 1, 4)], "overrides": [override]})
    [found] = (await away(desk, end=9))["desks"]
    assert found["duties"] == [times(desk, 2, 4)]
    assert await desk.on_duty(at=desk.at(hours=1.5)) == [SECOND]
    assert await desk.on_duty(at=desk.at(hours=3)) == []


async def test_version_that_waits_is_repeated_too(desk: DutyDesk) -> None:
    await desk.open_roster({"shifts": [desk.shift(FIRST, 1, 2)]})
    later = {"shifts": [desk.shift(FIRST, 5, 6), desk.shift(SECOND, 6, 7)]}
    await desk.put(document=later, effective_from=desk.hours(4, 5)["from"])
    [found] = (await away(desk, end=9))["desks"]
    assert found["duties"] == [times(desk, 1, 2), times(desk, 5, 6)]
    assert found["version"] == 3
    newest = await desk.get()
    assert (newest["version"], newest["effective_from"]) == (4, desk.hours(4, 5)["from"])
    assert await desk.on_duty(at=desk.at(hours=1.5)) == []
    assert await desk.on_duty(at=desk.at(hours=5.5)) == []
    assert await desk.on_duty(at=desk.at(hours=6.5)) == [SECOND]


async def test_swap_is_done_as_a_whole(desk: DutyDesk) -> None:
    await desk.open_roster({"shifts": [desk.shift(FIRST, 1, 2), desk.shift(SECOND, 5, 6)]})
    made = await away(desk, substitute_id=desk[SECOND], in_return=desk.hours(4, 7))
    [found] = made["desks"]
    request = found["substitution"]
    assert (request["duties"], request["duties_in_return"]) == (
        [times(desk, 1, 2)],
        [times(desk, 5, 6)],
    )
    assert (found["version"], request["status"], request["lapses_at"]) == (
        None,
        "offered",
        desk.hours(1, 2)["from"],
    )
    path = f"/v1/parties/{desk[SECOND]}/substitutions"
    assert (await desk.api.get(path))["items"] == [request]
    response = await desk.post(f"{path}/{request['id']}/accept")
    assert response.json()["status"] == "accepted"
    assert response.json()["version"] == 2
    assert await desk.on_duty(at=desk.at(hours=1.5)) == [SECOND]
    assert await desk.on_duty(at=desk.at(hours=5.5)) == [FIRST]
    response = await desk.post(f"{path}/{request['id']}/accept")
    assert response.status_code == 409
    assert response.json()["substitution_status"] == "accepted"


async def test_swap_of_which_one_half_is_gone_is_not_done(desk: DutyDesk) -> None:
    shifts = [desk.shift(FIRST, 1, 2), desk.shift(SECOND, 5, 6)]
    await desk.open_roster({"shifts": shifts})
    made = await away(desk, substitute_id=desk[SECOND], in_return=desk.hours(4, 7))
    request = made["desks"][0]["substitution"]["id"]
    await desk.put(document={"shifts": shifts[:1]})
    response = await desk.post(f"/v1/parties/{desk[SECOND]}/substitutions/{request}/accept")
    assert response.status_code == 409
    assert response.json()["type"].endswith(":duty-changed")
    assert (await desk.get())["version"] == 2


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        # Nobody is on duty then.
        ({"hours": (5, 6)}, ["/from"]),
        ({"desk_id": "foreign_desk"}, ["/from"]),
        # Oneself, somebody elsewhere, nobody.
        ({"substitute_id": FIRST}, ["/substitute_id"]),
        ({"substitute_id": "foreign_nurse"}, ["/substitute_id"]),
        ({"substitute_id": "x"}, ["/substitute_id"]),
        # A swap for nothing, and with nobody.
        ({"substitute_id": SECOND, "in_return": (5, 6)}, ["/in_return"]),
        ({"in_return": (5, 6)}, ["/in_return"]),
        ({"hours": (2, 1)}, ["/to"]),
    ],
    ids=str,
)
async def test_absence_that_cannot_be_names_its_field(
    desk: DutyDesk, world: World, fields: Json, expected: list[str]
) -> None:
    await desk.open_roster({"shifts": [desk.shift(FIRST)]})
    body: Json = desk.hours(*fields.get("hours", (1, 2)))
    if "in_return" in fields:
        body["in_return"] = desk.hours(*fields["in_return"])
    for name in ("substitute_id", "desk_id"):
        if name in fields:
            body[name] = world.ids.get(fields[name], fields[name])
    before = await desk.api.everything()
    path = f"/v1/parties/{desk[FIRST]}/absences"
    for query in ("", "?dry_run=true"):
        response = await desk.api.call("POST", path + query, body)
        assert (response.status_code, pointers(response)) == (422, expected)
    assert await desk.api.everything() == before


async def test_only_who_plans_duty_records_absences(desk: DutyDesk, world: World) -> None:
    await desk.open_roster({"shifts": [desk.shift(FIRST)]})
    made = await away(desk, substitute_id=desk[SECOND])
    request = made["desks"][0]["substitution"]["id"]
    stranger = await desk.api.key(Role.PROVIDER, world["foreign"])
    answer = f"/v1/parties/{desk[SECOND]}/substitutions/{request}/accept"
    for key, status in ((world.keys[Role.AUDITOR], 403), (stranger, 404)):
        for path in (f"/v1/parties/{desk[FIRST]}/absences", answer):
            response = await desk.api.call("POST", path, desk.hours(1, 2), key=key)
            assert response.status_code == status, path
    # Each answer is for one of the two alone.
    for person, reply in ((FIRST, "accept"), (SECOND, "withdraw"), (THIRD, "accept")):
        response = await desk.post(f"/v1/parties/{desk[person]}/substitutions/{request}/{reply}")
        assert response.status_code == 404


async def test_same_key_records_once(desk: DutyDesk) -> None:
    await desk.open_roster({"shifts": [desk.shift(FIRST)]})
    path, headers = f"/v1/parties/{desk[FIRST]}/absences", {"Idempotency-Key": "once"}
    body = desk.hours(1, 2)
    first = await desk.api.call("POST", path, body, headers=headers)
    again = await desk.api.call("POST", path, body, headers=headers)
    assert (first.status_code, again.json()) == (201, first.json())
    assert (await desk.get())["version"] == 2


async def test_retired_person_is_not_away(desk: DutyDesk) -> None:
    await desk.open_roster({"shifts": [desk.shift(FIRST)]})
    await desk.api.patch(f"/v1/parties/{desk[FIRST]}", {"retired": True})
    path = f"/v1/parties/{desk[FIRST]}/absences"
    response = await desk.api.call("POST", path, desk.hours(1, 2))
    assert (response.status_code, response.json()["title"]) == (409, "Retired")


async def test_desk_without_a_roster_has_nothing_to_record(desk: DutyDesk) -> None:
    path = f"/v1/parties/{desk[FIRST]}/absences"
    response = await desk.api.call("POST", path, desk.hours(1, 2))
    assert pointers(response) == ["/from"]
