"""How long it takes at worst, and when: until a page, until a first human, until the last resort.

Protocol time alone: timers are never late and messages arrive at once. Nobody answers. For types
that wait for the morning, time counts from the morning.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.cover.course import Course, shifted
from app.cover.reach import Reach, Seconds
from app.escalation.party import PartyId
from app.rosters.interval import Spans, difference, intersection, moment, union


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """So many seconds at worst, and an opening at which it takes as long."""

    after: Seconds
    at: datetime


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
    last = max(course.spent, key=lambda one: one.elapsed)
    first = first_pages(course, reach)
    slowest = max(first)
    return WorstCase(
        variant=course.number,
        accountable=_latest(last.elapsed, last.begins, course),
        first_page=_latest(slowest, first[slowest], course),
        pages=tuple(_pages(course, reach)),
    )


def first_pages(course: Course, reach: Reach) -> Mapping[Seconds, Spans]:
    """By how long it takes until the first human is paged: the begins for which it does.

    A rung of a ladder may come after later steps have begun; what counts is what comes first.
    """
    paged: dict[Seconds, list[Spans]] = {}
    for stage in course.stages:
        for party_id, begins in stage.asked.items():
            for delay, spans in _rungs(reach, party_id, begins, stage.elapsed):
                paged.setdefault(stage.elapsed + delay, []).append(spans)
    for spent in course.spent:
        for party_id in last_resort(reach):
            for delay, spans in _rungs(reach, party_id, spent.begins, spent.elapsed):
                paged.setdefault(spent.elapsed + delay, []).append(spans)
    found: dict[Seconds, Spans] = {}
    taken: Spans = ()
    for after in sorted(paged):
        spans = union(*paged[after])
        if fresh := difference(spans, taken):
            found[after] = fresh
            taken = union(taken, fresh)
    return found


def last_resort(reach: Reach) -> tuple[PartyId, ...]:
    """Whom the accountable desk's paging reaches: all its persons, and its own phone."""
    desk = reach.network.accountable
    everybody = dict.fromkeys((*reach.network.persons_of(desk), desk))
    return tuple(one for one in everybody if one in reach.network.parties)


def _pages(course: Course, reach: Reach) -> Iterator[LatestPage]:
    found: dict[tuple[int, int, PartyId], tuple[Seconds, Spans]] = {}
    for stage in course.stages:
        for party_id, begins in stage.asked.items():
            key = (stage.step, stage.round, party_id)
            for delay, spans in _rungs(reach, party_id, begins, stage.elapsed):
                found[key] = max(found.get(key, (-1, ())), (stage.elapsed + delay, spans))
    for (step, round_, party_id), (after, spans) in found.items():
        latest = _latest(after, spans, course)
        yield LatestPage(step=step, round=round_, party_id=party_id, latest=latest)


def _rungs(
    reach: Reach, party_id: PartyId, begins: Spans, elapsed: Seconds
) -> Iterator[tuple[Seconds, Spans]]:
    """When the first rung of a ladder is used how long after the page, for which begins."""
    for delay, usable in reach.delays(party_id).items():
        if spans := intersection(begins, shifted(usable, -elapsed)):
            yield delay, spans


def _latest(after: Seconds, begins: Spans, course: Course) -> Latest:
    return Latest(after=after, at=moment(course.opened(begins[0][0])))
