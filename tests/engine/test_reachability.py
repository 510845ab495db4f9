"""The report of reachability says what became of real messages."""

import csv
import io

from tests.engine.databases import Place
from tests.engine.node import Node
from tests.engine.test_contact_checks import DUE, ask, checks, read
from tests.engine.town import Json, Town
from tests.peers.sink import Answer, Sink


async def report(town: Town, query: str = "") -> Json:
    return await town.get(f"/v1/reachability?{query}")


def by_party(town: Town, found: Json) -> dict[str, Json]:
    names = {value: name for name, value in town.ids.items()}
    return {names[one["party"]["id"]]: one for one in found["items"]}


async def test_it_says_who_was_reached_and_who_was_not(node: Node, town: Town, sink: Sink) -> None:
    sink.plan("/second_nurse", Answer(status=410))
    sink.plan("/third_nurse", Answer(status=503))
    node.clock.now = DUE
    await ask(node)
    node.clock.push(seconds=83.5)
    await read(node, checks(sink)[0])
    await node.pass_time(minutes=5)
    await town.add_contact_point("first_nurse", channel="inbox")
    found = await report(town)
    first, second = found["items"][0], by_party(town, found)["second_nurse"]
    assert first == {
        "contact_point_id": first["contact_point_id"],
        "channel": "webhook",
        "party": {"id": town["first_nurse"], "kind": "person", "name": "first_nurse"},
        "organisation": {"id": town["provider"], "name": "みどり訪問看護"},
        "state": "confirmed",
        "scheduled": True,
        "asked_at": "2027-02-18T03:00:00.000Z",
        "delivery": "sent",
        "reason": None,
        "read_at": "2027-02-18T03:01:23.500Z",
        "seconds_until_read": 83.5,
    }
    assert (second["state"], second["delivery"], second["reason"]) == (
        *("failed", "failed"),
        "http_410",
    )
    third = by_party(town, found)["third_nurse"]
    # It is still tried, but escalation would not count on it any more.
    assert (third["state"], third["delivery"], third["reason"]) == (
        *("failed", "pending"),
        "http_503",
    )
    summary = found["summary"]
    unread = summary.pop("unread_desks")
    assert summary == {
        "contact_points": 5,
        "asked": 4,
        "delivered": 2,
        "failed": 2,
        "read": 1,
        "waiting": 1,
        "unanswered": 0,
        "never_asked": 1,
        "share_read": 0.25,
    }
    assert unread == [
        {"id": town[desk], "name": desk, "contact_points_asked": 1} for desk in ("second", "third")
    ]


async def test_a_desk_is_unread_when_nobody_of_it_is_left_to_answer(
    node: Node, town: Town, sink: Sink
) -> None:
    await town.add_person("colleague", desks=["first"])
    await town.add_contact_point("colleague", address=f"{sink.url}/colleague")
    await town.add_contact_point("second", address=f"{sink.url}/desk_phone")
    node.clock.now = DUE
    await ask(node)
    await read(node, checks(sink, "colleague")[0])
    await read(node, checks(sink, "desk_phone")[0])
    assert (await report(town))["summary"]["unread_desks"] == []
    node.clock.push(days=14)
    unread = (await report(town))["summary"]["unread_desks"]
    assert [one["name"] for one in unread] == ["third", "office"]
    assert (await report(town))["summary"]["unanswered"] == 4


async def test_a_window_shows_the_last_check_that_was_asked_in_it(
    node: Node, town: Town, sink: Sink
) -> None:
    node.clock.now = DUE
    await ask(node)
    await read(node, checks(sink)[0])
    node.clock.push(days=1)
    point = (await report(town))["items"][0]["contact_point_id"]
    await town.make(f"/v1/parties/{town['first_nurse']}/contact-points/{point}/test", {})
    states = {}
    for query in (
        "",
        "to=2027-02-19T03:00:00Z",
        "from=2027-02-18T03:00:00Z&to=2027-02-18T03:00:00.001Z",
        "from=2027-02-18T03:00:00.001Z",
        "to=2027-02-18T03:00:00Z",
    ):
        first = (await report(town, query))["items"][0]
        states[query] = (first["state"], first["scheduled"])
    assert list(states.values()) == [
        ("asked", False),
        ("confirmed", True),
        ("confirmed", True),
        ("asked", False),
        ("never_asked", None),
    ]
    # Made later than the window.
    assert (await report(town, "to=2026-11-20T03:00:00Z"))["items"] == []


async def test_table_opens_in_a_spreadsheet(
    node: Node, town: Town, place: Place, sink: Sink
) -> None:
    del place
    await town.make(f"/v1/parties/{town['second_nurse']}", {"name": "=1+1"}, method="PATCH")
    node.clock.now = DUE
    await ask(node)
    await read(node, checks(sink)[0])
    answer = await town.call("GET", "/v1/reachability?limit=1", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.text.count("\r\n") == 5
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"), newline="")))
    assert len(rows) == 4
    assert rows[0]["担当"] == "first_nurse"
    assert rows[0]["状態"] == "確認済み"
    assert rows[0]["送信（日本時間）"] == "2027-02-18T12:00:00.000+09:00"
    assert rows[0]["確認までの秒数"] == "0.000"
    assert rows[1]["担当"] == "'=1+1"
    assert rows[1]["状態"] == "返事待ち"
