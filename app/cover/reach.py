"""When somebody can be asked: sets of instants, not samples.

It says of a whole horizon what `app/escalation/network.py` says of one instant, by other means; a
test holds the two against each other. Days that look alike are looked at once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial

from app.cover.timetable import (
    Day,
    DayCover,
    Duties,
    Kept,
    Named,
    Openness,
    Place,
    Seconds,
    Timetable,
)
from app.escalation.network import TIERS, Network
from app.escalation.party import Party, PartyId, PartyKind
from app.protocols.calendar import Hours
from app.protocols.protocol import Step
from app.rosters.daily import Daily, ahead, beside, following, together, whole
from app.rosters.history import reigns
from app.rosters.interval import (
    DAY,
    Instant,
    Span,
    Spans,
    milliseconds,
    moment,
    normal,
    union,
)


@dataclass(frozen=True, kw_only=True)
class Cover:
    """When a step can ask each of those whom it names, and when anybody at all.

    What is said `ahead` says of each day the instants from its midnight on, for so long.
    """

    timetable: Timetable
    days: Daily[DayCover]
    _days_ahead: Kept[Daily[tuple[DayCover, ...]]] = field(
        default_factory=Kept, repr=False, compare=False
    )
    _aheads: Kept[Daily[Spans]] = field(default_factory=Kept, repr=False, compare=False)

    @cached_property
    def order(self) -> tuple[PartyId, ...]:
        """Those who are ever asked, in the order in which the step names them."""
        places: dict[PartyId, Place] = {}
        for day in self.days.said:
            for party_id, place in day.places.items():
                places[party_id] = min(place, places.get(party_id, place))
        return tuple(sorted(places, key=places.__getitem__))

    @cached_property
    def parties(self) -> Mapping[PartyId, Spans]:
        """When each of them can be asked."""
        return {
            one: whole((day.parties.get(one, ()) for day in self.days), self.timetable.days)
            for one in self.order
        }

    @cached_property
    def anybody_by_day(self) -> Daily[Spans]:
        """When anybody at all can be asked."""
        return self.days.then(lambda day: day.anybody).merged()

    @cached_property
    def first_uses(self) -> Mapping[tuple[PartyId, str], Instant]:
        """The first instant at which a contact point of a party is open while they are asked."""
        found: dict[tuple[PartyId, str], Instant] = {}
        for number, day in self.days.first_days().items():
            midnight = self.timetable.days[day]
            for place, at in self.days.said[number].uses.items():
                found.setdefault(place, midnight + at)
        return found

    @cached_property
    def delays(self) -> Mapping[PartyId, tuple[Seconds, ...]]:
        """Of each of those who are asked, how long after the page their first rungs can be."""
        return {
            one: tuple(
                sorted({delay for day in self.days.said for delay in day.rungs.get(one, ())})
            )
            for one in self.order
        }

    def anybody_ahead(self, length: Instant) -> Daily[Spans]:
        """When anybody at all can be asked, of each day from its midnight on for so long."""
        return self._ahead((), length, lambda: self.anybody_by_day)

    def first_rungs_ahead(self, length: Instant) -> Mapping[Seconds, Daily[Spans]]:
        """The same of when the first usable rung of anybody is how long after the page."""
        return {
            delay: self._ahead((delay,), length, partial(self._first_rung, delay))
            for delay in sorted({one for delays in self.delays.values() for one in delays})
        }

    def days_ahead(self, length: Instant) -> Daily[tuple[DayCover, ...]]:
        """Of each day itself and those after it of which any instant is so near."""
        days = [self.days] * -(-length // DAY)
        nothing = DayCover(parties={}, places={}, rungs={}, uses={})
        return self._days_ahead.get(len(days), lambda: following(days, nothing))

    def _first_rung(self, delay: Seconds) -> Daily[Spans]:
        return self.days.then(
            lambda day: union(*(rungs.get(delay, ()) for rungs in day.rungs.values()))
        )

    def _ahead(
        self, key: tuple[object, ...], length: Instant, make: Callable[[], Daily[Spans]]
    ) -> Daily[Spans]:
        return self._aheads.get((key, length), lambda: ahead(make(), length))


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Who can be asked when, in [begin, end), as the directory and the rosters stand.

    A `shared` timetable begins at the same instant and ends no earlier.
    """

    network: Network
    begin: Instant
    end: Instant
    shared: Timetable | None = None

    @cached_property
    def timetable(self) -> Timetable:
        """What holds whichever protocol asks."""
        return self.shared or Timetable(begin=self.begin, end=self.end)

    @property
    def has_family(self) -> bool:
        """Whether the protocol names anybody of the family."""
        return any(self.network.is_family(party_id) for party_id in self.network.parties)

    def step(self, step: Step, *, restricted: bool) -> Cover:
        """When a step can ask whom, if nobody is busy; who never can be asked is left out.

        `restricted`: the family is kept out (DESIGN.md 4.1.15).
        """
        own, *others = (PartyId(name) for name in step.asked)
        tiers = TIERS[step.tier - 1 :] if step.when_busy == "pass" else (step.tier,)
        named: list[Named] = [(own, tiers), *((other, (1,)) for other in others)]
        return self._kept(
            ("step", step.asked, tiers, restricted),
            self._with_persons(own, *others),
            self._duties(named),
            lambda day: day.step(named, restricted=restricted),
        )

    @cached_property
    def last_resort(self) -> Cover:
        """When the accountable desk's paging reaches whom: all its persons, and its own phone."""
        desk = self.network.accountable
        parties = dict.fromkeys((*self.network.persons_of(desk), desk))
        known = [one for one in parties if one in self.network.parties]
        return self._kept(("last resort", *known), known, {}, lambda day: day.always(known))

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

    def _kept(
        self,
        key: tuple[object, ...],
        named: Iterable[PartyId],
        duties: Mapping[tuple[PartyId, int], Duties],
        look: Callable[[Day], DayCover],
    ) -> Cover:
        """A cover, looked at day by day unless it is known for the same parties."""
        parties = {one: self.network.parties.get(one) for one in named}
        zone = self.network.zone

        def make() -> Cover:
            days = len(self.timetable.days)
            hours = list(_hours(parties.values()))
            opens = together([self.timetable.open(one, zone) for one in hours], days).then(
                lambda spans: Openness.of(dict(zip(hours, spans, strict=True)), parties.values())
            )
            on_duty = together([one.days for one in duties.values()], days).then(
                lambda spans: {
                    place: dict(zip(duty.persons, of_day, strict=True))
                    for (place, duty), of_day in zip(duties.items(), spans, strict=True)
                }
            )
            looks = beside(opens, on_duty).then(
                lambda day: look(Day(parties=parties, open=day[0], duties=day[1]))
            )
            return Cover(timetable=self.timetable, days=looks)

        kept = self.timetable.kept(Cover)
        return kept.get((zone.key, *key), make, made_of=tuple(parties.values()))

    def _with_persons(self, *named: PartyId) -> Iterator[PartyId]:
        for one in named:
            yield one
            party = self.network.parties.get(one)
            yield from party.person_ids if party else ()

    def _duties(self, named: Iterable[Named]) -> Mapping[tuple[PartyId, int], Duties]:
        """Of the desks among these that have a roster, who is on duty in the tiers asked."""
        found: dict[tuple[PartyId, int], Duties] = {}
        for party_id, tiers in named:
            party = self.network.parties.get(party_id)
            if party and party.kind is PartyKind.DESK and party.roster:
                by_tier = self.timetable.duties(party)
                found |= {(party_id, tier): by_tier[tier] for tier in tiers}
        return found


def _hours(parties: Iterable[Party | None]) -> Mapping[Hours, None]:
    """All hours of these parties, each once."""
    found = {Hours.always: None}
    for party in parties:
        if party is not None:
            own = (party.hours,) if party.hours else ()
            found |= dict.fromkeys((*own, *(point.hours for point in party.contact_points)))
    return found
