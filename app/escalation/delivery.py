"""The life of one message: what follows from an attempt, and whether it is still wanted."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.escalation.decision import MessageKind
from app.escalation.incident import Incident, Reply, Status
from app.escalation.party import PartyId

# Seconds before each retry; the last is repeated until the message is given up (DESIGN.md 6.2).
RETRY_AFTER = tuple(timedelta(seconds=s) for s in (1, 2, 4, 8, 15, 30, 60, 300, 900, 3600))
GIVE_UP_AFTER = timedelta(hours=48)
# When escalation stops counting on a contact point (DESIGN.md 4.1.4).
FAILED_AFTER_ATTEMPTS = 3
FAILED_AFTER = timedelta(seconds=30)


class DeliveryStatus(StrEnum):
    """Where a message stands."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    # Nobody needs it any more.
    DROPPED = "dropped"


class AttemptResult(StrEnum):
    """How one try ended."""

    SENT = "sent"
    TEMPORARY = "temporary"
    PERMANENT = "permanent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What becomes of a message; `counts_as_failed` is true from the attempt that makes it so."""

    status: DeliveryStatus
    due_at: datetime | None
    counts_as_failed: bool


def after_attempt(
    result: AttemptResult, *, attempts: int, first_due_at: datetime, now: datetime
) -> Next:
    """What follows from the attempt number `attempts` (from 1) of a message due `first_due_at`."""
    if result is AttemptResult.SENT:
        return Next(status=DeliveryStatus.SENT, due_at=None, counts_as_failed=False)
    if result is AttemptResult.PERMANENT:
        return Next(status=DeliveryStatus.FAILED, due_at=None, counts_as_failed=True)
    waited = now - first_due_at
    if waited >= GIVE_UP_AFTER:
        return Next(status=DeliveryStatus.FAILED, due_at=None, counts_as_failed=True)
    pause = RETRY_AFTER[min(attempts, len(RETRY_AFTER)) - 1]
    failed = attempts >= FAILED_AFTER_ATTEMPTS or waited >= FAILED_AFTER
    return Next(status=DeliveryStatus.PENDING, due_at=now + pause, counts_as_failed=failed)


def is_wanted(incident: Incident, kind: MessageKind, party_id: PartyId) -> bool:
    """Whether a message to a party should still go out, as the incident stands.

    A page of an earlier step is: a late yes is welcome (H8), unless they have said no since.
    """
    match kind:
        case MessageKind.REMINDED if incident.status is Status.ARRIVED:
            return party_id == incident.holder_id
        case MessageKind.PAGED | MessageKind.REMINDED:
            return incident.status is Status.TRIGGERED and _may_accept(incident, party_id)
        case MessageKind.INFORMED:
            return party_id in incident.informed or party_id == incident.holder_id
        case MessageKind.OFFERED:
            offer = incident.offer
            return offer is not None and party_id in {*offer.person_ids, offer.to_id}
        case MessageKind.STOOD_DOWN:
            is_taken = incident.is_open and incident.status is not Status.TRIGGERED
            return is_taken and party_id != incident.holder_id
        case _:
            return True


def _may_accept(incident: Incident, party_id: PartyId) -> bool:
    asked = incident.find_asked(party_id)
    if asked is not None:
        return asked.reply is not Reply.DECLINED
    return party_id in incident.everyone_asked - incident.declined
