"""Who was handed what: in the ledger itself, and listed for whoever has to pass on an erasure."""

import asyncio
import base64
from functools import partial
from pathlib import Path

import pytest

from app.commands.audit.verify import verify_url
from app.commands.ledgers.containers import write_folder
from app.commands.ledgers.export import export_log
from app.database.reading import open_reader
from app.engine.deposit import deposit_export, deposit_folder, watch_deposits
from app.ledger.entry import leaf_hash, parse_leaf
from app.offline.verify import verify_path
from app.sealing.life.exporting import record_export
from tests.engine.databases import rows
from tests.engine.town import Json
from tests.keys import VAULT
from tests.sealing.conftest import House


@pytest.fixture
async def served(house: House) -> str:
    """An incident with sealed entries."""
    id_ = str((await house.town.opened(summary="転倒"))["id"])
    await house.node.engine.dispatcher.drain()
    await house.sealer.run_once()
    return id_


async def posted(house: House, path: str, key: str | None = None) -> None:
    response = await house.town.call("POST", path, key=key)
    assert response.status_code == 200, response.text


async def own_entries(house: House, query: str = "", key: str | None = None) -> Json:
    response = await house.town.call("GET", f"/v1/ledgers/{house.log_id}/entries{query}", key=key)
    assert response.status_code == 200, response.text
    page: Json = response.json()
    return page


def facts(item: Json) -> Json:
    return {one["name"]: one["value"] for one in item["disclosures"]}


async def assert_clean(house: House, target: Path) -> None:
    """The database, and an export of it, keep every rule."""
    report = await verify_url(house.place.url, VAULT)
    assert report.findings == ()
    async with open_reader(house.place.url, VAULT) as reader:
        await write_folder(export_log(reader, house.log_id), target)
    found = verify_path(target)
    assert (found.findings, found.entries) == ([], await house.count())
    assert found.incidents == report.incidents


async def test_export_of_a_log_is_recorded_in_its_own_chain_and_sealed(
    house: House, served: str, tmp_path: Path
) -> None:
    size = await house.count()
    for key in (None, "coordinator", None):
        await posted(house, f"/v1/ledgers/{house.log_id}/export", key)
    await house.sealer.run_once()
    first = await own_entries(house, "?limit=2")
    rest = await own_entries(house, f"?cursor={first['next_cursor']}")
    items = [*first["items"], *rest["items"]]
    assert rest["next_cursor"] is None
    assert [(one["type"], one["seq"], one["chain_id"]) for one in items] == [
        ("exported", seq, house.log_id) for seq in range(3)
    ]
    assert [one["leaf_index"] for one in items] == [size, size + 1, size + 2]
    assert facts(items[0])["size"] == size
    assert facts(items[0])["recipient"]["role"] == "operator"
    assert facts(items[1])["recipient"] == {
        "organisation_id": house.log_id,
        "name": "A市",
        "role": "coordinator",
    }
    head = None
    for one in items:
        leaf = parse_leaf(base64.b64decode(one["leaf"]))
        assert (leaf.prev, leaf.from_, leaf.to, leaf.actor) == (head, None, None, "system")
        head = leaf_hash(base64.b64decode(one["leaf"]))
    assert served
    await assert_clean(house, tmp_path / "export")


async def test_evidence_is_recorded_among_the_entries_of_its_incident_closed_or_not(
    house: House, served: str, tmp_path: Path
) -> None:
    await posted(house, f"/v1/incidents/{served}/evidence", "provider")
    await house.node.pass_time(seconds=5)
    await house.town.acted(served, "acknowledge", "first_nurse")
    await house.town.acted(served, "resolve", "first_nurse", outcome="client_safe")
    await posted(house, f"/v1/incidents/{served}/evidence", "coordinator")
    entries = (await house.town.get(f"/v1/incidents/{served}/entries?limit=200"))["items"]
    told = [one for one in entries if one["type"] == "exported"]
    assert [facts(one)["recipient"]["role"] for one in told] == ["provider", "coordinator"]
    assert told[0]["from"] == told[0]["to"] is not None
    assert told[1]["from"] is told[1]["to"] is None
    assert entries[-1] == told[1]
    assert told[1]["actor"]["id"] == house.log_id
    await house.sealer.run_once()
    await assert_clean(house, tmp_path / "export")


