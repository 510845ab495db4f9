"""Whatever is changed behind the back of the program, the check of the database finds it."""

import asyncio
import io
import sqlite3
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session

from app.commands.audit import verify
from app.commands.audit.finding import Check, Finding
from app.commands.audit.verify import Report, run_verify, verify_database, verify_url
from app.database import DatabaseError
from app.database.opening import sqlite_path
from app.database.reading import open_reader
from app.ledger.verify import Rule
from app.sealing.kept import KeptHeads
from app.store.vault.places import name_at
from app.vault import Vault
from tests.engine.databases import Row, number, rows
from tests.engine.node import running_node
from tests.engine.town import Town
from tests.keys import VAULT
from tests.ledger.tampering import Story
from tests.peers.postgres import PostgresServer
from tests.sealing.conftest import sealer_of

PARTY = "(SELECT min(id) FROM party WHERE kind = 'person')"


def _found(report: Report, story: Story) -> set[tuple[str, str | None, int | None]]:
    names = {incident_id: name for name, incident_id in story.incidents.items()}
    return {
        (one.rule, one.incident_id and names[one.incident_id], one.seq) for one in report.findings
    }


async def test_database_that_nobody_touched_is_clean(story: Story) -> None:
    report = await verify_url(story.url, VAULT)
    assert report.findings == ()
    assert report.omitted == 0
    assert report.incidents == len(story.incidents) == 9
    assert report.entries == await number(story.url, "SELECT count(*) FROM ledger_entry")
    assert report.entries > 100


# What is done to an entry of the incident `served`: to the first of a type; which rules find it
# at which entry, counted from that one.
ENTRY_HARMS: list[tuple[str, str, set[tuple[Rule | Check, int]]]] = [
    # A leaf says another cause: its hash, the link of the next entry and the column disagree.
    (
        "transferred",
        "leaf = CAST(replace($leaf, '\"escalated\"', '\"lapsed\"') AS $bytes)",
        {(Check.COLUMNS, 0), (Rule.R1, 1)},
    ),
    # A leaf says an earlier year.
    ("declined", "leaf = CAST(replace($leaf, '2026', '2025') AS $bytes)", {(Rule.R2, 0)}),
    ("paged", "leaf = CAST('{}' AS $bytes)", {(Rule.FORM, 0)}),
    (
        "paged",
        "leaf_hash = CAST('00000000000000000000000000000000' AS $bytes)",
        {(Check.COLUMNS, 0)},
    ),
    # The columns by which entries are searched.
    ("transferred", f"to_id = {PARTY}", {(Check.COLUMNS, 0)}),
    ("transferred", "to_id = NULL", {(Check.COLUMNS, 0)}),
    ("transferred", "from_id = 'nobody'", {(Check.COLUMNS, 0)}),
    ("paged", "actor_id = 'system'", {(Check.COLUMNS, 0), (Check.REFERENCE, 0)}),
    ("transferred", "cause = 'lapsed'", {(Check.COLUMNS, 0)}),
    ("transferred", "basis = 'acceptance'", {(Check.COLUMNS, 0)}),
    ("transferred", "type = 'noted'", {(Check.COLUMNS, 0)}),
    ("transferred", "step = 7", {(Check.COLUMNS, 0)}),
    ("transferred", "at = at + 1", {(Check.COLUMNS, 0)}),
    ("noted", f"log_id = {PARTY}", {(Check.COLUMNS, 0)}),
    # An entry is passed off as one of another incident.
    ("noted", "incident_id = $tested, seq = 9", {(Rule.R1, 0)}),
]


async def test_change_of_an_entry_is_found_at_that_entry(file_story: Story, tmp_path: Path) -> None:
    for type_, change, expected in ENTRY_HARMS:
        story = file_story.copy_file(tmp_path / "harmed.db")
        seq = await story.seq("served", type_)
        statement = "UPDATE ledger_entry SET $change WHERE incident_id = $served AND seq = $seq"
        await story.harm(statement, change=change, seq=seq)
        found = _found(await verify_url(story.url, VAULT), story)
        assert found >= {(rule, "served", seq + after) for rule, after in expected}, change
        others = {name for _, name, _ in found} - {"served"}
        assert others == ({"tested"} if "tested" in change else set()), change


