"""Reading incidents: one, or a list."""

from functools import partial

from app.auth import Principal, Role
from app.installation.answer import NotFound
from app.installation.installation import Installation
from app.installation.paging import Paging, page
from app.store.board import IncidentFilter, IncidentRead, get_incident, list_incidents
from app.writer.message import rfc3339


async def read_incident(
    installation: Installation, principal: Principal, incident_id: str
) -> dict[str, object]:
    """One incident as it stands.

    Raises:
        RoleForbids: auditors read the ledger, not incidents.
        NotFound: there is none, or it is not the caller's.
    """
    principal.require(Role.COORDINATOR, Role.PROVIDER)
    look = partial(get_incident, incident_id=incident_id, sight=principal.sight)
    found = await installation.database.read(look)
    if found is None:
        raise NotFound
    return _shown(found)


async def read_incidents(
    installation: Installation, principal: Principal, wanted: IncidentFilter, paging: Paging
) -> dict[str, object]:
    """A page of the incidents that the caller may see, oldest first.

    Raises:
        RoleForbids: auditors read the ledger, not incidents.
    """
    principal.require(Role.COORDINATOR, Role.PROVIDER)
    look = partial(
        list_incidents,
        sight=principal.sight,
        wanted=wanted,
        after=paging.after,
        limit=paging.wanted,
    )
    return page(await installation.database.read(look), paging, _shown)


def _shown(read: IncidentRead) -> dict[str, object]:
    row = read.row
    return {
        "id": row.id,
        "client_id": row.client_id,
        "municipality_id": row.municipality_id,
        "type": row.type,
        "severity": row.severity,
        "status": row.status,
        "exhausted": row.exhausted,
        "drill": row.drill,
        "holder": _holder(read),
        "step": row.step,
        "round": row.round,
        "protocol_version": row.protocol_version,
        "wake_at": rfc3339(row.wake_at),
        "occurred_at": rfc3339(row.occurred_at),
        "opened_at": rfc3339(row.opened_at),
        "acknowledged_at": rfc3339(row.acknowledged_at),
        "arrived_at": rfc3339(row.arrived_at),
        "closed_at": rfc3339(row.closed_at),
        "outcome": row.outcome,
        "signal_count": row.signal_count,
    }


def _holder(read: IncidentRead) -> dict[str, object] | None:
    if read.holder is None:
        return None
    return {
        "id": read.holder.id,
        "kind": read.holder.kind,
        "name": read.holder.name,
        "organisation": read.organisation.name if read.organisation else None,
        "since": rfc3339(read.row.holder_since),
        "basis": read.row.basis,
    }
