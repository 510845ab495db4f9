"""Proof of cover: everything that can be said of a protocol before it is published."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.cover.course import Course, courses
from app.cover.gaps import Gap, gaps
from app.cover.opening import Kind
from app.cover.reach import Reach
from app.cover.worst_case import WorstCase, worst_case
from app.escalation.network import Network
from app.escalation.party import PartyId
from app.protocols.problems import Problem, pointer
from app.protocols.protocol import Protocol
from app.rosters.interval import Spans, intersection, milliseconds

HORIZON = timedelta(days=400)
# What was opened on the last day goes on so much longer at most.
_TAIL_MAX = timedelta(days=40)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What holds from `begin` to `end`, if the directory and the rosters stay as they are.

    `gaps` are those of steps that can be come to; `unplanned` of them lie where a roster is not
    planned yet. `worst_case` is that of the variant in which the accountable desk waits longest.
    """

    begin: datetime
    end: datetime
    gaps: tuple[Gap, ...]
    unplanned: tuple[Gap, ...]
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
    all_gaps = [gap for course in found for gap in gaps(course, reach)]
    return Proof(
        begin=begin,
        end=end,
        gaps=tuple(gap for gap in all_gaps if gap.planned),
        unplanned=tuple(gap for gap in all_gaps if not gap.planned),
        worst_case=_worst(found, reach),
        warnings=tuple(_warnings(protocol, found, reach)),
    )


def _longest(protocol: Protocol) -> timedelta:
    """How long a variant takes at most, with the night that a first page may wait."""
    seconds = max(
        variant.rounds * sum(step.ack_within_seconds for step in variant.steps)
        for variant in protocol.variants
    )
    return timedelta(seconds=seconds) + timedelta(hours=12)


def _worst(found: Iterable[Course], reach: Reach) -> WorstCase:
    """Of those that page at once; of the others only where no type does."""
    at_once = [course for course in found if course.kind is not Kind.QUIET]
    return max(
        (worst_case(course, reach) for course in at_once or found),
        key=lambda worst: worst.accountable.after,
    )


def _warnings(protocol: Protocol, found: Iterable[Course], reach: Reach) -> Iterator[Problem]:
    used = {course.number for course in found}
    for number, variant in enumerate(protocol.variants):
        if number not in used:
            detail = "No incident ever opens in this variant: those before it take them all."
            yield Problem(pointer=pointer(("variants", number)), detail=detail)
            continue
        for at, step in enumerate(variant.steps):
            for party_id, spans in reach.step(step, restricted=False).items():
                for point_id in _never_used(reach, party_id, spans):
                    detail = (
                        f"Contact point {point_id} is never open while {party_id} is asked here."
                    )
                    yield Problem(pointer=pointer(("variants", number, "steps", at)), detail=detail)


def _never_used(reach: Reach, party_id: PartyId, asked: Spans) -> Iterator[str]:
    for point in reach.network.parties[party_id].contact_points:
        if not intersection(reach.open(point.hours), asked):
            yield point.id
