"""Every contact point is asked once a quarter whether it can be read, and no more than that."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from app.engine import contact_checks
from app.engine.contact_checks import PER_MINUTE, ask_contact_points
from app.installation.installation import Installation
from tests.engine.databases import Place, number
from tests.engine.node import BEGIN, Node, PushedClock, running_node
from tests.engine.town import Json, Town
from tests.peers.sink import Answer, Sink

NURSES = ("first_nurse", "second_nurse", "third_nurse", "office_nurse")
QUARTER = 90
# Noon of Thursday, 18 February 2027, in Tokyo: ninety days after the town was made.
DUE = BEGIN + timedelta(days=QUARTER)


async def ask(node: Node) -> int:
    """What the metronome does each minute, and what follows from it."""
    written = await ask_contact_points(node.installation)
    await node.round()
    return written


def checks(sink: Sink, nurse: str = "first_nurse") -> Sequence[Json]:
    """The checks that reached a nurse."""
    bodies: list[Json] = [one.json for one in sink.to(f"/{nurse}")]
    return [one for one in bodies if one["type"] == "contact.check"]


async def read(node: Node, check: Json) -> Json:
    """Press the button behind a check's link."""
    link = check["data"]["links"]["confirm"]
    response = await node.http.post(f"{link}/confirm", headers={"Accept": "application/json"})
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    return answer


async def point_of(town: Town, nurse: str = "first_nurse") -> Json:
    """The contact point of a nurse, as the API shows it."""
    found = await town.get(f"/v1/parties/{town[nurse]}/contact-points")
    point: Json = found["items"][0]
    return point


async def test_each_is_asked_once_a_quarter(node: Node, town: Town, sink: Sink) -> None:
    node.clock.now = DUE - timedelta(seconds=1)
    assert await ask(node) == 0
    node.clock.now = DUE
    assert await ask(node) == 4
    assert [len(checks(sink, nurse)) for nurse in NURSES] == [1, 1, 1, 1]
    (check,) = checks(sink)
    assert check["data"]["scheduled"] is True
    assert check["data"].keys() == {"notice_id", "contact_point_id", "scheduled", "links"}
    node.clock.push(minutes=5)
    assert await ask(node) == 0
    for nurse in NURSES:
        await read(node, checks(sink, nurse)[0])
    assert (await point_of(town))["state"] == "confirmed"
    node.clock.now = DUE + timedelta(days=QUARTER)
    assert await ask(node) == 4


async def test_what_is_not_read_is_asked_once_more_and_then_counts_as_unread(
    node: Node, town: Town, sink: Sink
) -> None:
    node.clock.now = DUE
    await ask(node)
    await read(node, checks(sink, "second_nurse")[0])
    node.clock.push(days=3, hours=21)
    # Monday morning: three days later would have been a Sunday.
    assert await ask(node) == 0
    node.clock.push(hours=2)
    assert await ask(node) == 3
    first, second = checks(sink)
    assert first["data"] == second["data"]
    assert len(checks(sink, "second_nurse")) == 1
    node.clock.now = DUE + timedelta(days=13)
    assert await ask(node) == 0
    assert (await point_of(town))["state"] == "asked"
    node.clock.now = DUE + timedelta(days=14)
    assert (await point_of(town))["state"] == "unanswered"
    assert (await point_of(town, "second_nurse"))["state"] == "confirmed"


async def test_a_point_that_was_tested_or_is_new_waits_for_its_own_quarter(
    node: Node, town: Town, sink: Sink
) -> None:
    node.clock.now = DUE - timedelta(days=1)
    point = await point_of(town)
    await town.make(f"/v1/parties/{town['first_nurse']}/contact-points/{point['id']}/test", {})
    await town.add_contact_point("second_nurse", address=f"{sink.url}/new_phone")
    node.clock.now = DUE
    assert await ask(node) == 3
    assert len(checks(sink)) == 1
    assert not checks(sink, "new_phone")


@pytest.mark.parametrize(
    ("local", "is_asked"),
    [
        ("2027-02-25T09:59:59", False),  # a Thursday
        ("2027-02-25T10:00:00", True),
        ("2027-02-25T15:59:59", True),
        ("2027-02-25T16:00:00", False),
        ("2027-02-20T12:00:00", False),  # a Saturday
        ("2027-02-21T12:00:00", False),  # a Sunday
        ("2027-02-23T12:00:00", False),  # the Emperor's birthday, a Tuesday
        ("2027-12-29T12:00:00", False),  # the turn of the year, a Wednesday
    ],
)
async def test_people_are_asked_in_working_hours_only(
    node: Node, town: Town, local: str, *, is_asked: bool
) -> None:
    del town
    node.clock.now = datetime.fromisoformat(f"{local}+09:00").astimezone(UTC)
    assert await ask(node) == (4 if is_asked else 0)


async def test_a_telephone_of_the_night_gets_it_in_the_evening(
    node: Node, town: Town, sink: Sink
) -> None:
    point = await point_of(town)
    path = f"/v1/parties/{town['first_nurse']}/contact-points/{point['id']}"
    await town.make(path, {"hours": ["18:00-08:30"]}, method="PATCH")
    node.clock.now = DUE
    await ask(node)
    await node.pass_time(hours=5, minutes=59)
    assert not checks(sink)
    await node.pass_time(minutes=1)
    assert len(checks(sink)) == 1


