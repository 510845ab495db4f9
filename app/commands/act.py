"""Acts on an incident through the API: who may, in what right, and what is answered."""

from collections.abc import Callable
from dataclasses import dataclass

from app.auth import Principal, Role, RoleForbids
from app.commands.incident import require_sight
from app.escalation.event import Act, By, Capacity
from app.escalation.party import Party, PartyId, PartyKind
from app.escalation.refusals import ActRefused
from app.installation.answer import (
    Answer,
    FieldError,
    FieldsInvalid,
    Idempotency,
    NotFound,
    Refusal,
)
from app.store.incident import StoredIncident
from app.telemetry import ACTS
from app.writer.batch import Batch, Needs
from app.writer.view import holder_view, incident_view, receipt_view

# The operator's hand, in the ledger: an installation's key has no organisation.
OPERATOR = PartyId("operator")
# What a reporter may do for itself, without a person.
REPORTERS_ACTS = frozenset({"cancel", "note", "external_called", "reclassify", "correct"})
# What only a person can do, even through a coordinator's hand.
PERSONS_ACTS = frozenset({"acknowledge", "decline", "accept"})


class ActNotPossible(Refusal):
    """The state of the incident does not allow this act; nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActOn:
    """An act by the holder of a key. `make` makes the event once it is known who acts."""

    principal: Principal
    incident_id: str
    act: str
    party_id: str | None
    on_behalf_of: str | None
    to_party_id: str | None
    make: Callable[[By, StoredIncident], Act]
    idempotency: Idempotency | None

    @property
    def needs(self) -> Needs:
        """The incident, and the parties that the act names."""
        named = (self.party_id, self.to_party_id, self.principal.organisation_id)
        return Needs(
            incident_id=self.incident_id,
            party_ids=tuple(party for party in named if party),
            serving=True,
            idempotency=self.idempotency,
        )

    def run(self, batch: Batch) -> Answer:
        """200 with `result`, status and holder.

        Raises:
            NotFound: there is no such incident, or it is not the caller's.
            RoleForbids: the caller may not act, or not for this person.
            FieldsInvalid: a party that it names is unknown or missing.
            ActNotPossible: the state does not allow it.
        """
        return batch.once(self.idempotency, lambda: self._run(batch))

    def _run(self, batch: Batch) -> Answer:
        stored = batch.loaded.incidents.get(self.incident_id)
        if stored is None:
            raise NotFound
        serving = batch.loaded.serving.get(stored.incident.client_id, frozenset())
        require_sight(self.principal, stored, serving)
        by = self._by(batch, stored)
        if self.to_party_id is not None:
            self._require_target(batch, stored)
        return act(batch, stored, self.make(by, stored), name=self.act)

    def _by(self, batch: Batch, stored: StoredIncident) -> By:
        person = self._person(batch, stored)
        recorded_by = PartyId(self.principal.organisation_id or OPERATOR)
        if self.principal.role is not Role.PROVIDER:
            capacity = Capacity.COORDINATOR
        elif person is not None:
            capacity = Capacity.RESPONDER
        elif self.act not in REPORTERS_ACTS:
            raise FieldsInvalid(errors=[_missing("/party_id")])
        elif recorded_by != stored.incident.reporter_id and self.act == "cancel":
            raise RoleForbids(RoleForbids.__doc__)
        else:
            capacity = Capacity.REPORTER
        if person is None and self.act in PERSONS_ACTS:
            raise FieldsInvalid(errors=[_missing("/party_id")])
        return By(
            capacity=capacity,
            party_id=person,
            recorded_by=recorded_by,
            on_behalf_of=self.on_behalf_of,
        )

    def _person(self, batch: Batch, stored: StoredIncident) -> PartyId | None:
        """The person in whose name it is done: a provider's own, a coordinator's anybody."""
        if self.party_id is None:
            return None
        party = batch.knowledge.parties.get(PartyId(self.party_id))
        unknown = FieldsInvalid(
            errors=[FieldError(pointer="/party_id", detail="There is no such person.")]
        )
        if party is None or party.kind is not PartyKind.PERSON:
            raise unknown
        if self.principal.role is Role.PROVIDER:
            if party.organisation_id != self.principal.organisation_id:
                raise unknown
        elif not self._works_there(batch, party, stored):
            raise unknown
        return party.id

    def _require_target(self, batch: Batch, stored: StoredIncident) -> None:
        party = batch.knowledge.parties.get(PartyId(self.to_party_id or ""))
        error = FieldError(
            pointer="/to_party_id", detail="There is no such desk or person in the municipality."
        )
        if (
            party is None
            or party.kind is PartyKind.ORGANISATION
            or party.is_retired
            or not self._works_there(batch, party, stored)
        ):
            raise FieldsInvalid(errors=[error])

    def _works_there(self, batch: Batch, party: Party, stored: StoredIncident) -> bool:
        places = batch.loaded.places.get(party.organisation_id, frozenset())
        return stored.incident.municipality_id in places


def act(batch: Batch, stored: StoredIncident, event: Act, *, name: str) -> Answer:
    """Let an act happen, and say what came of it.

    Raises:
        ActNotPossible: the state does not allow it; names the state and the holder.
    """
    parties = batch.knowledge.parties
    try:
        decision = batch.decide(stored, event)
    except ActRefused as refusal:
        members = {
            "incident_status": stored.incident.status.value,
            "holder": holder_view(stored, parties),
        }
        raise ActNotPossible(str(refusal), members=members) from refusal
    after = batch.loaded.incidents[stored.incident.id]
    ACTS.labels(name, decision.result.value).inc()
    body = {
        "result": decision.result.value,
        **incident_view(after, parties),
        "receipt": receipt_view(after),
    }
    return Answer(status=200, body=body)


def _missing(pointer: str) -> FieldError:
    return FieldError(pointer=pointer, detail="Name the person who acts.")
