"""How an incident reads (DESIGN.md 6.2)."""

from collections.abc import Mapping

from app.escalation.party import Party, PartyId
from app.store.incident import StoredIncident
from app.writer.message import rfc3339

Parties = Mapping[PartyId, Party]


def party_view(party_id: PartyId, parties: Parties) -> dict[str, object]:
    """A party as answers name it."""
    party = parties.get(party_id)
    return {
        "id": party_id,
        "kind": party.kind.value if party else "organisation",
        "name": party.name if party else None,
        "organisation": party.organisation_name if party else None,
    }


def holder_view(stored: StoredIncident, parties: Parties) -> dict[str, object] | None:
    """Who holds now, since when, by what right; None once closed."""
    incident = stored.incident
    if incident.holder_id is None or incident.basis is None:
        return None
    return {
        **party_view(incident.holder_id, parties),
        "since": rfc3339(incident.holder_since),
        "basis": incident.basis.value,
    }


def receipt_view(stored: StoredIncident) -> dict[str, object]:
    """Where the incident's chain ends: whoever keeps it can show what was recorded until then."""
    assert stored.ledger_head is not None, "an incident begins with an entry"
    return {"seq": stored.ledger_seq - 1, "leaf_hash": stored.ledger_head.hex()}


def incident_view(stored: StoredIncident, parties: Parties) -> dict[str, object]:
    """An incident as the API answers it."""
    incident = stored.incident
    return {
        "id": incident.id,
        "client_id": incident.client_id,
        "municipality_id": incident.municipality_id,
        "type": incident.type.value,
        "severity": incident.severity.value,
        "status": incident.status.value,
        "exhausted": incident.exhausted,
        "drill": incident.drill,
        "holder": holder_view(stored, parties),
        "step": incident.step or None,
        "round": incident.round or None,
        "protocol_version": stored.protocol_version,
        "wake_at": rfc3339(incident.wake_at),
        "occurred_at": rfc3339(stored.occurred_at),
        "opened_at": rfc3339(incident.opened_at),
        "acknowledged_at": rfc3339(incident.acknowledged_at),
        "arrived_at": rfc3339(incident.arrived_at),
        "closed_at": rfc3339(incident.closed_at),
        "outcome": incident.outcome.value if incident.outcome else None,
        "signal_count": incident.signal_count,
    }
