"""How an incident begins."""

from dataclasses import dataclass, replace
from datetime import datetime

from app.escalation.decision import Cause, Decision, EntryType
from app.escalation.draft import Draft
from app.escalation.incident import Basis, Incident, Status
from app.escalation.moves.walk import Place, begin, desk_for, enter_passed, exhaust, search
from app.escalation.network import Network
from app.escalation.party import PartyId
from app.protocols.calendar import is_quiet_night, next_local_time
from app.protocols.kinds import QUIET_AT_NIGHT, IncidentType, Severity

MORNING_HOUR = 7
FIRST_PLACE = Place(step=1, round=1, round_asked=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was reported; `facts` (client, protocol, summary, …) become disclosures."""

    incident_id: str
    client_id: str
    municipality_id: PartyId
    reporter_id: PartyId | None
    type: IncidentType
    severity: Severity
    drill: bool
    facts: dict[str, object]


def open_incident(report: Report, network: Network, now: datetime) -> Decision:
    """The first decision of an incident: from here on somebody is responsible.

    A `test` is opened and closed in one. Faults and low batteries wait for the morning.
    """
    incident = _new_incident(report, network, now)
    if incident.type is IncidentType.TEST:
        draft = _opened(incident, report, network, network.accountable)
        draft.close(report.reporter_id or "system", Cause.RESOLVED)
        return draft.done()
    if incident.type in QUIET_AT_NIGHT and is_quiet_night(now, network.zone):
        return _wait_for_morning(incident, report, network)
    found = search(network, incident, FIRST_PLACE, now)
    if found.place is None or found.asking is None:
        draft = _opened(incident, report, network, network.accountable)
        enter_passed(draft, found)
        exhaust(draft, Cause.EXHAUSTED)
        return draft.done()
    desk = desk_for(network, incident, network.steps(incident.variant)[found.place.step - 1])
    draft = _opened(incident, report, network, desk, place=found.place)
    enter_passed(draft, found)
    begin(draft, found.place, found.asking, Cause.REPORTED)
    return draft.done()


def _new_incident(report: Report, network: Network, now: datetime) -> Incident:
    protocol = network.protocol
    variant = protocol.variant_for(report.type, report.severity, now) if protocol else 0
    return Incident(
        id=report.incident_id,
        client_id=report.client_id,
        municipality_id=report.municipality_id,
        reporter_id=report.reporter_id,
        type=report.type,
        severity=report.severity,
        drill=report.drill,
        variant=variant,
        status=Status.TRIGGERED,
        holder_id=None,
        holder_since=None,
        basis=None,
        opened_at=now,
        last_at=now,
        version=0,
    )


def _opened(
    incident: Incident,
    report: Report,
    network: Network,
    desk: PartyId,
    *,
    place: Place | None = None,
) -> Draft:
    draft = Draft(incident, network, incident.opened_at)
    draft.change(
        step=place.step if place else 0,
        round=place.round if place else 0,
        holder_id=desk,
        holder_since=draft.at,
        basis=Basis.AGREEMENT,
    )
    draft.enter(
        EntryType.OPENED,
        report.reporter_id or "system",
        cause=Cause.REPORTED,
        basis=Basis.AGREEMENT,
        facts=report.facts,
    )
    # Only here nobody held before.
    draft.entries[0] = replace(draft.entries[0], from_id=None)
    return draft


def _wait_for_morning(incident: Incident, report: Report, network: Network) -> Decision:
    steps = network.steps(incident.variant)
    desk = desk_for(network, incident, steps[0] if steps else None)
    draft = _opened(incident, report, network, desk)
    draft.enter(EntryType.SKIPPED, desk, cause=Cause.DEFERRED)
    draft.change(begin_at=next_local_time(draft.at, network.zone, MORNING_HOUR))
    return draft.done()
