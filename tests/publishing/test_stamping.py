"""Time stamps: asked for in their turn, kept, exported, and judged by openssl too."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from app.clock import utc_now
from app.commands.ledgers.containers import write_folder
from app.commands.ledgers.export import export_log
from app.database.reading import open_reader
from app.ledger.exports import layout
from app.ledger.exports.timestamp import TimestampInvalid, authorities, stamped_at
from app.offline.report import Check
from app.offline.verify import verify_path
from app.publishing.asking import Asker
from app.publishing.stamping import RETRY_AFTER, Stamping
from tests.engine.databases import rows
from tests.keys import VAULT
from tests.peers.authority import Authority, new_root, openssl, running_authority
from tests.publishing.conftest import House


@dataclass
class Stamped:
    """A house and the authority that it asks."""

    house: House
    authority: Authority
    stamping: Stamping

    async def tokens(self) -> int:
        found = await rows(self.house.place.url, "SELECT * FROM ledger_checkpoint")
        return sum(one["timestamp_token"] is not None for one in found)

    async def grow(self) -> None:
        await self.house.open_incidents(1)
        await self.house.sealer.run_once()

    async def exported(self, folder: Path) -> Path:
        async with open_reader(self.house.place.url, VAULT) as reader:
            await write_folder(export_log(reader, self.house.log_id), folder)
        return folder

    def file(self, folder: Path) -> Path:
        (found,) = [
            one for one in (folder / layout.HEADS).iterdir() if one.suffix == layout.STAMP_SUFFIX
        ]
        return found


@pytest.fixture
async def stamped(house: House, tmp_path: Path) -> AsyncIterator[Stamped]:
    # The authority's clock is the real one; the house must not live in another year.
    house.node.clock.now = utc_now()
    await house.open_incidents(2)
    await house.sealer.run_once()
    async with running_authority(tmp_path / "tsa") as authority, httpx.AsyncClient() as http:
        stamping = Stamping(
            installation=house.node.installation,
            asker=Asker(http=http, seconds=30),
            url=authority.url,
            every="day",
            trusted=authorities(authority.root.read_bytes()),
        )
        yield Stamped(house, authority, stamping)


async def test_token_over_the_newest_head_is_exported_and_verified(
    stamped: Stamped, tmp_path: Path
) -> None:
    assert await stamped.stamping.run_once() == 1
    folder = await stamped.exported(tmp_path / "export")
    note = stamped.file(folder).with_suffix("")
    said = openssl(
        folder,
        f"ts -verify -data {note} -in {stamped.file(folder)} -CAfile {stamped.authority.root}",
    )
    assert "Verification: OK" in said
    report = verify_path(folder, authorities=stamped.authority.root)
    assert (report.findings, report.seen) == ([], 1)
    # Without a root nothing is believed, and nothing is wrong.
    assert (verify_path(folder).findings, verify_path(folder).seen) == ([], 0)
    await stamped.grow()
    assert (await stamped.house.head())["size"] > int(note.name)


async def test_changed_note_or_token_or_another_root_is_found(
    stamped: Stamped, tmp_path: Path
) -> None:
    await stamped.stamping.run_once()
    folder = await stamped.exported(tmp_path / "export")
    token = stamped.file(folder)
    note = token.with_suffix("").read_bytes()
    trusted = authorities(stamped.authority.root.read_bytes())
    assert abs((stamped_at(token.read_bytes(), note, trusted) - utc_now()).total_seconds()) < 600
    other = new_root(tmp_path / "other")
    with pytest.raises(TimestampInvalid):
        stamped_at(token.read_bytes(), note, authorities(other.read_bytes()))
    for trust in (trusted, None):
        with pytest.raises(TimestampInvalid):
            stamped_at(token.read_bytes(), note + b"x", trust)
    assert Check.SIGNATURE in verify_path(folder, authorities=other).counts
    data = token.read_bytes()
    for at in range(0, len(data), 61):
        token.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        assert Check.FILES in verify_path(folder).counts, at
    token.unlink()
    assert Check.FILES in verify_path(folder).counts


async def test_entry_from_after_its_time_stamp_is_found(stamped: Stamped, tmp_path: Path) -> None:
    # A clock that runs ahead by an hour: the stamp shows that it does.
    stamped.house.node.clock.push(hours=1)
    await stamped.grow()
    await stamped.stamping.run_once()
    folder = await stamped.exported(tmp_path / "export")
    report = verify_path(folder, authorities=stamped.authority.root)
    assert set(report.counts) == {Check.TIME}


async def test_once_a_day_and_only_what_is_new(stamped: Stamped) -> None:
    clock = stamped.house.node.clock
    clock.now = datetime.combine(clock.now.date(), datetime.min.time(), UTC)  # 09:00 in Tokyo
    assert await stamped.stamping.run_once() == 1
    await stamped.grow()
    clock.push(hours=1)
    assert await stamped.stamping.run_once() == 0
    clock.push(days=2)
    assert await stamped.stamping.run_once() == 1
    clock.push(days=1)
    # Nothing happened since.
    assert await stamped.stamping.run_once() == 0
    assert (stamped.authority.asked, await stamped.tokens()) == (2, 2)


async def test_authority_that_is_away_is_asked_again_and_holds_up_nothing(stamped: Stamped) -> None:
    clock = stamped.house.node.clock
    stamped.authority.status = 500
    assert await stamped.stamping.run_once() == 0
    await stamped.grow()
    assert await stamped.stamping.run_once() == 0
    assert stamped.authority.asked == 1
    stamped.authority.status = 200
    clock.push(seconds=RETRY_AFTER.total_seconds())
    assert await stamped.stamping.run_once() == 1
    (row,) = await rows(stamped.house.place.url, "SELECT fault FROM ledger_stamp")
    assert row["fault"] is None
