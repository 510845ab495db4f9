"""Calendars of other programs into rosters, through the route."""

import re
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

import httpx
import pytest

from app.auth import Role
from app.channels.channel import rfc3339
from tests.routes.duty_desk import DutyDesk, open_duty_desk
from tests.routes.world import Api, Json, World, pointers

TYPE: Final = {"Content-Type": "text/calendar; charset=utf-8"}


def event(summary: str, *lines: str, uid: str = "u1", day: int = 24) -> str:
    times = (f"DTSTART:202611{day}T083000Z", f"DTEND:202611{day}T170000Z")
    every = ("BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{summary}")
    return "\r\n".join([*every, *(lines or times), "END:VEVENT"])


def calendar(*events: str) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *events, "END:VCALENDAR", ""]).encode()


@pytest.fixture
async def desk(api: Api, world: World) -> DutyDesk:
    """A desk with three nurses (看護師, 看護師 second, 看護師 third), and no roster yet."""
    return await open_duty_desk(api, world)


async def send(
    desk: DutyDesk,
    content: bytes,
    *,
    key: str | None = None,
    place: str | None = None,
    headers: dict[str, str] | None = None,
    **query: object,
) -> httpx.Response:
    path = f"/v1/rosters/{place or desk['desk']}/calendar"
    asked = {"from" if name == "begin" else name: value for name, value in query.items()}
    return await desk.api.call(
        "POST",
        f"{path}?{urlencode(asked)}" if asked else path,
        content=content,
        key=key,
        headers=TYPE | (headers or {}),
    )


async def imported(desk: DutyDesk, content: bytes, status: int = 201, **query: object) -> Json:
    response = await send(desk, content, **query)  # type: ignore[arg-type]  # all are of the query
    assert response.status_code == status, response.text
    body: Json = response.json()
    return body


async def test_calendar_gives_a_desk_its_roster(desk: DutyDesk) -> None:
    content = calendar(event("看護師　second"), event("夜勤: 看護師 third", uid="u2", day=25))
    response = await send(desk, content)
    assert response.status_code == 201, response.text
    body = response.json()
    assert (response.headers["etag"], body["version"], body["changed"]) == ('"1"', 1, True)
    assert body["shifts"] == [
        {
            "person_id": desk[name],
            "name": f"看護師 {name}",
            "from": f"2026-11-{day}T08:30:00.000Z",
            "to": f"2026-11-{day}T17:00:00.000Z",
            "uid": uid,
            "line": line,
        }
        for name, day, uid, line in (("second", 24, "u1", 3), ("third", 25, "u2", 9))
    ]
    roster = await desk.api.get(f"/v1/rosters/{body['roster_id']}")
    assert [one["person"] for one in roster["document"]["shifts"]] == [
        desk["second"],
        desk["third"],
    ]
    desk.path = f"/v1/rosters/{roster['id']}"
    assert await desk.on_duty(at=datetime.fromisoformat("2026-11-24T08:30:00Z")) == ["second"]


async def test_same_calendar_again_writes_nothing(desk: DutyDesk) -> None:
    content = calendar(event("看護師 second"))
    await imported(desk, content)
    before = await desk.api.everything()
    again = await imported(desk, content, status=200)
    assert (again["changed"], again["version"]) == (False, 1)
    assert [one for one in await desk.api.everything() if "Revision" not in one] == [
        one for one in before if "Revision" not in one
    ]
    # A shift that has ended is gone from the newest version, and is no change.
    desk.api.clock.push(days=5)
    assert (await imported(desk, content, status=200))["changed"] is False


async def test_dry_run_lists_what_would_be_and_what_means_nobody(desk: DutyDesk) -> None:
    weekly = ("DTSTART:20261123T000000Z", "DURATION:PT8H", "RRULE:FREQ=WEEKLY;COUNT=3")
    content = calendar(
        event("看護師 second"),
        event("会議", *weekly, "ATTENDEE:mailto:nobody@example.jp", uid="u9"),
        event("看護師 second と 看護師 third", uid="u3", day=26),
    )
    before = await desk.api.everything()
    body = await imported(desk, content, status=200, dry_run="true")
    assert await desk.api.everything() == before
    assert (body["dry_run"], body["changed"], body["roster_id"]) == (True, False, None)
    assert body["unmatched"] == [
        {
            "uid": "u9",
            "line": 9,
            "name": "会議",
            "attendees": ["nobody@example.jp"],
            "from": "2026-11-23T00:00:00.000Z",
            "to": "2026-11-23T08:00:00.000Z",
            "why": "unknown",
            "count": 3,
        }
    ]
    # Both of an event that names two.
    assert [one["person_id"] for one in body["shifts"]] == [
        desk["second"],
        desk["second"],
        desk["third"],
    ]
    refused = await send(desk, content)
    assert (refused.status_code, pointers(refused)) == (422, ["/lines/9"])
    assert refused.json()["unmatched"] == body["unmatched"]
    assert await desk.api.everything() == before


