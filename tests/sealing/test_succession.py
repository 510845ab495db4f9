"""A restored database must not sign a second history: another log takes the place of the first."""

import io
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.channels.channel import rfc3339
from app.commands.audit.verify import verify_url
from app.commands.ledgers.containers import write_folder
from app.commands.ledgers.export import export_log
from app.database import DatabaseError
from app.database.opening import sqlite_path
from app.database.reading import open_reader
from app.ledger.exports import layout
from app.ledger.notes.key import verifier_key_text
from app.ledger.seal import SealFault
from app.offline.report import Check, Ended, Report
from app.offline.verify import run_verify_path, verify_path
from app.sealing.kept import KeptHeads
from app.sealing.life.rotation import NotPossible, retire_key, rotate_key
from app.sealing.life.succession import open_successor
from app.sealing.seal import Seal
from tests.engine.databases import Place
from tests.engine.node import running_node
from tests.keys import VAULT
from tests.peers.postgres import PostgresServer
from tests.peers.sink import Sink
from tests.peers.tlogcheck import Tlogcheck, built_tlogcheck
from tests.sealing.conftest import KEY, PREFIX, House, sealer_of
from tests.sealing.test_alarm import told


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Tlogcheck:
    return built_tlogcheck(tmp_path_factory.mktemp("tlogcheck"))


@dataclass
class Drill:
    """A database that is served, copied and restored; what is kept beside the key stays."""

    place: Place
    sink: Sink
    kept: KeptHeads
    # Where copies are put, and who makes them.
    folder: Path
    postgres: PostgresServer | None
    copies: Iterator[int]

    @asynccontextmanager
    async def served(self, url: str) -> AsyncIterator[House]:
        """The house as one process serves it from a database."""
        async with running_node(url) as node:
            town = self.place.town(node.http, self.sink)
            place = Place(url, self.place.ids, self.place.keys)
            sealer = sealer_of(node, self.kept)
            yield House(place=place, kept=self.kept, node=node, town=town, sealer=sealer)

    def copied(self, url: str) -> str:
        """A copy of a database that nobody serves."""
        name = f"drill_{next(self.copies)}"
        path = sqlite_path(url)
        if path is not None:
            return f"sqlite:///{shutil.copy(path, self.folder / name)}"
        assert self.postgres is not None
        return self.postgres.create_database(name, url.rpartition("/")[2].partition("?")[0])


@pytest.fixture
async def drill(
    place: Place, sink: Sink, tmp_path: Path, request: pytest.FixtureRequest, numbers: Iterator[int]
) -> Drill:
    """A town whose first entries are sealed."""
    is_file = sqlite_path(place.url) is not None
    postgres = None if is_file else request.getfixturevalue("postgres")
    kept = KeptHeads(tmp_path / "heads")
    made = Drill(place, sink, kept, tmp_path, postgres, numbers)
    async with made.served(place.url) as house:
        await house.town.publish({"desk": "first"})
        await sealed(house)
    return made


async def sealed(house: House, incidents: int = 1) -> bytes:
    """Record something and seal it; the head that is kept."""
    await house.open_incidents(incidents)
    await house.sealer.run_once()
    assert not house.sealer.state.refused
    return house.kept.read(house.log_id) or b""


def seal_of(house: House) -> Seal:
    database = house.node.installation.database
    return Seal(database=database, key=KEY, kept=house.kept, prefix=PREFIX)


async def succeeded(house: House, *notes: bytes) -> str:
    """Open the successor; its origin."""
    head = await open_successor(seal_of(house), house.log_id, house.node.clock(), notes=notes)
    assert head.origin is not None
    return head.origin


async def exported(house: House, target: Path, *, disclosures: bool = True) -> Path:
    async with open_reader(house.place.url, VAULT) as reader:
        await write_folder(export_log(reader, house.log_id, disclosures=disclosures), target)
    return target


