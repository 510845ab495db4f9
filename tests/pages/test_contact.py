"""The link of a contact check, and a person's own contact points."""

import re

import pytest

from app.commands.contact.masking import masked
from app.installation.secrets import digest
from app.protocols.kinds import NoticeKind
from app.store.notice import Notice, insert_notices
from tests.pages.world import HTML, JSON, WORDS, Town


async def check(town: Town, party: str = "nurse") -> str:
    """The path of the link of a check that a party was sent."""
    path = f"/v1/parties/{town[party]}/contact-points"
    point = (await town.api("GET", path))["items"][0]["id"]
    made = await town.api("POST", f"{path}/{point}/test")
    return f"/c/{town.engine.installation.link_key.notice_token(made['id'])}"


async def state(town: Town, party: str = "nurse") -> str:
    found = await town.api("GET", f"/v1/parties/{town[party]}/contact-points")
    return str(found["items"][0]["state"])


async def test_reading_it_changes_nothing_and_the_button_says_it(either_town: Town) -> None:
    town = either_town
    link = await check(town)
    before = await town.everything()
    for method in ("GET", "HEAD", "GET"):
        assert (await town.http.request(method, link, headers=HTML)).status_code == 200
    assert await town.everything() == before
    assert await state(town) == "asked"
    page = await town.see(link)
    assert "緊急事態ではありません" in page
    assert page.count("<form") == 1
    assert f'action="{link}/confirm"' in page
    town.clock.push(minutes=3)
    pressed = await town.press(f"{link}/confirm")
    assert pressed.status_code == 303
    assert pressed.headers["location"] == link
    page = await town.see(link)
    assert "確認できました" in page
    assert "03:15" in page
    assert "<form" not in page
    assert await state(town) == "confirmed"


async def test_a_program_gets_the_answer_and_a_repeat_is_fine(either_town: Town) -> None:
    town = either_town
    link = await check(town)
    town.clock.push(seconds=40)
    first = await town.act(f"{link}/confirm")
    assert first == {
        "result": "applied",
        "asked_at": "2026-11-20T18:12:00.000Z",
        "read_at": "2026-11-20T18:12:40.000Z",
    }
    town.clock.push(days=1)
    assert await town.act(f"{link}/confirm") == {**first, "result": "repeated"}


@pytest.mark.parametrize("header", ["Sec-Purpose", "Purpose", "X-Moz"])
async def test_reading_ahead_confirms_nothing(town: Town, header: str) -> None:
    link = await check(town)
    answer = await town.http.post(f"{link}/confirm", headers={**HTML, header: "prefetch"})
    assert answer.status_code == 403
    assert await state(town) == "asked"


@pytest.mark.parametrize("path", ["/c/{}", "/c/{}/confirm"])
async def test_unknown_links_are_misses(town: Town, path: str) -> None:
    method = "POST" if path.endswith("confirm") else "GET"
    for token in ("x", "A" * 43):
        page = await town.http.request(method, path.format(token), headers=HTML)
        assert page.status_code == 404
        assert "このページはありません" in page.text
    statuses = [
        (await town.http.request(method, path.format("A" * 43), headers=JSON)).status_code
        for _ in range(30)
    ]
    assert statuses == [404] * 28 + [429] * 2
    # Nobody who has a good one is kept from it.
    link = await check(town)
    assert (await town.http.get(link, headers=HTML)).status_code == 200


async def test_a_check_ends_after_two_weeks_and_says_so_kindly(either_town: Town) -> None:
    town = either_town
    link = await check(town)
    town.clock.push(days=14, milliseconds=-1)
    assert (await town.http.get(link, headers=HTML)).status_code == 200
    town.clock.push(milliseconds=1)
    page = await town.http.get(link, headers=HTML)
    assert page.status_code == 410
    assert "この確認は終わりました" in page.text
    assert "何もしなくてかまいません" in page.text
    english = await town.http.get(link, headers={**HTML, "Accept-Language": "en"})
    assert "This check has ended" in english.text
    answer = await town.http.post(f"{link}/confirm", headers=JSON)
    assert answer.status_code == 410
    assert answer.json()["type"].endswith(":check-expired")
    assert await state(town) == "unanswered"


@pytest.mark.parametrize("what", ["contact point", "person"])
async def test_a_check_of_somebody_who_is_gone_has_ended(town: Town, what: str) -> None:
    link = await check(town)
    path = f"/v1/parties/{town['nurse']}"
    if what == "contact point":
        point = (await town.api("GET", f"{path}/contact-points"))["items"][0]["id"]
        path = f"{path}/contact-points/{point}"
    await town.api("PATCH", path, {"retired": True})
    assert (await town.http.get(link, headers=HTML)).status_code == 410
    assert (await town.press(f"{link}/confirm")).status_code == 410


async def test_notices_that_ask_nothing_have_no_link(town: Town) -> None:
    installation = town.engine.installation
    token = installation.link_key.notice_token("n-1")
    other = Notice(
        id="n-1",
        kind=NoticeKind.DUTY_REQUESTED,
        party_id=town["nurse"],
        token_hash=digest(token),
    )
    async with installation.database.transaction() as tx:
        await insert_notices(tx, [other], now=town.clock(), new_id=installation.new_id)
    assert (await town.http.get(f"/c/{token}", headers=HTML)).status_code == 404


