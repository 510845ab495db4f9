"""Protocols: published version by version, in JSON and YAML, guarded against lost edits."""

import asyncio
import json
from datetime import UTC, datetime

import httpx
import pytest

from tests.routes.world import Api, Json, World, pointers, protocol

YAML = """
title: 佐藤様 緊急時対応
accountable: {desk}        # 最終責任者
approvals:
  - organisation: {provider}
    approved_by: 山田 管理者
    approved_on: 2026-11-01
variants:
  - name: いつでも
    steps:
      - desk: {desk}
        ack_within_seconds: 180
"""


async def put(api: Api, path: str, document: Json, if_match: str | None = None) -> httpx.Response:
    headers = {} if if_match is None else {"If-Match": if_match}
    return await api.call("PUT", path, document, headers=headers)


@pytest.fixture(params=["/v1/clients/{client}/protocol", "/v1/organisations/{a}/protocol"])
def path(request: pytest.FixtureRequest, world: World) -> str:
    """A client's protocol, and a municipality's default: the same in all that follows."""
    template: str = request.param
    return template.format_map(world.ids)


async def test_versions_are_numbered_and_stay(api: Api, world: World, path: str) -> None:
    assert (await api.call("GET", path)).status_code == 404
    first = await put(api, path, protocol(world))
    assert (first.status_code, first.headers["etag"]) == (201, '"1"')
    api.clock.push(days=1)
    second = await put(api, path, protocol(world, title="第二版"))
    assert (second.status_code, second.headers["etag"]) == (201, '"2"')
    assert second.json()["published_at"] == "2026-11-21T03:00:00.000Z"

    response = await api.call("GET", path)
    newest = response.json()
    assert (newest["version"], newest["document"]["title"]) == (2, "第二版")
    assert response.headers["etag"] == '"2"'
    old = await api.get(f"{path}/versions/1")
    assert old["document"]["title"] == "緊急時対応"
    assert old["digest"] == first.json()["digest"] != second.json()["digest"]
    listed = (await api.get(f"{path}/versions"))["items"]
    assert listed == [
        {key: one[key] for key in ("version", "digest", "published_at")} for one in (old, newest)
    ]
    page = await api.get(f"{path}/versions?limit=1")
    rest = await api.get(f"{path}/versions?limit=1&cursor={page['next_cursor']}")
    assert page["items"] + rest["items"] == listed
    assert (await api.call("GET", f"{path}/versions/3")).status_code == 404


async def test_a_clients_protocol_and_the_default_are_counted_apart(api: Api, world: World) -> None:
    for name in ("clients/{client}", "clients/{other_client}", "organisations/{a}"):
        path = f"/v1/{name}/protocol".format_map(world.ids)
        assert (await put(api, path, protocol(world))).json()["version"] == 1
        assert len((await api.get(f"{path}/versions"))["items"]) == 1


async def test_an_identical_document_is_the_same_version(api: Api, world: World, path: str) -> None:
    first = await put(api, path, protocol(world))
    api.clock.push(days=1)
    # Defaults that are said, another order, whatever If-Match says: it is so already.
    said = dict(reversed(protocol(world, timezone="Asia/Tokyo", repeat_window_seconds=0).items()))
    again = await put(api, path, said, if_match='"7"')
    assert again.status_code == 200
    assert again.json() == first.json()
    assert again.headers["etag"] == '"1"'
    # An older version is not the newest: going back is a version of its own.
    await put(api, path, protocol(world, title="第二版"))
    assert (await put(api, path, protocol(world))).json()["version"] == 3


async def test_yaml_and_json_are_the_same_document(api: Api, world: World) -> None:
    path = f"/v1/clients/{world['client']}/protocol"
    text = YAML.format_map(world.ids).encode()
    first = await api.call("PUT", path, content=text, headers={"Content-Type": "application/yaml"})
    assert first.status_code == 201, first.text
    document = (await api.get(path))["document"]
    assert document["title"] == "佐藤様 緊急時対応"
    assert document["variants"][0]["steps"][0]["arrive_within_seconds"] == 1800
    again = await put(api, path, document)
    assert (again.status_code, again.json()["digest"]) == (200, first.json()["digest"])