async def assert_clean(house: House, target: Path, judge: Tlogcheck) -> Report:
    """All is sealed, in the database and in an export, by our verifier and by Go's."""
    assert not house.sealer.state.refused
    assert await house.count("leaf_index IS NULL") == 0
    assert (await verify_url(house.place.url, VAULT)).findings == ()
    report = verify_path(await exported(house, target))
    assert (report.findings, report.entries) == ([], await house.count())
    assert judge.fault("export", target) is None
    return report


async def test_restored_copy_is_refused_and_goes_on_under_another_name(
    drill: Drill, judge: Tlogcheck, tmp_path: Path
) -> None:
    backup = drill.copied(drill.place.url)
    async with drill.served(drill.place.url) as house:
        # Its entries are in nobody's database any more.
        last = await sealed(house, 2)
        lost = await exported(house, tmp_path / "lost")
    async with drill.served(backup) as house:
        entries = await house.count("TRUE")
        await house.open_incidents(1)
        await house.sealer.run_once()
        assert house.sealer.state.refused == {house.log_id: SealFault.BEHIND}
        assert {one[2] for one in await told(house)} == {"behind"}
        stopped = (await house.town.get(f"/v1/ledgers/{house.log_id}"))["stopped"]
        assert stopped == {"reason": "behind", "since": rfc3339(house.node.clock())}
        assert await succeeded(house) == f"{house.origin}/2"
        assert house.kept.read(house.log_id) != last
        house.node.clock.push(seconds=60)
        await sealed(house)
        assert [one[0] for one in await told(house)] == ["ledger.stopped", "ledger.runs"]
        assert (await house.town.get(f"/v1/ledgers/{house.log_id}"))["stopped"] is None
        report = await assert_clean(house, tmp_path / "export", judge)
        assert report.took is not None
        assert (report.origin, report.took.origin) == (f"{house.origin}/2", house.origin)
        assert report.took.size == verify_path(lost).size
        assert report.entries > entries
        said = await house.town.get(f"/v1/ledgers/{house.log_id}")
        (before,) = said["predecessors"]
        assert (before["origin"], before["checkpoint"].encode()) == (house.origin, last)
        (item,) = (await house.town.get(f"/v1/ledgers/{house.log_id}/entries"))["items"]
        assert (item["type"], item["seq"], item["leaf_index"]) == ("succeeded", 0, 0)
        assert item["chain_id"] != house.log_id
        # A process with another folder of heads has the old one, which the successor knows.
        other = KeptHeads(tmp_path / "other")
        other.write(house.log_id, last)
        await house.open_incidents(1)
        late = sealer_of(house.node, other)
        await late.run_once()
        assert not late.state.refused
        # It goes on with the successor's, and throws nothing away.
        assert other.read(house.log_id) == (await house.head())["checkpoint"].encode()
        assert [one.read_bytes() for one in (tmp_path / "other").glob("*.former")] == [last]
        # Its entries still cannot lose their places by anyone else's hand.
        with pytest.raises(DatabaseError):
            async with house.node.installation.database.transaction() as tx:
                await tx.execute("UPDATE ledger_entry SET leaf_index = NULL")


