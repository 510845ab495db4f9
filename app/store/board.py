"""Incidents as lists and as single reads, for the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, true
from sqlmodel import Session, col, select

from app.models.directory import ClientServiceRow, PartyRow
from app.models.incident import IncidentRow
from app.store.directory.directory import Sight


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFilter:
    """Which incidents are wanted; None means any."""

    status: str | None = None
    client_id: str | None = None
    municipality_id: str | None = None
    holder_id: str | None = None
    opened_from: datetime | None = None
    opened_to: datetime | None = None
    drill: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRead:
    """An incident with the names of its holder and of the holder's organisation."""

    row: IncidentRow
    holder: PartyRow | None
    organisation: PartyRow | None

    @property
    def id(self) -> str:
        """The incident's id: lists are in its order."""
        return self.row.id


def list_incidents(
    session: Session,
    *,
    sight: Sight,
    wanted: IncidentFilter,
    after: str | None,
    limit: int,
) -> Sequence[IncidentRead]:
    """Incidents that may be seen, oldest first, with ids greater than `after`."""
    query = select(IncidentRow).where(seen_incidents(sight), *_conditions(wanted))
    if after is not None:
        query = query.where(IncidentRow.id > after)
    rows = session.exec(query.order_by(IncidentRow.id).limit(limit)).all()
    return _with_holders(session, rows)


def get_incident(session: Session, *, incident_id: str, sight: Sight) -> IncidentRead | None:
    """One incident, if it may be seen."""
    query = select(IncidentRow).where(IncidentRow.id == incident_id, seen_incidents(sight))
    found = _with_holders(session, session.exec(query).all())
    return found[0] if found else None


def seen_incidents(sight: Sight) -> ColumnElement[bool]:
    """Which incidents may be seen, as a condition."""
    if sight.is_everything:
        return true()
    if sight.organisation_id is not None:
        served = select(ClientServiceRow.client_id).where(
            ClientServiceRow.organisation_id == sight.organisation_id
        )
        return or_(
            col(IncidentRow.client_id).in_(served),
            col(IncidentRow.reporter_id) == sight.organisation_id,
        )
    return col(IncidentRow.municipality_id).in_(sorted(sight.municipality_ids))


def _conditions(wanted: IncidentFilter) -> list[ColumnElement[bool]]:
    equal = {
        IncidentRow.status: wanted.status,
        IncidentRow.client_id: wanted.client_id,
        IncidentRow.municipality_id: wanted.municipality_id,
        IncidentRow.holder_id: wanted.holder_id,
        IncidentRow.drill: wanted.drill,
    }
    conditions = [col(column) == value for column, value in equal.items() if value is not None]
    if wanted.opened_from is not None:
        conditions.append(col(IncidentRow.opened_at) >= wanted.opened_from)
    if wanted.opened_to is not None:
        conditions.append(col(IncidentRow.opened_at) < wanted.opened_to)
    return conditions


def _with_holders(session: Session, rows: Sequence[IncidentRow]) -> Sequence[IncidentRead]:
    holders = _parties(session, {row.holder_id for row in rows if row.holder_id})
    organisations = _parties(session, {holder.organisation_id for holder in holders.values()})
    reads = []
    for row in rows:
        holder = holders.get(row.holder_id or "")
        organisation = organisations.get(holder.organisation_id) if holder else None
        reads.append(IncidentRead(row=row, holder=holder, organisation=organisation))
    return reads


def _parties(session: Session, ids: set[str]) -> dict[str, PartyRow]:
    if not ids:
        return {}
    found = session.exec(select(PartyRow).where(col(PartyRow.id).in_(sorted(ids)))).all()
    return {party.id: party for party in found}
