"""What each role may see and do: unseen is 404, forbidden is 403."""

from app.auth import Role
from tests.routes.office import APPROVAL
from tests.routes.world import Api, Json, World, pointers, protocol

C, P, A = Role.COORDINATOR, Role.PROVIDER, Role.AUDITOR

# Method, path, body; then the status for coordinator of A, provider in A, auditor of A.
MATRIX: list[tuple[str, str, object, tuple[int, int, int]]] = [
    # --- organisations: all of A; a provider its own; an auditor all of A, by name
    ("GET", "/v1/organisations", None, (200, 200, 200)),
    ("GET", "/v1/organisations/{a}", None, (200, 404, 200)),
    ("GET", "/v1/organisations/{b}", None, (404, 404, 404)),
    ("GET", "/v1/organisations/{provider}", None, (200, 200, 200)),
    ("GET", "/v1/organisations/{centre}", None, (200, 404, 200)),
    ("GET", "/v1/organisations/{foreign}", None, (404, 404, 404)),
    ("GET", "/v1/organisations/{shared}", None, (200, 404, 200)),
    ("POST", "/v1/organisations", {"name": "x", "kind": "municipality"}, (403, 403, 403)),
    ("POST", "/v1/organisations", {"name": "x", "kind": "operator"}, (403, 403, 403)),
    (
        "POST",
        "/v1/organisations",
        {"name": "x", "kind": "medical", "municipality_ids": ["{a}"]},
        (201, 403, 403),
    ),
    # B is not there for a coordinator of A.
    (
        "POST",
        "/v1/organisations",
        {"name": "x", "kind": "medical", "municipality_ids": ["{b}"]},
        (422, 403, 403),
    ),
    ("PATCH", "/v1/organisations/{provider}", {"name": "x"}, (200, 403, 403)),
    ("PATCH", "/v1/organisations/{foreign}", {"name": "x"}, (404, 404, 404)),
    ("PATCH", "/v1/organisations/{a}", {"name": "x"}, (403, 404, 403)),
    (
        "PATCH",
        "/v1/organisations/{a}",
        {"accountable_desk_id": "{desk}", "accountable_approval": APPROVAL},
        (200, 404, 403),
    ),
    ("PATCH", "/v1/organisations/{a}", {"accountable_desk_id": None}, (200, 404, 403)),
    ("PATCH", "/v1/organisations/{a}", {"retired": True}, (403, 404, 403)),
    # It also works in B.
    ("PATCH", "/v1/organisations/{shared}", {"retired": True}, (403, 404, 403)),
    ("PATCH", "/v1/organisations/{foreign}", {"retired": True}, (404, 404, 404)),
    # Clients rely on it.
    ("PATCH", "/v1/organisations/{provider}", {"retired": True}, (409, 403, 403)),
    # A coordinator of A may not take a provider out of B.
    ("PATCH", "/v1/organisations/{shared}", {"municipality_ids": ["{a}"]}, (403, 404, 403)),
    # --- desks and persons: a provider reads its own; an auditor none
    ("GET", "/v1/parties", None, (200, 200, 403)),
    ("GET", "/v1/parties/{nurse}", None, (200, 200, 403)),
    ("GET", "/v1/parties/{foreign_nurse}", None, (404, 404, 403)),
    (
        "POST",
        "/v1/parties",
        {"organisation_id": "{provider}", "kind": "desk", "name": "x"},
        (201, 403, 403),
    ),
    (
        "POST",
        "/v1/parties",
        {"organisation_id": "{foreign}", "kind": "desk", "name": "x"},
        (422, 403, 403),
    ),
    ("PATCH", "/v1/parties/{nurse}", {"name": "x"}, (200, 403, 403)),
    ("PATCH", "/v1/parties/{foreign_nurse}", {"name": "x"}, (404, 404, 403)),
    # --- contact points
    ("GET", "/v1/parties/{nurse}/contact-points", None, (200, 200, 403)),
    ("GET", "/v1/parties/{foreign_nurse}/contact-points", None, (404, 404, 403)),
    ("GET", "/v1/parties/{nurse}/contact-points/{point}", None, (200, 200, 403)),
    ("GET", "/v1/parties/{desk}/contact-points/{point}", None, (404, 404, 403)),
    ("POST", "/v1/parties/{nurse}/contact-points", {"channel": "inbox"}, (201, 403, 403)),
    ("POST", "/v1/parties/{a}/contact-points", {"channel": "inbox"}, (201, 404, 403)),
    ("POST", "/v1/parties/{b}/contact-points", {"channel": "inbox"}, (404, 404, 403)),
    (
        "PATCH",
        "/v1/parties/{nurse}/contact-points/{point}",
        {"delay_seconds": 1},
        (200, 403, 403),
    ),
    ("PATCH", "/v1/parties/{foreign_nurse}/contact-points/{point}", {}, (404, 404, 403)),
    # --- clients: a provider reads those that it serves; an auditor none
    ("GET", "/v1/clients", None, (200, 200, 403)),
    ("GET", "/v1/clients/{client}", None, (200, 200, 403)),
    ("GET", "/v1/clients/{other_client}", None, (200, 404, 403)),
    ("GET", "/v1/clients/{foreign_client}", None, (404, 404, 403)),
    ("POST", "/v1/clients", {"municipality_id": "{a}", "name": "x"}, (201, 403, 403)),
    ("POST", "/v1/clients", {"municipality_id": "{b}", "name": "x"}, (422, 403, 403)),
    ("PATCH", "/v1/clients/{client}", {"town": "x"}, (200, 403, 403)),
    ("PATCH", "/v1/clients/{other_client}", {"town": "x"}, (200, 404, 403)),
    ("PATCH", "/v1/clients/{foreign_client}", {"town": "x"}, (404, 404, 403)),
    # --- protocols
    ("PUT", "/v1/clients/{client}/protocol", "protocol", (201, 403, 403)),
    ("PUT", "/v1/clients/{other_client}/protocol", "protocol", (201, 404, 403)),
    ("PUT", "/v1/clients/{foreign_client}/protocol", "protocol", (404, 404, 403)),
    ("GET", "/v1/clients/{client}/protocol", None, (200, 200, 403)),
    ("GET", "/v1/clients/{client}/protocol/versions", None, (200, 200, 403)),
    ("GET", "/v1/clients/{client}/protocol/versions/1", None, (200, 200, 403)),
    ("GET", "/v1/clients/{other_client}/protocol", None, (200, 404, 403)),
    ("GET", "/v1/clients/{foreign_client}/protocol/versions", None, (404, 404, 403)),
    ("PUT", "/v1/organisations/{a}/protocol", "protocol", (201, 404, 403)),
    ("PUT", "/v1/organisations/{b}/protocol", "protocol", (404, 404, 404)),
    ("PUT", "/v1/organisations/{provider}/protocol", "protocol", (404, 404, 404)),
    ("GET", "/v1/organisations/{a}/protocol", None, (200, 404, 403)),
    ("GET", "/v1/organisations/{a}/protocol/versions", None, (200, 404, 403)),
    ("GET", "/v1/organisations/{a}/protocol/versions/1", None, (200, 404, 403)),
    # --- keys
    ("GET", "/v1/keys", None, (200, 403, 403)),
    ("POST", "/v1/keys", {"organisation_id": "{a}", "role": "coordinator"}, (201, 403, 403)),
    ("POST", "/v1/keys", {"organisation_id": "{a}", "role": "auditor"}, (201, 403, 403)),
    ("POST", "/v1/keys", {"organisation_id": "{centre}", "role": "coordinator"}, (201, 403, 403)),
    ("POST", "/v1/keys", {"organisation_id": "{provider}", "role": "provider"}, (201, 403, 403)),
    ("POST", "/v1/keys", {"organisation_id": "{a}", "role": "operator"}, (403, 403, 403)),
    ("POST", "/v1/keys", {"organisation_id": "{foreign}", "role": "provider"}, (422, 403, 403)),
    # It would open B to whoever runs A.
    ("POST", "/v1/keys", {"organisation_id": "{shared}", "role": "provider"}, (403, 403, 403)),
    ("DELETE", "/v1/keys/{foreign_key}", None, (404, 403, 403)),
    ("DELETE", "/v1/keys/{shared_key}", None, (403, 403, 403)),
    ("DELETE", "/v1/keys/{operator_key}", None, (404, 403, 403)),
    ("DELETE", "/v1/keys/{provider_key}", None, (204, 403, 403)),
]


