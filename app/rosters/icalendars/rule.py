"""Which repetitions are followed: those that certainly go on or end, within a known effort.

The library that follows a rule looks for its next day until the year 9999. A rule that never
matches ("30 February", or every seventh day from a Tuesday if it is a Monday) would keep it busy
for minutes. So a rule is read only if a day beyond the horizon is found here on which it applies
again; there the library stops. What calendar programs write is read; what only the grammar of
RFC 5545 3.3.10 allows may be refused.
"""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import prod
from types import MappingProxyType
from typing import Final, Self, TypeGuard

DAYS_MAX: Final = 300_000
"""Days looked at for all rules of a file together; a daily duty costs 365 for each year."""

_READ: Final = frozenset(
    {
        "BYDAY",
        "BYHOUR",
        "BYMINUTE",
        "BYMONTH",
        "BYMONTHDAY",
        "BYSECOND",
        "BYSETPOS",
        "COUNT",
        "FREQ",
        "INTERVAL",
        "UNTIL",
        "WKST",
    }
)
_FREQUENCIES: Final = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_INTERVAL_MAX: Final = 1000
_TIMES_MAX: Final = 24
# Every month has each weekday four times.
_POSITION_MAX: Final = 4
# After 28 years the weekdays come again, except over a century.
_LOOKED_AT: Final = 40 * 366
_CLOCK: Final = MappingProxyType(
    {"BYHOUR": range(24), "BYMINUTE": range(60), "BYSECOND": range(60)}
)
_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """What following a rule costs: days that are looked at, and occurrences that are made."""

    days: int = 0
    occurrences: int = 0

    def __add__(self, other: Self) -> Self:
        """Of both."""
        return replace(
            self, days=self.days + other.days, occurrences=self.occurrences + other.occurrences
        )


def effort_of(rule: Mapping[str, Sequence[object]], start: date, begin: date, end: date) -> Effort:
    """The effort of following a rule through a horizon; occurrences may be a few too many.

    Args:
        rule: Its parts, as the library reads them: name → values.
        start: DTSTART.
        begin: Where the horizon begins.
        end: Its last day.

    Raises:
        ValueError: The rule is not followed; says why.
    """
    parts = {name.upper(): values for name, values in rule.items()}
    if not_read := sorted(parts.keys() - _READ):
        raise ValueError(f"A repetition with {', '.join(not_read)} is not read.")
    times = _times(parts)
    days = _Days.of(parts, _date(start))
    if "BYSETPOS" in parts:
        days.refuse_odd_positions(_numbers(parts, "BYSETPOS"), times)
    beyond = max(_date(end), days.start) + timedelta(days=1)
    ahead = next((n for n in range(_LOOKED_AT) if days.has(beyond + timedelta(days=n))), None)
    if ahead is None:
        raise ValueError("There is no day on which it would repeat.")
    cost = ((beyond - days.start).days + ahead) * times
    if cost > DAYS_MAX:
        raise ValueError("It would take too long to follow.")
    until = min([_date(end), *(_date(one) for one in parts.get("UNTIL", ()) if _is_date(one))])
    first = max(_date(begin), days.start)
    made = times * sum(days.has(first + timedelta(n)) for n in range((until - first).days + 1))
    return Effort(days=cost, occurrences=min([made, *_numbers(parts, "COUNT")]))


def _times(parts: Mapping[str, Sequence[object]]) -> int:
    """How often the rule repeats on one day."""
    for name, values in _CLOCK.items():
        if any(number not in values for number in _numbers(parts, name)):
            raise ValueError(f"{name} must be {values[0]} to {values[-1]}.")
    times = prod(max(len(parts.get(name, ())), 1) for name in _CLOCK)
    if times > _TIMES_MAX:
        raise ValueError(f"It repeats more than {_TIMES_MAX} times a day.")
    return times


def _is_date(value: object) -> TypeGuard[date]:
    return isinstance(value, date)