@pytest.mark.parametrize(
    ("summary", "lines"),
    [
        # By the address of a contact point, however it is written.
        ("夜勤", ("ATTENDEE;CN=x:MAILTO:Second@Example.jp",)),
        ("夜勤 second@example.jp", ()),
        # By id, in the summary or in the description.
        ("{second}", ()),
        ("夜勤", ("DESCRIPTION:担当\\n{second}",)),
        # By name, in brackets, of full width, in the description.
        ("夜勤（看護師 second）", ()),
        ("夜勤 看護師　ｓｅｃｏｎｄ", ()),
        ("当直", ("DESCRIPTION:担当: 看護師 second\\n電話で確認",)),
        # The attendee wins over the words.
        ("看護師 third", ("ATTENDEE:mailto:second@example.jp",)),
    ],
)
async def test_event_says_who_is_meant(
    desk: DutyDesk, summary: str, lines: tuple[str, ...]
) -> None:
    point = {"channel": "email", "address": "second@example.jp"}
    await desk.api.make(f"/v1/parties/{desk['second']}/contact-points", point)
    times = ("DTSTART:20261124T083000Z", "DTEND:20261124T170000Z")
    said = [one.format(second=desk["second"]) for one in (summary, *lines)]
    body = await imported(desk, calendar(event(said[0], *said[1:], *times)))
    assert [one["person_id"] for one in body["shifts"]] == [desk["second"]]


@pytest.mark.parametrize(
    ("summary", "why"),
    [
        # Part of a name is no name.
        ("second", "unknown"),
        ("相談員 secondary", "unknown"),
        ("", "unknown"),
        # Two persons have it.
        ("同名", "ambiguous"),
        ("看護師 second・同名", "ambiguous"),
    ],
)
async def test_event_that_does_not_say_who_means_nobody(
    desk: DutyDesk, summary: str, why: str
) -> None:
    for _ in range(2):
        body = {"organisation_id": desk["provider"], "kind": "person", "name": "同名"}
        await desk.api.make("/v1/parties", body | {"desk_ids": [desk["desk"]]})
    found = await imported(desk, calendar(event(summary)), status=200, dry_run="true")
    assert ([one["why"] for one in found["unmatched"]], found["shifts"]) == ([why], [])


async def test_names_of_the_calendar_may_be_explained(desk: DutyDesk) -> None:
    body = {"calendar": calendar(event("サトー")).decode(), "names": {"サトー": desk["second"]}}
    path = f"/v1/rosters/{desk['desk']}/calendar"
    response = await desk.api.call("POST", path, body)
    assert response.status_code == 201, response.text
    assert response.json()["shifts"][0]["person_id"] == desk["second"]
    stranger = body | {"names": {"a/b": desk["foreign_nurse"]}}
    response = await desk.api.call("POST", path, stranger)
    assert (response.status_code, pointers(response)) == (422, ["/names/a~1b"])
    response = await desk.api.call("POST", path, {"names": {}, "x": 1})
    assert (response.status_code, pointers(response)) == (422, ["/calendar", "/x"])


async def test_only_shifts_of_the_tier_and_time_give_way(desk: DutyDesk) -> None:
    plan = desk.rotating(
        "nurse",
        shifts=[
            desk.shift("second", -5, -1),
            desk.shift("second", 90, 94),
            desk.shift("second", 90, 94, tier=2),
            desk.shift("third", 24 * 20, 24 * 20 + 8),
        ],
        overrides=[desk.override(1, 2, person=desk["third"])],
    )
    made = await desk.open_roster(plan)
    body = await imported(
        desk,
        calendar(event("看護師 third")),
        place=made["id"],
        begin="2026-11-22T00:00:00Z",
        to="2026-12-01T00:00:00Z",
    )
    assert body["version"] == 2
    document = (await desk.get())["document"]
    assert [(one["person"], one["tier"], one["from"][5:16]) for one in document["shifts"]] == [
        (desk["second"], 2, rfc3339(desk.at(hours=90))[5:16]),
        (desk["third"], 1, "11-24T08:30"),
        (desk["third"], 1, rfc3339(desk.at(days=20))[5:16]),
    ]
    assert len(document["rotations"]) == len(document["overrides"]) == 1
    # What was answered of the past is answered still.
    assert (await desk.get("/versions/1"))["document"]["shifts"][0]["from"] < rfc3339(desk.at())


