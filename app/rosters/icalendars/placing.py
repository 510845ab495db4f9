"""The times of an event as wall times of one zone, without that zone, and as instants.

Each series is repeated in the wall time of its own zone. The library then compares only what can be
compared: with zones it takes 00:00 UTC and 00:00 local time for the same, and one EXDATE in Tokyo
would take out a second occurrence nine hours away.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from icalendar.prop import vDDDLists, vDDDTypes, vRecur

from app.rosters.icalendars.source import ZONE, Properties, SourceEvent, many
from app.rosters.icalendars.zone_names import Zones, instant_of
from app.rosters.interval import Instant, moment
from app.rosters.zone import YEARS

NUMBER: Final = "X-NUMBER"
"""The property of a placed event that holds its number in its series."""

_ONCE: Final = ("DTSTART", "DTEND", "DURATION", "RECURRENCE-ID", "RRULE", "STATUS", "UID")
_DAY: Final = timedelta(days=1)
_FAR: Final = timedelta(days=366)

Wall = datetime | date
"""A wall time without a zone, or a whole local day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An event whose times are wall times of `zone`; `begin` and `end` are those in the file."""

    source: SourceEvent
    event: Properties
    zone: tzinfo
    begin: Instant
    end: Instant

    @property
    def first(self) -> Wall:
        """When it begins."""
        return _walls(self.event)[0]

    def instants(self, first: Wall, last: Wall) -> tuple[Instant, Instant]:
        """The instants of one of its occurrences.

        As it stands in the file, a wall time that comes twice is meant as it was written.
        """
        if (first, last) == _walls(self.event):
            return self.begin, self.end
        return _instants(self.event, first, last, self.zone)


class Placing:
    """What the zones of one file make of its times."""

    def __init__(self, zones: Zones, own_zone: tzinfo | None, floating: tzinfo) -> None:
        """Zones by their names; the calendar's own, if it says one; that of times without one."""
        self._zones = zones
        self._own_zone = own_zone
        self._floating = floating

    def zone_of(self, event: Properties) -> tzinfo:
        """The zone in which an event repeats.

        Raises:
            ValueError: Its begin cannot be read.
        """
        start = event.get("DTSTART")
        if start is None or isinstance(start, list):
            raise ValueError("It must have one DTSTART.")
        value = _typed(start.dt)
        return self._zone(value, start.params) if isinstance(value, datetime) else self._floating

    def placed(self, source: SourceEvent, number: int, zone: tzinfo) -> Placed:
        """An event of a series that repeats in `zone`.

        Raises:
            ValueError: It contradicts itself, or names a zone that nobody knows.
        """
        _refuse_odd(source.component)
        event = self._on_the_wall(source.component, zone)
        event[NUMBER] = str(number)
        first, last = _walls(event)
        begin, end = _instants(event, first, last, zone)
        lasts = _length(first, last)
        if lasts < timedelta(0) and end < begin:
            raise ValueError("It ends before it begins.")
        _refuse_far(event, lasts)
        return Placed(source=source, event=event, zone=zone, begin=begin, end=end)

    def _zone(self, value: datetime, params: Properties) -> tzinfo:
        name = str(params.get(ZONE) or "")
        if value.tzinfo is not None or name.upper() == "UTC":
            # Google writes single events in UTC, and means the zone of the calendar.
            return self._own_zone or UTC
        return self._zones.zone(name) if name else self._floating

    def _on_the_wall(self, event: Properties, zone: tzinfo) -> Properties:
        copy: Properties = event.copy()
        for name in ("DTSTART", "DTEND", "RECURRENCE-ID"):
            if name in copy:
                value = copy[name]
                copy[name] = vDDDTypes(self._wall(value.dt, value.params, zone))
                if "RANGE" in value.params:
                    copy[name].params["RANGE"] = value.params["RANGE"]
        for name in ("EXDATE", "RDATE"):
            if name in copy:
                dates = [
                    self._period(value.dt, each.params, zone)
                    for each in many(copy[name])
                    for value in each.dts
                ]
                copy[name] = vDDDLists(dates)
        if "RRULE" in copy:
            copy["RRULE"] = _rule(copy["RRULE"], copy["DTSTART"].dt, zone)
        return copy

    def _wall(self, value: object, params: Properties, zone: tzinfo) -> Wall:
        wall = _typed(value)
        if not isinstance(wall, datetime):
            return wall
        if wall.tzinfo is None:
            own = self._zone(wall, params)
            if own is zone:
                return wall
            wall = moment(instant_of(wall, own))
        return wall.astimezone(zone).replace(tzinfo=None)

    def _period(self, value: object, params: Properties, zone: tzinfo) -> object:
        if not isinstance(value, tuple):
            return self._wall(value, params, zone)
        first, last = value
        is_length = isinstance(last, timedelta)
        return (
            self._wall(first, params, zone),
            last if is_length else self._wall(last, params, zone),
        )


