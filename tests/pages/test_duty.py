"""One's own duty by the inbox's link: look, be away, ask a colleague, answer one."""

import asyncio
from urllib.parse import urlencode

import httpx
import pytest

from tests.pages.world import HTML, JSON, Json, Town

SHIFT = {"from": "2026-11-22T09:00:00+00:00", "to": "2026-11-22T17:00:00+00:00"}
SHOWN = "11月22日(日) 18:00 – 11月23日(月) 02:00"


async def plan(town: Town, *shifts: Json) -> str:
    """Give the night desk its roster, by default with one shift of the nurse; its path."""
    body = {
        "desk_id": town["night"],
        "document": {"shifts": list(shifts) or [{"person": town["nurse"], **SHIFT}]},
    }
    return f"/v1/rosters/{(await town.api('POST', '/v1/rosters', body))['id']}"


async def on_duty(town: Town, roster: str) -> list[str]:
    """The ids of those on duty within the shift."""
    found = await town.api("GET", f"{roster}/on-duty?at=2026-11-22T12:00:00Z")
    return [one["person_id"] for one in found["items"]]


async def away(town: Town, person: str, **fields: str) -> httpx.Response:
    """The button of the page of an absence."""
    return await town.press(f"{await town.inbox(person)}/duty/absence", **SHIFT, **fields)


async def asked(town: Town, person: str = "nurse", colleague: str = "nurse2") -> str:
    """The id of a request that somebody has made."""
    response = await away(town, person, substitute_id=town[colleague])
    assert response.status_code == 303
    path = f"/v1/parties/{town[person]}/substitutions"
    return str((await town.api("GET", path))["items"][-1]["id"])


async def reply(town: Town, person: str, request_id: str, answer: str) -> httpx.Response:
    """The button of a request."""
    return await town.press(f"{await town.inbox(person)}/duty/{request_id}/{answer}")


async def test_it_shows_own_duty_in_local_time_and_changes_nothing(town: Town) -> None:
    await plan(town)
    inbox = await town.inbox("nurse")
    before = await town.everything()
    assert f'href="{inbox}/duty"' in await town.see(inbox)
    page = await town.see(f"{inbox}/duty")
    assert SHOWN in page
    assert "夜間当番" in page
    assert "Sun 2026-11-22 18:00" in await town.see(f"{inbox}/duty", "en")
    assert len(page.encode()) < 40_000
    # Another's page does not show it.
    assert "あなたの当番はありません" in await town.see(f"{await town.inbox('nurse2')}/duty")
    assert await town.everything() == before


async def test_desk_without_roster_is_named(town: Town) -> None:
    page = await town.see(f"{await town.inbox('nurse')}/duty")
    assert "いつも全員が呼ばれます）: 夜間当番" in page


async def test_absence_is_foreseen_before_it_is_recorded(town: Town) -> None:
    roster = await plan(town)
    inbox, before = await town.inbox("nurse"), await town.everything()
    page = await town.see(f"{inbox}/duty/absence?{urlencode(SHIFT)}")
    assert "この時間は当番がいません" in page
    assert page.count(SHOWN) == 2
    assert "看護師 高橋" in page
    assert await town.everything() == before
    response = await away(town, "nurse")
    assert (response.status_code, response.headers["location"]) == (
        303,
        f"{inbox}/duty?done=absent",
    )
    assert "お休みを記録しました" in await town.see(response.headers["location"])
    assert await on_duty(town, roster) == []
    written = await town.api("GET", roster)
    assert (written["version"], written["recorded_by"]) == (2, town["nurse"])


async def test_times_of_a_form_are_those_of_japan(town: Town) -> None:
    roster = await plan(town)
    form = {"from": "2026-11-22T00:00", "to": "2026-11-22T20:00"}
    page = await town.see(f"{await town.inbox('nurse')}/duty/absence?{urlencode(form)}")
    assert "11月22日(日) 18:00 – 20:00" in page
    response = await town.press(f"{await town.inbox('nurse')}/duty/absence", **form)
    assert response.status_code == 303
    assert await on_duty(town, roster) == [town["nurse"]]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"from": "morgen", "to": SHIFT["to"]},
        {"from": SHIFT["to"], "to": SHIFT["from"]},
        # There is no duty then.
        {"from": SHIFT["to"], "to": "2026-11-23T17:00:00+00:00"},
        {**SHIFT, "substitute_id": "nobody"},
        {**SHIFT, "reason": "x"},
    ],
    ids=str,
)
async def test_absence_that_cannot_be_is_refused_on_the_page(town: Town, fields: Json) -> None:
    await plan(town)
    before = await town.everything()
    path = f"{await town.inbox('nurse')}/duty/absence"
    response = await town.press(path, **fields)
    assert response.status_code == 422
    assert 'class="notice bad"' in response.text
    assert (await town.http.post(path, json=fields, headers=JSON)).status_code == 422
    assert await town.everything() == before


