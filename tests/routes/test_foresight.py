"""Checking and simulating a protocol, published or not."""

import pytest

from app.auth import Role
from tests.routes.world import Api, Json, World, pointers, protocol

OPENED_AT = "2026-11-24T13:00:00.000Z"  # 22:00 in Tokyo


async def day_desk(api: Api, world: World) -> str:
    """A desk of the provider that is open by day only, with a nurse of its own."""
    body = {"organisation_id": world["provider"], "kind": "desk", "name": "日勤"}
    desk = await api.make("/v1/parties", body | {"hours": ["09:00-17:00"]})
    person = {"organisation_id": world["provider"], "kind": "person", "name": "看護師 鈴木"}
    nurse = await api.make("/v1/parties", person | {"desk_ids": [desk["id"]]})
    await api.make(f"/v1/parties/{nurse['id']}/contact-points", {"channel": "inbox"})
    return str(desk["id"])


async def two_steps(api: Api, world: World) -> Json:
    desk = await day_desk(api, world)
    steps = [{"desk": desk, "ack_within_seconds": 120}, {"desk": world["desk"]}]
    return protocol(world, variants=[{"name": "いつでも", "steps": steps}])


async def post(
    api: Api, world: World, verb: str, body: object, content: bytes | None = None
) -> Json:
    path = f"/v1/clients/{world['client']}/protocol/{verb}"
    headers = {"Content-Type": "application/json"}
    response = await api.call("POST", path, body, content=content, headers=headers)
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    return answer


async def test_check_proves_a_whole_protocol_without_publishing_it(api: Api, world: World) -> None:
    report = await post(api, world, "check", protocol(world))
    assert (report["ok"], report["errors"], report["gaps"]) == (True, [], [])
    worst = report["worst_case"]
    assert (worst["variant"], worst["accountable_holds_after_seconds"]) == ("いつでも", 180)
    assert worst["first_page_after_seconds"] == 0
    assert [(one["step"], one["party_id"], one["after_seconds"]) for one in worst["pages"]] == [
        (1, world["nurse"], 0)
    ]
    nothing = await api.call("GET", f"/v1/clients/{world['client']}/protocol")
    assert nothing.status_code == 404


async def test_check_names_each_gap_with_an_incident_that_runs_into_it(
    api: Api, world: World
) -> None:
    document = await two_steps(api, world)
    report = await post(api, world, "check", document)
    assert report["ok"]
    # Every night of the horizon, and the night in which it begins.
    assert report["gap_count"] >= 400
    assert report["warnings"] == [
        {
            "pointer": "/variants/0/steps/0",
            "detail": "Nobody can be asked here for 6400 h 0 min of the horizon; see `gaps`.",
        }
    ]
    gap = report["gaps"][0]
    assert (gap["pointer"], gap["cause"]) == ("/variants/0/steps/0", "nobody_on_duty")
    shown = gap["counterexample"]
    past = await replay(api, world, document, shown)
    passed = [one for one in past["timeline"] if one["type"] == "skipped"]
    assert [(one["at"], one["step"]) for one in passed] == [(shown["at"], 1)]
    # By night the first step is passed over at once; by day it takes its two minutes.
    assert report["worst_case"]["accountable_holds_after_seconds"] == 300


async def replay(api: Api, world: World, document: Json, shown: Json) -> Json:
    """What `simulate` says of a counterexample, each value as `check` said it."""
    sent_on = {"after_seconds": shown["escalate_after_seconds"], "act": "escalate"}
    script = {
        "document": document,
        "type": shown["type"],
        "severity": shown["severity"],
        "at": shown["opened_at"],
        "answers": [sent_on] * 3,
    }
    return await post(api, world, "simulate", script)


async def test_counterexamples_of_a_night_and_of_a_long_step_are_replayed(
    api: Api, world: World
) -> None:
    """A fault waits for the morning; what began on Friday comes to the day desk on Sunday."""
    desk, person = await day_desk(api, world), {"person": world["nurse"]}
    last = {"name": "いつでも", "steps": [{"desk": world["desk"]}]}
    rows = [
        # In the morning the first step begins, which at 07:00 can ask nobody.
        ({"types": ["low_battery"]}, [{"desk": desk}]),
        # Only what was opened on a weekday comes here.
        ({"days": ["weekday"]}, [{**person, "ack_within_seconds": 86_400}] * 2 + [{"desk": desk}]),
    ]
    lengths = []
    for when, steps in rows:
        variant = {"name": "試し", "when": when, "steps": steps}
        document = protocol(world, variants=[variant, last])
        gaps = (await post(api, world, "check", document))["gaps"]
        for gap in gaps[:20]:
            shown = gap["counterexample"]
            past = await replay(api, world, document, shown)
            passed = [(one["at"], one["step"]) for one in past["timeline"] if _passed(one)]
            assert (shown["at"], gap["step"]) in passed
            lengths.append(shown["escalate_after_seconds"])
    # Of whole minutes, where the clock at which it was checked does not say otherwise.
    assert all(one % 60 == 0 for one in lengths)
    assert max(lengths) > 86_400


def _passed(line: Json) -> bool:
    return line["type"] == "skipped" and line["step"] is not None


