"""The state of one incident: everything that `decide` remembers between two events."""

import hashlib
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from app.escalation.party import PartyId
from app.protocols.kinds import RESTRICTED, IncidentType, Outcome, Severity


class Status(StrEnum):
    """What has happened so far, as the API says it."""

    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    EN_ROUTE = "en_route"
    ARRIVED = "arrived"
    RESOLVED = "resolved"
    CANCELLED = "cancelled"


class Basis(StrEnum):
    """Why a holder holds (H2)."""

    AGREEMENT = "agreement"
    ACCEPTANCE = "acceptance"


class Reply(StrEnum):
    """How an asked party dropped out of a step."""

    DECLINED = "declined"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A party asked in the running step."""

    party_id: PartyId
    page_id: str
    contact_point_ids: tuple[str, ...]
    failed_ids: tuple[str, ...] = ()
    reply: Reply | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An open hand-over: the holder stays until somebody of `to_id` accepts."""

    to_id: PartyId
    # The persons who may accept: `to_id` itself, or those on duty at that desk.
    person_ids: tuple[PartyId, ...]
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One emergency of one client. Changed only by `decide`."""

    id: str
    client_id: str
    municipality_id: PartyId
    # None when the installation's operator reported.
    reporter_id: PartyId | None
    type: IncidentType
    severity: Severity
    drill: bool
    variant: int
    status: Status
    holder_id: PartyId | None
    holder_since: datetime | None
    basis: Basis | None
    opened_at: datetime
    # The instant of the last entry: time never goes back (H11).
    last_at: datetime
    version: int
    # Step and round count from 1; 0 before the first step has begun.
    step: int = 0
    round: int = 0
    exhausted: bool = False
    # An acknowledgement clears `exhausted`, a lapse sets it again.
    was_exhausted: bool = False
    # Whether the running round has asked anybody yet (DESIGN.md 4.1.2).
    round_asked: bool = False
    asked: tuple[Asked, ...] = ()
    # Everybody asked in earlier steps and rounds: a late acknowledgement is welcome (H8).
    asked_before: frozenset[PartyId] = frozenset()
    # Who said no in an earlier step and has not been asked again: no more messages to them.
    declined: frozenset[PartyId] = frozenset()
    informed: frozenset[PartyId] = frozenset()
    joined: frozenset[PartyId] = frozenset()
    offer: Offer | None = None
    # The due instants; `wake_at` is the earliest of them.
    begin_at: datetime | None = None
    step_due_at: datetime | None = None
    remind_at: datetime | None = None
    arrive_due_at: datetime | None = None
    # How long the accountable desk is left alone between two pages.
    remind_every: timedelta | None = None
    acknowledged_at: datetime | None = None
    arrived_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: Outcome | None = None
    signal_count: int = 1
    # Family was kept out once, so it stays out, whatever the incident is called later.
    was_restricted: bool = False

    @property
    def is_open(self) -> bool:
        """Whether somebody is still responsible."""
        return self.closed_at is None

    @property
    def is_restricted(self) -> bool:
        """Whether family is kept out (DESIGN.md 4.1.15)."""
        return self.was_restricted or self.type in RESTRICTED

    @property
    def wake_at(self) -> datetime | None:
        """The earliest instant at which something is due; None when nothing is."""
        offer_due_at = self.offer.due_at if self.offer else None
        instants = (
            self.begin_at,
            self.step_due_at,
            self.remind_at,
            self.arrive_due_at,
            offer_due_at,
        )
        return min((at for at in instants if at), default=None)

    @property
    def everyone_asked(self) -> frozenset[PartyId]:
        """Everybody asked in any step so far."""
        return self.asked_before | {asked.party_id for asked in self.asked}

    def find_asked(self, party_id: PartyId) -> Asked | None:
        """The request to a party in the running step."""
        return next((asked for asked in self.asked if asked.party_id == party_id), None)

    def with_asked(self, changed: Asked) -> Self:
        """The same incident with one request replaced."""
        asked = tuple(changed if a.party_id == changed.party_id else a for a in self.asked)
        return replace(self, asked=asked)

    def check(self) -> None:
        """Assert what must always hold (H1, H5); called before each save and after each load."""
        assert self.is_open == (self.holder_id is not None), "H1: exactly one holder while open"
        assert self.is_open == (self.basis is not None), "H1: a holder has a basis"
        assert self.is_open == (self.wake_at is not None), "H5: exactly the open have a timer"
        if self.status is Status.TRIGGERED:
            assert self.basis is Basis.AGREEMENT, "H2: unanswered, a desk holds by agreement"
        elif self.is_open:
            assert self.basis is Basis.ACCEPTANCE, "H2: who answered holds by acceptance"
        assert self.status is Status.TRIGGERED or not self.exhausted, "exhausted means unanswered"
        assert self.offer is None or self.basis is Basis.ACCEPTANCE, "only who accepted can offer"
        assert self.last_at >= self.opened_at, "H11: time never goes back"


def page_id_of(incident_id: str, party_id: PartyId, step: int, round_: int) -> str:
    """The id of the page to a party at a step and round: the same for every retry of it.

    Derived, so that the rules need no source of ids; the link's token is made from it with a
    secret key.
    """
    name = f"{incident_id}/{party_id}/{step}/{round_}".encode()
    octets = bytearray(hashlib.sha256(name).digest()[:16])
    # A UUID of version 8 (RFC 9562 §5.8), whose bits are the application's.
    octets[6] = octets[6] & 0x0F | 0x80
    octets[8] = octets[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(octets)))
