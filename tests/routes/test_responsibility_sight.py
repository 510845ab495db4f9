"""Who may see whose responsibility, and what auditors see of persons."""

import base64
import json
from collections.abc import AsyncIterator

import pytest

from app.auth import Role
from tests.routes.office import Office, open_office
from tests.routes.world import Api, World

AT = "2026-11-20T03:00:00Z"
PATHS = (
    "/v1/incidents/{incident}/responsibility",
    "/v1/incidents/{incident}/entries",
    f"/v1/responsibility/at?time={AT}&incident_id={{incident}}",
    f"/v1/responsibility/at?time={AT}&client_id={{client}}",
)
# What says who somebody is, or was written by somebody.
PERSONAL = ("鈴木", "花子", "佐藤", "転んだ", "ベッド", "遠い", "無事", "山田")


@pytest.fixture
async def office(api: Api, world: World) -> AsyncIterator[Office]:
    async with open_office(api, world) as opened:
        yield opened


async def test_each_role_sees_its_own_incidents_and_no_others(office: Office) -> None:
    served, unserved = await office.open(), await office.open("other_client")
    foreign = await office.open("foreign_client")
    key = office.key
    # A key; the clients whose incidents it sees.
    callers = [
        (office.api.operator, {"client", "other_client", "foreign_client"}),
        (office.world.keys[Role.COORDINATOR], {"client", "other_client"}),
        (office.world.keys[Role.AUDITOR], {"client", "other_client"}),
        (office.world.keys[Role.PROVIDER], {"client"}),
        (await key(Role.COORDINATOR, "b"), {"foreign_client"}),
        (await key(Role.AUDITOR, "b"), {"foreign_client"}),
        (await key(Role.PROVIDER, "foreign"), {"foreign_client"}),
        (await key(Role.PROVIDER, "shared"), set()),
    ]
    incidents = {"client": served, "other_client": unserved, "foreign_client": foreign}
    for caller, seen in callers:
        for name, incident_id in incidents.items():
            for path in PATHS:
                filled = path.format(incident=incident_id, client=office[name])
                response = await office.api.call("GET", filled, key=caller)
                assert response.status_code == (200 if name in seen else 404), (path, name, seen)
        listed = {one["incident_id"] for one in await office.intervals(key=caller)}
        assert listed == {incidents[name] for name in seen}
        for name, incident_id in incidents.items():
            for query in (f"incident_id={incident_id}", f"client_id={office[name]}"):
                found = await office.intervals(query, key=caller)
                assert bool(found) == (name in seen)
        # A party of everybody's, asked for by somebody who may see little of it.
        found = await office.intervals(f"party_id={office['desk']}", key=caller)
        assert bool(found) == ("client" in seen)


async def test_reporter_follows_what_it_reported_after_it_stopped_serving(office: Office) -> None:
    key = office.world.keys[Role.PROVIDER]
    report = {"client_id": office["client"], "type": "fall"}
    reported = (await office.api.make("/v1/incidents", report, key=key))["id"]
    other = await office.open()
    await office.api.patch(f"/v1/clients/{office['client']}", {"served_by": []})
    for incident_id, status in ((reported, 200), (other, 404)):
        path = f"/v1/incidents/{incident_id}/responsibility"
        assert (await office.api.call("GET", path, key=key)).status_code == status
    assert {one["incident_id"] for one in await office.intervals(key=key)} == {reported}


async def test_without_a_key_nothing_is_said(office: Office) -> None:
    incident_id = await office.open()
    for path in (*PATHS, "/v1/responsibility"):
        filled = path.format(incident=incident_id, client=office["client"])
        response = await office.api.call("GET", filled, key="")
        assert response.status_code == 401


async def _told(office: Office) -> str:
    """An incident in which names and free text abound, and the daughter holds at last."""
    incident_id = await office.open(summary="転んだ", details={"部屋": "ベッド"})
    await office.pass_time(incident_id, seconds=180)
    await office.pass_time(seconds=5)
    await office.act(incident_id, "decline", party_id=office["advisor"], reason="遠い")
    await office.act(incident_id, "acknowledge", party_id=office["daughter"])
    await office.act(incident_id, "note", party_id=office["daughter"], text="佐藤は無事")
    return incident_id


