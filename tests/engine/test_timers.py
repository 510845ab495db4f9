"""Timers are rows: they fire once, when they are due, and none is lost in an outage."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from tests.engine.checking import check_everything
from tests.engine.databases import Place, rows
from tests.engine.node import BEGIN, Node, running_node
from tests.engine.town import Json, Town, asks
from tests.peers.sink import Received, Sink

# Tokyo is nine hours ahead of UTC all year.
EVENING = datetime(2026, 11, 20, 11, 59, 59, tzinfo=UTC)  # 20:59:59
MORNING = datetime(2026, 11, 20, 22, 0, 0, tzinfo=UTC)  # 07:00 of the next day


def kinds(requests: Sequence[Received]) -> list[str]:
    return [one.json["type"].removeprefix("incident.") for one in requests]


async def entries(url: str, incident_id: str, *types: str) -> list[Json]:
    """The entries of these types, in order: type, cause, step, at; and what the leaf adds."""
    wanted = ", ".join(f"'{one}'" for one in types)
    found = await rows(
        url,
        "SELECT type, cause, step, at, leaf FROM ledger_entry"  # noqa: S608  # our own names
        f" WHERE incident_id = '{incident_id}' AND type IN ({wanted}) ORDER BY seq",
    )
    return [dict(row) for row in found]


def due_of(entry: Json) -> str | None:
    leaf: bytes = bytes(entry["leaf"])
    value = leaf.decode().partition('"due":')[2].partition(",")[0]
    return None if value == "null" else value.strip('"')


def text(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


async def test_step_ends_at_its_instant_and_not_before(node: Node, town: Town, sink: Sink) -> None:
    await town.opened()
    node.clock.push(seconds=179.999)
    assert await node.round() == 0
    assert not sink.to("/second_nurse")
    node.clock.push(seconds=0.001)
    assert await node.round() == 1
    assert kinds(sink.to("/second_nurse")) == ["paged"]
    # A second look at the same instant finds nothing.
    assert await node.round() == 0


async def test_reminders_come_within_the_step_and_end_with_it(
    node: Node, town: Town, sink: Sink
) -> None:
    await town.publish(asks("first", remind_every_seconds=50), asks("second"))
    await town.opened()
    heard = []
    for seconds in (49, 1, 50, 50, 29, 1, 600):
        await node.pass_time(seconds=seconds)
        heard.append(kinds(sink.to("/first_nurse")).count("reminded"))
    # At 50, 100 and 150 s; at 180 s the next is asked and the first is left alone.
    assert heard == [0, 1, 2, 3, 3, 3, 3]
    pages = {one.json["data"]["links"]["respond"] for one in sink.to("/first_nurse")}
    assert len(pages) == 1, "every reminder carries the link of its page"


async def test_holder_who_does_not_arrive_lapses_and_the_step_begins_anew(
    node: Node, town: Town, place: Place, sink: Sink
) -> None:
    incident = await town.opened()
    await node.pass_time(seconds=60)
    await town.acted(incident["id"], "acknowledge", "first_nurse")
    await node.pass_time(seconds=1799.999)
    assert (await town.incident(incident["id"]))["status"] == "acknowledged"
    await node.pass_time(seconds=0.001)
    lapsed = await town.incident(incident["id"])
    assert (lapsed["status"], lapsed["holder"]["id"]) == ("triggered", town["first"])
    assert kinds(sink.to("/first_nurse")) == ["paged", "paged"]
    (_, transfer) = await entries(place.url, incident["id"], "transferred")
    assert transfer["cause"] == "lapsed"
    assert due_of(transfer) == text(BEGIN + timedelta(seconds=1860))
    assert lapsed["wake_at"] == text(BEGIN + timedelta(seconds=1860 + 180))


async def test_setting_out_renews_the_promise(node: Node, town: Town) -> None:
    incident = await town.opened()
    await town.acted(incident["id"], "acknowledge", "first_nurse")
    await node.pass_time(seconds=1700)
    eta = node.clock() + timedelta(hours=3)
    await town.acted(incident["id"], "en_route", "first_nurse", eta=eta.isoformat())
    await node.pass_time(seconds=3 * 3600 - 1)
    assert (await town.incident(incident["id"]))["status"] == "en_route"
    await node.pass_time(seconds=1)
    assert (await town.incident(incident["id"]))["status"] == "triggered"


async def test_offer_ends_in_time_and_the_arrival_timer_runs_on(
    node: Node, town: Town, sink: Sink
) -> None:
    incident = await town.opened()
    await town.acted(incident["id"], "acknowledge", "first_nurse")
    to = town["second_nurse"]
    await town.acted(incident["id"], "hand_over", "first_nurse", to_party_id=to)
    await node.pass_time(seconds=300)
    assert kinds(sink.to("/second_nurse")) == ["offered"]
    assert kinds(sink.to("/first_nurse")) == ["paged", "informed"]
    refused = await town.act(incident["id"], "accept", "second_nurse")
    assert refused.status_code == 409
    await node.pass_time(seconds=1500)
    assert (await town.incident(incident["id"]))["status"] == "triggered"


async def test_exhausted_incident_is_paged_at_doubling_intervals_up_to_ten_minutes(
    node: Node, town: Town, place: Place
) -> None:
    await town.publish(asks("first", 60), accountable_remind_every_seconds=30)
    incident = await town.opened()
    await node.pass_time(seconds=60)
    await node.pass_time(seconds=30 + 60 + 120 + 240 + 480 + 600 + 600 + 600)
    reminded = await entries(place.url, incident["id"], "reminded")
    at = [one["at"] for one in reminded]
    pauses = [after - before for before, after in pairwise(at)]
    assert at[0] == ms(BEGIN + timedelta(seconds=90))
    assert pauses == [60_000, 120_000, 240_000, 480_000, 600_000, 600_000, 600_000]
    # It was due in each case, and never ends.
    assert all(due_of(one) == text(BEGIN + _since(one["at"])) for one in reminded)
    assert (await town.incident(incident["id"]))["wake_at"] is not None


def _since(at: int) -> timedelta:
    return timedelta(milliseconds=at - ms(BEGIN))


async def test_lapse_after_exhaustion_pages_from_the_first_interval_again(
    node: Node, town: Town, sink: Sink
) -> None:
    await town.publish(asks("first", 60), accountable_remind_every_seconds=30)
    incident = await town.opened()
    await node.pass_time(seconds=60 + 30 + 60 + 120)
    await town.acted(incident["id"], "acknowledge", "office_nurse")
    assert not (await town.incident(incident["id"]))["exhausted"]
    before = len(sink.to("/office_nurse"))
    await node.pass_time(seconds=1800)
    lapsed = await town.incident(incident["id"])
    assert (lapsed["exhausted"], lapsed["holder"]["id"]) == (True, town["office"])
    assert len(sink.to("/office_nurse")) == before + 1
    await node.pass_time(seconds=30)
    assert len(sink.to("/office_nurse")) == before + 2


@pytest.mark.parametrize(
    ("kind", "times"),
    [
        # Nobody is woken for these between 21:00 and 07:00.
        ("device_fault", (EVENING + timedelta(seconds=1), MORNING)),
        ("low_battery", (MORNING - timedelta(seconds=1), MORNING)),
        ("power_failure", (MORNING - timedelta(hours=7), MORNING)),
        # By day they are asked at once.
        ("device_fault", (EVENING, EVENING)),
        ("low_battery", (MORNING, MORNING)),
        # Everything else wakes at any hour.
        ("comm_lost", (MORNING - timedelta(hours=5), MORNING - timedelta(hours=5))),
        ("fall", (MORNING - timedelta(hours=5), MORNING - timedelta(hours=5))),
    ],
)
async def test_faults_wait_for_the_morning(
    node: Node, town: Town, sink: Sink, kind: str, times: tuple[datetime, datetime]
) -> None:
    reported_at, paged_at = times
    node.clock.now = reported_at
    incident = await town.opened(kind)
    # From the first instant somebody is responsible.
    assert incident["holder"]["id"] == town["first"]
    if paged_at > reported_at:
        await node.pass_time(seconds=(paged_at - reported_at).total_seconds() - 0.001)
        assert not sink.requests
        await node.pass_time(seconds=0.001)
    else:
        await node.round()
    (page,) = sink.to("/first_nurse")
    assert page.json["timestamp"] == text(paged_at)
    assert page.json["data"]["due_at"] == text(paged_at + timedelta(seconds=180))


async def test_after_an_outage_steps_follow_one_by_one_with_their_full_time(
    place: Place, sink: Sink
) -> None:
    async with running_node(place.url) as node:
        town = place.town(node.http, sink)
        incident = await town.opened()
        await node.engine.dispatcher.drain()
        clock = node.clock
    # For an hour nothing runs.
    clock.push(hours=1)
    async with running_node(place.url, clock=clock) as node:
        town = place.town(node.http, sink)
        assert await node.round() == 1
        back_at = clock()
        found = await town.incident(incident["id"])
        assert (found["step"], found["wake_at"]) == (2, text(back_at + timedelta(seconds=180)))
        assert kinds(sink.to("/second_nurse")) == ["paged"]
        assert not sink.to("/third_nurse")
        # The second step has all of its time.
        await node.pass_time(seconds=179)
        assert not sink.to("/third_nurse")
        await node.pass_time(seconds=1)
        assert kinds(sink.to("/third_nurse")) == ["paged"]
    stalled, *more = await entries(place.url, incident["id"], "stalled")
    assert not more
    assert (due_of(stalled), stalled["at"]) == (text(BEGIN + timedelta(seconds=180)), ms(back_at))
    second = (await entries(place.url, incident["id"], "step_started"))[1]
    assert (due_of(second), second["at"]) == (text(BEGIN + timedelta(seconds=180)), ms(back_at))
    await check_everything(place.url)


@pytest.mark.parametrize(
    ("late_seconds", "is_told"),
    # 4.1.14: more than ten seconds.
    [(0, False), (10, False), (10.001, True)],
)
async def test_lateness_is_told_from_ten_seconds_on(
    node: Node, town: Town, place: Place, late_seconds: float, *, is_told: bool
) -> None:
    incident = await town.opened()
    node.clock.push(seconds=180 + late_seconds)
    await node.round()
    assert len(await entries(place.url, incident["id"], "stalled")) == is_told


async def test_overdue_incidents_wake_oldest_first_and_each_once(
    node: Node, town: Town, place: Place, sink: Sink
) -> None:
    for _ in range(5):
        await town.opened()
        node.clock.push(seconds=1)
    node.clock.push(hours=2)
    assert await node.round() == 5
    started = await rows(
        place.url,
        "SELECT incident_id FROM ledger_entry WHERE type = 'step_started' AND step = 2 ORDER BY id",
    )
    assert [one["incident_id"] for one in started] == sorted(one["incident_id"] for one in started)
    assert len(sink.to("/second_nurse")) == 5


async def test_clock_that_goes_back_never_turns_the_ledger_back(
    node: Node, town: Town, sink: Sink
) -> None:
    incident = await town.opened()
    await node.pass_time(seconds=180)
    node.clock.push(seconds=-90)
    # Acts are taken, and whoever is to hear of them hears at once.
    await town.acted(incident["id"], "acknowledge", "second_nurse")
    await node.engine.dispatcher.drain()
    assert kinds(sink.to("/first_nurse")) == ["paged", "stood_down"]
    found = await town.incident(incident["id"])
    assert found["acknowledged_at"] == text(BEGIN + timedelta(seconds=180))


async def test_page_that_another_node_sends_goes_out_though_the_clock_went_back(
    place: Place, sink: Sink
) -> None:
    # The node that decides does not send: the message waits in the outbox for another.
    async with running_node(place.url, sends=False) as node:
        town = place.town(node.http, sink)
        incident = await town.opened()
        node.clock.push(seconds=-90)
        await town.acted(incident["id"], "decline", "first_nurse")
        clock = node.clock
    async with running_node(place.url, clock=clock) as node:
        await node.round()
    assert kinds(sink.to("/second_nurse")) == ["paged"]
    await check_everything(place.url)


async def test_new_version_changes_nothing_for_an_open_incident(
    node: Node, town: Town, sink: Sink
) -> None:
    # H7: pinned when it opens.
    await town.opened()
    await town.publish(asks("third"))
    await node.pass_time(seconds=180)
    assert kinds(sink.to("/second_nurse")) == ["paged"]
    await town.opened("no_response")
    await node.engine.dispatcher.drain()
    assert kinds(sink.to("/third_nurse")) == ["paged"]


async def test_incidents_that_cannot_be_woken_do_not_hide_the_others(
    place: Place, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two of three are stuck, and the scheduler takes two at a time.
    monkeypatch.setattr("app.engine.scheduler.WAKE_MAX", 2)
    async with running_node(place.url) as node:
        town = place.town(node.http, sink)
        stuck, also_stuck, other = [(await town.opened())["id"] for _ in range(3)]
        async with node.installation.database.transaction() as tx:
            # Rows that the code cannot read: as after a fault of ours.
            await tx.execute(
                "UPDATE incident SET state = '{}' WHERE id = ANY($1)", [stuck, also_stuck]
            )
        node.clock.push(seconds=180)
        await node.round()
    steps = await rows(place.url, "SELECT id, step FROM incident")
    assert {row["id"]: row["step"] for row in steps} == {stuck: 1, also_stuck: 1, other: 2}
