"""A check for people, as text and as a picture; the spread of the first page; the schema."""

from typing import Any

import httpx
import jsonschema_rs
import pytest

from app.auth import Role
from app.routes.protocols.media import JSON, SVG, TEXT, preferred
from tests.routes.test_foresight import two_steps
from tests.routes.world import Api, Json, World, pointers, protocol

OFFERED = (JSON, TEXT, SVG)


async def checked(
    api: Api, world: World, document: Json | None, query: str = "", **headers: str
) -> httpx.Response:
    path = f"/v1/clients/{world['client']}/protocol/check{query}"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await api.call("POST", path, document or {}, headers=named)


async def test_a_check_is_told_in_the_language_of_the_reader(api: Api, world: World) -> None:
    document = await two_steps(api, world)
    japanese = await checked(api, world, document, accept=TEXT)
    assert japanese.status_code == 200
    assert japanese.headers["content-type"] == "text/plain; charset=utf-8"
    assert japanese.headers["content-language"] == "ja"
    assert japanese.headers["vary"] == "Accept, Accept-Language"
    assert "公開できますが、だれも呼び出せない時間（空き）があります。" in japanese.text
    assert "毎日 夜間 17:00〜翌09:00: 400回" in japanese.text
    english = await checked(api, world, document, accept=TEXT, accept_language="en-GB, ja;q=0.5")
    assert english.headers["content-language"] == "en"
    assert "every day, night, 17:00 to next day 09:00: 400" in english.text


async def test_what_is_wrong_is_told_too(api: Api, world: World) -> None:
    document = protocol(world, accountable="nobody", title="")
    answer = await checked(api, world, document, accept=TEXT)
    assert answer.status_code == 200
    assert "■ 誤り（2件）" in answer.text
    assert "- 表題: 空にはできません。" in answer.text
    assert "- 最終責任者: この機関・担当は登録されていません。" in answer.text


async def test_a_check_is_drawn_for_the_week_that_is_asked_for(api: Api, world: World) -> None:
    document = await two_steps(api, world)
    first = await checked(api, world, document, accept=SVG)
    assert first.headers["content-type"] == SVG
    assert "default-src 'none'" in first.headers["content-security-policy"]
    assert "2026年11月20日(金) からの1週間" in first.text
    other = await checked(
        api, world, document, "?week=2026-12-28", accept=SVG, accept_language="en"
    )
    assert "The week from Mon 2026-12-28 (times of Asia/Tokyo)" in other.text
    assert "1/1 Fri 00:00–09:00 gap: nobody can be asked" in other.text


@pytest.mark.parametrize(
    "week",
    # Yesterday; a year and a half from now; the last week begins before the horizon ends; no date.
    ["2026-11-19", "2028-05-01", "2027-12-25", "0001-01-01", "monday"],
)
async def test_a_week_outside_the_horizon_is_refused(api: Api, world: World, week: str) -> None:
    refused = await checked(api, world, protocol(world), f"?week={week}", accept=SVG)
    assert (refused.status_code, pointers(refused)) == (422, ["/week"])


async def test_the_published_version_and_the_default_are_told_and_drawn(
    api: Api, world: World
) -> None:
    await api.call("PUT", f"/v1/clients/{world['client']}/protocol", protocol(world))
    told = await checked(api, world, None, accept=TEXT)
    assert "どの段階にも呼び出せる人がいます。" in told.text
    path = f"/v1/organisations/{world['a']}/protocol/check"
    drawn = await api.call("POST", path, protocol(world), headers={"Accept": SVG})
    assert drawn.text.startswith("<?xml")


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        # JSON unless another is preferred.
        ("", JSON),
        ("*/*", JSON),
        ("text/html", JSON),
        ("text/plain", TEXT),
        ("image/svg+xml", SVG),
        ("text/*", TEXT),
        ("image/*;q=0.9, text/plain;q=0.5", SVG),
        ("application/json, text/plain", JSON),
        ("application/json;q=0.4, text/plain", TEXT),
        # Named exactly before "anything".
        ("text/plain, */*", TEXT),
        ("text/plain;q=0, */*", JSON),
        ("text/plain;q=often", JSON),
    ],
)
def test_the_form_is_the_one_that_is_preferred(accept: str, media_type: str) -> None:
    assert preferred(accept, OFFERED) == media_type