async def test_shift_over_the_edge_of_the_time_is_divided(desk: DutyDesk) -> None:
    made = await desk.open_roster({"shifts": [desk.shift("second", 10, 20)]})
    edge = rfc3339(desk.at(hours=15))
    await imported(
        desk,
        calendar(event("看護師 third")),
        place=made["id"],
        begin=edge,
        to="2026-12-01T00:00:00Z",
    )
    first, _ = (await desk.get())["document"]["shifts"]
    assert (first["person"], first["to"]) == (desk["second"], edge)


async def test_stale_if_match_is_refused(desk: DutyDesk) -> None:
    content = calendar(event("看護師 second"))
    made = await desk.open_roster(desk.rotating())
    for query in ({}, {"dry_run": "true"}):
        response = await send(desk, content, headers={"If-Match": '"7"'}, **query)
        assert response.status_code == 412
    response = await send(desk, content, place=made["id"], headers={"If-Match": '"1"'})
    assert (response.status_code, response.headers["etag"]) == (201, '"2"')


async def test_version_that_waits_is_not_overtaken(desk: DutyDesk) -> None:
    later = rfc3339(desk.at(days=3))
    await desk.open_roster(desk.rotating(), effective_from=later)
    response = await send(desk, calendar(event("看護師 second")))
    assert response.json()["type"].endswith(":later-version-waits")


async def test_what_is_worth_a_look_is_said(desk: DutyDesk) -> None:
    nightly = ("DTSTART:20261120T123000Z", "DURATION:PT9H", "RRULE:FREQ=DAILY;COUNT=4")
    body = await imported(
        desk, calendar(event("看護師 second", *nightly)), dry_run="true", status=200
    )
    concerns = {one["concern"] for one in body["warnings"]}
    assert concerns == {"many_nights", "nobody", "unreachable"}
    assert {one["person_id"] for one in body["warnings"]} == {desk["second"], None}


RULES = ("DTSTART:20261124T083000Z", "DURATION:PT1H")


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"", ""),
        (b"BEGIN:VCARD\r\nEND:VCARD\r\n", "/lines/1"),
        (b"\xff\xfe", "/lines/1"),
        (calendar("BEGIN:VEVENT"), "/lines/4"),
        (calendar(event("看護師", "DTSTART:2026")), "/lines/3"),
        (calendar(event("看護師"), event("看護師")), "/lines/9"),
        (calendar(event("看護師", "DTSTART;TZID=Nowhere:20261124T083000")), "/lines/3"),
        # Bombs: far too many, far too long ago, far too long.
        (calendar(event("看護師", *RULES, "RRULE:FREQ=SECONDLY")), "/lines/3"),
        (calendar(event("看護師", *RULES, "RRULE:FREQ=MINUTELY;COUNT=99999999")), "/lines/3"),
        (calendar(event("看護師", "DTSTART:00010101T000000Z", "DURATION:PT1H")), "/lines/3"),
        (calendar(event("看護師", "DTSTART:20261124T000000Z", "DURATION:P9999999D")), "/lines/3"),
        (
            calendar(event("看護師", *RULES, "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")),
            "/lines/3",
        ),
    ],
    ids=range(12),
)
async def test_calendar_that_cannot_be_followed_says_where(
    desk: DutyDesk, content: bytes, where: str
) -> None:
    before = await desk.api.everything()
    response = await send(desk, content)
    assert response.status_code == 422, response.text
    assert pointers(response)[:1] == [where]
    detail = response.json()["problems"][0]["detail"]
    assert re.search("[ぁ-ん]", detail), detail
    assert response.json()["errors"][0]["detail"] == detail
    assert await desk.api.everything() == before


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("ja", "この窓口の当番の誰を指すのか分かりません（該当する人がいない）。"),
        ("en", "Names nobody who takes turns at this desk (unknown)."),
    ],
)
async def test_event_that_means_nobody_is_refused_in_the_readers_language(
    desk: DutyDesk, language: str, sentence: str
) -> None:
    content = calendar(event("だれか"))
    response = await send(desk, content, headers={"Accept-Language": language})
    assert [one["detail"] for one in response.json()["errors"]] == [sentence]
    assert response.json()["unmatched"][0]["why"] == "unknown"


