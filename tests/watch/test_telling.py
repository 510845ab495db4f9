"""Who is told what, when, and how often."""

from datetime import timedelta

from tests.engine.node import BEGIN, Node
from tests.engine.town import Json, Town, asks
from tests.peers.sink import Sink
from tests.watch.test_causes import change, close_desk, nurse_point, retire_contact_point
from tests.watch.told import Told

DAY = timedelta(days=1)


async def plan(town: Town, *persons: str, desk: str = "first", **members: object) -> str:
    """Give a desk a roster of turns from before now on; the path of the roster."""
    ids = [town[one] for one in persons]
    turns = [{"name": "当番", "persons": ids, "starts_on": "2026-11-19"}] if ids else []
    document = {"rotations": turns, **members}
    made = await town.make("/v1/rosters", {"desk_id": town[desk], "document": document})
    return f"/v1/rosters/{made['id']}"


def shift(town: Town, person: str, begin: timedelta, end: timedelta) -> Json:
    times = {"from": (BEGIN + begin).isoformat(), "to": (BEGIN + end).isoformat()}
    return {"person": town[person], **times}


async def test_notice_reaches_the_contact_points_of_the_municipality(
    told: Told, node: Node, town: Town, sink: Sink
) -> None:
    await town.add_contact_point("municipality")
    await close_desk(town)
    await told.lost("desk_hours_changed")
    await node.round()
    (message,) = sink.to("/municipality")
    assert message.json["type"] == "cover.lost"
    data = message.json["data"]
    assert data["client_id"] == town["client"]
    assert len(data["client_codes"]) == data["client_count"] == 1
    assert data["changes"] == [{"what": "desk_hours_changed", "party_id": town["first"]}]
    assert (await town.get(data["problems"]))["items"]


async def test_changes_that_take_no_cover_away_are_not_told(told: Told, town: Town) -> None:
    await town.add_contact_point("first_nurse")
    await change(town, await nurse_point(town), retired=True)
    await change(town, f"/v1/parties/{town['first_nurse']}", name="看護師 佐藤")
    await town.add_person("ito", desks=["first"])
    await plan(town, "first_nurse")
    assert await told.look() == []
    assert await told.listed() == []


async def test_shift_taken_away_by_an_override_is_told_before_its_gap_begins(
    told: Told, town: Town
) -> None:
    roster = await plan(town, "first_nurse")
    assert await told.look() == []
    begin, end = BEGIN + 3 * DAY - timedelta(hours=2), BEGIN + 3 * DAY + timedelta(hours=6)
    times = {"from": begin.isoformat(), "to": end.isoformat()}
    body = {**times, "replaces_id": town["first_nurse"], "person_id": None}
    await town.make(f"{roster}/overrides", body)
    data = await told.lost("roster_changed")
    assert data["changes"] == [{"what": "roster_changed", "party_id": town["first"]}]
    assert data["from"] == "2026-11-23T01:00:00.000Z"
    (item,) = await told.listed()
    assert (item["from"], item["to"]) == (data["from"], "2026-11-23T09:00:00.000Z")
    assert (item["cause"], item["count"]) == ("nobody_on_duty", 1)
    assert item["missing_seconds"] == 8 * 3600
    # Of the days asked for only two hours; the time that is named ends later.
    (sooner,) = await told.listed("?days=3")
    assert (sooner["to"], sooner["missing_seconds"]) == (item["to"], 2 * 3600)
    assert await told.listed("?days=2") == []


async def test_only_the_causes_and_desks_of_this_loss_are_named(told: Told, town: Town) -> None:
    await change(town, await nurse_point(town, "second_nurse"), retired=True)
    data = await told.lost("contact_point_retired")
    assert (data["causes"], data["desk_ids"]) == (["unreachable"], [town["second"]])
    # The first gap is there still.
    await close_desk(town)
    data = await told.lost("desk_hours_changed")
    assert (data["causes"], data["desk_ids"]) == (["nobody_on_duty"], [town["first"]])
    assert {item["cause"] for item in await told.listed()} == {"unreachable", "nobody_on_duty"}


async def test_cover_that_comes_back_is_told_once(told: Told, town: Town) -> None:
    await retire_contact_point(town)
    await told.lost("contact_point_retired")
    await town.add_contact_point("first_nurse", hours=["09:00-17:00"])
    assert await told.look() == []
    await town.add_contact_point("first_nurse")
    (notice,) = await told.look()
    assert notice["kind"] == "cover.regained"
    assert notice["data"]["changes"] == [
        {"what": "contact_point_added", "party_id": town["first_nurse"]}
    ]
    assert await told.listed() == []
    assert await told.look() == []


async def test_desk_of_many_clients_gives_one_notice(told: Told, town: Town) -> None:
    for name in ("second_client", "third_client"):
        await town.add_client(name)
        await town.publish(asks("second"), asks("first"), client=name)
    assert await told.look() == []
    await close_desk(town)
    data = await told.lost("desk_hours_changed")
    assert (data["protocol_count"], data["client_count"]) == (3, 3)
    assert "client_id" not in data
    path = data["problems"]
    assert {item["client_id"] for item in (await town.get(path))["items"]} == {
        town[name] for name in ("client", "second_client", "third_client")
    }


