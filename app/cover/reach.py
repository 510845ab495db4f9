"""When somebody can be asked: sets of instants, not samples.

It says of a whole horizon what `app/escalation/network.py` says of one instant, by other means; a
test holds the two against each other.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from app.escalation.network import TIERS, Network
from app.escalation.party import ContactPoint, Party, PartyId, PartyKind
from app.protocols.calendar import Hours
from app.protocols.protocol import Step
from app.rosters.duty import duty_intervals
from app.rosters.history import reigns
from app.rosters.interval import (
    Instant,
    Span,
    Spans,
    difference,
    intersection,
    milliseconds,
    moment,
    normal,
    union,
)
from app.rosters.zone import open_intervals

Seconds = int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """When a step can ask each of those whom it names, and when anybody at all."""

    parties: Mapping[PartyId, Spans]
    anybody: Spans


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Who can be asked when, in [begin, end), as the directory and the rosters stand."""

    network: Network
    begin: Instant
    end: Instant

    @property
    def whole(self) -> Spans:
        """The whole horizon."""
        return ((self.begin, self.end),) if self.begin < self.end else ()

    def step(self, step: Step, *, restricted: bool) -> Cover:
        """When a step can ask whom, if nobody is busy; who never can be asked is left out.

        `restricted`: the family is kept out (DESIGN.md 4.1.15).
        """
        own, *others = (PartyId(name) for name in step.asked)
        tiers = TIERS[step.tier - 1 :] if step.when_busy == "pass" else (step.tier,)
        found: dict[PartyId, list[Spans]] = {}
        for party_id, spans in self._by_tiers(own, tiers, restricted=restricted):
            found.setdefault(party_id, []).append(spans)
        for other in others:
            for party_id, spans in self._by_tiers(other, (1,), restricted=restricted):
                found.setdefault(party_id, []).append(spans)
        parties = {party_id: union(*many) for party_id, many in found.items()}
        return Cover(parties=parties, anybody=union(*parties.values()))

    @property
    def has_family(self) -> bool:
        """Whether the protocol names anybody of the family."""
        return any(self.network.is_family(party_id) for party_id in self.network.parties)

    def _by_tiers(
        self, party_id: PartyId, tiers: Sequence[int], *, restricted: bool
    ) -> Iterator[tuple[PartyId, Spans]]:
        """Of a roster the next tier is asked where nobody of those before can be."""
        taken: Spans = ()
        for tier in tiers:
            persons: list[Spans] = []
            for one, spans in self._expanded(party_id, tier).items():
                if restricted and self.network.is_family(one):
                    continue
                reached = difference(intersection(spans, self._usable(one)), taken)
                if reached:
                    yield one, reached
                    if self.network.parties[one].kind is PartyKind.PERSON:
                        persons.append(reached)
            taken = union(taken, *persons)

    def delays(self, party_id: PartyId) -> Mapping[Seconds, Spans]:
        """When the first usable rung of a party's ladder is how many seconds after the page."""
        party = self.network.parties[party_id]
        taken: Spans = ()
        found: dict[Seconds, Spans] = {}
        for delay in sorted({_seconds(point) for point in party.contact_points}):
            points = [point for point in party.contact_points if _seconds(point) == delay]
            usable = union(*(self.open(point.hours) for point in points))
            found[delay] = difference(usable, taken)
            taken = union(taken, usable)
        return {delay: spans for delay, spans in found.items() if spans}

    def unplanned(self, step: Step) -> Spans:
        """Where the roster of a desk that a step asks is not planned yet."""
        found: list[Span] = []
        for name in step.asked:
            party = self.network.parties.get(PartyId(name))
            roster = party.roster if party else ()
            for reign in reigns(roster, moment(self.begin), moment(self.end)) if roster else ():
                planned_to = reign.version.document.planned_to if reign.version else None
                if planned_to is not None:
                    ends = milliseconds(reign.ends_at)
                    found.append((max(planned_to, milliseconds(reign.begins_at)), ends))
        return normal(found)

    def _expanded(self, party_id: PartyId, tier: int) -> Mapping[PartyId, Spans]:
        """A person alone; of a desk, while it is open, who is on duty, and its own phone."""
        party = self.network.parties.get(party_id)
        if party is None or party.is_retired:
            return {}
        if party.kind is not PartyKind.DESK:
            return {party_id: self.whole}
        is_open = self.open(party.hours) if party.hours else ()
        found = {
            person: intersection(is_open, spans)
            for person, spans in self._on_duty(party, tier).items()
        }
        if party.contact_points:
            found[party_id] = is_open
        return found

    def _on_duty(self, desk: Party, tier: int) -> Mapping[PartyId, Spans]:
        active = {one for one in desk.person_ids if self._is_active(one)}
        return {one: spans for one, spans in self._duty(desk, tier).items() if one in active}

    def _duty(self, desk: Party, tier: int) -> Mapping[PartyId, Spans]:
        key = (desk.id, tier)
        if key not in self._duties:
            self._duties[key] = self._looked_up(desk, tier)
        return self._duties[key]

    def _looked_up(self, desk: Party, tier: int) -> Mapping[PartyId, Spans]:
        if not desk.roster:
            return dict.fromkeys(desk.person_ids, self.whole)
        found: dict[PartyId, list[Span]] = {}
        for reign in reigns(desk.roster, moment(self.begin), moment(self.end)):
            if reign.version is None:
                span = (milliseconds(reign.begins_at), milliseconds(reign.ends_at))
                for person in desk.person_ids:
                    found.setdefault(person, []).append(span)
                continue
            roster = reign.version.document
            for one in duty_intervals(roster, reign.begins_at, reign.ends_at):
                if one.tier == tier:
                    found.setdefault(PartyId(one.person), []).append((one.begin, one.end))
        return {person: normal(spans) for person, spans in found.items()}

    def _usable(self, party_id: PartyId) -> Spans:
        if party_id not in self._usables:
            party = self.network.parties[party_id]
            points = () if party.is_retired else party.contact_points
            self._usables[party_id] = union(*(self.open(point.hours) for point in points))
        return self._usables[party_id]

    def open(self, hours: Hours) -> Spans:
        """When hours are open, by the protocol's clock."""
        if hours not in self._opens:
            zone = self.network.zone
            self._opens[hours] = open_intervals(hours, None, zone, self.begin, self.end)
        return self._opens[hours]

    def _is_active(self, party_id: PartyId) -> bool:
        party = self.network.parties.get(party_id)
        return party is not None and not party.is_retired

    @cached_property
    def _duties(self) -> dict[tuple[PartyId, int], Mapping[PartyId, Spans]]:
        return {}

    @cached_property
    def _usables(self) -> dict[PartyId, Spans]:
        return {}

    @cached_property
    def _opens(self) -> dict[Hours, Spans]:
        return {}


def _seconds(point: ContactPoint) -> Seconds:
    return int(point.delay.total_seconds())