async def test_missing_entry_is_found(file_story: Story, tmp_path: Path) -> None:
    seq = await file_story.seq("served", "noted")
    last = await file_story.seq("served", "corrected")
    # What is deleted; which rule finds it where.
    for where, expected in (
        (f"seq = {seq}", (Rule.R1, "served", seq)),  # in the middle
        ("seq = 0", (Rule.R1, "served", 0)),  # the first
        (f"seq = {last}", (Check.ROW, "served", None)),  # the last: only the row knows
        ("seq >= 0", (Rule.R1, "served", 0)),  # all
    ):
        story = file_story.copy_file(tmp_path / "harmed.db")
        statement = "DELETE FROM ledger_entry WHERE incident_id = $served AND $where"
        await story.harm(statement, where=where)
        assert expected in _found(await verify_url(story.url, VAULT), story), where


async def test_tail_that_was_cut_together_with_the_row_is_found_by_the_state(
    file_story: Story, tmp_path: Path
) -> None:
    """The forger adapts the row's end of the chain; what the incident has done tells."""
    story = file_story.copy_file(tmp_path / "harmed.db")
    arrived = await story.seq("served", "arrived")
    await story.harm(
        "DELETE FROM ledger_entry WHERE incident_id = $served AND seq >= $seq",
        "DELETE FROM ledger_disclosure WHERE incident_id = $served AND seq >= $seq",
        "UPDATE incident SET ledger_seq = $seq, ledger_head = (SELECT leaf_hash FROM ledger_entry"
        " WHERE incident_id = $served AND seq = $seq - 1) WHERE id = $served",
        seq=arrived,
    )
    report = await verify_url(story.url, VAULT)
    said = {one.detail.split(" = ")[0] for one in report.findings}
    assert {"the row says status", "the row says closed_at", "the row says arrived_at"} <= said


# The pseudonyms h2 and h3 change places.
SWAPPED = """pseudonyms = CAST(replace(replace(replace(CAST(pseudonyms AS TEXT),
    '"h2"', '"h0"'), '"h3"', '"h2"'), '"h0"', '"h3"') AS $json)"""

# What is done to the row of an incident; the word by which the finding names it.
ROW_HARMS = [
    ("served", "status = 'cancelled'", "status"),
    ("served", "opened_at = opened_at - 1", "opened_at"),
    ("served", "acknowledged_at = acknowledged_at - 60000", "acknowledged_at"),
    ("served", "arrived_at = NULL", "arrived_at"),
    ("served", "closed_at = closed_at - 1", "closed_at"),
    ("served", "signal_count = 1", "signal_count"),
    ("served", "step = 1", "step"),
    ("served", "round = 2", "round"),
    ("served", "ledger_seq = ledger_seq + 1", "ledger_seq"),
    ("served", "ledger_head = CAST('0' AS $bytes)", "ledger_head"),
    ("served", "outcome = 'client_safe'", "outcome"),
    ("served", "occurred_at = occurred_at + 1", "occurred_at"),
    ("served", "type = 'fire_smoke'", "type"),
    ("worse", "severity = 'low'", "severity"),
    ("served", "client_id = 'another'", "client_id"),
    ("served", "protocol_version = 9", "protocol_version"),
    ("served", "protocol_version_id = 'another'", "protocol_version_id"),
    ("served", "reporter_id = 'another'", "reporter_id"),
    ("cancelled", "drill = NOT drill", "drill"),
    ("exhausted", "exhausted = NOT exhausted", "exhausted"),
    ("handed", f"holder_id = {PARTY}", "holder"),
    ("handed", "holder_since = holder_since + 1", "holder_since"),
    ("handed", "basis = 'agreement'", "basis"),
    ("running", "wake_at = wake_at + 1000", "wake_at"),
    ("running", "wake_at = NULL", "timer"),
    ("running", "version = version - 1", "version"),
    # What the state machine remembers.
    ("running", "state = CAST(replace(CAST(state AS TEXT), 'gas_co', 'fall') AS $json)", "state"),
    ("running", "state = CAST('{}' AS $json)", "state"),
    # Whom a pseudonym stands for.
    (
        "handed",
        SWAPPED,
        "stands for another party",
    ),
]


async def test_change_of_a_row_is_found(file_story: Story, tmp_path: Path) -> None:
    for name, change, word in ROW_HARMS:
        story = file_story.copy_file(tmp_path / "harmed.db")
        statement = "UPDATE incident SET $change WHERE id = '$id'"
        await story.harm(statement, change=change, id=story.incidents[name])
        report = await verify_url(story.url, VAULT)
        assert {one.incident_id for one in report.findings} == {story.incidents[name]}, change
        assert any(word in one.detail for one in report.findings), (change, report.findings)


