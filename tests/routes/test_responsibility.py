"""Who was responsible for one incident: its intervals, its entries, its holder at an instant."""

import base64
import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session

from tests.routes.office import Office, later, open_office
from tests.routes.world import Api, World, pointers


@pytest.fixture
async def office(api: Api, world: World) -> AsyncIterator[Office]:
    async with open_office(api, world) as opened:
        yield opened


async def test_incident_reads_as_contiguous_intervals(office: Office) -> None:
    begin = office.now
    incident_id = await office.run()

    found = await office.api.get(f"/v1/incidents/{incident_id}/responsibility")

    desk = {"id": office["desk"], "kind": "desk", "name": "夜間当番", "organisation": "provider"}
    hall = {
        "id": office["hall"],
        "kind": "desk",
        "name": "包括支援センター",
        "organisation": "centre",
    }
    advisor = {
        "id": office["advisor"],
        "kind": "person",
        "name": "相談員 鈴木",
        "organisation": "centre",
    }
    assert found == {
        "incident_id": incident_id,
        "status": "resolved",
        "drill": False,
        "intervals": [
            {
                "holder": desk,
                "from": begin,
                "to": later(begin, 180_000),
                "cause": "reported",
                "basis": "agreement",
                "step": 1,
                "protocol_version": 1,
            },
            {
                "holder": hall,
                "from": later(begin, 180_000),
                "to": later(begin, 240_000),
                "cause": "escalated",
                "basis": "agreement",
                "step": 2,
                "protocol_version": 1,
            },
            {
                "holder": advisor,
                "from": later(begin, 240_000),
                "to": later(begin, 240_000 + 30 * 60_000),
                "cause": "acknowledged",
                "basis": "acceptance",
                "step": 2,
                "protocol_version": 1,
            },
        ],
    }


async def test_open_incident_ends_in_an_open_interval(office: Office) -> None:
    incident_id = await office.open(drill=True)
    found = await office.api.get(f"/v1/incidents/{incident_id}/responsibility")
    assert found["status"] == "triggered"
    assert found["drill"] is True
    assert [one["to"] for one in found["intervals"]] == [None]


async def test_incident_that_closes_as_it_opens_still_says_who_held(office: Office) -> None:
    incident_id = await office.open(type="test")
    found = await office.api.get(f"/v1/incidents/{incident_id}/responsibility")
    (only,) = found["intervals"]
    assert only["from"] == only["to"] == office.now
    assert [one["incident_id"] for one in await office.intervals()] == [incident_id]


async def test_client_without_a_protocol_has_no_version(office: Office) -> None:
    incident_id = await office.open("other_client")
    found = await office.api.get(f"/v1/incidents/{incident_id}/responsibility")
    (only,) = found["intervals"]
    assert only["protocol_version"] is None
    assert only["holder"]["id"] == office["a"]
    assert only["holder"]["kind"] == "organisation"


async def _stored(office: Office, incident_id: str) -> list[Any]:
    query = text(
        "SELECT seq, type, leaf, at FROM ledger_entry WHERE incident_id = :id ORDER BY seq"
    )

    def look(session: Session) -> list[Any]:
        return list(session.connection().execute(query, {"id": incident_id}))

    return await office.api.installation.database.read(look)


async def test_entries_are_all_there_and_each_leaf_hashes_into_the_next(office: Office) -> None:
    incident_id = await office.run()
    page = await office.api.get(f"/v1/incidents/{incident_id}/entries")
    entries = page["items"]
    stored = await _stored(office, incident_id)
    assert [(one["seq"], one["type"]) for one in entries] == [(r.seq, r.type) for r in stored]
    assert page["next_cursor"] is None
    head = None
    for one, row in zip(entries, stored, strict=True):
        leaf = base64.b64decode(one["leaf"])
        assert leaf == row.leaf
        assert one["leaf_hash"] == hashlib.sha256(b"\x00" + leaf).hexdigest()
        assert one["prev"] == head
        head = one["leaf_hash"]
        assert one["leaf_index"] is None


