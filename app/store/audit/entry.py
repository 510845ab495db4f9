"""The entries of an incident as they are read, with the incident and the parties they name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlmodel
from sqlalchemy import ColumnElement, Select, Table, exists, func, literal, or_, select, true, union
from sqlalchemy.orm import aliased
from sqlmodel import Session, SQLModel, col

from app.models.directory import (
    ClientRow,
    ClientServiceRow,
    OrganisationMunicipalityRow,
    PartyRow,
)
from app.models.incident import IncidentRow
from app.models.ledger import LedgerDisclosureRow, LedgerEntryRow, LedgerLogRow
from app.store.directory.directory import Sight
from app.store.vault.disclosures import opened


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFacts:
    """What the answers about an incident's responsibility say of the incident."""

    id: str
    client_id: str
    status: str
    drill: bool
    protocol_version: int | None
    opened_at: datetime
    closed_at: datetime | None
    # Party id to pseudonym in this incident's entries.
    pseudonyms: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedParty:
    """A party as the directory names it now."""

    id: str
    kind: str
    name: str
    organisation: str
    organisation_kind: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """One entry: its leaf verbatim, and the projection, which names parties by their ids."""

    seq: int
    type: str
    cause: str | None
    basis: str | None
    from_id: str | None
    to_id: str | None
    actor_id: str | None
    step: int | None
    at: datetime
    leaf: bytes
    leaf_hash: bytes
    # Position in the sealed tree, None until then.
    leaf_index: int | None


def log_ids(session: Session, sight: Sight) -> Sequence[str]:
    """The logs in which the caller's matters lie; of an organisation, where it works or serves."""
    if not (sight.is_everything or sight.organisation_id):
        return sorted(sight.municipality_ids)
    query: Any = select(table(LedgerLogRow).c.id)
    if sight.organisation_id:
        works = table(OrganisationMunicipalityRow).c
        client, serves = table(ClientRow).c, table(ClientServiceRow).c
        query = union(
            select(works.municipality_id).where(works.organisation_id == sight.organisation_id),
            select(client.municipality_id).where(
                client.id == serves.client_id, serves.organisation_id == sight.organisation_id
            ),
        )
    return sorted(session.connection().execute(query).scalars())


def facts_of(
    session: Session, incident_ids: Iterable[str], *, sight: Sight
) -> dict[str, IncidentFacts]:
    """The incidents with these ids that are the caller's matter."""
    query = _facts(sight).where(table(IncidentRow).c.id.in_(list(incident_ids)))
    found = session.connection().execute(query).mappings()
    return {row["id"]: IncidentFacts(**row) for row in found}


def client_facts_at(
    session: Session, client_id: str, at: datetime, *, sight: Sight, limit: int
) -> Sequence[IncidentFacts]:
    """The incidents of a client that were open at an instant and may be seen, oldest first."""
    incident = table(IncidentRow).c
    query = (
        _facts(sight)
        .where(
            incident.client_id == client_id,
            incident.opened_at <= at,
            or_(incident.closed_at.is_(None), incident.closed_at > at),
        )
        .order_by(incident.id)
        .limit(limit)
    )
    return [IncidentFacts(**row) for row in session.connection().execute(query).mappings()]


def parties_named(session: Session, party_ids: Iterable[str]) -> dict[str, NamedParty]:
    """The parties with these ids, retired or not; unknown ids are left out."""
    wanted = sorted(set(party_ids))
    if not wanted:
        return {}
    organisation = aliased(PartyRow)
    found = session.exec(
        sqlmodel.select(PartyRow, organisation)
        .join(organisation, col(organisation.id) == col(PartyRow.organisation_id))
        .where(col(PartyRow.id).in_(wanted))
    )
    return {
        party.id: NamedParty(
            id=party.id,
            kind=party.kind,
            name=party.name,
            organisation=whole.name,
            organisation_kind=whole.organisation_kind,
        )
        for party, whole in found
    }


def party_ids_of(session: Session, organisation_id: str) -> frozenset[str]:
    """An organisation's desks and persons, and itself."""
    party = table(PartyRow).c
    query = select(party.id).where(party.organisation_id == organisation_id)
    return frozenset(session.connection().execute(query).scalars())


def entries_of(
    session: Session, incident_id: str, *, after_seq: int, limit: int
) -> Sequence[StoredEntry]:
    """The next entries of an incident, in order."""
    entry = table(LedgerEntryRow).c
    columns = [entry[name] for name in StoredEntry.__slots__]
    query = (
        select(*columns)
        .where(entry.incident_id == incident_id, entry.seq > after_seq)
        .order_by(entry.seq)
        .limit(limit)
    )
    return [StoredEntry(**row) for row in session.connection().execute(query).mappings()]


def disclosures_of(
    session: Session, incident_id: str, *, from_seq: int, to_seq: int
) -> dict[int, list[str]]:
    """What these entries (the last one too) commit to, as far as it still exists, by `seq`."""
    found: dict[int, list[str]] = {}
    row = LedgerDisclosureRow
    query = sqlmodel.select(row).where(
        row.incident_id == incident_id, col(row.seq).between(from_seq, to_seq)
    )
    for one in opened(session, session.exec(query.order_by(col(row.seq), row.digest))):
        found.setdefault(one.seq, []).append(one.disclosure)
    return found


def is_seen(sight: Sight) -> ColumnElement[bool]:
    """Whether an incident is the caller's matter: for a provider, one it reported or serves."""
    incident, serves = table(IncidentRow).c, table(ClientServiceRow).c
    if sight.is_everything:
        return true()
    if sight.organisation_id is None:
        return incident.municipality_id.in_(sorted(sight.municipality_ids))
    is_served = exists().where(
        serves.client_id == incident.client_id, serves.organisation_id == sight.organisation_id
    )
    reporter_id = func.coalesce(incident.reporter_id, literal(""))
    return or_(is_served, reporter_id == sight.organisation_id)


def table(row: type[SQLModel]) -> Table:
    """The table of a row's class, for statements of columns rather than of whole rows."""
    return SQLModel.metadata.tables[str(row.__tablename__)]


def _facts(sight: Sight) -> Select[Any]:
    incident = table(IncidentRow).c
    return select(
        incident.id,
        incident.client_id,
        incident.status,
        incident.drill,
        incident.protocol_version,
        incident.opened_at,
        incident.closed_at,
        incident.pseudonyms,
    ).where(is_seen(sight))
