"""The contact network (連絡網) of one incident: its pinned protocol and the directory as it is now.

Who can be asked is answered here; what follows from it is `walk`'s matter.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NewType
from zoneinfo import ZoneInfo

from app.protocols.calendar import Hours
from app.protocols.kinds import OrganisationKind
from app.protocols.protocol import Protocol, Step

PartyId = NewType("PartyId", str)
JAPAN = ZoneInfo("Asia/Tokyo")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A pinned protocol version with the parties that it names.

    `protocol` is None where the client has none and the municipality no default: then
    `accountable` holds from the start. `accountable` is a desk, or the municipality itself
    where nothing better is known. `approved` are the desks that may hold by agreement.
    """

    accountable: PartyId
    parties: Mapping[PartyId, Party]
    protocol: Protocol | None = None
    version_id: str | None = None
    version: int | None = None
    published_on: date | None = None
    approved: frozenset[PartyId] = field(default_factory=frozenset)

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the protocol's local times."""
        return ZoneInfo(self.protocol.timezone) if self.protocol else JAPAN

    def steps(self, variant: int) -> tuple[Step, ...]:
        """The steps of a variant; none without a protocol."""
        return self.protocol.variants[variant].steps if self.protocol else ()

    def rounds(self, variant: int) -> int:
        """How often the steps of a variant are walked."""
        return self.protocol.variants[variant].rounds if self.protocol else 1

    def desk_of(self, step: Step | None, *, restricted: bool = False) -> PartyId:
        """The desk that holds while `step` runs: its own if it agreed, else the accountable one.

        A desk that has been retired since, or one of the family where family is kept out
        (`restricted`), cannot answer for anybody: the accountable one holds.
        """
        desk_id = PartyId(step.desk) if step and step.desk else None
        if desk_id is None or desk_id not in self.approved or self._is_retired(desk_id):
            return self.accountable
        return self.accountable if restricted and self.is_family(desk_id) else desk_id

    def persons_of(self, party_id: PartyId) -> tuple[PartyId, ...]:
        """The persons who may answer a page to `party_id`: itself, or a desk's persons."""
        party = self.parties.get(party_id)
        if party is None:
            return ()
        return (party_id,) if party.kind is PartyKind.PERSON else party.person_ids

    def usable(self, party_id: PartyId, now: datetime) -> tuple[ContactPoint, ...]:
        """The contact points of a party that may be used now."""
        party = self.parties.get(party_id)
        if party is None or party.is_retired:
            return ()
        local = now.astimezone(self.zone)
        return tuple(point for point in party.contact_points if point.hours.contains(local))

    def on_duty(self, desk_id: PartyId, now: datetime) -> tuple[PartyId, ...]:
        """The persons on duty for a desk: all of them while it is open (no roster)."""
        desk = self.parties.get(desk_id)
        if desk is None or desk.is_retired or not desk.hours:
            return ()
        if not desk.hours.contains(now.astimezone(self.zone)):
            return ()
        return tuple(person for person in desk.person_ids if not self._is_retired(person))

    def is_family(self, party_id: PartyId) -> bool:
        """Whether the party belongs to the client's family."""
        party = self.parties.get(party_id)
        return party is not None and party.organisation_kind is OrganisationKind.FAMILY

    def ask_step(self, step: Step, now: datetime, *, restricted: bool) -> Asking:
        """Whom `step` asks now; `restricted` leaves out family (DESIGN.md 4.1.15)."""
        named = [step.person or step.desk, *step.also_page]
        return self._ask([PartyId(party) for party in named if party], now, restricted=restricted)

    def ask_accountable(self, now: datetime, *, restricted: bool) -> Asking:
        """Everybody of the accountable desk, whatever its roster or hours say.

        Contact points outside their hours are used when there is no other: a last resort
        is never silent (H3).
        """
        everybody = dict.fromkeys([*self.persons_of(self.accountable), self.accountable])
        shut = [p for p in everybody if restricted and self.is_family(p)]
        parties = [p for p in everybody if p not in shut]
        asks = [Ask(party_id=p, contact_points=self.usable(p, now)) for p in parties]
        if not any(ask.contact_points for ask in asks):
            asks = [Ask(party_id=p, contact_points=self._all_points(p)) for p in parties]
        return Asking(
            asks=tuple(ask for ask in asks if ask.contact_points),
            left_out=tuple((p, LeftOut.RESTRICTED) for p in shut),
        )

    def tell(self, party_id: PartyId, now: datetime, *, restricted: bool) -> Asking:
        """Who hears what a party is to know: itself, or a desk's persons on duty and its phone."""
        return self._ask([party_id], now, restricted=restricted)

    def _ask(self, named: list[PartyId], now: datetime, *, restricted: bool) -> Asking:
        asks: dict[PartyId, Ask] = {}
        left_out: dict[PartyId, LeftOut] = {}
        for party_id in named:
            reached = self._expand(party_id, now)
            for one in reached:
                points = self.usable(one, now)
                if restricted and self.is_family(one):
                    left_out[one] = LeftOut.RESTRICTED
                elif points:
                    asks[one] = Ask(party_id=one, contact_points=points)
                else:
                    left_out[one] = LeftOut.UNREACHABLE
            if not reached:
                left_out[party_id] = LeftOut.NOBODY_ON_DUTY
        return Asking(asks=tuple(asks.values()), left_out=tuple(left_out.items()))

    def _expand(self, party_id: PartyId, now: datetime) -> tuple[PartyId, ...]:
        """A person alone; of a desk the persons on duty and its own phone; an organisation's phone.

        Nobody of a desk that is closed.
        """
        if self._is_person(party_id):
            return (party_id,)
        party = self.parties.get(party_id)
        if party is None or party.is_retired:
            return ()
        own_phone = (party_id,) if party.contact_points else ()
        if party.kind is PartyKind.ORGANISATION:
            return own_phone
        if not party.hours or not party.hours.contains(now.astimezone(self.zone)):
            return ()
        return (*self.on_duty(party_id, now), *own_phone)

    def _all_points(self, party_id: PartyId) -> tuple[ContactPoint, ...]:
        party = self.parties.get(party_id)
        return party.contact_points if party and not party.is_retired else ()

    def _is_person(self, party_id: PartyId) -> bool:
        party = self.parties.get(party_id)
        return party is not None and party.kind is PartyKind.PERSON

    def _is_retired(self, party_id: PartyId) -> bool:
        party = self.parties.get(party_id)
        return party is None or party.is_retired
