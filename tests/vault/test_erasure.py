"""After erasing a client nothing readable of them remains, and the whole ledger still verifies."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from app.commands.audit.verify import verify_url
from app.commands.ledgers.containers import write_folder
from app.commands.ledgers.export import export_log
from app.database.reading import open_reader
from app.ledger.disclosure import Verdict
from app.offline.report import Report
from app.offline.verify import verify_path
from app.vault import SealBroken, Vault
from tests.engine.checking import check_everything
from tests.engine.databases import number, rows
from tests.engine.town import asks
from tests.keys import VAULT
from tests.sealing.conftest import House
from tests.vault.files import (
    SealedBytes,
    columns_found,
    database_files,
    files_of,
    sealed_bytes,
    written,
)

# Each is said somewhere about the client, and nowhere else in the house.
NAME, KANA, ADDRESS, TOWN = "榊原 千鶴子", "サカキバラ チヅコ", "北山町四丁目七番", "北山町"
PHONE, REFERENCE, TITLE, VARIANT = "0790-55-1234", "MED-70042-X", "千鶴子さんの手順", "デイの日"
SUMMARY, NOTE, DETAIL, DEDUP = "浴室で転倒した様子", "左手首の腫れ", "脱衣所に血痕", "alarm-88-417"
SAID = (
    *(NAME, KANA, ADDRESS, TOWN, PHONE, REFERENCE, TITLE, VARIANT, SUMMARY, NOTE, DETAIL, DEDUP),
)
KEY = "Idempotency-Key"


@pytest.fixture
async def closed(house: House) -> str:
    """An incident of the client, closed, of which everything is sealed; the client is retired."""
    town = house.town
    body = {
        "municipality_id": town["municipality"],
        "served_by": [town["provider"]],
        "external_refs": {town["provider"]: REFERENCE},
        "name": NAME,
        "kana": KANA,
        "address": ADDRESS,
        "town": TOWN,
        "phones": [PHONE],
    }
    made = await town.call("POST", "/v1/clients", body, headers={KEY: "made"})
    assert made.status_code == 201, made.text
    town.ids["her"] = made.json()["id"]
    variants = [{"name": VARIANT, "rounds": 1, "steps": [asks(town["first"])]}]
    await town.publish(client="her", title=TITLE, variants=variants)
    opened = await town.opened(
        client="her", summary=SUMMARY, details={"場所": DETAIL}, dedup_key=DEDUP, once="told"
    )
    id_ = str(opened["id"])
    await house.node.pass_time(seconds=5)
    await town.acted(id_, "acknowledge", "first_nurse")
    await town.acted(id_, "note", "first_nurse", text=NOTE)
    await town.acted(id_, "resolve", "first_nurse", outcome="client_safe", note=NOTE)
    await house.open_incidents(2)
    await house.sealer.run_once()
    return id_


async def retire(house: House) -> None:
    await house.town.make(f"/v1/clients/{house.town['her']}", {"retired": True}, method="PATCH")


async def erase(house: House) -> None:
    await retire(house)
    body = {"ground": "requested"}
    response = await house.town.call(
        "POST", f"/v1/clients/{house.town['her']}/erase", body, key="coordinator"
    )
    assert response.status_code == 200, response.text
    assert response.json()["incidents"] == 1


def found_in(files: Iterable[Path]) -> set[tuple[str, str]]:
    """Which texts are readable in which files."""
    wanted = [(text, form) for text in SAID for form in written(text)]
    found = set()
    for path in files:
        data = path.read_bytes()
        found |= {(text, path.name) for text, form in wanted if form in data}
    return found


# One sealed value of each kind; what is readable of a client is in none of these bytes.
SEALED = (
    ("wrapped", "data_key WHERE subject_id = '{her}'"),
    ("personal", "client WHERE id = '{her}'"),
    ("reference", "client_reference WHERE client_id = '{her}'"),
    ("token", "search_token WHERE subject_id = '{her}'"),
    ("document", "protocol_version WHERE client_id = '{her}'"),
    ("report", "incident WHERE client_id = '{her}'"),
    ("message", "delivery WHERE incident_id = '{closed}'"),
    ("disclosure", "ledger_disclosure WHERE incident_id = '{closed}'"),
)


async def sealed_of_client(house: House, closed: str) -> SealedBytes:
    ids = {"her": house.town["her"], "closed": closed}
    return await sealed_bytes(
        house.place.url, [(one, where.format(**ids)) for one, where in SEALED]
    )


async def exported(house: House, folder: Path) -> Report:
    async with open_reader(house.place.url, VAULT) as reader:
        await write_folder(export_log(reader, house.log_id), folder)
    return verify_path(folder)


async def test_stolen_database_without_the_data_key_opens_nothing(
    house: House, closed: str, request: pytest.FixtureRequest
) -> None:
    assert found_in(database_files(house.place.url, request)) == set()
    async with open_reader(house.place.url, Vault(b"another key of thirty-two bytes!")) as reader:
        with pytest.raises(SealBroken, match="DATA_KEY_FILE"):
            async for _ in export_log(reader, house.log_id):
                pass
    assert closed


async def test_nothing_readable_of_an_erased_client_remains(
    house: House,
    closed: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    await exported(house, tmp_path / "before")
    readable = {text for text, _ in found_in(files_of(tmp_path / "before"))}
    assert readable >= {SUMMARY, NOTE}, "the search finds what is there"
    sealed = await sealed_of_client(house, closed)
    there = columns_found(database_files(house.place.url, request), sealed)
    assert there == {column for column, _ in SEALED}
    await erase(house)
    await house.sealer.run_once()
    await exported(house, tmp_path / "after")
    assert found_in(files_of(tmp_path / "after")) == set()
    files = database_files(house.place.url, request)
    assert (found_in(files), columns_found(files, sealed)) == (set(), set())
    logged = "".join(capfd.readouterr())
    assert "client_erased" in logged, "the search finds what was logged"
    assert not [text for text in SAID if text in logged]


async def test_ledger_of_an_erased_client_verifies_and_says_erased(
    house: House, closed: str, tmp_path: Path
) -> None:
    before = await exported(house, tmp_path / "before")
    assert before.verdicts[Verdict.ERASED] == 0
    where = f"WHERE incident_id = '{closed}'"
    gone = await number(house.place.url, f"SELECT count(*) FROM ledger_disclosure {where}")  # noqa: S608
    await erase(house)
    report = await verify_url(house.place.url, VAULT)
    assert report.findings == ()
    await check_everything(house.place.url)
    await house.sealer.run_once()
    after = await exported(house, tmp_path / "after")
    assert after.findings == []
    assert after.verdicts[Verdict.ERASED] == gone > 5
    assert after.verdicts[Verdict.MISSING] == after.verdicts[Verdict.WITHHELD] == 0
    assert after.verdicts[Verdict.OPENED] == before.verdicts[Verdict.OPENED] - gone


async def test_disclosure_that_is_gone_without_a_word_is_missing_though_the_rest_is_erased(
    house: House, closed: str, tmp_path: Path
) -> None:
    async with house.node.installation.database.transaction() as tx:
        await tx.execute(
            "DELETE FROM ledger_disclosure WHERE incident_id = $1 AND name = 'summary'", closed
        )
    await erase(house)
    await house.sealer.run_once()
    after = await exported(house, tmp_path / "after")
    assert after.verdicts[Verdict.MISSING] == len(after.findings) == 1
    assert after.verdicts[Verdict.ERASED] > 5


async def test_erased_client_is_an_empty_shell_and_who_was_responsible_is_still_told(
    house: House, closed: str
) -> None:
    town, her = house.town, house.town["her"]
    before = await town.get(f"/v1/incidents/{closed}/responsibility")
    await erase(house)
    shown = await town.get(f"/v1/clients/{her}")
    assert (shown["name"], shown["town"], shown["phones"], shown["external_refs"]) == (
        *(None, None, None, {}),
    )
    assert shown["erased_at"] is not None
    listed = (await town.get("/v1/clients?external_ref=" + REFERENCE))["items"]
    assert listed == []
    after = await town.get(f"/v1/incidents/{closed}/responsibility")
    assert [one["holder"]["id"] for one in after["intervals"]] == [
        one["holder"]["id"] for one in before["intervals"]
    ]
    entries = (await town.get(f"/v1/incidents/{closed}/entries"))["items"]
    assert entries[-1]["type"] == "erased"
    assert [one["disclosures"] for one in entries if one.get("disclosures")] == []
    assert (await town.get(f"/v1/incidents/{closed}"))["status"] == "resolved"


async def test_nothing_more_is_written_about_an_erased_client(house: House, closed: str) -> None:
    town, her = house.town, house.town["her"]
    await erase(house)
    assert (await town.report(client="her")).status_code == 404
    by_number = {"client_ref": REFERENCE, "type": "fall"}
    assert (await town.call("POST", "/v1/incidents", by_number, key="provider")).status_code == 404
    noted = await town.act(closed, "note", "first_nurse", text="後から")
    assert (noted.status_code, noted.json()["type"].rpartition(":")[2]) == (410, "client-erased")
    changed = await town.call("PATCH", f"/v1/clients/{her}", {"name": "別人"})
    assert changed.status_code == 409
    assert (await town.call("GET", f"/v1/clients/{her}/protocol")).status_code == 404
    again = await town.make(f"/v1/clients/{her}/erase", {"ground": "retention_ended"})
    assert again["incidents"] == 1
    kept = await rows(house.place.url, "SELECT * FROM data_key")
    assert her not in {row["subject_id"] for row in kept}
    erased = "SELECT count(*) FROM ledger_entry WHERE type = 'erased'"
    assert await number(house.place.url, erased) == 1


async def test_client_who_is_not_retired_or_in_danger_is_not_erased(
    house: House, closed: str
) -> None:
    town, path = house.town, f"/v1/clients/{house.town['her']}/erase"
    body = {"ground": "requested"}
    assert (await town.call("POST", path, body)).status_code == 409
    await house.node.pass_time(hours=2)
    opened = await town.opened(client="her")
    await retire(house)
    refused = await town.call("POST", path, body)
    assert (refused.status_code, refused.json()["incident_ids"]) == (409, [opened["id"]])
    assert (await town.get(f"/v1/clients/{house.town['her']}"))["name"] == NAME
    await town.acted(str(opened["id"]), "cancel", key="coordinator")
    wrong = await town.call("POST", path, body | {"code": "?"})
    assert wrong.status_code == 422
    assert (await town.call("POST", path, body, key="provider")).status_code == 403
    assert (await town.call("POST", path, {"ground": "boredom"})).status_code == 422
    assert (await town.make(path, body))["incidents"] == 2
    assert closed


async def test_answer_kept_for_repetition_goes_with_the_client(house: House, closed: str) -> None:
    count = "SELECT count(*) FROM idempotency"
    assert await number(house.place.url, count) == 2
    await erase(house)
    # The report's answer holds ids only; whoever repeats it opens nothing a second time.
    assert await number(house.place.url, count) == 1
    again = await house.town.report(
        client="her", summary=SUMMARY, details={"場所": DETAIL}, dedup_key=DEDUP, once="told"
    )
    assert (again.status_code, again.json()["id"]) == (201, closed)


# --- single disclosures -------------------------------------------------------------------------


async def test_note_by_mistake_is_erased_alone(house: House, closed: str, tmp_path: Path) -> None:
    town, path = house.town, f"/v1/incidents/{closed}/erase"
    entries = (await town.get(f"/v1/incidents/{closed}/entries"))["items"]
    noted = next(one for one in entries if one["type"] == "noted")
    names = {one["name"]: one["digest"] for one in noted["disclosures"]}
    assert "note" in names
    body = {"ground": "requested", "disclosures": [{"seq": noted["seq"], "name": "note"}]}
    erased = await town.call("POST", path, body, key="coordinator")
    assert erased.status_code == 200, erased.text
    assert erased.json()["erased"] == [names["note"]]
    again = await town.call("POST", path, body)
    assert (again.status_code, again.json()["errors"][0]["pointer"]) == (422, "/disclosures/0")
    summary = next(one for one in entries[0]["disclosures"] if one["name"] == "summary")
    await town.make(path, {"ground": "requested", "digests": [summary["digest"]]})
    assert (await verify_url(house.place.url, VAULT)).findings == ()
    await house.sealer.run_once()
    after = await exported(house, tmp_path / "after")
    assert (after.findings, after.verdicts[Verdict.ERASED]) == ([], 2)
    told = {text for text, _ in found_in(files_of(tmp_path / "after"))}
    assert SUMMARY not in told
    assert DETAIL in told
    assert (await town.call("POST", path, body, key="provider")).status_code == 403


async def test_disclosure_of_an_open_incident_is_erased_and_the_incident_goes_on(
    house: House, closed: str
) -> None:
    opened = await house.town.opened(summary="取り違え")
    path = f"/v1/incidents/{opened['id']}/erase"
    body = {"ground": "requested", "disclosures": [{"seq": 0, "name": "summary"}]}
    await house.town.make(path, body)
    await house.node.pass_time(seconds=5)
    await house.town.acted(str(opened["id"]), "acknowledge", "first_nurse")
    assert (await verify_url(house.place.url, VAULT)).findings == ()
    await check_everything(house.place.url)
    assert closed


async def test_swapped_ciphertexts_are_found_by_the_verifier(house: House, closed: str) -> None:
    async with house.node.installation.database.transaction() as tx:
        pair = await tx.fetch(
            "SELECT digest, disclosure FROM ledger_disclosure WHERE incident_id = $1 AND seq = 0"
            " ORDER BY digest LIMIT 2",
            closed,
        )
        for row, other in zip(pair, reversed(pair), strict=True):
            await tx.execute(
                "UPDATE ledger_disclosure SET disclosure = $1"
                " WHERE incident_id = $2 AND digest = $3",
                other["disclosure"],
                closed,
                row["digest"],
            )
    report = await verify_url(house.place.url, VAULT)
    assert {one.seq for one in report.findings} == {0}
    response = await house.town.call("GET", f"/v1/incidents/{closed}/entries")
    assert response.status_code == 500
