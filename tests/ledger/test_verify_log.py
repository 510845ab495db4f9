"""The check of the database sees a log's places, tiles, root and checkpoint, and what waits."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.commands.audit.finding import Check
from app.commands.audit.verify import Report, verify_url
from app.database import open_database
from app.models.columns import instant
from app.sealing.kept import KeptHeads
from tests.engine.databases import number, rows
from tests.engine.node import PushedClock
from tests.keys import VAULT
from tests.ledger.tampering import Story
from tests.sealing.conftest import sealer_over

LOG = frozenset({Check.TREE, Check.L1, Check.L2})
# All that has no place has waited too long then.
LATE = datetime(2100, 1, 1, tzinfo=UTC)


async def seal(story: Story, folder: Path) -> datetime:
    """Give every entry of a story its place; the instant of the last one."""
    sql = "SELECT max(appended_at) AS n FROM ledger_entry"
    last = instant(await number(story.url, sql))
    database = await open_database(story.url, VAULT)
    try:
        sealer = sealer_over(database, PushedClock(last), KeptHeads(folder / "heads"))
        await sealer.run_once()
        assert not sealer.state.refused
    finally:
        await database.close()
    return last


@pytest.fixture
async def sealed(story: Story, tmp_path: Path) -> Story:
    """A copy whose entries have their places."""
    await seal(story, tmp_path)
    return story


def found(report: Report) -> dict[str, int]:
    """How often each of the log's rules is broken."""
    broken = [one.rule for one in report.findings if one.rule in LOG]
    return {str(one): broken.count(one) for one in broken}


async def test_log_that_nobody_touched_is_clean(sealed: Story) -> None:
    assert await number(sealed.url, "SELECT size AS n FROM ledger_log") > 100
    assert (await verify_url(sealed.url, VAULT, now=LATE)).findings == ()


TAIL = "leaf_index = (SELECT size - 1 FROM ledger_log)"
# What is done behind the back of the program to a log, and how often its rules are broken.
HARMS: dict[str, tuple[str, dict[str, int]]] = {
    # Another comes in its turn; and its incident goes on before it.
    "place skipped": ("UPDATE ledger_entry SET leaf_index = 900 WHERE leaf_index = 7", {"L1": 2}),
    # The tile is wider than what is left, and the row says more; it is not sealed any more.
    "place taken away": (
        "UPDATE ledger_entry SET leaf_index = NULL WHERE $tail",
        {"tree": 2, "L2": 1},
    ),
    "place before all": ("UPDATE ledger_entry SET leaf_index = -1 WHERE leaf_index = 0", {"L1": 1}),
    "leaf": (
        (
            "UPDATE ledger_entry SET leaf = CAST(replace($leaf, '2026', '2025') AS $bytes)"
            " WHERE leaf_index = 7"
        ),
        {"tree": 1},
    ),
    # It is less wide.
    "tile": (
        (
            "UPDATE ledger_tile SET hashes ="
            " (SELECT leaf_hash FROM ledger_entry WHERE leaf_index = 1) WHERE level = 0"
        ),
        {"tree": 1},
    ),
    "tile gone": ("DELETE FROM ledger_tile", {"tree": 2}),
    "tile too many": (
        (
            "INSERT INTO ledger_tile (log_id, level, n, hashes)"
            " SELECT log_id, 3, 3, hashes FROM ledger_tile WHERE level = 0"
        ),
        {"tree": 1},
    ),
    # The row against the checkpoint, and against the entries.
    "size": ("UPDATE ledger_log SET size = size - 1", {"tree": 2}),
    "root": (
        "UPDATE ledger_log SET root = (SELECT leaf_hash FROM ledger_entry WHERE leaf_index = 0)",
        {"tree": 2},
    ),
    "checkpoint": (
        "UPDATE ledger_log SET checkpoint = replace(checkpoint, 'ledger.example', 'l.example')",
        {"tree": 1},
    ),
    "no checkpoint": (
        "UPDATE ledger_log SET checkpoint = NULL, origin = NULL, signed_at = NULL",
        {"tree": 1},
    ),
    "key": ("DELETE FROM ledger_key", {"tree": 1}),
}


@pytest.mark.parametrize("harm", HARMS)
async def test_change_of_a_log_is_found(sealed: Story, harm: str) -> None:
    statement, expected = HARMS[harm]
    await sealed.harm(statement, tail=TAIL)
    assert found(await verify_url(sealed.url, VAULT, now=LATE)) == expected


async def test_entry_that_is_not_what_was_sealed_is_named(sealed: Story) -> None:
    """Two exchange their places: all else is as it was."""
    (first, second) = await rows(
        sealed.url,
        "SELECT id, incident_id, seq FROM ledger_entry WHERE leaf_index IN (7, 8)"
        " ORDER BY leaf_index",
    )
    await sealed.harm(
        "UPDATE ledger_entry SET leaf_index = NULL WHERE leaf_index IN (7, 8)",
        "UPDATE ledger_entry SET leaf_index = 8 WHERE id = $first",
        "UPDATE ledger_entry SET leaf_index = 7 WHERE id = $second",
        first=first["id"],
        second=second["id"],
    )
    report = await verify_url(sealed.url, VAULT, now=LATE)
    both = {(one["incident_id"], one["seq"]) for one in (first, second)}
    named = {(one.incident_id, one.seq) for one in report.findings if one.rule == Check.TREE}
    assert named == both


async def test_value_of_an_impossible_type_ends_the_check_of_its_log(
    file_story: Story, tmp_path: Path
) -> None:
    story = file_story.copy_file(tmp_path / "renrakumo.db")
    await seal(story, tmp_path)
    for harm in (
        "UPDATE ledger_entry SET leaf = CAST(leaf AS TEXT) WHERE leaf_index = 7",
        "UPDATE ledger_tile SET hashes = CAST('x' AS TEXT)",
        "UPDATE ledger_log SET checkpoint = CAST('x' AS BLOB)",
    ):
        await story.harm(harm)
        assert found(await verify_url(story.url, VAULT, now=LATE))["tree"] >= 1


async def test_entry_that_waits_longer_than_the_deadline_is_found(
    story: Story, tmp_path: Path
) -> None:
    last = await seal(story, tmp_path)
    await story.harm("UPDATE ledger_entry SET leaf_index = NULL WHERE $tail", tail=TAIL)
    in_time = await verify_url(story.url, VAULT, now=last + timedelta(seconds=60))
    assert "L2" not in found(in_time)
    late = await verify_url(story.url, VAULT, now=last + timedelta(seconds=61))
    assert found(late)["L2"] == 1
    assert "1 unsealed, since 2026-" in str(late.findings)
