"""What is personal is shown to the holder alone, and each part at its stage (CARE.md 3.2, R2)."""

import pytest

from app.escalation.incident import Status
from tests.pages.world import BEGIN, HTML, JSON, SUMMARY, WORDS, Town, build_town, publish

FINDING = {"name", "kana", "address", "key_and_entry", "fire_headquarters_number"}
HELPING = {"phones", "risks", "allergies", "family_contacts"}
ON_SCENE = {"birth_date", "physician", "care_notes"}


def seen(page: str) -> set[str]:
    """Which personal fields a page shows."""
    return {name for name, word in WORDS.items() if word in page}


@pytest.mark.parametrize(
    ("person", "accepted", "arrived"),
    [
        ("nurse", FINDING | HELPING, FINDING | HELPING | ON_SCENE),
        ("centre_worker", FINDING | HELPING, FINDING | HELPING | ON_SCENE),
        ("daughter", FINDING | {"phones"}, FINDING | {"phones"}),
        ("neighbour", FINDING, FINDING),
    ],
    ids=["nurse", "centre", "family", "volunteer"],
)
async def test_holder_sees_by_stage_and_organisation(
    town: Town, person: str, accepted: set[str], arrived: set[str]
) -> None:
    await publish(town, [{"person": town[person]}])
    incident = await town.report()
    link = await town.link(incident, person)
    assert seen(await town.see(link)) == set()
    await town.act(f"{link}/acknowledge")
    await town.api("POST", f"/v1/incidents/{incident}/note", {"text": "糖尿病がある"})
    page = await town.see(link)
    assert seen(page) == accepted
    # Free text may tell of health.
    assert (SUMMARY in page) == (person in {"nurse", "centre_worker"})
    assert ("糖尿病" in page) == (person in {"nurse", "centre_worker"})
    await town.act(f"{link}/arrive")
    assert seen(await town.see(link)) == arrived


async def test_after_close_only_the_last_holder_sees_the_client_and_for_a_day(
    either_town: Town,
) -> None:
    town = either_town
    incident = await town.report()
    first, second = await town.link(incident, "nurse"), await town.link(incident, "nurse2")
    await town.act(f"{first}/acknowledge")
    await town.act(f"{first}/hand_over", to_party_id=town["nurse2"])
    await town.act(f"{second}/accept")
    await town.act(f"{second}/resolve", outcome="client_safe", note="無事を確認")
    assert seen(await town.see(first)) == set()
    page = await town.see(second)
    assert seen(page) >= {"name", "address"}
    # What was not open to the holder does not open by closing.
    assert seen(page) == FINDING | HELPING
    for part in (SUMMARY, "無事を確認", 'href="tel:042-555-0101"'):
        assert part in page
    assert SUMMARY not in await town.see(first)
    response = await town.press(f"{second}/correct", text="到着は03:30", party_id=town["nurse2"])
    page = await town.see(response.headers["location"])
    assert "訂正を記録しました。" in page
    assert "到着は03:30" in page
    town.clock.push(hours=23, minutes=59)
    assert "address" in seen(await town.see(second))
    town.clock.push(minutes=1)
    for link in (first, second):
        response = await town.http.get(link, headers=HTML)
        assert response.status_code == 410
        assert "このリンクは終わりました" in response.text
        assert seen(response.text) == set()
        problem = await town.http.post(f"{link}/note", json={"text": "x"}, headers=JSON)
        assert problem.status_code == 410
        assert problem.headers["content-type"] == "application/problem+json"


async def test_who_never_accepted_is_no_last_holder(town: Town) -> None:
    incident = await town.report()
    link = await town.link(incident, "nurse")
    await town.api("POST", f"/v1/incidents/{incident}/cancel", {"reason": "試験"})
    page = await town.see(link)
    assert "取消" in page or "誤報" in page
    assert seen(page) == set()


@pytest.mark.parametrize(
    ("type_", "expected"),
    [("sudden_change", True), ("fire_smoke", True), ("gas_co", True), ("fall", False)],
    ids=str,
)
async def test_the_fire_headquarters_number_alone_is_shown_before(
    either_town: Town,
    type_: str,
    expected: bool,  # noqa: FBT001  # a table's column
) -> None:
    link = await either_town.link(await either_town.report(type_), "nurse")
    page = await either_town.see(link)
    assert seen(page) == ({"fire_headquarters_number"} if expected else set())
    assert ("119番は、人がかけないとつながりません" in page) is expected


async def test_the_number_is_not_shown_once_somebody_responds(town: Town) -> None:
    incident = await town.report("sudden_change")
    first, second = await town.link(incident, "nurse"), await town.link(incident, "nurse2")
    await town.act(f"{first}/acknowledge")
    assert seen(await town.see(second)) == set()