async def test_a_person_tests_their_own_contact_points(either_town: Town) -> None:
    town = either_town
    path = f"/v1/parties/{town['nurse']}/contact-points"
    await town.api("POST", path, {"channel": "email", "address": "suzuki.nurse@example.jp"})
    inbox = await town.inbox("nurse")
    assert f'href="{inbox}/contacts"' in await town.see(inbox)
    page = await town.see(f"{inbox}/contacts")
    assert "s…@example.jp" in page
    assert "suzuki" not in page
    assert page.count("まだ確認されていません") == 2
    before = await town.everything()
    await town.see(f"{inbox}/contacts")
    assert await town.everything() == before
    (first, second) = re.findall(r'action="([^"]+)"', page)
    pressed = await town.press(second)
    assert pressed.status_code == 303
    assert pressed.headers["location"] == f"{inbox}/contacts"
    again = await town.http.post(second, headers=JSON)
    assert again.status_code == 200
    asked = again.json()
    assert asked["channel"] == "email"
    page = await town.see(f"{inbox}/contacts")
    assert "返事を待っています" in page
    assert "最後の送信: 03:12" in page
    token = town.engine.installation.link_key.notice_token(asked["id"])
    # Read in the inbox, it would say nothing of the e-mail.
    assert f"/c/{token}" not in await town.see(inbox)
    await town.act(f"/c/{token}/confirm")
    page = await town.see(f"{inbox}/contacts")
    assert "届いています" in page
    assert "最後の確認: 03:12" in page
    made = await town.http.post(first, headers=JSON)
    assert made.status_code == 201
    own = town.engine.installation.link_key.notice_token(made.json()["id"])
    assert f'href="/c/{own}"' in await town.see(inbox)
    await town.act(f"/c/{own}/confirm")
    assert f"/c/{own}" not in await town.see(inbox)


async def test_a_check_that_was_read_in_the_inbox_has_arrived(town: Town) -> None:
    """It is read there before its message is sent, which then is not needed any more."""
    link = await check(town)
    await town.act(f"{link}/confirm")
    found = await town.api("GET", "/v1/reachability")
    (item,) = [one for one in found["items"] if one["asked_at"]]
    assert (item["state"], item["delivery"], item["reason"]) == ("confirmed", "sent", None)
    assert found["summary"]["delivered"] == 1


async def test_nobody_tests_the_contact_points_of_others(town: Town) -> None:
    inbox = await town.inbox("nurse")
    others = await town.api("GET", f"/v1/parties/{town['nurse2']}/contact-points")
    before = await town.everything()
    for point in (others["items"][0]["id"], "nothing"):
        answer = await town.press(f"{inbox}/contact-points/{point}/test")
        assert answer.status_code == 404
    for token in ("x", inbox.removeprefix("/inbox/")[:-1] + "!"):
        assert (await town.http.get(f"/inbox/{token}/contacts", headers=HTML)).status_code == 404
        path = f"/inbox/{token}/contact-points/{others['items'][0]['id']}/test"
        assert (await town.press(path)).status_code == 404
    assert await town.everything() == before


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_pages_are_small_plain_and_say_nothing_personal(town: Town, language: str) -> None:
    link = await check(town)
    inbox = await town.inbox("nurse")
    sizes = []
    for path in (link, f"{inbox}/contacts"):
        answer = await town.http.get(path, headers={**HTML, "Accept-Language": language})
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-robots-tag"] == "noindex, nofollow"
        assert "unsafe-inline" not in answer.headers["content-security-policy"]
        assert "<script" not in answer.text
        assert f'<html lang="{language}">' in answer.text
        assert not [word for word in WORDS.values() if word in answer.text]
        assets = re.findall(r'(?:src|href)="(/static/[^"]+)"', answer.text)
        loaded = [await town.http.get(one) for one in assets]
        sizes.append(len(answer.content) + sum(len(one.content) for one in loaded))
    assert max(sizes) < 40_000
    # Whoever finds the check's link learns no name.
    assert "鈴木" not in (await town.see(link, language))


async def test_a_check_that_waits_does_not_hide_what_is_asked(town: Town) -> None:
    await check(town)
    link = await town.link(await town.report(), "nurse")
    page = await town.see(await town.inbox("nurse"))
    assert page.index(link) < page.index("連絡先の確認")


async def test_the_button_waits_for_no_one(town: Town) -> None:
    """Asked a minute later, it is another check; the first one's link still counts."""
    first = await check(town)
    town.clock.push(seconds=59)
    assert await check(town) == first
    town.clock.push(seconds=1)
    second = await check(town)
    assert second != first
    await town.act(f"{first}/confirm")
    found = await town.api("GET", f"/v1/parties/{town['nurse']}/contact-points")
    (point,) = found["items"]
    # By the last one it is not known yet, but somebody did read one.
    assert point["state"] == "asked"
    assert point["last_confirmed_at"] == "2026-11-20T18:13:00.000Z"


@pytest.mark.parametrize(
    ("channel", "address", "shown"),
    [
        ("email", "suzuki@example.jp", "s…@example.jp"),
        ("email", '"a@b"@example.jp', '"…@example.jp'),
        ("webhook", "https://hooks.example.jp:8443/T0/SECRET?k=v", "https://hooks.example.jp/…"),
        ("webhook", "http://user:pass@192.0.2.7/x", "http://192.0.2.7/…"),
        ("inbox", "", ""),
        ("phone", "090-1234-5678", "…78"),
    ],
)
def test_an_address_is_known_again_and_of_no_use(channel: str, address: str, shown: str) -> None:
    assert masked(channel, address) == shown
