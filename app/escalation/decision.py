"""What `decide` answers: the new state, the entries of the ledger, the messages to send."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from app.escalation.incident import Basis, Incident
from app.escalation.party import PartyId

SYSTEM = "system"


class EntryType(StrEnum):
    """The kinds of entries that the state machine writes (DESIGN.md 4.1.17)."""

    OPENED = "opened"
    STEP_STARTED = "step_started"
    PAGED = "paged"
    REMINDED = "reminded"
    INFORMED = "informed"
    SENT = "sent"
    UNDELIVERABLE = "undeliverable"
    SKIPPED = "skipped"
    TRANSFERRED = "transferred"
    SIGNALLED = "signalled"
    DECLINED = "declined"
    JOINED = "joined"
    OFFERED = "offered"
    OFFER_ENDED = "offer_ended"
    EN_ROUTE = "en_route"
    ARRIVED = "arrived"
    EXTERNAL_CALLED = "external_called"
    RECLASSIFIED = "reclassified"
    NOTED = "noted"
    CORRECTED = "corrected"
    STALLED = "stalled"
    CLOSED = "closed"
    EXPORTED = "exported"


class Cause(StrEnum):
    """Why the holder changed (H2), or why an entry was written that changes none."""

    REPORTED = "reported"
    ESCALATED = "escalated"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"
    NOBODY_ON_DUTY = "nobody_on_duty"
    ACKNOWLEDGED = "acknowledged"
    HANDED_OVER = "handed_over"
    LAPSED = "lapsed"
    RECLASSIFIED = "reclassified"
    EXHAUSTED = "exhausted"
    RESOLVED = "resolved"
    CANCELLED = "cancelled"
    # Not causes of a transfer:
    RESTRICTED = "restricted"
    BUSY = "busy"
    DEFERRED = "deferred"
    TIMED_OUT = "timed_out"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"
    ATTEMPTS_SPENT = "attempts_spent"


class Result(StrEnum):
    """What an act did (DESIGN.md 4.1.8)."""

    APPLIED = "applied"
    JOINED = "joined"
    RECORDED = "recorded"
    REPEATED = "repeated"


class MessageKind(StrEnum):
    """The messages to responders."""

    PAGED = "paged"
    REMINDED = "reminded"
    INFORMED = "informed"
    OFFERED = "offered"
    STOOD_DOWN = "stood_down"
    CLOSED = "closed"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the ledger, before it is chained; its instant is the decision's.

    `actor` is the party that the entry is about: who acted, or who was asked. `due` is the
    planned instant of this very entry. `facts` become disclosures.
    """

    type: EntryType
    from_id: PartyId | None
    to_id: PartyId | None
    actor_id: str
    cause: Cause | None = None
    basis: Basis | None = None
    step: int | None = None
    round: int | None = None
    due: datetime | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Effect: remember that a party was asked, so that its link works."""

    page_id: str
    party_id: PartyId
    step: int
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Effect: send one message to one contact point, `delay` after the decision."""

    kind: MessageKind
    party_id: PartyId
    contact_point_id: str
    page_id: str | None = None
    delay: timedelta = timedelta(0)
    due_at: datetime | None = None
    # Of an alarm.
    reason: Cause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Effect: tell the municipality and the operator that an incident needs them.

    `reason` is `exhausted` (nobody took it) or `unreachable` (who went there cannot be reached).
    """

    reason: Cause


Effect = Page | Send | Alarm


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer of `decide`; without entries nothing has changed."""

    incident: Incident
    at: datetime
    entries: tuple[Entry, ...] = ()
    effects: tuple[Effect, ...] = ()
    result: Result = Result.APPLIED
