"""The commands of the clock and of the dispatcher: wake an incident, record an attempt."""

from dataclasses import dataclass
from datetime import datetime

from app.channels.channel import Failed, Result, Sent
from app.escalation.decision import MessageKind
from app.escalation.delivery import AttemptResult, after_attempt, is_wanted
from app.escalation.event import ContactFailed, ContactSent, Woke
from app.escalation.party import PartyId
from app.protocols.kinds import NoticeKind
from app.store.outbox import Delivery, Recorded
from app.telemetry import LATENESS_SECONDS
from app.writer.batch import Batch, Needs

# Messages whose delivery is evidence of who was asked.
ASKING = frozenset({MessageKind.PAGED, MessageKind.REMINDED, MessageKind.OFFERED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wake:
    """The timer of an incident may have run out."""

    incident_id: str

    @property
    def needs(self) -> Needs:
        """The incident, unless another node is at it."""
        return Needs(due_id=self.incident_id)

    def run(self, batch: Batch) -> None:
        """Do what is due; nothing if somebody else did, or the incident has moved on."""
        stored = batch.loaded.incidents.get(self.incident_id)
        due = stored.incident.wake_at if stored else None
        if stored is None or due is None or due > batch.now:
            return
        LATENESS_SECONDS.observe((batch.now - due).total_seconds())
        batch.decide(stored, Woke())


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAttempt:
    """A message was tried: what became of it, and what that means for the incident."""

    delivery: Delivery
    result: Result
    at: datetime
    duration_ms: int

    @property
    def needs(self) -> Needs:
        """The message, if it is still pending, and its incident."""
        return Needs(delivery_id=self.delivery.id)

    def run(self, batch: Batch) -> None:
        """Record; a repeat after a crash finds the message recorded and does nothing."""
        delivery = batch.loaded.deliveries.pop(self.delivery.id, None)
        if delivery is None:
            return
        result = _attempt_result(self.result)
        attempts = delivery.attempts + 1
        then = after_attempt(
            result, attempts=attempts, first_due_at=delivery.first_due_at, now=batch.now
        )
        batch.record(
            Recorded(
                delivery_id=delivery.id,
                at=self.at,
                duration_ms=self.duration_ms,
                result=result,
                reason=self.result.reason if isinstance(self.result, Failed) else None,
                attempts=attempts,
                next=then,
            )
        )
        self._tell_incident(batch, delivery, counts=then.counts_as_failed)

    def _tell_incident(self, batch: Batch, delivery: Delivery, *, counts: bool) -> None:
        if delivery.kind not in ASKING or delivery.incident_id is None or delivery.page_id is None:
            return
        stored = batch.loaded.incidents[delivery.incident_id]
        party_id, page_id = PartyId(delivery.party_id), delivery.page_id
        point = delivery.contact_point_id
        if isinstance(self.result, Sent):
            sent = ContactSent(party_id=party_id, page_id=page_id, contact_point_id=point)
            batch.decide(stored, sent)
        elif counts and not delivery.counted_failed:
            failed = ContactFailed(
                party_id=party_id,
                page_id=page_id,
                contact_point_id=point,
                permanent=self.result.permanent,
            )
            batch.decide(stored, failed)


@dataclass(frozen=True, slots=True, kw_only=True)
class StillWanted:
    """Whether a message should still go out; drops it if not."""

    delivery: Delivery

    @property
    def needs(self) -> Needs:
        """The message and its incident, if it is about one."""
        return Needs(delivery_id=self.delivery.id)

    def run(self, batch: Batch) -> bool:
        """True if it is still wanted (a notice always is) and nobody has sent it."""
        delivery = batch.loaded.deliveries.get(self.delivery.id)
        if delivery is None:
            return False
        if delivery.incident_id is None or isinstance(delivery.kind, NoticeKind):
            return True
        incident = batch.loaded.incidents[delivery.incident_id].incident
        if is_wanted(incident, delivery.kind, PartyId(delivery.party_id)):
            return True
        batch.drop(delivery.id)
        return False


def _attempt_result(result: Result) -> AttemptResult:
    if isinstance(result, Sent):
        return AttemptResult.SENT
    return AttemptResult.PERMANENT if result.permanent else AttemptResult.TEMPORARY
