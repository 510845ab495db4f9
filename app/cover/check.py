"""Proof of cover: everything that can be said of a protocol before it is published."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from app.cover.course import Course, courses
from app.cover.gaps import Explained, Uncovered, explain, gaps_in, uncovered
from app.cover.reach import Cover, Reach
from app.cover.timetable import Timetable
from app.cover.worst_case import WorstCase, worst_case
from app.escalation.network import Network
from app.escalation.party import PartyId
from app.protocols.problems import Problem, pointer
from app.protocols.protocol import Protocol
from app.rosters.interval import MINUTE, Instant, milliseconds

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


def prove(
    network: Network,
    begin: datetime,
    *,
    horizon: timedelta = HORIZON,
    timetable: Timetable | None = None,
) -> Proof:
    """Look at every instant from `begin` on: nothing is sampled.

    Nobody is taken to be busy with another incident.

    Args:
        network: It has a protocol.
        begin: Where to begin.
        horizon: How far to look.
        timetable: That of `timetable_for` the same instants, shared by the proofs of protocols
            that ask the same desks. It makes them faster and changes nothing in them.
    """
    protocol = network.protocol
    assert protocol is not None, "there is something to prove"
    end = begin + horizon
    tail = min(_longest(protocol), _TAIL_MAX)
    reach = Reach(
        network=network,
        begin=milliseconds(begin),
        end=milliseconds(end + tail),
        shared=timetable,
    )
    found = list(courses(protocol, reach, milliseconds(begin), milliseconds(end)))
    nobody = [(course, list(uncovered(course, reach))) for course in found]
    return Proof(
        begin=begin,
        end=end,
        gaps=_explained(nobody, reach, planned=True),
        gap_count=sum(len(one.planned) for _, of_course in nobody for one in of_course),
        unplanned=_explained(nobody, reach, planned=False),
        worst_case=max(
            (worst_case(course, reach) for course in found),
            key=lambda worst: worst.accountable.after,
        ),
        warnings=(*_gap_warnings(nobody), *_warnings(protocol, found, reach)),
    )


def timetable_for(begin: datetime, *, horizon: timedelta = HORIZON) -> Timetable:
    """An empty timetable that proofs from `begin` on may share, however long their protocols."""
    return Timetable(begin=milliseconds(begin), end=milliseconds(begin + horizon + _TAIL_MAX))


def _gap_warnings(nobody: Iterable[tuple[Course, Sequence[Uncovered]]]) -> Iterator[Problem]:
    """One for each step with a gap: whoever reads nothing else reads this."""
    hours: dict[tuple[int, int], int] = {}
    for course, of_course in nobody:
        for one in of_course:
            if one.planned:
                place = (course.number, one.step - 1)
                length = sum(end - begin for begin, end in one.planned)
                hours[place] = hours.get(place, 0) + length
    for (variant, step), length in sorted(hours.items()):
        detail = f"Nobody can be asked here for {_said(length)} of the horizon; see `gaps`."
        yield Problem(pointer=pointer(("variants", variant, "steps", step)), detail=detail)


def _said(length: Instant) -> str:
    minutes = -(-length // MINUTE)
    return f"{minutes // 60} h {minutes % 60} min"


def _explained(
    nobody: Iterable[tuple[Course, Sequence[Uncovered]]], reach: Reach, *, planned: bool
) -> tuple[Explained, ...]:
    """The first of the gaps, course by course."""
    every = (
        one
        for course, of_course in nobody
        for one in explain(
            (gap for step in of_course for gap in gaps_in(step, course, planned=planned)),
            course,
            reach,
        )
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
            for party_id, point_id in _never_used(cover, reach):
                detail = f"Contact point {point_id} is never open while {party_id} is asked here."
                yield Problem(pointer=pointer(("variants", number, "steps", at)), detail=detail)


def _never_used(cover: Cover, reach: Reach) -> Iterator[tuple[PartyId, str]]:
    uses = {place for place, at in cover.first_uses.items() if at < reach.end}
    for party_id in cover.order:
        points = [point.id for point in reach.network.parties[party_id].contact_points]
        used = {point_id for point_id in points if (party_id, point_id) in uses}
        # Who is asked is reached by some point; a timetable that is shared may go on for longer.
        yield from ((party_id, one) for one in points if used and one not in used)
