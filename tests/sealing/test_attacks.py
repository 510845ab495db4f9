"""Somebody with the database in their hands: what the sealer itself refuses to sign over."""

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from app.database.opening import sqlite_path
from app.ledger.notes.checkpoint import Checkpoint, checkpoint_text
from app.ledger.notes.note import note_bytes, signed
from app.ledger.seal import SealFault
from app.sealing import patrol
from app.sealing.kept import KeptHeads
from app.sealing.life.succession import open_successor
from app.sealing.seal import Seal
from tests.sealing.conftest import KEY, PREFIX, House, sealer_of
from tests.sealing.tampering import Tampering

Attack = Callable[[Tampering, House], Awaitable[None]]
ONLY_SQLITE = pytest.mark.parametrize("place", ["sqlite"], indirect=True)


def run(*statements: str) -> Attack:
    """Statements that both databases understand."""
    return lambda hand, _: hand.do(*statements)


def edit(where: str, old: str, new: str) -> Attack:
    """Other words in a leaf."""

    async def attack(hand: Tampering, _: House) -> None:
        await hand.edit_leaf(where, old, new)

    return attack


async def empty_tiles(hand: Tampering, _: House) -> None:
    """Tiles as wide as they were."""
    for row in await hand.rows("SELECT level, n, hashes FROM ledger_tile"):
        zeros = hand.bytes(bytes(len(row["hashes"])))
        where = f"level = {row['level']} AND n = {row['n']}"
        await hand.do(f"UPDATE ledger_tile SET hashes = {zeros} WHERE {where}")  # noqa: S608  # a test's own


async def say_another_root(hand: Tampering, _: House) -> None:
    """Another than the tiles make."""
    await hand.do(f"UPDATE ledger_log SET root = {hand.bytes(bytes(32))}")  # noqa: S608  # a test's own


async def say_more(hand: Tampering, house: House) -> None:
    """A rightly signed checkpoint of a log that is another."""
    checkpoint = Checkpoint(origin=house.origin, size=7, root=bytes(32))
    note = note_bytes(signed(checkpoint_text(checkpoint), KEY.signer(house.origin))).decode()
    await hand.do(f"UPDATE ledger_log SET checkpoint = '{note}'")  # noqa: S608  # a test's own


async def sign_as_another(hand: Tampering, house: House) -> None:
    """The same head, signed by the key of another log."""
    head = await house.head()
    said = Checkpoint(origin=house.origin, size=head["size"], root=bytes(head["root"]))
    key = KEY.signer("ledger.example/other")
    note = note_bytes(signed(checkpoint_text(said), key)).decode()
    renamed = note.replace(f"— {key.name} ", f"— {house.origin} ")
    await hand.do(f"UPDATE ledger_log SET checkpoint = '{renamed}'")  # noqa: S608  # a test's own


# What is done to the database, and what the next round says of it.
ATTACKS = [
    (
        "a sealed entry says something else",
        edit("leaf_index = 3", '"round":1', '"round":2'),
        SealFault.SEALED,
    ),
    (
        "a sealed entry is gone",
        run("DELETE FROM ledger_entry WHERE leaf_index = 4"),
        SealFault.SEALED,
    ),
    (
        "the last sealed entries are gone",
        run("DELETE FROM ledger_entry WHERE leaf_index > 5"),
        SealFault.SEALED,
    ),
    (
        "two sealed entries have changed places",
        run(
            "UPDATE ledger_entry SET leaf_index = 9000 WHERE leaf_index = 2",
            "UPDATE ledger_entry SET leaf_index = 2 WHERE leaf_index = 3",
            "UPDATE ledger_entry SET leaf_index = 3 WHERE leaf_index = 9000",
        ),
        SealFault.SEALED,
    ),
    (
        "an entry that waits says something else",
        edit("leaf_index IS NULL", '"drill":false', '"drill":true'),
        SealFault.ENTRY,
    ),
    (
        "an entry that waits is gone",
        run(
            "DELETE FROM ledger_entry WHERE id = (SELECT min(id) FROM ledger_entry"
            " WHERE leaf_index IS NULL)"
        ),
        SealFault.ENTRY,
    ),
    ("a tile says something else", empty_tiles, SealFault.SEALED),
    ("the tiles are gone", run("DELETE FROM ledger_tile"), SealFault.TREE),
    ("the head says another root", say_another_root, SealFault.TREE),
    ("the checkpoint says another size", say_more, SealFault.CHECKPOINT),
    ("the checkpoint is signed by another", sign_as_another, SealFault.CHECKPOINT),
    (
        "the checkpoint is gone",
        run("UPDATE ledger_log SET checkpoint = NULL, origin = NULL"),
        SealFault.CHECKPOINT,
    ),
]


