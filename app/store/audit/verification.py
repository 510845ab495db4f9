"""What is stored, as it is stored, for whoever checks it: nothing is parsed on the way.

A value that somebody changed by hand may be of the wrong type, so written SQL fetches the raw
values; the checks themselves are `app/commands/audit/verify_incident.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import RowMapping, TextClause, bindparam, text
from sqlmodel import Session

from app.database import vault_of
from app.store.audit.document import documents_of
from app.store.vault.places import disclosure_at
from app.vault import SealBroken, Vault

Raw = RowMapping

# The triggers that the migrations make, by database (LEDGER.md 3.2).
TRIGGERS: Final = {
    "sqlite": frozenset({"ledger_entry_no_delete", "ledger_entry_no_update"}),
    "postgresql": frozenset(
        {"ledger_entry_no_delete", "ledger_entry_no_truncate", "ledger_entry_no_update"}
    ),
}

_NEXT_IDS: Final = text("""
    SELECT id FROM (SELECT id FROM incident WHERE id > :after ORDER BY id LIMIT :limit) AS i
    UNION
    SELECT id FROM (SELECT COALESCE(chain_id, id) AS id FROM ledger_log WHERE chain_seq > 0) AS l
      WHERE id > :after
    UNION
    SELECT id FROM (SELECT DISTINCT incident_id AS id FROM ledger_entry
      WHERE incident_id > :after ORDER BY incident_id LIMIT :limit) AS e
    ORDER BY id LIMIT :limit
""")
_INCIDENTS: Final = """
    SELECT id, client_id, municipality_id, reporter_id, type, severity, status, exhausted, drill,
      holder_id, holder_since, basis, step, round, protocol_version_id, protocol_version, wake_at,
      occurred_at, opened_at, acknowledged_at, arrived_at, closed_at, outcome, signal_count,
      CAST(state AS TEXT) AS state, CAST(pseudonyms AS TEXT) AS pseudonyms, version, ledger_seq,
      ledger_head
    FROM incident WHERE id IN :ids
"""
# Where the own chains of logs end.
_OWN: Final = """
    SELECT * FROM (
      SELECT COALESCE(chain_id, id) AS id, id AS log_id, chain_seq, chain_head FROM ledger_log
      UNION SELECT chain_id, log_id, chain_seq, chain_head FROM ledger_generation
    ) AS own WHERE id IN :ids
"""
_ENTRIES: Final = """
    SELECT incident_id, log_id, seq, leaf, leaf_hash, type, cause, basis, from_id, to_id, actor_id,
      step, at, leaf_index
    FROM ledger_entry WHERE incident_id IN :ids ORDER BY incident_id, seq
"""
_DISCLOSURES: Final = """
    SELECT d.incident_id, d.seq, d.digest, d.name, d.disclosure, i.client_id, k.wrapped
    FROM ledger_disclosure d
      LEFT JOIN incident i ON i.id = d.incident_id
      LEFT JOIN data_key k ON k.subject_id = i.client_id
    WHERE d.incident_id IN :ids ORDER BY d.incident_id, d.seq, d.digest
"""
_PAGES: Final = """
    SELECT p.incident_id, p.id, p.party_id, p.step, p.round, y.id AS known_party_id
    FROM page p LEFT JOIN party y ON y.id = p.party_id
    WHERE p.incident_id IN :ids ORDER BY p.incident_id, p.id
"""
# Only what points nowhere, or to something of somebody else.
_STRAY_DELIVERIES: Final = """
    SELECT d.incident_id, d.id FROM delivery d
      LEFT JOIN page p ON p.id = d.page_id
      LEFT JOIN party y ON y.id = d.party_id
      LEFT JOIN contact_point c ON c.id = d.contact_point_id
    WHERE d.incident_id IN :ids AND (y.id IS NULL OR c.id IS NULL OR c.party_id <> d.party_id
      OR (d.page_id IS NOT NULL AND (p.id IS NULL OR p.incident_id <> d.incident_id
        OR p.party_id <> d.party_id)))
    ORDER BY d.incident_id, d.id
"""
_SQLITE_TRIGGERS: Final = text("""
    SELECT name FROM sqlite_master
    WHERE type = 'trigger' AND tbl_name = 'ledger_entry' AND sql LIKE '%RAISE(ABORT%'
