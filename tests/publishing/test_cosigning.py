"""Asking witnesses: what they answer is kept and served; what they do not, holds up nothing."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.commands.ledgers.containers import write_folder
from app.commands.ledgers.export import export_log
from app.database.reading import open_reader
from app.ledger.exports import layout
from app.ledger.notes.checkpoint import SignedCheckpoint, opened
from app.ledger.notes.key import verifier_key_text
from app.ledger.notes.note import note_bytes, parse_note
from app.ledger.notes.policy import parse_policy
from app.ledger.notes.proof_file import parse_proof_file
from app.offline.report import Check, Report
from app.offline.verify import verify_path
from app.publishing.cosigning import HEARTBEAT, PAUSE, Fault
from app.publishing.witness import Witness
from app.sealing.kept import KeptHeads
from app.telemetry import WITNESS_CONFLICTS
from tests.engine.databases import Row, rows
from tests.keys import VAULT
from tests.ledger.exports import Log
from tests.peers.tlogcheck import built_tlogcheck
from tests.publishing.conftest import House
from tests.publishing.lies import lies_of
from tests.publishing.outside import KEYS, Others, running_others
from tests.sealing.conftest import KEY

B, C = KEYS
HOST = "b.example"


@pytest.fixture
async def others(house: House, empty: Path, tmp_path: Path) -> AsyncIterator[Others]:
    await house.open_incidents(2)
    await house.sealer.run_once()
    async with running_others(house, empty, tmp_path) as made:
        yield made


async def served(house: House) -> SignedCheckpoint:
    response = await house.town.call("GET", f"/v1/ledgers/{house.log_id}/checkpoint")
    note = parse_note(response.content)
    return opened(
        note,
        origin=house.origin,
        log_keys=[house.verifier],
        witness_keys=[one.verifier for one in KEYS],
    )


async def asked_of(house: House, key: str = verifier_key_text(B.verifier)) -> Row:
    (row,) = [
        one
        for one in await rows(house.place.url, "SELECT * FROM ledger_witness")
        if one["verifier_key"] == key
    ]
    return row


async def grow(house: House) -> None:
    await house.open_incidents(1)
    await house.sealer.run_once()
    house.node.clock.push(seconds=PAUSE.total_seconds())


async def exported(house: House, folder: Path) -> Report:
    async with open_reader(house.place.url, VAULT) as reader:
        await write_folder(export_log(reader, house.log_id), folder)
    return verify_path(folder)


async def test_witnesses_cosign_and_what_is_served_carries_their_signatures(
    others: Others, tmp_path: Path
) -> None:
    house, cosigning = others.house, others.cosigning()
    assert len((await served(house)).by) == 1
    assert await cosigning.run_once() == 2
    found = await served(house)
    assert {one.key.name for one in found.by} == {house.origin, B.name, C.name}
    assert {one.at for one in found.by[1:]} == {house.node.clock.now.replace(microsecond=0)}
    response = await house.town.call("GET", f"/v1/ledgers/{house.log_id}/proof?entry=0")
    assert parse_proof_file(response.content).checkpoint == found.note
    report = await exported(house, tmp_path / "export")
    assert report.findings == []
    assert report.seen == 4
    policy = parse_policy((tmp_path / "export" / layout.POLICY).read_bytes())
    assert {one.key for one in policy.witnesses} == {one.verifier for one in KEYS}
    path = tmp_path / "evidence.zip"
    (incident,) = (await house.town.get("/v1/incidents?limit=1"))["items"]
    response = await house.town.call("POST", f"/v1/incidents/{incident['id']}/evidence")
    path.write_bytes(response.content)
    evidence = verify_path(path)
    assert (evidence.findings, evidence.seen) == ([], 2)
    judge = built_tlogcheck(tmp_path)
    assert judge.fault("export", tmp_path / "export") is None


async def test_log_that_grows_is_proven_from_what_the_witness_has(others: Others) -> None:
    house, cosigning = others.house, others.cosigning()
    for _ in range(3):
        assert await cosigning.run_once() == 2
        assert await cosigning.run_once() == 0
        await grow(house)
    assert await cosigning.run_once() == 2
    assert len((await served(house)).by) == 3
    assert len(others.asked) == 8


async def test_witness_that_has_another_size_is_asked_again_from_there(others: Others) -> None:
    house, cosigning = others.house, others.cosigning()
    await cosigning.run_once()
    await grow(house)
    async with house.node.installation.database.transaction() as tx:
        await tx.execute("UPDATE ledger_witness SET size = 0")
    others.asked.clear()
    assert await cosigning.run_once() == 2
    assert sorted(others.asked) == [HOST, HOST, "c.example", "c.example"]


async def test_not_more_often_than_the_pause_and_at_least_each_heartbeat(others: Others) -> None:
    house, cosigning = others.house, others.cosigning()
    await cosigning.run_once()
    first = await served(house)
    await house.open_incidents(1)
    await house.sealer.run_once()
    house.node.clock.push(seconds=PAUSE.total_seconds() - 1)
    assert await cosigning.run_once() == 0
    house.node.clock.push(seconds=1)
    assert await cosigning.run_once() == 2
    house.node.clock.push(seconds=HEARTBEAT.total_seconds() - 1)
    assert await cosigning.run_once() == 0
    house.node.clock.push(seconds=1)
    assert await cosigning.run_once() == 2
    again = await served(house)
    assert again.checkpoint.size > first.checkpoint.size
    assert again.by[1].at == house.node.clock.now.replace(microsecond=0)
    # The first of them stays too: by then the tree was there.
    (row,) = [
        one
        for one in await rows(house.place.url, "SELECT * FROM ledger_checkpoint")
        if one["size"] == again.checkpoint.size
    ]
    assert row["cosigned"].count("\n") == 4


async def test_several_nodes_ask_each_witness_once(others: Others) -> None:
    nodes = [others.cosigning() for _ in range(4)]
    counts = await asyncio.gather(*(one.run_once() for one in nodes))
    assert sum(counts) == 2
    assert len(others.asked) == 2


async def test_witness_that_is_away_or_lies_holds_up_nothing(others: Others) -> None:
    house = others.house
    for liar, fault in lies_of(B, house.node.clock):
        others.liars[HOST] = liar
        await grow(house)
        # The other one cosigns all the same.
        assert await others.cosigning(seconds=1).run_once() == 1, fault
        assert (await asked_of(house))["fault"] == fault, liar
        assert [one.key.name for one in (await served(house)).by] == [house.origin, C.name]
    others.liars.clear()
    await grow(house)
    assert await others.cosigning().run_once() == 2
    assert (await asked_of(house))["fault"] is None


async def test_fork_is_refused_by_the_witness_and_alarmed(others: Others, tmp_path: Path) -> None:
    house, cosigning = others.house, others.cosigning()
    await cosigning.run_once()
    # Somebody with the key shows the witness another history, larger than ours.
    forged = Log(KEY.signer(house.origin))
    forged.append([b"other"] * 1000)
    witness = others.witnesses[HOST]
    head = await house.head()
    body = b"old %d\n\n" % head["size"] + note_bytes(forged.checkpoint())
    assert (await witness.add_checkpoint(body)).status == 422
    # Or the witness had seen that one first: then ours is the fork.
    fresh = Others(house)
    fresh.witnesses = dict(others.witnesses)
    async with house.node.installation.database.transaction() as tx:
        await tx.execute("UPDATE ledger_witness SET size = 0, fault = NULL")
    fresh.witnesses[HOST] = Witness(
        database=house.node.installation.database,
        clock=house.node.clock,
        signer=B,
        logs=[house.verifier],
    )
    first = b"old 0\n\n" + note_bytes(forged.checkpoint())
    assert (await fresh.witnesses[HOST].add_checkpoint(first)).status == 200
    await grow(house)
    await fresh.cosigning().run_once()
    assert (await asked_of(house))["fault"] == Fault.CONFLICT
    assert WITNESS_CONFLICTS._value.get() == 1  # noqa: SLF001  # prometheus has no other way
    # Sealing goes on.
    await house.open_incidents(1)
    assert await house.sealer.run_once() > 0
    assert KeptHeads(tmp_path / "heads").read(house.log_id) is not None


async def test_rewritten_log_gets_no_cosignature_and_its_old_ones_convict_it(
    others: Others, tmp_path: Path
) -> None:
    house = others.house
    await others.cosigning().run_once()
    await exported(house, tmp_path / "export")
    # The administrator, who has the key, writes a log of his own in the place of the first one.
    forged = Log(KEY.signer(house.origin))
    forged.append([b"other"] * (await house.head())["size"])
    forged.export(tmp_path / "export")
    # Two histories: the cosigned head beside the export is not of these entries.
    found = verify_path(tmp_path / "export")
    assert Check.TREE in found.counts
    assert any(
        "another head" in one.detail or "other entries" in one.detail for one in found.findings
    )
    request = b"old %d\n\n" % forged.edge.size + note_bytes(forged.checkpoint())
    assert (await others.witnesses[HOST].add_checkpoint(request)).status == 409
