"""Who is, was or will be on duty, by what was known when."""

import pytest

from app.channels.channel import rfc3339
from tests.routes.duty_desk import DutyDesk, document, open_duty_desk
from tests.routes.world import Api, Json, World


@pytest.fixture
async def desk(api: Api, world: World) -> DutyDesk:
    """A desk with three nurses, and no roster yet."""
    return await open_duty_desk(api, world)


def person(desk: DutyDesk, name: str, tier: int, source: str) -> Json:
    shown = "看護師" if name == "nurse" else f"看護師 {name}"
    return {"person_id": desk[name], "name": shown, "tier": tier, "source": source}


async def test_who_is_on_duty_now_and_at_an_instant(desk: DutyDesk) -> None:
    rotations = [desk.rotation("nurse", "second"), desk.rotation("third", name="二次", tier=2)]
    await desk.open_roster(document(rotations=rotations, overrides=[desk.override(23, 24)]))
    now = rfc3339(desk.api.clock())
    assert await desk.ask() == {
        "at": now,
        "has_roster": True,
        "version": 1,
        "items": [
            person(desk, "nurse", 1, "/rotations/0"),
            person(desk, "third", 2, "/rotations/1"),
        ],
    }
    # The turns change at nine, 21 hours from noon.
    assert await desk.on_duty(at=desk.at(hours=21, milliseconds=-1)) == ["nurse", "third"]
    assert await desk.on_duty(at=desk.at(hours=21)) == ["second", "third"]
    assert await desk.on_duty(at=desk.at(hours=23)) == []
    assert await desk.on_duty(at=desk.at(hours=24)) == ["second", "third"]


async def test_who_is_on_duty_when_within_an_interval(desk: DutyDesk) -> None:
    await desk.open_roster(desk.rotating(shifts=[desk.shift("third", 20, 22, tier=2)]))
    desk.api.clock.push(hours=1)
    await desk.put(document=desk.rotating("second"), effective_from=rfc3339(desk.at(hours=23)))
    begin, change, end = desk.at(hours=18), desk.at(hours=23), desk.at(hours=30)
    answer = await desk.ask(begin=begin, end=change)
    hours = {name: rfc3339(desk.at(hours=name)) for name in (18, 19, 20, 21, 23, 30)}
    first = [
        person(desk, "nurse", 1, "/rotations/0")
        | {"from": hours[18], "to": hours[20], "version": 1},
        person(desk, "third", 2, "/shifts/0") | {"from": hours[19], "to": hours[21], "version": 1},
        person(desk, "second", 1, "/rotations/0")
        | {"from": hours[20], "to": hours[23], "version": 1},
    ]
    assert answer == {"roster_from": hours[18], "items": first}
    # Where another version begins, a span ends.
    following = person(desk, "second", 1, "/rotations/0") | {
        "from": hours[23],
        "to": hours[30],
        "version": 2,
    }
    assert (await desk.ask(begin=begin, end=end))["items"] == [*first, following]


async def test_without_a_roster_yet_nobody_is_listed(desk: DutyDesk) -> None:
    later = desk.at(hours=2)
    await desk.open_roster(desk.rotating(), effective_from=rfc3339(later))
    before = desk.at(hours=2, milliseconds=-1)
    assert await desk.ask(at=before) == {
        "at": rfc3339(before),
        "has_roster": False,
        "version": None,
        "items": [],
    }
    assert (await desk.ask(at=later))["has_roster"]
    answer = await desk.ask(begin=desk.at(), end=desk.at(hours=3))
    assert answer["roster_from"] == rfc3339(later)
    assert [one["from"] for one in answer["items"]] == [rfc3339(later)]
    assert await desk.ask(begin=desk.at(), end=later) == {"roster_from": None, "items": []}
    # As of an instant before it was recorded there was none at all.
    answer = await desk.ask(at=later, as_of=desk.at(seconds=-1))
    assert (answer["has_roster"], answer["version"]) == (False, None)
    answer = await desk.ask(begin=later, end=desk.at(hours=3), as_of=desk.at(seconds=-1))
    assert answer == {"roster_from": None, "items": []}


