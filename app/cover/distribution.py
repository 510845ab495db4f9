"""How long until the first human is paged, over all instants at which an incident may open.

Exact: the instants of a stretch of time are divided, none is drawn. Protocol time alone and nobody
answering, as in `worst_case`; for types that wait for the morning, time counts from the morning.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product

from app.cover.course import courses
from app.cover.opening import Kind, Openings
from app.cover.reach import Reach
from app.cover.timetable import Seconds
from app.cover.worst_case import first_pages
from app.escalation.network import Network
from app.protocols.calendar import Hours, next_local_time
from app.protocols.kinds import IncidentType, Severity
from app.protocols.protocol import Condition, Protocol
from app.rosters.interval import (
    MINUTE,
    Instant,
    Spans,
    contains,
    difference,
    intersection,
    milliseconds,
    moment,
    union,
)
from app.rosters.zone import open_intervals

WEEK = timedelta(days=7)
# As in `app/cover/check.py`: what opens on the last day goes on so much longer at most.
_TAIL_MAX = timedelta(days=40)
_NIGHT = timedelta(hours=12)
_QUIET = Hours.parse(["21:00-07:00"])
_MORNING_HOUR = 7

Pair = tuple[IncidentType, Severity]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The instants at which an incident may open so that it takes `after` seconds.

    `share` is their part of all instants, `waiting` the part of those who wait for the morning.
    `example` is one of them, if there is one in the day.
    """

    after: Seconds
    share: float
    waiting: float
    example: datetime
    spans: Spans


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """The shares for incidents that fare alike, by how long it takes; together they are 1.

    `pairs` are their types with their severities; `variants` those in which they open.
    """

    pairs: tuple[Pair, ...]
    kind: Kind
    variants: tuple[int, ...]
    shares: tuple[Share, ...]

    def quantile(self, part: float) -> Seconds:
        """The shortest time within which somebody is paged for so great a part of all instants."""
        reached = 0.0
        for one in self.shares:
            reached += one.share
            # Sums of floats: a part that is reached must not be missed by a rounding.
            if reached >= part - 1e-9:
                return one.after
        return self.shares[-1].after

    @property
    def longest(self) -> Seconds:
        """The longest time of all."""
        return self.shares[-1].after


def distributions(
    network: Network, begin: datetime, *, length: timedelta = WEEK
) -> tuple[Distribution, ...]:
    """For each sort of incident, over all instants of [begin, begin + length) at which it opens.

    `network` has a protocol that may be published. Nobody is taken to be busy.
    """
    protocol = network.protocol
    assert protocol is not None, "there is something to look at"
    first, last = milliseconds(begin), milliseconds(begin + length)
    reach = Reach(network=network, begin=first, end=last + tail(protocol))
    ways: dict[Pair, list[tuple[Openings, Mapping[Seconds, Spans]]]] = {}
    for course in courses(protocol, reach, first, last):
        after = first_pages(course, reach)
        for way in course.openings:
            ways.setdefault(way.example, []).append((way, after))
    alike = _alike(protocol)
    return tuple(
        Distribution(
            pairs=tuple(pairs),
            kind=Kind.of(pairs[0][0]),
            variants=tuple(sorted({way.variant for way, _ in ways[pairs[0]]})),
            shares=tuple(_shares(ways[pairs[0]], protocol, last - first)),
        )
        for pairs in alike
        if pairs[0] in ways
    )


def tail(protocol: Protocol) -> Instant:
    """How long an incident may go on until all steps are spent, in milliseconds, at most 40 days.

    With the night that a first page may wait.
    """
    seconds = max(
        variant.rounds * sum(step.ack_within_seconds for step in variant.steps)
        for variant in protocol.variants
    )
    longest = min(timedelta(seconds=seconds) + _NIGHT, _TAIL_MAX)
    return longest // timedelta(milliseconds=1)


def _alike(protocol: Protocol) -> Sequence[Sequence[Pair]]:
    """Types and severities in groups to which the same variants apply at every instant."""
    conditions = [one for variant in protocol.variants for one in variant.when or ()]
    found: dict[tuple[Kind, tuple[bool, ...]], list[Pair]] = {}
    for incident_type, severity in product(IncidentType, Severity):
        if incident_type is not IncidentType.TEST:
            fits = tuple(_fits(one, incident_type, severity) for one in conditions)
            key = (Kind.of(incident_type), fits)
            found.setdefault(key, []).append((incident_type, severity))
    return list(found.values())


def _fits(condition: Condition, incident_type: IncidentType, severity: Severity) -> bool:
    is_type = condition.types is None or incident_type in condition.types
    return is_type and (condition.severities is None or severity in condition.severities)


def _shares(
    ways: Iterable[tuple[Openings, Mapping[Seconds, Spans]]], protocol: Protocol, whole: Instant
) -> Iterator[Share]:
    by_day: dict[Seconds, list[Spans]] = {}
    by_night: dict[Seconds, list[Spans]] = {}
    for way, after in ways:
        night = _night(way, protocol)
        for seconds, begins in after.items():
            at_once = intersection(difference(way.spans, night), begins)
            by_day.setdefault(seconds, []).append(at_once)
        for span in night:
            morning = milliseconds(next_local_time(moment(span[0]), protocol.zone, _MORNING_HOUR))
            seconds = next(one for one, begins in after.items() if contains(begins, morning))
            by_night.setdefault(seconds, []).append((span,))
    for seconds in sorted(by_day.keys() | by_night.keys()):
        day, night = union(*by_day.get(seconds, [])), union(*by_night.get(seconds, []))
        if day or night:
            yield Share(
                after=seconds,
                share=(_length(day) + _length(night)) / whole,
                waiting=_length(night) / whole,
                example=_example(day or night),
                spans=union(day, night),
            )


def _night(way: Openings, protocol: Protocol) -> Spans:
    """When an incident opens so that it waits for the morning."""
    if way.kind is not Kind.QUIET or not way.spans:
        return ()
    first, last = way.spans[0][0], way.spans[-1][1]
    return intersection(way.spans, open_intervals(_QUIET, None, protocol.zone, first, last))


def _length(spans: Spans) -> Instant:
    return sum(end - begin for begin, end in spans)


def _example(spans: Spans) -> datetime:
    """The first whole minute of the longest of them."""
    begin, end = max(spans, key=lambda span: span[1] - span[0])
    minute = -(-begin // MINUTE) * MINUTE
    return moment(minute if minute < end else begin)
