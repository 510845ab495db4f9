"""Who is calling: keys in the Authorization header, and how long they are believed."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import pytest
from sqlmodel import Session

from app import auth
from app.auth import Authenticator, KeyUnknown, Role
from app.commands.directory.keys import apply_bootstrap_key, create_key, list_keys, revoke_key
from app.database import Database, DatabaseError
from app.installation.answer import FieldsInvalid
from app.settings import Settings
from tests.routes.world import Api, World

Result = TypeVar("Result")
HERE = "/v1/organisations"
BOOTSTRAP = "rk_" + "b" * 32


class CountingDatabase:
    """Counts the looks, and lets something happen during one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.looks = 0
        self.meanwhile: Callable[[], None] = lambda: None

    async def read(self, work: Callable[[Session], Result]) -> Result:
        self.looks += 1
        found = await self._database.read(work)
        self.meanwhile()
        return found


def watched(api: Api) -> tuple[Authenticator, CountingDatabase]:
    database = CountingDatabase(api.installation.database)
    # Only `read` is used, and it is the real one.
    return Authenticator(database=database, clock=api.clock), database  # type: ignore[arg-type]


async def test_without_a_valid_key_nothing_is_told(api: Api) -> None:
    rows = [
        (None, "key-missing"),
        ("", "key-missing"),
        ("rk_" + "x" * 43, "key-missing"),  # without a scheme
        ("Basic cms6eA==", "key-missing"),
        ("Bearer ", "key-missing"),
        ("Bearer a b", "key-missing"),
        ("Bearer rk_" + "x" * 43, "key-unknown"),
        ("Bearer rk_short", "key-unknown"),
    ]
    for header, slug in rows:
        headers = {} if header is None else {"Authorization": header}
        for path in (HERE, "/v1/organisations/unknown", "/v1/clients"):
            response = await api.http.get(path, headers=headers)
            assert response.status_code == 401, header
            assert response.headers["www-authenticate"] == "Bearer"
            assert response.json()["type"] == f"urn:renrakumo:problem:{slug}"


async def test_a_stranger_is_refused_before_the_body_is_looked_at(api: Api) -> None:
    response = await api.http.post(HERE, content=b"{", headers={"Content-Type": "text/plain"})
    assert response.status_code == 401


async def test_the_scheme_is_read_in_any_case(api: Api) -> None:
    for scheme in ("bearer", "BEARER", "Bearer "):
        response = await api.http.get(HERE, headers={"Authorization": f"{scheme} {api.operator}"})
        assert response.status_code == 200, scheme


async def test_a_known_key_is_believed_for_five_seconds_without_a_look(api: Api) -> None:
    authenticator, database = watched(api)
    header = f"Bearer {api.operator}"
    for _ in range(3):
        await authenticator.authenticate(header)
    assert database.looks == 1
    api.clock.push(seconds=4.999)
    await authenticator.authenticate(header)
    assert database.looks == 1
    api.clock.push(milliseconds=1)
    await authenticator.authenticate(header)
    assert database.looks == 2


async def test_a_clock_that_went_back_believes_nothing(api: Api) -> None:
    authenticator, database = watched(api)
    await authenticator.authenticate(f"Bearer {api.operator}")
    api.clock.push(seconds=-60)
    await authenticator.authenticate(f"Bearer {api.operator}")
    assert database.looks == 2


async def test_nonsense_never_reaches_the_database(api: Api) -> None:
    authenticator, database = watched(api)
    for key in ("rk_short", "x" * 40, "rk_" + "あ" * 32, "rk_" + "x" * 201):
        with pytest.raises(KeyUnknown):
            await authenticator.authenticate(f"Bearer {key}")
    assert database.looks == 0


async def test_a_revocation_elsewhere_is_heard_of_after_five_seconds(api: Api) -> None:
    authenticator, _ = watched(api)
    key_id, key = await create_key(api.installation, Role.OPERATOR)
    await authenticator.authenticate(f"Bearer {key}")
    assert await revoke_key(api.installation, key_id)
    await authenticator.authenticate(f"Bearer {key}")
    api.clock.push(seconds=5)
    with pytest.raises(KeyUnknown):
        await authenticator.authenticate(f"Bearer {key}")


async def test_a_revocation_during_the_look_is_not_forgotten(api: Api) -> None:
    authenticator, database = watched(api)
    database.meanwhile = authenticator.forget
    await authenticator.authenticate(f"Bearer {api.operator}")
    await authenticator.authenticate(f"Bearer {api.operator}")
    assert database.looks == 2  # what was read before `forget` was not believed after it


