"""Local days and hours as a protocol names them: which condition applies, what is night.

Source: DESIGN.md 4.1.15 and 6.3.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from holidays.countries.japan import Japan

NIGHT_FROM, NIGHT_TO = time(21), time(7)
_DAY: Final = 24 * 60
_WEEK: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_YEAR_END: Final = frozenset({(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)})
# Outside of them nothing is a holiday.
_YEARS: Final = range(2000, 2101)
_SPAN: Final = re.compile(r"([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """When a variant applies: all that is named must match. None: whatever it is.

    `spans` are minutes of the day, from (included) and to (not included); where the end comes
    first it is that of the next day.
    """

    types: frozenset[str] | None
    severities: frozenset[str] | None
    days: frozenset[str] | None
    spans: tuple[tuple[int, int], ...] | None

    def matches(self, type_: str, severity: str, local: datetime) -> bool:
        """Whether an incident of this type and severity is meant, at this local time."""
        if self.types is not None and type_ not in self.types:
            return False
        if self.severities is not None and severity not in self.severities:
            return False
        return any(self.days is None or self.days & _kinds(day) for day in self._days(local))

    def _days(self, local: datetime) -> Iterator[date]:
        """The days to which the local time counts: a span belongs to the day it begins on."""
        if self.spans is None:
            yield local.date()
            return
        minute = local.hour * 60 + local.minute
        for first, end in self.spans:
            if first < end:
                if first <= minute < end:
                    yield local.date()
            elif minute >= first:
                yield local.date()
            elif minute < end:
                yield local.date() - timedelta(days=1)


def read_condition(data: Mapping[str, object]) -> Condition:
    """A condition as the document has it.

    Raises:
        TypeError, ValueError: it is none.
    """
    return Condition(
        types=_words(data.get("types")),
        severities=_words(data.get("severities")),
        days=_words(data.get("days")),
        spans=_spans(data.get("hours")),
    )


def is_night(at: datetime, zone: ZoneInfo) -> bool:
    """Whether faults wait for the morning at this instant."""
    clock = at.astimezone(zone).time()
    return clock >= NIGHT_FROM or clock < NIGHT_TO


def next_morning(at: datetime, zone: ZoneInfo) -> datetime:
    """When they are told: the next seven o'clock of the zone."""
    today = at.astimezone(zone).date()
    mornings = (
        datetime.combine(today + timedelta(days=days), NIGHT_TO, zone).astimezone(UTC)
        for days in range(3)
    )
    return min(one for one in mornings if one > at)


def _words(value: object) -> frozenset[str] | None:
    if value is None:
        return None
    if not isinstance(value, Sequence):
        raise TypeError("a list of words expected")
    return frozenset(str(one) for one in value)


def _spans(value: object) -> tuple[tuple[int, int], ...] | None:
    if value is None or value == "24h":
        return None
    if not isinstance(value, Sequence):
        raise TypeError("a list of hours expected")
    return tuple(_span(str(one)) for one in value)


def _span(text: str) -> tuple[int, int]:
    match = _SPAN.fullmatch(text)
    if match is None:
        raise ValueError("HH:MM-HH:MM expected")
    hours, minutes, to_hours, to_minutes = map(int, match.groups())
    return hours * 60 + minutes, to_hours * 60 + to_minutes or _DAY


def _kinds(day: date) -> frozenset[str]:
    """All that a day is called."""
    named = {_WEEK[day.weekday()]}
    if day.year in _YEARS and day in _holidays(day.year):
        named.add("holiday")
    if (day.month, day.day) in _YEAR_END:
        named.add("year_end")
    if not named & {"sat", "sun", "holiday", "year_end"}:
        named.add("weekday")
    return frozenset(named)


@lru_cache(maxsize=len(_YEARS))
def _holidays(year: int) -> frozenset[date]:
    return frozenset(Japan(years=year, expand=False))