async def test_a_telephone_that_is_given_back_before_the_evening_gets_nothing(
    node: Node, town: Town, sink: Sink
) -> None:
    point = await point_of(town)
    path = f"/v1/parties/{town['first_nurse']}/contact-points/{point['id']}"
    await town.make(path, {"hours": ["18:00-08:30"]}, method="PATCH")
    node.clock.now = DUE
    await ask(node)
    await town.make(path, {"retired": True}, method="PATCH")
    await node.pass_time(hours=12)
    assert not checks(sink)


async def test_nobody_is_asked_who_is_gone(node: Node, town: Town, sink: Sink) -> None:
    point = await point_of(town)
    paths = (
        f"/v1/parties/{town['first_nurse']}/contact-points/{point['id']}",
        f"/v1/parties/{town['second_nurse']}",
    )
    node.clock.now = DUE - timedelta(days=1)
    for path in paths:
        await town.make(path, {"retired": True}, method="PATCH")
    node.clock.now = DUE
    assert await ask(node) == 2
    await town.make(f"/v1/parties/{town['third_nurse']}", {"retired": True}, method="PATCH")
    node.clock.push(days=4)
    # Of the two that were asked one is gone by now.
    assert await ask(node) == 1
    assert [len(checks(sink, nurse)) for nurse in NURSES] == [0, 0, 1, 2]


async def test_they_are_spread_over_minutes(node: Node, town: Town) -> None:
    async with node.installation.database.transaction() as tx:
        await tx.execute_many(
            "INSERT INTO contact_point (id, party_id, channel, hours, delay_seconds, created_at)"
            " VALUES ($1, $2, 'inbox', '\"24h\"', 0, 0)",
            [(f"point-{each}", town["first_nurse"]) for each in range(PER_MINUTE)],
        )
    node.clock.now = DUE
    assert [await ask(node) for _ in range(2)] == [PER_MINUTE, 0]
    node.clock.push(seconds=59)
    assert await ask(node) == 0
    node.clock.push(seconds=1)
    assert await ask(node) == 4


async def test_two_nodes_ask_nobody_twice(postgres_copy: Place, sink: Sink) -> None:
    url = postgres_copy.url
    async with (
        running_node(url, clock=PushedClock(DUE)) as one,
        running_node(url, clock=PushedClock(DUE)) as other,
    ):
        written = await asyncio.gather(
            *(ask_contact_points(node.installation) for node in (one, other) * 3)
        )
        assert sum(written) == 4
        await asyncio.gather(one.round(), other.round())
    assert [len(checks(sink, nurse)) for nurse in NURSES] == [1, 1, 1, 1]


async def test_what_breaks_on_the_way_is_asked_at_the_next_minute(
    node: Node, town: Town, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    del town
    node.clock.now = DUE

    async def broken(*_: object, **__: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as breaking:
        breaking.setattr(contact_checks, "insert_notices", broken)
        with pytest.raises(ConnectionError):
            await ask_contact_points(node.installation)
    assert await number(place.url, "SELECT count(asked_at) AS n FROM contact_point") == 0
    assert await ask(node) == 4


async def test_nobody_is_asked_where_it_is_switched_off(place: Place) -> None:
    clock = PushedClock(DUE)
    async with running_node(place.url, clock=clock, contact_check_days=0) as node:
        assert await ask(node) == 0


async def test_a_message_that_is_not_needed_any_more_is_not_sent(
    node: Node, town: Town, sink: Sink
) -> None:
    """Read by the link of the first message, while the second waited for another try."""
    node.clock.now = DUE
    await ask(node)
    node.clock.push(days=4)
    sink.plan("/first_nurse", *[Answer(status=503)] * 3)
    await ask(node)
    await read(node, checks(sink)[0])
    tried = len(checks(sink))
    await node.pass_time(days=3)
    assert len(checks(sink)) == tried
    assert (await point_of(town))["state"] == "confirmed"


async def test_a_point_that_nothing_reaches_is_failed_with_its_reason(
    node: Node, town: Town, sink: Sink
) -> None:
    sink.plan("/first_nurse", Answer(status=410), Answer())
    node.clock.now = DUE
    await ask(node)
    assert (await point_of(town))["state"] == "failed"
    # Once it is reached, it waits for an answer like any other.
    node.clock.push(days=4)
    await ask(node)
    assert (await point_of(town))["state"] == "asked"


async def test_the_metronome_asks_and_goes_on_after_a_failure(
    place: Place, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = []

    async def failing_first(installation: Installation) -> int:
        rounds.append(1)
        if len(rounds) == 1:
            raise ConnectionError
        return await ask_contact_points(installation)

    monkeypatch.setattr("app.engine.scheduler.CHECKS_SECONDS", 0.05)
    monkeypatch.setattr("app.engine.scheduler.ask_contact_points", failing_first)
    async with running_node(place.url, clock=PushedClock(DUE)) as node:
        node.engine.scheduler.start()
        for _ in range(500):
            if all(checks(sink, nurse) for nurse in NURSES):
                break
            await asyncio.sleep(0.02)
    assert [len(checks(sink, nurse)) for nurse in NURSES] == [1, 1, 1, 1]
    assert len(rounds) > 1
