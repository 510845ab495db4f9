"""People are told that a log is not sealed: once for each occasion, and once when it is again."""

import asyncio
import errno
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from app.database import DatabaseUnavailable
from app.database.opening import sqlite_path
from app.ledger.seal import SealFault
from app.sealing.alarm import WELL_AFTER, tell_of_logs
from app.sealing.kept import KeptHeads
from app.sealing.sealer import SEAL_DEADLINE
from app.telemetry import SEAL_REFUSED, UNSEALED_SECONDS
from tests.engine.faults import COMMIT, Fault, FaultyDatabase
from tests.engine.town import Json
from tests.peers.sink import Sink
from tests.sealing.conftest import House, sealer_of
from tests.sealing.tampering import Tampering
from tests.watch.told import notices


def sample(name: str) -> float:
    """What a metric says."""
    value = REGISTRY.get_sample_value(name)
    assert value is not None
    return value


async def told(house: House) -> list[tuple[str, str, str]]:
    """Kind, party and reason of what was told of logs, oldest first."""
    found = await notices(house.place.url)
    return [
        (one["kind"], one["party_id"], one["data"]["reason"])
        for one in found
        if one["kind"].startswith("ledger.")
    ]


async def operator(house: House) -> str:
    """An organisation that runs the installation."""
    made: Json = await house.town.make("/v1/organisations", {"name": "運用", "kind": "operator"})
    return str(made["id"])


def break_head(house: House) -> None:
    house.kept.write(house.log_id, b"not a note")


async def test_refused_log_is_told_once_to_operators_and_municipality(
    house: House, sink: Sink
) -> None:
    running = await operator(house)
    await house.town.add_contact_point("municipality")
    await house.sealer.run_once()
    assert await told(house) == []
    head = house.kept.read(house.log_id)
    assert head is not None
    break_head(house)
    await house.open_incidents(1)
    for _ in range(3):
        await house.sealer.run_once()
        house.node.clock.push(seconds=20)
    parties = {house.log_id, running}
    assert {one[1] for one in await told(house)} == parties
    assert {(kind, reason) for kind, _, reason in await told(house)} == {
        ("ledger.stopped", "published")
    }
    assert len(await told(house)) == len(parties)
    house.kept.write(house.log_id, head)
    house.node.clock.push(seconds=WELL_AFTER.total_seconds() + 10)
    await house.sealer.run_once()
    again = (await told(house))[len(parties) :]
    assert {one[1] for one in again} == parties
    assert {(kind, reason) for kind, _, reason in again} == {("ledger.runs", "published")}
    # A new occasion is told anew.
    break_head(house)
    await house.open_incidents(1)
    await house.sealer.run_once()
    assert len(await told(house)) == 3 * len(parties)
    await house.node.round()
    assert [one.json["type"] for one in sink.to("/municipality")] == [
        *("ledger.stopped", "ledger.runs", "ledger.stopped"),
    ]
    assert sink.to("/municipality")[0].json["data"]["reason"] == "published"


async def test_trouble_that_only_one_process_sees_does_not_come_and_go(
    house: House, tmp_path: Path
) -> None:
    await house.sealer.run_once()
    aside = KeptHeads(tmp_path / "other")
    aside.write(house.log_id, house.kept.read(house.log_id) or b"")
    other = sealer_of(house.node, aside)
    break_head(house)
    for _ in range(5):
        await house.open_incidents(1)
        await house.sealer.run_once()
        await other.run_once()
        house.node.clock.push(seconds=11)
    assert [one[0] for one in await told(house)] == ["ledger.stopped"]


async def test_several_nodes_that_see_it_at_once_tell_it_once(house: House) -> None:
    database, now = house.node.installation.database, house.node.clock()
    # On PostgreSQL each on a connection of its own.
    told_of = [tell_of_logs(database, {house.log_id: "tree"}, now) for _ in range(6)]
    assert sum(await asyncio.gather(*told_of)) == 1
    assert len(await told(house)) == 1


async def test_log_that_nothing_seals_is_told_as_overdue(house: House) -> None:
    await house.open_incidents(1)
    house.node.clock.push(seconds=SEAL_DEADLINE.total_seconds() + 1)
    # What is late and is sealed now needs nobody.
    await house.sealer.run_once()
    assert await told(house) == []
    await house.open_incidents(1)
    house.node.clock.push(seconds=SEAL_DEADLINE.total_seconds() + 1)
    database = house.node.installation.database
    if not database.is_shared:
        # SQLite has no rows to lock: its writer is away whenever it comes to the log.
        faulty = FaultyDatabase.around(database)
        faulty.plan = [Fault(write="ledger_log")]
        house.sealer.seal = replace(house.sealer.seal, database=faulty)
        await house.sealer.run_once()
        assert await told(house) == [("ledger.stopped", house.log_id, "overdue")]
        return
    async with database.transaction() as tx:
        # Another process has the log's row and does nothing: nothing is refused.
        await tx.fetch("SELECT id FROM ledger_log WHERE id = $1 FOR NO KEY UPDATE", house.log_id)
        await house.sealer.run_once()
    assert await told(house) == [("ledger.stopped", house.log_id, "overdue")]


