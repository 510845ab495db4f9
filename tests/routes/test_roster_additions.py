"""One shift or one override more: for what comes, or, as a correction, for what has been."""

import pytest

from app.channels.channel import rfc3339
from app.commands.rosters.additions import REIGNS_MAX
from app.rosters.roster import AT_ONCE_MAX
from tests.routes.duty_desk import DutyDesk, open_duty_desk
from tests.routes.world import Api, Json, World, pointers

UNKNOWN = "0190c0de-0000-7000-8000-000000000000"
WHY: Json = {"correction": True, "reason": "電話で交代していた"}


@pytest.fixture
async def desk(api: Api, world: World) -> DutyDesk:
    """A desk whose nurses `nurse` and `second` take turns, `nurse` now."""
    desk = await open_duty_desk(api, world)
    await desk.open_roster(desk.rotating())
    return desk


async def test_shift_is_added_in_a_new_version(desk: DutyDesk) -> None:
    response = await desk.post(
        f"{desk.path}/shifts", person_id=desk["third"], tier=2, **desk.hours(1, 3), reason="応援"
    )
    assert (response.status_code, response.headers["etag"]) == (201, '"2"')
    made = response.json()
    now = rfc3339(desk.api.clock())
    assert (made["version"], made["effective_from"], made["reason"]) == (2, now, "応援")
    times = {"from": rfc3339(desk.at(hours=1)), "to": rfc3339(desk.at(hours=3))}
    assert made["document"]["shifts"] == [{**times, "person": desk["third"], "tier": 2}]
    assert made["document"]["rotations"]
    assert await desk.get() == made
    assert await desk.on_duty(at=desk.at(minutes=59)) == ["nurse"]
    assert await desk.on_duty(at=desk.at(hours=1)) == ["nurse", "third"]
    assert await desk.on_duty(at=desk.at(hours=3)) == ["nurse"]


async def test_shift_without_a_begin_begins_now(desk: DutyDesk) -> None:
    made = await desk.add("shifts", person_id=desk["third"], **desk.hours(None, 1))
    [shift] = made["document"]["shifts"]
    assert shift["from"] == rfc3339(desk.api.clock())
    assert await desk.on_duty() == ["nurse", "third"]


async def test_swap_is_two_overrides(desk: DutyDesk) -> None:
    first, second, third = (desk.at(hours=1 + 24 * day) for day in range(3))
    before = [await desk.on_duty(at=at) for at in (first, second, third)]
    assert before == [["nurse"], ["second"], ["nurse"]]
    # 21 hours from now a turn ends: the two nurses change their turns of today and tomorrow.
    for replaced, person, times in (
        ("nurse", "second", desk.hours(0, 21)),
        ("second", "nurse", desk.hours(21, 45)),
    ):
        ids = {"person_id": desk[person], "replaces_id": desk[replaced]}
        await desk.add("overrides", **ids, **times, reason="交代")
    overrides = (await desk.get())["document"]["overrides"]
    assert [one["reason"] for one in overrides] == ["交代", "交代"]
    after = [await desk.on_duty(at=at) for at in (first, second, third)]
    assert after == [["second"], ["nurse"], ["nurse"]]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"person_id": "third"}, ["third"]),  # in the place of everybody
        ({"replaces_id": "nurse"}, []),  # off, and nobody is on
        ({}, []),
        ({"person_id": "third", "replaces_id": "second"}, ["nurse", "third"]),  # was not on
        ({"person_id": "third", "tier": 2}, ["nurse", "third"]),
    ],
)
async def test_override_says_who_is_off_and_who_is_on(
    desk: DutyDesk, change: Json, expected: list[str]
) -> None:
    body = {name: desk.world.ids.get(str(value), value) for name, value in change.items()}
    await desk.add("overrides", **body, **desk.hours(None, 1))
    assert await desk.on_duty() == expected
    assert await desk.on_duty(at=desk.at(hours=1)) == ["nurse"]


async def test_what_has_ended_is_left_out_and_stays_answerable(desk: DutyDesk) -> None:
    await desk.add("shifts", person_id=desk["third"], **desk.hours(None, 1))
    await desk.add("overrides", person_id=desk["second"], **desk.hours(2, 3))
    in_shift, in_override = desk.at(minutes=30), desk.at(hours=2)
    desk.api.clock.push(hours=5)
    made = await desk.add("shifts", person_id=desk["second"], **desk.hours(1, 2))
    assert len(made["document"]["shifts"]) == 1
    assert made["document"]["overrides"] == []
    assert await desk.on_duty(at=in_shift) == ["nurse", "third"]
    assert await desk.on_duty(at=in_override) == ["second"]


