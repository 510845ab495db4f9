"""What was written before columns were sealed is sealed at the first start, also after a kill."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import asyncpg
import pytest
from alembic import command

from app.database import DatabaseUnavailable, open_database
from app.database.migration import migrate, migration_config
from app.database.opening import sqlite_path
from app.store.vault import conversion
from app.store.vault.conversion import seal_columns
from app.store.vault.places import auditor_blind, reference_blind
from app.vault import Place, SealBroken, Vault
from tests.engine.databases import number, rows
from tests.engine.faults import Fault, FaultyDatabase
from tests.keys import VAULT
from tests.peers.postgres import PostgresServer

NAME, TOWN, NUMBER, DEDUP = "榊原 千鶴子", "北山町", "MED-70042-X", "alarm-88"
NURSE, MAIL, SECRET, LABEL, APPROVER = "樋口 佳代", "kayo@a.jp", "whsec_x", "携帯", "大河内 長"
AUDITOR = "kansa@city.example.jp"
FAMILY = "榊原 千鶴子様 ご家族"
PERSONS = (AUDITOR, FAMILY, NURSE, MAIL, SECRET, LABEL, APPROVER)
PLAIN = (NAME, TOWN, NUMBER, "浴室で転倒", "夜間の呼び出し", "千鶴子さんの手順", DEDUP, *PERSONS)
CLIENTS = 3


# A database of before; what stands after the line is written for each client.
ONCE = """
INSERT INTO party (id, kind, organisation_id, organisation_kind, name, accountable_approved_by,
    created_at)
  VALUES ('city', 'organisation', 'city', 'municipality', 'A市', '大河内 長', 0);
INSERT INTO party (id, kind, organisation_id, name, created_at)
  VALUES ('nurse', 'person', 'city', '樋口 佳代', 0);
INSERT INTO party (id, kind, organisation_id, organisation_kind, name, created_at)
  VALUES ('family', 'organisation', 'family', 'family', '榊原 千鶴子様 ご家族', 0);
INSERT INTO party (id, kind, organisation_id, name, hours, created_at)
  VALUES ('at-home', 'desk', 'family', '榊原 千鶴子様 ご家族', '"24h"', 0);
INSERT INTO contact_point (id, party_id, channel, address, secret, hours, delay_seconds, created_at)
  VALUES ('hers', 'nurse', 'webhook', 'kayo@a.jp', 'whsec_x', '"24h"', 0, 0);
INSERT INTO calendar_feed (id, party_id, label, token_hash, created_at)
  VALUES ('feed', 'nurse', '携帯', 'x', 0);
INSERT INTO contact_point (id, party_id, channel, address, hours, delay_seconds, created_at)
  VALUES ('point', 'city', 'sink', 'x', '"24h"', 0, 0);
INSERT INTO idempotency (scope, key, body_hash, status, answer, created_at)
  VALUES ('k POST /v1/clients', 'once', 'x', 201, '{"name": "榊原 千鶴子"}', 0);
INSERT INTO protocol_version
    (id, municipality_id, number, accountable_id, document, digest, published_at)
  VALUES ('default', 'city', 1, 'city', '{"title": "x"}', 'd', 0);
"""
EACH = """
INSERT INTO client (id, municipality_id, code, town, personal, created_at)
  VALUES ('c#', 'city', 'C#', '北山町', '{"name": "榊原 千鶴子"}', 0);
INSERT INTO client_reference (client_id, organisation_id, reference)
  VALUES ('c#', 'city', 'MED-70042-X#');
INSERT INTO protocol_version
    (id, client_id, municipality_id, number, accountable_id, document, digest, published_at)
  VALUES ('v#', 'c#', 'city', 1, 'city', '{"title": "千鶴子さんの手順"}', 'd', 0);
INSERT INTO incident (id, client_id, municipality_id, type, severity, status, exhausted, drill,
    occurred_at, opened_at, closed_at, signal_count, dedup_key, report, state, pseudonyms,
    version, ledger_seq, ledger_head)
  VALUES ('i#', 'c#', 'city', 'fall', 'high', 'resolved', false, false, 0, 0, 1, 1,
    'city|alarm-88', '{"summary": "浴室で転倒"}', '{}', '{}', 1, 1, '');
