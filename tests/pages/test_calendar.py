"""Calendar feeds: secret addresses that calendar programs read without a key."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from icalendar import Calendar
from sqlmodel import Session, select

from app.channels.channel import rfc3339
from app.models.roster import CalendarFeedRow
from tests.pages.test_misses import ALLOWED
from tests.pages.world import Town
from tests.routes.world import Json

UNKNOWN = "/calendars/" + "A" * 43 + ".ics"


async def plan(town: Town, **members: object) -> Json:
    """The roster of the night desk: its nurses by turns, each for a day."""
    persons = [town["nurse"], town["nurse2"]]
    rotation = {"name": "夜勤", "persons": persons, "starts_on": "2026-11-01", **members}
    body = {"desk_id": town["night"], "document": {"rotations": [rotation]}}
    return await town.api("POST", "/v1/rosters", body)


async def feed(town: Town, party: str) -> str:
    """The path of a new feed."""
    made = await town.api("POST", "/v1/calendar-feeds", {"party_id": town[party]})
    return httpx.URL(made["url"]).path


async def events(town: Town, path: str) -> list[Any]:
    response = await town.http.get(path)
    assert response.status_code == 200, response.text
    found: list[Any] = Calendar.from_ical(response.text).walk("VEVENT")
    return found


def uids(found: list[Any]) -> Mapping[str, tuple[object, ...]]:
    return {
        str(one["UID"]): (one["DTSTART"].dt, one["DTEND"].dt, str(one["SUMMARY"])) for one in found
    }


async def test_desk_feed_names_its_persons_from_35_days_ago_to_400_ahead(
    either_town: Town,
) -> None:
    town = either_town
    begun = town.clock()
    await plan(town)
    response = await town.http.get(await feed(town, "night"))
    assert response.headers["content-type"] == "text/calendar; charset=utf-8"
    calendar: Any = Calendar.from_ical(response.text)
    assert (calendar["X-WR-CALNAME"], calendar["METHOD"]) == ("夜間当番", "PUBLISH")
    found = calendar.walk("VEVENT")
    assert {str(one["SUMMARY"]) for one in found} == {"看護師 鈴木", "看護師 高橋"}
    assert {one["SEQUENCE"] for one in found} == {1}
    assert {rfc3339(one["LAST-MODIFIED"].dt)[:19] for one in found} == {rfc3339(begun)[:19]}
    days = (found[-1]["DTEND"].dt - begun).days
    assert 400 <= days <= 435
    assert "@" not in response.text
    # The past of the roster that did not exist yet is empty.
    assert found[0]["DTSTART"].dt == begun.replace(microsecond=0)


async def test_person_feed_names_all_desks_of_that_person_alone(town: Town) -> None:
    await plan(town)
    both = [town["night"], town["accountable"]]
    await town.api("PATCH", f"/v1/parties/{town['nurse']}", {"desk_ids": both})
    shift = {
        "person": town["nurse"],
        "from": "2026-12-24T00:00:00Z",
        "to": "2026-12-25T00:00:00Z",
    }
    body = {"desk_id": town["accountable"], "document": {"shifts": [shift]}}
    await town.api("POST", "/v1/rosters", body)
    found = await events(town, await feed(town, "nurse"))
    assert {str(one["SUMMARY"]) for one in found} == {"夜間当番", "夜間窓口"}
    of_desk = await events(town, await feed(town, "night"))
    own = [one for one in of_desk if str(one["SUMMARY"]) == "看護師 鈴木"]
    assert len(own) == len([one for one in found if str(one["SUMMARY"]) == "夜間当番"])
    assert await events(town, await feed(town, "neighbour")) == []


async def test_feed_stays_the_same_until_the_roster_changes(town: Town) -> None:
    made = await plan(town)
    path = await feed(town, "night")
    first = await town.http.get(path)
    assert first.headers["cache-control"] == "private, max-age=300"
    tag = first.headers["etag"]
    town.clock.push(days=1)
    for known in (tag, f'W/{tag}, "x"', "*"):
        again = await town.http.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    for other in ('"x"', ""):
        again = await town.http.get(path, headers={"If-None-Match": other})
        assert (again.status_code, again.content) == (200, first.content)
    before = uids(Calendar.from_ical(first.text).walk("VEVENT"))
    override = {
        "person_id": town["nurse2"],
        "replaces_id": town["nurse"],
        "from": "2026-12-01T00:00:00Z",
        "to": "2026-12-02T00:00:00Z",
    }
    await town.api("POST", f"/v1/rosters/{made['id']}/overrides", override)
    changed = await town.http.get(path, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    after = uids(Calendar.from_ical(changed.text).walk("VEVENT"))
    # Only what lies around the override is different; nothing was cut where the version began.
    assert 0 < len(after.items() - before.items()) < 6
    assert {one["SEQUENCE"] for one in Calendar.from_ical(changed.text).walk("VEVENT")} == {1, 2}


async def test_head_and_get_change_nothing(town: Town) -> None:
    await plan(town)
    path = await feed(town, "night")
    before = await town.everything()
    get = await town.http.get(path)
    head = await town.http.head(path)
    assert (head.status_code, head.headers["etag"]) == (200, get.headers["etag"])
    assert await town.everything() == before
    assert (await town.http.post(path)).status_code == 405


async def test_address_is_shown_once_and_only_its_hash_is_kept(town: Town) -> None:
    body = {"party_id": town["nurse"], "label": "本人のスマホ"}
    made = await town.api("POST", "/v1/calendar-feeds", body)
    token = made["url"].rpartition("/")[2].removesuffix(".ics")
    assert made["url"] == f"http://renrakumo.test/calendars/{token}.ics"
    listed = await town.api("GET", f"/v1/calendar-feeds?party_id={town['nurse']}")
    assert listed["items"] == [{name: made[name] for name in made if name != "url"}]
    assert token not in str(await town.everything())
    # Neither a name nor an id of whom it is about stands in it.
    assert town["nurse"] not in made["url"]

    def look(session: Session) -> list[CalendarFeedRow]:
        return list(session.exec(select(CalendarFeedRow)))

    [row] = await town.engine.installation.database.read(look)
    assert len(row.token_hash) == 64
    assert row.label is not None
    assert "本人のスマホ".encode() not in row.label


@pytest.mark.parametrize("how", ["revoked", "retired", "garbled", "longer"])
async def test_address_that_is_no_good_is_404(town: Town, how: str) -> None:
    body = {"party_id": town["nurse2"]}
    made = await town.api("POST", "/v1/calendar-feeds", body)
    path = httpx.URL(made["url"]).path
    assert (await town.http.get(path)).status_code == 200
    if how == "revoked":
        for _ in range(2):
            url = f"/v1/calendar-feeds/{made['id']}"
            key = {"Authorization": "Bearer " + (await operator(town))}
            assert (await town.http.delete(url, headers=key)).status_code == 204
    elif how == "retired":
        await town.api("PATCH", f"/v1/parties/{town['nurse2']}", {"retired": True})
    else:
        path = path.replace(".ics", "A.ics" if how == "longer" else "").replace("//", "/")
    assert (await town.http.get(path)).status_code == 404


async def operator(town: Town) -> str:
    """An operator's key."""
    key: str = (
        await town.api("POST", "/v1/keys", {"organisation_id": town["city"], "role": "coordinator"})
    )["key"]
    return key


async def test_guessing_addresses_is_limited_and_good_ones_are_not(town: Town) -> None:
    path = await feed(town, "night")
    for _ in range(ALLOWED):
        assert (await town.http.get(UNKNOWN)).status_code == 404
    assert (await town.http.get(UNKNOWN)).status_code == 429
    assert (await town.http.get(path)).status_code == 200
    # The bucket is that of links and inboxes.
    assert (await town.http.get("/r/x")).status_code == 429
