"""An emergency is never refused because of paperwork (DESIGN.md 4.1.13, 4.1.15)."""

from collections.abc import Sequence

import pytest
from prometheus_client import REGISTRY

from app.protocols.kinds import IncidentType, default_severity
from tests.engine.checking import check_everything
from tests.engine.databases import Place, rows
from tests.engine.node import Node, running_node
from tests.engine.town import Json, Town, asks
from tests.peers.sink import Received, Sink


def kinds(requests: Sequence[Received]) -> list[str]:
    return [one.json["type"].removeprefix("incident.") for one in requests]


def exhausted_total() -> float:
    """What the metric that operators watch says."""
    return REGISTRY.get_sample_value("renrakumo_incidents_exhausted_total") or 0


async def newcomer(town: Town) -> None:
    """A client for whom nobody has written anything yet."""
    await town.add_client("newcomer")


async def with_default_protocol(town: Town) -> None:
    """The municipality has a protocol for everybody who has none."""
    document = town.protocol([asks("second", 60)])
    path = f"/v1/organisations/{town['municipality']}/protocol"
    await town.make(path, document, method="PUT")


async def with_accountable_desk(town: Town) -> None:
    """The municipality has a desk that answers for everybody."""
    await town.add_desk("city_hall", organisation="municipality")
    path = f"/v1/organisations/{town['municipality']}"
    changed = await town.call("PATCH", path, {"accountable_desk_id": town["city_hall"]})
    assert changed.status_code == 200, changed.text


async def with_operator(town: Town) -> None:
    """Somebody runs the installation, and hears its alarms."""
    made = await town.make("/v1/organisations", {"name": "運営者", "kind": "operator"})
    town.ids["operator"] = made["id"]
    await town.add_contact_point("operator")


async def report(town: Town, node: Node, **fields: str) -> Json:
    """A report for the newcomer is answered 201, and what it sends has been sent."""
    response = await town.report(client="newcomer", **fields)
    assert response.status_code == 201, response.text
    await node.engine.dispatcher.drain()
    incident: Json = response.json()
    return incident


async def test_client_without_protocol_has_the_municipalitys_default(
    node: Node, town: Town, sink: Sink
) -> None:
    await newcomer(town)
    await with_accountable_desk(town)
    await with_default_protocol(town)
    incident = await report(town, node)
    assert (incident["holder"]["id"], incident["step"]) == (town["second"], 1)
    assert (incident["exhausted"], incident["protocol_version"]) == (False, 1)
    assert kinds(sink.requests) == ["paged"]
    counted = exhausted_total()
    await node.pass_time(seconds=60)
    assert exhausted_total() == counted + 1
    found = await town.incident(incident["id"])
    assert (found["exhausted"], found["holder"]["id"]) == (True, town["office"])


async def test_own_protocol_goes_before_the_default(node: Node, town: Town) -> None:
    await newcomer(town)
    await with_default_protocol(town)
    await town.publish(asks("third"), client="newcomer")
    incident = await report(town, node)
    assert incident["holder"]["id"] == town["third"]


async def test_without_any_protocol_the_municipalitys_desk_holds_exhausted_from_the_start(
    node: Node, town: Town, sink: Sink
) -> None:
    await newcomer(town)
    await with_accountable_desk(town)
    await with_operator(town)
    counted = exhausted_total()
    incident = await report(town, node)
    assert incident["holder"]["id"] == town["city_hall"]
    assert (incident["exhausted"], incident["step"]) == (True, None)
    assert incident["protocol_version"] is None
    assert kinds(sink.to("/city_hall_nurse")) == ["paged"]
    assert kinds(sink.to("/operator")) == ["alarm"]
    said = sink.to("/operator")[0].json["data"]
    assert (said["exhausted"], said["reason"]) == (True, "exhausted")
    # It is paged without end, after one, two, four, eight and then every ten minutes.
    for minutes, count in ((1, 2), (2, 3), (4, 4), (8, 5), (10, 6), (10, 7)):
        await node.pass_time(minutes=minutes)
        assert len(sink.to("/city_hall_nurse")) == count
    assert exhausted_total() == counted + 1
    acknowledged = await town.act(
        incident["id"], "acknowledge", "city_hall_nurse", key="coordinator"
    )
    assert acknowledged.json()["holder"]["id"] == town["city_hall_nurse"]


