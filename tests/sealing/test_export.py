"""Exports and evidence of a running house, judged by the verifier and by Go's x/mod."""

import io
import subprocess
import tarfile
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from app.commands.ledgers.containers import FolderTaken, write_folder
from app.commands.ledgers.export import Piece, export_log
from app.database.reading import open_reader
from app.installation.answer import NotFound
from app.ledger.disclosure import Verdict, decode
from app.ledger.entry import SYSTEM, Cause, EntryType, leaf_bytes, leaf_hash, parse_leaf
from app.ledger.exports import layout
from app.ledger.exports.disclosed import parse_disclosed
from app.ledger.judge.judge import Unjudged
from app.models.ledger import LedgerEntryRow
from app.offline.report import Report
from app.offline.verify import verify_path
from tests.keys import VAULT
from tests.peers.tlogcheck import Tlogcheck, built_tlogcheck
from tests.sealing.conftest import House


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Tlogcheck:
    return built_tlogcheck(tmp_path_factory.mktemp("tlogcheck"))


@pytest.fixture
async def served(house: House) -> str:
    """An incident of which much is sealed: accepted, noted, closed."""
    id_ = str((await house.town.opened(summary="転倒"))["id"])
    await house.node.pass_time(seconds=5)
    await house.town.acted(id_, "acknowledge", "first_nurse")
    await house.town.acted(id_, "arrive", "first_nurse")
    await house.town.acted(id_, "note", "first_nurse", text="意識あり")
    await house.town.acted(id_, "resolve", "first_nurse", outcome="client_safe")
    await house.open_incidents(2)
    await house.sealer.run_once()
    return id_


async def exported(house: House, target: Path, *, disclosures: bool = True) -> Report:
    async with open_reader(house.place.url, VAULT) as reader:
        await write_folder(export_log(reader, house.log_id, disclosures=disclosures), target)
    return verify_path(target)


async def fetched(house: House, path: str, target: Path, key: str | None = None) -> Path:
    response = await house.town.call("POST", path, key=key)
    assert response.status_code == 200, response.text
    return written(target, response.content)


def written(target: Path, data: bytes) -> Path:
    target.write_bytes(data)
    return target


