"""Open an incident, or count a repeated signal of one that is open."""

from dataclasses import dataclass
from datetime import datetime

from app.auth import Principal, Role, RoleForbids
from app.escalation.event import Signalled
from app.escalation.moves.opening import Report, open_incident
from app.escalation.party import PartyId
from app.installation.answer import Answer, FieldError, Idempotency, NotFound
from app.protocols.kinds import IncidentType, Severity, default_severity
from app.store.incident import StoredIncident
from app.store.network import ClientFacts
from app.telemetry import INCIDENTS_OPENED
from app.writer.batch import Batch, Needs
from app.writer.message import rfc3339
from app.writer.view import incident_view, receipt_view


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIncident:
    """A report of an emergency. Exactly one of `client_id` and `client_ref` is given."""

    principal: Principal
    # The id of the incident, should it be a new one.
    incident_id: str
    client_id: str | None
    # The reporting organisation's own number of the client.
    client_ref: str | None
    type: IncidentType
    severity: Severity | None
    occurred_at: datetime | None
    summary: str | None
    details: object
    dedup_key: str | None
    drill: bool
    idempotency: Idempotency | None

    @property
    def needs(self) -> Needs:
        """The client with its network, and the open incident that this may repeat."""
        reference = (self.principal.organisation_id or "", self.client_ref or "")
        reporter = self.principal.organisation_id
        return Needs(
            client_id=self.client_id,
            client_reference=reference if self.client_ref is not None else None,
            dedup_key=self._stored_key,
            may_repeat=self.dedup_key is None,
            serving=True,
            party_ids=(reporter,) if reporter else (),
            idempotency=self.idempotency,
        )

    def run(self, batch: Batch) -> Answer:
        """201 with the new incident, 200 with the one that it repeats.

        Raises:
            NotFound: there is no such client, or it is not the caller's.
            RoleForbids: the caller may not report.
        """
        self.principal.require(Role.COORDINATOR, Role.PROVIDER)
        return batch.once(self.idempotency, lambda: self._run(batch))

    @property
    def _stored_key(self) -> str | None:
        if self.dedup_key is None:
            return None
        return f"{self.principal.organisation_id or ''}|{self.dedup_key}"

    def _run(self, batch: Batch) -> Answer:
        client = self._client(batch)
        repeated = self._repeated(batch, client)
        if repeated is not None:
            recorded_by = self.principal.organisation_id
            event = Signalled(
                recorded_by=PartyId(recorded_by) if recorded_by else None, summary=self.summary
            )
            batch.decide(repeated, event)
            return self._answer(200, batch, repeated.incident.id)
        self._open(batch, client)
        INCIDENTS_OPENED.labels(self.type.value, str(self.drill).lower()).inc()
        return self._answer(201, batch, self.incident_id)

    def _answer(self, status: int, batch: Batch, incident_id: str) -> Answer:
        stored = batch.loaded.incidents[incident_id]
        view = incident_view(stored, batch.knowledge.parties)
        return Answer(status=status, body={**view, "receipt": receipt_view(stored)})

    def _client(self, batch: Batch) -> ClientFacts:
        reference = self.needs.client_reference
        client_id = batch.loaded.client_ids.get(reference) if reference else self.client_id
        client = batch.loaded.clients.get(client_id or "")
        pointer = "/client_ref" if reference else "/client_id"
        unknown = NotFound(errors=[FieldError(pointer=pointer, detail="There is no such client.")])
        if client is None:
            raise unknown
        if self.principal.role is Role.PROVIDER:
            if self.principal.organisation_id not in batch.loaded.serving[client.id]:
                raise unknown
        elif not self.principal.sees_municipality(client.municipality_id):
            raise unknown
        return client

    def _repeated(self, batch: Batch, client: ClientFacts) -> StoredIncident | None:
        if self._stored_key is not None:
            found = batch.loaded.repeated_keys.get((client.id, self._stored_key))
        else:
            found = batch.loaded.repeated_types.get((client.id, self.type.value))
        stored = batch.loaded.incidents.get(found) if found else None
        return stored if stored and stored.incident.is_open else None

    def _open(self, batch: Batch, client: ClientFacts) -> None:
        severity = self.severity or default_severity(self.type)
        occurred_at = self.occurred_at or batch.now
        known = batch.knowledge.network(client.network_key)
        network = batch.loaded.busy.seen_from(known, self.incident_id, is_drill=self.drill)
        reporter = self.principal.organisation_id
        report = Report(
            incident_id=self.incident_id,
            client_id=client.id,
            municipality_id=client.municipality_id,
            reporter_id=PartyId(reporter) if reporter else None,
            type=self.type,
            severity=severity,
            drill=self.drill,
            facts=self._facts(batch, client, severity, occurred_at),
        )
        decision = open_incident(report, network, batch.now)
        stored = StoredIncident(
            incident=decision.incident,
            protocol_version_id=network.version_id,
            protocol_version=network.version,
            occurred_at=occurred_at,
            dedup_key=self._stored_key,
            report={"summary": self.summary, "details": self.details},
            client_code=client.code,
            client_town=client.town,
            client_key=client.key,
            pseudonyms={},
            ledger_seq=0,
            ledger_head=None,
        )
        batch.open(stored, decision)
        if self._stored_key is not None:
            batch.loaded.repeated_keys[client.id, self._stored_key] = self.incident_id
        if network.protocol and network.protocol.repeat_window_seconds:
            batch.loaded.repeated_types[client.id, self.type.value] = self.incident_id

    def _facts(
        self, batch: Batch, client: ClientFacts, severity: Severity, occurred_at: datetime
    ) -> dict[str, object]:
        """What the first entry commits to; each becomes a disclosure of its own."""
        protocol = None
        if client.version_id:
            version = batch.knowledge.published(client.version_id)
            protocol = {"id": version.id, "number": version.number, "digest": version.digest}
        return {
            "client": {"id": client.id, "code": client.code},
            "protocol": protocol,
            "incident": {
                "type": self.type.value,
                "severity": severity.value,
                "occurred_at": rfc3339(occurred_at),
            },
            "summary": self.summary,
            "details": self.details,
        }


def require_sight(principal: Principal, stored: StoredIncident, serving: frozenset[str]) -> None:
    """Go on only if the incident is the caller's matter.

    Raises:
        RoleForbids: auditors read the ledger, not incidents.
        NotFound: it belongs to others.
    """
    if principal.role is Role.AUDITOR:
        raise RoleForbids(RoleForbids.__doc__)
    if principal.role is Role.PROVIDER:
        own = {stored.incident.reporter_id, *serving}
        if principal.organisation_id not in own:
            raise NotFound
    elif not principal.sees_municipality(stored.incident.municipality_id):
        raise NotFound