@pytest.mark.parametrize("seconds", [0.001, 0.5, 59.999])
async def test_answers_come_to_the_millisecond(api: Api, world: World, seconds: float) -> None:
    answer = {"party_id": world["nurse"], "after_seconds": seconds, "act": "decline"}
    script = {"document": protocol(world), "type": "fall", "answers": [answer]}
    past = await post(api, world, "simulate", script)
    assert seconds in [one["after_seconds"] for one in past["timeline"]]


@pytest.mark.parametrize("body", [b"", b"{}", b" {} "])
async def test_without_a_document_the_published_one_is_checked(
    api: Api, world: World, body: bytes
) -> None:
    path = f"/v1/clients/{world['client']}/protocol"
    headers = {"Content-Type": "application/json"}
    missing = await api.call("POST", path + "/check", content=body, headers=headers)
    assert missing.status_code == 404
    await api.call("PUT", path, protocol(world))
    report = await post(api, world, "check", None, body)
    assert report["ok"]


async def test_check_says_all_that_is_wrong_and_answers_200(api: Api, world: World) -> None:
    document = protocol(world, accountable="nobody", title="")
    report = await post(api, world, "check", document)
    assert (report["ok"], report["worst_case"]) == (False, None)
    assert [one["pointer"] for one in report["errors"]] == ["/title", "/accountable"]


async def test_check_of_what_nobody_may_see_is_refused(api: Api, world: World) -> None:
    coordinator = world.keys[Role.COORDINATOR]
    path = f"/v1/clients/{world['foreign_client']}/protocol/check"
    assert (await api.call("POST", path, protocol(world), key=coordinator)).status_code == 404
    auditor = world.keys[Role.AUDITOR]
    path = f"/v1/clients/{world['client']}/protocol/check"
    assert (await api.call("POST", path, protocol(world), key=auditor)).status_code == 403


async def test_simulation_tells_who_would_hold_and_who_would_hear(api: Api, world: World) -> None:
    document = await two_steps(api, world)
    script = {
        "document": document,
        "type": "fall",
        "at": OPENED_AT,
        "answers": [
            {"party_id": world["nurse"], "after_seconds": 40, "act": "acknowledge"},
            {"party_id": world["nurse"], "after_seconds": 600, "act": "arrive"},
            {"party_id": world["nurse"], "after_seconds": 900, "act": "resolve"},
        ],
    }
    past = await post(api, world, "simulate", script)
    held = [
        (one["holder"]["id"], one["from"], one["to"], one["cause"]) for one in past["intervals"]
    ]
    assert held == [
        (world["desk"], OPENED_AT, "2026-11-24T13:00:40.000Z", "reported"),
        (world["nurse"], "2026-11-24T13:00:40.000Z", "2026-11-24T13:15:00.000Z", "acknowledged"),
    ]
    assert past["status"] == "resolved"
    first = past["messages"][0]
    assert (first["party"]["id"], first["channel"], first["type"], first["after_seconds"]) == (
        world["nurse"],
        "inbox",
        "incident.paged",
        0,
    )


async def test_simulation_ends_when_the_last_resort_has_been_paged_twice(
    api: Api, world: World
) -> None:
    past = await post(
        api, world, "simulate", {"document": protocol(world), "type": "fall", "at": OPENED_AT}
    )
    assert past["exhausted"]
    assert past["ended_at"] == "2026-11-24T13:04:00.000Z"  # 180 s, and 60 s to the second page
    assert past["intervals"][-1]["to"] is None


async def test_simulation_refuses_whom_the_protocol_does_not_know(api: Api, world: World) -> None:
    answers = [{"party_id": world["foreign_nurse"], "after_seconds": 1, "act": "acknowledge"}]
    path = f"/v1/clients/{world['client']}/protocol/simulate"
    body = {"document": protocol(world), "type": "fall", "answers": answers}
    refused = await api.call("POST", path, body)
    assert (refused.status_code, pointers(refused)) == (422, ["/answers/0/party_id"])
    body = {"document": protocol(world, accountable="nobody"), "type": "fall"}
    refused = await api.call("POST", path, body)
    assert (refused.status_code, pointers(refused)) == (422, ["/document/accountable"])


async def test_default_protocols_are_checked_and_simulated_too(api: Api, world: World) -> None:
    path = f"/v1/organisations/{world['a']}/protocol"
    checked = await api.call("POST", path + "/check", protocol(world))
    assert checked.json()["ok"]
    body = {"document": protocol(world), "type": "fall"}
    assert (await api.call("POST", path + "/simulate", body)).json()["exhausted"]


async def test_provider_does_not_foresee_with_other_organisations_persons(
    api: Api, world: World
) -> None:
    path = f"/v1/clients/{world['client']}/protocol"
    await api.call("PUT", path, protocol(world))
    key = world.keys[Role.PROVIDER]
    for verb, body in (("check", {}), ("distribution", {}), ("simulate", {"type": "fall"})):
        response = await api.call("POST", f"{path}/{verb}", body, key=key)
        assert response.status_code == 403, verb
    assert (await api.call("GET", path, key=key)).status_code == 200