async def test_auditor_sees_pseudonyms_of_persons_and_names_of_desks(office: Office) -> None:
    incident_id = await _told(office)
    key = office.world.keys[Role.AUDITOR]
    found = await office.api.get(f"/v1/incidents/{incident_id}/responsibility", key=key)
    first, second, third = (one["holder"] for one in found["intervals"])
    assert (first["id"], first["name"]) == (office["desk"], "夜間当番")
    assert (second["id"], second["name"]) == (office["hall"], "包括支援センター")
    # The family's name is the client's.
    pseudonym = third["id"]
    assert pseudonym.startswith("h")
    assert third == {"id": pseudonym, "kind": "person", "name": None, "organisation": None}

    await office.pass_time(seconds=10)
    offer = {"party_id": office["daughter"], "to_party_id": office["advisor"]}
    await office.act(incident_id, "hand_over", **offer)
    await office.act(incident_id, "accept", party_id=office["advisor"])
    path = f"/v1/responsibility/at?time={office.now}&incident_id={incident_id}"
    held = (await office.api.get(path, key=key))["holder"]
    assert held["kind"] == "person"
    assert held["name"] is None
    assert held["organisation"] == "centre"
    assert held["id"] not in {office["advisor"], pseudonym}


async def test_pseudonym_in_every_answer_is_the_one_of_the_leaves(office: Office) -> None:
    incident_id = await _told(office)
    key = office.world.keys[Role.AUDITOR]
    path = f"/v1/incidents/{incident_id}/entries"
    entries = (await office.api.get(path, key=key))["items"]
    accepted = next(one for one in entries if one["cause"] == "acknowledged")
    leaf = json.loads(base64.b64decode(accepted["leaf"]))
    assert accepted["to"]["id"] == accepted["to"]["pseudonym"] == leaf["to"]
    listed = await office.intervals(f"incident_id={incident_id}&cause=acknowledged", key=key)
    assert [one["holder"]["id"] for one in listed] == [leaf["to"]]
    assert listed[0]["client_id"] == office["client"]


async def test_nothing_that_an_auditor_reads_says_who_somebody_is(office: Office) -> None:
    incident_id = await _told(office)
    client = await office.api.get(f"/v1/clients/{office['client']}")
    hidden = {*PERSONAL, client["code"]}
    hidden |= {office[name] for name in ("nurse", "advisor", "daughter", "family")}
    key = office.world.keys[Role.AUDITOR]
    said = ""
    for path in (*PATHS, "/v1/responsibility"):
        filled = path.format(incident=incident_id, client=office["client"])
        response = await office.api.call("GET", filled, key=key)
        assert response.status_code == 200
        said += json.dumps(response.json(), ensure_ascii=False)
    entries = (await office.api.get(f"/v1/incidents/{incident_id}/entries", key=key))["items"]
    for one in entries:
        said += base64.b64decode(one["leaf"]).decode()
        for each in one["disclosures"]:
            said += base64.urlsafe_b64decode(each["disclosure"] + "==").decode()
    table = await office.api.call(
        "GET", "/v1/responsibility", headers={"Accept": "text/csv"}, key=key
    )
    said += table.text
    assert not {one for one in hidden if one in said}
    # The same words are there for whoever may read them, so the search above finds what it seeks.
    whole = await office.api.call("GET", f"/v1/incidents/{incident_id}/entries")
    for one in ("鈴木", "花子", "佐藤家", "転んだ", "ベッド", "遠い", "無事", client["code"]):
        assert one in whole.text or one in json.dumps(whole.json(), ensure_ascii=False), one


async def test_auditor_sees_the_impersonal_disclosures(office: Office) -> None:
    incident_id = await _told(office)
    key = office.world.keys[Role.AUDITOR]
    entries = (await office.api.get(f"/v1/incidents/{incident_id}/entries", key=key))["items"]
    shown = {each["name"] for one in entries for each in one["disclosures"]}
    assert shown == {"incident", "protocol", "party", "recorded_by"}
    parties = [e["value"] for one in entries for e in one["disclosures"] if e["name"] == "party"]
    assert {one["id"] for one in parties} == {office["desk"], office["hall"]}


async def test_auditor_cannot_ask_for_a_person(office: Office) -> None:
    await _told(office)
    key = office.world.keys[Role.AUDITOR]
    # A filter; what comes of it.
    for query, status in (
        (f"party_id={office['advisor']}", 403),
        (f"party_id={office['daughter']}", 403),
        (f"organisation_id={office['family']}", 403),  # its name is the client's
        (f"party_id={office['desk']}", 200),
        (f"organisation_id={office['centre']}", 200),
        ("party_id=unknown", 200),
    ):
        response = await office.api.call("GET", f"/v1/responsibility?{query}", key=key)
        assert response.status_code == status, query
    found = await office.intervals(f"organisation_id={office['centre']}", key=key)
    assert [one["holder"]["id"] for one in found] == [office["hall"]]


async def test_asking_changes_nothing(office: Office) -> None:
    incident_id = await _told(office)
    before = (await office.api.get(f"/v1/incidents/{incident_id}/entries"))["items"]
    for path in (*PATHS, "/v1/responsibility"):
        filled = path.format(incident=incident_id, client=office["client"])
        await office.api.get(filled)
        response = await office.api.call("POST", filled.partition("?")[0], {})
        assert response.status_code == 405
    assert (await office.api.get(f"/v1/incidents/{incident_id}/entries"))["items"] == before
