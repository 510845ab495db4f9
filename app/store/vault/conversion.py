"""Sealing what was written before columns were sealed, at the first start after the migration.

Row by row and in bounded transactions: killed at any moment, the next start goes on. What is sealed
is recognised by its first byte. Several nodes may do it at once; the last statement tells all that
it is done, and is also the proof that DATA_KEY_FILE is the right one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from app.database import Database, Row, Transaction
from app.store.vault.places import auditor_blind, dedup_blind, reference_blind
from app.vault import Place, SubjectKey, Vault
from app.vault.sealed import is_sealed

# The data key that there is once every column is sealed.
INSTALLATION: Final = "installation"
ROWS_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A sealed column: its table's primary key, and SQL for whose key it is; "" for our own.

    `blind` names a column beside it that is found by its HMAC, with what makes it.
    """

    table: str
    name: str
    row: tuple[str, ...]
    subject: str
    blind: tuple[str, Callable[[Vault, str], str]] | None = None


_OF_INCIDENT: Final = "(SELECT i.client_id FROM incident i WHERE i.id = t.incident_id)"
SEALED: Final = (
    Column(table="client", name="personal", row=("id",), subject="t.id"),
    Column(table="client", name="town", row=("id",), subject="t.id"),
    Column(
        table="client_reference",
        name="reference",
        row=("client_id", "organisation_id"),
        subject="t.client_id",
        blind=("blind", reference_blind),
    ),
    Column(table="incident", name="report", row=("id",), subject="t.client_id"),
    Column(
        table="ledger_disclosure",
        name="disclosure",
        row=("incident_id", "seq", "digest"),
        subject=_OF_INCIDENT,
    ),
    Column(table="delivery", name="message", row=("id",), subject=f"coalesce({_OF_INCIDENT}, '')"),
    Column(
        table="protocol_version",
        name="document",
        row=("id",),
        subject="coalesce(t.client_id, '')",
    ),
    Column(table="protocol_problem", name="variant_name", row=("watch_id", "place"), subject="''"),
    Column(table="party", name="sealed_name", row=("id",), subject="t.id"),
    Column(table="party", name="accountable_approved_by", row=("id",), subject="t.id"),
    Column(table="contact_point", name="address", row=("id",), subject="t.party_id"),
    Column(table="contact_point", name="secret", row=("id",), subject="t.party_id"),
    Column(table="calendar_feed", name="label", row=("id",), subject="t.party_id"),
    Column(
        table="ledger_auditor",
        name="address",
        row=("id",),
        subject="''",
        blind=("blind", auditor_blind),
    ),
    Column(table="idempotency", name="answer", row=("scope", "key"), subject="''"),
)


async def seal_columns(database: Database) -> None:
    """Seal what is not yet, unless that was done; otherwise only see that the key is the right one.

    Raises:
        SealBroken: DATA_KEY_FILE holds another key than when the database was written.
    """
    async with database.transaction() as tx:
        is_done = bool(await _keys(tx, [INSTALLATION]))
    if is_done:
        return
    await _add_keys(database)
    for column in SEALED:
        after: Sequence[object] | None = None
        while (after := await _seal_some(database, column, after)) is not None:
            pass
    after_id: str | None = ""
    while after_id is not None:
        after_id = await _hide_keys(database, after_id)
    # Nothing of what was written before may stay in the file's free pages.
    await database.scrub(whole=True)
    async with database.transaction() as tx:
        await _insert_keys(tx, [INSTALLATION])


async def _keys(tx: Transaction, subject_ids: Sequence[str]) -> dict[str, SubjectKey]:
    rows = await tx.fetch(
        "SELECT subject_id, wrapped FROM data_key WHERE subject_id = ANY($1)", list(subject_ids)
    )
    return {row["subject_id"]: tx.vault.unwrap(row["subject_id"], row["wrapped"]) for row in rows}


async def _insert_keys(tx: Transaction, subject_ids: Sequence[str]) -> None:
    await tx.execute_many(
        "INSERT INTO data_key (subject_id, wrapped) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        [(one, tx.vault.new_key(one)[1]) for one in subject_ids],
    )


async def _add_keys(database: Database) -> None:
    """A data key for each client and each party who has none, and was not erased."""
    while True:
        async with database.transaction() as tx:
            rows = await tx.fetch(
                "SELECT s.id FROM (SELECT id, erased_at FROM client"
                " UNION ALL SELECT id, erased_at FROM party) s"
                " LEFT JOIN data_key k ON k.subject_id = s.id"
                " WHERE k.subject_id IS NULL AND s.erased_at IS NULL ORDER BY s.id LIMIT $1",
                ROWS_AT_ONCE,
            )
            if not rows:
                return
            await _insert_keys(tx, [row["id"] for row in rows])


async def _seal_some(
    database: Database, column: Column, after: Sequence[object] | None
) -> Sequence[object] | None:
    """Seal the next rows of a column; the last one's primary key, None after the last."""
    keys = ", ".join(f"t.{name}" for name in column.row)
    places = ", ".join(f"${at}" for at in range(1, len(column.row) + 1))
    beyond = f"({keys}) > ({places}) AND" if after is not None else ""
    sql = (
        f"SELECT {keys}, t.{column.name} AS value, {column.subject} AS subject"  # noqa: S608  # our own names
        f" FROM {column.table} t WHERE {beyond} t.{column.name} IS NOT NULL"
        f" ORDER BY {keys} LIMIT {ROWS_AT_ONCE} FOR UPDATE"
    )
    async with database.transaction() as tx:
        rows = await tx.fetch(sql, *(after or ()))
        plain = [row for row in rows if not is_sealed(row["value"])]
        found = await _keys(tx, sorted({row["subject"] for row in plain if row["subject"]}))
        await tx.execute_many(
            _update(column),
            [_sealed(tx.vault, column, row, found.get(row["subject"])) for row in plain],
        )
    return [rows[-1][name] for name in column.row] if rows else None


def _update(column: Column) -> str:
    at = len(column.row) + 1
    blind = f", {column.blind[0]} = ${at + 1}" if column.blind else ""
    where = " AND ".join(f"{name} = ${number}" for number, name in enumerate(column.row, 1))
    return f"UPDATE {column.table} SET {column.name} = ${at}{blind} WHERE {where}"  # noqa: S608  # our own names


def _sealed(vault: Vault, column: Column, row: Row, key: SubjectKey | None) -> tuple[object, ...]:
    assert key is not None or not row["subject"], "every client has a key by now"
    ids = [row[name] for name in column.row]
    place = Place(column.table, column.name, "/".join(str(one) for one in ids))
    value = (key or vault.own).seal(row["value"], place)
    if column.blind is None:
        return (*ids, value)
    return (*ids, value, column.blind[1](vault, row["value"].decode()))


async def _hide_keys(database: Database, after: str) -> str | None:
    """Incidents keep only an HMAC of their reporters' keys; a stored one always has a bar."""
    async with database.transaction() as tx:
        rows = await tx.fetch(
            "SELECT id, dedup_key FROM incident WHERE id > $1 AND dedup_key LIKE '%|%'"
            " ORDER BY id LIMIT $2 FOR UPDATE",
            after,
            ROWS_AT_ONCE,
        )
        await tx.execute_many(
            "UPDATE incident SET dedup_key = $2 WHERE id = $1",
            [(row["id"], dedup_blind(tx.vault, row["dedup_key"])) for row in rows],
        )
    return rows[-1]["id"] if rows else None
