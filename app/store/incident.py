"""Incidents: the hot statements of opening, acting and waking."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from app.database import Row, Transaction
from app.escalation.decision import Page
from app.escalation.incident import Incident
from app.escalation.party import PartyId
from app.models.columns import instant, milliseconds
from app.store.vault.places import dedup_blind, report_at, town_at
from app.vault import SubjectKey, Vault

_STATE = TypeAdapter(Incident)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredIncident:
    """An incident with what the database knows of it beside its state."""

    incident: Incident
    protocol_version_id: str | None
    protocol_version: int | None
    occurred_at: datetime
    # The reporting organisation and its key; of a stored incident nobody needs it any more.
    dedup_key: str | None = None
    # What the provider wrote, as it wrote it.
    report: Mapping[str, object]
    client_code: str
    client_town: str | None
    # Seals and opens what is personal of the client; None once they were erased.
    client_key: SubjectKey | None
    # Party id to pseudonym in this incident's entries.
    pseudonyms: Mapping[str, str]
    # The next sequence number, and the hash of the last leaf (None before the first).
    ledger_seq: int
    ledger_head: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOf:
    """The page that a link's token belongs to."""

    id: str
    incident_id: str
    party_id: str
    step: int
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A person holds an open incident, because they accepted it."""

    incident_id: str
    holder_id: PartyId
    is_drill: bool


_SELECT = """
    SELECT i.state, i.status, i.holder_id, i.version, i.wake_at, i.protocol_version_id,
      i.protocol_version, i.occurred_at, i.report, i.pseudonyms, i.ledger_seq,
      i.ledger_head, c.code AS client_code, c.town AS client_town, k.wrapped
    FROM incident i JOIN client c ON c.id = i.client_id
    LEFT JOIN data_key k ON k.subject_id = c.id
"""


async def lock_incidents(tx: Transaction, ids: Sequence[str]) -> Mapping[str, StoredIncident]:
    """Incidents by id, locked in the order of their ids, so that two nodes never deadlock."""
    await tx.fetch("SELECT 1 FROM incident WHERE id = ANY($1) ORDER BY id FOR UPDATE", list(ids))
    return _by_id(tx.vault, await tx.fetch(_SELECT + "WHERE i.id = ANY($1)", list(ids)))


async def lock_due(
    tx: Transaction, ids: Sequence[str], now: datetime
) -> Mapping[str, StoredIncident]:
    """Those of the incidents that are still due; what another node works on is left to it."""
    rows = await tx.fetch(
        "SELECT id FROM incident WHERE id = ANY($1) AND wake_at <= $2 ORDER BY id"
        " FOR UPDATE SKIP LOCKED",
        list(ids),
        milliseconds(now),
    )
    locked = [row["id"] for row in rows]
    return _by_id(tx.vault, await tx.fetch(_SELECT + "WHERE i.id = ANY($1)", locked))


async def load_incidents(tx: Transaction, ids: Sequence[str]) -> Mapping[str, StoredIncident]:
    """Incidents by id, only to be looked at."""
    return _by_id(tx.vault, await tx.fetch(_SELECT + "WHERE i.id = ANY($1)", list(ids)))


async def find_open_by_key(
    tx: Transaction, keys: Sequence[tuple[str, str]]
) -> Mapping[tuple[str, str], str]:
    """Open incidents by (client id, stored dedup key)."""
    blind = {dedup_blind(tx.vault, key): key for _, key in keys}
    rows = await tx.fetch(
        "SELECT id, client_id, dedup_key FROM incident"
        " WHERE client_id = ANY($1) AND dedup_key = ANY($2) AND closed_at IS NULL",
        sorted({client_id for client_id, _ in keys}),
        sorted(blind),
    )
    return {(row["client_id"], blind[row["dedup_key"]]): row["id"] for row in rows}


async def find_open_since(
    tx: Transaction, client_ids: Sequence[str], since: datetime
) -> Sequence[Row]:
    """Open incidents of clients opened since an instant, oldest first."""
    return await tx.fetch(
        "SELECT id, client_id, type, opened_at FROM incident"
        " WHERE client_id = ANY($1) AND closed_at IS NULL AND opened_at >= $2 ORDER BY id",
        list(client_ids),
        milliseconds(since),
    )


async def find_held(tx: Transaction, person_ids: Sequence[str]) -> Sequence[Held]:
    """The open incidents that these persons hold; a closed one has no holder."""
    rows = await tx.fetch(
        "SELECT id, holder_id, drill FROM incident WHERE holder_id = ANY($1) ORDER BY id",
        list(person_ids),
    )
    return [
        Held(
            incident_id=row["id"],
            holder_id=PartyId(row["holder_id"]),
            is_drill=bool(row["drill"]),
        )
        for row in rows
    ]


async def find_pages(tx: Transaction, token_hashes: Sequence[str]) -> Mapping[str, PageOf]:
    """Pages by the hash of their link's token."""
    rows = await tx.fetch(
        "SELECT id, incident_id, party_id, step, round, token_hash FROM page"
        " WHERE token_hash = ANY($1)",
        list(token_hashes),
    )
    return {row["token_hash"]: page_of(row) for row in rows}