def filled(template: object, world: World) -> object:
    if template == "protocol":
        return protocol(world)
    if isinstance(template, str):
        return template.format_map(world.ids)
    if isinstance(template, list):
        return [filled(one, world) for one in template]
    if isinstance(template, dict):
        return {key: filled(value, world) for key, value in template.items()}
    return template


async def test_each_role_at_each_resource(api: Api, world: World) -> None:
    listed = (await api.get("/v1/keys"))["items"]
    world.ids["operator_key"] = listed[0]["id"]
    for name in ("foreign", "shared", "provider"):
        made = await api.make("/v1/keys", {"organisation_id": world[name], "role": "provider"})
        world.ids[f"{name}_key"] = made["id"]
    for method, path, body, expected in MATRIX:
        # The coordinator last: what it changes does not hide what the others may not.
        for role, status in reversed(list(zip((C, P, A), expected, strict=True))):
            before = await api.everything()
            response = await api.call(
                method, str(filled(path, world)), filled(body, world), key=world.keys[role]
            )
            row = (method, path, role, response.text)
            assert response.status_code == status, row
            if status >= 400:
                assert await api.everything() == before, row


async def test_lists_hold_what_the_role_sees_and_no_more(api: Api, world: World) -> None:
    everything = set(world.ids.values())

    async def listed(path: str, role: Role) -> set[str]:
        found = await api.get(f"/v1/{path}?limit=500", key=world.keys[role])
        return {one["id"] for one in found["items"]} & everything

    def ids(*names: str) -> set[str]:
        return {world[name] for name in names}

    assert await listed("organisations", C) == ids("a", "provider", "centre", "shared")
    assert await listed("organisations", P) == ids("provider")
    assert await listed("organisations", A) == ids("a", "provider", "centre", "shared")
    assert await listed("parties", C) == ids("desk", "nurse")
    assert await listed("parties", P) == ids("desk", "nurse")
    assert await listed("clients", C) == ids("client", "other_client")
    assert await listed("clients", P) == ids("client")