def names_in(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def run_script(script: str, folder: Path) -> list[str]:
    command = ["/bin/sh", "-ec", script]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return ended.stdout.splitlines()


def unpacked(data: bytes, folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(archive.read(name))


async def test_export_is_accepted_by_the_verifier_and_by_go(
    house: House, served: str, judge: Tlogcheck, tmp_path: Path
) -> None:
    await house.open_incidents(60)
    await house.sealer.run_once()
    report = await exported(house, tmp_path / "export")
    assert (report.findings, report.entries) == ([], await house.count())
    assert report.entries > 256
    assert report.incidents == report.judged == 63
    assert report.verdicts[Verdict.OPENED] > 100
    assert report.verdicts[Verdict.WITHHELD] == report.verdicts[Verdict.MISSING] == 0
    assert served
    assert judge.fault("export", tmp_path / "export") is None


async def test_export_without_disclosures_names_nobody(
    house: House, served: str, tmp_path: Path
) -> None:
    report = await exported(house, tmp_path / "export", disclosures=False)
    assert (report.findings, report.has_disclosures) == ([], False)
    assert report.verdicts[Verdict.OPENED] == 0
    assert report.verdicts[Verdict.WITHHELD] > 0
    assert served
    assert not (tmp_path / "export" / layout.DISCLOSURES).exists()


async def test_log_that_grows_meanwhile_is_exported_at_one_checkpoint(
    house: House, served: str, tmp_path: Path
) -> None:
    size = await house.count()

    async def growing(pieces: AsyncIterator[Piece]) -> AsyncIterator[Piece]:
        async for piece in pieces:
            yield piece
            if piece.name == layout.CHECKPOINT:
                await house.open_incidents(2)
                await house.sealer.run_once()

    async with open_reader(house.place.url, VAULT) as reader:
        await write_folder(growing(export_log(reader, house.log_id)), tmp_path / "export")
    report = verify_path(tmp_path / "export")
    assert (report.findings, report.entries) == ([], size)
    assert served
    assert await house.count() > size


async def test_what_is_erased_after_the_checkpoint_is_withheld_not_missing(
    house: House, served: str, tmp_path: Path
) -> None:
    def erase(session: Session) -> None:
        # As an erasure does: the disclosures go, and an entry that is not sealed yet says so.
        connection = session.connection()
        sql = "SELECT digest FROM ledger_disclosure WHERE incident_id = '{}' ORDER BY digest"
        digests = list(connection.exec_driver_sql(sql.format(served)).scalars())
        del digests[:-2]
        for one in digests:
            connection.exec_driver_sql(f"DELETE FROM ledger_disclosure WHERE digest = '{one}'")  # noqa: S608
        _append_erased(session, served, digests)

    await house.node.installation.database.write(erase)
    report = await exported(house, tmp_path / "export")
    assert report.findings == []
    assert report.verdicts[Verdict.WITHHELD] == 2
    await house.sealer.run_once()
    after = await exported(house, tmp_path / "after")
    assert after.findings == []
    assert after.verdicts[Verdict.ERASED] == 2


async def test_folder_with_something_in_it_is_left_alone(
    house: House, served: str, tmp_path: Path
) -> None:
    place = tmp_path / "place"
    (place / "full").mkdir(parents=True)
    (place / "full/mine").write_text("x")
    with pytest.raises(FolderTaken):
        await exported(house, place / "full")
    (place / "empty").mkdir()
    assert (await exported(house, place / "empty")).count == 0
    assert served
    assert names_in(place) == ["empty", "full"]


async def test_export_that_ends_early_leaves_nothing_behind(
    house: House, served: str, tmp_path: Path
) -> None:
    async def broken(pieces: AsyncIterator[Piece]) -> AsyncIterator[Piece]:
        async for piece in pieces:
            yield piece
            if piece.name.startswith("tile/"):
                raise OSError("no space left")

    target = tmp_path / "new" / "export"
    async with open_reader(house.place.url, VAULT) as reader:
        with pytest.raises(OSError, match="no space"):
            await write_folder(broken(export_log(reader, house.log_id)), target)
        with pytest.raises(NotFound):
            await write_folder(export_log(reader, "nobody"), target)
    assert served
    assert names_in(target.parent) == []


async def test_log_that_is_not_whole_is_refused_before_the_first_byte(
    house: House, served: str
) -> None:
    path = f"/v1/ledgers/{house.log_id}/export"
    recorded = await house.count("type = 'exported'")
    async with house.node.installation.database.transaction() as tx:
        await tx.execute("UPDATE ledger_tile SET hashes = $1", bytes(32))
    response = await house.town.call("POST", path)
    assert (response.status_code, response.json()["type"].rpartition(":")[2]) == (409, "log-broken")
    assert response.json()["detail"] == "The log is not whole: tiles of level 0 are missing."
    assert (served, await house.count("type = 'exported'")) == (served, recorded)


async def test_export_over_http_is_a_tar_that_verifies(
    house: House, served: str, tmp_path: Path
) -> None:
    path = f"/v1/ledgers/{house.log_id}/export"
    report = verify_path(await fetched(house, path, tmp_path / "all.tar"))
    assert (report.findings, report.entries) == ([], await house.count())
    assert report.verdicts[Verdict.WITHHELD] == 0
    response = await house.town.call("POST", "/v1/ledgers/nothing/export")
    assert response.status_code == 404
    with tarfile.open(tmp_path / "all.tar") as archive:
        archive.extractall(tmp_path / "folder", filter="data")
    assert verify_path(tmp_path / "folder").findings == []
    assert served


async def test_evidence_is_a_zip_that_verifies_and_its_readme_works(
    house: House, served: str, tmp_path: Path
) -> None:
    path = f"/v1/incidents/{served}/evidence"
    report = verify_path(await fetched(house, path, tmp_path / "one.zip"))
    assert (report.kind, report.findings, report.incidents) == ("evidence", [], 1)
    assert report.entries == await house.count(
        f"incident_id = '{served}' AND leaf_index IS NOT NULL"
    )
    unpacked((tmp_path / "one.zip").read_bytes(), tmp_path / "one")
    readme = (tmp_path / "one" / layout.README).read_text()
    commands = readme.partition("Renrakumo")[2]
    script = "\n".join(line for line in commands.splitlines() if line.startswith("   "))
    ok, verified, hashed, digest = run_script(script, tmp_path / "one")
    second = (tmp_path / "one" / layout.leaf_file(1)).read_text()
    first = (tmp_path / "one" / layout.leaf_file(0)).read_text()
    assert (ok, verified) == ("ok", "Signature Verified Successfully")
    assert f'"prev":"{hashed}"' in second
    assert digest in first


async def test_evidence_as_a_page_says_who_was_responsible(house: House, served: str) -> None:
    response = await house.town.call(
        "POST", f"/v1/incidents/{served}/evidence", headers={"Accept": "text/html"}
    )
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "unsafe" not in response.headers["content-security-policy"]
    for text in (
        "対応責任者の記録",
        "first_nurse",
        "事前合意",
        "受諾",
        house.origin,
        "<svg",
        "0:00:05</td>",
        # That it was handed out is an entry that is not on it.
        "証跡を渡したことも記録（exported）になります。",
        served,
    ):
        assert text in response.text, text
    assert "転倒" not in response.text


async def test_page_counts_what_is_shorter_than_a_second(house: House) -> None:
    id_ = (await house.town.opened())["id"]
    house.node.clock.push(milliseconds=40)
    await house.town.acted(id_, "acknowledge", "first_nurse")
    await house.sealer.run_once()
    path = f"/v1/incidents/{id_}/evidence"
    response = await house.town.call("POST", path, headers={"Accept": "text/html"})
    assert "0:00:00.040</td>" in response.text


async def test_evidence_before_the_first_seal_is_not_there_yet(house: House) -> None:
    incident = await house.town.opened()
    response = await house.town.call("POST", f"/v1/incidents/{incident['id']}/evidence")
    assert (response.status_code, response.headers["retry-after"]) == (409, "2")
    response = await house.town.call("POST", "/v1/incidents/nothing/evidence")
    assert response.status_code == 404


async def test_auditor_gets_what_says_nothing_of_persons(
    house: House, served: str, tmp_path: Path
) -> None:
    body = {"role": "auditor", "organisation_id": house.log_id}
    house.town.keys["auditor"] = (await house.town.make("/v1/keys", body))["key"]
    log, one = tmp_path / "all.tar", tmp_path / "one.zip"
    paths = {log: f"/v1/ledgers/{house.log_id}/export", one: f"/v1/incidents/{served}/evidence"}
    for target, path in paths.items():
        report = verify_path(await fetched(house, path, target, key="auditor"))
        assert report.findings == []
        assert report.verdicts[Verdict.OPENED] > 0
        assert report.verdicts[Verdict.WITHHELD] > 0
        # Titles and approvals of protocols name people.
        assert report.unjudged == {Unjudged.NO_DOCUMENT: report.incidents}
    with tarfile.open(log) as archive:
        stream = archive.extractfile(layout.DISCLOSURES)
        assert stream is not None
        names = {
            decode(line.disclosure).name
            for line in map(parse_disclosed, stream.readlines())
            if line.disclosure is not None
        }
    assert "protocol" in names
    assert not names & {"client", "summary", "note", "reason"}
    response = await house.town.call(
        "POST", paths[one], key="auditor", headers={"Accept": "text/html"}
    )
    assert "first_nurse" not in response.text
    assert "（仮名）" in response.text


async def test_provider_gets_no_protocols_of_a_client_whom_it_serves_no_more(
    house: House, tmp_path: Path
) -> None:
    """What it reported is its matter for ever; what was agreed for the client is not."""
    town = house.town
    for name in ("reporter", "stranger"):
        body = {"name": name, "kind": "provider", "municipality_ids": [house.log_id]}
        town.ids[name] = (await town.make("/v1/organisations", body))["id"]
        body = {"role": "provider", "organisation_id": town[name]}
        town.keys[name] = (await town.make("/v1/keys", body))["key"]
    client = f"/v1/clients/{town['client']}"
    served_by = [town["provider"], town["reporter"]]
    await town.make(client, {"served_by": served_by}, method="PATCH")
    id_ = str((await town.opened(key="reporter"))["id"])
    await town.make(client, {"served_by": served_by[:1]}, method="PATCH")
    await house.sealer.run_once()
    path, one = f"/v1/incidents/{id_}/evidence", tmp_path / "one.zip"
    for key, is_served in (("provider", True), ("reporter", False)):
        report = verify_path(await fetched(house, path, one, key=key))
        assert (report.findings, report.judged) == ([], int(is_served)), key
        assert report.verdicts[Verdict.WITHHELD] == 0
        with zipfile.ZipFile(one) as archive:
            assert (layout.PROTOCOLS in archive.namelist()) is is_served, key
            approved = [
                name for name in archive.namelist() if "山田".encode() in archive.read(name)
            ]
        assert approved == [layout.PROTOCOLS] * is_served
    assert (await town.call("POST", path, key="stranger")).status_code == 404


def _append_erased(session: Session, incident_id: str, digests: list[str]) -> None:
    entry = LedgerEntryRow
    last = session.exec(
        select(entry).where(entry.incident_id == incident_id).order_by(col(entry.seq).desc())
    ).first()
    assert last is not None
    leaf = replace(
        parse_leaf(last.leaf),
        seq=last.seq + 1,
        prev=last.leaf_hash,
        type=EntryType.ERASED,
        cause=Cause.REQUESTED,
        basis=None,
        from_=None,
        to=None,
        actor=SYSTEM,
        step=None,
        round=None,
        due=None,
        sd=tuple(sorted(digests)),
    )
    data = leaf_bytes(leaf)
    session.add(
        entry(
            log_id=last.log_id,
            incident_id=incident_id,
            seq=leaf.seq,
            leaf=data,
            leaf_hash=leaf_hash(data),
            appended_at=last.appended_at,
            type="erased",
            at=leaf.at,
        )
    )
    session.flush()
