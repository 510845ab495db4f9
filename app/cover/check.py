"""Proof of cover: everything that can be said of a protocol before it is published."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from app.cover.course import Course, courses
from app.cover.gaps import Explained, Gap, explain, gaps
from app.cover.reach import Reach
from app.cover.worst_case import WorstCase, worst_case
from app.escalation.network import Network
from app.escalation.party import PartyId
from app.protocols.problems import Problem, pointer
from app.protocols.protocol import Protocol
from app.rosters.interval import MINUTE, Instant, Spans, intersection, milliseconds

HORIZON = timedelta(days=400)
# Each explanation runs a rule; whoever has so many gaps knows enough.
GAPS_EXPLAINED = 500
# What was opened on the last day goes on so much longer at most.
_TAIL_MAX = timedelta(days=40)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What holds from `begin` to `end`, if the directory and the rosters stay as they are.

    `gaps` are the first of those, `gap_count`, of steps that can be come to; `unplanned` lie where
    a roster is not planned yet. `worst_case` is that of the variant in which the accountable desk
    waits longest.
    """

    begin: datetime
    end: datetime
    gaps: tuple[Explained, ...]
    gap_count: int
    unplanned: tuple[Explained, ...]
    worst_case: WorstCase
    warnings: tuple[Problem, ...]


def prove(network: Network, begin: datetime, *, horizon: timedelta = HORIZON) -> Proof:
    """Look at every instant from `begin` on: nothing is sampled.

    `network` has a protocol. Nobody is taken to be busy with another incident.
    """
    protocol = network.protocol
    assert protocol is not None, "there is something to prove"
    end = begin + horizon
    tail = min(_longest(protocol), _TAIL_MAX)
    reach = Reach(network=network, begin=milliseconds(begin), end=milliseconds(end + tail))
    found = list(courses(protocol, reach, milliseconds(begin), milliseconds(end)))
    all_gaps = [(course, list(gaps(course, reach))) for course in found]
    return Proof(
        begin=begin,
        end=end,
        gaps=_explained(all_gaps, reach, planned=True),
        gap_count=sum(gap.planned for _, of_course in all_gaps for gap in of_course),
        unplanned=_explained(all_gaps, reach, planned=False),
        worst_case=max(
            (worst_case(course, reach) for course in found),
            key=lambda worst: worst.accountable.after,
        ),
        warnings=(*_gap_warnings(all_gaps), *_warnings(protocol, found, reach)),
    )


def _gap_warnings(all_gaps: Iterable[tuple[Course, Sequence[Gap]]]) -> Iterator[Problem]:
    """One for each step with a gap: whoever reads nothing else reads this."""
    hours: dict[tuple[int, int], int] = {}
    for _, of_course in all_gaps:
        for gap in of_course:
            if gap.planned:
                place = (gap.variant, gap.step - 1)
                hours[place] = hours.get(place, 0) + gap.end - gap.begin
    for (variant, step), length in sorted(hours.items()):
        detail = f"Nobody can be asked here for {_said(length)} of the horizon; see `gaps`."
        yield Problem(pointer=pointer(("variants", variant, "steps", step)), detail=detail)


def _said(length: Instant) -> str:
    minutes = -(-length // MINUTE)
    return f"{minutes // 60} h {minutes % 60} min"


def _explained(
    all_gaps: Iterable[tuple[Course, Sequence[Gap]]], reach: Reach, *, planned: bool
) -> tuple[Explained, ...]:
    """The first of the gaps, course by course."""
    every = (
        one
        for course, of_course in all_gaps
        for one in explain((gap for gap in of_course if gap.planned is planned), course, reach)
    )
    return tuple(islice(every, GAPS_EXPLAINED))


def _longest(protocol: Protocol) -> timedelta:
    """How long a variant takes at most, with the night that a first page may wait."""
    seconds = max(
        variant.rounds * sum(step.ack_within_seconds for step in variant.steps)
        for variant in protocol.variants
    )
    return timedelta(seconds=seconds) + timedelta(hours=12)


def _warnings(protocol: Protocol, found: Iterable[Course], reach: Reach) -> Iterator[Problem]:
    used = {course.number: course for course in found if not course.restricted}
    for number in range(len(protocol.variants)):
        if number not in used:
            detail = "No incident ever opens in this variant: those before it take them all."
            yield Problem(pointer=pointer(("variants", number)), detail=detail)
            continue
        for at, cover in enumerate(used[number].covers):
            for party_id, spans in cover.parties.items():
                for point_id in _never_used(reach, party_id, spans):
                    detail = (
                        f"Contact point {point_id} is never open while {party_id} is asked here."
                    )
                    yield Problem(pointer=pointer(("variants", number, "steps", at)), detail=detail)


def _never_used(reach: Reach, party_id: PartyId, asked: Spans) -> Iterator[str]:
    for point in reach.network.parties[party_id].contact_points:
        if not intersection(reach.open(point.hours), asked):
            yield point.id
