"""Local days and hours: opening hours, Japanese holidays, the quiet of the night.

Hours are wall-clock times in a zone that the caller names; intervals are half-open, so 08:30 ends
one interval and begins the next without overlap.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import ClassVar, Final, Self
from zoneinfo import ZoneInfo

from holidays.countries.japan import Japan  # not `holidays.Japan`: that loads at first use

_DAY_MINUTES: Final = 24 * 60
_INTERVALS_MAX: Final = 20
_INTERVAL: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")
_QUIET_FROM_HOUR: Final = 21
_QUIET_TO_HOUR: Final = 7
_WORK_FROM_HOUR: Final = 10
_WORK_TO_HOUR: Final = 16
_KNOWN_YEARS: Final = range(2000, 2101)
_YEAR_END: Final = frozenset({(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """When something is open on every day, as intervals of local wall-clock time.

    `spans` holds (begin, end) in minutes of the day, begin 0 … 1439, end 1 … 1440, never equal; an
    end before its begin means the next day.
    """

    spans: tuple[tuple[int, int], ...]
    always: ClassVar["Hours"]

    @classmethod
    def parse(cls, value: object) -> Self:
        """Read the JSON form: `"24h"`, or a list such as `["09:00-12:00", "18:00-08:30"]`.

        Raises:
            ValueError: The value is neither; the sentence says what is wrong.
        """
        if value == "24h":
            return cls(spans=((0, _DAY_MINUTES),))
        if not isinstance(value, list | tuple) or not 1 <= len(value) <= _INTERVALS_MAX:
            raise ValueError(
                f'Must be "24h" or a list of 1 to {_INTERVALS_MAX} intervals: ["18:00-08:30"].'
            )
        return cls(spans=tuple(_span(interval) for interval in value))

    def dump(self) -> str | list[str]:
        """The JSON form; `Hours.parse(hours.dump()) == hours`."""
        if self.spans == ((0, _DAY_MINUTES),):
            return "24h"
        return [f"{_clock(begin)}-{_clock(end)}" for begin, end in self.spans]

    def contains(self, local: datetime) -> bool:
        """Whether it is open at this local time."""
        return any(True for _ in self.begin_dates(local))

    def begin_dates(self, local: datetime) -> Iterator[date]:
        """The local dates on which the intervals begin that are running at this local time."""
        minute = local.hour * 60 + local.minute
        for begin, end in self.spans:
            if begin <= minute < (end if begin < end else _DAY_MINUTES):
                yield local.date()
            elif minute < end < begin:
                yield local.date() - timedelta(days=1)

    def covers_whole_day(self) -> bool:
        """Whether there is no minute of any day at which it is closed."""
        return union_covers_day((self,))


Hours.always = Hours.parse("24h")


def union_covers_day(many: Iterable[Hours]) -> bool:
    """Whether at every minute of the day at least one of them is open."""
    covered_to = 0
    for begin, end in sorted(piece for hours in many for piece in _within_day(hours)):
        if begin > covered_to:
            return False
        covered_to = max(covered_to, end)
    return covered_to == _DAY_MINUTES


class Day(StrEnum):
    """A kind of day that a condition may name; one date can be several at once."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"
    WEEKDAY = "weekday"
    """Monday to Friday, unless a holiday or the turn of the year."""
    HOLIDAY = "holiday"
    YEAR_END = "year_end"


_WEEK: Final = (Day.MON, Day.TUE, Day.WED, Day.THU, Day.FRI, Day.SAT, Day.SUN)


def days_of(day: date) -> frozenset[Day]:
    """All kinds of day that this date is."""
    named = _WEEK[day.weekday()]
    special = {Day.HOLIDAY} if is_holiday(day) else set()
    if is_year_end(day):
        special.add(Day.YEAR_END)
    if not special and named not in {Day.SAT, Day.SUN}:
        special.add(Day.WEEKDAY)
    return frozenset({named, *special})