async def test_if_match_guards_against_lost_edits(api: Api, world: World, path: str) -> None:
    edits = (protocol(world, title=f"第{number}版") for number in range(2, 99))
    for stale in ('"1"', "*", '"x"'):  # there is nothing yet
        assert (await put(api, path, next(edits), stale)).status_code == 412
    digest = (await put(api, path, protocol(world))).json()["digest"]
    for stale in ('"0"', '"2"', 'W/"1"', "1", f'"{digest[:-1]}"', "", '"1'):
        response = await put(api, path, next(edits), stale)
        assert response.status_code == 412, stale
        assert response.json()["type"] == "urn:renrakumo:problem:version-stale"
    assert (await api.get(path))["version"] == 1
    assert (await put(api, path, next(edits), '"1"')).json()["version"] == 2
    assert (await put(api, path, next(edits), '"1"')).status_code == 412
    digest = (await api.get(path))["digest"]
    assert (await put(api, path, next(edits), f'"x", "{digest}"')).json()["version"] == 3
    assert (await put(api, path, next(edits), "*")).json()["version"] == 4


async def test_publishing_at_once_loses_nothing(api: Api, world: World) -> None:
    path = f"/v1/clients/{world['client']}/protocol"
    documents = [protocol(world, title=f"第{number}版") for number in range(6)]
    answers = await asyncio.gather(*(put(api, path, document) for document in documents))
    assert sorted(one.json()["version"] for one in answers) == [1, 2, 3, 4, 5, 6]
    guarded = await asyncio.gather(
        *(put(api, path, protocol(world, title=f"新{n}"), '"6"') for n in range(4))
    )
    assert sorted(one.status_code for one in guarded) == [201, 412, 412, 412]


async def test_all_that_is_wrong_is_said_at_once(api: Api, world: World) -> None:
    path = f"/v1/clients/{world['client']}/protocol"
    wrong = protocol(world, timezone="x", variants=[{"name": "", "steps": []}])
    response = await put(api, path, wrong)
    assert response.status_code == 422
    assert pointers(response) == ["/timezone", "/variants/0/name", "/variants/0/steps"]
    steps = [{"desk": "unknown"}, {"person": world["foreign_nurse"], "inform": ["unknown"]}]
    foreign = protocol(world, variants=[{"name": "x", "steps": steps}])
    response = await put(api, path, foreign)
    assert response.status_code == 422
    assert pointers(response) == [
        "/variants/0/steps/0/desk",
        "/variants/0/steps/1/person",
        "/variants/0/steps/1/inform/0",
    ]


async def test_what_is_malformed_hides_no_party_that_is_unknown(api: Api, world: World) -> None:
    path = f"/v1/clients/{world['client']}/protocol"
    steps = [
        {"desk": "unknown", "ack_within_seconds": "180"},
        {"person": world["foreign_nurse"], "inform": ["unknown", 7], "speed": "fast"},
    ]
    wrong = protocol(
        world, approvals=[], variants=[{"name": "x", "when": {"days": ["sun"]}, "steps": steps}]
    )
    before = await api.everything()
    response = await put(api, path, wrong)
    assert response.status_code == 422
    found = [(one["pointer"], one["detail"]) for one in response.json()["errors"]]
    unknown = "No such party is known here."
    assert found == [
        ("/accountable", "Its organisation has not approved this protocol on or before this day."),
        ("/variants", "The last variant must apply to everything: leave out its `when`."),
        ("/variants/0/steps/0/desk", unknown),
        ("/variants/0/steps/0/ack_within_seconds", "Must be a whole number."),
        ("/variants/0/steps/1/person", unknown),
        ("/variants/0/steps/1/inform/0", unknown),
        ("/variants/0/steps/1/inform/1", "Must be text."),
        ("/variants/0/steps/1/speed", "There is no such field."),
    ]
    assert await api.everything() == before


async def test_a_member_that_is_given_twice_is_named_in_json_and_in_yaml(
    api: Api, world: World, path: str
) -> None:
    text = YAML.format_map(world.ids)
    for media_type, content, found in (
        ("application/yaml", f"{text}title: x\n", ["/title"]),
        (
            "application/yaml",
            text.replace("ack_within", f"desk: {world['desk']}\n        ack_within"),
            ["/variants/0/steps/0/desk"],
        ),
        ("application/json", '{"title": "x", "title": "", "accountable": "x"}', None),
    ):
        headers = {"Content-Type": media_type}
        response = await api.call("PUT", path, content=content.encode(), headers=headers)
        assert response.status_code == 422
        expected = found or ["/title", "/title", "/accountable", "/variants"]
        assert pointers(response) == expected
    assert (await api.call("GET", path)).status_code == 404


