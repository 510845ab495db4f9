"""What can happen to an incident: the acts of people, repeated signals, timers, deliveries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.escalation.party import PartyId
from app.protocols.kinds import IncidentType, Outcome, Severity


class Capacity(StrEnum):
    """In what right somebody acts."""

    RESPONDER = "responder"
    COORDINATOR = "coordinator"
    REPORTER = "reporter"


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who acts: a person, perhaps through somebody else's hand (代理入力).

    `party_id` is the person in whose name it is done, None when a coordinator or reporter acts
    for itself. `recorded_by` is the organisation whose key did it, None for a link. `step` and
    `round` are those that a link was made for, None when the act names no page.
    """

    capacity: Capacity
    party_id: PartyId | None = None
    recorded_by: PartyId | None = None
    on_behalf_of: str | None = None
    # The party that the page was for: a desk's own phone is answered by one of its persons.
    page_party_id: PartyId | None = None
    step: int | None = None
    round: int | None = None

    @property
    def actor(self) -> str:
        """The party that the ledger names for the act."""
        return self.party_id or self.recorded_by or "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """対応します: a person takes the incident."""

    by: By


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """対応できません: a person cannot take it, gives it back, or refuses an offer."""

    by: By
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated:
    """Somebody wants the next step now."""

    by: By
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOut:
    """向かっています: the holder is on the way, perhaps with an expected arrival."""

    by: By
    eta: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """到着: the holder is there."""

    by: By


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """引継ぎ: the holder offers the incident to a person or a desk."""

    by: By
    to_id: PartyId
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The one offered takes it."""

    by: By


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """完了: the holder closes with an outcome."""

    by: By
    outcome: Outcome
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """取消: a false alarm."""

    by: By
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """Somebody writes something down."""

    by: By
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalCalled:
    """119 or 110 was called by a person; the holder stays the holder."""

    by: By
    service: str
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reclassified:
    """It is worse than was reported."""

    by: By
    type: IncidentType
    severity: Severity
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """訂正: an earlier entry was wrong; the original stays."""

    by: By
    text: str
    entry_seq: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signalled:
    """The same emergency was reported again."""

    recorded_by: PartyId | None
    summary: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """The evidence of the incident was handed to somebody, whom `recipient` names."""

    recorded_by: PartyId
    recipient: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSent:
    """A channel took a message to a contact point of a party."""

    party_id: PartyId
    page_id: str
    contact_point_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFailed:
    """A contact point counts as failed for escalation (DESIGN.md 4.1.4).

    `permanent`: it was refused for good; else given up after its attempts.
    """

    party_id: PartyId
    page_id: str
    contact_point_id: str
    permanent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Woke:
    """The clock has reached a due instant."""


Act = (
    Acknowledged
    | Declined
    | Escalated
    | SetOut
    | Arrived
    | HandedOver
    | Accepted
    | Resolved
    | Cancelled
    | Noted
    | ExternalCalled
    | Reclassified
    | Corrected
)
Event = Act | Signalled | Exported | ContactSent | ContactFailed | Woke
