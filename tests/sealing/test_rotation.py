"""Another key for a log: whoever trusts the old one is led to the new one, offline."""

import shutil
from pathlib import Path

import pytest

from app.commands.audit.verify import verify_url
from app.commands.ledgers.containers import write_folder
from app.commands.ledgers.export import export_log
from app.database.reading import open_reader
from app.ledger.exports import layout
from app.ledger.notes.key import verifier_key_text
from app.ledger.notes.note import parse_note
from app.ledger.seal import SealFault
from app.offline.report import Check, Report
from app.offline.verify import verify_path
from app.sealing.keys import LedgerKey
from app.sealing.life.rotation import NotPossible, retire_key, rotate_key
from app.sealing.sealer import Sealer
from tests.keys import VAULT
from tests.peers.tlogcheck import Tlogcheck, built_tlogcheck
from tests.sealing.conftest import KEY, House, sealer_of

STOLEN = bytes(range(32))
FRESH = bytes(range(32, 64))


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Tlogcheck:
    return built_tlogcheck(tmp_path_factory.mktemp("tlogcheck"))


async def rotate(house: House, key: LedgerKey = KEY) -> str:
    async with house.node.installation.database.transaction() as tx:
        return await rotate_key(tx, house.log_id, key, house.node.clock())


async def retire(house: House) -> bool:
    async with house.node.installation.database.transaction() as tx:
        return await retire_key(tx, house.log_id, house.node.clock())


async def go_on(house: House, sealer: Sealer | None = None) -> list[str]:
    """Record something, and seal it; the keys whose lines the checkpoint carries."""
    await house.open_incidents(1)
    used = sealer or house.sealer
    await used.run_once()
    assert not used.state.refused
    note = parse_note((await house.head())["checkpoint"].encode())
    said = await house.town.get(f"/v1/ledgers/{house.log_id}")
    ids = {one["verifier_key"].split("+", 2)[1]: one["verifier_key"] for one in said["keys"]}
    return [ids[one.key_id.hex()] for one in note.signatures]


async def exported(house: House, target: Path) -> Path:
    async with open_reader(house.place.url, VAULT) as reader:
        await write_folder(export_log(reader, house.log_id), target)
    return target


def key_file(tmp_path: Path, key: str) -> Path:
    path = tmp_path / "key"
    path.write_text(f"{key}\n")
    return path


def checked(target: Path, tmp_path: Path, key: str, kept: Path | None = None) -> Report:
    kept_ = [kept] if kept else []
    return verify_path(target, verifier_key=key_file(tmp_path, key), checkpoints=kept_)


async def test_both_keys_sign_for_a_while_and_then_the_new_one_alone(
    house: House, judge: Tlogcheck, tmp_path: Path
) -> None:
    old = verifier_key_text(house.verifier)
    assert await go_on(house) == [old]
    kept = tmp_path / "kept"
    kept.write_bytes(house.kept.read(house.log_id) or b"")
    fresh = await rotate(house)
    assert fresh != old
    with pytest.raises(NotPossible, match="has not signed"):
        await retire(house)
    with pytest.raises(NotPossible, match="two keys"):
        await rotate(house)
    assert await go_on(house) == [fresh, old]
    during = await exported(house, tmp_path / "during")
    house.node.clock.push(seconds=60)
    assert await retire(house)
    assert not await retire(house)
    assert await go_on(house) == [fresh]
    after = await exported(house, tmp_path / "after")
    for target in (during, after):
        for key in (old, fresh):
            report = checked(target, tmp_path, key, kept)
            assert report.findings == []
            assert report.is_key_followed == (key == old)
            assert len(report.continued) == 1
        assert judge.fault("export", target) is None
        policy = (target / layout.POLICY).read_text()
        assert f"log {fresh}\n" in policy
        assert f"log {old}\n" in policy
    said = await house.town.get(f"/v1/ledgers/{house.log_id}")
    assert [(one["number"], one["retired_at"] is None) for one in said["keys"]] == [
        (2, True),
        (1, False),
    ]
    assert said["verifier_key"] == fresh
    assert (await verify_url(house.place.url, VAULT)).findings == ()