INSERT INTO ledger_disclosure (incident_id, seq, digest, name, disclosure)
  VALUES ('i#', 0, 'd', 'summary', 'WyJ4Il0');
INSERT INTO delivery (id, incident_id, party_id, contact_point_id, kind, message, status,
    attempts, counted_failed, due_at, first_due_at, created_at)
  VALUES ('m#', 'i#', 'city', 'point', 'paged', '{"town": "北山町"}', 'sent', 1, false, 0, 0, 0);
INSERT INTO protocol_watch (id, kind, client_id, municipality_id, checked_at, valid_to)
  VALUES ('own:c#', 'own', 'c#', 'city', 0, 0);
INSERT INTO protocol_problem (watch_id, place, kind, variant_name, cause, incidents, party_ids,
    spans, next_from, next_to)
  VALUES ('own:c#', 'p', 'gap', '夜間の呼び出し', 'x', '[]', '[]', '[]', 0, 0);
"""
# What could be written only later.
LATER = [
    "INSERT INTO ledger_log (id, created_at) VALUES ('city', 0)",
    """INSERT INTO ledger_auditor (id, log_id, address, language, created_at)
      VALUES ('auditor', 'city', 'kansa@city.example.jp', 'ja', 0)""",
]


def old_rows() -> list[str]:
    text = ONCE + "".join(EACH.replace("#", str(at)) for at in range(CLIENTS))
    return [one for one in text.split(";\n") if one.strip()]


@pytest.fixture(params=["sqlite", "postgresql"])
def old_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of the schema before, with plain text in it, migrated and not yet started."""
    url = f"sqlite:///{tmp_path}/old.db"
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        server.drop_database("old")
        url = server.create_database("old")
    command.upgrade(migration_config(url), "0011")
    asyncio.run(written(url, old_rows()))
    command.upgrade(migration_config(url), "0017")
    asyncio.run(written(url, LATER))
    migrate(url)
    return url


async def written(url: str, statements: list[str]) -> None:
    path = sqlite_path(url)
    if path is not None:
        with closing(sqlite3.connect(path)) as connection:
            for one in statements:
                connection.execute(one)
            connection.commit()
        return
    connection = await asyncpg.connect(url)
    for one in statements:
        await connection.execute(one)
    await connection.close()


@asynccontextmanager
async def opened(url: str, vault: Vault = VAULT) -> AsyncIterator[FaultyDatabase]:
    database = FaultyDatabase.around(await open_database(url, vault))
    try:
        yield database
    finally:
        await database.close()


async def check_sealed(url: str) -> None:
    """Every column opens for whom it belongs to, and nothing readable is left."""
    keys = {row["subject_id"]: bytes(row["wrapped"]) for row in await rows(url, KEYS)}
    clients = {f"c{at}" for at in range(CLIENTS)}
    assert keys.keys() == {"installation", "city", "nurse", "family", "at-home", *clients}
    for table, column, row, plain in EXPECTED:
        where = " AND ".join(f"{name} = '{value}'" for name, value in row.items())
        (found,) = await rows(url, f"SELECT {column} AS it FROM {table} WHERE {where}")  # noqa: S608
        subject = SUBJECTS.get(row.get("id", ""), "c1")
        is_own = table in OWN or row == {"id": "default"}
        key = VAULT.own if is_own else VAULT.unwrap(subject, keys[subject])
        place = Place(table, column, "/".join(row.values()))
        found_text = key.open_text(bytes(found["it"]), place)
        assert found_text.replace('": "', '":"') == plain, place
    (reference,) = await rows(url, "SELECT blind FROM client_reference WHERE client_id = 'c1'")
    assert reference["blind"] == reference_blind(VAULT, f"{NUMBER}1")
    (auditor,) = await rows(url, "SELECT blind FROM ledger_auditor")
    assert auditor["blind"] == auditor_blind(VAULT, AUDITOR)
    assert await number(url, "SELECT count(*) FROM incident WHERE dedup_key LIKE '%alarm%'") == 0
    named = await rows(url, "SELECT id, is_personal FROM party WHERE name <> ''")
    assert [(one["id"], bool(one["is_personal"])) for one in named] == [("city", False)]
    path = sqlite_path(url)
    if path is not None:
        data = b"".join(one.read_bytes() for one in path.parent.iterdir())
        assert not [one for one in PLAIN if one.encode() in data]


