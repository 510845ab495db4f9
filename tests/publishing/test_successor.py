"""A log that took the place of another, and that others saw while it was built."""

from pathlib import Path

from app.commands.ledgers.containers import write_folder
from app.commands.ledgers.export import export_log
from app.database.reading import open_reader
from app.ledger.exports import layout
from app.ledger.notes.key import verifier_key_text
from app.offline.verify import verify_path
from app.sealing.life.succession import open_successor
from app.sealing.seal import Seal
from tests.keys import VAULT
from tests.publishing.conftest import House
from tests.publishing.outside import KEYS, running_others
from tests.sealing.conftest import KEY, PREFIX


async def succeed(house: House) -> None:
    database = house.node.installation.database
    seal = Seal(database=database, key=KEY, kept=house.kept, prefix=PREFIX)
    await open_successor(seal, house.log_id, house.node.clock())


async def test_successor_that_others_saw_before_it_had_the_old_entries_is_clean(
    house: House, empty: Path, tmp_path: Path
) -> None:
    old = str((await house.town.opened())["id"])
    await house.sealer.run_once()
    house.node.clock.push(hours=3)
    await succeed(house)
    async with running_others(house, empty, tmp_path) as others:
        assert await others.cosigning().run_once() == len(KEYS)
        house.node.clock.push(hours=1)
        await house.open_incidents(1)
        await house.sealer.run_once()
        assert await others.cosigning().run_once() == len(KEYS)
    folder = tmp_path / "export"
    async with open_reader(house.place.url, VAULT) as reader:
        await write_folder(export_log(reader, house.log_id), folder)
    # Of one entry, which is the succession, and of all.
    assert (folder / layout.head_file(1)).exists()
    report = verify_path(folder)
    assert (report.findings, report.origin) == ([], f"{house.origin}/2")
    assert report.seen >= 2 * len(KEYS)
    policy = (folder / layout.POLICY).read_text()
    for origin in (house.origin, f"{house.origin}/2"):
        assert f"log {verifier_key_text(KEY.signer(origin).verifier)}\n" in policy
    response = await house.town.call("POST", f"/v1/incidents/{old}/evidence")
    (tmp_path / "one.zip").write_bytes(response.content)
    assert (
        verify_path(tmp_path / "one.zip", checkpoints=[folder / layout.CHECKPOINT]).findings == []
    )
