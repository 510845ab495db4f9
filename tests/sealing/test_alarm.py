"""People are told that a log is not sealed: once for each occasion, and once when it is again."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from app.database.opening import sqlite_path
from app.sealing.alarm import WELL_AFTER, tell_of_logs
from app.sealing.kept import KeptHeads
from app.sealing.sealer import SEAL_DEADLINE
from tests.engine.town import Json
from tests.peers.sink import Sink
from tests.sealing.conftest import House, sealer_of
from tests.watch.told import notices


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
    other = sealer_of(house.node, KeptHeads(tmp_path / "other"))
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
        return
    async with database.transaction() as tx:
        # Another process has the log's row and does nothing: nothing is refused.
        await tx.fetch("SELECT id FROM ledger_log WHERE id = $1 FOR NO KEY UPDATE", house.log_id)
        await house.sealer.run_once()
    assert await told(house) == [("ledger.stopped", house.log_id, "overdue")]


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
