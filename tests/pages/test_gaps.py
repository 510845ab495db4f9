"""What a municipality's inbox says of lost cover, and where it leads."""

import re

from tests.pages.world import HTML, Town


async def lost(town: Town) -> str:
    """Nobody of the night desk can be reached any more; the municipality's inbox."""
    path = f"/v1/parties/{town['city']}/contact-points"
    await town.api("POST", path, {"channel": "inbox"})
    await town.engine.watch.run_once()
    for one in ("nurse", "nurse2"):
        points = f"/v1/parties/{town[one]}/contact-points"
        point = (await town.api("GET", points))["items"][0]["id"]
        await town.api("PATCH", f"{points}/{point}", {"retired": True})
    await town.engine.watch.run_once()
    return await town.inbox("city")


async def test_card_of_lost_cover_says_desk_and_cause_and_leads_to_the_gaps(town: Town) -> None:
    inbox = await lost(town)
    page = await town.see(inbox)
    card = page[page.index(f'<a href="{inbox}/gaps">') :]
    card = card[: card.index("</a>")]
    assert "緊急時に呼び出せる人がいない時間ができます" in card
    assert "当番窓口: 夜間当番" in card
    assert "原因: 使える連絡先がない" in card
    assert "変わったこと: 連絡先の廃止" in card
    assert town["night"] not in card
    before = await town.everything()
    gaps = await town.see(f"{inbox}/gaps")
    assert f"利用者 {town['code']}" in gaps
    assert "当番窓口: 夜間当番" in gaps
    assert "使える連絡先がない" in gaps
    assert "no contact point that works then" in await town.see(f"{inbox}/gaps", "en")
    assert await town.everything() == before


async def test_page_without_gaps_says_so_and_is_the_municipalitys_alone(town: Town) -> None:
    path = f"/v1/parties/{town['city']}/contact-points"
    await town.api("POST", path, {"channel": "inbox"})
    assert "呼び出せる人がいない時間はありません" in await town.see(
        f"{await town.inbox('city')}/gaps"
    )
    for other in (await town.inbox("nurse"), "/inbox/x"):
        assert (await town.http.get(f"{other}/gaps", headers=HTML)).status_code == 404


async def test_request_about_duty_leads_to_ones_own_duty(town: Town) -> None:
    shift = {"from": "2026-11-22T09:00:00+00:00", "to": "2026-11-22T17:00:00+00:00"}
    document = {"shifts": [{"person": town["nurse"], **shift}]}
    await town.api("POST", "/v1/rosters", {"desk_id": town["night"], "document": document})
    body = {**shift, "substitute_id": town["nurse2"]}
    await town.api("POST", f"/v1/parties/{town['nurse']}/absences", body)
    inbox = await town.inbox("nurse2")
    page = await town.see(inbox)
    assert re.search(rf'<a href="{inbox}/duty">\s*<span>【当番の相談】', page)
