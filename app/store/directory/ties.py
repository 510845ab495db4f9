"""What still ties an organisation: who would be left alone if it went."""

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select

from app.models.directory import ClientRow, ClientServiceRow, PartyRow
from app.models.incident import IncidentRow


def has_parties(session: Session, organisation_id: str) -> bool:
    """Whether it has desks or persons that are not retired."""
    query = select(PartyRow.id).where(
        PartyRow.organisation_id == organisation_id,
        PartyRow.kind != "organisation",
        col(PartyRow.retired_at).is_(None),
    )
    return session.exec(query.limit(1)).first() is not None


def has_clients(session: Session, municipality_id: str) -> bool:
    """Whether clients that are not retired live in it."""
    query = select(ClientRow.id).where(
        ClientRow.municipality_id == municipality_id, col(ClientRow.retired_at).is_(None)
    )
    return session.exec(query.limit(1)).first() is not None


def municipalities_served(session: Session, organisation_id: str) -> set[str]:
    """In which municipalities it looks after clients that are not retired."""
    query = (
        select(ClientRow.municipality_id)
        .join(ClientServiceRow, col(ClientServiceRow.client_id) == ClientRow.id)
        .where(
            ClientServiceRow.organisation_id == organisation_id,
            col(ClientRow.retired_at).is_(None),
        )
        .distinct()
    )
    return set(session.exec(query))


def municipalities_resting_on(session: Session, organisation_id: str) -> set[str]:
    """Which other municipalities fall back on one of its desks."""
    desks = select(PartyRow.id).where(
        PartyRow.organisation_id == organisation_id, PartyRow.kind == "desk"
    )
    query = select(PartyRow.id).where(
        col(PartyRow.accountable_desk_id).in_(desks),
        PartyRow.id != organisation_id,
        col(PartyRow.retired_at).is_(None),
    )
    return set(session.exec(query))


def has_open_incidents(session: Session, organisation_id: str) -> bool:
    """Whether an incident that it reported, or that happened in it, is open."""
    row = IncidentRow
    return _is_any_open(
        session,
        or_(col(row.reporter_id) == organisation_id, col(row.municipality_id) == organisation_id),
    )


def has_open_incidents_without_protocol(session: Session, municipality_id: str) -> bool:
    """Whether an incident is open for which the municipality itself says who is accountable."""
    row = IncidentRow
    return _is_any_open(
        session, col(row.municipality_id) == municipality_id, col(row.protocol_version_id).is_(None)
    )


def _is_any_open(session: Session, *which: ColumnElement[bool]) -> bool:
    # In the order of the partial index over what is open or was long: it is small, where the
    # municipality's own index holds all incidents that ever were.
    row = IncidentRow
    query = select(row.id).where(col(row.closed_at).is_(None), *which)
    query = query.order_by(row.municipality_id, col(row.opened_at))
    return session.exec(query.limit(1)).first() is not None
