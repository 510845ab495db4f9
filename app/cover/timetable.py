"""What holds day by day whichever protocol asks: hours, duty, and whom a step can ask.

Days that look alike are looked at once. What has been found is kept for whoever asks next: most
protocols of a municipality ask the same desks.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Generic, Self, TypeVar, cast
from zoneinfo import ZoneInfo

from app.escalation.network import TIERS
from app.escalation.party import ContactPoint, Party, PartyId, PartyKind
from app.protocols.calendar import Hours, instants_of
from app.protocols.kinds import OrganisationKind
from app.rosters.daily import Daily, by_day, midnights, together
from app.rosters.duty import duty_by_tier
from app.rosters.history import reigns
from app.rosters.interval import (
    Instant,
    Spans,
    difference,
    intersection,
    milliseconds,
    moment,
    union,
)
from app.rosters.zone import open_intervals

T = TypeVar("T")

Seconds = int
# Whom a step names, and the tiers of the roster that are asked, one after another.
Named = tuple[PartyId, Sequence[int]]
# The number of whom the step names, the tier, and the number among those on duty in it.
Place = tuple[int, int, int]


class Kept(Generic[T]):
    """What has been found, by key, with what it was made of: made anew when that is another."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._found: dict[Hashable, tuple[object, T]] = {}

    def get(self, key: Hashable, make: Callable[[], T], *, made_of: object = None) -> T:
        """What is kept under this key, if it was made of what is equal."""
        found = self._found.get(key)
        # The same objects are equal at once, other ones after a look at each.
        if found is None or found[0] != made_of:
            found = self._found[key] = (made_of, make())
        return found[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Duties:
    """A desk's roster in one tier: the instants of each of its persons, in turn, day by day."""

    persons: tuple[PartyId, ...]
    days: Daily[tuple[Spans, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """What holds in [begin, end) whichever protocol asks.

    Proofs that begin at the same instant may share one, one after another. It only grows: whoever
    makes it decides how long it is kept (for a municipality's clients, say).
    """

    begin: Instant
    end: Instant
    _opens: Kept[Daily[Spans]] = field(default_factory=Kept, repr=False, compare=False)
    _duties: Kept[Mapping[int, Duties]] = field(default_factory=Kept, repr=False, compare=False)
    _mornings: Kept[tuple[Instant, ...]] = field(default_factory=Kept, repr=False, compare=False)
    _others: dict[type, Kept[object]] = field(default_factory=dict, repr=False, compare=False)

    def kept(self, of: type[T]) -> Kept[T]:
        """What has been found of another kind."""
        # Only values of a kind are put in under it, so what comes out is of the kind.
        return cast("Kept[T]", self._others.setdefault(of, Kept()))

    @property
    def days(self) -> range:
        """The midnight of each day."""
        return midnights(self.begin, self.end)

    def open(self, hours: Hours, zone: ZoneInfo) -> Daily[Spans]:
        """When hours are open on each day, by a zone's clock."""

        def make() -> Daily[Spans]:
            return by_day(open_intervals(hours, None, zone, self.begin, self.end), self.days)

        return self._opens.get((hours, zone.key), make)

    def duties(self, desk: Party) -> Mapping[int, Duties]:
        """Who is on duty for a desk that has a roster, by tier."""
        made_of = (desk.person_ids, desk.roster)
        return self._duties.get(desk.id, lambda: self._looked_up(desk), made_of=made_of)

    def _looked_up(self, desk: Party) -> Mapping[int, Duties]:
        found: dict[int, dict[PartyId, list[Spans]]] = {tier: {} for tier in TIERS}
        for reign in reigns(desk.roster, moment(self.begin), moment(self.end)):
            begin, end = milliseconds(reign.begins_at), milliseconds(reign.ends_at)
            everybody = dict.fromkeys(desk.person_ids, ((begin, end),))
            on_duty = (
                duty_by_tier(reign.version.document, begin, end)
                if reign.version
                else dict.fromkeys(TIERS, everybody)
            )
            for tier, persons in on_duty.items():
                for person, spans in persons.items():
                    found[tier].setdefault(PartyId(person), []).append(spans)
        return {
            tier: Duties(
                persons=tuple(persons),
                days=together(
                    [by_day(union(*many), self.days) for many in persons.values()], len(self.days)
                ),
            )
            for tier, persons in found.items()
        }

    def mornings(self, hour: int, zone: ZoneInfo) -> tuple[Instant, ...]:
        """Every instant at which a zone's clock shows this full hour, and the first one after."""

        def make() -> tuple[Instant, ...]:
            first = moment(self.begin).date() - timedelta(days=1)
            days = (first + timedelta(days) for days in range(len(self.days) + 5))
            return tuple(
                sorted(
                    milliseconds(at)
                    for day in days
                    for at in instants_of(datetime.combine(day, time(hour)), zone)
                )
            )

        return self._mornings.get((hour, zone.key), make)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCover:
    """When a step can ask whom on one day.

    `places`: where each of them comes first among those whom the step names. `rungs`: of each of
    them, by how many seconds after the page the first usable rung of the ladder is: when it is.
    `uses`: by party and contact point the first instant at which it is open while they are asked.
    """

    parties: Mapping[PartyId, Spans]
    places: Mapping[PartyId, Place]
    rungs: Mapping[PartyId, Mapping[Seconds, Spans]]
    uses: Mapping[tuple[PartyId, str], Instant]

    @property
    def anybody(self) -> Spans:
        """When anybody at all can be asked."""
        return union(*self.parties.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Openness:
    """When hours are open on a day, and when contact points can be used.

    `rungs`: of each party, by how many seconds after a page the first usable one of the ladder is.
    """

    hours: Mapping[Hours, Spans]
    usable: Mapping[PartyId, Spans]
    rungs: Mapping[PartyId, Sequence[tuple[Seconds, Spans]]]

    @classmethod
    def of(cls, hours: Mapping[Hours, Spans], parties: Iterable[Party | None]) -> Self:
        """That of these parties' contact points."""
        known = [party for party in parties if party is not None]
        return cls(
            hours=hours,
            usable={
                one.id: union(*(hours[point.hours] for point in one.contact_points))
                for one in known
            },
            rungs={one.id: tuple(_rungs(one, hours)) for one in known},
        )


def _rungs(party: Party, hours: Mapping[Hours, Spans]) -> Iterator[tuple[Seconds, Spans]]:
    taken: Spans = ()
    for delay in sorted({_seconds(point) for point in party.contact_points}):
        points = [point for point in party.contact_points if _seconds(point) == delay]
        usable = union(*(hours[point.hours] for point in points))
        yield delay, difference(usable, taken)
        taken = union(taken, usable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day, or all that look like it: what is open and who is on duty when."""

    parties: Mapping[PartyId, Party | None]
    open: Openness
    duties: Mapping[tuple[PartyId, int], Mapping[PartyId, Spans]]

    def step(self, named: Sequence[Named], *, restricted: bool) -> DayCover:
        """Of a roster the next tier is asked where nobody of those before can be."""
        found: dict[PartyId, list[Spans]] = {}
        places: dict[PartyId, Place] = {}
        for number, (party_id, tiers) in enumerate(named):
            taken: Spans = ()
            for tier in tiers:
                persons: list[Spans] = []
                for at, (one, spans) in enumerate(self._expanded(party_id, tier)):
                    party = self._active(one)
                    if party is None or (restricted and _is_family(party)):
                        continue
                    reached = difference(intersection(spans, self.open.usable[one]), taken)
                    if reached:
                        found.setdefault(one, []).append(reached)
                        places.setdefault(one, (number, tier, at))
                        if party.kind is PartyKind.PERSON:
                            persons.append(reached)
                taken = union(taken, *persons)
        return self._covered({one: union(*many) for one, many in found.items()}, places)

    def always(self, named: Iterable[PartyId]) -> DayCover:
        """Whatever rosters and the hours of desks say, these are asked."""
        asked = dict.fromkeys(named, self.open.hours[Hours.always])
        return self._covered(asked, {one: (at, 1, 0) for at, one in enumerate(asked)})

    def _covered(self, asked: Mapping[PartyId, Spans], places: Mapping[PartyId, Place]) -> DayCover:
        uses: dict[tuple[PartyId, str], Instant] = {}
        rungs: dict[PartyId, Mapping[Seconds, Spans]] = {}
        for party_id, spans in asked.items():
            party = self.parties[party_id]
            assert party is not None, "whoever is unknown is not asked"
            rungs[party_id] = {
                delay: found
                for delay, usable in self.open.rungs[party_id]
                if (found := intersection(spans, usable))
            }
            for point in party.contact_points:
                if used := intersection(self.open.hours[point.hours], spans):
                    uses[party_id, point.id] = used[0][0]
        return DayCover(parties=asked, places=places, rungs=rungs, uses=uses)

    def _expanded(self, party_id: PartyId, tier: int) -> Iterator[tuple[PartyId, Spans]]:
        """A person alone; of a desk, while it is open, who is on duty, and its own phone."""
        party = self._active(party_id)
        if party is None:
            return
        if party.kind is not PartyKind.DESK:
            yield party_id, self.open.hours[Hours.always]
            return
        is_open = self.open.hours[party.hours] if party.hours else ()
        everybody = dict.fromkeys(party.person_ids, self.open.hours[Hours.always])
        for person, spans in self.duties.get((party_id, tier), everybody).items():
            if person in everybody:
                yield person, intersection(is_open, spans)
        if party.contact_points:
            yield party_id, is_open

    def _active(self, party_id: PartyId) -> Party | None:
        party = self.parties.get(party_id)
        return None if party is None or party.is_retired else party


def _is_family(party: Party) -> bool:
    return party.organisation_kind is OrganisationKind.FAMILY


def _seconds(point: ContactPoint) -> Seconds:
    return int(point.delay.total_seconds())
