"""What a client's protocol differs in, by API: from its versions, the default, and a template."""

from copy import deepcopy

from app.auth import Role
from app.protocols.authoring.difference import Change, Op, apply
from app.routes.protocols import differences
from tests.routes.office import APPROVAL
from tests.routes.world import Api, Json, World, pointers, protocol

C, P, A = Role.COORDINATOR, Role.PROVIDER, Role.AUDITOR


def path(world: World, client: str = "client") -> str:
    return f"/v1/clients/{world[client]}/protocol"


async def put(api: Api, where: str, document: Json) -> Json:
    response = await api.call("PUT", where, document)
    assert response.status_code == 201, response.text
    return document


def longer(document: Json) -> Json:
    changed = deepcopy(document)
    changed["variants"][0]["steps"][0]["ack_within_seconds"] = 300
    return changed


async def compared(api: Api, where: str, against: str, *, key: str | None = None) -> Json:
    answer = await api.get(f"{where}/differences?against={against}", key=key)
    differences.Differences.model_validate(answer)
    return answer


async def test_a_version_is_compared_with_the_newest(api: Api, world: World) -> None:
    first = await put(api, path(world), protocol(world))
    await put(api, path(world), longer(first))
    answer = await compared(api, path(world), "version:1")
    assert answer == {
        "version": 2,
        "against_version": 1,
        "changes": [
            {
                "op": "changed",
                "pointer": "/variants/0/steps/0/ack_within_seconds",
                "before": 180,
                "after": 300,
            }
        ],
        "lines": ["「いつでも」の1段目: 応答期限 180秒 → 300秒"],
    }
    assert (await compared(api, path(world), "version:2"))["changes"] == []


async def test_the_default_is_compared_and_the_changes_lead_from_it(api: Api, world: World) -> None:
    default = f"/v1/organisations/{world['a']}/protocol"
    await put(api, default, protocol(world, title="標準"))
    steps = [{"person": world["nurse"]}, {"desk": world["desk"], "ack_within_seconds": 60}]
    own = protocol(world, variants=[{"name": "いつでも", "steps": steps}])
    await put(api, path(world), own)
    answer = await compared(api, path(world), "default")
    assert (answer["version"], answer["against_version"]) == (1, 1)
    assert answer["lines"] == [
        "表題 標準 → 緊急時対応",
        "「いつでも」: 1段目を追加: 担当者 看護師、応答期限 180秒",
        "「いつでも」の2段目: 応答期限 180秒 → 60秒",
    ]
    changes = [
        Change(op=Op(one["op"]), **{name: one[name] for name in ("pointer", "before", "after")})
        for one in answer["changes"]
    ]
    before = (await api.get(default))["document"]
    assert apply(before, changes) == (await api.get(path(world)))["document"]


async def test_a_template_is_compared_without_title_and_approvals(api: Api, world: World) -> None:
    roles = {"first_contact": world["nurse"], "accountable": world["desk"]}
    response = await api.call("POST", "/v1/protocol-templates/kakegawa/fill", {"roles": roles})
    document = response.json()["document"] | {
        "title": "佐藤様",
        "approvals": [APPROVAL | {"organisation": world["provider"]}],
    }
    await put(api, path(world), document)
    # The accountable desk is the client's own, unless another is named.
    first = f"&role=first_contact:{world['nurse']}"
    answer = await compared(api, path(world), f"template:kakegawa{first}")
    assert (answer["changes"], answer["against_version"]) == ([], None)
    answer = await compared(
        api, path(world), f"template:kakegawa{first}&role=second_contact:{world['desk']}"
    )
    assert answer["lines"] == [
        "「すべての時間帯」: 2段目を削除: 名前 第2通報先、当番窓口 夜間当番、応答期限 120秒"
    ]
    for query, wrong in (
        ("", "first_contact: This role must be filled."),
        ("&role=nobody:x" + first, "nobody: This template has no such role."),
        (
            f"{first}&role=second_contact:{world['a']}",
            "second_contact: Must be a desk or a person.",
        ),
    ):
        url = f"{path(world)}/differences?against=template:kakegawa{query}"
        refused = await api.call("GET", url)
        assert refused.status_code == 422
        assert refused.json()["errors"] == [{"pointer": "/role", "detail": wrong, "in": "query"}]


