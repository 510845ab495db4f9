"""Parties and what can be asked of them: the values of the contact network."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import NewType

from app.protocols.calendar import Hours
from app.protocols.kinds import OrganisationKind
from app.rosters.history import Version

PartyId = NewType("PartyId", str)


class PartyKind(StrEnum):
    """The three layers of the tree of parties."""

    ORGANISATION = "organisation"
    DESK = "desk"
    PERSON = "person"


class LeftOut(StrEnum):
    """Why somebody whom a step names is not asked."""

    NOBODY_ON_DUTY = "nobody_on_duty"
    UNREACHABLE = "unreachable"
    RESTRICTED = "restricted"
    # They hold another incident, and the step passes such persons on.
    BUSY = "busy"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPoint:
    """One way to reach a party; `delay` after the page it is used, within `hours`."""

    id: str
    channel: str
    hours: Hours
    delay: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Anyone who can hold responsibility or be contacted."""

    id: PartyId
    kind: PartyKind
    name: str
    organisation_id: PartyId
    organisation_name: str
    organisation_kind: OrganisationKind | None
    # When a desk is open; None for the others.
    hours: Hours | None = None
    contact_points: tuple[ContactPoint, ...] = ()
    # The persons who may answer for a desk or an organisation.
    person_ids: tuple[PartyId, ...] = ()
    # The versions of a desk's roster, by number; without any, all its persons are on duty.
    roster: tuple[Version, ...] = ()
    is_retired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One party that a step asks, and by which contact points."""

    party_id: PartyId
    contact_points: tuple[ContactPoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Whom a step asks now, and who is left out why."""

    asks: tuple[Ask, ...]
    left_out: tuple[tuple[PartyId, LeftOut], ...]

    @property
    def reason(self) -> LeftOut:
        """Why nobody is asked: the reason that comes nearest to somebody being there."""
        reasons = {reason for _, reason in self.left_out}
        for reason in (LeftOut.UNREACHABLE, LeftOut.RESTRICTED):
            if reason in reasons:
                return reason
        return LeftOut.NOBODY_ON_DUTY
