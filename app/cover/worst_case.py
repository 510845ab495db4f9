"""How long it takes at worst, and when: until a page, until a first human, until the last resort.

Protocol time alone: timers are never late and messages arrive at once. Nobody answers. For types
that wait for the morning, time counts from the morning.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from operator import itemgetter

from app.cover.course import After, Course, Place, Walk, shifted
from app.cover.reach import Cover, Reach
from app.cover.timetable import Seconds
from app.escalation.party import PartyId
from app.protocols.kinds import IncidentType, Severity
from app.rosters.daily import Daily, beside, together, whole
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
    covers = [*enumerate(course.covers, 1), (None, reach.last_resort)]
    usable = {
        (step, delay): spans
        for step, cover in covers
        for delay, spans in cover.first_rungs_ahead(course.ahead).items()
    }
    places = tuple(usable)
    rungs = together(list(usable.values()), len(course.midnights))
    known = reach.timetable.kept(_FirstPages)
    return beside(course.days, rungs).then(
        lambda day: (
            known.get(
                (day[0], places, day[1]),
                lambda: _FirstPages(_paged(day[0], dict(zip(places, day[1], strict=True)))),
            ).by_seconds
        )
    )


@dataclass(frozen=True, slots=True)
class _FirstPages:
    by_seconds: After


def _paged(walk: Walk, rungs: Mapping[tuple[int | None, Seconds], Spans]) -> After:
    """So long after these begins the first one is paged, whom a step or the last resort asks."""
    comings = [(stage.step, stage.elapsed, stage.begins) for stage in walk.stages]
    comings += [(None, elapsed, begins) for elapsed, begins in walk.spent.items()]
    pages = [
        (elapsed + delay, elapsed, begins, usable)
        for step, elapsed, begins in comings
        for (asking, delay), usable in rungs.items()
        if asking == step and usable
    ]
    found: dict[Seconds, Spans] = {}
    left = walk.begins
    for after, elapsed, begins, usable in sorted(pages, key=itemgetter(0)):
        if not left:
            break
        if fresh := intersection(intersection(begins, left), shifted(usable, -elapsed)):
            found[after] = union(found.get(after, ()), fresh)
            left = difference(left, fresh)
    return found


def _pages(course: Course) -> Iterator[LatestPage]:
    """The latest page to each party at each step of each round."""
    walks = [course.days.said[number] for number in course.days.first_days()]
    ladders = {
        number: [_ladder(party_id, cover, course) for party_id in cover.order]
        for number, cover in enumerate(course.covers, 1)
    }
    for step, round_ in {place: None for walk in walks for place in walk.comings}:
        times = {one: None for walk in walks for one in walk.comings.get((step, round_), ())}
        for ladder in ladders[step]:
            if found := ladder.latest((step, round_), times):
                latest = _latest(*found, course)
                yield LatestPage(step=step, round=round_, party_id=ladder.party_id, latest=latest)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ladder:
    """How a party whom a step asks is reached.

    `days`: of days that do not look alike the midnight, the walk, and for each delay in turn when
    the first usable rung comes so long after the page; in order.
    """

    party_id: PartyId
    delays: tuple[Seconds, ...]
    days: Sequence[tuple[Instant, Walk, tuple[Spans, ...]]]

    def latest(self, place: Place, times: Iterable[Seconds]) -> tuple[Seconds, Instant] | None:
        """The latest page at a step of a round that is come to at these times; the first begin."""
        pages = product(times, enumerate(self.delays))
        for elapsed, (rung, delay) in sorted(pages, key=_page_after, reverse=True):
            for midnight, walk, usable in self.days:
                comers = walk.comings.get(place, {}).get(elapsed, ())
                if comers and usable[rung]:
                    begins = intersection(comers, shifted(usable[rung], -elapsed))
                    if begins:
                        return elapsed + delay, midnight + begins[0][0]
        return None


def _page_after(one: tuple[Seconds, tuple[int, Seconds]]) -> Seconds:
    return one[0] + one[1][1]


def _ladder(party_id: PartyId, cover: Cover, course: Course) -> _Ladder:
    delays = cover.delays[party_id]
    usable = [cover.rung_ahead(party_id, delay, course.ahead) for delay in delays]
    days = beside(course.days, together(usable, len(course.midnights)))
    return _Ladder(
        party_id=party_id,
        delays=delays,
        days=[
            (course.midnights[day], *days.said[number]) for number, day in days.first_days().items()
        ],
    )


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