async def test_kept_checkpoints_of_the_predecessor_are_held_against_its_successor(
    drill: Drill, tmp_path: Path
) -> None:
    backup = drill.copied(drill.place.url)
    notes = []
    async with drill.served(drill.place.url) as house:
        notes = [await sealed(house), await sealed(house), await sealed(house)]
    drill.kept.path(house.log_id).write_bytes(notes[1])
    async with drill.served(backup) as house:
        await house.open_incidents(1)
        await house.sealer.run_once()
        assert house.sealer.state.refused == {house.log_id: SealFault.BEHIND}
        await succeeded(house)
        own = await sealed(house)
        target = await exported(house, tmp_path / "export")
    kept = [tmp_path / str(number) for number in range(4)]
    for path, note in zip(kept, [*notes, own], strict=True):
        path.write_bytes(note)
    older, named, hidden, mine = (verify_path(target, checkpoints=[one]) for one in kept)
    assert (older.findings, len(older.uncompared), older.ended) == ([], 1, Ended.NOT_CHECKED)
    assert (named.findings, len(named.named)) == ([], 1)
    assert (mine.findings, len(mine.continued)) == ([], 1)
    # Somebody has seen more of it than the successor admits.
    assert [one.rule for one in hidden.findings] == [Check.KEPT]
    assert not hidden.named
    for language, words, chain in (
        ("ja", "後継です", "うち台帳自体の記録"),
        ("en", "took the place of", "in the log's own chain, about no incident: 1"),
    ):
        out = io.StringIO()
        run_verify_path(target, checkpoints=[kept[1]], language=language, out=out)
        assert words in out.getvalue()
        assert chain in out.getvalue()


async def test_node_that_only_looked_on_keeps_what_others_published(
    drill: Drill, tmp_path: Path
) -> None:
    backup = drill.copied(drill.place.url)
    aside = KeptHeads(tmp_path / "other")
    async with drill.served(drill.place.url) as house:
        # With a folder of its own, which does not know the log yet.
        other = sealer_of(house.node, aside)
        await other.run_once()
        assert other.state.refused == {house.log_id: SealFault.PUBLISHED}
        aside.write(house.log_id, await sealed(house))
        for _ in range(2):
            last = await sealed(house)
            before = await house.head()
            await other.run_once()
            assert not other.state.refused
            assert aside.read(house.log_id) == last
            # It has signed nothing: that was not its turn.
            assert await house.head() == before
    async with drill.served(backup) as house:
        await house.open_incidents(1)
        other = sealer_of(house.node, aside)
        await other.run_once()
        assert other.state.refused == {house.log_id: SealFault.BEHIND}


async def test_export_of_the_predecessor_shows_what_its_successor_left_out(
    drill: Drill, tmp_path: Path
) -> None:
    async with drill.served(drill.place.url) as house:
        first = tmp_path / "first"
        first.write_bytes(await sealed(house))
        full = await exported(house, tmp_path / "full")
    backup = drill.copied(drill.place.url)
    async with drill.served(drill.place.url) as house:
        second = tmp_path / "second"
        second.write_bytes(await sealed(house))
        lost = await exported(house, tmp_path / "lost")
    async with drill.served(backup) as house:
        await succeeded(house)
        await sealed(house)
        target = await exported(house, tmp_path / "export")
    # By itself it says nothing against the successor, and nothing for it either.
    assert verify_path(target, checkpoints=[first]).ended is Ended.NOT_CHECKED
    report = verify_path(target, checkpoints=[first], former=full)
    assert (report.findings, report.uncompared, report.ended) == ([], [], Ended.CLEAN)
    assert report.former is not None
    assert report.former.continued == [report.former.size]
    # What the restored copy had lost is named, with its places in the log before.
    report = verify_path(target, checkpoints=[first, second], former=lost)
    assert [one.rule for one in report.findings] == [Check.SUCCESSION]
    assert report.findings[0].where.startswith(
        f"{house.origin}, entries {verify_path(full).size} to "
    )


async def test_what_a_successor_says_cannot_be_changed(drill: Drill, tmp_path: Path) -> None:
    backup = drill.copied(drill.place.url)
    async with drill.served(drill.place.url) as house:
        await sealed(house)
    async with drill.served(backup) as house:
        await succeeded(house)
        await sealed(house)
        target = await exported(house, tmp_path / "export")
        bare = await exported(house, tmp_path / "bare", disclosures=False)
    path = target / layout.DISCLOSURES
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[1:]))
    assert verify_path(target).findings
    report = verify_path(bare)
    assert report.findings == []
    assert report.took is not None
    assert report.took.origin is None


