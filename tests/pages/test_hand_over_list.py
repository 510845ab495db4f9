"""To whom the holder may hand over: a short list, the most fit first."""

import re
from dataclasses import replace

import pytest

from app.escalation.party import PartyId
from app.pages.view import NEAREST_MAX, TARGETS_MAX
from tests.pages import views
from tests.pages.views import FULL, render
from tests.pages.world import Town, publish

CHOICE = re.compile(r'name="to_party_id" value="([^"]+)"')


async def add_person(
    town: Town, name: str, *, organisation: str = "provider", desk: str = "", phone: bool = True
) -> str:
    """Somebody new of an organisation; reached by an inbox, unless they have none."""
    body = {
        "organisation_id": town[organisation],
        "kind": "person",
        "name": name,
        "desk_ids": [town[desk]] if desk else [],
    }
    town.ids[name] = (await town.api("POST", "/v1/parties", body))["id"]
    if phone:
        await town.api("POST", f"/v1/parties/{town[name]}/contact-points", {"channel": "inbox"})
    return town[name]


async def accept(town: Town, person: str, type_: str = "fall") -> str:
    """An incident that a person holds; their link."""
    link = await town.link(await town.report(type_), person)
    await town.act(f"{link}/acknowledge")
    return link


async def offered(town: Town, link: str) -> list[str]:
    """The names of those whom the page offers, in order."""
    names = {value: key for key, value in town.ids.items()}
    return [names[one] for one in CHOICE.findall(await town.see(link))]


async def test_colleagues_come_before_the_protocol_and_the_rest_behind(either_town: Town) -> None:
    town = either_town
    await add_person(town, "manager")
    await add_person(town, "nurse3", desk="night")
    await publish(town, [{"desk": town["night"]}, {"person": town["neighbour"]}])
    link = await accept(town, "nurse")
    assert await offered(town, link) == [
        *("nurse3", "nurse2"),  # who shares the desk, by name
        *("night", "neighbour", "accountable"),  # whom the protocol names, in its order
        "manager",  # of the organisation
    ]


async def test_who_said_yes_too_comes_first_and_is_marked(town: Town) -> None:
    await add_person(town, "nurse3", desk="night")
    await publish(town, [{"desk": town["night"], "also_page": [town["neighbour"]]}])
    incident = await town.report()
    link = await town.link(incident, "nurse")
    await town.act(f"{link}/acknowledge")
    await town.act(f"{await town.link(incident, 'neighbour')}/acknowledge")
    assert (await offered(town, link))[0] == "neighbour"
    page = await town.see(link)
    assert page.count("<small>「対応します」と返事あり</small>") == 1
    # Of the holder's own organisation the name is enough.
    assert "<span>看護師 高橋さん</span>" in page
    assert "<span>中村太郎さん（緑が丘見守り隊） <small>" in page


async def test_everybody_offered_can_be_asked(town: Town) -> None:
    await add_person(town, "manager")
    await add_person(town, "silent", phone=False)
    await add_person(town, "gone")
    await town.api("PATCH", f"/v1/parties/{town['gone']}", {"retired": True})
    link = await accept(town, "nurse")
    found = await offered(town, link)
    assert {"manager", "nurse2", "night", "accountable"} == set(found)
    for name in found:
        response = await town.press(f"{link}/hand_over", to_party_id=town[name])
        assert response.status_code == 303, name


async def test_who_cannot_be_reached_now_is_not_offered(town: Town) -> None:
    body = {
        "organisation_id": town["centre"],
        "kind": "desk",
        "name": "昼",
        "hours": ["09:00-17:00"],
    }
    town.ids["day"] = (await town.api("POST", "/v1/parties", body))["id"]
    path = f"/v1/parties/{town['centre_worker']}"
    await town.api("PATCH", path, {"desk_ids": [town["accountable"], town["day"]]})
    await add_person(town, "silent", organisation="volunteers", phone=False)
    await publish(
        town, [{"desk": town["night"]}, {"desk": town["day"]}, {"person": town["silent"]}]
    )
    link = await accept(town, "nurse")
    assert await offered(town, link) == ["nurse2", "night", "accountable"]
    # In the morning the desk is open.
    town.clock.push(hours=7)
    await town.act(f"{link}/arrive")
    assert await offered(town, link) == ["nurse2", "night", "day", "accountable"]


async def test_a_desk_without_anybody_else_is_not_offered(town: Town) -> None:
    await town.api("PATCH", f"/v1/parties/{town['nurse2']}", {"retired": True})
    link = await accept(town, "nurse")
    assert await offered(town, link) == ["accountable"]


async def test_family_is_offered_unless_family_is_kept_out(town: Town) -> None:
    await add_person(town, "son", organisation="family")
    steps = [{"desk": town["night"]}, {"person": town["daughter"]}]
    await publish(town, steps)
    assert "daughter" in await offered(town, await accept(town, "nurse"))
    assert "daughter" not in await offered(town, await accept(town, "nurse", "abuse_suspected"))
    # A member of the family who holds may ask another.
    await publish(town, [{"person": town["daughter"]}])
    assert "son" in await offered(town, await accept(town, "daughter"))


async def test_the_list_stays_short_and_keeps_room_for_the_protocol(town: Town) -> None:
    for number in range(NEAREST_MAX + 5):
        await add_person(town, f"desk {number:02}", desk="night")
    for number in range(TARGETS_MAX):
        await add_person(town, f"other {number:02}")
    link = await accept(town, "nurse")
    found = await offered(town, link)
    assert len(found) == len(set(found)) == TARGETS_MAX
    assert found[:NEAREST_MAX] == [f"desk {number:02}" for number in range(NEAREST_MAX)]
    assert {"night", "accountable"} < set(found)


async def test_only_the_holder_sees_it(town: Town) -> None:
    incident = await town.report()
    first, second = await town.link(incident, "nurse"), await town.link(incident, "nurse2")
    assert "to_party_id" not in await town.see(first)
    await town.act(f"{first}/acknowledge")
    assert "to_party_id" not in await town.see(second)
    await town.act(f"{first}/resolve", outcome="client_safe")
    assert "to_party_id" not in await town.see(first)


@pytest.mark.parametrize(("count", "is_folded"), [(6, False), (7, True)], ids=["six", "seven"])
def test_a_longer_list_is_folded(count: int, *, is_folded: bool) -> None:
    people = [replace(views.ITO, id=PartyId(f"id-{number}")) for number in range(count)]
    html = render(views.HOLDER, replace(FULL, hand_over_targets=people))
    assert len(CHOICE.findall(html)) == count
    assert ("ほかの人から選ぶ" in html) is is_folded
    assert html.count("<details open") == 0


def test_nobody_to_ask_is_said_in_words() -> None:
    html = render(views.HOLDER, replace(FULL, hand_over_targets=()))
    assert "いま引継ぎをお願いできる人がいません。" in html
    assert "to_party_id" not in html
