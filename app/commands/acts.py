"""The bodies of acts, shared by the API and by the responder's link: parse, then make the event."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.commands.instants import ExactInstant
from app.escalation import event as happened
from app.escalation.event import Act, By
from app.escalation.party import PartyId
from app.protocols.fields import TEXT_MAX, lines
from app.protocols.kinds import IncidentType, Outcome, Severity
from app.store.incident import StoredIncident

Id = Annotated[str, Field(min_length=1, max_length=64)]
Text = Annotated[str, Field(min_length=1, max_length=TEXT_MAX), AfterValidator(lines)]


class ActBody(BaseModel, ABC):
    """What every act may say: who acts, and in whose name (代理入力)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    party_id: Id | None = Field(default=None, description="The person in whose name it is done")
    on_behalf_of: Text | None = Field(
        default=None, description="Who really said so, where somebody else writes it down"
    )

    @abstractmethod
    def event(self, by: By, stored: StoredIncident) -> Act:
        """The event of this act, once it is known who acts."""


class AcknowledgeBody(ActBody):
    """対応します."""

    def event(self, by: By, stored: StoredIncident) -> Act:
        """The event of this act."""
        del stored
        return happened.Acknowledged(by=by)


class DeclineBody(ActBody):
    """対応できません."""

    reason: Text | None = None

    def event(self, by: By, stored: StoredIncident) -> Act:
        """The event of this act."""
        del stored
        return happened.Declined(by=by, reason=self.reason)


class EscalateBody(ActBody):
    """Next step now."""

    reason: Text | None = None

    def event(self, by: By, stored: StoredIncident) -> Act:
        """The event of this act."""
        del stored
        return happened.Escalated(by=by, reason=self.reason)


class EnRouteBody(ActBody):
    """向かっています."""

    eta: ExactInstant | None = Field(default=None, description="Expected arrival")

    def event(self, by: By, stored: StoredIncident) -> Act:
        """The event of this act."""
        del stored
        return happened.SetOut(by=by, eta=self.eta)


class ArriveBody(ActBody):
    """到着."""

    def event(self, by: By, stored: StoredIncident) -> Act:
        """The event of this act."""
        del stored
        return happened.Arrived(by=by)


class HandOverBody(ActBody):
    """引継ぎ: an offer to a person or a desk."""

    to_party_id: Id
    reason: Text | None = None

    def event(self, by: By, stored: StoredIncident) -> Act:
        """The event of this act."""
        del stored
        return happened.HandedOver(by=by, to_id=PartyId(self.to_party_id), reason=self.reason)


class AcceptBody(ActBody):
    """Taking a hand-over."""

    def event(self, by: By, stored: StoredIncident) -> Act:
        """The event of this act."""
        del stored
        return happened.Accepted(by=by)


class ResolveBody(ActBody):
    """完了."""

    outcome: Outcome
    note: Text | None = None

    def event(self, by: By, stored: StoredIncident) -> Act:
        """The event of this act."""
        del stored
        return happened.Resolved(by=by, outcome=self.outcome, note=self.note)


class CancelBody(ActBody):
    """取消: a false alarm."""

    reason: Text | None = None

    def event(self, by: By, stored: StoredIncident) -> Act:
        """The event of this act."""
        del stored
        return happened.Cancelled(by=by, reason=self.reason)


class NoteBody(ActBody):
    """Writing something down."""

    text: Text

    def event(self, by: By, stored: StoredIncident) -> Act:
        """The event of this act."""
        del stored
        return happened.Noted(by=by, text=self.text)


class ExternalCalledBody(ActBody):
    """119 or 110 was called by a person."""

    service: Literal["119", "110", "7119", "other"] = "119"
    note: Text | None = None

    def event(self, by: By, stored: StoredIncident) -> Act:
        """The event of this act."""
        del stored
        return happened.ExternalCalled(by=by, service=self.service, note=self.note)


class ReclassifyBody(ActBody):
    """It is worse than was reported."""

    type: IncidentType | None = None
    severity: Severity | None = None
    reason: Text | None = None

    def event(self, by: By, stored: StoredIncident) -> Act:
        """The event of this act; what is not given stays."""
        return happened.Reclassified(
            by=by,
            type=self.type or stored.incident.type,
            severity=self.severity or stored.incident.severity,
            reason=self.reason,
        )


class CorrectBody(ActBody):
    """訂正: an earlier entry was wrong."""

    text: Text
    entry_seq: Annotated[int, Field(ge=0, le=1_000_000, strict=True)] | None = None

    def event(self, by: By, stored: StoredIncident) -> Act:
        """The event of this act."""
        del stored
        return happened.Corrected(by=by, text=self.text, entry_seq=self.entry_seq)


ACTS: Mapping[str, type[ActBody]] = {
    "acknowledge": AcknowledgeBody,
    "decline": DeclineBody,
    "escalate": EscalateBody,
    "en_route": EnRouteBody,
    "arrive": ArriveBody,
    "hand_over": HandOverBody,
    "accept": AcceptBody,
    "resolve": ResolveBody,
    "cancel": CancelBody,
    "note": NoteBody,
    "external_called": ExternalCalledBody,
    "reclassify": ReclassifyBody,
    "correct": CorrectBody,
}
