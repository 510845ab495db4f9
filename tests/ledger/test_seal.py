"""The sealer's decision: what it writes, and everything at which it refuses to sign."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ledger.entry import leaf_bytes, leaf_hash, parse_leaf
from app.ledger.notes.checkpoint import Checkpoint, parse_checkpoint
from app.ledger.notes.note import note_bytes, parse_note, signed
from app.ledger.seal import (
    LogState,
    SealFault,
    SealPlan,
    SealRefused,
    Unsealed,
    check_sealed,
    plan_seal,
)
from app.ledger.tree.merkle import EMPTY_ROOT
from tests.ledger.chain import Chain
from tests.ledger.notes.samples import LOG_KEY, ORIGIN, OTHER_KEY
from tests.ledger.tree.naive import NaiveTree

CHAIN_LENGTH = 5
INCIDENTS = [f"0193570e-6b1e-7c1a-8f10-{number:012x}" for number in range(40)]


@dataclass
class Database:
    """What a store would keep, and a sealer would do with it."""

    state: LogState = field(default_factory=lambda: LogState(origin=ORIGIN))
    rows: list[Unsealed] = field(default_factory=list)
    sealed: list[bytes] = field(default_factory=list)
    tiles: dict[tuple[int | None, int], bytes] = field(default_factory=dict)
    published: Checkpoint | None = None
    heads: dict[str, bytes] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        return self.tiles.get((level, index), b"")[: 32 * width]

    def append(self, *incidents: int) -> None:
        """One more entry for each of the named incidents."""
        for number in incidents:
            incident = INCIDENTS[number]
            chain, seq = chain_of(incident), self.written.get(incident, 0)
            leaf = chain[seq]
            row = Unsealed(id=1_000 + len(self.rows), leaf=leaf, leaf_hash=leaf_hash(leaf))
            self.rows.append(row)
            self.written[incident] = seq + 1

    def unsealed(self) -> Sequence[Unsealed]:
        return self.rows[self.state.size :]

    def plan(self, entries: Sequence[Unsealed] | None = None) -> SealPlan:
        return plan_seal(
            self.state,
            self.unsealed() if entries is None else entries,
            last_sealed=self.heads,
            keys=[LOG_KEY.verifier],
            read_tile=self.read_tile,
            published=self.published,
        )

    def seal(self) -> SealPlan:
        """Plan, sign and write; what a transaction does."""
        entries, plan = self.unsealed(), self.plan()
        note = note_bytes(signed(plan.text, LOG_KEY))
        self.sealed += [entry.leaf for entry in entries]
        self.heads |= {parse_leaf(entry.leaf).incident: entry.leaf for entry in entries}
        self.tiles.update({(tile.level, tile.index): data for tile, data in plan.tiles})
        self.state = LogState(
            origin=ORIGIN, size=plan.head.size, root=plan.head.root, checkpoint=note
        )
        return plan


def chain_of(incident: str) -> list[bytes]:
    """The first entries of an incident."""
    chain = Chain().opened().bound("h2", "person").started(1).accepted("h2").closed()
    leaves: list[bytes] = []
    for entry in chain.entries:
        prev = leaf_hash(leaves[-1]) if leaves else None
        leaves.append(leaf_bytes(replace(entry, incident=incident, prev=prev)))
    return leaves


def sealed_database() -> Database:
    """A hundred and twenty entries of forty incidents, in two seals."""
    database = Database()
    database.append(*range(40))
    database.seal()
    database.append(*range(40), *range(40))
    database.seal()
    return database


def refused(database: Database, entries: Sequence[Unsealed] | None = None) -> SealFault:
    with pytest.raises(SealRefused) as caught:
        database.plan(entries)
    return caught.value.fault


@given(st.lists(st.lists(st.integers(0, 39), max_size=30), max_size=6))
def test_sealed_log_is_the_tree_over_all_entries(batches: list[list[int]]) -> None:
    database = Database()
    for batch in batches:
        for number in batch:
            if database.written.get(INCIDENTS[number], 0) < CHAIN_LENGTH:
                database.append(number)
        before = database.state.size
        plan = database.seal()
        tree = NaiveTree([leaf_hash(leaf) for leaf in database.sealed])
        assert plan.head == Checkpoint(
            origin=ORIGIN, size=len(database.rows), root=tree.root(len(database.rows))
        )
        assert [at for _, at in plan.places] == list(range(before, plan.head.size))
        assert [one for one, _ in plan.places] == [row.id for row in database.rows[before:]]
        assert parse_checkpoint(plan.text) == plan.head
        database.published = plan.head


def test_log_without_entries_may_be_signed() -> None:
    database = Database()
    assert database.seal().head == Checkpoint(origin=ORIGIN, size=0, root=EMPTY_ROOT)
    database.append(1)
    assert database.seal().head.size == 1


def test_nothing_new_is_signed_as_before() -> None:
    database = sealed_database()
    plan = database.plan()
    assert note_bytes(signed(plan.text, LOG_KEY)) == database.state.checkpoint
    assert plan.tiles == ()
    assert plan.places == ()


def test_changed_tile_is_refused() -> None:
    database = sealed_database()
    database.append(0)
    for at in range(len(database.tiles[0, 0])):
        data = bytearray(database.tiles[0, 0])
        data[at] ^= 1
        kept, database.tiles[0, 0] = database.tiles[0, 0], bytes(data)
        assert refused(database) is SealFault.TREE
        database.tiles[0, 0] = kept
    del database.tiles[0, 0]
    assert refused(database) is SealFault.TREE


def test_row_that_states_another_size_or_root_is_refused() -> None:
    database = sealed_database()
    right = database.state
    for wrong in (
        replace(right, size=right.size - 1),
        replace(right, root=bytes(32)),
        replace(right, size=-1),
        replace(right, size=2**63),
        replace(right, size=0, root=EMPTY_ROOT),
    ):
        database.state = wrong
        assert refused(database, []) in {SealFault.TREE, SealFault.CHECKPOINT}


def test_checkpoint_of_another_size_log_or_key_is_refused() -> None:
    database = sealed_database()
    right = database.state
    assert right.checkpoint is not None
    text = parse_note(right.checkpoint).text
    others = [
        None,
        b"",
        right.checkpoint[:-2] + b"A\n",
        note_bytes(signed(text, OTHER_KEY)),
        note_bytes(signed(text.replace("city-a", "city-b"), LOG_KEY)),
        note_bytes(signed(text.replace("\n120\n", "\n119\n"), LOG_KEY)),
    ]
    for other in others:
        database.state = replace(right, checkpoint=other)
        assert refused(database, []) is SealFault.CHECKPOINT


def test_restored_copy_is_refused() -> None:
    database = sealed_database()
    older = Database()
    older.append(*range(40))
    older.seal()
    older.published = database.plan().head
    assert refused(older) is SealFault.BEHIND


def test_log_that_was_sealed_anew_is_refused_by_the_published_checkpoint() -> None:
    database = sealed_database()
    published = database.plan().head
    forged = Database()
    forged.append(*reversed(range(40)))
    forged.seal()
    forged.append(*range(40), *range(40), 5)
    forged.seal()
    forged.published = published
    assert refused(forged) is SealFault.FORKED


def test_published_checkpoint_of_any_earlier_size_is_found_again() -> None:
    database = sealed_database()
    tree = NaiveTree([leaf_hash(leaf) for leaf in database.sealed])
    for size in range(121):
        database.published = Checkpoint(origin=ORIGIN, size=size, root=tree.root(size))
        database.plan()
    database.published = Checkpoint(origin="ledger.example/city-b", size=120, root=tree.root(120))
    assert refused(database) is SealFault.FORKED


def test_entry_that_is_not_what_its_hash_says_is_refused() -> None:
    database = sealed_database()
    database.append(0, 1)
    first, second = database.unsealed()
    assert refused(database, [replace(first, leaf_hash=bytes(32)), second]) is SealFault.ENTRY
    changed = first.leaf.replace(b'"actor":"h2"', b'"actor":"h3"')
    assert changed != first.leaf
    assert refused(database, [replace(first, leaf=changed), second]) is SealFault.ENTRY
    assert refused(database, [replace(first, leaf=b"{}"), second]) is SealFault.ENTRY


def test_entry_that_skips_repeats_or_turns_back_is_refused() -> None:
    database = sealed_database()
    database.append(0, 0)
    first, second = database.unsealed()
    for entries in ([second], [second, first], [first, first], [first, second, second]):
        assert refused(database, entries) is SealFault.ENTRY
    assert database.plan([first, second]).head.size == 122


def test_first_entry_of_an_incident_that_has_others_is_refused() -> None:
    database = sealed_database()
    leaf = chain_of(INCIDENTS[0])[0]
    again = Unsealed(id=9, leaf=leaf, leaf_hash=leaf_hash(leaf))
    assert refused(database, [again]) is SealFault.ENTRY


def test_changed_last_entry_of_an_incident_stops_its_next() -> None:
    database = sealed_database()
    database.append(0)
    incident = INCIDENTS[0]
    right = database.heads[incident]
    database.heads[incident] = right.replace(b'"step":1', b'"step":2')
    assert database.heads[incident] != right
    assert refused(database) is SealFault.ENTRY
    database.heads[incident] = database.heads[INCIDENTS[1]]
    assert refused(database) is SealFault.SEALED
    del database.heads[incident]
    assert refused(database) is SealFault.ENTRY


def test_changed_missing_or_added_sealed_entry_is_found() -> None:
    database = sealed_database()
    check_sealed(0, database.sealed, size=120, read_tile=database.read_tile)
    for at in range(120):
        leaves = list(database.sealed)
        leaves[at] = leaves[at].replace(b'"drill":false', b'"drill":true')
        with pytest.raises(SealRefused, match=f"entry {at} is not"):
            check_sealed(0, leaves, size=120, read_tile=database.read_tile)
    for leaves in (database.sealed[:-1], [*database.sealed, b""], []):
        with pytest.raises(SealRefused, match="120 entries"):
            check_sealed(0, leaves, size=120, read_tile=database.read_tile)
    with pytest.raises(SealRefused):
        check_sealed(0, database.sealed, size=120, read_tile=lambda *_: b"")