def _date(day: date) -> date:
    return date(day.year, day.month, day.day)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Days:
    """The days of a rule. Empty sets do not restrict; `weekdays` are (ordinal or 0, 0 … 6)."""

    frequency: str
    interval: int
    start: date
    months: frozenset[int]
    month_days: frozenset[int]
    weekdays: frozenset[tuple[int, int]]

    @classmethod
    def of(cls, parts: Mapping[str, Sequence[object]], start: date) -> Self:
        [frequency] = [str(one).upper() for one in parts.get("FREQ", ())] or [""]
        if frequency not in _FREQUENCIES:
            raise ValueError(f"A duty repeats {', '.join(_FREQUENCIES)}; not {frequency or '?'}.")
        [interval] = _numbers(parts, "INTERVAL") or [1]
        if not 1 <= interval <= _INTERVAL_MAX:
            raise ValueError(f"INTERVAL must be 1 to {_INTERVAL_MAX}.")
        if any(count < 1 for count in _numbers(parts, "COUNT")):
            raise ValueError("COUNT must be at least 1.")
        months = frozenset(_numbers(parts, "BYMONTH"))
        month_days = frozenset(_numbers(parts, "BYMONTHDAY"))
        weekdays = frozenset(_weekday(str(one)) for one in parts.get("BYDAY", ()))
        if frequency in {"DAILY", "WEEKLY"}:
            weekdays = frozenset((0, weekday) for _, weekday in weekdays)
        if not month_days and not weekdays:  # what is not said is as on the first day
            if frequency == "YEARLY":
                months = months or frozenset({start.month})
            if frequency in {"YEARLY", "MONTHLY"}:
                month_days = frozenset({start.day})
            if frequency == "WEEKLY":
                weekdays = frozenset({(0, start.weekday())})
        return cls(
            frequency=frequency,
            interval=interval,
            start=start,
            months=months,
            month_days=month_days,
            weekdays=weekdays,
        )

    def refuse_odd_positions(self, positions: Sequence[int], times: int) -> None:
        """Accept BYSETPOS where there certainly is such a position: "the last Friday"."""
        is_usual = (
            self.frequency in {"MONTHLY", "YEARLY"}
            and times == 1
            and self.weekdays
            and not self.month_days
            and all(ordinal == 0 for ordinal, _ in self.weekdays)
            and all(1 <= abs(position) <= _POSITION_MAX for position in positions)
        )
        if not is_usual:
            raise ValueError("BYSETPOS is read only with weekdays of a month or year, 1 to 4.")

    def has(self, day: date) -> bool:
        """Whether the rule applies on this day, as far as days go."""
        if self.months and day.month not in self.months:
            return False
        if self.month_days:
            days = monthrange(day.year, day.month)[1]
            if self.month_days.isdisjoint({day.day, day.day - days - 1}):
                return False
        return (not self.weekdays or self._is_weekday(day)) and self._is_in_turn(day)

    def _is_weekday(self, day: date) -> bool:
        if (0, day.weekday()) in self.weekdays:
            return True
        if self.frequency == "YEARLY" and not self.months:
            first, last = date(day.year, 1, 1), date(day.year, 12, 31)
        else:
            first = day.replace(day=1)
            last = day.replace(day=monthrange(day.year, day.month)[1])
        from_begin = (day - first).days // 7 + 1
        from_end = -((last - day).days // 7 + 1)
        return any((ordinal, day.weekday()) in self.weekdays for ordinal in (from_begin, from_end))

    def _is_in_turn(self, day: date) -> bool:
        match self.frequency:
            case "DAILY":
                passed = (day - self.start).days
            case "WEEKLY":
                # Whole weeks; a week that begins on another day only shifts which of them.
                monday = self.start - timedelta(days=self.start.weekday())
                passed = (day - monday).days // 7
            case "MONTHLY":
                passed = (day.year - self.start.year) * 12 + day.month - self.start.month
            case _:
                passed = day.year - self.start.year
        return passed % self.interval == 0


def _numbers(parts: Mapping[str, Sequence[object]], name: str) -> list[int]:
    return [int(str(value)) for value in parts.get(name, ())]


def _weekday(text: str) -> tuple[int, int]:
    name = text[-2:].upper()
    if name not in _WEEKDAYS:
        raise ValueError(f"{text!r} is not a weekday.")
    return int(text[:-2] or 0), _WEEKDAYS.index(name)
