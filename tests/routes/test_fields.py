"""Every field of every resource, wrong once: 422, its pointer, and nothing changed."""

import pytest
from pydantic import BaseModel, ValidationError

from app.commands.acts import ACTS
from app.protocols.wording import sentence
from app.routes.incidents import ReportBody
from tests.routes.world import Api, Json, World, pointers, protocol

TOO_LONG = "あ" * 201
NUL = "a\x00b"
TURNED = "a\u202eb"  # what follows is shown from right to left
UNKNOWN = "0190c0de-0000-7000-8000-000000000000"
# A cell of the table: method, path, body, pointer. "{a}" stands for the id of `a`.
Row = tuple[str, str, object, str]

ORGANISATION = {"name": "南支援センター", "kind": "support_centre", "municipality_ids": ["{a}"]}
DESK = {"organisation_id": "{provider}", "kind": "desk", "name": "夜間当番"}
PERSON = {"organisation_id": "{provider}", "kind": "person", "name": "佐藤"}
POINT = {"channel": "webhook", "address": "http://127.0.0.1:9000/x"}
CLIENT = {"municipality_id": "{a}", "name": "佐藤 花子"}
KEY = {"organisation_id": "{provider}", "role": "provider"}
POINTS = "/v1/parties/{nurse}/contact-points"


def bad(method: str, path: str, base: Json, wrong: list[tuple[Json, str]]) -> list[Row]:
    return [(method, path, base | change, pointer) for change, pointer in wrong]


def lacking(path: str, base: Json, *names: str) -> list[Row]:
    return [
        ("POST", path, {key: base[key] for key in base if key != name}, f"/{name}")
        for name in names
    ]


