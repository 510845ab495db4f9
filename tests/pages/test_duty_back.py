"""One's own duty by the inbox's link: a swap, and an absence that is taken back."""

import re

import pytest

from tests.pages.test_duty import SHIFT, SHOWN, away, on_duty, plan, reply
from tests.pages.world import JSON, Json, Town

THEIRS = {"from": "2026-11-24T09:00:00+00:00", "to": "2026-11-24T17:00:00+00:00"}


async def both(town: Town) -> str:
    """A shift of each nurse; the path of the roster."""
    return await plan(
        town, {"person": town["nurse"], **SHIFT}, {"person": town["nurse2"], **THEIRS}
    )


async def back(town: Town, person: str = "nurse", **fields: str) -> int:
    """The status of the button of an absence that was reported."""
    path = f"{await town.inbox(person)}/duty/absence/withdraw"
    return (await town.press(path, **{**SHIFT, **fields})).status_code


def link_to(page: str, what: str) -> str:
    """Where a page's link leads."""
    found = re.search(rf'href="([^"]+)">\s*{what}', page)
    assert found, page
    return found[1].replace("&amp;", "&")


async def test_swap_is_asked_on_the_page_and_done_as_a_whole(town: Town) -> None:
    roster, inbox = await both(town), await town.inbox("nurse")
    before = await town.everything()
    page = await town.see(link_to(await town.see(f"{inbox}/duty"), '<span class="big">'))
    page = await town.see(link_to(page, "看護師 高橋の当番と交換する"))
    assert "看護師 高橋さんに頼みます" in page
    assert SHOWN in page
    assert "11月24日(火) 18:00 – 11月25日(水) 02:00" in page
    assert await town.everything() == before
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)">', page))
    choice = re.search(r'name="in_return" value="([^"]+)"', page)
    assert choice
    pressed = await town.press(f"{inbox}/duty/absence", **fields, in_return=choice[1])
    assert pressed.headers["location"] == f"{inbox}/duty?done=asked"
    theirs = await town.see(f"{await town.inbox('nurse2')}/duty")
    assert "代わりに引き受ける当番" in theirs
    path = f"/v1/parties/{town['nurse']}/substitutions"
    [request] = (await town.api("GET", path))["items"]
    assert (await reply(town, "nurse2", request["id"], "accept")).status_code == 303
    assert await on_duty(town, roster) == [town["nurse2"]]
    found = await town.api("GET", f"{roster}/on-duty?at=2026-11-24T12:00:00Z")
    assert [one["person_id"] for one in found["items"]] == [town["nurse"]]


async def test_duty_while_the_person_is_busy_is_not_offered_in_return(town: Town) -> None:
    at_once = {"person": town["nurse2"], **SHIFT, "tier": 2}
    await plan(town, {"person": town["nurse"], **SHIFT}, at_once)
    query = "&".join(f"{name}={value[:19]}Z" for name, value in SHIFT.items())
    page = await town.see(
        f"{await town.inbox('nurse')}/duty/absence?{query}&substitute_id={town['nurse2']}"
    )
    assert "代わりに引き受けられる当番はありません" in page


@pytest.mark.parametrize(
    "in_return", ["x", "2026-11-24T09:00:00Z", "/", "2026-11-25T09:00:00Z/2026-11-24T09:00:00Z"]
)
async def test_swap_for_nonsense_is_refused(town: Town, in_return: str) -> None:
    await both(town)
    before = await town.everything()
    answer = await away(town, "nurse", substitute_id=town["nurse2"], in_return=in_return)
    assert answer.status_code == 422
    assert "その当番とは交換できません" in answer.text
    assert await town.everything() == before