class FullDisk(KeptHeads):
    """A folder on which nothing of one log can be written any more."""

    log_id = ""

    def write(self, log_id: str, note: bytes) -> None:
        if log_id == self.log_id:
            raise OSError(errno.ENOSPC, "no space left")
        super().write(log_id, note)


async def test_log_that_cannot_be_kept_is_told_and_holds_up_no_other(
    house: House, tmp_path: Path
) -> None:
    folder = FullDisk(tmp_path / "heads")
    sealer = sealer_of(house.node, folder)
    await sealer.run_once()
    town = await house.town.make("/v1/organisations", {"name": "隣町", "kind": "municipality"})
    assert town["id"] > house.log_id, "it comes later"
    folder.log_id = house.log_id
    await house.open_incidents(1)
    assert await sealer.run_once() == 0
    assert sealer.state.refused == {house.log_id: SealFault.FAILED}
    assert sample("renrakumo_ledger_seal_refused") == 1
    assert folder.read(town["id"]) is not None
    assert await told(house) == [("ledger.stopped", house.log_id, "failed")]
    # One head may be ahead of what is kept, never two.
    first = await house.head()
    await house.open_incidents(1)
    await sealer.run_once()
    assert await house.head() == first
    folder.log_id = ""
    await sealer.run_once()
    assert not sealer.state.refused
    assert await house.count("leaf_index IS NULL") == 0
    assert folder.read(house.log_id) == (await house.head())["checkpoint"].encode()
    assert sample("renrakumo_ledger_seal_refused") == 0


async def test_first_head_that_could_not_be_kept_is_kept_by_another(
    house: House, tmp_path: Path
) -> None:
    class EndsAtOnce(KeptHeads):
        def write(self, log_id: str, note: bytes) -> None:
            if self.read(log_id) is not None:
                raise OSError(errno.EIO, "it ends here, after the commit")
            super().write(log_id, note)

    folder = tmp_path / "heads"
    await house.open_incidents(1)
    await sealer_of(house.node, EndsAtOnce(folder)).run_once()
    assert (await house.head())["size"] > 0
    # What is kept says that the log is empty, and every tree continues that.
    assert (house.kept.read(house.log_id) or b"").split(b"\n")[1] == b"0"
    await house.sealer.run_once()
    assert not house.sealer.state.refused
    assert house.kept.read(house.log_id) == (await house.head())["checkpoint"].encode()


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
async def test_row_of_another_type_stops_its_log_only(house: House) -> None:
    town = await house.town.make("/v1/organisations", {"name": "隣町", "kind": "municipality"})
    await house.open_incidents(1)
    await Tampering(house.place.url).do("UPDATE ledger_entry SET leaf = CAST(leaf AS TEXT)")
    await house.sealer.run_once()
    assert house.sealer.state.refused == {house.log_id: SealFault.FAILED}
    assert house.kept.read(town["id"]) is not None


async def test_larger_head_that_is_kept_stays(house: House) -> None:
    await house.sealer.run_once()
    first = house.kept.read(house.log_id) or b""
    await house.open_incidents(1)
    await house.sealer.run_once()
    last = house.kept.read(house.log_id)
    assert last != first
    # Another process is late with what it has signed before.
    house.kept.write(house.log_id, first)
    assert house.kept.read(house.log_id) == last


async def test_metrics_say_how_long_entries_wait(house: House) -> None:
    await house.open_incidents(1)
    house.node.clock.push(seconds=40)
    await house.sealer.run_once()
    assert sample("renrakumo_ledger_unsealed_seconds") == 40
    await house.sealer.run_once()
    assert sample("renrakumo_ledger_unsealed_seconds") == 0
    await house.open_incidents(1)
    break_head(house)
    await house.sealer.run_once()
    house.node.clock.push(seconds=30)
    faulty = FaultyDatabase.around(house.node.installation.database)
    faulty.plan = [Fault(write=COMMIT)]
    house.sealer.seal = replace(house.sealer.seal, database=faulty)
    # The database is away: what has waited before waits still.
    with pytest.raises(DatabaseUnavailable):
        await house.sealer.run_once()
    assert sample("renrakumo_ledger_unsealed_seconds") == 30
    assert sample("renrakumo_ledger_seal_refused") == 1


async def test_process_that_seals_nothing_says_it_too(house: House) -> None:
    break_head(house)
    await house.open_incidents(1)
    await house.sealer.run_once()
    house.node.clock.push(seconds=20)
    UNSEALED_SECONDS.set(0)
    SEAL_REFUSED.set(0)
    assert (await house.node.http.get("/metrics")).status_code == 200
    assert sample("renrakumo_ledger_unsealed_seconds") == 0, "the sealer's own to say"
    house.node.engine.sends = False
    said = (await house.node.http.get("/metrics")).text
    assert "renrakumo_ledger_unsealed_seconds 20.0" in said
    assert "renrakumo_ledger_seal_refused 1.0" in said


async def test_alarm_outlives_the_process_that_raised_it(house: House) -> None:
    break_head(house)
    await house.sealer.run_once()
    path = sqlite_path(house.place.url)
    fresh = sealer_of(house.node, house.kept)
    house.node.clock.push(seconds=5 * WELL_AFTER.total_seconds())
    await fresh.run_once()
    assert [one[0] for one in await told(house)] == ["ledger.stopped"]
    if path is not None:
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("SELECT reason FROM ledger_alarm").fetchall() == [
                ("published",)
            ]