async def test_wrong_addition_is_named_and_changes_nothing(desk: DutyDesk) -> None:
    desk.api.clock.push(hours=2)
    base = {"person_id": desk["third"], **desk.hours(1, 2)}
    past, begin = desk.hours(-1, 1), base["from"]
    rows: list[tuple[str, Json, list[str]]] = [
        ("shifts", {"person_id": UNKNOWN}, ["/person_id"]),
        ("shifts", {"person_id": desk["foreign_nurse"]}, ["/person_id"]),
        ("shifts", {"person_id": desk["desk"]}, ["/person_id"]),
        ("shifts", {"person_id": None}, ["/person_id"]),
        ("shifts", {"tier": 6}, ["/tier"]),
        ("shifts", {"tier": None}, ["/tier"]),
        ("shifts", {"replaces_id": desk["nurse"]}, ["/replaces_id"]),
        ("shifts", {"to": begin}, ["/to"]),  # nothing would be left of it
        ("shifts", {"from": "soon"}, ["/from"]),
        ("shifts", {"to": "2200-01-01T00:00:00Z"}, ["/to"]),
        ("shifts", {"to": begin, "person_id": UNKNOWN}, ["/to"]),
        # The past is not changed but by a correction, and that says why.
        ("shifts", past, ["/from"]),
        ("shifts", past | {"to": rfc3339(desk.at(minutes=-1))}, ["/from"]),
        ("shifts", past | {"correction": True}, ["/reason"]),
        ("shifts", past | {"correction": True, "person_id": UNKNOWN}, ["/reason", "/person_id"]),
        ("shifts", past | {"correction": True, "to": past["from"]}, ["/to", "/reason"]),
        # There was no roster yet.
        ("shifts", desk.hours(-3, 1) | WHY, ["/from"]),
        ("shifts", desk.hours(-3, 1) | WHY | {"person_id": UNKNOWN}, ["/from", "/person_id"]),
        ("overrides", {"person_id": UNKNOWN}, ["/person_id"]),
        ("overrides", {"replaces_id": UNKNOWN}, ["/replaces_id"]),
        ("overrides", {"tier": 0}, ["/tier"]),
        ("overrides", {"to": begin}, ["/to"]),
        ("overrides", past, ["/from"]),
        ("overrides", {"reason": "a\nb"}, ["/reason"]),
        ("overrides", {"effective_from": begin}, ["/effective_from"]),
    ]
    before = await desk.api.everything()
    for to, change, expected in rows:
        response = await desk.post(f"{desk.path}/{to}", **(base | change))
        row = (to, change, response.text)
        assert (response.status_code, pointers(response)) == (422, expected), row
    assert await desk.api.everything() == before


async def test_too_many_overrides_at_once_are_refused(desk: DutyDesk) -> None:
    overrides = [desk.override(1, 3, person=desk["third"]) for _ in range(AT_ONCE_MAX)]
    await desk.put(document=desk.rotating(overrides=overrides))
    response = await desk.post(f"{desk.path}/overrides", **desk.hours(2, 4))
    assert (response.status_code, pointers(response)) == (422, [""])
    await desk.add("overrides", **desk.hours(3, 4))


async def test_addition_waits_for_no_later_version(desk: DutyDesk) -> None:
    later = rfc3339(desk.at(days=7))
    await desk.put(document=desk.rotating("second"), effective_from=later)
    for to, begin in (("shifts", 1), ("overrides", 24 * 8)):
        body = {"person_id": desk["third"], **desk.hours(begin, begin + 1)}
        for more in ({}, WHY):
            response = await desk.post(f"{desk.path}/{to}", **body, **more)
            assert response.status_code == 409
            assert response.json()["type"] == "urn:renrakumo:problem:later-version-waits"
    # Once it holds, it can be added to.
    desk.api.clock.push(days=7)
    await desk.add("shifts", person_id=desk["third"], **desk.hours(None, 1))
    assert await desk.on_duty() == ["second", "third"]


async def test_clock_that_was_put_back_hinders_nobody(desk: DutyDesk) -> None:
    recorded = (await desk.get())["recorded_at"]
    desk.api.clock.push(minutes=-5)
    made = await desk.add("shifts", person_id=desk["third"], **desk.hours(1, 2))
    assert (made["recorded_at"], made["effective_from"]) == (recorded, recorded)
    made = await desk.put(document=desk.rotating("third"))
    assert made["recorded_at"] == recorded
    listed = (await desk.get("/versions"))["items"]
    assert [one["version"] for one in listed] == [1, 2, 3]


async def test_same_addition_under_one_key_is_made_once(desk: DutyDesk) -> None:
    body = {"person_id": desk["third"], **desk.hours(1, 2)}
    headers = {"Idempotency-Key": "k-1"}
    answers = [
        await desk.api.call("POST", f"{desk.path}/shifts", body, headers=headers) for _ in range(2)
    ]
    assert [one.json()["version"] for one in answers] == [2, 2]
    assert answers[1].headers["idempotent-replayed"] == "true"
    assert (await desk.get())["version"] == 2