# Something else is changed; which rule finds it in which incident.
OTHER_HARMS = [
    # Salt and value are gone, and no entry says that they were erased.
    ("DELETE FROM ledger_disclosure WHERE incident_id = $served", (Rule.DISCLOSURE, "served", 0)),
    # Another value, with the digest of the old one beside it.
    (
        """UPDATE ledger_disclosure SET disclosure = (SELECT min(disclosure) FROM ledger_disclosure
        WHERE incident_id = $lapsed) WHERE incident_id = $served AND seq = 0""",
        (Rule.DISCLOSURE, "served", 0),
    ),
    (
        """INSERT INTO ledger_disclosure (incident_id, seq, digest, name, disclosure)
        VALUES ($running, 1, 'x', 'note', 'x')""",
        (Rule.DISCLOSURE, "running", 1),
    ),
    (
        "UPDATE ledger_disclosure SET name = 'note' WHERE incident_id = $tested AND seq = 0",
        (Check.COLUMNS, "tested", 0),
    ),
    # The incident is gone, its entries are not.
    ("DELETE FROM incident WHERE id = $lapsed", (Check.ROW, "lapsed", None)),
    # A link is given to somebody else.
    (
        """UPDATE page SET party_id = (SELECT min(id) FROM party WHERE kind = 'person')
        WHERE incident_id = $exhausted""",
        (Check.REFERENCE, "exhausted", None),
    ),
    ("UPDATE page SET round = 2 WHERE incident_id = $running", (Check.REFERENCE, "running", None)),
    # A message is sent elsewhere.
    (
        "UPDATE delivery SET contact_point_id = 'gone' WHERE incident_id = $running",
        (Check.REFERENCE, "running", None),
    ),
    (
        """UPDATE delivery SET page_id = (SELECT min(id) FROM page WHERE incident_id = $running)
        WHERE incident_id = $exhausted""",
        (Check.REFERENCE, "exhausted", None),
    ),
]


async def test_change_of_what_hangs_on_an_incident_is_found(
    file_story: Story, tmp_path: Path
) -> None:
    for statement, expected in OTHER_HARMS:
        story = file_story.copy_file(tmp_path / "harmed.db")
        await story.harm(statement)
        assert expected in _found(await verify_url(story.url, VAULT), story), statement


async def test_page_that_is_gone_is_found_at_its_entry(file_story: Story, tmp_path: Path) -> None:
    story = file_story.copy_file(tmp_path / "harmed.db")
    await story.harm("DELETE FROM page WHERE incident_id = $running")
    found = _found(await verify_url(story.url, VAULT), story)
    assert (Check.REFERENCE, "running", await story.seq("running", "paged")) in found


async def test_several_harms_are_found_on_either_database(story: Story) -> None:
    seq = await story.seq("served", "transferred")
    await story.harm(
        "UPDATE ledger_entry SET leaf = CAST(replace($leaf, '\"escalated\"', '\"lapsed\"')"
        " AS $bytes) WHERE incident_id = $served AND seq = $seq",
        "UPDATE incident SET wake_at = NULL WHERE id = $running",
        "UPDATE incident SET exhausted = NOT exhausted WHERE id = $exhausted",
        "DELETE FROM ledger_disclosure WHERE incident_id = $handed AND seq = 0",
        "DELETE FROM incident WHERE id = $lapsed",
        "UPDATE delivery SET contact_point_id = 'gone' WHERE incident_id = $worse",
        seq=seq,
    )
    found = _found(await verify_url(story.url, VAULT), story)
    assert found >= {
        (Rule.R1, "served", seq + 1),
        (Check.COLUMNS, "served", seq),
        (Check.TIMER, "running", None),
        (Check.ROW, "exhausted", None),
        (Rule.DISCLOSURE, "handed", 0),
        (Check.ROW, "lapsed", None),
        (Check.REFERENCE, "worse", None),
    }
    assert {name for _, name, _ in found}.isdisjoint({"tested", "waiting", "cancelled"})


async def test_value_of_an_impossible_type_is_a_finding(file_story: Story, tmp_path: Path) -> None:
    # SQLite keeps whatever it is given.
    for statement in (
        "UPDATE ledger_entry SET leaf = 'text' WHERE incident_id = $running AND seq = 1",
        "UPDATE ledger_entry SET seq = 'x' WHERE incident_id = $running AND seq = 1",
        "UPDATE incident SET pseudonyms = 'x' WHERE id = $running",
        "UPDATE incident SET state = x'00' WHERE id = $running",
        "UPDATE ledger_disclosure SET disclosure = x'ff' WHERE incident_id = $running",
        "UPDATE incident SET opened_at = 'noon' WHERE id = $running",
    ):
        story = file_story.copy_file(tmp_path / "harmed.db")
        await story.harm(statement)
        report = await verify_url(story.url, VAULT)
        assert {one.incident_id for one in report.findings} == {story.incidents["running"]}