async def test_first_stays_on_duty_until_the_colleague_accepts(town: Town) -> None:
    roster = await plan(town)
    request_id = await asked(town)
    assert await on_duty(town, roster) == [town["nurse"]]
    inbox = await town.inbox("nurse2")
    assert "交代のお願いが1件あります" in await town.see(inbox)
    page = await town.see(f"{inbox}/duty")
    assert "看護師 鈴木さんから: 当番を代わってください" in page
    assert SHOWN in page
    assert "看護師 高橋さんに頼んでいます" in await town.see(f"{await town.inbox('nurse')}/duty")
    response = await reply(town, "nurse2", request_id, "accept")
    assert "引き受けました" in await town.see(response.headers["location"])
    assert await on_duty(town, roster) == [town["nurse2"]]
    written = await town.api("GET", roster)
    assert (written["version"], written["recorded_by"]) == (2, town["nurse2"])
    page = await town.see(f"{await town.inbox('nurse')}/duty")
    assert "交代しました" in page
    assert "あなたの当番はありません" in page


async def test_declined_or_withdrawn_leaves_the_roster_and_ends_the_request(town: Town) -> None:
    roster = await plan(town)
    for person, answer in (("nurse2", "decline"), ("nurse", "withdraw")):
        request_id = await asked(town)
        assert (await reply(town, person, request_id, answer)).status_code == 303
        late = await reply(town, "nurse2", request_id, "accept")
        assert late.status_code == 409
        assert "このお願いは、もう終わっています" in late.text
    assert (await town.api("GET", roster))["version"] == 1
    assert await on_duty(town, roster) == [town["nurse"]]


async def test_request_is_answered_only_by_whom_it_was_made_to(town: Town) -> None:
    await plan(town)
    request_id = await asked(town)
    for person, answer in (
        ("nurse", "accept"),
        ("nurse", "decline"),
        ("nurse2", "withdraw"),
        ("centre_worker", "accept"),
        ("nurse2", "nod"),
    ):
        assert (await reply(town, person, request_id, answer)).status_code == 404


async def test_request_lapses_when_the_duty_begins(town: Town) -> None:
    roster = await plan(town)
    request_id = await asked(town)
    town.clock.push(days=1, hours=15)
    assert (await reply(town, "nurse2", request_id, "accept")).status_code == 409
    assert "期限切れ" in await town.see(f"{await town.inbox('nurse')}/duty")
    assert "件あります" not in await town.see(await town.inbox("nurse2"))
    assert await on_duty(town, roster) == [town["nurse"]]
    # What is left of a duty that runs already can be asked for until it ends.
    request_id = await asked(town)
    town.clock.push(minutes=30)
    assert (await reply(town, "nurse2", request_id, "accept")).status_code == 303
    assert await on_duty(town, roster) == [town["nurse2"]]


async def test_roster_that_changed_meanwhile_is_not_overwritten(town: Town) -> None:
    roster = await plan(town)
    request_id = await asked(town)
    # Something else changes: the request still fits.
    other = {"person": town["nurse2"], "from": "2026-11-25T09:00:00Z", "to": "2026-11-25T17:00:00Z"}
    shift = {"person": town["nurse"], **SHIFT}
    await town.api("PUT", roster, {"document": {"shifts": [shift, other]}})
    page = await town.see(f"{await town.inbox('nurse2')}/duty")
    assert "引き受けます" in page
    # The duty itself changes: it fits no more.
    shorter = shift | {"to": "2026-11-22T13:00:00Z"}
    await town.api("PUT", roster, {"document": {"shifts": [shorter, other]}})
    page = await town.see(f"{await town.inbox('nurse2')}/duty")
    assert "当番表が変わったため、このお願いは使えません" in page
    assert "引き受けます" not in page
    late = await reply(town, "nurse2", request_id, "accept")
    assert late.status_code == 409
    assert "当番表が変わったため、交代できませんでした" in late.text
    assert (await town.api("GET", roster))["version"] == 3


async def test_of_two_who_accept_at_once_one_takes_over(either_town: Town) -> None:
    town = either_town
    roster = await plan(town)
    body = {"organisation_id": town["provider"], "kind": "person", "name": "看護師 田中"}
    made = await town.api("POST", "/v1/parties", body | {"desk_ids": [town["night"]]})
    town.ids["nurse3"] = made["id"]
    await town.api("POST", f"/v1/parties/{made['id']}/contact-points", {"channel": "inbox"})
    first, second = await asked(town), await asked(town, colleague="nurse3")
    both = await asyncio.gather(
        reply(town, "nurse2", first, "accept"), reply(town, "nurse3", second, "accept")
    )
    assert sorted(one.status_code for one in both) == [303, 409]
    winner = "nurse2" if both[0].status_code == 303 else "nurse3"
    assert await on_duty(town, roster) == [town[winner]]
    assert (await town.api("GET", roster))["version"] == 2


