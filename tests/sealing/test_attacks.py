"""Somebody with the database in their hands: what the sealer itself refuses to sign over."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from app.database.opening import sqlite_path
from app.ledger.notes.checkpoint import Checkpoint, checkpoint_text
from app.ledger.notes.note import note_bytes, signed
from app.ledger.seal import SealFault
from app.sealing.kept import KeptHeads
from app.store.audit.verification import TRIGGERS
from tests.engine.databases import Place
from tests.sealing.conftest import KEY, House, sealer_of

Attack = Callable[[sqlite3.Connection, House], object]


@pytest.fixture
def place(sqlite_copy: Place) -> Place:
    """Whoever has a SQLite file can do everything; PostgreSQL's administrator no less."""
    return sqlite_copy


@contextmanager
def tampering(house: House) -> Iterator[sqlite3.Connection]:
    """The file without its guards."""
    path = sqlite_path(house.place.url)
    assert path is not None
    with closing(sqlite3.connect(path)) as connection, connection:
        for name in TRIGGERS["sqlite"]:
            connection.execute(f"DROP TRIGGER {name}")
        yield connection


def run(sql: str) -> Attack:
    """Statements, parted by semicolons."""
    return lambda connection, _: connection.executescript(sql)


def edit_leaf(connection: sqlite3.Connection, where: str, old: bytes, new: bytes) -> None:
    """Put other words into a leaf; its hash stays."""
    select = f"SELECT id, leaf FROM ledger_entry WHERE {where}"  # noqa: S608  # a test's own
    (row_id, leaf) = connection.execute(select).fetchone()
    assert old in leaf
    changed = leaf.replace(old, new)
    connection.execute("UPDATE ledger_entry SET leaf = ? WHERE id = ?", (changed, row_id))


def say_more(connection: sqlite3.Connection, house: House) -> None:
    """A rightly signed checkpoint of a log that is another."""
    checkpoint = Checkpoint(origin=house.origin, size=7, root=bytes(32))
    note = note_bytes(signed(checkpoint_text(checkpoint), KEY.signer(house.origin)))
    connection.execute("UPDATE ledger_log SET checkpoint = ?", (note.decode(),))


def sign_as_another(connection: sqlite3.Connection, house: House) -> None:
    """The same head, signed by the key of another log."""
    (size, root) = connection.execute("SELECT size, root FROM ledger_log").fetchone()
    text = checkpoint_text(Checkpoint(origin=house.origin, size=size, root=root))
    key = KEY.signer("ledger.example/other")
    note = note_bytes(signed(text, key)).decode().replace(f"— {key.name} ", f"— {house.origin} ")
    connection.execute("UPDATE ledger_log SET checkpoint = ?", (note,))


# What is done to the database, and what the next round says of it.
ATTACKS = [
    (
        "a sealed entry says something else",
        lambda c, _: edit_leaf(c, "leaf_index = 3", b'"round":1', b'"round":2'),
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
            "UPDATE ledger_entry SET leaf_index = 9000 WHERE leaf_index = 2;"
            "UPDATE ledger_entry SET leaf_index = 2 WHERE leaf_index = 3;"
            "UPDATE ledger_entry SET leaf_index = 3 WHERE leaf_index = 9000"
        ),
        SealFault.SEALED,
    ),
    (
        "an entry that waits says something else",
        lambda c, _: edit_leaf(c, "leaf_index IS NULL", b'"drill":false', b'"drill":true'),
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
    (
        "a tile says something else",
        run("UPDATE ledger_tile SET hashes = zeroblob(length(hashes))"),
        SealFault.SEALED,
    ),
    ("the tiles are gone", run("DELETE FROM ledger_tile"), SealFault.TREE),
    (
        "the head says another root",
        run("UPDATE ledger_log SET root = zeroblob(32)"),
        SealFault.TREE,
    ),
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
    with tampering(house) as connection:
        attack(connection, house)
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
    await house.open_incidents(1)
    await house.sealer.run_once()
    with tampering(house) as connection:
        edit_leaf(connection, "leaf_index = 3", b'"round":1', b'"round":2')
    await house.open_incidents(1)
    await house.sealer.run_once()
    assert house.sealer.state.refused
    with closing(sqlite3.connect(sqlite_path(house.place.url) or "")) as connection, connection:
        edit_leaf(connection, "leaf_index = 3", b'"round":2', b'"round":1')
    await house.sealer.run_once()
    assert not house.sealer.state.refused
    assert await house.count("leaf_index IS NULL") == 0


async def test_history_signed_anew_with_the_stolen_key_is_convicted_by_the_kept_head(
    house: House, tmp_path: Path
) -> None:
    await house.open_incidents(2)
    await house.sealer.run_once()
    with tampering(house) as connection:
        connection.executescript(
            "UPDATE ledger_entry SET leaf_index = NULL; DELETE FROM ledger_tile;"
            "DELETE FROM ledger_checkpoint; UPDATE ledger_log SET origin = NULL, size = 0,"
            " root = NULL, checkpoint = NULL, signed_at = NULL;"
            "DELETE FROM ledger_entry WHERE incident_id ="
            " (SELECT min(incident_id) FROM ledger_entry)"
        )
    thief = sealer_of(house.node, KeptHeads(tmp_path / "elsewhere"))
    await house.open_incidents(2)
    await thief.run_once()
    assert not thief.state.refused
    await house.open_incidents(1)
    await house.sealer.run_once()
    assert house.sealer.state.refused == {house.log_id: SealFault.FORKED}


async def test_database_restored_from_a_backup_signs_no_second_history(
    house: House, tmp_path: Path
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
    await house.open_incidents(3)
    await house.sealer.run_once()
    assert house.sealer.state.refused == {house.log_id: SealFault.BEHIND}
    assert await house.count("leaf_index IS NULL") > 0


@pytest.mark.parametrize("kept", [b"", b"not a note", b"\xff"])
async def test_kept_head_that_cannot_be_read_stops_the_log(house: House, kept: bytes) -> None:
    await house.sealer.run_once()
    house.kept.write(house.log_id, kept)
    await house.open_incidents(1)
    await house.sealer.run_once()
    assert house.sealer.state.refused == {house.log_id: SealFault.PUBLISHED}