""")
# tgenabled: O and A fire for everybody, D never, R only for replicas.
_POSTGRESQL_TRIGGERS: Final = text("""
    SELECT t.tgname AS name FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid
    WHERE t.tgrelid = to_regclass('ledger_entry') AND NOT t.tgisinternal
      AND t.tgenabled IN ('O', 'A') AND f.prosrc LIKE '%RAISE EXCEPTION%'
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosed:
    """A row of `ledger_disclosure`, and what it holds under its client's key."""

    seq: int
    digest: str
    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredChain:
    """All that is stored of one incident; `incident` is None when only its entries are left.

    Or of a log's own chain: then `own` says where the log believes that it ends.
    """

    incident_id: str
    incident: Raw | None
    own: Raw | None
    entries: Sequence[Raw]
    # Opened; one that does not open, as it must not be, is an empty text.
    disclosures: Sequence[Disclosed]
    pages: Sequence[Raw]
    # Ids of messages that point to something that is not there, or not theirs.
    stray_delivery_ids: Sequence[str]
    # The document that the row says was pinned; None when there is none (any more).
    document: object


def read_chains(session: Session, *, after: str, limit: int) -> Sequence[StoredChain]:
    """The next incidents in the order of their ids, with everything that hangs on them."""
    found = session.connection().execute(_NEXT_IDS, {"after": after, "limit": limit})
    return read_these(session, [row.id for row in found])


def read_these(session: Session, ids: Sequence[str]) -> Sequence[StoredChain]:
    """These incidents, with everything that hangs on them."""
    if not ids:
        return ()
    incidents = {row["id"]: row for row in _fetch(session, _INCIDENTS, ids)}
    own = {row["id"]: row for row in _fetch(session, _OWN, ids)}
    entries, sealed = _grouped(session, _ENTRIES, ids), _grouped(session, _DISCLOSURES, ids)
    vault = vault_of(session)
    version_ids = {row["protocol_version_id"] for row in incidents.values()} - {None}
    documents = documents_of(session, version_ids)
    pages, stray = _grouped(session, _PAGES, ids), _grouped(session, _STRAY_DELIVERIES, ids)
    return [
        StoredChain(
            incident_id=one,
            incident=incidents.get(one),
            own=own.get(one),
            entries=entries.get(one, ()),
            disclosures=[_opened(vault, row, is_own=one in own) for row in sealed.get(one, ())],
            pages=pages.get(one, ()),
            stray_delivery_ids=[row["id"] for row in stray.get(one, ())],
            document=documents.get(_pinned(incidents.get(one))),
        )
        for one in ids
    ]


def missing_triggers(session: Session) -> Sequence[str]:
    """The triggers over the ledger that are not there, or do not fire, or refuse nothing."""
    dialect = session.connection().dialect.name
    query = _SQLITE_TRIGGERS if dialect == "sqlite" else _POSTGRESQL_TRIGGERS
    return sorted(TRIGGERS[dialect] - set(session.connection().execute(query).scalars()))


def _opened(vault: Vault, row: Raw, *, is_own: bool) -> Disclosed:
    place = disclosure_at(row["incident_id"], row["seq"], row["digest"])
    try:
        key = vault.unwrap(row["client_id"], row["wrapped"]) if row["wrapped"] else None
        key = vault.own if is_own and row["client_id"] is None else key
        text = key.open_text(row["disclosure"], place) if key else ""
    except (SealBroken, TypeError, ValueError):
        text = ""
    return Disclosed(seq=row["seq"], digest=row["digest"], name=row["name"], text=text)


def _fetch(session: Session, sql: str, ids: Sequence[str]) -> Sequence[Raw]:
    if not ids:
        return ()
    statement: TextClause = text(sql).bindparams(bindparam("ids", expanding=True))
    return list(session.connection().execute(statement, {"ids": ids}).mappings())


def _pinned(incident: Raw | None) -> str:
    return str(incident["protocol_version_id"]) if incident is not None else ""


def _grouped(session: Session, sql: str, ids: Sequence[str]) -> Mapping[str, Sequence[Raw]]:
    found: dict[str, list[Raw]] = {}
    for row in _fetch(session, sql, ids):
        found.setdefault(row["incident_id"], []).append(row)
    return found