async def test_entry_says_what_its_leaf_says(office: Office) -> None:
    incident_id = await office.run()
    entries = (await office.api.get(f"/v1/incidents/{incident_id}/entries"))["items"]
    for one in entries:
        leaf = json.loads(base64.b64decode(one["leaf"]))
        for name in ("seq", "type", "cause", "basis", "at", "due", "step", "round", "drill"):
            assert one[name] == leaf[name], name
        assert (one["from"] or {"pseudonym": None})["pseudonym"] == leaf["from"]
        assert (one["to"] or {"pseudonym": None})["pseudonym"] == leaf["to"]
        assert (one["actor"]["pseudonym"] or one["actor"]["id"]) == leaf["actor"]
        digests = [each["digest"] for each in one["disclosures"]]
        assert sorted(digests) == leaf["sd"]
        for each in one["disclosures"]:
            hashed = hashlib.sha256(each["disclosure"].encode()).digest()
            assert base64.urlsafe_b64encode(hashed).rstrip(b"=").decode() == each["digest"]
    escalated = next(one for one in entries if one["cause"] == "escalated")
    assert escalated["due"] == escalated["at"]
    assert escalated["actor"] == {
        "id": "system",
        "kind": "system",
        "name": None,
        "organisation": None,
        "pseudonym": None,
    }
    accepted = next(one for one in entries if one["cause"] == "acknowledged")
    assert accepted["to"]["name"] == accepted["actor"]["name"] == "相談員 鈴木"
    closed = entries[-1]
    told = {each["name"]: each["value"] for each in closed["disclosures"]}
    assert told["outcome"] == "client_safe"
    assert told["note"] == "無事"


@pytest.mark.parametrize("limit", [1, 4, 500], ids=lambda limit: f"limit {limit}")
async def test_entries_come_in_pages(office: Office, limit: int) -> None:
    incident_id = await office.run()
    path = f"/v1/incidents/{incident_id}/entries"
    whole = (await office.api.get(path))["items"]
    paged: list[Any] = []
    query = f"?limit={limit}"
    while query:
        page = await office.api.get(path + query)
        assert len(page["items"]) <= limit
        paged += page["items"]
        cursor = page["next_cursor"]
        query = f"?limit={limit}&cursor={cursor}" if cursor else ""
    assert paged == whole


async def test_erased_disclosure_leaves_the_entry_as_it_was(office: Office) -> None:
    incident_id = await office.run()
    path = f"/v1/incidents/{incident_id}/entries"
    before = (await office.api.get(path))["items"]
    async with office.api.installation.database.transaction() as tx:
        await tx.execute("DELETE FROM ledger_disclosure WHERE incident_id = $1", incident_id)
    after = (await office.api.get(path))["items"]
    assert after == [{**one, "disclosures": []} for one in before]


# The instant in milliseconds after the report; who held; since when.
AT = [
    (-1, None, None),  # before the report
    (0, "desk", 0),  # the instant of the report itself
    (179_999, "desk", 0),  # the last millisecond of the first step
    (180_000, "hall", 180_000),  # the instant of the transfer belongs to the next
    (239_999, "hall", 180_000),
    (240_000, "advisor", 240_000),
    (2_039_999, "advisor", 240_000),  # the last millisecond before the end
    (2_040_000, None, None),  # the instant of the end belongs to nobody
    (9_999_999, None, None),
]


async def test_holder_at_an_instant(office: Office) -> None:
    begin = office.now
    incident_id = await office.run()
    for offset, name, since in AT:
        at = later(begin, offset)
        found = await office.api.get(f"/v1/responsibility/at?incident_id={incident_id}&time={at}")
        assert found["time"] == at
        assert found["incident_id"] == incident_id
        assert (found["holder"] and found["holder"]["id"]) == (name and office[name]), offset
        assert found["since"] == (None if since is None else later(begin, since)), offset
        assert (found["cause"] is None) == (found["basis"] is None) == (name is None)
    held = await office.api.get(
        f"/v1/responsibility/at?incident_id={incident_id}&time={later(begin, 240_000)}"
    )
    assert (held["cause"], held["basis"], held["step"]) == ("acknowledged", "acceptance", 2)