async def test_an_operator_does_everything_everywhere(api: Api, world: World) -> None:
    for name in ("a", "b", "provider", "foreign"):
        await api.get(f"/v1/organisations/{world[name]}")
    for name in ("client", "other_client", "foreign_client"):
        await api.get(f"/v1/clients/{world[name]}")
    await api.patch(f"/v1/organisations/{world['b']}", {"name": "新B市"})
    company = await api.make("/v1/organisations", {"name": "運営会社", "kind": "operator"})
    assert company["municipality_ids"] == []
    made = await api.make("/v1/keys", {"organisation_id": company["id"], "role": "operator"})
    await api.patch(f"/v1/organisations/{world['b']}", {"name": "B市"}, key=made["key"])
    # Nobody but operators sees who runs the installation.
    path = f"/v1/organisations/{company['id']}"
    assert (await api.call("GET", path, key=world.keys[C])).status_code == 404


async def test_an_address_that_is_a_persons_own_is_for_coordinators_only(
    api: Api, world: World
) -> None:
    path = f"/v1/parties/{world['nurse']}/contact-points"
    mail: Json = {"channel": "email", "address": "sato@example.jp"}
    hook: Json = {"channel": "webhook", "address": "http://127.0.0.1:9000/x"}
    await api.make(path, mail)
    await api.make(path, hook)
    seen = [one["address"] for one in (await api.get(path, key=world.keys[C]))["items"]]
    assert seen[0].startswith("http://renrakumo.test/inbox/")
    assert seen[1:] == ["sato@example.jp", "http://127.0.0.1:9000/x"]
    items = (await api.get(path, key=world.keys[P]))["items"]
    assert [one["address"] for one in items] == [None, None, "http://127.0.0.1:9000/x"]