async def test_correction_is_appended_and_the_old_answer_stays_answerable(desk: DutyDesk) -> None:
    await desk.open_roster(desk.rotating("nurse"))
    begin = desk.at()
    desk.api.clock.push(hours=10)
    known = desk.api.clock()
    old = await desk.ask(begin=begin, end=known)
    desk.api.clock.push(hours=1)
    since = desk.at(hours=-6)
    await desk.put(
        document=desk.rotating("second"),
        effective_from=rfc3339(since),
        correction=True,
        reason="交代が記録されていなかった",
    )
    for at, name in ((begin, "nurse"), (since, "second"), (known, "second")):
        assert await desk.on_duty(at=at) == [name]
        assert await desk.on_duty(at=at, as_of=known) == ["nurse"]
    assert await desk.ask(begin=begin, end=known, as_of=known) == old
    answer = await desk.ask(begin=begin, end=known)
    assert [(desk.name(one["person_id"]), one["version"]) for one in answer["items"]] == [
        ("nurse", 1),
        ("second", 2),
    ]


async def test_plan_that_was_given_up_is_still_what_was_planned_then(desk: DutyDesk) -> None:
    await desk.open_roster(desk.rotating("nurse"))
    later = desk.at(days=7)
    await desk.put(document=desk.rotating("second"), effective_from=rfc3339(later))
    planned = desk.api.clock()
    desk.api.clock.push(days=1)
    await desk.put(document=desk.rotating("third"), effective_from=rfc3339(desk.at(days=1)))
    assert await desk.on_duty(at=later) == ["third"]
    assert await desk.on_duty(at=later, as_of=planned) == ["second"]


async def test_who_has_left_is_still_named(desk: DutyDesk) -> None:
    await desk.open_roster(desk.rotating("second"))
    await desk.api.patch(f"/v1/parties/{desk['second']}", {"retired": True})
    assert (await desk.ask())["items"] == [person(desk, "second", 1, "/rotations/0")]


async def test_first_and_last_instant_are_answered(desk: DutyDesk) -> None:
    await desk.open_roster(desk.rotating())
    answer = await desk.get("/on-duty?at=1971-01-01T00:00:00Z")
    assert answer["has_roster"] is False
    answer = await desk.get("/on-duty?at=2199-12-31T23:59:59.999Z")
    assert len(answer["items"]) == 1
    answer = await desk.get("/on-duty?from=2198-12-01T00:00:00Z&to=2199-12-31T23:59:59.999Z")
    assert len(answer["items"]) > 300
    assert await desk.get("/on-duty?at=2026-11-20T12:00:00%2B09:00") == await desk.ask()


BEGIN = "2026-11-20T00:00:00Z"
END = "2026-11-21T00:00:00Z"
QUERIES = [
    (f"from={BEGIN}", "/to"),
    (f"to={END}", "/to"),
    (f"from={END}&to={BEGIN}", "/to"),
    (f"from={BEGIN}&to={BEGIN}", "/to"),
    (f"from={BEGIN}&to=2027-12-25T00:00:00.001Z", "/to"),  # more than 400 days
    (f"from={BEGIN}&to={END}&at={BEGIN}", "/at"),
    (f"from=soon&to={END}", "/from"),
    ("at=2026-11-20", "/at"),
    ("at=2026-11-20T00:00:00", "/at"),  # in which zone?
    ("at=1970-12-31T23:59:59Z", "/at"),
    ("at=2200-01-01T00:00:00Z", "/at"),
    ("as_of=now", "/as_of"),
    ("on=x", "/on"),
]


async def test_wrong_question_is_named(desk: DutyDesk) -> None:
    await desk.open_roster(desk.rotating())
    for query, pointer in QUERIES:
        response = await desk.api.call("GET", f"{desk.path}/on-duty?{query}")
        assert response.status_code == 422, (query, response.text)
        [error] = response.json()["errors"]
        assert (error["pointer"], error["in"]) == (pointer, "query"), query
    last = "2027-12-25T00:00:00Z"
    assert (await desk.get(f"/on-duty?from={BEGIN}&to={last}"))["items"]


async def test_long_history_is_answered_by_the_versions_that_hold(desk: DutyDesk) -> None:
    await desk.open_roster(desk.rotating("nurse"))
    for number in range(30):
        desk.api.clock.push(hours=1)
        name = ("second", "third")[number % 2]
        await desk.put(document=desk.rotating(name))
    assert await desk.on_duty(at=desk.at(hours=-30, milliseconds=0)) == ["nurse"]
    assert await desk.on_duty(at=desk.at(hours=-29)) == ["second"]
    answer = await desk.ask(begin=desk.at(minutes=-90), end=desk.at(days=1))
    assert [one["version"] for one in answer["items"]] == [29, 30, 31]