KEYS = "SELECT subject_id, wrapped FROM data_key"
OWN = {"protocol_problem", "idempotency", "ledger_auditor"}
# Whose a row is that is not the client's.
SUBJECTS = {
    **{one: one for one in ("nurse", "family", "at-home", "city")},
    "hers": "nurse",
    "feed": "nurse",
    "point": "city",
}
# Table, column, primary key, and what was there before.
EXPECTED: list[tuple[str, str, dict[str, str], str]] = [
    ("client", "personal", {"id": "c1"}, f'{{"name":"{NAME}"}}'),
    ("client", "town", {"id": "c1"}, TOWN),
    ("party", "sealed_name", {"id": "nurse"}, NURSE),
    ("party", "sealed_name", {"id": "family"}, FAMILY),
    ("party", "sealed_name", {"id": "at-home"}, FAMILY),
    ("party", "accountable_approved_by", {"id": "city"}, APPROVER),
    ("contact_point", "address", {"id": "hers"}, MAIL),
    ("contact_point", "secret", {"id": "hers"}, SECRET),
    ("contact_point", "address", {"id": "point"}, "x"),
    ("calendar_feed", "label", {"id": "feed"}, LABEL),
    (
        "client_reference",
        "reference",
        {"client_id": "c1", "organisation_id": "city"},
        f"{NUMBER}1",
    ),
    ("incident", "report", {"id": "i1"}, '{"summary":"浴室で転倒"}'),
    (
        "ledger_disclosure",
        "disclosure",
        {"incident_id": "i1", "seq": "0", "digest": "d"},
        "WyJ4Il0",
    ),
    ("delivery", "message", {"id": "m1"}, f'{{"town":"{TOWN}"}}'),
    ("protocol_version", "document", {"id": "v1"}, '{"title":"千鶴子さんの手順"}'),
    ("protocol_version", "document", {"id": "default"}, '{"title":"x"}'),
    (
        "protocol_problem",
        "variant_name",
        {"watch_id": "own:c1", "place": "p"},
        "夜間の呼び出し",
    ),
    ("ledger_auditor", "address", {"id": "auditor"}, AUDITOR),
    (
        "idempotency",
        "answer",
        {"scope": "k POST /v1/clients", "key": "once"},
        f'{{"name":"{NAME}"}}',
    ),
]


async def test_plain_text_of_before_is_sealed_at_the_first_start(old_url: str) -> None:
    async with opened(old_url) as database:
        await seal_columns(database)
        await check_sealed(old_url)
        before = await rows(old_url, "SELECT id, personal FROM client")
        await seal_columns(database)
        assert await rows(old_url, "SELECT id, personal FROM client") == before


async def test_start_that_is_killed_at_any_write_is_taken_up_by_the_next(
    old_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One row in each transaction, so that there are many moments.
    monkeypatch.setattr(conversion, "ROWS_AT_ONCE", 1)
    killed = 0
    for table in ("data_key", "client", "ledger_disclosure", "incident", "protocol_version"):
        for after in range(2):
            async with opened(old_url) as database:
                database.plan = [Fault(write=table, after=after)]
                try:
                    await seal_columns(database)
                except DatabaseUnavailable:
                    killed += 1
    assert killed > 5
    async with opened(old_url) as database:
        await seal_columns(database)
    await check_sealed(old_url)


async def test_two_nodes_that_start_at_once_seal_everything_once(
    old_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversion, "ROWS_AT_ONCE", 1)
    async with opened(old_url) as one:
        await asyncio.gather(seal_columns(one), seal_columns(one))
    await check_sealed(old_url)


async def test_start_with_another_data_key_is_refused(old_url: str) -> None:
    async with opened(old_url) as database:
        await seal_columns(database)
    async with opened(old_url, Vault(b"another key of thirty-two bytes!")) as database:
        with pytest.raises(SealBroken, match="DATA_KEY_FILE holds another key"):
            await seal_columns(database)