def is_holiday(day: date) -> bool:
    """Whether it is a Japanese national holiday, substitute holidays included.

    Outside 2000 … 2100 nothing is a holiday, and the library knows none after 2099: a rule about
    days must have an answer for every instant. The equinoxes of coming years are calculated; the
    government announces them each February for the next year.
    """
    return day.year in _KNOWN_YEARS and day in _holidays(day.year)


def is_year_end(day: date) -> bool:
    """Whether it is 年末年始: 29 December to 3 January, when offices are closed."""
    return (day.month, day.day) in _YEAR_END


def next_local_time(now: datetime, zone: ZoneInfo, hour: int) -> datetime:
    """The first instant after `now` at which the wall clock of the zone shows this full hour.

    Where the clock is put forward over that hour, it is the instant at which the clock leaps; where
    it is put back, the hour comes twice and both count.

    Args:
        now: An aware instant.
        zone: Whose wall clock.
        hour: 0 … 23.

    Returns:
        The instant, in UTC.
    """
    today = now.astimezone(zone).date()
    candidates = (
        instant
        # Three days: today's may be past, and a zone can skip a whole day (Samoa, 2011-12-30).
        for days in range(3)
        for instant in instants_of(datetime.combine(today + timedelta(days), time(hour)), zone)
    )
    return min(instant for instant in candidates if instant > now)


def is_quiet_night(now: datetime, zone: ZoneInfo) -> bool:
    """Whether the wall clock of the zone shows 21:00 or later, or earlier than 07:00."""
    hour = now.astimezone(zone).hour
    return hour >= _QUIET_FROM_HOUR or hour < _QUIET_TO_HOUR


def instants_of(wall: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The instants at which the clock shows this time; if none, the one at which it leaps over."""
    # In a gap the offset before it makes the later instant of the two.
    by_old, by_new = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    shown = [
        instant
        for instant in (by_old, by_new)
        if instant.astimezone(zone).replace(tzinfo=None, fold=0) == wall
    ]
    if shown:
        yield from shown
    elif by_old - by_new < timedelta(days=1):
        yield leap(by_new, by_old, zone)


def leap(early: datetime, late: datetime, zone: ZoneInfo) -> datetime:
    """The second between two instants at which the zone's offset changes, found by halving."""
    offset = late.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == offset:
            late = middle
        else:
            early = middle
    return late


def is_working_time(now: datetime, zone: ZoneInfo) -> bool:
    """Whether the wall clock of the zone shows 10:00 to 16:00 of a Japanese working day."""
    local = now.astimezone(zone)
    return Day.WEEKDAY in days_of(local.date()) and _WORK_FROM_HOUR <= local.hour < _WORK_TO_HOUR


def _span(interval: object) -> tuple[int, int]:
    matched = _INTERVAL.fullmatch(interval) if isinstance(interval, str) else None
    if matched is None:
        raise ValueError('An interval is written "HH:MM-HH:MM", for example "18:00-08:30".')
    begin_hour, begin_minute, end_hour, end_minute = (int(part) for part in matched.groups())
    begin, end = begin_hour * 60 + begin_minute, end_hour * 60 + end_minute
    if end > _DAY_MINUTES:
        raise ValueError(f'The day ends at 24:00: "{matched[0]}" goes beyond it.')
    if begin == end:
        raise ValueError(f'"{matched[0]}" is empty; for the whole day write "00:00-24:00".')
    return begin, end or _DAY_MINUTES


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _within_day(hours: Hours) -> Iterator[tuple[int, int]]:
    for begin, end in hours.spans:
        if begin < end:
            yield begin, end
        else:
            yield begin, _DAY_MINUTES
            yield 0, end


@lru_cache(maxsize=len(_KNOWN_YEARS))
def _holidays(year: int) -> frozenset[date]:
    return frozenset(Japan(years=year, expand=False))