async def test_instant_may_name_another_zone_and_a_bare_plus(office: Office) -> None:
    incident_id = await office.open()
    expected = office.now
    for written in (
        "2026-11-20T12:00:00%2B09:00",
        "2026-11-20T12:00:00+09:00",
        "2026-11-20T03:00:00.000999Z",
    ):
        path = f"/v1/responsibility/at?incident_id={incident_id}&time={written}"
        found = await office.api.get(path)
        assert (found["time"], found["since"]) == (expected, expected), written


async def test_holders_of_a_client_are_those_of_its_open_incidents(office: Office) -> None:
    first = await office.open()
    await office.pass_time(first, seconds=180)
    second = await office.open()
    at = office.now
    await office.pass_time(seconds=1)
    await office.act(first, "cancel", reason="誤報")

    path = f"/v1/responsibility/at?client_id={office['client']}&time="
    before = await office.api.get(path + at)
    after = await office.api.get(path + office.now)

    held = {one["incident_id"]: one["holder"]["id"] for one in before["items"]}
    assert held == {first: office["hall"], second: office["desk"]}
    assert [one["incident_id"] for one in after["items"]] == [second]
    assert (await office.api.get(path + "2026-11-20T02:59:59Z"))["items"] == []


# The query; where it is wrong.
BAD = [
    ("responsibility/at?incident_id=i", "/time"),  # missing
    ("responsibility/at?time=noon&incident_id=i", "/time"),
    ("responsibility/at?time=2026-11-20T03:00:00&incident_id=i", "/time"),  # no zone
    ("responsibility/at?time=0001-01-01T00:00:00Z&incident_id=i", "/time"),  # cannot be reckoned
    ("responsibility/at?time=2026-11-20T03:00:00Z", "/incident_id"),  # neither
    ("responsibility/at?time=2026-11-20T03:00:00Z&incident_id=i&client_id=c", "/incident_id"),
    ("responsibility/at?time=2026-11-20T03:00:00Z&incident_id=i&who=x", "/who"),
    ("incidents/{id}/entries?limit=501", "/limit"),
    ("incidents/{id}/entries?limit=0", "/limit"),
    ("incidents/{id}/entries?cursor=!", "/cursor"),
    ("incidents/{id}/entries?cursor=YWJj", "/cursor"),  # another list's
    ("incidents/{id}/entries?cursor=OTk5OTk5OTk5OTk5", "/cursor"),  # a number beyond any entry
    ("responsibility?from=yesterday", "/from"),
    ("responsibility?to=2026-11-20", "/to"),
    ("responsibility?from=2026-11-20T03:00:00Z&to=2026-11-20T03:00:00Z", "/to"),  # empty
    ("responsibility?from=2026-11-21T03:00:00Z&to=2026-11-20T03:00:00Z", "/to"),
    ("responsibility?cause=boredom", "/cause"),
    ("responsibility?limit=501", "/limit"),
    ("responsibility?cursor=NQ", "/cursor"),  # the entries' list's
    ("responsibility?cursor=OTk5OTk5OTk5OTk5OTk5OTkuMQ", "/cursor"),  # no instant
    ("responsibility?party_id=%E4%BD%90%E8%97%A4", "/party_id"),  # a name is no id
    ("responsibility?municipality=a", "/municipality"),
]


async def test_bad_query_is_refused_by_its_pointer(office: Office) -> None:
    incident_id = await office.open()
    for query, where in BAD:
        response = await office.api.call("GET", "/v1/" + query.replace("{id}", incident_id))
        assert response.status_code == 422, (query, response.text)
        assert pointers(response) == [where], query
        assert response.json()["errors"][0]["in"] == "query"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/incidents/{}/responsibility",
        "/v1/incidents/{}/entries",
        "/v1/responsibility/at?time=2026-11-20T03:00:00Z&incident_id={}",
        "/v1/responsibility/at?time=2026-11-20T03:00:00Z&client_id={}",
    ],
)
async def test_unknown_incident_or_client_is_not_found(office: Office, path: str) -> None:
    response = await office.api.call("GET", path.format("0193570e-6b1e-7c1a-8f10-2a3b4c5d6e7f"))
    assert response.status_code == 404
