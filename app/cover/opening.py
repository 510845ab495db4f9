"""When an incident of which kind opens in which variant, and when its first step then begins."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from zoneinfo import ZoneInfo

from app.cover.timetable import Timetable
from app.protocols.calendar import Hours
from app.protocols.kinds import QUIET_AT_NIGHT, RESTRICTED, IncidentType, Severity
from app.protocols.protocol import Condition, Protocol
from app.rosters.daily import Daily, by_day, whole
from app.rosters.interval import (
    Instant,
    Spans,
    difference,
    intersection,
    normal,
    union,
)
from app.rosters.zone import open_intervals

_QUIET: Hours = Hours.parse(["21:00-07:00"])
_MORNING_HOUR = 7


class Kind(StrEnum):
    """What of an incident's type decides who is asked when (DESIGN.md 4.1.15)."""

    ORDINARY = "ordinary"
    QUIET = "quiet_at_night"
    RESTRICTED = "restricted"

    @classmethod
    def of(cls, incident_type: IncidentType) -> "Kind":
        """The kind of a type; a `test` pages nobody and has none of its own."""
        if incident_type in QUIET_AT_NIGHT:
            return cls.QUIET
        return cls.RESTRICTED if incident_type in RESTRICTED else cls.ORDINARY


@dataclass(frozen=True, slots=True, kw_only=True)
class Openings:
    """The instants at which some type of incident opens in a variant.

    `example` is such a type with a severity; all of `types` are alike in what follows.
    """

    variant: int
    kind: Kind
    example: tuple[IncidentType, Severity]
    types: frozenset[IncidentType]
    spans: Spans

    def begins(self, timetable: Timetable, zone: ZoneInfo) -> Spans:
        """The instants at which the first step begins: for quiet types not in the night."""
        if self.kind is not Kind.QUIET:
            return self.spans
        night = whole(timetable.open(_QUIET, zone), timetable.days)
        mornings = timetable.mornings(_MORNING_HOUR, zone)
        single = {
            mornings[bisect_right(mornings, begin)] for begin, _ in intersection(self.spans, night)
        }
        return union(difference(self.spans, night), normal((at, at + 1) for at in single))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """All ways into a variant; `restricted`: those that keep the family out.

    `begins` are the instants at which the first step begins, by kind, and `days` all of them.
    """

    variant: int
    restricted: bool
    openings: tuple[Openings, ...]
    begins: Mapping[Kind, Spans]
    days: Daily[Spans]


def all_ways(
    protocol: Protocol, timetable: Timetable, begin: Instant, end: Instant, *, has_family: bool
) -> tuple[Ways, ...]:
    """Every way to open an incident in [begin, end), variant by variant."""
    whens = tuple(variant.when for variant in protocol.variants)
    return (
        timetable.kept(_Found)
        .get(
            (protocol.timezone, whens, begin, end, has_family),
            lambda: _Found(tuple(_ways(protocol, timetable, begin, end, has_family=has_family))),
        )
        .ways
    )


@dataclass(frozen=True, slots=True)
class _Found:
    ways: tuple[Ways, ...]


def _ways(
    protocol: Protocol, timetable: Timetable, begin: Instant, end: Instant, *, has_family: bool
) -> Iterator[Ways]:
    grouped: dict[tuple[int, bool], list[Openings]] = {}
    for one in openings(protocol, begin, end):
        apart = one.kind is Kind.RESTRICTED and has_family
        grouped.setdefault((one.variant, apart), []).append(one)
    for (variant, restricted), found in sorted(grouped.items()):
        begins = {
            kind: union(
                *(one.begins(timetable, protocol.zone) for one in found if one.kind is kind)
            )
            for kind in {one.kind for one in found}
        }
        yield Ways(
            variant=variant,
            restricted=restricted,
            openings=tuple(found),
            begins=begins,
            days=by_day(union(*begins.values()), timetable.days),
        )


def openings(protocol: Protocol, begin: Instant, end: Instant) -> Iterator[Openings]:
    """Every way to open an incident in [begin, end), each variant's with every kind of incident."""
    conditions = [
        (at, condition)
        for at, variant in enumerate(protocol.variants)
        for condition in variant.when or ()
    ]
    times = {
        id(condition): _times(condition, protocol.zone, begin, end) for _, condition in conditions
    }
    alike: dict[tuple[Kind, frozenset[int]], list[tuple[IncidentType, Severity]]] = {}
    for incident_type, severity in product(IncidentType, Severity):
        if incident_type is not IncidentType.TEST:
            fits = frozenset(
                number
                for number, (_, condition) in enumerate(conditions)
                if _fits(condition, incident_type, severity)
            )
            alike.setdefault((Kind.of(incident_type), fits), []).append((incident_type, severity))
    for (kind, fits), pairs in alike.items():
        taken: Spans = ()
        for at, variant in enumerate(protocol.variants):
            of_it = [
                times[id(condition)]
                for number, (owner, condition) in enumerate(conditions)
                if owner == at and number in fits
            ]
            matching = union(*of_it) if variant.when else ((begin, end),)
            spans = difference(matching, taken)
            taken = union(taken, matching)
            if spans:
                yield Openings(
                    variant=at,
                    kind=kind,
                    example=pairs[0],
                    types=frozenset(one for one, _ in pairs),
                    spans=spans,
                )


def _fits(condition: Condition, incident_type: IncidentType, severity: Severity) -> bool:
    is_type = condition.types is None or incident_type in condition.types
    return is_type and (condition.severities is None or severity in condition.severities)


def _times(condition: Condition, zone: ZoneInfo, begin: Instant, end: Instant) -> Spans:
    return open_intervals(condition.hours or Hours.always, condition.days, zone, begin, end)