async def test_missing_or_toothless_trigger_is_found(story: Story) -> None:
    if sqlite_path(story.url) is None:
        await story.alter(
            "DROP TRIGGER ledger_entry_no_delete ON ledger_entry",
            "ALTER TABLE ledger_entry DISABLE TRIGGER ledger_entry_no_update",
            "ALTER TABLE ledger_entry ENABLE REPLICA TRIGGER ledger_entry_no_truncate",
        )
        missing = {"no_delete", "no_update", "no_truncate"}
    else:
        await story.alter(
            "DROP TRIGGER ledger_entry_no_delete",
            "DROP TRIGGER ledger_entry_no_update",
            "CREATE TRIGGER ledger_entry_no_update BEFORE UPDATE ON ledger_entry"
            " BEGIN SELECT 1; END",
        )
        missing = {"no_delete", "no_update"}
    report = await verify_url(story.url, VAULT)
    assert {(one.rule, one.incident_id, one.seq) for one in report.findings} == {
        (Check.GUARD, None, None)
    }
    named = {one.detail.split()[2].removeprefix("ledger_entry_") for one in report.findings}
    assert named == missing


@pytest.mark.parametrize(
    ("function", "triggers"), [("ledger_entry_guard", 2), ("ledger_entry_update_guard", 1)]
)
async def test_function_that_no_longer_refuses_is_found(
    server_copy: Story, function: str, triggers: int
) -> None:
    await server_copy.alter(
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN RETURN NULL; END'"
    )
    report = await verify_url(server_copy.url, VAULT)
    assert len(report.findings) == triggers


EVERYTHING = [
    "SELECT * FROM incident ORDER BY id",
    "SELECT * FROM ledger_entry ORDER BY id",
    "SELECT * FROM ledger_disclosure ORDER BY incident_id, seq, digest",
    "SELECT * FROM page ORDER BY id",
    "SELECT * FROM delivery ORDER BY id",
]


async def test_checking_changes_nothing(story: Story) -> None:
    path = sqlite_path(story.url)
    before = path.read_bytes() if path else b""
    stored = [await rows(story.url, one) for one in EVERYTHING]
    await verify_url(story.url, VAULT)
    assert [await rows(story.url, one) for one in EVERYTHING] == stored
    if path:
        assert path.read_bytes() == before
        assert not path.with_name(path.name + ".lock").exists()


async def test_reader_cannot_write(story: Story) -> None:
    def write(session: Session) -> None:
        session.connection().execute(text("DELETE FROM ledger_disclosure"))

    async with open_reader(story.url, VAULT) as reader:
        with pytest.raises(DatabaseError, match=r"read-?only"):
            await reader.read(write)