async def test_clients_without_a_protocol_lose_cover_with_the_default(
    told: Told, town: Town
) -> None:
    await town.add_client("another")
    document = town.protocol([asks("second")])
    path = f"/v1/organisations/{town['municipality']}/protocol"
    await town.make(path, document, method="PUT")
    assert await told.look() == []
    await change(town, await nurse_point(town, "second_nurse"), retired=True)
    data = await told.lost("contact_point_retired")
    assert (data["protocol_count"], data["client_count"]) == (2, 2)
    listed = {(item["client_id"], item["protocol"], item["step"]) for item in await told.listed()}
    own, without = town["client"], town["another"]
    assert listed == {(own, "own", 2), (without, "default", 1), (None, "default", 1)}


async def test_accountable_desk_that_nobody_answers_for_is_told(told: Told, town: Town) -> None:
    await town.add_client("another")
    path = f"/v1/organisations/{town['municipality']}"
    approval = {"approved_by": "山田 管理者", "approved_on": "2020-04-01"}
    await change(town, path, accountable_desk_id=town["office"], accountable_approval=approval)
    await told.look()
    assert await told.listed() == []
    body = {"organisation_id": town["provider"], "kind": "desk", "name": "空"}
    town.ids["empty"] = (await town.make("/v1/parties", body))["id"]
    await change(town, path, accountable_desk_id=town["empty"], accountable_approval=approval)
    data = await told.lost("accountable_desk_changed")
    assert (data["protocol_count"], data["client_count"]) == (1, 1)
    (item,) = await told.listed()
    assert (item["client_id"], item["kind"]) == (town["another"], "accountable")
    assert (item["protocol"], item["step"], item["variant"]) == ("fallback", None, None)
    await town.add_contact_point("empty")
    (notice,) = await told.look()
    assert notice["kind"] == "cover.regained"


async def test_gaps_of_a_new_version_are_listed_and_not_told(told: Told, town: Town) -> None:
    await town.add_desk("closed", hours=["09:00-17:00"])
    await town.publish(asks("first"), asks("closed"))
    assert await told.look() == []
    (item,) = await told.listed()
    assert (item["version"], item["step"], item["cause"]) == (2, 2, "nobody_on_duty")
    assert (item["count"], item["pointer"]) == (30, "/variants/0/steps/1")
    # It is covered again by a version that asks nobody there: nothing had been lost.
    await town.publish(asks("first"))
    assert await told.look() == []
    assert await told.listed() == []


async def test_version_that_covers_what_was_lost_is_told_as_regained(
    told: Told, town: Town
) -> None:
    await retire_contact_point(town)
    await told.lost("contact_point_retired")
    await town.publish(asks("second"))
    (notice,) = await told.look()
    assert notice["kind"] == "cover.regained"
    assert notice["data"]["changes"] == [
        {"what": "protocol_published", "subject_id": town["client"]}
    ]


async def test_end_of_a_roster_is_told_seven_days_before_and_is_no_gap(
    told: Told, node: Node, town: Town
) -> None:
    shifts = [shift(town, "first_nurse", -DAY, 9.5 * DAY)]
    await plan(town, shifts=shifts, planned_until="2026-11-29")
    assert await told.look() == []
    (item,) = await told.listed()
    assert (item["kind"], item["from"]) == ("unplanned", "2026-11-29T15:00:00.000Z")
    assert await told.listed("?days=9") == []
    node.clock.push(days=2, hours=11)
    assert await told.look() == []
    node.clock.push(hours=2)
    (notice,) = await told.look()
    assert notice["kind"] == "roster.ending"
    assert notice["data"]["desk_ids"] == [town["first"]]
    assert notice["data"]["ends_at"] == item["from"]
    node.clock.push(days=1)
    assert await told.look() == []
    node.clock.push(days=45)
    assert await told.look() == []


async def test_times_that_have_passed_leave_the_list_and_are_not_told_as_regained(
    told: Told, node: Node, town: Town
) -> None:
    roster = await plan(town, "first_nurse")
    begin = BEGIN + timedelta(hours=2)
    for at in (begin, begin + 2 * DAY):
        times = {"from": at.isoformat(), "to": (at + timedelta(hours=1)).isoformat()}
        body = {**times, "replaces_id": town["first_nurse"], "person_id": None}
        await town.make(f"{roster}/overrides", body)
    await told.lost("roster_changed")
    assert [item["count"] for item in await told.listed()] == [2]
    node.clock.push(hours=3)
    assert await told.look() == []
    (item,) = await told.listed()
    assert (item["count"], item["from"]) == (1, "2026-11-22T05:00:00.000Z")
    node.clock.push(days=2)
    assert await told.look() == []
    assert await told.listed() == []


async def test_more_gaps_than_a_proof_explains_are_found_at_every_step(
    told: Told, town: Town
) -> None:
    for desk in ("first", "second", "third"):
        await change(town, f"/v1/parties/{town[desk]}", hours=["08:30-17:15"])
    await told.lost("desk_hours_changed")
    listed = await told.listed("?days=90")
    assert [(item["step"], item["count"]) for item in listed] == [(1, 90), (2, 90), (3, 90)]
