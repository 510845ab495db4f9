"""Protocol templates by API: who reads them, what filling one gives, and that it can be published.

What a client's protocol says otherwise than a template is in `test_differences.py`.
"""

import pytest

from app.auth import Role
from app.routes.protocols import templates
from app.templates.reading import read_templates
from tests.routes.office import APPROVAL
from tests.routes.world import Api, Json, World, pointers

C, P, A = Role.COORDINATOR, Role.PROVIDER, Role.AUDITOR
LIST = "/v1/protocol-templates"
# No template has more roles.
PARTIES = 8


async def filled(api: Api, name: str, roles: Json, *, key: str | None = None) -> Json:
    response = await api.call("POST", f"{LIST}/{name}/fill", {"roles": roles}, key=key)
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    templates.FilledTemplate.model_validate(answer)
    return answer


def problems(answer: Json) -> list[str]:
    return [one["pointer"] for one in answer["problems"]]


@pytest.fixture
async def desks(api: Api, world: World) -> list[str]:
    """Desks of the provider, the nurse's; beside them `person-0` … in the world."""
    made = []
    for number in range(PARTIES):
        desk = {"organisation_id": world["provider"], "kind": "desk", "name": f"窓口{number}"}
        made.append((await api.make("/v1/parties", desk))["id"])
        person = {"organisation_id": world["provider"], "kind": "person", "name": f"担当{number}"}
        person_id = (await api.make("/v1/parties", person))["id"]
        world.ids[f"person-{number}"] = person_id
        await api.make(f"/v1/parties/{person_id}/contact-points", {"channel": "inbox"})
    await api.patch(f"/v1/parties/{world['nurse']}", {"desk_ids": [world["desk"], *made]})
    return made


async def test_every_template_that_is_filled_can_be_published(
    api: Api, world: World, desks: list[str]
) -> None:
    approvals = [APPROVAL | {"organisation": world["provider"]}]
    path = f"/v1/clients/{world['client']}/protocol"
    versions = 0
    for template in read_templates().values():
        for takes_persons in (False, True):
            roles: Json = {"accountable": world["desk"]}
            for number, (name, role) in enumerate(template.roles.items()):
                both = role.takes.kinds == ("desk", "person")
                person = role.takes.kinds == ("person",) or (both and takes_persons)
                party = world[f"person-{number}"] if person else desks[number]
                roles.setdefault(name, party)
            answer = await filled(api, template.name, roles, key=world.keys[C])
            # That is for the organisation to give, not for a template.
            assert problems(answer) == ["/document/accountable"]
            document = answer["document"] | {"approvals": approvals}
            response = await api.call("PUT", path, document, key=world.keys[C])
            assert response.status_code == 201, response.text
            versions += 1
            assert response.json()["version"] == versions
            desk_warnings = [one for one in response.json()["warnings"] if "no persons" in str(one)]
            assert desk_warnings == []


async def test_templates_are_listed_and_shown(api: Api, world: World) -> None:
    listed = await api.get(LIST, key=world.keys[P])
    assert [one["name"] for one in listed["items"]] == sorted(read_templates())
    assert listed["next_cursor"] is None
    for one in listed["items"]:
        templates.ListedTemplate.model_validate(one)
        assert "document" not in one
        assert all(one["title"].values())
        assert all(one["for"].values())
        assert one["source"]
        shown = await api.get(f"{LIST}/{one['name']}", key=world.keys[P])
        templates.ProtocolTemplate.model_validate(shown)
        assert shown == one | {"document": shown["document"]}
        assert shown["document"]["accountable"] == "${accountable}"


async def test_the_list_has_pages(api: Api) -> None:
    names: list[str] = []
    cursor = ""
    while True:
        found = await api.get(f"{LIST}?limit=4{cursor}")
        names += [one["name"] for one in found["items"]]
        assert len(found["items"]) <= 4
        if found["next_cursor"] is None:
            break
        cursor = f"&cursor={found['next_cursor']}"
    assert names == sorted(read_templates())
    assert pointers(await api.call("GET", f"{LIST}?name=x")) == ["/name"]


# Method, path, and the status for coordinator of A, provider in A, auditor of A.
MATRIX = (
    ("GET", LIST, (200, 200, 403)),
    ("GET", f"{LIST}/generic", (200, 200, 403)),
    ("GET", f"{LIST}/nothing", (404, 404, 403)),
    ("POST", f"{LIST}/generic/fill", (200, 403, 403)),
    ("POST", f"{LIST}/nothing/fill", (404, 403, 403)),
)


async def test_who_may_read_and_fill_templates(api: Api, world: World) -> None:
    before = await api.everything()
    for method, path, statuses in MATRIX:
        for role, status in zip((C, P, A), statuses, strict=True):
            body: object = {"roles": {}} if method == "POST" else None
            response = await api.call(method, path, body, key=world.keys[role])
            assert response.status_code == status, (method, path, role)
    # Filling leaves nothing behind.
    assert await api.everything() == before


async def test_what_is_wrong_with_the_roles_is_named(api: Api, world: World) -> None:
    await api.make(f"/v1/parties/{world['desk']}/contact-points", {"channel": "inbox"})
    retired = {"organisation_id": world["provider"], "kind": "person", "name": "退職者"}
    retired_id = (await api.make("/v1/parties", retired))["id"]
    await api.patch(f"/v1/parties/{retired_id}", {"retired": True})
    answer = await filled(
        api,
        "generic",
        {
            "first_responder": None,
            "second_responder": world["foreign_nurse"],
            "care_lead": retired_id,
            "support_centre": world["nurse"],
            "night_delegate": world["provider"],
            "accountable": world["desk"],
            "nobody": world["desk"],
        },
        key=world.keys[C],
    )
    said = {one["pointer"]: one["detail"] for one in answer["problems"]}
    assert said == {
        "/roles/first_responder": "This role must be filled.",
        "/roles/nobody": "This template has no such role.",
        # B is not there for a coordinator of A.
        "/roles/second_responder": "No such party is known here.",
        "/roles/care_lead": "This party is retired.",
        "/roles/support_centre": "Must be a desk.",
        "/roles/night_delegate": "Must be a desk.",
    }
    assert answer["document"]["variants"][0]["steps"][0]["desk"] == "${first_responder}"
    # The operator sees B too, and then what else stands in the way.
    roles = {"first_responder": world["foreign_nurse"], "accountable": world["foreign_desk"]}
    assert problems(await filled(api, "generic", roles)) == ["/document/accountable"] * 2


async def test_a_person_is_asked_and_a_desk_is_asked(api: Api, world: World) -> None:
    for party, member in (("desk", "desk"), ("nurse", "person")):
        roles = {"first_contact": world[party], "accountable": world["desk"]}
        document = (await filled(api, "kakegawa", roles))["document"]
        [step] = document["variants"][0]["steps"]
        assert step[member] == world[party]
        assert {"desk", "person"} & step.keys() == {member}
        assert step["arrive_within_seconds"] == 1800


# A body that says something else: where it is wrong.
BODIES: tuple[tuple[object, list[str]], ...] = (
    ({}, ["/roles"]),
    ({"roles": []}, ["/roles"]),
    ({"roles": {"accountable": 1}}, ["/roles/accountable"]),
    ({"roles": {}, "name": "x"}, ["/name"]),
)


async def test_a_body_that_makes_no_sense_is_refused(api: Api) -> None:
    for body, wrong in BODIES:
        response = await api.call("POST", f"{LIST}/generic/fill", body)
        assert (response.status_code, pointers(response)) == (422, wrong)