async def test_an_unreadable_document_is_refused_to_whoever_may_publish(
    api: Api, world: World
) -> None:
    # Who may not publish learns nothing of the document, nor of whom it names.
    document = {"title": "", "accountable": world["foreign_desk"]}
    own, foreign = (f"/v1/clients/{world[one]}/protocol" for one in ("client", "foreign_client"))
    for whose, path, status in (("provider", own, 403), ("coordinator", foreign, 404)):
        response = await api.call("PUT", path, document, key=world.keys[whose])
        assert response.status_code == status, (whose, path)
    response = await api.call("PUT", own, document, key=world.keys["coordinator"])
    assert response.json()["errors"][1] == {
        "pointer": "/accountable",
        "detail": "No such party is known here.",
    }


async def test_a_desk_that_cannot_be_reached_at_every_hour_is_refused(
    api: Api, world: World
) -> None:
    path = f"/v1/clients/{world['client']}/protocol"
    point = f"/v1/parties/{world['nurse']}/contact-points/{world['point']}"
    await api.patch(point, {"hours": ["09:00-17:00"]})
    assert pointers(await put(api, path, protocol(world))) == ["/accountable"]
    await api.patch(point, {"retired": True})
    assert pointers(await put(api, path, protocol(world))) == ["/accountable"]
    await api.make(f"/v1/parties/{world['desk']}/contact-points", {"channel": "inbox"})
    assert (await put(api, path, protocol(world))).status_code == 201


async def test_warnings_come_with_the_version(api: Api, world: World) -> None:
    path = f"/v1/clients/{world['client']}/protocol"
    step = {"desk": world["desk"], "remind_every_seconds": 200, "ack_within_seconds": 180}
    document = protocol(world, variants=[{"name": "x", "steps": [step]}])
    for status in (201, 200):
        response = await put(api, path, document)
        assert response.status_code == status
        (warning,) = response.json()["warnings"]
        assert warning["pointer"] == "/variants/0/steps/0/remind_every_seconds"
        assert warning["detail"]


async def test_an_approval_counts_by_the_day_in_the_documents_zone(api: Api, world: World) -> None:
    path = f"/v1/clients/{world['client']}/protocol"
    approval = protocol(world)["approvals"][0] | {"approved_on": "2026-11-21"}
    document = protocol(world, approvals=[approval])
    api.clock.now = datetime(2026, 11, 20, 14, 59, 59, tzinfo=UTC)  # 23:59:59 in Tokyo
    assert pointers(await put(api, path, document)) == ["/accountable"]
    london = document | {"timezone": "Europe/London"}
    api.clock.push(seconds=1)
    assert pointers(await put(api, path, london)) == ["/accountable"]
    assert (await put(api, path, document)).status_code == 201


async def test_a_document_of_another_type_or_form_is_refused(api: Api, world: World) -> None:
    path = f"/v1/clients/{world['client']}/protocol"
    text = json.dumps(protocol(world)).encode()
    rows = [
        ("text/plain", text, 415),
        ("application/jsonp", text, 415),
        ("", text, 415),
        ("application/json", b"", 422),
        ("application/json", b"{", 422),
        ("application/json", b"\xff", 422),
        ("application/json", b"[]", 422),
        ("application/json", YAML.format_map(world.ids).encode(), 422),
        ("application/yaml", b"a: [", 422),
        ("application/yaml", b"a: &x 1\nb: *x", 422),
        ("application/json; charset=utf-8", text, 201),
        ("Application/YAML", text, 200),  # JSON is YAML
    ]
    for media_type, content, status in rows:
        headers = {"Content-Type": media_type}
        response = await api.call("PUT", path, content=content, headers=headers)
        assert response.status_code == status, (media_type, content, response.text)
        if status == 422:
            assert pointers(response)[0] in {"", "/title"}


async def test_a_retired_client_gets_no_new_protocol(api: Api, world: World) -> None:
    path = f"/v1/clients/{world['client']}/protocol"
    await put(api, path, protocol(world))
    await api.patch(f"/v1/clients/{world['client']}", {"retired": True})
    assert (await put(api, path, protocol(world, title="新"))).status_code == 409
    assert (await api.get(path))["version"] == 1
