"""Several reports at once: each is read, answered and durable on its own."""

import json
from collections.abc import AsyncIterator, Sequence

import pytest

from app.routes.incidents import BatchBody, ReportBody
from tests.routes.office import Office, open_office
from tests.routes.world import Api, Json, World, pointers

HERE = "/v1/incidents/batch"
JSON = {"Content-Type": "application/json"}
TWICE = '{"a": 1, "a": 1}'


@pytest.fixture
async def office(api: Api, world: World) -> AsyncIterator[Office]:
    async with open_office(api, world) as office:
        yield office


async def results(office: Office, items: Sequence[object], **headers: str) -> list[Json]:
    """What became of each report."""
    return await results_of_text(office, json.dumps({"items": items}), **headers)


async def results_of_text(office: Office, text: str, **headers: str) -> list[Json]:
    sent = JSON | {name.replace("_", "-"): value for name, value in headers.items()}
    response = await office.api.call("POST", HERE, content=text.encode(), headers=sent)
    assert response.status_code == 207, response.text
    found: list[Json] = response.json()["items"]
    return found


async def stored(office: Office) -> list[str]:
    return [one["id"] for one in (await office.api.get("/v1/incidents"))["items"]]


def fall(office: Office, **more: object) -> Json:
    return {"client_id": office["client"], "type": "fall", **more}


async def test_a_report_that_cannot_be_read_harms_no_other(office: Office) -> None:
    wrong: list[tuple[object, list[str]]] = [
        (fall(office, type="fell"), ["/type"]),
        (fall(office, client_ref="0042"), [""]),  # exactly one of the two
        (fall(office, client_id=7, speed="fast", drill="no"), ["/client_id", "/drill", "/speed"]),
        ({}, ["/type"]),
        (7, [""]),
        (None, [""]),
        ([], [""]),
        (fall(office, summary="a\u202eb"), ["/summary"]),
        (fall(office, summary="a\u0000b", **{"a/b\ud800": 1}), ["/a~1b\ud800", "/summary"]),
    ]
    items = [one for item, _ in wrong for one in (item, fall(office, summary="一\r\n二\t三"))]
    found = await results(office, items)
    assert [one["status"] for one in found] == [422, 201] * len(wrong)
    for (item, where), one in zip(wrong, found[::2], strict=True):
        problem = one["body"]
        assert problem["type"] == "urn:renrakumo:problem:fields-invalid"
        assert problem["status"] == 422
        at = sorted({error["pointer"] for error in problem["errors"]})
        assert at == where, item
    assert sorted(one["body"]["id"] for one in found[1::2]) == sorted(await stored(office))


async def test_what_is_wrong_in_a_report_says_what_it_is(office: Office) -> None:
    [first, second] = await results(office, [5, fall(office, summary="a\u202eb", x=1)])
    assert first["body"]["errors"] == [{"pointer": "", "detail": "Must be an object."}]
    assert second["body"]["errors"] == [
        {
            "pointer": "/summary",
            "detail": "Must be text without control characters: holds U+202E.",
        },
        {"pointer": "/x", "detail": "There is no such field."},
    ]


async def test_a_flaw_of_the_text_is_that_of_the_report_that_it_is_in(office: Office) -> None:
    good = json.dumps(fall(office))
    twice = good[:-1] + ', "type": "fall", "type": "fell", "details": [{"a": 1, "a": 2}]}'
    text = f'{{"items": [{good}, {twice}, "\\u0000", {good}]}}'
    found = await results_of_text(office, text)
    assert [one["status"] for one in found] == [201, 422, 422, 201]
    assert [one["pointer"] for one in found[1]["body"]["errors"]] == [
        "/type",
        "/details/0/a",
    ]
    assert [one["pointer"] for one in found[2]["body"]["errors"]] == [""]
    assert len(await stored(office)) == 2


async def test_a_refused_report_may_be_sent_again_under_the_same_key(office: Office) -> None:
    items = [fall(office), fall(office, type="fell"), fall(office, client_id="nobody")]
    first = await results(office, items, Idempotency_Key="k-1")
    again = await results(office, items, Idempotency_Key="k-1")
    assert [one["status"] for one in first] == [201, 422, 404]
    assert again == first
    assert len(await stored(office)) == 1


async def test_a_batch_that_is_malformed_is_refused_as_a_whole(office: Office) -> None:
    good = json.dumps(fall(office))
    rows = [
        ("[]", [""]),
        ("null", [""]),
        ("{}", ["/items"]),
        ('{"items": []}', ["/items"]),
        (f'{{"items": {{"0": {good}}}}}', ["/items"]),
        (f'{{"items": [{", ".join([good] * 501)}]}}', ["/items"]),
        (f'{{"items": [{good}], "more": 1}}', ["/more"]),
        (f'{{"items": [{good}], "items": [{good}]}}', ["/items"]),
        (f'{{"items": [{good}, NaN]}}', [""]),
        (f'{{"items": [{good}]', [""]),
        # So many flaws that nobody can say where the last one is.
        (f'{{"items": [{good}, [{", ".join([TWICE] * 1_000)}]]}}', None),
    ]
    for text, where in rows:
        response = await office.api.call("POST", HERE, content=text.encode(), headers=JSON)
        assert response.status_code == 422, text[:100]
        assert where is None or pointers(response) == where, text[:100]
    assert await stored(office) == []


async def test_the_largest_batch_is_taken(office: Office) -> None:
    found = await results(office, [fall(office)] * 499 + [{}])
    assert [one["status"] for one in found] == [201] * 499 + [422]


def test_the_document_says_what_a_report_is() -> None:
    schema = BatchBody.model_json_schema()["properties"]["items"]
    assert schema["items"]["properties"].keys() == ReportBody.model_fields.keys()
    assert (schema["minItems"], schema["maxItems"]) == (1, 500)