async def test_absence_is_taken_back_on_the_page_where_it_was_reported(town: Town) -> None:
    roster, inbox = await plan(town), await town.inbox("nurse")
    assert "届け出たお休み" not in await town.see(f"{inbox}/duty")
    await away(town, "nurse")
    page = await town.see(f"{inbox}/duty")
    assert page.index("届け出たお休み") < page.index(SHOWN) < page.index("このお休みを取り消す")
    # It is nobody else's to take back.
    assert await back(town, "nurse2") == 409
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)">', page))
    assert await back(town, **fields) == 303
    assert await on_duty(town, roster) == [town["nurse"]]
    page = await town.see(f"{inbox}/duty?done=back")
    assert "お休みを取り消しました" in page
    assert "届け出たお休み" not in page
    written = await town.api("GET", roster)
    assert (written["version"], written["recorded_by"]) == (3, town["nurse"])
    absent = await town.api("GET", f"{roster}/versions/2")
    assert len(absent["document"]["overrides"]) == 1
    # A second tap.
    late = await town.press(f"{inbox}/duty/absence/withdraw", **fields)
    assert (late.status_code, "取り消せるお休みの届けがありません" in late.text) == (409, True)
    assert (await town.api("GET", roster))["version"] == 3


async def test_absence_that_runs_already_ends_now_and_stays_answerable(town: Town) -> None:
    roster = await plan(town)
    await away(town, "nurse")
    town.clock.push(days=1, hours=18)
    assert await back(town) == 303
    assert await on_duty(town, roster) == []
    found = await town.api("GET", f"{roster}/on-duty?at=2026-11-22T13:00:00Z")
    assert [one["person_id"] for one in found["items"]] == [town["nurse"]]
    town.clock.push(days=1)
    assert await back(town) == 409


async def test_who_cannot_be_reached_or_has_left_is_not_offered(town: Town) -> None:
    await plan(town)
    ask = {"name": "看護師 田中", "organisation_id": town["provider"], "kind": "person"}
    made = await town.api("POST", "/v1/parties", ask | {"desk_ids": [town["night"]]})
    await town.api("PATCH", f"/v1/parties/{town['nurse2']}", {"retired": True})
    page = await town.see(link_to(await town.see(f"{await town.inbox('nurse')}/duty"), "<span"))
    assert "連絡先がないため、ここからは頼めない人: 看護師 田中" in page
    assert made["id"] not in page
    assert town["nurse2"] not in page
    for one in (made["id"], town["nurse2"]):
        assert (await away(town, "nurse", substitute_id=one)).status_code == 422
    # With a way to reach them they can.
    await town.api("POST", f"/v1/parties/{made['id']}/contact-points", {"channel": "inbox"})
    assert (await away(town, "nurse", substitute_id=made["id"])).status_code == 303


@pytest.mark.parametrize("is_repeated", [False, True])
async def test_who_was_taken_off_duty_does_not_put_themself_back(
    town: Town, *, is_repeated: bool
) -> None:
    roster = await both(town)
    path = f"/v1/parties/{town['nurse']}/absences"
    await town.api("POST", path, dict(SHIFT))
    if is_repeated:
        # The person writes the roster for another reason; the override is not theirs by that.
        made = await town.api(
            "POST",
            path.replace(town["nurse"], town["nurse2"]),
            {**THEIRS, "substitute_id": town["nurse"]},
        )
        request = made["desks"][0]["substitution"]["id"]
        assert (await reply(town, "nurse", request, "accept")).status_code == 303
    before = await town.everything()
    assert "届け出たお休み" not in await town.see(f"{await town.inbox('nurse')}/duty")
    assert await back(town) == 409
    assert await town.everything() == before
    # Whoever plans duty takes it back, in part; and nothing twice.
    half: Json = {**SHIFT, "to": "2026-11-22T13:00:00+00:00"}
    done = await town.api("POST", f"{path}/withdraw", half)
    [desk] = done["desks"]
    times = {"from": "2026-11-22T09:00:00.000Z", "to": "2026-11-22T13:00:00.000Z"}
    assert desk["duties"] == [{**times, "tier": 1}]
    assert await on_duty(town, roster) == [town["nurse"]]
    headers = {**JSON, "Authorization": f"Bearer {'rk_' + 'o' * 43}"}
    again = await town.http.post(f"{path}/withdraw", json=half, headers=headers)
    assert (again.status_code, again.json()["type"].rsplit(":")[-1]) == (409, "not-absent")