def _refuse_odd(event: Properties) -> None:
    for name in _ONCE:
        if len(many(event.get(name))) > 1:
            raise ValueError(f"It has more than one {name}.")
    if "DTSTART" not in event:
        raise ValueError("It must have one DTSTART.")
    if "EXRULE" in event:
        raise ValueError("EXRULE is not read; EXDATE is.")
    if "DTEND" in event and "DURATION" in event:
        raise ValueError("It has DTEND and DURATION.")


def _refuse_far(event: Properties, lasts: timedelta) -> None:
    """What the library would look for far outside of the horizon."""
    if ("RRULE" in event or "RDATE" in event) and lasts > _FAR:
        raise ValueError("What repeats must be shorter than a year.")
    recurrence = event.get("RECURRENCE-ID")
    if recurrence is not None and "RANGE" in recurrence.params:
        moved = _midnight(event["DTSTART"].dt) - _midnight(recurrence.dt)
        if abs(moved) > _FAR or lasts > _FAR:
            raise ValueError("All that follow are moved by more than a year.")


def _typed(value: object) -> Wall:
    if not isinstance(value, date):
        raise TypeError("It has a time that is neither a date nor a date with a time.")
    if value.year not in YEARS:
        raise ValueError(f"Its times must lie in the years {YEARS[0]} to {YEARS[-1]}.")
    return value


def _rule(rule: vRecur, start: Wall, zone: tzinfo) -> vRecur:
    """The rule with its end as wall time; a day as its end is meant to the end of that day."""
    copy = vRecur(rule)
    untils = [_typed(until) for until in rule.get("UNTIL", ())]
    if not untils:
        return copy
    if len(untils) > 1 or "COUNT" in rule:
        raise ValueError("A repetition has one end: UNTIL or COUNT.")
    until = untils[0]
    if isinstance(until, datetime):
        if until.tzinfo is not None:
            until = until.astimezone(zone).replace(tzinfo=None)
        if not isinstance(start, datetime):
            until = until.date()
    elif isinstance(start, datetime):
        until = datetime.combine(until, time(23, 59, 59))
    copy["UNTIL"] = [until]
    return copy


def _walls(event: Properties) -> tuple[Wall, Wall]:
    first: Wall = event["DTSTART"].dt
    if "DTEND" in event:
        last: Wall = event["DTEND"].dt
    elif "DURATION" in event:
        last = first + event["DURATION"].dt
        if not isinstance(first, datetime) and event["DURATION"].dt % _DAY:
            raise ValueError("A whole day must last whole days.")
    else:
        last = first if isinstance(first, datetime) else first + _DAY
    if isinstance(first, datetime) is not isinstance(last, datetime):
        raise ValueError("DTSTART and DTEND must be of one kind.")
    return first, last


def _instants(event: Properties, first: Wall, last: Wall, zone: tzinfo) -> tuple[Instant, Instant]:
    begin = instant_of(_midnight(first), zone)
    lasts = event["DURATION"].dt if "DURATION" in event else None
    if lasts is not None and _length(first, last) == lasts:
        # Days are counted by the calendar, hours by the clock. Source: RFC 5545 3.3.6.
        rest = lasts % _DAY
        whole_days = instant_of(_midnight(first) + (lasts - rest), zone)
        return begin, whole_days + rest // timedelta(milliseconds=1)
    return begin, instant_of(_midnight(last), zone)


def _length(first: Wall, last: Wall) -> timedelta:
    return _midnight(last) - _midnight(first)


def _midnight(wall: Wall) -> datetime:
    return wall if isinstance(wall, datetime) else datetime.combine(wall, time())