ROWS: list[Row] = [
    # --- organisations
    *lacking("/v1/organisations", ORGANISATION, "name", "kind", "municipality_ids"),
    *bad(
        "POST",
        "/v1/organisations",
        ORGANISATION,
        [
            ({"name": ""}, "/name"),
            ({"name": "  "}, "/name"),
            ({"name": 1}, "/name"),
            ({"name": None}, "/name"),
            ({"name": TOO_LONG}, "/name"),
            ({"name": NUL}, "/name"),
            ({"name": "two\nlines"}, "/name"),
            ({"name": TURNED}, "/name"),
            ({"name": "a\x1bb"}, "/name"),
            ({"kind": "company"}, "/kind"),
            ({"municipality_ids": "{a}"}, "/municipality_ids"),
            ({"municipality_ids": []}, "/municipality_ids"),
            ({"municipality_ids": ["{a}", UNKNOWN]}, "/municipality_ids/1"),
            ({"municipality_ids": ["{provider}"]}, "/municipality_ids/0"),
            ({"municipality_ids": ["{a}", "{a}"]}, "/municipality_ids/1"),
            ({"municipality_ids": [NUL]}, "/municipality_ids/0"),
            # A municipality and an operator do not choose where they work.
            ({"kind": "municipality"}, "/municipality_ids"),
            ({"kind": "operator"}, "/municipality_ids"),
            ({"id": UNKNOWN}, "/id"),
            ({"a/b~c": 1}, "/a~1b~0c"),
        ],
    ),
    *bad(
        "PATCH",
        "/v1/organisations/{provider}",
        {},
        [
            ({"name": ""}, "/name"),
            ({"name": None}, "/name"),
            ({"municipality_ids": []}, "/municipality_ids"),
            ({"municipality_ids": [UNKNOWN]}, "/municipality_ids/0"),
            ({"kind": "family"}, "/kind"),
            # Only a municipality has one.
            ({"accountable_desk_id": "{desk}"}, "/accountable_desk_id"),
        ],
    ),
    *bad(
        "PATCH",
        "/v1/organisations/{a}",
        {},
        [
            ({"accountable_desk_id": UNKNOWN}, "/accountable_desk_id"),
            ({"accountable_desk_id": "{nurse}"}, "/accountable_desk_id"),
            ({"accountable_desk_id": "{foreign_desk}"}, "/accountable_desk_id"),
            ({"municipality_ids": ["{b}"]}, "/municipality_ids"),
        ],
    ),
    # --- desks and persons
    *lacking("/v1/parties", DESK, "organisation_id", "kind", "name"),
    *bad(
        "POST",
        "/v1/parties",
        DESK,
        [
            ({"organisation_id": UNKNOWN}, "/organisation_id"),
            ({"organisation_id": "{desk}"}, "/organisation_id"),
            ({"organisation_id": ["{provider}"]}, "/organisation_id"),
            ({"kind": "organisation"}, "/kind"),
            ({"kind": "team"}, "/kind"),
            ({"name": ""}, "/name"),
            ({"hours": "always"}, "/hours"),
            ({"hours": None}, "/hours"),
            ({"hours": []}, "/hours"),
            ({"hours": ["18:00"]}, "/hours"),
            ({"hours": ["25:00-26:00"]}, "/hours"),
            ({"hours": ["18:00-18:00"]}, "/hours"),
            ({"desk_ids": ["{desk}"]}, "/desk_ids"),
            ({"retired": True}, "/retired"),
        ],
    ),
    *bad(
        "POST",
        "/v1/parties",
        PERSON,
        [
            ({"hours": "24h"}, "/hours"),
            ({"desk_ids": "{desk}"}, "/desk_ids"),
            ({"desk_ids": [UNKNOWN]}, "/desk_ids/0"),
            ({"desk_ids": ["{desk}", "{nurse}"]}, "/desk_ids/1"),
            ({"desk_ids": ["{desk}", "{desk}"]}, "/desk_ids/1"),
            ({"desk_ids": ["{desk}"] * 51}, "/desk_ids"),
        ],
    ),
    *bad(
        "PATCH",
        "/v1/parties/{nurse}",
        {},
        [
            ({"name": None}, "/name"),
            ({"hours": "24h"}, "/hours"),
            ({"desk_ids": [UNKNOWN]}, "/desk_ids/0"),
            ({"retired": "yes"}, "/retired"),
            ({"retired": None}, "/retired"),
            ({"organisation_id": "{a}"}, "/organisation_id"),
        ],
    ),
    *bad(
        "PATCH",
        "/v1/parties/{desk}",
        {},
        [({"desk_ids": []}, "/desk_ids"), ({"hours": ["1-2"]}, "/hours")],
    ),
    # --- contact points
    *lacking(POINTS, POINT, "channel", "address"),
    *bad(
        "POST",
        POINTS,
        POINT,
        [
            ({"channel": "pigeon"}, "/channel"),
            ({"address": ""}, "/address"),
            ({"address": "not a web address"}, "/address"),
            ({"address": "ftp://127.0.0.1/x"}, "/address"),
            ({"address": "http://192.0.2.1/x"}, "/address"),  # http:// outside of what is allowed
            ({"address": "https://10.0.0.1/x"}, "/address"),  # a private network
            ({"address": "https://" + "a" * 2050}, "/address"),
            ({"secret": "whsec_c2hvcnQ="}, "/secret"),  # 5 bytes
            ({"secret": "whsec_" + "c2VjcmV0" * 11}, "/secret"),  # 66 bytes
            ({"secret": "c2VjcmV0" * 4}, "/secret"),  # without its prefix
            ({"secret": "whsec_!!!!"}, "/secret"),
            ({"hours": "day"}, "/hours"),
            ({"delay_seconds": -1}, "/delay_seconds"),
            ({"delay_seconds": 86_401}, "/delay_seconds"),
            ({"delay_seconds": 1.5}, "/delay_seconds"),
            ({"delay_seconds": "1"}, "/delay_seconds"),
            ({"party_id": "{desk}"}, "/party_id"),
        ],
    ),
    *bad(
        "POST",
        POINTS,
        {"channel": "email"},
        [
            ({"address": "nobody"}, "/address"),
            ({"address": "a@example.jp\r\nBcc: b@example.jp"}, "/address"),
            ({"address": "a@example.jp", "secret": "whsec_" + "c2VjcmV0" * 4}, "/secret"),
        ],
    ),
    *bad("POST", POINTS, {"channel": "inbox"}, [({"address": "a@example.jp"}, "/address")]),
    *bad(
        "PATCH",
        POINTS + "/{point}",
        {},
        [
            ({"address": "http://127.0.0.1/x"}, "/address"),  # it is an inbox
            ({"hours": ["x"]}, "/hours"),
            ({"delay_seconds": None}, "/delay_seconds"),
            ({"retired": 1}, "/retired"),
            ({"channel": "email"}, "/channel"),
            ({"secret": "whsec_" + "c2VjcmV0" * 4}, "/secret"),
        ],
    ),
    # --- clients
    *lacking("/v1/clients", CLIENT, "municipality_id", "name"),
    *bad(
        "POST",
        "/v1/clients",
        CLIENT,
        [
            ({"municipality_id": UNKNOWN}, "/municipality_id"),
            ({"municipality_id": "{provider}"}, "/municipality_id"),
            ({"served_by": "{provider}"}, "/served_by"),
            ({"served_by": [UNKNOWN]}, "/served_by/0"),
            ({"served_by": ["{provider}", "{foreign}"]}, "/served_by/1"),
            ({"served_by": ["{desk}"]}, "/served_by/0"),
            ({"served_by": ["{provider}", "{provider}"]}, "/served_by/1"),
            ({"external_refs": ["0042"]}, "/external_refs"),
            ({"external_refs": {"{provider}": "0042"}}, "/external_refs/{provider}"),
            (
                {"served_by": ["{provider}"], "external_refs": {"{provider}": ""}},
                "/external_refs/{provider}",
            ),
            ({"name": ""}, "/name"),
            ({"kana": 1}, "/kana"),
            ({"birth_date": "1940-02-30"}, "/birth_date"),
            ({"birth_date": "1940-2-3"}, "/birth_date"),
            ({"birth_date": 0}, "/birth_date"),
            ({"address": ""}, "/address"),
            ({"town": TOO_LONG}, "/town"),
            ({"phones": "03-1234-5678"}, "/phones"),
            ({"phones": ["03-1234-5678", "home"]}, "/phones/1"),
            ({"phones": ["03-1234-5678"] * 11}, "/phones"),
            ({"phones": ["(((("]}, "/phones/0"),
            ({"key_and_entry": "x" * 4001}, "/key_and_entry"),
            ({"key_and_entry": NUL}, "/key_and_entry"),
            ({"key_and_entry": "a\x07b"}, "/key_and_entry"),
            ({"care_notes": TURNED}, "/care_notes"),
            ({"kana": TURNED}, "/kana"),
            ({"town": TURNED}, "/town"),
            ({"risks": ["転倒", TURNED]}, "/risks/1"),
            ({"family_contacts": [{"name": TURNED}]}, "/family_contacts/0/name"),
            (
                {"served_by": ["{provider}"], "external_refs": {"{provider}": TURNED}},
                "/external_refs/{provider}",
            ),
            ({"fire_headquarters_number": "119番"}, "/fire_headquarters_number"),
            ({"risks": "転倒"}, "/risks"),
            ({"risks": [""]}, "/risks/0"),
            ({"allergies": ["x"] * 31}, "/allergies"),
            ({"physician": {}}, "/physician"),
            ({"family_contacts": [{"phone": "03-1234-5678"}]}, "/family_contacts/0/name"),
            (
                {"family_contacts": [{"name": "佐藤 一郎", "phone": "home"}]},
                "/family_contacts/0/phone",
            ),
            (
                {"family_contacts": [{"name": "佐藤 一郎", "age": 40}]},
                "/family_contacts/0/age",
            ),
            ({"care_notes": []}, "/care_notes"),
            ({"service_from": "soon"}, "/service_from"),
            ({"service_from": "2026-11-02", "service_to": "2026-11-01"}, "/service_to"),
            ({"code": "K7QX2"}, "/code"),
        ],
    ),
    *bad(
        "PATCH",
        "/v1/clients/{client}",
        {},
        [
            ({"name": None}, "/name"),
            ({"municipality_id": "{b}"}, "/municipality_id"),
            ({"served_by": None}, "/served_by"),
            ({"served_by": ["{foreign}"]}, "/served_by/0"),
            ({"external_refs": {"{centre}": "1"}}, "/external_refs/{centre}"),
            ({"phones": ["x"]}, "/phones/0"),
            ({"retired": "true"}, "/retired"),
        ],
    ),
    # --- keys
    *lacking("/v1/keys", KEY, "organisation_id", "role"),
    *bad(
        "POST",
        "/v1/keys",
        KEY,
        [
            ({"organisation_id": UNKNOWN}, "/organisation_id"),
            ({"organisation_id": "{desk}"}, "/organisation_id"),
            ({"role": "king"}, "/role"),
            # Roles that make no sense for the organisation.
            ({"role": "operator"}, "/role"),
            ({"role": "coordinator"}, "/role"),
            ({"role": "auditor"}, "/role"),
            ({"organisation_id": "{a}"}, "/role"),
            ({"organisation_id": "{centre}", "role": "auditor"}, "/role"),
            ({"label": ""}, "/label"),
            ({"label": TURNED}, "/label"),
            ({"key": "rk_mine"}, "/key"),
        ],
    ),
]


