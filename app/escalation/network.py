"""The contact network (連絡網) of one incident: its pinned protocol and the directory as it is now.

Who can be asked is answered here; what follows from it is `walk`'s matter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Self
from zoneinfo import ZoneInfo

from app.escalation.party import Ask, Asking, ContactPoint, LeftOut, Party, PartyId, PartyKind
from app.protocols.kinds import OrganisationKind
from app.protocols.protocol import Protocol, Step
from app.rosters.history import on_duty_in

JAPAN = ZoneInfo("Asia/Tokyo")
TIERS = (1, 2, 3, 4, 5)


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
    # Persons who hold another incident now.
    busy: frozenset[PartyId] = frozenset()

    @classmethod
    def of_protocol(
        cls,
        protocol: Protocol,
        parties: Mapping[PartyId, Party],
        published_on: date,
        *,
        version_id: str | None = None,
        version: int | None = None,
    ) -> Self:
        """The network of a protocol; who has approved by `published_on` holds by agreement."""
        desks = (
            parties.get(PartyId(step.desk))
            for variant in protocol.variants
            for step in variant.steps
            if step.desk
        )
        return cls(
            accountable=PartyId(protocol.accountable),
            parties=parties,
            protocol=protocol,
            version_id=version_id,
            version=version,
            published_on=published_on,
            approved=frozenset(
                desk.id
                for desk in desks
                if desk and protocol.is_approved(desk.organisation_id, published_on)
            ),
        )

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

    def on_duty(
        self, desk_id: PartyId, now: datetime, *, tier: int | None = None
    ) -> tuple[PartyId, ...]:
        """The persons on duty for a desk while it is open: by its roster, else all of them.

        `tier` is a roster's; None for whoever is on duty. Who is no person of the desk (any more)
        is not on duty for it, whatever the roster says.
        """
        desk = self.parties.get(desk_id)
        if desk is None or desk.is_retired or not desk.hours:
            return ()
        if not desk.hours.contains(now.astimezone(self.zone)):
            return ()
        duties = on_duty_in(desk.roster, now) if desk.roster else None
        persons = (
            desk.person_ids
            if duties is None
            else dict.fromkeys(
                PartyId(duty.person) for duty in duties if tier is None or duty.tier == tier
            )
        )
        known = set(desk.person_ids)
        return tuple(one for one in persons if one in known and not self._is_retired(one))

    def is_family(self, party_id: PartyId) -> bool:
        """Whether the party belongs to the client's family."""
        party = self.parties.get(party_id)
        return party is not None and party.organisation_kind is OrganisationKind.FAMILY

    def ask_step(self, step: Step, now: datetime, *, restricted: bool) -> Asking:
        """Whom `step` asks now; `restricted` leaves out family (DESIGN.md 4.1.15)."""
        own, *others = (PartyId(name) for name in step.asked)
        passes = step.when_busy == "pass"
        tiers = TIERS[step.tier - 1 :] if passes else (step.tier,)
        first = self._ask([own], now, restricted=restricted, passes=passes, tiers=tiers)
        also = self._ask(others, now, restricted=restricted, passes=passes)
        asks = {ask.party_id: ask for ask in (*first.asks, *also.asks)}
        left_out = dict((*first.left_out, *also.left_out))
        return Asking(asks=tuple(asks.values()), left_out=tuple(left_out.items()))

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

    def _ask(
        self,
        named: Sequence[PartyId],
        now: datetime,
        *,
        restricted: bool,
        passes: bool = False,
        tiers: Sequence[int] = (1,),
    ) -> Asking:
        """Ask these; of a roster the first of the tiers of which a person can be asked."""
        asks: dict[PartyId, Ask] = {}
        left_out: dict[PartyId, LeftOut] = {}
        for party_id in named:
            reached: set[PartyId] = set()
            for tier in tiers:
                has_person = False
                for one in self._expand(party_id, now, tier):
                    reached.add(one)
                    points = self.usable(one, now)
                    if restricted and self.is_family(one):
                        left_out[one] = LeftOut.RESTRICTED
                    elif passes and one in self.busy:
                        left_out[one] = LeftOut.BUSY
                    elif points:
                        asks[one] = Ask(party_id=one, contact_points=points)
                        has_person |= self._is_person(one)
                    else:
                        left_out[one] = LeftOut.UNREACHABLE
                if has_person:
                    break
            if not reached:
                left_out[party_id] = LeftOut.NOBODY_ON_DUTY
        return Asking(asks=tuple(asks.values()), left_out=tuple(left_out.items()))

    def _expand(self, party_id: PartyId, now: datetime, tier: int) -> tuple[PartyId, ...]:
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
        return (*self.on_duty(party_id, now, tier=tier), *own_phone)

    def _all_points(self, party_id: PartyId) -> tuple[ContactPoint, ...]:
        party = self.parties.get(party_id)
        return party.contact_points if party and not party.is_retired else ()

    def _is_person(self, party_id: PartyId) -> bool:
        party = self.parties.get(party_id)
        return party is not None and party.kind is PartyKind.PERSON

    def _is_retired(self, party_id: PartyId) -> bool:
        party = self.parties.get(party_id)
        return party is None or party.is_retired
