"""What keeps places dense and entries as they are: each guard by itself."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.database import DatabaseError, Transaction
from app.installation.secrets import new_id
from app.ledger.entry import Leaf, leaf_bytes, leaf_hash
from app.ledger.seal import SealRefused, Unsealed
from app.ledger.words import SYSTEM, EntryType
from app.sealing import seal as sealing
from app.sealing.kept import KeptHeads
from app.sealing.seal import Seal
from app.store.ledger import NewEntry, append_entries
from app.store.sealing.log import LogHead, lock_log, replace_head, unsealed_entries
from tests.sealing.conftest import KEY, PREFIX, House
from tests.sealing.test_seal import assert_sealed

ONLY_POSTGRESQL = pytest.mark.parametrize("place", ["postgresql"], indirect=True)


def first_entry(house: House) -> NewEntry:
    """The first of a chain of its own."""
    chain, at = new_id(), house.node.clock()
    leaf = Leaf(
        incident=chain,
        seq=0,
        prev=None,
        at=at,
        type=EntryType.EXPORTED,
        cause=None,
        basis=None,
        from_=None,
        to=None,
        actor=SYSTEM,
        step=None,
        round=None,
        due=None,
        sd=(),
        drill=False,
    )
    data = leaf_bytes(leaf)
    return NewEntry(
        log_id=house.log_id,
        incident_id=chain,
        seq=0,
        leaf=data,
        leaf_hash=leaf_hash(data),
        type=leaf.type.value,
        cause=None,
        basis=None,
        from_id=None,
        to_id=None,
        actor_id=SYSTEM,
        step=None,
        at=at,
    )


@ONLY_POSTGRESQL
async def test_entry_that_commits_after_a_higher_id_is_sealed(house: House) -> None:
    await house.sealer.run_once()
    late = first_entry(house)
    async with house.node.installation.database.transaction() as tx:
        await append_entries(tx, [late], house.node.clock())
        await house.open_incidents(1)
        assert await house.sealer.run_once() > 0
        sealed = await house.entries()
    await house.sealer.run_once()
    await assert_sealed(house)
    last = (await house.entries())[-1]
    assert last["incident_id"] == late.incident_id
    assert last["id"] < min(one["id"] for one in sealed if one["leaf_index"] is not None)


async def test_head_is_replaced_only_if_it_is_what_it_was(house: House) -> None:
    await house.open_incidents(1)
    await house.sealer.run_once()
    row = await house.head()

    async def replaced(size: int | None = None, root: bytes | None = None) -> bool:
        async with house.node.installation.database.transaction() as tx:
            head = await lock_log(tx, house.log_id)
            assert head is not None
            assert head.signed_at is not None
            after = replace(head, signed_at=head.signed_at + timedelta(seconds=1))
            was = replace(head, size=head.size if size is None else size, root=root or head.root)
            return await replace_head(tx, was, after)

    assert not await replaced(size=row["size"] + 1)
    assert not await replaced(root=bytes(32))
    assert not await replaced(size=0)
    assert await house.head() == row
    assert await replaced()
    assert await house.head() != row


async def unlocked(tx: Transaction, log_id: str) -> LogHead | None:
    """The head of a log, as `lock_log` reads it, with nothing locked."""

    class _Reading:
        async def fetch(self, sql: str, *params: object) -> Sequence[object]:
            query, lock, rest = sql.partition(" FOR NO KEY UPDATE")
            assert lock, rest
            return await tx.fetch(query, *params)

    return await lock_log(_Reading(), log_id)  # type: ignore[arg-type]  # it only fetches


@ONLY_POSTGRESQL
@pytest.mark.parametrize(
    ("guard", "stopped_by"), [("places", "append-only"), ("head", "replaced meanwhile")]
)
async def test_without_the_row_lock_the_other_guards_stop_the_second(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, guard: str, stopped_by: str
) -> None:
    await house.open_incidents(1)
    await house.sealer.run_once()
    # In a folder of its own, or that would stop it.
    aside = KeptHeads(tmp_path / "aside")
    aside.write(house.log_id, house.kept.read(house.log_id) or b"")
    await house.open_incidents(1)
    has_read, may_go_on = asyncio.Event(), asyncio.Event()

    async def read_early(tx: Transaction, log_id: str, limit: int) -> Sequence[Unsealed]:
        waiting = await unsealed_entries(tx, log_id, limit)
        if has_read.is_set():
            return waiting
        has_read.set()
        await may_go_on.wait()
        # Without entries there is no place to take twice.
        return waiting if guard == "places" else []

    async def replace_always(tx: Transaction, before: LogHead, after: LogHead) -> bool:
        await replace_head(tx, before, after)
        return True

    async def none_sealed(*_: object) -> dict[str, bytes]:
        return {}

    monkeypatch.setattr(sealing, "lock_log", unlocked)
    monkeypatch.setattr(sealing, "unsealed_entries", read_early)
    if guard == "places":
        monkeypatch.setattr(sealing, "replace_head", replace_always)
        # Else it would see that the chains do not go on.
        monkeypatch.setattr(sealing, "last_sealed", none_sealed)
    database, now = house.node.installation.database, house.node.clock()
    second = Seal(database=database, key=KEY, kept=aside, prefix=PREFIX)
    late = asyncio.create_task(second.run(house.log_id, now, heartbeat=True))
    await has_read.wait()
    assert await house.sealer.run_once() > 0
    may_go_on.set()
    with pytest.raises((DatabaseError, SealRefused), match=stopped_by):
        await late
    await assert_sealed(house)


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM ledger_entry WHERE leaf_index = 3",
        "DELETE FROM ledger_entry WHERE leaf_index IS NULL",
        "UPDATE ledger_entry SET leaf = leaf_hash WHERE leaf_index = 3",
        "UPDATE ledger_entry SET leaf_hash = leaf WHERE leaf_index IS NULL",
        "UPDATE ledger_entry SET seq = seq + 1000 WHERE leaf_index = 3",
        "UPDATE ledger_entry SET leaf_index = 4000 WHERE leaf_index = 3",
        "UPDATE ledger_entry SET leaf_index = NULL WHERE leaf_index = 3",
        "UPDATE ledger_entry SET leaf_index = 5000, at = at + 1 WHERE leaf_index IS NULL",
        "TRUNCATE ledger_entry CASCADE",
    ],
)
async def test_guard_refuses_every_change(house: House, change: str) -> None:
    database = house.node.installation.database
    if change.startswith("TRUNCATE") and not database.is_shared:
        change = "DELETE FROM ledger_entry"
    await house.open_incidents(1)
    await house.sealer.run_once()
    async with database.transaction() as tx:
        await append_entries(tx, [first_entry(house)], house.node.clock())
    before = await house.entries()
    with pytest.raises(DatabaseError):
        async with database.transaction() as tx:
            await tx.execute(change)
    assert await house.entries() == before