def filled(template: object, world: World) -> object:
    if isinstance(template, str):
        named = template.strip("/").removeprefix("external_refs/")
        return (
            template.format_map(world.ids)
            if template.startswith("/") or named[1:-1] in world.ids
            else template
        )
    if isinstance(template, list):
        return [filled(one, world) for one in template]
    if isinstance(template, dict):
        return {filled(key, world): filled(value, world) for key, value in template.items()}
    return template


def test_no_text_of_a_report_or_an_act_holds_what_cannot_be_seen() -> None:
    checked = set()
    models: list[type[BaseModel]] = [ReportBody, *ACTS.values()]
    for model in models:
        for name in model.model_fields.keys() & {
            "summary",
            "reason",
            "note",
            "text",
            "on_behalf_of",
        }:
            checked.add(name)
            for text, code in ((TURNED, "U+202E"), (NUL, "U+0000"), ("a\rb", "U+000D")):
                with pytest.raises(ValidationError) as refused:
                    model.model_validate({name: text})
                said = {one["loc"]: sentence(one) for one in refused.value.errors()}
                assert said[(name,)].endswith(f"holds {code}."), (model, name)
    assert len(checked) == 5
    assert (
        ACTS["note"].model_validate({"text": " 一\r\n\t二 "}).model_dump()["text"] == " 一\n\t二 "
    )


