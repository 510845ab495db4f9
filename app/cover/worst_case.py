"""How long it takes at worst, and when: until a page, until a first human, until the last resort.

Protocol time alone: timers are never late and messages arrive at once. Nobody answers. For types
that wait for the morning, time counts from the morning.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from operator import itemgetter

from app.cover.course import Course, moved, shifted
from app.cover.reach import Reach, Seconds
from app.escalation.party import PartyId
from app.protocols.kinds import IncidentType, Severity
from app.rosters.interval import Span, Spans, difference, intersection, moment, normal, union


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
    spent = _spent(course)
    last = max(spent)
    first = first_pages(course, reach)
    slowest = max(first)
    return WorstCase(
        variant=course.number,
        accountable=_latest(last, spent[last], course),
        first_page=_latest(slowest, first[slowest], course),
        pages=tuple(_pages(course, reach)),
    )


def first_pages(course: Course, reach: Reach) -> Mapping[Seconds, Spans]:
    """By how long it takes until the first human is paged: the begins for which it does.

    A rung of a ladder may come after later steps have begun; what counts is what comes first.
    """
    found: dict[Seconds, Spans] = {}
    taken: Spans = ()
    for after, spans in _in_order(_paged(course, reach)):
        if fresh := difference(spans, taken):
            found[after] = union(found.get(after, ()), fresh)
            taken = union(taken, fresh)
    return found


def last_resort(reach: Reach) -> tuple[PartyId, ...]:
    """Whom the accountable desk's paging reaches: all its persons, and its own phone."""
    desk = reach.network.accountable
    everybody = dict.fromkeys((*reach.network.persons_of(desk), desk))
    return tuple(one for one in everybody if one in reach.network.parties)


def _spent(course: Course) -> Mapping[Seconds, Spans]:
    found: dict[Seconds, list[Span]] = {}
    for midnight, walk in course.walks:
        for elapsed, begins in walk.spent.items():
            found.setdefault(elapsed, []).extend(moved(begins, midnight))
    return {elapsed: normal(spans) for elapsed, spans in found.items()}


def _paged(course: Course, reach: Reach) -> Iterator[tuple[Seconds, Spans]]:
    """So long after these begins somebody is paged, whom the step or the last resort asks."""
    for (step, _), comings in course.comings.items():
        for delay, usable in _first_rungs(reach, course.covers[step - 1].parties).items():
            for elapsed, begins in comings.items():
                yield elapsed + delay, intersection(begins, shifted(usable, -elapsed))
    everybody = dict.fromkeys(last_resort(reach), reach.whole)
    rungs = _first_rungs(reach, everybody)
    for elapsed, begins in _spent(course).items():
        for delay, usable in rungs.items():
            yield elapsed + delay, intersection(begins, shifted(usable, -elapsed))


def _in_order(paged: Iterator[tuple[Seconds, Spans]]) -> list[tuple[Seconds, Spans]]:
    return sorted((one for one in paged if one[1]), key=itemgetter(0))


def _first_rungs(reach: Reach, parties: Mapping[PartyId, Spans]) -> Mapping[Seconds, Spans]:
    """By how long after the page the first rung of any ladder is used: when it is so."""
    found: dict[Seconds, list[Spans]] = {}
    for party_id, asked in parties.items():
        for delay, usable in reach.delays(party_id).items():
            found.setdefault(delay, []).append(intersection(asked, usable))
    return {delay: union(*many) for delay, many in found.items()}


def _pages(course: Course, reach: Reach) -> Iterator[LatestPage]:
    """The latest page to each party at each step of each round."""
    for (step, round_), comings in course.comings.items():
        for party_id, asked in course.covers[step - 1].parties.items():
            rungs = {
                delay: intersection(asked, usable)
                for delay, usable in reach.delays(party_id).items()
            }
            times = sorted(product(comings, rungs), key=sum, reverse=True)
            for elapsed, delay in times:
                begins = intersection(comings[elapsed], shifted(rungs[delay], -elapsed))
                if begins:
                    latest = _latest(elapsed + delay, begins, course)
                    yield LatestPage(step=step, round=round_, party_id=party_id, latest=latest)
                    break


def _latest(after: Seconds, begins: Spans, course: Course) -> Latest:
    opened, way = course.opened(begins[0][0])
    return Latest(after=after, at=moment(opened), type=way.example[0], severity=way.example[1])