async def test_two_rotations_lead_from_the_first_key_to_the_last(
    house: House, tmp_path: Path
) -> None:
    keys = [verifier_key_text(house.verifier)]
    await go_on(house)
    for _ in range(2):
        keys.append(await rotate(house))
        await go_on(house)
        await retire(house)
    target = await exported(house, tmp_path / "export")
    for key in keys:
        assert checked(target, tmp_path, key).findings == []
    stranger = verifier_key_text(LedgerKey(FRESH).signer(house.origin).verifier)
    report = checked(target, tmp_path, stranger)
    assert {one.rule for one in report.findings} == {Check.SIGNATURE}
    # Without the part that leads from one to the next nobody follows.
    for part in layout.KEY_PARTS:
        (target / layout.key_file(2, part)).unlink()
    assert checked(target, tmp_path, keys[2]).findings == []
    assert checked(target, tmp_path, keys[1]).findings == []
    assert {one.rule for one in checked(target, tmp_path, keys[0]).findings} == {Check.SIGNATURE}


async def test_evidence_of_one_incident_leads_from_the_old_key_too(
    house: House, tmp_path: Path
) -> None:
    old = verifier_key_text(house.verifier)
    await go_on(house)
    await rotate(house)
    await go_on(house)
    await retire(house)
    incident = str((await house.town.opened())["id"])
    await house.sealer.run_once()
    response = await house.town.call("POST", f"/v1/incidents/{incident}/evidence")
    (tmp_path / "one.zip").write_bytes(response.content)
    report = checked(tmp_path / "one.zip", tmp_path, old)
    assert (report.findings, report.is_key_followed) == ([], True)


@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.soak)])
@pytest.mark.parametrize("part", layout.KEY_PARTS)
async def test_any_changed_byte_of_a_rotation_is_found(
    house: House, tmp_path: Path, part: str, every: int
) -> None:
    await go_on(house)
    await rotate(house)
    await go_on(house)
    target = await exported(house, tmp_path / "export")
    path = target / layout.key_file(2, part)
    whole = path.read_bytes()
    for place in range(0, len(whole), every):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert verify_path(target).findings, place
    path.write_bytes(whole)
    assert not verify_path(target).findings


async def test_stolen_key_file_is_replaced_while_the_old_one_lies_beside(
    house: House, tmp_path: Path
) -> None:
    old = verifier_key_text(house.verifier)
    await go_on(house)
    replaced = sealer_of(house.node, house.kept, LedgerKey(FRESH))
    await house.open_incidents(1)
    await replaced.run_once()
    assert replaced.state.refused == {house.log_id: SealFault.KEY}
    with pytest.raises(NotPossible, match="old-key-file"):
        await rotate(house, LedgerKey(FRESH))
    both = LedgerKey(FRESH, STOLEN)
    fresh = await rotate(house, both)
    assert fresh == verifier_key_text(LedgerKey(FRESH).signer(house.origin, 2).verifier)
    assert await go_on(house, sealer_of(house.node, house.kept, both)) == [fresh, old]
    # Who seals with the new file alone would leave out the signature that leads to it.
    await house.open_incidents(1)
    await replaced.run_once()
    assert replaced.state.refused == {house.log_id: SealFault.KEY}
    await retire(house)
    assert await go_on(house, replaced) == [fresh]
    target = await exported(house, tmp_path / "export")
    assert checked(target, tmp_path, old).is_key_followed
    assert checked(target, tmp_path, old).findings == []
    # The thief signs on with the old key, as if nothing had been rotated.
    forged = shutil.copytree(target, tmp_path / "forged")
    (forged / layout.VERIFIER_KEY).write_text(f"{old}\n")
    assert verify_path(forged).findings


async def test_only_a_log_that_signs_has_a_key_to_rotate(house: House) -> None:
    with pytest.raises(NotPossible, match="not signed"):
        await rotate(house)
    async with house.node.installation.database.transaction() as tx:
        with pytest.raises(NotPossible, match="There is no log"):
            await rotate_key(tx, "nothing", KEY, house.node.clock())
