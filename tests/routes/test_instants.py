"""Instants that a provider's clock got wrong: named, or harmless; never a 500."""

from datetime import timedelta

import pytest

from tests.routes.test_acts import NIGHT, Town, town

__all__ = ["town"]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "occurred_at",
    [
        "9999-12-31T23:59:59Z",  # overflows in Japan's zone
        "9999-12-31T23:59:59-14:00",  # overflows in UTC
        "0001-01-01T00:00:00+14:00",  # before the first year in UTC
        "1970-12-31T23:59:59Z",  # a device that lost its clock
        "2026-11-23T03:00:00",  # no zone
        1,  # seconds? milliseconds?
    ],
)
async def test_impossible_instant_is_named_and_opens_nothing(
    town: Town, occurred_at: object
) -> None:
    before = await town.make("/v1/incidents?limit=500", None, method="GET")
    body = {"client_id": town.ids["client"], "type": "fall", "occurred_at": occurred_at}
    refused = await town.post("/v1/incidents", body, key="reporter")
    assert refused.status_code == 422
    assert [one["pointer"] for one in refused.json()["errors"]] == ["/occurred_at"]
    assert await town.make("/v1/incidents?limit=500", None, method="GET") == before


@pytest.mark.asyncio(loop_scope="module")
async def test_clock_ahead_of_ours_opens_an_incident_whose_pages_can_be_read(town: Town) -> None:
    ahead = "9997-12-31T23:59:59Z"
    body = {"client_id": town.ids["client"], "type": "fall", "occurred_at": ahead}
    made = await town.make("/v1/incidents", body, key="reporter")
    assert made["occurred_at"] == "9997-12-31T23:59:59.000Z"
    points = f"/v1/parties/{town.ids['first']}/contact-points"
    inbox = (await town.make(points, None, method="GET"))["items"][0]["address"]
    shown = await town.http.get("/inbox/" + inbox.rpartition("/")[2])
    assert shown.status_code == 200
    link = shown.text.partition('href="/r/')[2].partition('"')[0]
    page = await town.http.get(f"/r/{link}")
    assert page.status_code == 200
    assert f"{NIGHT + timedelta(hours=9):%H:%M}" in page.text


@pytest.mark.asyncio(loop_scope="module")
async def test_eta_is_disclosed_in_the_form_of_the_ledger(town: Town) -> None:
    made = await town.incident_in("acknowledged")
    await town.did(made["id"], "en_route", "other", eta="2026-11-20T23:20:00.123456+09:00")
    path = f"/v1/incidents/{made['id']}/entries?limit=500"
    entries = (await town.make(path, None, method="GET"))["items"]
    disclosed = [d for e in entries if e["type"] == "en_route" for d in e["disclosures"]]
    assert {"eta": "2026-11-20T14:20:00.123Z"}.items() <= {
        one["name"]: one["value"] for one in disclosed
    }.items()
