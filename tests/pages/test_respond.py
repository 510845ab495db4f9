"""The responder's link over HTTP, with a real engine."""

import re

import pytest

from app.pages.rendering import HEADERS
from tests.pages.world import HTML, JSON, PERSONAL, WORDS, Town, holder_of, status_of

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def test_reading_changes_nothing_whoever_reads(town: Town) -> None:
    link = await town.link(await town.report(), "nurse")
    before = await town.everything()
    for path in (link, *(f"{link}/{act}" for act in ("acknowledge", "decline", "resolve"))):
        for method in ("GET", "HEAD"):
            for headers in ({}, HTML, JSON, {"Sec-Purpose": "prefetch"}):
                response = await town.http.request(method, path, headers=headers)
                assert response.status_code == 200
    assert await town.everything() == before


async def test_every_page_carries_the_headers(town: Town) -> None:
    link = await town.link(await town.report(), "nurse")
    inbox = await town.inbox("nurse")
    shown = [await town.http.get(path, headers=HTML) for path in (link, inbox, "/r/x", "/inbox/x")]
    shown.append(await town.press(f"{link}/resolve"))
    shown.append(await town.press(f"{link}/acknowledge"))
    assert [one.status_code for one in shown] == [200, 200, 404, 404, 422, 303]
    for response in shown:
        assert HEADERS.items() <= {name: response.headers.get(name) for name in HEADERS}.items(), (
            response.url
        )
        assert "unsafe" not in response.headers["content-security-policy"]
        assert "set-cookie" not in response.headers


async def test_page_speaks_the_readers_language(town: Town) -> None:
    link = await town.link(await town.report(), "nurse")
    assert '<html lang="ja">' in await town.see(link, "")
    assert '<html lang="en">' in await town.see(link, "en-GB,en;q=0.9")
    assert "I will respond" in await town.see(link, "en")


async def test_pressing_leads_back_to_the_page_which_shows_the_client(town: Town) -> None:
    incident = await town.report()
    link = await town.link(incident, "nurse")
    before = await town.see(link)
    assert not [word for word in WORDS.values() if word in before]
    response = await town.press(f"{link}/acknowledge")
    assert response.status_code == 303
    assert response.headers["location"] == link
    assert await holder_of(town, incident) == town["nurse"]
    after = await town.see(link)
    for name in ("name", "kana", "address", "key_and_entry", "phones", "risks", "allergies"):
        assert WORDS[name] in after
    for name in ("birth_date", "physician", "care_notes"):
        assert WORDS[name] not in after


async def test_a_program_gets_the_commands_answer(town: Town) -> None:
    incident = await town.report()
    link = await town.link(incident, "nurse")
    answer = await town.act(f"{link}/acknowledge")
    assert answer["result"] == "applied"
    assert answer["status"] == "acknowledged"
    assert answer["holder"]["id"] == town["nurse"]
    assert answer["id"] == incident


@pytest.mark.parametrize(
    ("headers", "content"),
    [
        (JSON, b""),  # no body at all
        (JSON, b"{}"),
        ({**JSON, "Content-Type": "application/json"}, b"{}"),
        ({**JSON, **FORM}, b""),
        ({"Content-Type": "application/json"}, b"{}"),
    ],
    ids=["none", "without a type", "json", "empty form", "json without accept"],
)
async def test_a_body_may_be_absent(town: Town, headers: dict[str, str], content: bytes) -> None:
    link = await town.link(await town.report(), "nurse")
    response = await town.http.post(f"{link}/acknowledge", headers=headers, content=content)
    if content and "Content-Type" not in headers:
        assert response.status_code == 415
    else:
        assert response.json()["result"] == "applied"


async def test_a_double_tap_is_one_answer(town: Town) -> None:
    link = await town.link(await town.report(), "nurse")
    await town.press(f"{link}/acknowledge")
    before = await town.everything()
    assert (await town.press(f"{link}/acknowledge")).headers["location"] == link
    assert (await town.act(f"{link}/acknowledge"))["result"] == "repeated"
    assert await town.everything() == before