@pytest.mark.parametrize(
    ("attack", "fault"), [(a, f) for _, a, f in ATTACKS], ids=[n for n, *_ in ATTACKS]
)
async def test_nothing_is_signed_over_what_was_changed(
    house: House, attack: Attack, fault: SealFault
) -> None:
    await house.open_incidents(2)
    await house.sealer.run_once()
    await house.open_incidents(2)
    before = await house.head()
    published = house.kept.read(house.log_id)
    await attack(Tampering(house.place.url), house)
    changed = await house.head()
    for _ in range(2):
        await house.sealer.run_once()
        assert house.sealer.state.refused == {house.log_id: fault}
    # A sealer that has just begun, and remembers nothing, sees it too.
    fresh = sealer_of(house.node, house.kept)
    await fresh.run_once()
    assert fresh.state.refused == {house.log_id: fault}
    assert await house.head() == changed
    assert (await house.head())["size"] == before["size"]
    assert house.kept.read(house.log_id) == published
    # The emergency goes on.
    await house.open_incidents(1)


async def test_what_was_changed_back_is_sealed_again(house: House) -> None:
    hand = Tampering(house.place.url)
    await house.open_incidents(1)
    await house.sealer.run_once()
    await hand.edit_leaf("leaf_index = 3", '"round":1', '"round":2')
    await house.open_incidents(1)
    await house.sealer.run_once()
    assert house.sealer.state.refused == {house.log_id: SealFault.SEALED}
    await hand.edit_leaf("leaf_index = 3", '"round":2', '"round":1')
    await house.sealer.run_once()
    assert not house.sealer.state.refused
    assert await house.count("leaf_index IS NULL") == 0


@pytest.mark.parametrize(
    ("gone", "fault"),
    [
        ("incident_id = (SELECT min(incident_id) FROM ledger_entry)", None),
        # Nothing can be signed of what does not continue its incident.
        ("leaf_index = 4", SealFault.ENTRY),
    ],
)
async def test_successor_goes_on_without_incidents_that_are_gone_not_without_single_entries(
    house: House, gone: str, fault: SealFault | None
) -> None:
    await house.open_incidents(2)
    await house.sealer.run_once()
    await Tampering(house.place.url).do(f"DELETE FROM ledger_entry WHERE {gone}")  # noqa: S608
    await house.sealer.run_once()
    assert house.sealer.state.refused == {house.log_id: SealFault.SEALED}
    database = house.node.installation.database
    seal = Seal(database=database, key=KEY, kept=house.kept, prefix=PREFIX)
    await open_successor(seal, house.log_id, house.node.clock())
    await house.sealer.run_once()
    assert house.sealer.state.refused.get(house.log_id) is fault
    assert (await house.count("leaf_index IS NULL") == 0) is (fault is None)