async def test_a_provider_sees_its_own_number_of_a_client_alone(api: Api, world: World) -> None:
    path = f"/v1/clients/{world['client']}"
    references = {world["provider"]: "0042", world["centre"]: "S-7"}
    await api.patch(path, {"served_by": list(references), "external_refs": references})
    assert (await api.get(path, key=world.keys[C]))["external_refs"] == references
    assert (await api.get(path, key=world.keys[P]))["external_refs"] == {world["provider"]: "0042"}
    # Nor can it find the client by the number of another.
    found = await api.get("/v1/clients?external_ref=S-7", key=world.keys[P])
    assert found["items"] == []


async def test_moving_an_organisation_moves_what_its_keys_see_at_once(
    api: Api, world: World
) -> None:
    key = await api.key(Role.COORDINATOR, world["centre"])
    there = f"/v1/clients/{world['foreign_client']}"
    assert (await api.call("GET", there, key=key)).status_code == 404
    path = f"/v1/organisations/{world['centre']}"
    await api.patch(path, {"municipality_ids": [world["b"]]})
    assert (await api.call("GET", there, key=key)).status_code == 200
    assert (await api.call("GET", f"/v1/clients/{world['client']}", key=key)).status_code == 404


async def test_a_coordinator_changes_only_its_own_part_of_where_others_work(
    api: Api, world: World
) -> None:
    path = f"/v1/organisations/{world['shared']}"
    key = world.keys[C]
    wrong = await api.call("PATCH", path, {"municipality_ids": [world["a"], "x"]}, key=key)
    assert (wrong.status_code, pointers(wrong)) == (422, ["/municipality_ids/1"])
    # B may be named, because it is there already; A may be left.
    changed = await api.patch(path, {"municipality_ids": [world["b"]]}, key=key)
    assert changed["municipality_ids"] == [world["b"]]
    assert (await api.call("GET", path, key=key)).status_code == 404


async def test_auditors_see_no_families(api: Api, world: World) -> None:
    family = {"name": "佐藤家", "kind": "family", "municipality_ids": [world["a"]]}
    made = await api.make("/v1/organisations", family)
    path = f"/v1/organisations/{made['id']}"
    for role, status in ((C, 200), (A, 404)):
        key = world.keys[role]
        assert (await api.call("GET", path, key=key)).status_code == status
        for query in ("", "?kind=family", f"?municipality_id={world['a']}"):
            found = await api.get(f"/v1/organisations{query}", key=key)
            assert (made in found["items"]) == (role is C), query
    # Not even that there is one: as if the id were nobody's.
    assert (await api.call("PATCH", path, {"name": "x"}, key=world.keys[A])).status_code == 404
    # Pages of a list without families are as full as others.
    first = await api.get("/v1/organisations?limit=4", key=world.keys[A])
    assert (len(first["items"]), first["next_cursor"]) == (4, None)


async def test_who_approved_an_accountable_desk_is_a_name_that_auditors_do_not_see(
    api: Api, world: World
) -> None:
    path = f"/v1/organisations/{world['a']}"
    approval = APPROVAL | {"reference": "協定書 第12号"}
    named = {"accountable_desk_id": world["desk"], "accountable_approval": approval}
    await api.patch(path, named, key=world.keys[C])
    for role, shown in ((C, approval), (A, approval | {"approved_by": None})):
        found = await api.get(path, key=world.keys[role])
        assert found["accountable_approval"] == shown
        assert found in (await api.get("/v1/organisations", key=world.keys[role]))["items"]