async def test_each_wrong_field_is_named_and_changes_nothing(api: Api, world: World) -> None:
    before = await api.everything()
    for method, path, body, pointer in ROWS:
        response = await api.call(method, str(filled(path, world)), filled(body, world))
        row = (method, path, body, response.text)
        assert response.status_code == 422, row
        assert pointers(response) == [filled(pointer, world)], row
    assert await api.everything() == before


async def test_all_wrong_fields_are_named_at_once(api: Api) -> None:
    body = {"kind": "x", "municipality_ids": [1, "{"], "more": 1}
    response = await api.call("POST", "/v1/organisations", body)
    assert set(pointers(response)) == {"/name", "/kind", "/municipality_ids/0", "/more"}


QUERIES = [
    ("/v1/organisations?limit=0", "/limit"),
    ("/v1/organisations?limit=501", "/limit"),
    ("/v1/organisations?limit=many", "/limit"),
    ("/v1/organisations?cursor=abc", "/cursor"),  # not base64url of an id
    ("/v1/organisations?cursor=AA", "/cursor"),  # base64url of U+0000
    ("/v1/organisations?kind=x", "/kind"),
    ("/v1/organisations?municipality_id=%00", "/municipality_id"),
    ("/v1/organisations?organization_id=x", "/organization_id"),  # no such filter
    ("/v1/parties?kind=x", "/kind"),
    ("/v1/parties?organisation_id=", "/organisation_id"),
    ("/v1/parties?desk_id=%E3%81%82", "/desk_id"),
    ("/v1/keys?role=provider", "/role"),
    ("/v1/clients?external_ref=%00", "/external_ref"),
    ("/v1/clients?name=sato", "/name"),
    ("/v1/parties/{nurse}/contact-points?limit=x", "/limit"),
    ("/v1/clients/{client}/protocol/versions?limit=x", "/limit"),
]


