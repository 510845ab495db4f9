"""The inbox: what is asked of a person now, with nothing personal on it."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest

from app.installation.secrets import LinkKey
from tests.pages.world import HTML, JSON, SUMMARY, WORDS, Town, build_town, publish

WAITING = "返事を待っています"
HELD = "あなたが対応責任者"
LATE = "次の人に連絡中（まだ対応できます）"
OFFERED = "引継ぎのお願い"
OVER = "対応不要"
DRILL = '<strong class="tag">訓練</strong>'


def places(page: str) -> list[str]:
    """The headings of an inbox, in order."""
    return [part.partition("</h2>")[0] for part in page.split("<h2>")[1:]]


async def test_it_lists_what_is_asked_with_its_link_and_nothing_personal(
    either_town: Town,
) -> None:
    town = either_town
    inbox = await town.inbox("nurse")
    empty = await town.see(inbox)
    assert "いま、呼出はありません" in empty
    assert '<meta http-equiv="refresh" content="10">' in empty
    link = await town.link(await town.report(drill=True), "nurse")
    town.clock.push(minutes=2)
    page = await town.see(inbox)
    assert places(page) == [f"{DRILL} {WAITING}"]
    assert f'href="{link}"' in page
    for part in ("訓練", "転倒・転落", "2分前", "返事の期限 03:15", "緑が丘", "重要度 高"):
        assert part in page
    assert "<title>(1) 呼出</title>" in page
    assert town["code"] in page
    assert not [word for word in (*WORDS.values(), SUMMARY) if word in page]


async def test_it_follows_the_course(either_town: Town) -> None:
    town = either_town
    await publish(town, [{"desk": town["night"]}, {"person": town["centre_worker"]}])
    incident = await town.report()
    first, second = await town.link(incident, "nurse"), await town.link(incident, "nurse2")
    mine, hers = await town.inbox("nurse"), await town.inbox("nurse2")
    await town.act(f"{second}/decline")
    assert places(await town.see(hers)) == [OVER]
    await town.act(f"{first}/escalate")
    assert places(await town.see(mine)) == [LATE]
    await town.act(f"{first}/acknowledge")
    assert places(await town.see(mine)) == [HELD]
    centre = await town.see(await town.inbox("centre_worker"))
    assert places(centre) == [OVER]
    assert "対応責任者: 看護師 鈴木" in centre
    await town.act(f"{first}/hand_over", to_party_id=town["nurse2"])
    page = await town.see(hers)
    assert places(page) == [OFFERED]
    assert await town.link(incident, "nurse2") in page
    assert places(await town.see(mine)) == [HELD]
    await town.act(f"{await town.link(incident, 'nurse2')}/accept")
    assert places(await town.see(hers)) == [HELD]
    await town.act(f"{second}/resolve", outcome="client_safe")
    for inbox in (mine, hers):
        assert places(await town.see(inbox)) == []


async def test_the_most_pressing_comes_first(town: Town) -> None:
    held = await town.report()
    await town.act(f"{await town.link(held, 'nurse')}/acknowledge")
    town.clock.push(minutes=1)
    await town.report("no_response")
    town.clock.push(minutes=1)
    await town.report("fire_smoke")
    page = await town.see(await town.inbox("nurse"))
    assert places(page) == [WAITING, HELD]
    assert page.index("火災・煙") < page.index("安否不明") < page.index("転倒")


async def test_real_ones_come_before_drills_and_the_worst_before_the_newest(town: Town) -> None:
    for code, more in (
        ("sudden_change", {"severity": "critical"}),
        ("no_response", {"severity": "medium"}),
        ("fall", {"severity": "medium"}),
        ("fire_smoke", {"severity": "critical", "drill": True}),
    ):
        town.clock.push(minutes=1)
        await town.report(code, **more)
    page = await town.see(await town.inbox("nurse"))
    order = [page.index(one) for one in ("急変", "転倒", "安否不明", "火災・煙")]
    assert order == sorted(order)
    assert places(page) == [WAITING, f"{DRILL} {WAITING}"]


async def test_what_is_over_comes_after_a_drill(town: Town) -> None:
    real = await town.report()
    await town.act(f"{await town.link(real, 'nurse2')}/acknowledge")
    await town.report("fire_smoke", drill=True)
    page = await town.see(await town.inbox("nurse"))
    assert page.index("火災・煙") < page.index("転倒")
    assert places(page)[-1] == OVER


async def test_a_devices_clock_that_is_ahead_does_not_keep_an_incident_new(town: Town) -> None:
    await town.report(occurred_at=(town.clock.now + timedelta(minutes=4)).isoformat())
    inbox = await town.inbox("nurse")
    assert "たった今 03:12" in await town.see(inbox)
    town.clock.push(minutes=2)
    assert "2分前 03:12" in await town.see(inbox)


async def test_an_organisation_is_shown_the_alarms_that_it_gets(either_town: Town) -> None:
    town = either_town
    for name, shown, kind in (
        ("operator", "運営", "operator"),
        ("town", "あおば町", "municipality"),
        ("city", "", ""),
        ("provider", "", ""),
    ):
        if kind:
            body = {"name": shown, "kind": kind}
            town.ids[name] = (await town.api("POST", "/v1/organisations", body))["id"]
        await town.api("POST", f"/v1/parties/{town[name]}/contact-points", {"channel": "inbox"})
    incident = await town.report()
    assert "いま、呼出はありません" in await town.see(await town.inbox("city"))
    link = await town.link(incident, "nurse")
    for _ in range(2):
        town.clock.push(minutes=1)
        await town.act(f"{await town.link(incident, 'nurse')}/escalate")
    for name in ("city", "operator"):
        page = await town.see(await town.inbox(name))
        assert "<title>(1) 呼出</title>" in page
        assert "警報: 引き受けた人がいません" in page
        for part in (incident, "転倒・転落", "2分前 03:12", town["code"], "重要度 高"):
            assert part in page
        assert "いま、呼出はありません" not in page
        # Ids and codes only, and nothing to act by (H10).
        assert 'href="/r/' not in page
        assert not [word for word in (*WORDS.values(), SUMMARY) if word in page]
    # Neither another municipality's nor a provider's.
    for name in ("town", "provider"):
        assert incident not in await town.see(await town.inbox(name))
    await town.act(f"{link}/acknowledge")
    assert incident not in await town.see(await town.inbox("city"))


async def test_asked_twice_it_lists_the_running_request(town: Town) -> None:
    incident = await town.report()
    old = await town.link(incident, "nurse")
    town.clock.push(minutes=1)
    await town.act(f"{old}/escalate")
    page = await town.see(await town.inbox("nurse"))
    assert page.count('href="/r/') == 1
    assert await town.link(incident, "nurse") in page
    assert old not in page


async def test_who_answered_on_the_desks_phone_finds_it_in_their_own_inbox(
    empty_town: Town,
) -> None:
    town = await build_town(empty_town, desk_phone=True)
    inbox = await town.inbox("nurse2")
    points = await town.api("GET", f"/v1/parties/{town['night']}/contact-points")
    assert len(points["items"]) == 1
    # Nurse 2 has an inbox, but is not the one whom the step names.
    await publish(town, [{"person": town["nurse"], "also_page": [town["night"]]}])
    incident = await town.report()
    desk = await town.link(incident, "night")
    page = await town.see(await town.inbox("night"))
    assert places(page) == [WAITING]
    await town.act(f"{desk}/acknowledge", party_id=town["nurse2"])
    assert places(await town.see(inbox)) == [HELD]
    assert places(await town.see(await town.inbox("night"))) == [HELD]


async def test_reading_it_changes_nothing(town: Town) -> None:
    await town.report()
    inbox = await town.inbox("nurse")
    before = await town.everything()
    for method in ("GET", "HEAD"):
        assert (await town.http.request(method, inbox)).status_code == 200
    assert await town.everything() == before
    assert (await town.http.post(inbox, headers=JSON)).status_code == 405


async def test_a_retired_contact_point_has_no_inbox(either_town: Town) -> None:
    town = either_town
    inbox = await town.inbox("nurse")
    path = f"/v1/parties/{town['nurse']}/contact-points"
    point = (await town.api("GET", path))["items"][0]["id"]
    await town.api("PATCH", f"{path}/{point}", {"retired": True})
    response = await town.http.get(inbox, headers=HTML)
    assert response.status_code == 410
    assert "このリンクは使えなくなりました" in response.text


async def test_a_retired_person_has_no_inbox(town: Town) -> None:
    inbox = await town.inbox("nurse")
    await town.api("PATCH", f"/v1/parties/{town['nurse']}", {"retired": True})
    for path in (inbox, f"{inbox}/duty"):
        assert (await town.http.get(path, headers=HTML)).status_code == 410


async def test_an_inbox_speaks_english_too(town: Town) -> None:
    await town.report()
    page = await town.see(await town.inbox("nurse"), "en")
    assert "Waiting for your answer" in page
    assert '<html lang="en">' in page


@pytest.fixture
def link_key() -> LinkKey:
    """The key of another installation."""
    return LinkKey(b"k" * 32)


def test_a_token_says_whose_inbox_it_is(link_key: LinkKey) -> None:
    point = str(uuid.uuid4())
    token = link_key.inbox_token(point)
    assert len(token) == 54
    assert link_key.read_inbox_token(token) == point
    assert LinkKey(b"o" * 32).read_inbox_token(token) is None


def other(character: str) -> str:
    """A character that is not this one."""
    return "B" if character == "A" else "A"


@pytest.mark.parametrize(
    "change",
    [
        lambda _: "",
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: token + "=",
        lambda token: other(token[0]) + token[1:],  # another contact point
        lambda token: token[:30] + other(token[30]) + token[31:],  # another MAC
        # The same bytes: of the last character only two bits count.
        lambda token: token[:-1] + chr(ord(token[-1]) + 1),
        lambda _: "あ" * 54,
        lambda token: " " + token[1:],
    ],
    ids=range(9),
)
def test_a_changed_token_is_none(link_key: LinkKey, change: Callable[[str], str]) -> None:
    assert link_key.read_inbox_token(change(link_key.inbox_token(str(uuid.uuid4())))) is None


async def test_an_unknown_inbox_is_404_for_people_and_for_programs(town: Town) -> None:
    key = town.engine.installation.link_key
    for token in ("x", "A" * 54, key.inbox_token(str(uuid.uuid4()))):
        page = await town.http.get(f"/inbox/{token}", headers=HTML)
        assert page.status_code == 404
        assert "このページはありません" in page.text
        problem = await town.http.get(f"/inbox/{token}", headers=JSON)
        assert problem.headers["content-type"] == "application/problem+json"
