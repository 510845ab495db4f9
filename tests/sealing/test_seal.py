"""Sealing: every entry gets one place, and the head that is signed is that of exactly these."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import pytest

from app.ledger.notes.checkpoint import Checkpoint, opened
from app.ledger.notes.note import parse_note
from app.ledger.tree.merkle import check_inclusion
from app.ledger.tree.proof import inclusion_proof
from app.sealing.seal import ENTRIES_MAX, Seal
from app.sealing.sealer import HEARTBEAT, SEAL_DEADLINE, Sealer
from app.sealing.tiles import with_tiles
from tests.engine.databases import Row
from tests.engine.faults import COMMIT, Fault, FaultyDatabase, Moment
from tests.ledger.tree.naive import NaiveTree
from tests.sealing.conftest import KEY, PREFIX, House, Log, sealer_of


def root_over(entries: Sequence[Row]) -> bytes:
    """By the definitions, from the bytes of the leaves."""
    hashes = [hashlib.sha256(b"\0" + bytes(one["leaf"])).digest() for one in entries]
    return NaiveTree(hashes).root(len(hashes))


async def checkpoint(log: Log) -> Checkpoint:
    """The stored checkpoint, its signature verified."""
    note = parse_note((await log.head())["checkpoint"].encode())
    return opened(note, origin=log.origin, log_keys=[log.verifier]).checkpoint


async def assert_sealed(log: Log) -> None:
    """Places are dense, in each incident's order, and the head is the root over the leaves."""
    entries = await log.entries()
    assert [one["leaf_index"] for one in entries] == list(range(len(entries)))
    seen: dict[str, int] = {}
    for one in entries:
        assert one["seq"] == seen.get(one["incident_id"], -1) + 1
        seen[one["incident_id"]] = one["seq"]
    said = await checkpoint(log)
    assert (said.size, said.root) == (len(entries), root_over(entries))
    head = await log.head()
    assert (head["size"], bytes(head["root"])) == (said.size, said.root)
    kept = log.kept.read(log.log_id)
    assert kept == head["checkpoint"].encode()


async def test_what_was_appended_gets_its_place_and_a_signed_head(house: House) -> None:
    await house.open_incidents(3)
    assert await house.sealer.run_once() == await house.count()
    await assert_sealed(house)
    before = await checkpoint(house)
    await house.open_incidents(2)
    assert (await checkpoint(house)) == before
    await house.sealer.run_once()
    await assert_sealed(house)
    assert (await checkpoint(house)).size > before.size


async def test_log_without_entries_signs_that_it_is_empty(house: House) -> None:
    assert await house.sealer.run_once() == 0
    assert (await checkpoint(house)).size == 0


async def test_many_entries_fill_tiles_batch_by_batch(house: House) -> None:
    await house.open_incidents(120)
    waiting = await house.count("leaf_index IS NULL")
    assert waiting > 2 * ENTRIES_MAX
    assert await house.sealer.run_once() == waiting
    await assert_sealed(house)
    entries, said = await house.entries(), await checkpoint(house)
    async with house.node.installation.database.transaction() as tx:
        for index in (0, 255, 256, 300, waiting - 1):
            proof = await with_tiles(tx, house.log_id, partial(inclusion_proof, index, said.size))
            check_inclusion(
                proof,
                size=said.size,
                index=index,
                root=said.root,
                leaf_hash=bytes(entries[index]["leaf_hash"]),
            )


async def test_head_is_published_again_though_nothing_happened(house: House) -> None:
    await house.sealer.run_once()
    first = (await house.head())["signed_at"]
    house.node.clock.push(seconds=HEARTBEAT.total_seconds() - 1)
    await house.sealer.run_once()
    assert (await house.head())["signed_at"] == first
    house.node.clock.push(seconds=1)
    await house.sealer.run_once()
    again = (await house.head())["signed_at"]
    assert again - first == HEARTBEAT // timedelta(milliseconds=1)


async def test_entries_that_wait_too_long_are_known(house: House) -> None:
    await house.open_incidents(1)
    house.node.clock.push(seconds=SEAL_DEADLINE.total_seconds())
    await house.sealer.run_once()
    assert not house.sealer.state.overdue
    await house.open_incidents(1)
    house.node.clock.push(seconds=SEAL_DEADLINE.total_seconds() + 1)
    await house.sealer.run_once()
    assert house.sealer.state.overdue == {house.log_id}
    await house.sealer.run_once()
    assert not house.sealer.state.overdue


async def test_several_sealers_at_once_give_no_place_twice(house: House) -> None:
    await house.open_incidents(60)
    sealers = [house.sealer, *(sealer_of(house.node, house.kept) for _ in range(3))]
    appending = asyncio.create_task(house.open_incidents(20))
    for _ in range(3):
        await asyncio.gather(*(one.run_once() for one in sealers))
    await appending
    await house.sealer.run_once()
    await assert_sealed(house)
    assert await house.count("leaf_index IS NULL") == 0


@pytest.mark.parametrize("moment", Moment)
@pytest.mark.parametrize(
    "write", ["ledger_tile", "ledger_entry", "ledger_log", "ledger_checkpoint", COMMIT]
)
async def test_seal_that_fails_anywhere_is_made_again_and_nothing_left_the_process(
    house: House, write: str, moment: Moment
) -> None:
    await house.open_incidents(2)
    await house.sealer.run_once()
    published = house.kept.read(house.log_id)
    await house.open_incidents(2)
    faulty = FaultyDatabase.around(house.node.installation.database)
    seal = Seal(database=faulty, key=KEY, kept=house.kept, prefix=PREFIX)
    sealer = Sealer(seal, house.node.clock)
    faulty.plan = [Fault(write=write, moment=moment)]
    assert await sealer.run_once() == 0
    assert faulty.happened
    assert not sealer.state.refused
    # Also when it was committed after all: what nobody knows to be durable is not published.
    assert house.kept.read(house.log_id) == published
    await sealer.run_once()
    await house.open_incidents(1)
    await sealer.run_once()
    await assert_sealed(house)
