"""Where a party or a contact point is used: what to look at before a change."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlmodel import Session

from app.auth import Principal
from app.commands.directory.contact_points import seen_contact_point
from app.commands.directory.parties import seen_party
from app.commands.people.duties import HORIZON, DeskDuty, stretch_views
from app.escalation.incident import Incident
from app.escalation.party import PartyId, PartyKind
from app.installation.installation import Installation
from app.installation.paging import Paging, page
from app.models.directory import PartyRow
from app.models.incident import IncidentRow
from app.rosters.changing.absence import places_of
from app.store.directory.directory import desk_ids_of, get_parties
from app.store.people.duty import roster_of_desk, rosters_of
from app.store.people.uses import (
    ProtocolUse,
    Total,
    count_pending,
    count_protocol_uses,
    is_last_contact_point,
    municipalities_falling_back_on,
    open_incidents_of,
    protocol_uses,
    state_of,
)

ANY_KIND: Final = (PartyKind.ORGANISATION, PartyKind.DESK, PartyKind.PERSON)
DUTIES_MAX: Final = 50
"""So many stretches of duty are shown of one roster; `duty_count` says how many there are."""

_ROLES: Final = {"organisation": "approval", "accountable": "accountable"}


async def read_party_uses(
    installation: Installation, principal: Principal, party_id: str, *, limit: int
) -> dict[str, object]:
    """Where a party is used, at most `limit` of each kind, and how many the caller may not see.

    Raises:
        RoleForbids: auditors see no persons.
        NotFound: there is none, or the caller does not see it.
    """

    def look(session: Session) -> dict[str, object]:
        row = seen_party(session, principal, party_id, kinds=ANY_KIND)
        return uses_of(session, principal, row, now=installation.clock(), limit=limit)

    return await installation.database.read(look)


async def read_protocol_uses(
    installation: Installation, principal: Principal, party_id: str, paging: Paging
) -> dict[str, object]:
    """The published protocols that name a party, one page of them.

    Raises:
        RoleForbids, NotFound: as `read_party_uses` does.
    """

    def look(session: Session) -> dict[str, object]:
        row = seen_party(session, principal, party_id, kinds=ANY_KIND)
        found = protocol_uses(
            session,
            party_ids=[row.id],
            sight=principal.sight,
            after=paging.after,
            limit=paging.wanted,
        )
        return page(found, paging, _protocol_view)

    return await installation.database.read(look)


async def read_contact_point_uses(
    installation: Installation,
    principal: Principal,
    party_id: str,
    contact_point_id: str,
    *,
    limit: int,
) -> dict[str, object]:
    """What a contact point is needed for: its party's uses, and the messages that wait for it.

    Raises:
        RoleForbids, NotFound: as `read_party_uses` does; or the party has no such contact point.
    """

    def look(session: Session) -> dict[str, object]:
        point = seen_contact_point(session, principal, party_id, contact_point_id)
        row = seen_party(session, principal, party_id, kinds=ANY_KIND)
        return {
            "contact_point_id": point.id,
            "is_last": is_last_contact_point(session, point),
            "pending_messages": count_pending(session, point.id),
            **uses_of(session, principal, row, now=installation.clock(), limit=limit),
        }

    return await installation.database.read(look)


def uses_of(
    session: Session, principal: Principal, row: PartyRow, *, now: datetime, limit: int
) -> dict[str, object]:
    """Where a party is used, as far as the caller may see it."""
    desk_ids = desk_ids_of(session, [row.id])[row.id] if row.kind == PartyKind.PERSON else []
    return {
        "party_id": row.id,
        "protocols": protocols_section(session, principal, [row.id], limit=limit),
        "protocols_of_desks": protocols_section(session, principal, desk_ids, limit=limit),
        "rosters": _rosters(session, principal, row, now=now, limit=limit),
        "desks": _desks(session, principal, row, limit=limit),
        "incidents": _incidents(session, principal, row, limit=limit),
        "municipalities": municipalities_section(session, principal, [row.id], limit=limit),
    }


def protocols_section(
    session: Session,
    principal: Principal,
    party_ids: Sequence[str],
    *,
    limit: int,
) -> dict[str, object]:
    """The published protocols that name any of these parties."""
    sight = principal.sight
    found = protocol_uses(session, party_ids=party_ids, sight=sight, limit=limit)
    total = count_protocol_uses(session, party_ids=party_ids, sight=sight)
    return _section([_protocol_view(one) for one in found], total)


def municipalities_section(
    session: Session, principal: Principal, desk_ids: Sequence[str], *, limit: int
) -> dict[str, object]:
    """The municipalities that fall back on one of these desks where there is no protocol."""
    ids = municipalities_falling_back_on(session, desk_ids)
    seen = [one for one in ids if principal.sees_municipality(one)]
    shown = [{"municipality_id": one} for one in seen[:limit]]
    return _section(shown, Total(seen=len(seen), hidden=len(ids) - len(seen)))


def _protocol_view(use: ProtocolUse) -> dict[str, object]:
    return {
        "client_id": use.row.client_id,
        "client_code": use.client_code,
        "municipality_id": use.row.municipality_id,
        "version": use.row.number,
        "party_id": use.row.party_id,
        "places": [{"pointer": one, "role": _role(one)} for one in use.row.places],
    }


def _role(pointer: str) -> str:
    """As what a place names a party: the last name of its pointer that is no number."""
    name = [part for part in pointer.split("/") if not part.isdigit()][-1]
    return _ROLES.get(name, name)


def _rosters(
    session: Session, principal: Principal, row: PartyRow, *, now: datetime, limit: int
) -> dict[str, object]:
    is_desk = row.kind == PartyKind.DESK
    own = roster_of_desk(session, row.id) if is_desk else None
    found = [(own, row)] if own else rosters_of(session, row.id)
    read = (DeskDuty.read(session, roster, desk, now) for roster, desk in found)
    # Whom only versions of the past name has no duty any more.
    duties = [one.of(row.id, now, now + HORIZON) for one in read if is_desk or _names(one, row.id)]
    seen = get_parties(session, party_ids=[one.desk.id for one in duties], sight=principal.sight)
    shown = [_roster_view(one, row.id) for one in duties if one.desk.id in seen]
    return _section(shown[:limit], Total(seen=len(shown), hidden=len(duties) - len(shown)))


def _names(duty: DeskDuty, person_id: str) -> bool:
    return any(person_id in one.document.person_ids() for one in duty.versions)


def _roster_view(duty: DeskDuty, party_id: str) -> dict[str, object]:
    newest = duty.versions[-1]
    return {
        "roster_id": duty.roster.id,
        "desk_id": duty.desk.id,
        "version": newest.number,
        "places": places_of(newest.document, party_id)[:DUTIES_MAX],
        "duty_count": len(duty.stretches),
        "duties": stretch_views(duty.stretches[:DUTIES_MAX]),
    }


def _desks(
    session: Session, principal: Principal, row: PartyRow, *, limit: int
) -> dict[str, object]:
    ids = desk_ids_of(session, [row.id])[row.id] if row.kind == PartyKind.PERSON else []
    seen = get_parties(session, party_ids=ids, sight=principal.sight)
    active = [one for one in ids if one in seen and seen[one].retired_at is None]
    shown = [
        {"desk_id": one, "organisation_id": seen[one].organisation_id} for one in active[:limit]
    ]
    return _section(shown, Total(seen=len(active), hidden=len(ids) - len(seen)))


def _incidents(
    session: Session, principal: Principal, row: PartyRow, *, limit: int
) -> dict[str, object]:
    found, total = open_incidents_of(session, row.id, principal.sight)
    return _section([_incident_view(one, row.id) for one in found[:limit]], total)


def _incident_view(row: IncidentRow, party_id: str) -> dict[str, object]:
    return {
        "incident_id": row.id,
        "client_id": row.client_id,
        "status": row.status,
        "role": _part(state_of(row), PartyId(party_id)),
    }


def _part(incident: Incident, party_id: PartyId) -> str:
    """What a party is to an incident that it holds or was asked in."""
    if incident.holder_id == party_id:
        return "holder"
    if incident.offer and party_id in {incident.offer.to_id, *incident.offer.person_ids}:
        return "offered"
    asked = incident.find_asked(party_id)
    return "asked" if asked and asked.reply is None else "asked_before"


def _section(items: Sequence[Mapping[str, object]], total: Total) -> dict[str, object]:
    return {"items": list(items), "total": total.seen, "hidden": total.hidden}