async def test_the_second_is_told_who_holds_and_sees_nothing_personal(town: Town) -> None:
    incident = await town.report()
    first, second = await town.link(incident, "nurse"), await town.link(incident, "nurse2")
    town.clock.push(minutes=2)
    await town.press(f"{first}/acknowledge")
    town.clock.push(minutes=1)
    assert (await town.press(f"{second}/acknowledge")).status_code == 303
    page = await town.see(second)
    assert "すでに看護師 鈴木さん（みどり訪問看護）が対応しています（03:14）" in page
    assert "あなたの「対応します」も記録しました" in page
    assert not [word for word in WORDS.values() if word in page]
    assert await holder_of(town, incident) == town["nurse"]


async def test_a_no_with_a_reason_is_written_down_and_may_be_taken_back(town: Town) -> None:
    incident = await town.report()
    link = await town.link(incident, "nurse")
    await town.press(f"{link}/decline", reason="飲酒・体調")
    assert "「対応できません」と記録しました" in await town.see(link)
    assert await status_of(town, incident) == "triggered"
    await town.press(f"{link}/acknowledge")
    assert await holder_of(town, incident) == town["nurse"]


async def test_the_course_by_buttons_alone(town: Town) -> None:
    incident = await town.report()
    link = await town.link(incident, "nurse")
    for act, fields, status in (
        ("acknowledge", {}, "acknowledged"),
        ("en_route", {"eta_minutes": "45", "eta_time": ""}, "en_route"),
        ("external_called", {"service": "119"}, "en_route"),
        ("arrive", {}, "arrived"),
        ("note", {"text": "意識清明\r\n血圧 130/80"}, "arrived"),
        ("resolve", {"outcome": "treated_on_site", "note": ""}, "resolved"),
    ):
        form = {"party_id": town["nurse"], **fields}
        response = await town.press(f"{link}/{act}", **form)
        assert response.status_code == 303, response.text
        assert await status_of(town, incident) == status
        if act == "en_route":
            assert "03:57までに" in await town.see(link)
        if act == "arrive":
            page = await town.see(link)
            assert WORDS["care_notes"] in page
            assert WORDS["physician"] in page
        if act == "note":
            page = await town.see(response.headers["location"])
            assert "メモを記録しました" in page
            assert "意識清明\n血圧 130/80" in page
            assert "119に電話" in page
    assert "現地で処置" in await town.see(link)


async def test_the_promised_arrival_and_the_real_one_are_shown(either_town: Town) -> None:
    town = either_town
    link = await town.link(await town.report(), "nurse")
    await town.press(f"{link}/acknowledge")
    assert "到着予定 " not in await town.see(link)
    town.clock.push(minutes=2)
    await town.press(f"{link}/en_route", party_id=town["nurse"], eta_minutes="20")
    page = await town.see(link)
    assert "到着予定 03:34" in page
    eta = re.findall('name="eta" value="(.*?)"', page)
    town.clock.push(minutes=10)
    again = await town.press(f"{link}/en_route", party_id=town["nurse"], eta=eta[0])
    assert again.status_code == 303
    page = await town.see(link)
    assert "到着予定 03:34" in page
    assert "03:54までに［到着しました］か［まだ向かっています］" in page
    await town.press(f"{link}/arrive", party_id=town["nurse"])
    page = await town.see(link)
    assert "到着 03:24</span> （03:12に引受）" in page
    assert "到着予定 " not in page


async def test_exhausted_from_the_start_says_that_nobody_was_on_duty(town: Town) -> None:
    for name in ("nurse", "nurse2"):
        points = f"/v1/parties/{town[name]}/contact-points"
        point = (await town.api("GET", points))["items"][0]["id"]
        await town.api("PATCH", f"{points}/{point}", {"retired": True})
    link = await town.link(await town.report(), "centre_worker")
    page = await town.see(link)
    assert "連絡できる当番がいませんでした。最終責任者は、あなたの窓口（夜間窓口）です" in page
    assert "全員に連絡しました" not in page


async def test_what_was_just_recorded_is_said_once(town: Town) -> None:
    link = await town.link(await town.report(), "nurse")
    response = await town.press(f"{link}/external_called", service="110")
    assert response.headers["location"] == f"{link}?done=external_called"
    assert "電話したことを記録しました" in await town.see(response.headers["location"])
    assert "記録しました" not in await town.see(f"{link}?done=<b>")


async def test_giving_back_asks_the_next_at_once(town: Town) -> None:
    incident = await town.report()
    link = await town.link(incident, "nurse")
    await town.press(f"{link}/acknowledge")
    await town.press(f"{link}/decline", party_id=town["nurse"], reason="車が動かない")
    assert await status_of(town, incident) == "triggered"
    page = await town.see(link)
    assert not [word for word in WORDS.values() if word in page]


