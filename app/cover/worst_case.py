"""How long it takes at worst, and when: until a page, until a first human, until the last resort.

Protocol time alone: timers are never late and messages arrive at once. Nobody answers. For types
that wait for the morning, time counts from the morning.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from operator import itemgetter

from app.cover.course import After, Course, Place, Walk, meeting
from app.cover.reach import Cover, Reach
from app.cover.timetable import DayCover, Seconds
from app.escalation.party import PartyId
from app.protocols.kinds import IncidentType, Severity
from app.rosters.daily import Daily, beside, joined, together, whole
from app.rosters.interval import Instant, Spans, difference, intersection, moment, union


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """So many seconds at worst, and an incident for which it takes as long."""

    after: Seconds
    at: datetime
    type: IncidentType
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestPage:
    """The latest page to a party at a step of a round (both from 1)."""

    step: int
    round: int
    party_id: PartyId
    latest: Latest


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstCase:
    """The worst of one variant: each the maximum over all openings, taken by itself."""

    variant: int
    accountable: Latest
    first_page: Latest
    pages: tuple[LatestPage, ...]


def worst_case(course: Course, reach: Reach) -> WorstCase:
    """The worst of what can come to the incidents of a course."""
    spent = course.days.then(lambda walk: walk.spent)
    return WorstCase(
        variant=course.number,
        accountable=_worst(spent, course),
        first_page=_worst(_first_pages(course, reach), course),
        pages=tuple(_pages(course)),
    )


def first_pages(course: Course, reach: Reach) -> After:
    """By how long it takes until the first human is paged: the begins for which it does.

    A rung of a ladder may come after later steps have begun; what counts is what comes first.
    """
    days = _first_pages(course, reach)
    return {
        after: whole((found.get(after, ()) for found in days), course.midnights)
        for after in sorted({one for found in days.said for one in found})
    }


def _first_pages(course: Course, reach: Reach) -> Daily[After]:
    """The same of each day's begins."""
    covers = [*course.covers, reach.last_resort]
    rungs = [cover.first_rungs_ahead(course.ahead) for cover in covers]
    delays = tuple(tuple(of_step) for of_step in rungs)
    usable = together([one for each in rungs for one in each.values()], len(course.midnights))
    known = reach.timetable.kept(_FirstPages)

    def look(day: tuple[Walk, tuple[Spans, ...]]) -> After:
        rest = iter(day[1])
        by_step = [[(delay, next(rest)) for delay in of_step] for of_step in delays]
        key = (day[0], delays, day[1])
        return known.get(key, lambda: _FirstPages(_paged(day[0], by_step))).by_seconds

    return beside(course.days, usable).then(look)


@dataclass(frozen=True, slots=True)
class _FirstPages:
    by_seconds: After


def _paged(walk: Walk, rungs: Sequence[Sequence[tuple[Seconds, Spans]]]) -> After:
    """So long after these begins the first one is paged, whom a step or the last resort asks.

    Args:
        walk: The begins, and when they come to the steps.
        rungs: Of each step in turn, and of the last resort, how long after the page the first
            usable rung of anybody is: when it is.
    """
    comings = [(stage.elapsed, stage.begins, rungs[stage.step - 1]) for stage in walk.stages]
    comings += [(elapsed, begins, rungs[-1]) for elapsed, begins in walk.spent.items()]
    pages = [
        (elapsed + delay, elapsed, begins, usable)
        for elapsed, begins, of_step in comings
        for delay, usable in of_step
        if usable
    ]
    found: dict[Seconds, Spans] = {}
    left = walk.begins
    for after, elapsed, begins, usable in sorted(pages, key=itemgetter(0)):
        if not left:
            break
        if fresh := meeting(intersection(begins, left), usable, elapsed):
            found[after] = union(found.get(after, ()), fresh)
            left = difference(left, fresh)
    return found


def _pages(course: Course) -> Iterator[LatestPage]:
    """The latest page to each party at each step of each round."""
    walks = [course.days.said[number] for number in course.days.first_days()]
    asked = [_asked(cover, course) for cover in course.covers]
    for step, round_ in {place: None for walk in walks for place in walk.comings}:
        times = {one: None for walk in walks for one in walk.comings.get((step, round_), ())}
        for party_id in course.covers[step - 1].order:
            if found := asked[step - 1].latest(party_id, (step, round_), times):
                latest = _latest(*found, course)
                yield LatestPage(step=step, round=round_, party_id=party_id, latest=latest)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Whom a step asks: on the first of days that look alike, and what comes to the step then.

    `days` are in order, each with its midnight, its walk, and its cover with that of the next ones.
    """

    delays: Mapping[PartyId, Sequence[Seconds]]
    days: Sequence[tuple[Instant, Walk, tuple[DayCover, ...]]]
    rungs: dict[tuple[PartyId, Seconds, Instant], Spans]

    def latest(
        self, party_id: PartyId, place: Place, times: Iterable[Seconds]
    ) -> tuple[Seconds, Instant] | None:
        """How late a step of a round, come to at these times, pages a party; the first begin."""
        pages = sorted(product(times, self.delays[party_id]), key=sum, reverse=True)
        for elapsed, delay in pages:
            for midnight, walk, covers in self.days:
                comers = walk.comings.get(place, {}).get(elapsed)
                if comers:
                    key = (party_id, delay, midnight)
                    if key not in self.rungs:
                        self.rungs[key] = _usable(party_id, delay, covers)
                    begins = meeting(comers, self.rungs[key], elapsed)
                    if begins:
                        return elapsed + delay, midnight + begins[0][0]
        return None


def _asked(cover: Cover, course: Course) -> _Asked:
    days = beside(course.days, cover.days_ahead(course.ahead))
    looks = [
        (course.midnights[day], *days.said[number]) for number, day in days.first_days().items()
    ]
    return _Asked(delays=cover.delays, days=looks, rungs={})


def _usable(party_id: PartyId, delay: Seconds, covers: Iterable[DayCover]) -> Spans:
    return joined([one.rungs.get(party_id, {}).get(delay, ()) for one in covers])


def _worst(days: Daily[After], course: Course) -> Latest:
    """The longest time, and the first begin for which it is so long."""
    found = [
        (max(of_day), -day, number)
        for number, day in days.first_days().items()
        if (of_day := days.said[number])
    ]
    after, day, number = max(found)
    return _latest(after, course.midnights[-day] + days.said[number][after][0][0], course)


def _latest(after: Seconds, begun: Instant, course: Course) -> Latest:
    opened, way = course.opened(begun)
    return Latest(after=after, at=moment(opened), type=way.example[0], severity=way.example[1])