async def test_family_is_not_shown_what_family_is_kept_out_of(town: Town) -> None:
    await publish(town, [{"person": town["nurse"], "also_page": [town["daughter"]]}])
    incident = await town.report("other")
    link, inbox = await town.link(incident, "daughter"), await town.inbox("daughter")
    assert "その他" in await town.see(link)
    assert link in await town.see(inbox)
    body = {"type": "abuse_suspected", "severity": "high"}
    await town.api("POST", f"/v1/incidents/{incident}/reclassify", body)
    before = await town.everything()
    for response in (
        await town.http.get(link, headers=HTML),
        await town.http.post(f"{link}/acknowledge", headers=JSON),
        await town.http.post(f"{link}/note", json={"text": "x"}, headers=JSON),
    ):
        assert response.status_code == 404
    page = await town.see(inbox)
    assert "虐待" not in page
    assert link not in page
    assert await town.everything() == before


async def test_nobody_is_led_to_call_family_in_a_suspected_abuse(town: Town) -> None:
    await publish(town, [{"person": town["centre_worker"]}])
    link = await town.link(await town.report("abuse_suspected"), "centre_worker")
    await town.act(f"{link}/acknowledge")
    page = await town.see(link)
    assert seen(page) == (FINDING | HELPING) - {"family_contacts"}
    assert "家族へ電話" not in page


async def test_any_link_of_the_holder_serves(town: Town) -> None:
    incident = await town.report()
    old = await town.link(incident, "nurse")
    await town.act(f"{old}/escalate")
    new = await town.link(incident, "nurse")
    await town.act(f"{new}/acknowledge")
    assert "address" in seen(await town.see(old))
    assert (await town.press(f"{old}/arrive")).status_code == 303


async def test_a_lapse_takes_the_clients_data_away(town: Town) -> None:
    incident = await town.report()
    link = await town.link(incident, "nurse")
    await town.act(f"{link}/acknowledge")
    await town.act(f"{link}/decline")
    assert seen(await town.see(link)) == set()
    read = await town.api("GET", f"/v1/incidents/{incident}")
    assert read["status"] == Status.TRIGGERED


async def test_a_reporters_wish_to_cancel_is_shown_to_the_holder(town: Town) -> None:
    key = await town.api(
        "POST", "/v1/keys", {"organisation_id": town["provider"], "role": "provider"}
    )
    headers = {"Authorization": f"Bearer {key['key']}"}
    body = {"client_id": town["client"], "type": "fall"}
    incident = (await town.http.post("/v1/incidents", json=body, headers=headers)).json()["id"]
    link = await town.link(incident, "nurse")
    await town.act(f"{link}/acknowledge")
    town.clock.push(minutes=5)
    cancel = {"reason": "押し間違い"}
    response = await town.http.post(
        f"/v1/incidents/{incident}/cancel", json=cancel, headers=headers
    )
    assert response.json()["result"] == "recorded"
    page = await town.see(link)
    assert "03:17に、通報した側から取消（誤報）の申し出がありました" in page
    assert "押し間違い" in page
    other = await town.see(await town.link(incident, "nurse2"))
    assert "押し間違い" not in other


async def test_a_desks_phone_asks_who_answers_and_shows_that_persons_page(
    empty_town: Town,
) -> None:
    town = await build_town(empty_town, desk_phone=True)
    incident = await town.report()
    link = await town.link(incident, "night")
    page = await town.see(link)
    assert page.count('type="radio" name="party_id"') == 2
    response = await town.press(f"{link}/acknowledge")
    assert response.status_code == 422
    assert "どなたが対応するか、選んでください。" in response.text
    outsider = await town.press(f"{link}/acknowledge", party_id=town["centre_worker"])
    assert outsider.status_code == 422
    await town.press(f"{link}/acknowledge", party_id=town["nurse2"])
    page = await town.see(link)
    assert "対応責任者: 看護師 高橋さん（みどり訪問看護）" in page
    assert "address" in seen(page)
    # Asked on their own phone, but not the holder.
    assert seen(await town.see(await town.link(incident, "nurse"))) == set()
    assert town.clock.now == BEGIN


async def test_a_no_on_a_desks_phone_is_never_taken_for_the_holders(empty_town: Town) -> None:
    town = await build_town(empty_town, desk_phone=True)
    incident = await town.report()
    link = await town.link(incident, "night")
    await town.act(f"{link}/acknowledge", party_id=town["nurse"])
    await town.act(f"{link}/hand_over", to_party_id=town["night"])
    # Unnamed, it could be the holder's, who would give the incident back.
    response = await town.http.post(f"{link}/decline", headers=JSON)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/party_id"
    page = await town.see(link)
    assert 'action="' + link + '/accept"' in page
    answer = await town.act(f"{link}/accept")
    assert answer["holder"]["id"] == town["nurse2"]


async def test_a_retired_person_of_a_desk_is_not_asked_for(empty_town: Town) -> None:
    town = await build_town(empty_town, desk_phone=True)
    link = await town.link(await town.report(), "night")
    await town.api("PATCH", f"/v1/parties/{town['nurse2']}", {"retired": True})
    page = await town.see(link)
    assert 'type="radio"' not in page
    assert (await town.act(f"{link}/acknowledge"))["holder"]["id"] == town["nurse"]