async def test_handing_over_by_link(town: Town) -> None:
    incident = await town.report()
    link = await town.link(incident, "nurse")
    await town.press(f"{link}/acknowledge")
    assert "夜間窓口（みどり包括支援センター）" in await town.see(link)
    await town.press(f"{link}/hand_over", to_party_id=town["accountable"], reason="交代")
    assert "夜間窓口（みどり包括支援センター）に引継ぎをお願いしています" in await town.see(link)
    other = await town.link(incident, "centre_worker")
    offered = await town.see(other)
    assert "看護師 鈴木さん（みどり訪問看護）から、引継ぎのお願い" in offered
    assert WORDS["address"] not in offered
    assert (await town.press(f"{other}/accept")).status_code == 303
    assert WORDS["address"] in await town.see(other)
    assert WORDS["address"] not in await town.see(link)


async def test_a_refused_offer_leaves_the_holder(town: Town) -> None:
    incident = await town.report()
    link = await town.link(incident, "nurse")
    await town.press(f"{link}/acknowledge")
    await town.press(f"{link}/hand_over", to_party_id=town["centre_worker"])
    other = await town.link(incident, "centre_worker")
    await town.press(f"{other}/decline")
    assert "すでに看護師 鈴木さん" in await town.see(other)
    assert await holder_of(town, incident) == town["nurse"]
    response = await town.press(f"{other}/accept")
    assert response.status_code == 409
    assert "引継ぎのお願いは、もう終わっています" in response.text


async def test_an_old_link_leads_to_the_running_request(town: Town) -> None:
    incident = await town.report()
    old = await town.link(incident, "nurse")
    town.clock.push(minutes=3)
    await town.act(f"{old}/escalate")
    new = await town.link(incident, "nurse")
    assert new != old
    page = await town.see(old)
    assert "対応できません</button>" in page
    assert f'action="{new}/acknowledge"' in page
    assert old not in page
    # The old link's own no comes too late (H8).
    assert (await town.act(f"{old}/decline"))["result"] == "recorded"
    assert (await town.act(f"{new}/decline"))["result"] == "applied"


async def test_a_late_yes_by_an_old_link_is_welcome(town: Town) -> None:
    incident = await town.report()
    old = await town.link(incident, "nurse")
    await town.act(f"{old}/escalate")
    await town.act(f"{await town.link(incident, 'nurse')}/escalate")
    assert "まだ引き受けた人がいません" in await town.see(old)
    await town.press(f"{old}/acknowledge")
    assert await holder_of(town, incident) == town["nurse"]


async def test_no_address_of_the_page_names_the_client(town: Town) -> None:
    link = await town.link(await town.report(), "nurse")
    await town.press(f"{link}/acknowledge")
    page = await town.see(link)
    addresses = re.findall(r'(?:href|src|action|formaction)="([^"]*)"', page)
    outside = [one for one in addresses if not one.startswith(("/r/", "/static/", "tel:", "#"))]
    assert not outside
    for name in ("name", "kana", "address"):
        assert not [one for one in addresses if str(PERSONAL[name]) in one]


async def test_the_holder_cancels_a_false_alarm(town: Town) -> None:
    incident = await town.report()
    link = await town.link(incident, "nurse")
    assert (await town.http.post(f"{link}/cancel", headers=JSON)).status_code == 409
    await town.act(f"{link}/acknowledge")
    await town.press(f"{link}/cancel", reason="押し間違いと確認")
    assert await status_of(town, incident) == "cancelled"
    page = await town.see(link)
    assert "誤報" in page
    late = await town.press(f"{link}/acknowledge")
    assert late.status_code == 409
    assert "この件は、もう終わっています" in late.text


async def test_who_is_asked_makes_it_worse_by_link(town: Town) -> None:
    incident = await town.report()
    link = await town.link(incident, "nurse")
    await town.act(f"{link}/reclassify", type="sudden_change", severity="critical")
    assert "急変" in await town.see(link)


async def test_a_closed_incident_still_takes_a_correction(town: Town) -> None:
    link = await town.link(await town.report(), "nurse")
    await town.act(f"{link}/acknowledge")
    await town.act(f"{link}/resolve", outcome="client_safe")
    assert (await town.act(f"{link}/correct", text="到着は03:30"))["result"] == "recorded"