async def test_without_any_desk_the_municipality_holds_and_the_operator_is_alarmed(
    node: Node, town: Town, sink: Sink
) -> None:
    await newcomer(town)
    await with_operator(town)
    await town.add_contact_point("municipality")
    incident = await report(town, node)
    assert incident["holder"]["id"] == town["municipality"]
    assert (incident["exhausted"], incident["status"]) == (True, "triggered")
    assert incident["wake_at"] is not None
    assert kinds(sink.to("/operator")) == ["alarm"]
    assert sink.to("/municipality")
    # Nobody of it can accept; the alarm does not end either.
    before = len(sink.requests)
    await node.pass_time(minutes=30)
    assert len(sink.requests) > before


async def test_municipality_that_nobody_can_reach_still_holds(
    node: Node, town: Town, sink: Sink
) -> None:
    await newcomer(town)
    incident = await report(town, node)
    assert incident["holder"]["id"] == town["municipality"]
    assert not sink.requests
    # Should somebody be found meanwhile, they are alarmed with the next interval.
    await with_operator(town)
    await node.pass_time(minutes=10)
    assert set(kinds(sink.to("/operator"))) == {"alarm"}


async def test_retired_desk_of_a_step_does_not_hold(node: Node, town: Town) -> None:
    path = f"/v1/parties/{town['first_nurse']}"
    assert (await town.call("PATCH", path, {"retired": True})).status_code == 200
    incident = await town.opened()
    # Nobody of the first desk is left, so the second is asked from the start.
    assert (incident["step"], incident["holder"]["id"]) == (2, town["second"])
    await node.engine.dispatcher.drain()


async def test_desk_without_agreement_is_paged_and_does_not_hold(
    node: Node, town: Town, sink: Sink
) -> None:
    made = await town.make(
        "/v1/organisations",
        {"name": "隣町", "kind": "provider", "municipality_ids": [town["municipality"]]},
    )
    town.ids["other_provider"] = made["id"]
    await town.add_desk("elsewhere", organisation="other_provider")
    await town.publish(asks("elsewhere"))
    incident = await town.opened()
    await node.engine.dispatcher.drain()
    assert incident["holder"]["id"] == town["office"]
    assert kinds(sink.to("/elsewhere_nurse")) == ["paged"]
    assert not incident["exhausted"]


async def test_test_call_is_opened_and_closed_in_one_and_nobody_is_paged(
    node: Node, town: Town, place: Place, sink: Sink
) -> None:
    incident = await town.opened("test")
    assert (incident["status"], incident["holder"], incident["wake_at"]) == (
        "resolved",
        None,
        None,
    )
    assert incident["closed_at"] == incident["opened_at"]
    await node.pass_time(days=1)
    assert not sink.requests
    entries = await rows(place.url, "SELECT type FROM ledger_entry ORDER BY seq")
    assert [one["type"] for one in entries] == ["opened", "closed"]


@pytest.mark.parametrize("kind", [one for one in IncidentType if one is not IncidentType.TEST])
async def test_every_type_opens_with_its_severity_and_is_asked(
    sqlite_copy: Place, sink: Sink, kind: IncidentType
) -> None:
    async with running_node(sqlite_copy.url) as node:
        town = sqlite_copy.town(node.http, sink)
        incident = await town.opened(kind)
        assert incident["severity"] == default_severity(kind)
        assert incident["holder"]["id"] == town["first"]
        await node.engine.dispatcher.drain()
        (page,) = sink.to("/first_nurse")
        assert page.json["data"]["incident_type"] == kind
    await check_everything(sqlite_copy.url)


async def test_drill_says_so_everywhere(node: Node, town: Town, place: Place, sink: Sink) -> None:
    incident = await town.opened(drill=True)
    await node.pass_time(seconds=180)
    assert incident["drill"] is True
    assert [one.json["data"]["drill"] for one in sink.requests] == [True, True]
    leaves = await rows(place.url, "SELECT leaf FROM ledger_entry")
    assert all(b'"drill":true' in bytes(one["leaf"]) for one in leaves)
