"""Families: their names say who the client is, so they are sealed and erased as persons' are."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app.commands.audit.verify import verify_url
from app.ledger.disclosure import Verdict
from app.search.terms import TERMS_VERSION
from app.store.search.indexing import index_everybody
from tests.engine.checking import check_everything
from tests.engine.databases import number, rows
from tests.keys import VAULT
from tests.sealing.conftest import House
from tests.vault.files import columns_found, database_files, files_of, sealed_bytes
from tests.vault.test_erasure import exported
from tests.vault.test_person_erasure import found_in

FAMILY, DESK, SON = "榊原 千鶴子様 ご家族", "榊原家の電話", "榊原 健吾"
NAMES = (FAMILY, DESK, SON)


@pytest.fixture
async def incident(house: House) -> str:
    """A closed incident that the son held, whom his family's desk asked; sealed in the log."""
    town = house.town
    where = {"kind": "family", "municipality_ids": [town["municipality"]]}
    # Who changes a name seals it anew.
    made = await town.make("/v1/organisations", {"name": "家族", **where})
    town.ids[FAMILY] = made["id"]
    path = f"/v1/organisations/{made['id']}"
    assert (await town.make(path, {"name": FAMILY}, method="PATCH"))["name"] == FAMILY
    body = {"organisation_id": town[FAMILY], "kind": "desk", "name": DESK}
    made = await town.make("/v1/parties", body)
    assert made["name"] == DESK
    town.ids[DESK] = made["id"]
    await town.add_person(SON, desks=[DESK], organisation=FAMILY)
    await town.add_contact_point(SON, address=f"{town.sink_url}/son")
    await town.publish({"desk": DESK})
    opened = str((await town.opened())["id"])
    await house.node.engine.dispatcher.drain()
    await town.acted(opened, "acknowledge", SON, key="coordinator")
    await town.acted(opened, "resolve", SON, key="coordinator", outcome="client_safe")
    await house.sealer.run_once()
    return opened


async def retire(house: House) -> None:
    town = house.town
    for path in (f"parties/{town[SON]}", f"parties/{town[DESK]}", f"organisations/{town[FAMILY]}"):
        await town.make(f"/v1/{path}", {"retired": True}, method="PATCH")


async def test_name_of_a_family_is_readable_in_answers_and_nowhere_in_the_database(
    house: House, incident: str, request: pytest.FixtureRequest
) -> None:
    town = house.town
    assert found_in(database_files(house.place.url, request), NAMES) == set()
    assert (await town.get(f"/v1/organisations/{town[FAMILY]}"))["name"] == FAMILY
    assert (await town.get(f"/v1/parties/{town[DESK]}"))["name"] == DESK
    # As the directory says it, and as the writer's network did when it was opened.
    told = (await town.get(f"/v1/incidents/{incident}/responsibility"))["intervals"][-1]["holder"]
    assert (told["name"], told["organisation"]) == (SON, FAMILY)
    entries = (await town.get(f"/v1/incidents/{incident}/entries"))["items"]
    said = [d["value"] for one in entries for d in one["disclosures"] if d["name"] == "party"]
    assert (SON, FAMILY) in {(one["name"], one["organisation"]) for one in said}


async def test_sheet_finds_a_family_and_its_desk_by_name(house: House, incident: str) -> None:
    town = house.town
    sheet = f"organisation,desks,name\n{FAMILY},{DESK},榊原 由紀\n"
    sent = await town.http.post(
        "/v1/imports/persons",
        content=sheet.encode(),
        headers={"Authorization": f"Bearer {town.keys['coordinator']}", "Content-Type": "text/csv"},
    )
    assert sent.status_code == 200, sent.text
    found = (await town.get(f"/v1/parties?organisation_id={town[FAMILY]}&kind=person"))["items"]
    assert [(one["name"], one["desk_ids"]) for one in found][-1] == ("榊原 由紀", [town[DESK]])
    assert incident