def page_of(row: Row) -> PageOf:
    """A row of `page` as a value."""
    return PageOf(
        id=row["id"],
        incident_id=row["incident_id"],
        party_id=row["party_id"],
        step=row["step"],
        round=row["round"],
    )


async def insert_incidents(tx: Transaction, incidents: Iterable[StoredIncident]) -> None:
    """New incidents."""
    await tx.execute_many(
        """
        INSERT INTO incident (id, client_id, municipality_id, reporter_id, type, severity, status,
          exhausted, drill, holder_id, holder_since, basis, step, round, wake_at, opened_at,
          acknowledged_at, arrived_at, closed_at, outcome, signal_count, state, version,
          ledger_seq, ledger_head, pseudonyms, protocol_version_id, protocol_version, occurred_at,
          dedup_key, report)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
          $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31)
        """,
        [(*_columns(stored), *_fixed_columns(tx.vault, stored)) for stored in incidents],
    )


async def update_incidents(
    tx: Transaction, incidents: Iterable[tuple[StoredIncident, int]]
) -> None:
    """Changed incidents, each with the version that was loaded.

    The row lock guards them; had it failed, the append of the same entry number would refuse
    the transaction.
    """
    await tx.execute_many(
        """
        UPDATE incident SET client_id = $2, municipality_id = $3, reporter_id = $4, type = $5,
          severity = $6, status = $7, exhausted = $8, drill = $9, holder_id = $10,
          holder_since = $11, basis = $12, step = $13, round = $14, wake_at = $15,
          opened_at = $16, acknowledged_at = $17, arrived_at = $18, closed_at = $19,
          outcome = $20, signal_count = $21, state = $22, version = $23, ledger_seq = $24,
          ledger_head = $25, pseudonyms = $26
        WHERE id = $1 AND version = $27
        """,
        [(*_columns(stored), loaded_version) for stored, loaded_version in incidents],
    )


async def insert_pages(
    tx: Transaction, pages: Iterable[tuple[str, Page, str]], at: datetime
) -> None:
    """Pages as (incident id, page, token hash); one that is there already stays as it is."""
    await tx.execute_many(
        """
        INSERT INTO page (id, incident_id, party_id, step, round, token_hash, asked_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
        """,
        [
            (
                page.page_id,
                incident_id,
                page.party_id,
                page.step,
                page.round,
                token_hash,
                milliseconds(at),
            )
            for incident_id, page, token_hash in pages
        ],
    )


def stored_incident(vault: Vault, row: Row) -> StoredIncident:
    """A row as a value; what the columns repeat must agree with the state (H6)."""
    incident = _STATE.validate_json(row["state"])
    assert incident.status == row["status"], "the row's status is the state's"
    assert incident.holder_id == row["holder_id"], "the row's holder is the state's"
    assert incident.version == row["version"], "the row's version is the state's"
    assert _ms(incident.wake_at) == row["wake_at"], "the row's timer is the state's"
    incident.check()
    wrapped, report, town = row["wrapped"], row["report"], row["client_town"]
    key = vault.unwrap(incident.client_id, wrapped) if wrapped else None
    return StoredIncident(
        incident=incident,
        protocol_version_id=row["protocol_version_id"],
        protocol_version=row["protocol_version"],
        occurred_at=instant(row["occurred_at"]),
        report=key.open_object(report, report_at(incident.id)) if key and report else {},
        client_code=row["client_code"],
        client_town=key.open_text(town, town_at(incident.client_id)) if key and town else None,
        client_key=key,
        pseudonyms=json.loads(row["pseudonyms"]),
        ledger_seq=row["ledger_seq"],
        ledger_head=row["ledger_head"],
    )


def _by_id(vault: Vault, rows: Sequence[Row]) -> Mapping[str, StoredIncident]:
    incidents = (stored_incident(vault, row) for row in rows)
    return {stored.incident.id: stored for stored in incidents}


def _ms(at: datetime | None) -> int | None:
    return None if at is None else milliseconds(at)


def _columns(stored: StoredIncident) -> tuple[object, ...]:
    incident = stored.incident
    incident.check()
    return (
        incident.id,
        incident.client_id,
        incident.municipality_id,
        incident.reporter_id,
        incident.type.value,
        incident.severity.value,
        incident.status.value,
        incident.exhausted,
        incident.drill,
        incident.holder_id,
        _ms(incident.holder_since),
        incident.basis.value if incident.basis else None,
        incident.step or None,
        incident.round or None,
        _ms(incident.wake_at),
        milliseconds(incident.opened_at),
        _ms(incident.acknowledged_at),
        _ms(incident.arrived_at),
        _ms(incident.closed_at),
        incident.outcome.value if incident.outcome else None,
        incident.signal_count,
        _STATE.dump_json(incident).decode(),
        incident.version,
        stored.ledger_seq,
        stored.ledger_head,
        json.dumps(stored.pseudonyms),
    )


def _fixed_columns(vault: Vault, stored: StoredIncident) -> tuple[object, ...]:
    assert stored.client_key is not None, "nobody opens an incident of whom was erased"
    place = report_at(stored.incident.id)
    return (
        stored.protocol_version_id,
        stored.protocol_version,
        milliseconds(stored.occurred_at),
        None if stored.dedup_key is None else dedup_blind(vault, stored.dedup_key),
        stored.client_key.seal_json(dict(stored.report), place),
    )