# --- corrections ------------------------------------------------------------------------------


async def test_correction_of_the_past_is_appended_and_the_old_answer_stays(desk: DutyDesk) -> None:
    desk.api.clock.push(hours=5)
    before, then = desk.api.clock(), desk.at(hours=-2)
    desk.api.clock.push(minutes=1)
    made = await desk.add(
        "overrides",
        person_id=desk["third"],
        replaces_id=desk["nurse"],
        **desk.hours(-3, -1),
        **WHY,
    )
    assert (made["version"], made["correction"], made["reason"]) == (2, True, WHY["reason"])
    assert made["effective_from"] == rfc3339(desk.at(hours=-3))
    assert await desk.on_duty(at=then) == ["third"]
    assert await desk.on_duty(at=then, as_of=before) == ["nurse"]
    assert await desk.on_duty(at=then, as_of=desk.api.clock()) == ["third"]
    assert await desk.on_duty() == ["nurse"]


async def test_correction_changes_nothing_but_what_it_says(desk: DutyDesk) -> None:
    # A shift that has ended and was left out since; another plan; an override of later.
    await desk.add("shifts", person_id=desk["third"], **desk.hours(1, 4))
    begin = desk.at()
    desk.api.clock.push(hours=5)
    await desk.add("overrides", person_id=desk["nurse"], **desk.hours(1, 2))
    desk.api.clock.push(hours=5)
    await desk.put(document=desk.rotating("second"))
    desk.api.clock.push(hours=5)
    end = desk.at(hours=10)

    def told(answer: Json) -> list[tuple[str, int, str, str]]:
        return [
            (desk.name(one["person_id"]), one["tier"], one["from"], one["to"])
            for one in answer["items"]
        ]

    before = told(await desk.ask(begin=begin, end=end) | {})
    made = await desk.add("shifts", person_id=desk["second"], tier=2, **desk.hours(-13, -12), **WHY)
    # Three versions have held since, and each is repeated with the shift.
    assert made["version"] == 7
    versions = (await desk.get("/versions"))["items"]
    assert [one["correction"] for one in versions] == [False] * 4 + [True] * 3
    assert [one["effective_from"] for one in versions[5:]] == [
        one["effective_from"] for one in versions[2:4]
    ]
    added = ("second", 2, rfc3339(desk.at(hours=-13)), rfc3339(desk.at(hours=-12)))
    after = told(await desk.ask(begin=begin, end=end))
    assert joined([one for one in after if one != added]) == joined(before)
    assert added in after


def joined(spans: list[tuple[str, int, str, str]]) -> list[tuple[str, int, str, str]]:
    """Spans of one person that touch, as one: where a version ends is no matter here."""
    found: list[tuple[str, int, str, str]] = []
    for person, tier, begin, end in sorted(spans):
        goes_on = found and found[-1][:2] == (person, tier) and found[-1][3] == begin
        found.append((person, tier, found.pop()[2] if goes_on else begin, end))
    return found


async def test_correction_names_whoever_was_in_the_roster_then(desk: DutyDesk) -> None:
    await desk.put(document=desk.rotating("third"))
    desk.api.clock.push(hours=3)
    await desk.put(document=desk.rotating("nurse"))
    await desk.api.patch(f"/v1/parties/{desk['third']}", {"desk_ids": []})
    body = {"person_id": desk["third"], **desk.hours(-1, 1)}
    response = await desk.post(f"{desk.path}/shifts", **(body | desk.hours(1, 2)))
    assert pointers(response) == ["/person_id"]
    await desk.add("shifts", **body, **WHY)
    assert await desk.on_duty() == ["nurse", "third"]


async def test_correction_over_too_many_versions_is_written_as_a_whole(desk: DutyDesk) -> None:
    for _ in range(REIGNS_MAX):
        desk.api.clock.push(minutes=1)
        await desk.put(document=desk.rotating("second"))
    body = {"person_id": desk["third"], **desk.hours(-0.5, 1), **WHY}
    await desk.add("shifts", **body)
    desk.api.clock.push(minutes=1)
    await desk.put(document=desk.rotating("second"))
    whole = {"effective_from": rfc3339(desk.at(minutes=-REIGNS_MAX - 1)), **WHY}
    response = await desk.post(f"{desk.path}/shifts", **(body | {"from": whole["effective_from"]}))
    assert (response.status_code, pointers(response)) == (422, ["/from"])
    await desk.put(document=desk.rotating("nurse"), **whole)
    assert await desk.on_duty(at=desk.at(minutes=-5)) == ["nurse"]