async def test_edited_row_far_from_both_ends_stops_the_sealer_in_its_turn(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patrol, "TILES_PER_LOOK", 1)
    await house.town.make("/v1/organisations", {"name": "隣町", "kind": "municipality"})
    await house.open_incidents(200)
    await house.sealer.run_once()
    tiles = -(-await house.count() // 256)
    assert tiles >= 4
    edited = Tampering(house.place.url).edit_leaf
    changed = await edited("leaf_index BETWEEN 550 AND 600", '"round":1', '"round":2')
    rounds = 0
    # Nothing happens meanwhile, and another log has its turns too.
    while not house.sealer.state.refused:
        await house.sealer.run_once()
        rounds += 1
        assert rounds <= 2 * tiles
    assert rounds > 1
    for _ in range(3):
        await house.sealer.run_once()
        assert house.sealer.state.refused == {house.log_id: SealFault.SEALED}
    await edited(f"id = {changed}", '"round":2', '"round":1')
    await house.sealer.run_once()
    assert not house.sealer.state.refused


async def test_history_signed_anew_with_the_stolen_key_is_convicted_by_the_kept_head(
    house: House, tmp_path: Path
) -> None:
    await house.open_incidents(2)
    await house.sealer.run_once()
    await Tampering(house.place.url).do(
        "UPDATE ledger_entry SET leaf_index = NULL",
        "DELETE FROM ledger_tile",
        "DELETE FROM ledger_checkpoint",
        "UPDATE ledger_log SET origin = NULL, size = 0, root = NULL, checkpoint = NULL,"
        " signed_at = NULL",
        "DELETE FROM ledger_entry WHERE incident_id = (SELECT min(incident_id) FROM ledger_entry)",
    )
    thief = sealer_of(house.node, KeptHeads(tmp_path / "elsewhere"))
    await house.open_incidents(2)
    await thief.run_once()
    assert not thief.state.refused
    # Although nothing waits: the head is new, and continues nothing that was kept.
    await house.sealer.run_once()
    assert house.sealer.state.refused == {house.log_id: SealFault.FORKED}


@ONLY_SQLITE
@pytest.mark.parametrize("is_kept", [True, False])
async def test_database_restored_from_a_backup_signs_no_second_history(
    house: House, tmp_path: Path, *, is_kept: bool
) -> None:
    await house.open_incidents(1)
    await house.sealer.run_once()
    path = sqlite_path(house.place.url)
    backup = tmp_path / "backup.db"
    with closing(sqlite3.connect(path or "")) as source, closing(sqlite3.connect(backup)) as copy:
        source.backup(copy)
    await house.open_incidents(1)
    await house.sealer.run_once()
    with closing(sqlite3.connect(backup)) as source, closing(sqlite3.connect(path or "")) as copy:
        source.backup(copy)
    if not is_kept:
        house.kept.path(house.log_id).unlink()
    await house.open_incidents(3)
    fresh = sealer_of(house.node, house.kept)
    for sealer in (house.sealer, fresh):
        await sealer.run_once()
        fault = SealFault.BEHIND if is_kept else SealFault.PUBLISHED
        assert sealer.state.refused == {house.log_id: fault}
    assert await house.count("leaf_index IS NULL") > 0


async def test_missing_kept_head_of_a_log_with_entries_stops_it(house: House) -> None:
    await house.open_incidents(1)
    await house.sealer.run_once()
    house.kept.path(house.log_id).unlink()
    before = await house.head()
    await house.open_incidents(1)
    # At its start too: there nothing says that this node has ever had one.
    for sealer in (house.sealer, sealer_of(house.node, house.kept)):
        await sealer.run_once()
        assert sealer.state.refused == {house.log_id: SealFault.PUBLISHED}
    assert await house.head() == before
    assert house.kept.read(house.log_id) is None
    # As operations.md has it: what is served, or what anybody has kept, is put there.
    served = await house.town.call("GET", f"/v1/ledgers/{house.log_id}/checkpoint")
    house.kept.path(house.log_id).write_bytes(served.content)
    await house.sealer.run_once()
    assert not house.sealer.state.refused
    assert await house.count("leaf_index IS NULL") == 0


@pytest.mark.parametrize("kept", [b"", b"not a note", b"\xff"])
async def test_kept_head_that_cannot_be_read_stops_the_log(house: House, kept: bytes) -> None:
    await house.sealer.run_once()
    house.kept.write(house.log_id, kept)
    await house.open_incidents(1)
    await house.sealer.run_once()
    assert house.sealer.state.refused == {house.log_id: SealFault.PUBLISHED}
