"""What of a roster is worth a look before it hurts. Findings are values; wording is elsewhere.

Everything is exact, over the instants at which people are on duty, except that a night is counted
as a whole when somebody is on duty for any part of it. Source: CARE.md 4.4 (no more than two
consecutive nights), 5.4 (gaps, contact points).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from app.protocols.calendar import Hours
from app.rosters.duty import DutySpan, duty_intervals
from app.rosters.interval import (
    Instant,
    Span,
    Spans,
    complement,
    difference,
    intersection,
    milliseconds,
    moment,
    normal,
    union,
)
from app.rosters.roster import Roster
from app.rosters.zone import first_instant, open_intervals

NIGHTS_MAX: Final = 2
_NIGHT_FROM: Final = 22 * 60
_NIGHT_TO: Final = 5 * 60


class Concern(StrEnum):
    """What is worth a look."""

    MANY_NIGHTS = "many_nights"
    """More than two nights in a row; a night is 22:00 to 05:00 local time, or any part of it."""
    SEVERAL_DESKS = "several_desks"
    NOT_ACTIVE = "not_active"
    """Retired, or unknown."""
    NOBODY = "nobody"
    UNREACHABLE = "unreachable"
    """On duty at an hour at which none of their contact points works."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One concern: where, who, and when.

    `places` are JSON pointers into the roster; for `several_desks` the ids of the desks. `person`
    is None where nobody is meant, the instants where it is the same at every time.
    """

    concern: Concern
    places: tuple[str, ...] = ()
    person: str | None = None
    begins_at: datetime | None = None
    ends_at: datetime | None = None


def many_nights(spans: Iterable[DutySpan], zone: ZoneInfo) -> Iterator[Finding]:
    """More than two consecutive nights of a person, over all spans given (of several desks too).

    Each finding runs from the begin of the first night to the end of the last.
    """
    for person, (places, duty) in sorted(_by_person(spans).items()):
        for first, last in _runs(_nights(duty, zone)):
            if (last - first).days + 1 > NIGHTS_MAX:
                yield _finding(Concern.MANY_NIGHTS, places, person, _night(first, last, zone))


def several_desks(by_desk: Mapping[str, Iterable[DutySpan]]) -> Iterator[Finding]:
    """A person who is on duty for more than one desk at once; a finding for each pair of desks."""
    seen: dict[str, dict[str, Spans]] = defaultdict(dict)
    for desk_id, spans in sorted(by_desk.items()):
        for person, (_, duty) in _by_person(spans).items():
            for other_id, other in seen[person].items():
                for both in intersection(other, duty):
                    yield _finding(Concern.SEVERAL_DESKS, (other_id, desk_id), person, both)
            seen[person][desk_id] = duty


def not_active(roster: Roster, active_ids: Collection[str]) -> Iterator[Finding]:
    """Each place of the document that names a person who is retired or unknown."""
    for number, rotation in enumerate(roster.rotations):
        for at, person in enumerate(rotation.persons):
            if person not in active_ids:
                place = f"/rotations/{number}/persons/{at}"
                yield Finding(concern=Concern.NOT_ACTIVE, places=(place,), person=person)
    for number, shift in enumerate(roster.shifts):
        if shift.person not in active_ids:
            place = f"/shifts/{number}/person"
            yield _finding(Concern.NOT_ACTIVE, (place,), shift.person, shift.span)
    for number, override in enumerate(roster.overrides):
        for member, named in (("person", override.person), ("replaces", override.replaces)):
            if named is not None and named not in active_ids:
                place = f"/overrides/{number}/{member}"
                yield _finding(Concern.NOT_ACTIVE, (place,), named, override.span)


def nobody(roster: Roster, begin: datetime, end: datetime) -> Iterator[Finding]:
    """Each interval of [begin, end) with nobody on duty in any tier, up to the planned end."""
    first, last = milliseconds(begin), milliseconds(end)
    if roster.planned_to is not None:
        last = min(last, roster.planned_to)
    duty = normal((span.begin, span.end) for span in duty_intervals(roster, begin, end))
    for gap in complement(duty, first, last):
        yield _finding(Concern.NOBODY, (), None, gap)


def unreachable(
    spans: Iterable[DutySpan], contact_hours: Mapping[str, Sequence[Hours]], zone: ZoneInfo
) -> Iterator[Finding]:
    """Each interval in which a person is on duty and none of their contact points works.

    Args:
        spans: Who is on duty when.
        contact_hours: For each person the hours of each contact point; none if they are absent.
        zone: Of the contact points' local times.
    """
    for person, (places, duty) in sorted(_by_person(spans).items()):
        begin, end = duty[0][0], duty[-1][1]
        hours = contact_hours.get(person, ())
        works = union(*(open_intervals(one, None, zone, begin, end) for one in hours), ())
        for shut in difference(duty, works):
            yield _finding(Concern.UNREACHABLE, places, person, shut)


# --- persons and nights ----------------------------------------------------------------------


def _finding(concern: Concern, places: tuple[str, ...], person: str | None, span: Span) -> Finding:
    begin, end = span
    return Finding(
        concern=concern,
        places=places,
        person=person,
        begins_at=moment(begin),
        ends_at=moment(end),
    )


def _by_person(spans: Iterable[DutySpan]) -> dict[str, tuple[tuple[str, ...], Spans]]:
    """For each person what says that they are on duty, and when they are."""
    places: dict[str, dict[str, None]] = defaultdict(dict)
    duty: dict[str, list[Span]] = defaultdict(list)
    for span in spans:
        places[span.person][span.source] = None
        duty[span.person].append((span.begin, span.end))
    return {person: (tuple(places[person]), normal(duty[person])) for person in duty}


def _nights(duty: Spans, zone: ZoneInfo) -> list[date]:
    """The dates on which the nights begin in which there is any duty, in order."""
    found: dict[date, None] = {}
    for begin, end in duty:
        day = _local_date(begin, zone) - timedelta(days=1)
        while day <= _local_date(end - 1, zone):
            night_begin, night_end = _night(day, day, zone)
            if begin < night_end and night_begin < end:
                found[day] = None
            day += timedelta(days=1)
    return sorted(found)


def _night(first: date, last: date, zone: ZoneInfo) -> Span:
    """From the begin of the night of the first date to the end of that of the last."""
    morning = last + timedelta(days=1)
    return first_instant(first, _NIGHT_FROM, zone), first_instant(morning, _NIGHT_TO, zone)


def _local_date(at: Instant, zone: ZoneInfo) -> date:
    return moment(at).astimezone(zone).date()


def _runs(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """The first and the last of each run of consecutive dates."""
    first = last = None
    for day in days:
        if first is None or last is None:
            first = day
        elif day - last > timedelta(days=1):
            yield first, last
            first = day
        last = day
    if first is not None and last is not None:
        yield first, last