async def test_successor_of_a_successor_that_was_restored_too(
    drill: Drill, judge: Tlogcheck, tmp_path: Path
) -> None:
    first = drill.copied(drill.place.url)
    async with drill.served(drill.place.url) as house:
        await sealed(house)
    second = drill.copied(first)
    async with drill.served(first) as house:
        await succeeded(house)
        last = await sealed(house)
    # This copy has never heard of the second log, but its head was kept.
    async with drill.served(second) as house:
        await house.open_incidents(1)
        await house.sealer.run_once()
        assert house.sealer.state.refused == {house.log_id: SealFault.PUBLISHED}
        assert await succeeded(house) == f"{house.origin}/3"
        await sealed(house)
        report = await assert_clean(house, tmp_path / "export", judge)
        assert report.took is not None
        assert report.took.origin == f"{house.origin}/2"
        said = await house.town.get(f"/v1/ledgers/{house.log_id}")
        assert [one["origin"] for one in said["predecessors"]] == [
            house.origin,
            f"{house.origin}/2",
        ]
        assert said["predecessors"][1]["checkpoint"].encode() == last


@pytest.mark.parametrize("gone", [0, 1])
async def test_keys_that_the_restored_copy_does_not_know_are_found_again(
    drill: Drill, tmp_path: Path, gone: int
) -> None:
    backup = drill.copied(drill.place.url)
    notes = []
    async with drill.served(drill.place.url) as house:
        notes.append(drill.kept.read(house.log_id) or b"")
        async with house.node.installation.database.transaction() as tx:
            fresh = await rotate_key(tx, house.log_id, KEY, house.node.clock())
        notes.append(await sealed(house))
        async with house.node.installation.database.transaction() as tx:
            await retire_key(tx, house.log_id, house.node.clock())
        last = await sealed(house)
    async with drill.served(backup) as house:
        await house.sealer.run_once()
        assert house.sealer.state.refused == {house.log_id: SealFault.PUBLISHED}
        if gone:
            # As if the copy were from before the log first signed.
            async with house.node.installation.database.transaction() as tx:
                await tx.execute("DELETE FROM ledger_key")
        await succeeded(house)
        await sealed(house)
        target = await exported(house, tmp_path / "export")
        log = await house.town.get(f"/v1/ledgers/{house.log_id}")
        said = await house.town.get(f"/v1/ledgers/{house.log_id}/entries")
        (told_,) = said["items"][0]["disclosures"]
        assert told_["value"]["checkpoint"].encode() == last
    first = verifier_key_text(house.verifier)
    assert told_["value"]["verifier_keys"] == [fresh, first]
    assert log["predecessors"][0]["keys"] == [
        {"number": 2, "verifier_key": fresh},
        {"number": 1, "verifier_key": first},
    ]
    # What auditors kept under the retired key, and under both, is the predecessor's too.
    kept = [tmp_path / str(number) for number in range(2)]
    for path, note in zip(kept, notes, strict=True):
        path.write_bytes(note)
    report = verify_path(target, checkpoints=kept)
    assert (report.findings, len(report.uncompared)) == ([], 2)


async def test_log_of_which_no_head_is_known_needs_one_from_elsewhere(
    drill: Drill, tmp_path: Path
) -> None:
    async with drill.served(drill.place.url) as house:
        with pytest.raises(NotPossible, match="There is no log"):
            await open_successor(seal_of(house), "nothing", house.node.clock())
        last = await sealed(house)
        async with house.node.installation.database.transaction() as tx:
            await tx.execute("UPDATE ledger_log SET checkpoint = 'nonsense'")
        house.kept.write(house.log_id, b"nonsense")
        with pytest.raises(NotPossible, match="--checkpoint"):
            await succeeded(house)
        await succeeded(house, last)
        await sealed(house)
        assert verify_path(await exported(house, tmp_path / "export")).findings == []
