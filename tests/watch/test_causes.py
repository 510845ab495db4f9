"""Each change that takes cover away is told once, and is in the list; others are not."""

from collections.abc import Awaitable, Callable

import pytest

from tests.engine.town import Town
from tests.watch.told import Told


async def nurse_point(town: Town, name: str = "first_nurse") -> str:
    points = await town.get(f"/v1/parties/{town[name]}/contact-points")
    return f"/v1/parties/{town[name]}/contact-points/{points['items'][0]['id']}"


async def change(town: Town, path: str, **fields: object) -> None:
    await town.make(path, fields, method="PATCH")


async def retire_contact_point(town: Town) -> str:
    await change(town, await nurse_point(town), retired=True)
    return "contact_point_retired"


async def narrow_contact_point(town: Town) -> str:
    await change(town, await nurse_point(town), hours=["09:00-17:00"])
    return "contact_point_changed"


async def retire_person(town: Town) -> str:
    await change(town, f"/v1/parties/{town['first_nurse']}", retired=True)
    return "person_retired"


async def leave_desk(town: Town) -> str:
    await change(town, f"/v1/parties/{town['first_nurse']}", desk_ids=[town["third"]])
    return "desk_persons_changed"


async def close_desk(town: Town) -> str:
    await change(town, f"/v1/parties/{town['first']}", hours=["08:30-17:15"])
    return "desk_hours_changed"


async def retire_desk(town: Town) -> str:
    await change(town, f"/v1/parties/{town['first']}", retired=True)
    return "desk_retired"


async def roster_with_a_hole(town: Town) -> str:
    night = {"name": "夜", "persons": [town["first_nurse"]], "hours": ["17:00-09:00"]}
    document = {"rotations": [night | {"starts_on": "2026-11-20"}]}
    await town.make("/v1/rosters", {"desk_id": town["first"], "document": document})
    return "roster_changed"


@pytest.mark.parametrize(
    "lose",
    [
        retire_contact_point,
        narrow_contact_point,
        retire_person,
        leave_desk,
        close_desk,
        retire_desk,
        roster_with_a_hole,
    ],
    ids=lambda lose: lose.__name__,
)
async def test_cover_that_a_change_takes_away_is_told_once_and_listed(
    lose: Callable[[Town], Awaitable[str]], told: Told, town: Town
) -> None:
    assert await told.listed() == []
    what = await lose(town)
    data = await told.lost(what)
    assert data["client_id"] == town["client"]
    assert (data["protocol_count"], data["client_count"]) == (1, 1)
    (item,) = await told.listed()
    assert item["client_id"] == town["client"]
    assert (item["variant"], item["step"]) == ("いつでも", 1)
    assert item["kind"] == "gap"
    assert data["causes"] == [item["cause"]]
    assert item["from"] == data["from"]
    assert item["counterexample"]["at"] >= item["from"]
    assert await told.look() == []