async def test_part_by_part_finds_the_same(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    await story.harm(
        "DELETE FROM incident WHERE id = $lapsed",
        "UPDATE incident SET signal_count = 77 WHERE id IN ($served, $running, $worse)",
    )
    whole = await verify_url(story.url, VAULT)
    for size in (1, 2, 9):
        monkeypatch.setattr(verify, "INCIDENTS_AT_ONCE", size)
        assert await verify_url(story.url, VAULT) == whole
    monkeypatch.setattr(verify, "FINDINGS_MAX", 2)
    short = await verify_url(story.url, VAULT)
    assert short.findings == whole.findings[:2]
    assert short.omitted == len(whole.findings) - 2


async def test_check_runs_beside_a_server_that_writes_and_seals(
    story: Story, tmp_path: Path
) -> None:
    """Nothing is half seen, nobody waits for the other, and what is new is checked too."""
    async with running_node(story.url, sends=False) as node:
        sealer = sealer_of(node, KeptHeads(tmp_path / "heads"))
        ids = {name_of(row): row["id"] for row in await rows(story.url, PERSONS)}
        client = await rows(story.url, "SELECT id FROM client")
        town = Town(node.http, "", {**ids, "client": client[0]["id"]}, {})

        async def work() -> None:
            for _ in range(8):
                body = {"client_id": town["client"], "type": "fall"}
                incident_id = (await town.make("/v1/incidents", body))["id"]
                for act in ("acknowledge", "en_route", "arrive"):
                    person = {"party_id": ids["first_nurse"]}
                    await town.make(f"/v1/incidents/{incident_id}/{act}", person)

        async def seal() -> None:
            while not writing.done():
                await sealer.run_once()

        # All that is older than now waits no longer when it begins.
        await sealer.run_once()
        writing = asyncio.create_task(work())
        sealing = asyncio.create_task(seal())
        reports = [await verify_url(story.url, VAULT, now=node.clock())]
        while not writing.done():
            reports.append(await verify_url(story.url, VAULT, now=node.clock()))
        await writing
        await sealing
        await sealer.run_once()
        assert (
            await number(story.url, "SELECT count(*) FROM ledger_entry WHERE leaf_index IS NULL")
            == 0
        )
        # The server may check itself, too.
        reports += [
            await verify_url(story.url, VAULT),
            await verify_database(node.installation.database),
        ]
    assert [one.findings for one in reports] == [()] * len(reports)
    assert reports[-1] == reports[-2]
    assert reports[-1].incidents == 9 + 8


PERSONS = (
    "SELECT p.id, p.sealed_name, k.wrapped FROM party p JOIN data_key k ON k.subject_id = p.id"
    " WHERE p.kind = 'person'"
)


def name_of(row: Row) -> str:
    return VAULT.unwrap(row["id"], row["wrapped"]).open_text(row["sealed_name"], name_at(row["id"]))


async def test_command_says_what_is_wrong_and_where(story: Story) -> None:
    out = io.StringIO()
    assert await run_verify(story.url, VAULT, language="en", out=out) == 0
    assert out.getvalue().endswith("Nothing is wrong.\n")
    assert "Checked. Incidents: 9; entries: " in out.getvalue()
    out = io.StringIO()
    assert await run_verify(story.url, VAULT, language="ja_JP.UTF-8", out=out) == 0
    assert out.getvalue().endswith("問題はありません。\n")

    seq = await story.seq("served", "paged")
    await story.harm(
        "UPDATE ledger_entry SET step = 7 WHERE incident_id = $served AND seq = $seq",
        "UPDATE incident SET signal_count = 7 WHERE id = $worse",
        seq=seq,
    )
    served, worse = story.incidents["served"], story.incidents["worse"]
    # A language; what each kind of line begins with; the last line.
    for language, *lines in (
        (
            "en",
            f"incident {served}, entry {seq}: [columns]",
            f"incident {worse}: [row]",
            "Faults found",
        ),
        ("ja", f"事案 {served} 記録 {seq}: [columns]", f"事案 {worse}: [row]", "問題が 3 件"),
        (
            "C",
            f"incident {served}, entry {seq}: [columns]",
            f"incident {worse}: [row]",
            "Faults found",
        ),
    ):
        out = io.StringIO()
        assert await run_verify(story.url, VAULT, language=language, out=out) == 1
        said = out.getvalue().splitlines()
        assert all(any(line.startswith(one) for line in said) for one in lines), said


async def test_what_cannot_be_checked_is_neither_clean_nor_wrong(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("not a database, but long enough to be looked at" * 40)
    sqlite3.connect(tmp_path / "empty.db").execute("CREATE TABLE other (id)").connection.close()
    for url in (
        f"sqlite:///{tmp_path}/missing.db",
        f"sqlite:///{tmp_path}/text.db",
        f"sqlite:///{tmp_path}/empty.db",
        f"sqlite:///{tmp_path}",
        "postgresql://nobody@127.0.0.1:1/nothing",
    ):
        out = io.StringIO()
        assert await run_verify(url, VAULT, language="en", out=out) == 2, url
        assert out.getvalue().startswith("Could not be checked: "), url
    assert not (tmp_path / "missing.db").exists()


async def test_database_that_does_not_exist_cannot_be_checked(postgres: PostgresServer) -> None:
    out = io.StringIO()
    assert await run_verify(postgres.url("nowhere"), VAULT, language="ja", out=out) == 2
    assert out.getvalue().startswith("検証できませんでした: ")


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_every_rule_has_words(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    every = [*Rule, *Check]
    findings = tuple(Finding(one, "incident", 1, "detail") for one in every)

    async def report(url: str, vault: Vault, *, now: datetime | None) -> Report:
        del url, vault, now
        return Report(entries=1, incidents=1, findings=findings, omitted=5)

    monkeypatch.setattr(verify, "verify_url", report)
    out = io.StringIO()
    assert await run_verify("sqlite:///x", VAULT, language=language, out=out) == 1
    assert str(len(every) + 5) in out.getvalue().splitlines()[-1]