# An Accept-Language header, and the language of the lines.
LANGUAGES = (
    (None, "ja"),
    ("en", "en"),
    ("en-GB,ja;q=0.5", "en"),
    ("ja,en;q=0.9", "ja"),
    ("fr", "ja"),
    ("en;q=0", "ja"),
    ("en;q=x,ja;q=0", "ja"),
)
LINES = {
    "ja": ["「いつでも」の1段目: 応答期限 180秒 → 300秒"],
    "en": ['"いつでも", step 1: time to answer 180 s → 300 s'],
}


async def test_lines_are_in_the_language_that_is_asked_for(api: Api, world: World) -> None:
    await put(api, path(world), longer(await put(api, path(world), protocol(world))))
    url = f"{path(world)}/differences?against=version:1"
    for header, language in LANGUAGES:
        headers = {"Accept-Language": header} if header else {}
        response = await api.call("GET", url, headers=headers)
        assert response.headers["content-language"] == language
        assert response.headers["vary"] == "Accept-Language"
        assert response.json()["lines"] == LINES[language]


# Client and query, and the status for coordinator of A, provider in A, auditor of A.
MATRIX = (
    ("client", "version:1", (200, 200, 403)),
    ("client", "version:2", (404, 404, 403)),
    # Only coordinators see a default; here there is one.
    ("client", "default", (200, 404, 403)),
    ("client", "template:nothing", (404, 404, 403)),
    ("other_client", "version:1", (404, 404, 403)),
    ("foreign_client", "version:1", (404, 404, 403)),
    ("foreign_client", "template:generic", (404, 404, 403)),
)


async def test_what_a_key_does_not_see_is_not_compared(api: Api, world: World) -> None:
    await put(api, path(world), protocol(world))
    await put(api, f"/v1/organisations/{world['a']}/protocol", protocol(world))
    for client, against, statuses in MATRIX:
        for role, status in zip((C, P, A), statuses, strict=True):
            url = f"{path(world, client)}/differences?against={against}"
            response = await api.call("GET", url, key=world.keys[role])
            assert response.status_code == status, (client, against, role)


async def test_parties_that_a_provider_does_not_see_have_no_names(api: Api, world: World) -> None:
    hall = {"organisation_id": world["centre"], "kind": "desk", "name": "包括"}
    hall_id = (await api.make("/v1/parties", hall))["id"]
    first = await put(api, path(world), protocol(world))
    steps = [{"desk": world["desk"], "inform": [hall_id]}]
    await put(api, path(world), first | {"variants": [{"name": "いつでも", "steps": steps}]})
    for role, name in ((C, "包括"), (P, hall_id)):
        [line] = (await compared(api, path(world), "version:1", key=world.keys[role]))["lines"]
        assert line == f"「いつでも」の1段目: 通知先に追加: {name}"


# A query that makes no sense, and where it is wrong.
QUERIES = (
    ("", "/against"),
    ("against=", "/against"),
    ("against=version:0", "/against"),
    ("against=version:2147483648", "/against"),
    ("against=version:99999999999", "/against"),
    ("against=template:", "/against"),
    ("against=default&role=a:b", "/role"),
    ("against=template:generic&role=a", "/role/0"),
    ("against=template:generic&role=a:b&role=a:c", "/role"),
    ("against=default&x=1", "/x"),
)


async def test_a_query_that_makes_no_sense_is_refused(api: Api, world: World) -> None:
    for query, pointer in QUERIES:
        response = await api.call("GET", f"{path(world)}/differences?{query}")
        assert (response.status_code, pointers(response)) == (422, [pointer]), query