async def test_a_wrong_query_parameter_is_named(api: Api, world: World) -> None:
    for path, pointer in QUERIES:
        response = await api.call("GET", str(filled(path, world)))
        assert response.status_code == 422, (path, response.text)
        (error,) = response.json()["errors"]
        assert (error["pointer"], error["in"]) == (pointer, "query"), path


async def test_an_impossible_version_number_is_named(api: Api, world: World) -> None:
    for number in ("0", "-1", "x", "2147483648", "1.5"):
        path = f"/v1/clients/{world['client']}/protocol/versions/{number}"
        response = await api.call("GET", path)
        assert response.status_code == 422, number
        (error,) = response.json()["errors"]
        assert (error["pointer"], error["in"]) == ("/number", "path"), number


async def test_an_id_of_nothing_is_not_found(api: Api) -> None:
    # PostgreSQL cannot even be asked for U+0000.
    for wrong_id in (UNKNOWN, "x", "%00", "%E3%81%82", "a" * 101, "..%2f"):
        for path in ("organisations/{}", "parties/{}", "parties/{}/contact-points", "clients/{}"):
            response = await api.call("GET", "/v1/" + path.format(wrong_id))
            assert response.status_code == 404, (path, wrong_id)


async def test_a_protocol_names_its_wrong_fields(api: Api, world: World) -> None:
    path = f"/v1/clients/{world['client']}/protocol"
    step = {"desk": world["desk"]}
    rows: list[tuple[Json, str]] = [
        ({"title": ""}, "/title"),
        ({"timezone": "Mars/Base"}, "/timezone"),
        ({"accountable": UNKNOWN}, "/accountable"),
        ({"accountable": world["nurse"]}, "/accountable"),
        ({"accountable": world["foreign_desk"]}, "/accountable"),
        ({"accountable_remind_every_seconds": 0}, "/accountable_remind_every_seconds"),
        ({"approvals": []}, "/accountable"),
        ({"variants": []}, "/variants"),
        ({"variants": [{"name": "x", "when": {"days": ["sat"]}, "steps": [step]}]}, "/variants"),
        (
            {"variants": [{"name": "x", "steps": [step | {"ack_within_seconds": 0}]}]},
            "/variants/0/steps/0/ack_within_seconds",
        ),
        (
            {"variants": [{"name": "x", "steps": [step | {"inform": [UNKNOWN]}]}]},
            "/variants/0/steps/0/inform/0",
        ),
        ({"title": "a\x00b"}, "/title"),
        ({"title": TURNED}, "/title"),
        ({"owner": "x"}, "/owner"),
    ]
    before = await api.everything()
    for change, pointer in rows:
        response = await api.call("PUT", path, protocol(world) | change)
        assert response.status_code == 422, (change, response.text)
        assert pointers(response) == [pointer], (change, response.text)
    assert await api.everything() == before