async def distributed(
    api: Api, world: World, document: Json | None, query: str = ""
) -> httpx.Response:
    path = f"/v1/clients/{world['client']}/protocol/distribution{query}"
    return await api.call("POST", path, document or {})


async def test_the_first_page_is_spread_over_a_week(api: Api, world: World) -> None:
    document = await two_steps(api, world)
    answer = await distributed(api, world, document)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["from"], found["to"]) == ("2026-11-20T03:00:00.000Z", "2026-11-27T03:00:00.000Z")
    by_type = {one["type"]: each for each in found["distributions"] for one in each["incidents"]}
    fall = by_type["fall"]
    assert fall["variants"] == ["いつでも"]
    assert (fall["p50_seconds"], fall["max_seconds"]) == (0, 0)
    assert sum(one["share"] for one in fall["shares"]) == pytest.approx(1)
    assert by_type["low_battery"]["shares"][0]["waits_for_morning"] == pytest.approx(10 / 24)
    assert "test" not in by_type


async def test_each_example_of_the_spread_takes_as_long_in_a_simulation(
    api: Api, world: World
) -> None:
    document = await two_steps(api, world)
    point = {"channel": "inbox", "delay_seconds": 45}
    made = await api.make("/v1/parties", lonely(world))
    await api.make(f"/v1/parties/{made['id']}/contact-points", point)
    document["variants"][0]["steps"].insert(0, {"person": made["id"], "ack_within_seconds": 60})
    found = (await distributed(api, world, document)).json()
    fall = next(
        each
        for each in found["distributions"]
        if any(one["type"] == "fall" for one in each["incidents"])
    )
    assert [one["after_seconds"] for one in fall["shares"]] == [45]
    script = {"document": document, "type": "fall", "at": fall["shares"][0]["example_at"]}
    path = f"/v1/clients/{world['client']}/protocol/simulate"
    past = (await api.call("POST", path, script)).json()
    assert past["messages"][0]["after_seconds"] == 45


def lonely(world: World) -> Json:
    return {"organisation_id": world["provider"], "kind": "person", "name": "看護師 高橋"}


async def test_a_spread_needs_a_document_that_may_be_published(api: Api, world: World) -> None:
    refused = await distributed(api, world, protocol(world, accountable="nobody", title=""))
    assert (refused.status_code, pointers(refused)) == (422, ["/title", "/accountable"])
    refused = await distributed(api, world, protocol(world, accountable=world["nurse"]))
    assert (refused.status_code, pointers(refused)) == (422, ["/accountable"])
    assert (await distributed(api, world, None)).status_code == 404
    refused = await distributed(api, world, protocol(world), "?week=2026-11-19")
    assert (refused.status_code, pointers(refused)) == (422, ["/week"])


async def test_a_default_protocol_is_spread_too_over_another_week(api: Api, world: World) -> None:
    path = f"/v1/organisations/{world['a']}/protocol/distribution"
    answer = await api.call("POST", path + "?week=2026-12-28", protocol(world))
    assert answer.json()["from"] == "2026-12-27T15:00:00.000Z"
    # Who may not see a client hears nothing of them.
    coordinator = world.keys[Role.COORDINATOR]
    path = f"/v1/clients/{world['foreign_client']}/protocol/distribution"
    assert (await api.call("POST", path, protocol(world), key=coordinator)).status_code == 404


async def test_the_schema_of_a_protocol_is_open_to_everybody(api: Api, world: World) -> None:
    answer = await api.http.get("/v1/schemas/protocol.json")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/schema+json")
    schema: dict[str, Any] = answer.json()
    assert schema["$id"].endswith("/v1/schemas/protocol.json")
    validator = jsonschema_rs.Draft202012Validator(schema)
    validator.validate(protocol(world))
    assert not validator.is_valid(protocol(world, unknown=1))