async def test_too_many_occurrences_are_refused_in_time(desk: DutyDesk) -> None:
    daily = ("DTSTART:20261120T000000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY")
    events = [event("看護師", *daily, uid=f"u{one}") for one in range(200)]
    response = await send(desk, calendar(*events))
    assert (response.status_code, response.json()["problems"][0]["line"]) == (422, None)
    fifty_one = [event("看護師", *daily, uid=f"u{one}") for one in range(3)]
    assert (await send(desk, calendar(*fifty_one))).status_code == 201


async def test_body_over_the_limit_is_refused(desk: DutyDesk) -> None:
    response = await send(desk, b"x" * (1024 * 1024 + 1))
    assert response.status_code == 413
    big = calendar(
        event("看護師 second"), event("看護師 third", f"X-NOTE:{'x' * 500_000}", *RULES, uid="u2")
    )
    assert (await send(desk, big)).status_code == 201


async def test_body_of_another_type_is_refused(desk: DutyDesk) -> None:
    response = await send(desk, b"{}", headers={"Content-Type": "application/xml"})
    assert response.status_code == 415


async def test_query_that_makes_no_sense_is_refused(desk: DutyDesk) -> None:
    for query, where in (
        ({"begin": "2026-11-19T00:00:00Z"}, ["/from"]),
        ({"begin": "2026-12-01T00:00:00Z", "to": "2026-12-01T00:00:00Z"}, ["/to"]),
        ({"to": "2028-12-01T00:00:00Z"}, ["/to"]),
        ({"tier": "9"}, ["/tier"]),
        ({"no": "1"}, ["/no"]),
    ):
        response = await send(desk, calendar(event("看護師")), **query)  # type: ignore[arg-type]  # queries
        assert (response.status_code, pointers(response)) == (422, where)


async def test_calendar_is_imported_once_under_one_key(desk: DutyDesk) -> None:
    content, headers = calendar(event("看護師 second")), {"Idempotency-Key": "k"}
    tried = await send(desk, content, headers=headers, dry_run="true")
    first = await send(desk, content, headers=headers)
    again = await send(desk, content, headers=headers)
    assert (tried.status_code, first.status_code, again.status_code) == (200, 201, 201)
    assert (again.json(), again.headers["idempotent-replayed"]) == (first.json(), "true")
    other = await send(desk, content, headers=headers, tier=2)
    assert other.json()["type"].endswith(":idempotency-key-reused")


async def test_who_may_import(desk: DutyDesk, world: World) -> None:
    content = calendar(event("看護師 second"))
    made = await desk.api.call(
        "POST",
        "/v1/rosters",
        {
            "desk_id": world["foreign_desk"],
            "document": {"rotations": [desk.rotation("foreign_nurse")]},
        },
    )
    foreign = made.json()["id"]
    for role, place, status in (
        (Role.AUDITOR, world["desk"], 403),
        (Role.PROVIDER, foreign, 404),
        (Role.COORDINATOR, foreign, 404),
        (Role.PROVIDER, world["foreign_desk"], 404),
        (Role.COORDINATOR, world["nurse"], 404),
        (Role.PROVIDER, world["desk"], 201),
        (Role.COORDINATOR, world["desk"], 200),
    ):
        response = await send(desk, content, key=world.keys[role], place=place)
        assert response.status_code == status, (role, response.text)


async def test_retired_desk_gets_no_calendar(desk: DutyDesk, world: World) -> None:
    await desk.api.patch(f"/v1/parties/{world['desk']}", {"retired": True})
    response = await send(desk, calendar(event("看護師 second")))
    assert response.status_code == 409


async def test_exported_calendar_is_imported_as_it_was(desk: DutyDesk) -> None:
    made = await desk.open_roster({"shifts": [desk.shift("second", 30, 40)]})
    begin, end = desk.at(), desk.at() + timedelta(days=30)
    query = urlencode({"from": rfc3339(begin), "to": rfc3339(end)})
    response = await desk.api.call("GET", f"{desk.path}/calendar.ics?{query}")
    assert response.headers["content-type"] == "text/calendar; charset=utf-8"
    again = await imported(desk, response.content, status=200, place=made["id"])
    assert (again["changed"], len(again["shifts"])) == (False, 1)