async def test_only_so_many_keys_are_remembered(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "REMEMBERED_KEYS_MAX", 2)
    authenticator, database = watched(api)
    headers = [f"Bearer {await api.key(Role.OPERATOR)}" for _ in range(3)]
    for header in headers:
        await authenticator.authenticate(header)
    await authenticator.authenticate(headers[2])
    assert database.looks == 3
    await authenticator.authenticate(headers[0])  # the oldest gave way
    assert database.looks == 4


async def test_an_operator_revokes_a_key_and_it_is_dead_at_once(api: Api, world: World) -> None:
    made = await api.make("/v1/keys", {"organisation_id": world["a"], "role": "auditor"})
    assert (await api.call("GET", HERE, key=made["key"])).status_code == 200
    for _ in range(2):  # again is the same as once
        response = await api.call("DELETE", f"/v1/keys/{made['id']}")
        assert (response.status_code, response.content) == (204, b"")
    assert (await api.call("GET", HERE, key=made["key"])).status_code == 401


async def test_only_the_hash_of_a_key_is_stored(api: Api) -> None:
    _, key = await create_key(api.installation, Role.OPERATOR)
    everything = "".join(await api.everything())
    assert key not in everything
    assert api.operator not in everything


async def test_the_bootstrap_key_is_applied_once_and_stays_revoked(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RENRAKUMO_BOOTSTRAP_KEY", BOOTSTRAP)
    settings = Settings(database_url=api.installation.settings.database_url)
    installation = replace(api.installation, settings=settings)
    for _ in range(2):
        await apply_bootstrap_key(installation)
    (line,) = [one for one in await list_keys(installation) if "\tbootstrap\t" in one]
    assert (await api.call("GET", HERE, key=BOOTSTRAP)).status_code == 200
    assert await revoke_key(installation, line.partition("\t")[0])
    await apply_bootstrap_key(installation)
    api.clock.push(seconds=5)
    assert (await api.call("GET", HERE, key=BOOTSTRAP)).status_code == 401


async def test_revoking_a_key_that_is_not_there_is_said(api: Api) -> None:
    assert not await revoke_key(api.installation, "nothing")


async def test_the_command_line_makes_and_lists_keys(api: Api, world: World) -> None:
    key_id, key = await create_key(api.installation, Role.AUDITOR, world["a"], "監査")
    assert (await api.get(HERE, key=key))["items"]
    line = (await list_keys(api.installation))[-1]
    assert line.split("\t") == [
        key_id,
        "auditor",
        world["a"],
        "監査",
        "2026-11-20T03:00:00.000Z",
        "-",
    ]
    await revoke_key(api.installation, key_id)
    line = (await list_keys(api.installation))[-1]
    assert line.endswith("\t2026-11-20T03:00:00.000Z")
    for role, organisation_id, pointer in (
        (Role.PROVIDER, None, "/organisation_id"),
        (Role.PROVIDER, "unknown", "/organisation_id"),
        (Role.PROVIDER, world["a"], "/role"),
        (Role.OPERATOR, world["a"], "/role"),
    ):
        with pytest.raises(FieldsInvalid) as caught:
            await create_key(api.installation, role, organisation_id)
        assert [one.pointer for one in caught.value.errors] == [pointer]


class BrokenDatabase:
    """Does nothing that it is asked."""

    async def read(self, _work: Callable[[Session], Result]) -> Result:
        raise DatabaseError("down")

    write = read


async def test_a_database_that_is_down_is_503_and_nothing_is_believed(api: Api) -> None:
    state, whole = api.app.state, api.installation
    known: Authenticator = state.authenticator
    broken = replace(whole, database=BrokenDatabase())  # type: ignore[arg-type]  # all it does
    state.authenticator = Authenticator(database=broken.database, clock=api.clock)
    response = await api.call("GET", HERE)  # the key cannot be looked up
    assert (response.status_code, response.headers["retry-after"]) == (503, "2")
    state.authenticator = known
    await api.get(HERE)
    state.installation = broken
    for method, body in (("GET", None), ("POST", {"name": "A市", "kind": "municipality"})):
        response = await api.call(method, HERE, body)
        assert response.status_code == 503
        assert response.json()["type"].endswith(":database-unavailable")
    state.installation = whole
    assert (await api.get(HERE))["items"] == []
