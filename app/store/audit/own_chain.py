"""The entries of a log's own chain, and of the chains of those whose place it took."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, union
from sqlmodel import Session, select

from app.models.ledger import LedgerEntryRow, LedgerGenerationRow, LedgerLogRow
from app.store.audit.entry import table
from app.store.vault.disclosures import stored_disclosures


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEntry:
    """One entry; `id` is the row's, by which they are in order over all generations."""

    id: int
    incident_id: str
    seq: int
    type: str
    actor_id: str
    at: datetime
    leaf: bytes
    leaf_hash: bytes
    leaf_index: int | None
    disclosures: tuple[str, ...] = ()


def own_entries(
    session: Session, log_id: str, *, after_id: int, limit: int, type_: str | None = None
) -> Sequence[OwnEntry]:
    """The next entries, in the order in which they were appended."""
    entry = table(LedgerEntryRow).c
    log, former = table(LedgerLogRow).c, table(LedgerGenerationRow).c
    chains = union(
        select(func.coalesce(log.chain_id, log.id)).where(log.id == log_id),
        select(former.chain_id).where(former.log_id == log_id),
    )
    columns = [entry[name] for name in OwnEntry.__slots__ if name != "disclosures"]
    query = (
        select(*columns)
        .where(entry.incident_id.in_(chains), entry.id > after_id)
        .order_by(entry.id)
        .limit(limit)
    )
    if type_ is not None:
        query = query.where(entry.type == type_)
    found = [OwnEntry(**row) for row in session.connection().execute(query).mappings()]
    return [replace(one, disclosures=_disclosures(session, one)) for one in found]


def exports_of(session: Session, incident_id: str) -> Sequence[OwnEntry]:
    """The entries of an incident that say to whom its evidence was handed."""
    entry = table(LedgerEntryRow).c
    columns = [entry[name] for name in OwnEntry.__slots__ if name != "disclosures"]
    query = (
        select(*columns)
        .where(entry.incident_id == incident_id, entry.type == "exported")
        .order_by(entry.seq)
    )
    found = [OwnEntry(**row) for row in session.connection().execute(query).mappings()]
    return [replace(one, disclosures=_disclosures(session, one)) for one in found]


def _disclosures(session: Session, entry: OwnEntry) -> tuple[str, ...]:
    found = stored_disclosures(session, [entry.incident_id], [entry.seq])
    return tuple(one.disclosure for one in found)