async def test_program_gets_what_was_done(town: Town) -> None:
    await plan(town)
    path = f"{await town.inbox('nurse')}/duty/absence"
    done = await town.act(path, **SHIFT)
    [desk] = done["desks"]
    assert (desk["desk_id"], desk["version"], desk["is_accountable"]) == (town["night"], 2, False)
    shift = {"from": "2026-11-22T09:00:00.000Z", "to": "2026-11-22T17:00:00.000Z"}
    assert desk["duties"] == desk["uncovered"] == [{**shift, "tier": 1}]
    assert desk["without_anybody"] == [shift]


async def test_reading_ahead_records_nothing(town: Town) -> None:
    await plan(town)
    path, before = f"{await town.inbox('nurse')}/duty/absence", await town.everything()
    headers = {**HTML, "Sec-Purpose": "prefetch"}
    assert (await town.http.post(path, data=SHIFT, headers=headers)).status_code == 403
    assert await town.everything() == before


async def test_inbox_of_a_desk_has_no_duty_page(town: Town) -> None:
    path = f"/v1/parties/{town['night']}/contact-points"
    await town.api("POST", path, {"channel": "inbox"})
    inbox = await town.inbox("night")
    assert "わたしの当番" not in await town.see(inbox)
    assert (await town.http.get(f"{inbox}/duty", headers=HTML)).status_code == 404


# --- who has left -------------------------------------------------------------------------------


async def test_links_of_who_was_retired_say_so_and_do_nothing(either_town: Town) -> None:
    town = either_town
    incident = await town.report()
    link = await town.link(incident, "nurse")
    await plan(town)
    request_id = await asked(town, "nurse", "nurse2")
    inboxes = {one: await town.inbox(one) for one in ("nurse", "nurse2")}
    changed = await town.api("PATCH", f"/v1/parties/{town['nurse']}", {"retired": True})
    assert [one["pointer"] for one in changed["warnings"]] == ["/retired", "/retired"]
    assert "1 times in the next 8 weeks" in changed["warnings"][0]["detail"]
    before = await town.everything()
    own = [f"{inboxes['nurse']}{page}" for page in ("", "/duty", "/contacts")]
    for path in (link, f"{link}/acknowledge", *own):
        response = await town.http.get(path, headers=HTML)
        assert response.status_code == 410
        assert "このリンクは使えなくなりました" in response.text
        assert "夜間当番" not in response.text
    for path in (
        f"{link}/acknowledge",
        f"{inboxes['nurse']}/duty/absence",
        f"{inboxes['nurse']}/duty/{request_id}/withdraw",
        f"{inboxes['nurse']}/duty/absence/withdraw",
        f"{inboxes['nurse']}/contact-points/x/test",
    ):
        response = await town.http.post(path, json=dict(SHIFT), headers=JSON)
        if path.startswith(link):
            response = await town.http.post(path, headers=JSON)
        assert response.status_code == 410
        assert response.json()["type"].endswith(":link-withdrawn")
    # Nor can the colleague take over from somebody who has left.
    response = await reply(town, "nurse2", request_id, "accept")
    assert response.status_code == 409
    assert await town.everything() == before
    # Their colleague answers as ever.
    await town.act(f"{await town.link(incident, 'nurse2')}/acknowledge")


async def test_who_left_a_desk_still_answers_what_they_were_asked(town: Town) -> None:
    link = await town.link(await town.report(), "nurse")
    await town.api("PATCH", f"/v1/parties/{town['nurse']}", {"desk_ids": []})
    assert (await town.act(f"{link}/acknowledge"))["result"] == "applied"
    later = await town.report("no_response")
    await town.link(later, "nurse2")
    with pytest.raises(AssertionError, match="nurse was not asked"):
        await town.link(later, "nurse")


async def test_holder_is_not_retired_before_somebody_took_over(town: Town) -> None:
    incident = await town.report()
    link = await town.link(incident, "nurse")
    await town.act(f"{link}/acknowledge")
    path = f"/v1/parties/{town['nurse']}"
    headers = {"Authorization": f"Bearer {'rk_' + 'o' * 43}"}
    refused = await town.http.patch(path, json={"retired": True}, headers=headers)
    assert refused.status_code == 409
    assert refused.json()["type"].endswith(":incidents-held")
    assert refused.json()["incident_ids"] == [incident]
    assert incident in refused.json()["errors"][0]["detail"]
    await town.act(f"{link}/hand_over", to_party_id=town["nurse2"])
    await town.act(f"{await town.link(incident, 'nurse2')}/accept")
    await town.api("PATCH", path, {"retired": True})
    assert (await town.http.get(link, headers=HTML)).status_code == 410