async def test_whoever_erases_sees_to_whom_it_must_be_passed_on(house: House, served: str) -> None:
    await posted(house, f"/v1/ledgers/{house.log_id}/export")
    house.node.clock.push(seconds=1)
    later = str((await house.town.opened())["id"])
    await house.sealer.run_once()
    await posted(house, f"/v1/incidents/{served}/evidence", "provider")

    async def listed(incident: str) -> list[tuple[str, str]]:
        items = (await house.town.get(f"/v1/incidents/{incident}/exports"))["items"]
        return [(one["what"], one["recipient"]["role"]) for one in items]

    assert await listed(served) == [("log", "operator"), ("incident", "provider")]
    # The log was handed on before this one began.
    assert await listed(later) == []
    path = f"/v1/incidents/{served}/exports"
    assert (await house.town.call("GET", path, key="provider")).status_code == 403
    path = "/v1/incidents/nothing/exports"
    assert (await house.town.call("GET", path)).status_code == 404


async def test_recipients_are_known_after_the_erasure_too(house: House, served: str) -> None:
    await house.node.pass_time(seconds=5)
    await house.town.acted(served, "acknowledge", "first_nurse")
    await house.town.acted(served, "resolve", "first_nurse", outcome="client_safe")
    await posted(house, f"/v1/incidents/{served}/evidence", "coordinator")
    client = (await house.town.get(f"/v1/incidents/{served}"))["client_id"]
    await house.town.make(f"/v1/clients/{client}", {"retired": True}, method="PATCH")
    erased = await house.town.call("POST", f"/v1/clients/{client}/erase", {"ground": "requested"})
    assert erased.is_success, erased.text
    (item,) = (await house.town.get(f"/v1/incidents/{served}/exports"))["items"]
    assert item["recipient"] == {"organisation_id": house.log_id}
    # What is left of it says nothing of persons, and may be handed on without a record.
    await house.sealer.run_once()
    await posted(house, f"/v1/incidents/{served}/evidence")
    assert len((await house.town.get(f"/v1/incidents/{served}/exports"))["items"]) == 1


async def test_auditor_sees_that_something_was_exported_not_to_whom(
    house: House, served: str
) -> None:
    body = {"role": "auditor", "organisation_id": house.log_id}
    house.town.keys["auditor"] = (await house.town.make("/v1/keys", body))["key"]
    await posted(house, f"/v1/ledgers/{house.log_id}/export")
    (item,) = (await own_entries(house, key="auditor"))["items"]
    assert list(facts(item)) == ["size"]
    assert served
    path = f"/v1/ledgers/{house.log_id}/entries"
    assert (await house.town.call("GET", path, key="provider")).status_code == 403
    assert (await house.town.call("GET", "/v1/ledgers/nothing/entries")).status_code == 404


async def test_what_is_not_handed_on_is_not_recorded(house: House) -> None:
    path = f"/v1/ledgers/{house.log_id}/export"
    assert (await house.town.call("POST", path)).status_code == 404
    await house.sealer.run_once()
    assert (await house.town.call("POST", path, key="provider")).status_code == 403
    incident = await house.town.opened()
    path = f"/v1/incidents/{incident['id']}/evidence"
    assert (await house.town.call("POST", path)).status_code == 409
    assert await house.count("type = 'exported'") == 0


async def test_command_line_leaves_it_to_the_server_that_has_the_file(
    house: House, served: str
) -> None:
    installation = house.node.installation
    folder = deposit_folder(installation.settings)
    if folder is None:
        recipient = {"name": "監査法人"}
        await record_export(installation.database, house.log_id, recipient, house.node.clock())
    else:
        # Whoever serves the file looks into the folder meanwhile.
        leave = partial(deposit_export, folder, log_id=house.log_id, recipient="監査法人")
        watch = asyncio.create_task(watch_deposits(installation))
        await asyncio.to_thread(leave)
        watch.cancel()
    (item,) = (await own_entries(house))["items"]
    assert facts(item)["recipient"] == {"name": "監査法人"}
    assert served


async def test_own_chain_that_was_cut_or_is_not_the_logs_is_found(
    house: House, served: str
) -> None:
    await posted(house, f"/v1/ledgers/{house.log_id}/export")
    assert served
    database = house.node.installation.database
    async with database.transaction() as tx:
        await tx.execute("UPDATE ledger_log SET chain_seq = 5 WHERE id = $1", house.log_id)
    report = await verify_url(house.place.url, VAULT)
    assert [str(one.rule) for one in report.findings] == ["row"]
    assert await rows(house.place.url, "SELECT chain_seq FROM ledger_log")
