"""From an iCalendar file to who is on duty when: every occurrence within a horizon, exactly."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar

from app.rosters.icalendars.placing import NUMBER, Placed, Placing
from app.rosters.icalendars.rule import DAYS_MAX, Effort, effort_of
from app.rosters.icalendars.source import (
    PROBLEMS_MAX,
    CalendarInvalid,
    CalendarProblem,
    Properties,
    SourceEvent,
    many,
    take_apart,
    unreadable,
)
from app.rosters.icalendars.zone_names import Zones
from app.rosters.interval import DAY, Instant, milliseconds, moment

OCCURRENCES_MAX: Final = 5000
"""No file gives more."""

# Before cancelled ones are left out and the others of a series are cut to the horizon.
_MADE_MAX: Final = 4 * OCCURRENCES_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """Somebody's time in a calendar; the caller knows which person the texts mean."""

    begin: Instant
    end: Instant
    summary: str
    attendees: tuple[str, ...]
    """Mail addresses, as they stand there."""
    uid: str | None
    line: int
    """Where the event begins in the file."""
    description: str = ""

    @property
    def begins_at(self) -> datetime:
        """The begin, as a datetime in UTC."""
        return moment(self.begin)

    @property
    def ends_at(self) -> datetime:
        """The end, as a datetime in UTC; not included."""
        return moment(self.end)


def read_occurrences(
    content: bytes, begin: datetime, end: datetime, zone: ZoneInfo
) -> tuple[Occurrence, ...]:
    """Every occurrence that touches [begin, end), in order; cancelled and empty ones left out.

    Floating times and whole days are meant in the zone that the file calls its own
    (X-WR-TIMEZONE), else in `zone`. A series repeats its wall time, from begin to end, as calendar
    programs show it; a duration in hours is exact.

    Args:
        content: The file, as it was received; its size is the caller's to bound.
        begin: An aware instant.
        end: An aware instant; not included.
        zone: The roster's zone.

    Raises:
        CalendarInvalid: It cannot be followed: each event that is wrong, by line and UID.
    """
    source = take_apart(content)
    zones = Zones(source.zones)
    try:
        own_zone = zones.zone(source.own_zone) if source.own_zone else None
    except ValueError as error:
        raise unreadable(str(error)) from None
    placing = Placing(zones, own_zone, own_zone or zone)
    return _Reader(placing, milliseconds(begin), milliseconds(end)).read(source.events)


class _Reader:
    """Follows the series of one file, and counts what that costs."""

    def __init__(self, placing: Placing, begin: Instant, end: Instant) -> None:
        self._placing = placing
        self._begin, self._end = begin, end
        self._effort = Effort()

    def read(self, events: Sequence[SourceEvent]) -> tuple[Occurrence, ...]:
        series: dict[object, list[SourceEvent]] = {}
        for event in events:
            # By its line where it has no UID: it is a series of its own.
            series.setdefault(event.uid or event.line, []).append(event)
        found: list[Occurrence] = []
        problems: list[CalendarProblem] = []
        for one in series.values():
            try:
                found += self._series(one)
            except CalendarInvalid as error:
                if error.problems[0].line is None:
                    raise
                problems += error.problems
            if len(problems) >= PROBLEMS_MAX:
                break
            if len(found) > OCCURRENCES_MAX:
                raise unreadable(f"The file has more than {OCCURRENCES_MAX} occurrences.")
        if problems:
            raise CalendarInvalid(problems)
        return tuple(sorted(found, key=lambda one: (one.begin, one.end, one.line)))

    def _series(self, events: Sequence[SourceEvent]) -> list[Occurrence]:
        cores = [one for one in events if "RECURRENCE-ID" not in one.component]
        if len(cores) > 1:
            # The library would take one of them, and say nothing of the other.
            detail = f"The event in line {cores[0].line} has the same UID."
            raise CalendarInvalid([cores[1].problem(detail)])
        core = cores[0] if cores else events[0]
        with _named(core):
            zone = self._placing.zone_of(core.component)
        placed = [self._placed(event, number, zone) for number, event in enumerate(events)]
        if len(placed) == 1 and not _repeats(placed[0].event):
            [one] = placed
            return list(self._within(one, one.event, one.begin, one.end))
        found: list[Occurrence] = []
        with _named(core):
            for event in self._repeated([one.event for one in placed], zone):
                one = placed[int(event[NUMBER])]
                begin, end = one.instants(event["DTSTART"].dt, event["DTEND"].dt)
                found.extend(self._within(one, event, begin, end))
        return found

    def _placed(self, event: SourceEvent, number: int, zone: tzinfo) -> Placed:
        with _named(event):
            placed = self._placing.placed(event, number, zone)
            if "RRULE" in placed.event:
                rule = placed.event["RRULE"]
                begin, end = moment(self._begin - 3 * DAY), moment(self._end + 3 * DAY)
                self._effort += effort_of(rule, placed.first, begin, end)
        if self._effort.days > DAYS_MAX or self._effort.occurrences > _MADE_MAX:
            raise unreadable("The repetitions of this file are too many to follow.")
        return placed

    def _repeated(self, events: Sequence[Properties], zone: tzinfo) -> Sequence[Properties]:
        calendar = Calendar()
        for event in events:
            calendar.add_component(event)
        # Wider than the horizon, because walls are not instants; `_within` cuts.
        begin = moment(self._begin - 2 * DAY).astimezone(zone).replace(tzinfo=None)
        end = moment(self._end + 2 * DAY).astimezone(zone).replace(tzinfo=None)
        found: Sequence[Properties] = recurring_ical_events.of(calendar).between(begin, end)
        return found

    def _within(
        self, placed: Placed, event: Properties, begin: Instant, end: Instant
    ) -> Iterator[Occurrence]:
        is_cancelled = str(event.get("STATUS", "")).upper() == "CANCELLED"
        # A repeated time is empty where the clock leaps over all of it.
        if is_cancelled or begin >= end or begin >= self._end or end <= self._begin:
            return
        yield Occurrence(
            begin=begin,
            end=end,
            summary=next((str(one).strip() for one in many(event.get("SUMMARY"))), ""),
            attendees=tuple(_mail(str(one)) for one in many(event.get("ATTENDEE"))),
            uid=placed.source.uid,
            line=placed.source.line,
            description=next((str(one) for one in many(event.get("DESCRIPTION"))), ""),
        )


@contextmanager
def _named(event: SourceEvent) -> Iterator[None]:
    """Whatever the library says of an event, says which event it is."""
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, ArithmeticError) as error:
        raise CalendarInvalid([event.problem(str(error) or type(error).__name__)]) from None


def _repeats(event: Properties) -> bool:
    return any(name in event for name in ("RRULE", "RDATE", "RECURRENCE-ID"))


def _mail(address: str) -> str:
    scheme, _, rest = address.strip().partition(":")
    return rest if scheme.lower() == "mailto" else address.strip()
