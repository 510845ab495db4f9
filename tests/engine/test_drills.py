"""Exercises run for real, say so everywhere, and keep nobody from an emergency."""

import re

import pytest

from app.escalation.decision import MessageKind
from app.protocols.kinds import NoticeKind
from app.store.notice import Notice, insert_notices
from tests.engine.databases import Place, rows
from tests.engine.node import Node, running_node
from tests.engine.town import Json, Town, asks
from tests.peers.sink import Answer, Sink


async def told(node: Node, sink: Sink) -> list[Json]:
    """All that was sent so far."""
    await node.engine.dispatcher.drain()
    return [one.json for one in sink.requests]


async def test_every_kind_of_message_of_a_drill_says_so(
    node: Node, town: Town, place: Place, sink: Sink
) -> None:
    for name in ("municipality", "third", "second_nurse"):
        await town.add_contact_point(name, address=f"{sink.url}/{name}")
    step = asks("first", remind_every_seconds=60, inform=["third"], also_page=["second_nurse"])
    await town.publish(step)
    exhausted = (await town.opened(drill=True))["id"]
    await node.pass_time(minutes=4)
    await town.acted(exhausted, "acknowledge", "office_nurse")
    await town.acted(exhausted, "resolve", "office_nurse", outcome="client_safe")
    offered = (await town.opened(drill=True))["id"]
    await town.acted(offered, "acknowledge", "first_nurse")
    await town.acted(offered, "hand_over", "first_nurse", to_party_id=town["second_nurse"])
    await town.acted(offered, "accept", "second_nurse")
    await town.acted(offered, "cancel", "second_nurse", reason="訓練終了")
    alarms = await town.add_contact_point("municipality", channel="inbox")
    await town.opened(drill=True)
    await node.pass_time(minutes=4)
    page = (await node.http.get(alarms["address"])).text
    assert re.search(r'<p class="notice bad">\s*<strong class="tag">訓練</strong>', page)
    messages = await told(node, sink)
    assert {one["type"] for one in messages} == {f"incident.{kind}" for kind in MessageKind}
    assert all(one["data"]["drill"] is True for one in messages)
    leaves = await rows(place.url, "SELECT leaf FROM ledger_entry")
    assert all(b'"drill":true' in bytes(one["leaf"]) for one in leaves)


async def test_every_page_of_a_drill_says_so_first(node: Node, town: Town, sink: Sink) -> None:
    incident = (await town.opened(drill=True))["id"]
    (page, *_) = await told(node, sink)
    link = node.path(page["data"]["links"]["respond"])
    stages: tuple[list[str], ...] = ([], ["acknowledge"], ["en_route"], ["arrive"], ["resolve"])
    for acts in stages:
        for act in acts:
            fields = {"outcome": "client_safe"} if act == "resolve" else {}
            await town.acted(incident, act, "first_nurse", **fields)
        for language, word in (("ja", "訓練"), ("en", "DRILL")):
            html = (await node.http.get(link, headers={"Accept-Language": language})).text
            assert re.search(rf'<main>\s*<p class="drill"><strong>{word}</strong>', html), acts
            assert f"<title>【{word}】" in html, acts


async def test_lists_tell_drills_from_emergencies(node: Node, town: Town) -> None:
    drill, real = [(await town.opened(drill=is_drill))["id"] for is_drill in (True, False)]
    await node.pass_time(seconds=1)
    for query, expected in (("drill=true", {drill}), ("drill=false", {real}), ("", {drill, real})):
        incidents = await town.get(f"/v1/incidents?{query}")
        assert {one["id"] for one in incidents["items"]} == expected, query
        intervals = await town.get(f"/v1/responsibility?{query}")
        assert {one["incident_id"] for one in intervals["items"]} == expected, query
        narrow = await town.get(f"/v1/responsibility?{query}&client_id={town['client']}")
        assert narrow == intervals, query


async def test_an_emergency_overtakes_exercises(place: Place, sink: Sink) -> None:
    # One hand, and a slow other side: what comes next waits.
    async with running_node(place.url, sends_in_flight=1) as node:
        town = place.town(node.http, sink)
        await town.publish(asks("first"))
        await town.add_client("other")
        await town.publish(asks("second"), client="other")
        sink.plan("/first_nurse", Answer(delay_seconds=0.5))
        for _ in range(5):
            await town.opened(drill=True)
        await town.opened(client="other")
        order = [one["data"]["drill"] for one in await told(node, sink)]
    assert sorted(order) == [False, *[True] * 5]
    assert order.index(False) < 4


async def test_a_late_page_does_not_wait_behind_notices(node: Node, town: Town, sink: Sink) -> None:
    """What is claimed from the outbox goes by due time only among what is about incidents."""
    point = await town.get(f"/v1/parties/{town['first_nurse']}/contact-points")
    path = f"/v1/parties/{town['first_nurse']}/contact-points/{point['items'][0]['id']}"
    await town.make(path, {"delay_seconds": 60}, method="PATCH")
    await town.opened()
    await node.round()
    new_id = node.installation.new_id
    notices = [
        Notice(id=new_id(), kind=NoticeKind.ROSTER_ENDING, party_id=town["second_nurse"])
        for _ in range(450)
    ]
    async with node.installation.database.transaction() as tx:
        await insert_notices(tx, notices, now=node.clock(), new_id=new_id)
    node.clock.push(seconds=60)
    assert not sink.to("/first_nurse")
    # One round: 200 messages at the most.
    await node.engine.scheduler.run_once()
    await node.engine.dispatcher.drain()
    assert len(sink.to("/first_nurse")) == 1
    assert len(sink.to("/second_nurse")) == 199


@pytest.mark.parametrize("is_drill", [True, False])
async def test_who_holds_an_exercise_is_asked_first_in_an_emergency(
    node: Node, town: Town, sink: Sink, *, is_drill: bool
) -> None:
    await town.publish(asks("first", when_busy="pass"), asks("second"))
    held = (await town.opened(drill=True))["id"]
    await town.acted(held, "acknowledge", "first_nurse")
    sink.requests.clear()
    await town.opened(drill=is_drill)
    (page,) = [one for one in await told(node, sink) if one["type"] == "incident.paged"]
    # Another exercise passes on who has one already; an emergency does not.
    assert page["data"]["step"] == (2 if is_drill else 1)
