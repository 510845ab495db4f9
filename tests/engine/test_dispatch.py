"""Messages: tried until they are taken or not wanted, and what a failure means for the incident."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pytest

from app.channels.channel import Channel, Message, Result
from tests.engine.checking import check_everything
from tests.engine.databases import Place, rows
from tests.engine.faults import GatedChannel
from tests.engine.node import BEGIN, Node, PushedClock, running_node
from tests.engine.town import Json, Town, asks
from tests.peers.sink import Answer, Misbehaviour, Received, Sink
from tests.peers.smtp import MailRules, running_smtp

# When a page that nobody takes is tried again, in seconds after its first try (DESIGN.md 6.2).
TRIES = (0, 1, 3, 7, 15, 30, 60, 120, 420, 1320, 4920, 8520)


def kinds(requests: Sequence[Received]) -> list[str]:
    return [one.json["type"].removeprefix("incident.") for one in requests]


async def deliveries(url: str, kind: str = "paged") -> list[Json]:
    """Messages of a kind, oldest first."""
    found = await rows(url, f"SELECT * FROM delivery WHERE kind = '{kind}' ORDER BY id")  # noqa: S608
    return [dict(row) for row in found]


async def causes(url: str, incident_id: str) -> list[str]:
    """Why each step began."""
    found = await rows(
        url,
        "SELECT cause FROM ledger_entry WHERE type = 'step_started'"  # noqa: S608  # our own id
        f" AND incident_id = '{incident_id}' ORDER BY seq",
    )
    return [row["cause"] for row in found]


async def test_page_is_tried_again_and_again_with_the_same_id_and_body(
    node: Node, town: Town, place: Place, sink: Sink
) -> None:
    sink.plan("/first_nurse", Answer(status=503))
    await town.publish(asks("first"), accountable_remind_every_seconds=600)
    await town.opened()
    await node.pass_time(seconds=TRIES[-1])
    tried = sink.to("/first_nurse")
    assert len({one.headers["webhook-id"] for one in tried}) == 1
    assert len({one.body for one in tried}) == 1
    begin = int(BEGIN.timestamp() * 1000)
    attempts = await rows(
        place.url,
        "SELECT a.at, a.result, a.reason FROM attempt a JOIN delivery d ON d.id = a.delivery_id"
        " WHERE d.status = 'pending' ORDER BY a.id",
    )
    assert [(one["at"] - begin) / 1000 for one in attempts] == list(TRIES)
    assert {(one["result"], one["reason"]) for one in attempts} == {("temporary", "http_503")}
    # Late, but welcome.
    sink.plan("/first_nurse", Answer())
    await node.pass_time(hours=1)
    assert kinds(sink.to("/first_nurse"))[-1] == "paged"
    assert (await deliveries(place.url))[0]["status"] == "sent"


@pytest.mark.parametrize(
    ("answer", "escalates_after_seconds"),
    [
        # Permanent: nothing that comes later can change it.
        (Answer(status=400), 0),
        (Answer(status=404), 0),
        (Answer(status=410), 0),
        (Answer.redirect("http://127.0.0.1:9/elsewhere"), 0),
        # Temporary: given up for escalation with the third try, after one and two seconds.
        (Answer(status=408), 3),
        (Answer(status=425), 3),
        (Answer(status=429), 3),
        (Answer(status=500), 3),
        (Answer(status=503), 3),
        (Answer(instead=Misbehaviour.RESET), 3),
        (Answer(instead=Misbehaviour.CLOSE), 3),
    ],
    ids=lambda value: str(value.instead or value.status) if isinstance(value, Answer) else "",
)
async def test_unreachable_person_does_not_cost_the_step_its_time(
    sqlite_copy: Place, sink: Sink, answer: Answer, escalates_after_seconds: int
) -> None:
    sink.plan("/first_nurse", answer)
    async with running_node(sqlite_copy.url) as node:
        town = sqlite_copy.town(node.http, sink)
        incident = await town.opened()
        await node.engine.dispatcher.drain()
        if escalates_after_seconds:
            await node.pass_time(seconds=escalates_after_seconds - 0.001)
            assert not sink.to("/second_nurse")
            await node.pass_time(seconds=0.001)
        assert kinds(sink.to("/second_nurse")) == ["paged"]
        assert await causes(sqlite_copy.url, incident["id"]) == ["reported", "unreachable"]
        entries = await rows(
            sqlite_copy.url, "SELECT actor_id FROM ledger_entry WHERE type = 'undeliverable'"
        )
        assert [one["actor_id"] for one in entries] == [town["first_nurse"]]
    await check_everything(sqlite_copy.url)


async def test_step_waits_while_one_contact_point_may_still_work(
    node: Node, town: Town, place: Place, sink: Sink
) -> None:
    address = f"{sink.url}/first_nurse/2"
    await town.add_contact_point("first_nurse", address=address)
    sink.plan("/first_nurse", Answer(status=410))
    sink.plan("/first_nurse/2", Answer(status=503))
    incident = await town.opened()
    await node.pass_time(seconds=2)
    assert await causes(place.url, incident["id"]) == ["reported"]
    await node.pass_time(seconds=1)
    assert await causes(place.url, incident["id"]) == ["reported", "unreachable"]


async def test_contact_point_that_works_again_takes_back_that_it_failed(
    node: Node, town: Town, place: Place, sink: Sink
) -> None:
    await town.add_person("colleague", desks=["first"])
    await town.add_contact_point("colleague")
    sink.plan("/first_nurse", Answer(status=503), Answer(status=503), Answer(status=503), Answer())
    incident = await town.opened()
    # The colleague can still answer, so the step goes on; at 3 s the nurse counts as failed.
    await node.pass_time(seconds=7)
    types = await rows(
        place.url,
        "SELECT type FROM ledger_entry WHERE type IN ('sent', 'undeliverable') ORDER BY seq",
    )
    assert [one["type"] for one in types] == ["sent", "undeliverable", "sent"]
    await town.acted(incident["id"], "decline", "colleague")
    assert await causes(place.url, incident["id"]) == ["reported"]


async def test_ladder_reaches_the_next_contact_point_after_its_delay(
    node: Node, town: Town, place: Place, sink: Sink
) -> None:
    address = f"{sink.url}/first_nurse/2"
    await town.add_contact_point("first_nurse", address=address, delay_seconds=30)
    await town.opened()
    await node.pass_time(seconds=29.999)
    assert (len(sink.to("/first_nurse")), len(sink.to("/first_nurse/2"))) == (1, 0)
    await node.pass_time(seconds=0.001)
    assert (len(sink.to("/first_nurse")), len(sink.to("/first_nurse/2"))) == (1, 1)
    links = [one.json["data"]["links"] for one in sink.requests]
    assert links[0] == links[1]
    assert {one["status"] for one in await deliveries(place.url)} == {"sent"}


async def test_rung_of_the_ladder_is_dropped_once_somebody_goes(
    node: Node, town: Town, place: Place, sink: Sink
) -> None:
    address = f"{sink.url}/first_nurse/2"
    await town.add_contact_point("first_nurse", address=address, delay_seconds=30)
    incident = await town.opened()
    await node.pass_time(seconds=29)
    await town.acted(incident["id"], "acknowledge", "first_nurse")
    await node.pass_time(seconds=60)
    assert not sink.to("/first_nurse/2")
    assert [one["status"] for one in await deliveries(place.url)] == ["sent", "dropped"]


async def test_page_that_waits_for_its_retry_is_dropped_once_somebody_goes(
    node: Node, town: Town, place: Place, sink: Sink
) -> None:
    sink.plan("/first_nurse", Answer(status=503), Answer())
    incident = await town.opened()
    await node.engine.dispatcher.drain()
    await town.acted(incident["id"], "acknowledge", "first_nurse")
    await node.pass_time(seconds=60)
    assert len(sink.to("/first_nurse")) == 1
    assert [one["status"] for one in await deliveries(place.url)] == ["dropped"]


async def test_message_of_a_dead_sender_is_sent_by_the_next_when_its_lease_ends(
    postgres_copy: Place, sink: Sink
) -> None:
    clock, url = PushedClock(), postgres_copy.url
    gate = asyncio.Event()

    def gated(channels: Mapping[str, Channel]) -> Mapping[str, Channel]:
        return {name: GatedChannel(channel, gate) for name, channel in channels.items()}

    async with (
        running_node(url, clock=clock, wrap_channels=gated) as dead,
        running_node(url, clock=clock) as other,
    ):
        town = postgres_copy.town(dead.http, sink)
        # Leased at its birth by a node that gets no further.
        await town.opened()
        clock.push(seconds=9.999)
        await other.round()
        assert not sink.requests
        clock.push(seconds=0.001)
        await other.round()
        (page,) = sink.requests
        # The dead one was only asleep: what it sends now is known to be the same.
        gate.set()
        await dead.engine.dispatcher.drain()
    assert {one.headers["webhook-id"] for one in sink.requests} == {page.headers["webhook-id"]}
    assert [one["status"] for one in await deliveries(url)] == ["sent"]
    await check_everything(url)


async def test_queue_of_a_node_that_ends_is_free_for_the_next_at_once(
    place: Place, sink: Sink
) -> None:
    gate = asyncio.Event()

    def gated(channels: Mapping[str, Channel]) -> Mapping[str, Channel]:
        return {name: GatedChannel(channel, gate) for name, channel in channels.items()}

    async with running_node(place.url, wrap_channels=gated, sends_in_flight=1) as ending:
        town = place.town(ending.http, sink)
        for kind in ("fall", "no_response", "inactivity"):
            await town.opened(kind)
        clock = ending.clock
        # The one under way is finished; the others are not begun.
        gate.set()
    assert [one.json["data"]["incident_type"] for one in sink.requests] == ["fall"]
    async with running_node(place.url, clock=clock) as following:
        await following.round()
    ids = [one.headers["webhook-id"] for one in sink.requests]
    assert len(ids) == len(set(ids)) == 3
    await check_everything(place.url)


async def test_message_that_waited_too_long_in_the_queue_is_left_to_others(
    postgres_copy: Place, sink: Sink
) -> None:
    clock, url = PushedClock(), postgres_copy.url
    gate = asyncio.Event()

    def gated(channels: Mapping[str, Channel]) -> Mapping[str, Channel]:
        return {name: GatedChannel(channel, gate) for name, channel in channels.items()}

    async with running_node(url, clock=clock, wrap_channels=gated, sends_in_flight=1) as slow:
        town = postgres_copy.town(slow.http, sink)
        await town.opened("fall")
        await town.opened("no_response")
        # The only sender is busy; by now another node may have the second message.
        clock.push(seconds=6)
        gate.set()
        await slow.engine.dispatcher.drain()
        assert [one.json["data"]["incident_type"] for one in sink.requests] == ["fall"]
        await slow.pass_time(seconds=10)
    sent = [one.json["data"]["incident_type"] for one in sink.requests]
    assert sent == ["fall", "no_response"]
    await check_everything(url)


@dataclass
class Broken:
    """A channel with a fault of ours: it throws."""

    name: str

    async def send(self, message: Message) -> Result:
        """Throw."""
        raise ZeroDivisionError(message.id)

    def check_address(self, address: str) -> str:
        """Anything."""
        return address

    async def check_destination(self, address: str) -> str:
        """Anything."""
        return address

    async def close(self) -> None:
        """Nothing is open."""


def broken(channels: Mapping[str, Channel]) -> Mapping[str, Channel]:
    return {name: Broken(name) for name in channels}


async def test_channel_that_throws_counts_as_failed(place: Place, sink: Sink) -> None:
    async with running_node(place.url, wrap_channels=broken) as node:
        town = place.town(node.http, sink)
        incident = await town.opened()
        await node.pass_time(seconds=3)
        assert await causes(place.url, incident["id"]) == ["reported", "unreachable"]
    (reason,) = {row["reason"] for row in await rows(place.url, "SELECT reason FROM attempt")}
    assert reason == "channel_failed"
    await check_everything(place.url)


async def test_channel_that_is_missing_counts_as_failed_at_once(place: Place, sink: Sink) -> None:
    async with running_node(place.url, wrap_channels=lambda _: {}) as node:
        town = place.town(node.http, sink)
        incident = await town.opened()
        await node.engine.dispatcher.drain()
        # Nobody can be reached at all: the accountable desk holds, and it does not end there.
        found = await town.incident(incident["id"])
        assert (found["exhausted"], found["holder"]["id"]) == (True, town["office"])
        assert found["wake_at"] is not None
    await check_everything(place.url)


async def test_page_by_mail_is_answered_by_its_link(place: Place, sink: Sink) -> None:
    async with (
        running_smtp() as peer,
        running_node(place.url, smtp_url=f"smtp://127.0.0.1:{peer.port}") as node,
    ):
        town = place.town(node.http, sink)
        await town.add_person("nurse_by_mail", desks=["first"])
        await town.add_contact_point("nurse_by_mail", channel="email", address="nurse@example.jp")
        await town.publish({"person": "nurse_by_mail", "ack_within_seconds": 60})
        incident = await town.opened()
        await node.engine.dispatcher.drain()
        (received,) = peer.mails
        assert received.recipients == ["nurse@example.jp"]
        text = received.mail.get_content()
        link = next(word for word in text.split() if word.startswith("http") and "/r/" in word)
        path = node.path(link.rstrip("。")).removesuffix("/acknowledge")
        answer = await node.http.post(f"{path}/acknowledge", headers={"Accept": "application/json"})
        assert answer.json()["holder"]["id"] == town["nurse_by_mail"]
        assert (await town.incident(incident["id"]))["status"] == "acknowledged"
    await check_everything(place.url)


async def test_mail_that_nobody_takes_asks_the_next_at_once(sqlite_copy: Place, sink: Sink) -> None:
    rules = MailRules(recipient="550 no such mailbox")
    async with (
        running_smtp(rules) as peer,
        running_node(sqlite_copy.url, smtp_url=f"smtp://127.0.0.1:{peer.port}") as node,
    ):
        town = sqlite_copy.town(node.http, sink)
        await town.add_person("nurse_by_mail", desks=["first"])
        await town.add_contact_point("nurse_by_mail", channel="email", address="nurse@example.jp")
        await town.publish({"person": "nurse_by_mail", "ack_within_seconds": 60}, asks("second"))
        incident = await town.opened()
        await node.engine.dispatcher.drain()
        assert await causes(sqlite_copy.url, incident["id"]) == ["reported", "unreachable"]
        (mail,) = [one for one in await deliveries(sqlite_copy.url) if one["status"] == "failed"]
        assert mail["attempts"] == 1
        # The mail server works again, and nobody tries the address that it does not know.
        peer.rules = replace(rules, recipient="250 OK")
        await node.pass_time(seconds=30)
        assert not peer.mails
    await check_everything(sqlite_copy.url)


async def test_page_in_the_inbox_waits_there_and_is_answered_there(
    node: Node, town: Town, place: Place
) -> None:
    await town.add_person("nurse_by_inbox", desks=["first"])
    point = await town.add_contact_point("nurse_by_inbox", channel="inbox")
    await town.publish({"person": "nurse_by_inbox", "ack_within_seconds": 60})
    incident = await town.opened()
    await node.engine.dispatcher.drain()
    (page,) = await deliveries(place.url)
    assert (page["status"], page["contact_point_id"]) == ("sent", point["id"])
    inbox = "/inbox/" + node.installation.link_key.inbox_token(point["id"])
    shown = await node.http.get(inbox)
    assert shown.status_code == 200
    token = node.installation.link_key.token(page["page_id"])
    assert f"/r/{token}" in shown.text
    answer = await node.http.post(f"/r/{token}/acknowledge", headers={"Accept": "application/json"})
    assert answer.json()["holder"]["id"] == town["nurse_by_inbox"]
    assert (await town.incident(incident["id"]))["status"] == "acknowledged"


async def test_everybody_on_duty_is_paged_at_once(node: Node, town: Town, sink: Sink) -> None:
    for name in ("colleague", "other_colleague"):
        await town.add_person(name, desks=["first"])
        await town.add_contact_point(name)
    await town.opened()
    await node.engine.dispatcher.drain()
    assert {one.path for one in sink.requests} == {
        "/first_nurse",
        "/colleague",
        "/other_colleague",
    }
    links = {one.json["data"]["links"]["respond"] for one in sink.requests}
    assert len(links) == 3
