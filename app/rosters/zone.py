"""Between the wall clock of a zone and instants, with the nights on which the clock changes.

A wall time is written here as milliseconds since 1970 as if the zone were UTC ("wall
milliseconds"). Within one offset of the zone, wall times and instants differ by a constant; so a
zone is a list of stretches of one offset, and everything below is arithmetic on them.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from app.protocols.calendar import Day, Hours, days_of, leap
from app.rosters.interval import (
    DAY,
    MINUTE,
    Instant,
    Span,
    Spans,
    milliseconds,
    moment,
    normal,
)

Stretch = tuple[Instant, Instant, int]
"""[begin, end) of instants at which the zone has one offset, in milliseconds."""

YEARS: Final = range(1970, 2200)
"""The years for which a roster may speak. Beyond, there are no dates to do arithmetic with."""

_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
# No zone changes its offset and back within it.
_PROBE_EVERY: Final = timedelta(hours=12)
_ZONE_YEARS_KEPT: Final = 1024


def first_instant(day: date, minute: int, zone: ZoneInfo) -> Instant:
    """The first instant at which the wall clock has reached this minute of that day.

    Where the clock leaps over the time it is the instant of the leap, where the clock shows the
    time twice it is the first: so turns that end and begin at a local time neither leave an
    instant uncovered nor cover one twice. Later wall times never come at earlier instants.

    Args:
        day: A local date; may be one that the zone skips.
        minute: 0 … 1440.
        zone: Whose wall clock.
    """
    wall = (day.toordinal() - _EPOCH_DAY) * DAY + minute * MINUTE
    stretches = _around(zone.key, day.year)
    for begin, end, offset in stretches:
        if wall < end + offset:
            return max(begin, wall - offset)
    return stretches[-1][1]


def stretches(zone: ZoneInfo, begin: Instant, end: Instant) -> Iterator[Stretch]:
    """The stretches of one offset of which [begin, end) consists, in order."""
    if begin >= end:
        return
    for year in range(moment(begin).year, moment(end).year + 1):
        for first, last, offset in _of_year(zone.key, year):
            if max(first, begin) < min(last, end):
                yield max(first, begin), min(last, end), offset


def open_intervals(
    hours: Hours, days: Iterable[Day] | None, zone: ZoneInfo, begin: Instant, end: Instant
) -> Spans:
    """The instants of [begin, end) at which the hours are open, on such days.

    It agrees with `Hours.contains` and `Condition.matches` at every instant: an interval across
    midnight belongs to the day on which it begins, and on the night on which the clock is put
    back a time that comes twice is open twice.

    Args:
        hours: Intervals of local time.
        days: Kinds of day on which they begin; None means every day.
        zone: Whose wall clock.
        begin: Where to begin.
        end: Where to end; not included.
    """
    if begin >= end:
        return ()
    if days is None and any(last - first == DAY // MINUTE for first, last in hours.spans):
        return ((begin, end),)
    wanted = None if days is None else frozenset(days)
    found: list[Span] = []
    for first, last, offset in stretches(zone, begin, end):
        # The day before, too: its interval may reach across midnight into this stretch.
        numbers: Iterable[int] = range((first + offset) // DAY - 1, (last - 1 + offset) // DAY + 1)
        if wanted is not None:
            numbers = [number for number in numbers if not _kinds(number).isdisjoint(wanted)]
        midnights = [number * DAY - offset for number in numbers]
        for open_from, open_to in _lengths(hours):
            spans = [(midnight + open_from, midnight + open_to) for midnight in midnights]
            found += [(max(a, first), min(b, last)) for a, b in spans if a < last and b > first]
    return normal(found)


def _lengths(hours: Hours) -> Iterator[tuple[int, int]]:
    """The intervals of a day in milliseconds after its midnight; an end may be of the next day."""
    for open_from, open_to in hours.spans:
        until = open_to if open_from < open_to else open_to + DAY // MINUTE
        yield open_from * MINUTE, until * MINUTE


@lru_cache(maxsize=4096)
def _kinds(day: int) -> frozenset[Day]:
    return days_of(date.fromordinal(_EPOCH_DAY + day))


@lru_cache(maxsize=_ZONE_YEARS_KEPT)
def _around(key: str, year: int) -> tuple[Stretch, ...]:
    # Midnight of 1 January is in the old year or in the new, depending on the offset.
    return (*_of_year(key, year - 1)[-1:], *_of_year(key, year), *_of_year(key, year + 1)[:1])


@lru_cache(maxsize=_ZONE_YEARS_KEPT)
def _of_year(key: str, year: int) -> tuple[Stretch, ...]:
    """The stretches of a UTC year."""
    zone = ZoneInfo(key)
    begin, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    changes = [begin]
    early = begin
    while early < end:
        late = min(early + _PROBE_EVERY, end)
        if _offset(early, zone) != _offset(late, zone) and (at := leap(early, late, zone)) < end:
            changes.append(at)
        early = late
    changes.append(end)
    return tuple(
        (milliseconds(first), milliseconds(last), _offset(first, zone) // timedelta(milliseconds=1))
        for first, last in pairwise(changes)
    )


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None, "a zone has an offset at every instant"
    return offset