async def test_nothing_of_an_erased_family_remains_and_the_ledger_verifies(
    house: House, incident: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    town, url = house.town, house.place.url
    await exported(house, tmp_path / "before")
    assert found_in(files_of(tmp_path / "before"), NAMES) >= {FAMILY, SON}
    whose = ", ".join(f"'{town[one]}'" for one in NAMES)
    sealed = await sealed_bytes(
        url,
        [
            ("wrapped", f"data_key WHERE subject_id IN ({whose})"),
            ("sealed_name", f"party WHERE id IN ({whose})"),
            ("token", f"search_token WHERE subject_id IN ({whose})"),
        ],
    )
    assert [len(list(one)) for one in sealed.values()] == [3, 3, 3]
    assert len(columns_found(database_files(url, request), sealed)) == 3
    await retire(house)
    done = await town.make(f"/v1/parties/{town[FAMILY]}/erase", {"ground": "requested"})
    assert done["incidents"] == 1
    await house.sealer.run_once()
    after = await exported(house, tmp_path / "after")
    assert found_in(files_of(tmp_path / "after"), NAMES) == set()
    assert columns_found(database_files(url, request), sealed) == set()
    assert (after.findings, after.verdicts[Verdict.ERASED]) == ([], 1)
    assert (await verify_url(url, VAULT)).findings == ()
    await check_everything(url)
    entries = (await town.get(f"/v1/incidents/{incident}/entries"))["items"]
    assert entries[-1]["type"] == "erased"
    path = f"/v1/organisations/{town[FAMILY]}"
    shown = await town.get(path)
    assert (shown["name"], shown["erased_at"]) == (None, done["erased_at"])
    for one in (DESK, SON):
        assert (await town.get(f"/v1/parties/{town[one]}"))["erased_at"] == done["erased_at"]


async def test_family_that_is_not_retired_and_other_organisations_are_not_erased(
    house: House, incident: str
) -> None:
    town, body = house.town, {"ground": "requested"}
    for party in (town[FAMILY], town[DESK], town["provider"], town["first"]):
        response = await town.call("POST", f"/v1/parties/{party}/erase", body)
        assert response.status_code == 409, response.text
    await town.make(f"/v1/parties/{town[SON]}", {"retired": True}, method="PATCH")
    await town.make(f"/v1/parties/{town[DESK]}", {"retired": True}, method="PATCH")
    await town.make(f"/v1/parties/{town[DESK]}/erase", body)
    # The desk alone is gone.
    left = "SELECT id FROM party WHERE sealed_name IS NOT NULL"
    ids = {one["id"] for one in await rows(house.place.url, left)}
    assert {town[FAMILY], town[SON]} <= ids
    assert town[DESK] not in ids
    assert incident


async def test_family_whose_name_does_not_open_is_asked_all_the_same(
    house: House, incident: str
) -> None:
    town = house.town
    async with house.node.installation.database.transaction() as tx:
        await tx.execute("UPDATE party SET sealed_name = $2 WHERE id = $1", town[FAMILY], bytes(64))
        await tx.execute("UPDATE revision SET value = value + 1 WHERE name = 'directory'")
    with capture_logs() as logs:
        opened = await town.opened()
    assert {one["row"] for one in logs if one["event"] == "seal_broken"} == {town[FAMILY]}
    asked = f"SELECT party_id FROM page WHERE incident_id = '{opened['id']}'"  # noqa: S608
    assert [one["party_id"] for one in await rows(house.place.url, asked)] == [town[SON]]
    assert incident


async def test_tokens_are_made_anew_for_families_too(house: House, incident: str) -> None:
    whose = f"'{house.town[FAMILY]}', '{house.town[DESK]}'"
    count = f"SELECT count(*) FROM search_token WHERE subject_id IN ({whose})"  # noqa: S608
    database = house.node.installation.database
    async with database.transaction() as tx:
        await tx.execute("DELETE FROM search_token")
        await tx.execute("UPDATE revision SET value = 1 WHERE name = 'search'")
    await index_everybody(database)
    assert (await number(house.place.url, count), TERMS_VERSION) == (2, 2)
    assert incident
