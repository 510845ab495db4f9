"""The same emergency twice, the same request twice: counted, never doubled (DESIGN.md 4.1.16)."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import httpx
import pytest

from tests.engine.checking import check_everything
from tests.engine.databases import Place, number, rows
from tests.engine.node import Node, PushedClock, running_node
from tests.engine.town import Json, Town, asks
from tests.peers.sink import Sink

COUNT = "SELECT count(*) FROM incident"
WINDOW = 600


@dataclass
class Nodes:
    """Two nodes on one PostgreSQL, with one clock."""

    url: str
    towns: tuple[Town, Town]
    nodes: tuple[Node, Node]


@pytest.fixture
async def two(postgres_copy: Place, sink: Sink) -> AsyncIterator[Nodes]:
    clock, url = PushedClock(), postgres_copy.url
    async with running_node(url, clock=clock) as first, running_node(url, clock=clock) as second:
        towns = (postgres_copy.town(first.http, sink), postgres_copy.town(second.http, sink))
        yield Nodes(url, towns, (first, second))
    await check_everything(url)


def statuses(responses: Sequence[httpx.Response]) -> list[int]:
    return sorted(one.status_code for one in responses)


def ids(responses: Sequence[httpx.Response]) -> set[str]:
    return {one.json()["id"] for one in responses}


# --- dedup_key -------------------------------------------------------------------------------


async def test_same_key_twice_at_once_opens_one(place: Place, town: Town) -> None:
    answers = await asyncio.gather(*(town.report(dedup_key="pendant-7") for _ in range(8)))
    assert statuses(answers) == [200] * 7 + [201]
    assert len(ids(answers)) == 1
    assert await number(place.url, COUNT) == 1
    assert max(one.json()["signal_count"] for one in answers) == 8


async def test_same_key_at_two_nodes_at_once_opens_one(two: Nodes) -> None:
    for attempt in range(10):
        key = f"pendant-{attempt}"
        answers = await asyncio.gather(*(town.report(dedup_key=key) for town in two.towns))
        assert statuses(answers) == [200, 201], [one.text for one in answers]
        assert len(ids(answers)) == 1
    assert await number(two.url, COUNT) == 10


async def test_repeated_signal_is_counted_and_shown_to_the_holder(
    node: Node, town: Town, place: Place, sink: Sink
) -> None:
    incident = await town.opened(dedup_key="pendant-7")
    await town.acted(incident["id"], "acknowledge", "first_nurse")
    again = await town.report(dedup_key="pendant-7", summary="もう一度")
    assert (again.status_code, again.json()["signal_count"]) == (200, 2)
    await node.engine.dispatcher.drain()
    kinds = [one.json["type"] for one in sink.to("/first_nurse")]
    assert kinds == ["incident.paged", "incident.informed"]
    entries = await rows(place.url, "SELECT type FROM ledger_entry WHERE type = 'signalled'")
    assert len(entries) == 1


async def test_key_of_a_closed_incident_opens_a_new_one(town: Town) -> None:
    first = await town.opened(dedup_key="pendant-7")
    await town.acted(first["id"], "cancel", reason="誤報")
    second = await town.opened(dedup_key="pendant-7")
    assert second["id"] != first["id"]
    assert (await town.report(dedup_key="pendant-7")).json()["id"] == second["id"]


async def test_key_is_matched_whatever_the_type_and_the_time(node: Node, town: Town) -> None:
    first = await town.opened("fall", dedup_key="pendant-7")
    node.clock.push(hours=30)
    again = await town.report("no_response", dedup_key="pendant-7")
    assert (again.status_code, again.json()["id"]) == (200, first["id"])


async def test_key_belongs_to_a_client_and_to_who_reports(town: Town) -> None:
    await town.add_client("neighbour")
    await town.publish(asks("first"), client="neighbour")
    reports = [
        await town.report(dedup_key="7"),
        # Another client's device may have the same number.
        await town.report(dedup_key="7", client="neighbour"),
        # And so may another organisation's, here the municipality's.
        await town.report(dedup_key="7", key="coordinator"),
    ]
    assert statuses(reports) == [201, 201, 201]
    assert len(ids(reports)) == 3


async def test_key_is_matched_by_nothing_else(town: Town) -> None:
    await town.publish(asks("first"), repeat_window_seconds=WINDOW)
    await town.opened()
    # The window is for signals without a key.
    assert (await town.report(dedup_key="pendant-7")).status_code == 201
    assert (await town.report(dedup_key="pendant-8")).status_code == 201


# --- the window ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("window", "again", "status"),
    [
        # Off by default: each signal is an emergency.
        (0, (0, "fall"), 201),
        # Within, at and after the end of the window.
        (WINDOW, (1, "fall"), 200),
        (WINDOW, (WINDOW, "fall"), 200),
        (WINDOW, (WINDOW + 1, "fall"), 201),
        # Another type is another emergency.
        (WINDOW, (1, "no_response"), 201),
    ],
)
async def test_signal_without_key_repeats_within_the_window_by_type(
    node: Node, town: Town, window: int, again: tuple[int, str], status: int
) -> None:
    seconds, kind = again
    await town.publish(asks("first"), repeat_window_seconds=window)
    first = await town.opened("fall")
    node.clock.push(seconds=seconds)
    answer = await town.report(kind)
    assert answer.status_code == status
    assert (answer.json()["id"] == first["id"]) == (status == 200)


async def test_window_is_the_clients_own(town: Town) -> None:
    await town.add_client("neighbour")
    await town.publish(asks("first"), repeat_window_seconds=WINDOW)
    await town.publish(asks("first"), client="neighbour", repeat_window_seconds=WINDOW)
    await town.opened()
    assert (await town.report(client="neighbour")).status_code == 201


async def test_same_type_twice_at_once_opens_one(place: Place, town: Town) -> None:
    await town.publish(asks("first"), repeat_window_seconds=WINDOW)
    answers = await asyncio.gather(*(town.report() for _ in range(8)))
    assert statuses(answers) == [200] * 7 + [201]
    assert await number(place.url, COUNT) == 1


async def test_same_type_at_two_nodes_at_once_opens_one(two: Nodes) -> None:
    await two.towns[0].publish(asks("first"), repeat_window_seconds=WINDOW)
    kinds = ("fall", "no_response", "inactivity", "missing", "heat_cold", "other")
    for kind in kinds:
        answers = await asyncio.gather(*(town.report(kind) for town in two.towns))
        assert statuses(answers) == [200, 201], [one.text for one in answers]
    assert await number(two.url, COUNT) == len(kinds)


# --- Idempotency-Key -------------------------------------------------------------------------


async def test_same_request_is_answered_the_same_and_done_once(place: Place, town: Town) -> None:
    first = await town.report(once="a", summary="転倒")
    await town.acted(first.json()["id"], "acknowledge", "first_nurse")
    again = await town.report(once="a", summary="転倒")
    assert (first.status_code, again.status_code) == (201, 201)
    # As it was answered then, whatever has happened since.
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert await number(place.url, COUNT) == 1


async def test_same_requests_at_once_are_done_once(place: Place, town: Town) -> None:
    answers = await asyncio.gather(*(town.report(once="a") for _ in range(8)))
    assert statuses(answers) == [201] * 8
    assert len(ids(answers)) == 1
    assert await number(place.url, COUNT) == 1


async def test_same_requests_at_two_nodes_at_once_are_done_once(two: Nodes) -> None:
    for attempt in range(10):
        key = f"key-{attempt}"
        answers = await asyncio.gather(*(town.report(once=key) for town in two.towns))
        assert statuses(answers) == [201, 201], [one.text for one in answers]
        assert len(ids(answers)) == 1
    assert await number(two.url, COUNT) == 10


async def test_same_acts_at_two_nodes_at_once_are_done_once(two: Nodes) -> None:
    for attempt in range(5):
        incident = await two.towns[0].opened()
        acts = (
            town.act(incident["id"], "acknowledge", "first_nurse", once=f"key-{attempt}")
            for town in two.towns
        )
        answers = await asyncio.gather(*acts)
        assert statuses(answers) == [200, 200], [one.text for one in answers]
        assert [one.json()["result"] for one in answers] == ["applied", "applied"]
    accepted = await rows(two.url, "SELECT 1 FROM ledger_entry WHERE cause = 'acknowledged'")
    assert len(accepted) == 5


async def test_two_acknowledgements_at_two_nodes_at_once_have_one_holder(two: Nodes) -> None:
    for _ in range(5):
        incident = await two.towns[0].opened()
        two.nodes[0].clock.push(seconds=180)
        await two.nodes[0].round()
        nurses = ("first_nurse", "second_nurse")
        answers = await asyncio.gather(
            *(
                town.act(incident["id"], "acknowledge", nurse)
                for town, nurse in zip(two.towns, nurses, strict=True)
            )
        )
        results = Counter(one.json()["result"] for one in answers)
        assert results == {"applied": 1, "joined": 1}
        assert len({one.json()["holder"]["id"] for one in answers}) == 1


async def test_same_key_for_another_body_is_refused(place: Place, town: Town) -> None:
    await town.report(once="a", summary="転倒")
    refused = await town.report(once="a", summary="別の転倒")
    assert refused.status_code == 422
    assert refused.json()["type"] == "urn:renrakumo:problem:idempotency-key-reused"
    assert await number(place.url, COUNT) == 1


async def test_keys_of_different_callers_never_meet(place: Place, town: Town) -> None:
    mine = await town.report(once="a")
    theirs = await town.report(once="a", key="coordinator")
    assert statuses([mine, theirs]) == [201, 201]
    assert await number(place.url, COUNT) == 2


@pytest.mark.parametrize(("hours", "count"), [(23.999, 1), (24, 2)])
async def test_answer_is_kept_for_a_day(
    node: Node, place: Place, town: Town, hours: float, count: int
) -> None:
    await town.report(once="a")
    node.clock.push(hours=hours)
    assert (await town.report(once="a")).status_code == 201
    assert await number(place.url, COUNT) == count


async def test_act_is_done_once_and_answered_the_same(town: Town) -> None:
    incident = await town.opened()
    first = await town.acted(incident["id"], "acknowledge", "first_nurse", once="a")
    await town.acted(incident["id"], "arrive", "first_nurse")
    again = await town.acted(incident["id"], "acknowledge", "first_nurse", once="a")
    assert again == first
    # Without the key it is a repeat of its own.
    assert (await town.acted(incident["id"], "acknowledge", "first_nurse"))["result"] == "repeated"


async def test_refusal_is_not_kept(town: Town, node: Node) -> None:
    incident = await town.opened()
    early = await town.act(incident["id"], "acknowledge", "second_nurse", once="a")
    assert early.status_code == 409
    await node.pass_time(seconds=180)
    assert (await town.acted(incident["id"], "acknowledge", "second_nurse", once="a"))[
        "result"
    ] == "applied"


async def test_batch_is_answered_again_report_by_report(place: Place, town: Town) -> None:
    items = [{"client_id": town["client"], "type": kind} for kind in ("fall", "no_response")]
    answers: list[Json] = []
    for _ in range(2):
        response = await town.call(
            "POST",
            "/v1/incidents/batch",
            {"items": items},
            key="provider",
            headers={"Idempotency-Key": "a"},
        )
        assert response.status_code == 207
        answers.append(response.json())
    assert answers[0] == answers[1]
    assert await number(place.url, COUNT) == 2
