"""Idempotency-Key: the same answer again without acting again."""

import asyncio

from tests.routes.world import Api, World, pointers

BODY = {"name": "A市", "kind": "municipality"}
HERE = "/v1/organisations"


async def names(api: Api) -> list[str]:
    return [one["name"] for one in (await api.get(HERE))["items"]]


async def test_same_key_and_body_give_the_same_answer_once(api: Api) -> None:
    headers = {"Idempotency-Key": "k-1"}
    first = await api.call("POST", HERE, BODY, headers=headers)
    second = await api.call("POST", HERE, BODY, headers=headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert await names(api) == ["A市"]


async def test_without_a_key_each_request_acts(api: Api) -> None:
    for _ in range(2):
        await api.make(HERE, BODY)
    assert await names(api) == ["A市", "A市"]


async def test_same_key_with_another_body_is_refused(api: Api) -> None:
    headers = {"Idempotency-Key": "k-1"}
    await api.call("POST", HERE, BODY, headers=headers)
    again = await api.call("POST", HERE, BODY | {"name": "B市"}, headers=headers)
    assert again.status_code == 422
    assert again.json()["type"] == "urn:renrakumo:problem:idempotency-key-reused"
    assert await names(api) == ["A市"]


async def test_a_secret_is_null_in_the_repeated_answer(api: Api, world: World) -> None:
    for path, body, secret in (
        ("/v1/keys", {"organisation_id": world["a"], "role": "auditor"}, "key"),
        (
            f"/v1/parties/{world['nurse']}/contact-points",
            {"channel": "webhook", "address": "http://127.0.0.1:9000/x"},
            "secret",
        ),
    ):
        headers = {"Idempotency-Key": "k-1"}
        first = (await api.call("POST", path, body, headers=headers)).json()
        second = (await api.call("POST", path, body, headers=headers)).json()
        assert first[secret]
        assert second == first | {secret: None}
        assert first[secret] not in "".join(
            row for row in await api.everything() if "idempotency" in row.lower()
        )


async def test_two_requests_at_once_with_one_key_act_once(api: Api) -> None:
    headers = {"Idempotency-Key": "k-1"}
    answers = await asyncio.gather(
        *(api.call("POST", HERE, BODY, headers=headers) for _ in range(6))
    )
    assert {one.status_code for one in answers} == {201}
    assert len({one.json()["id"] for one in answers}) == 1
    assert sum("idempotent-replayed" in one.headers for one in answers) == 5
    assert await names(api) == ["A市"]


async def test_a_key_is_bound_to_its_caller_and_its_path(api: Api, world: World) -> None:
    headers = {"Idempotency-Key": "k-1"}
    body = {"organisation_id": world["provider"], "kind": "desk", "name": "x"}
    first = await api.call("POST", "/v1/parties", body, headers=headers)
    other = await api.call(
        "POST", "/v1/parties", body, headers=headers, key=world.keys["coordinator"]
    )
    assert first.json()["id"] != other.json()["id"]
    point = {"channel": "inbox"}
    made = [
        await api.call("POST", f"/v1/parties/{one}/contact-points", point, headers=headers)
        for one in (world["nurse"], world["desk"])
    ]
    assert made[0].json()["id"] != made[1].json()["id"]


async def test_after_a_day_the_key_is_new(api: Api) -> None:
    headers = {"Idempotency-Key": "k-1"}
    await api.call("POST", HERE, BODY, headers=headers)
    api.clock.push(hours=24, milliseconds=-1)
    again = await api.call("POST", HERE, BODY, headers=headers)
    assert "idempotent-replayed" in again.headers
    api.clock.push(milliseconds=1)
    other = BODY | {"name": "B市"}
    again = await api.call("POST", HERE, other, headers=headers)
    assert again.status_code == 201
    assert "idempotent-replayed" not in again.headers
    assert "idempotent-replayed" in (await api.call("POST", HERE, other, headers=headers)).headers
    assert await names(api) == ["A市", "B市"]


async def test_a_refusal_is_not_kept(api: Api) -> None:
    headers = {"Idempotency-Key": "k-1"}
    body = {"name": "x", "kind": "medical", "municipality_ids": ["nowhere"]}
    assert (await api.call("POST", HERE, body, headers=headers)).status_code == 422
    made = await api.call("POST", HERE, BODY, headers=headers)
    assert made.status_code == 201


async def test_an_impossible_key_is_refused(api: Api) -> None:
    for key in ("", "a b", "é", "a" * 256):
        headers = {
            b"Authorization": f"Bearer {api.operator}".encode(),
            b"Idempotency-Key": key.encode("latin-1"),
        }
        response = await api.http.post(HERE, json=BODY, headers=headers)
        assert response.status_code == 422, key
        assert pointers(response) == ["/Idempotency-Key"]
        assert response.json()["errors"][0]["in"] == "header"
    assert await names(api) == []
