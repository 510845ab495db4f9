"""A horizon day by day: of days that look alike everything is found once.

Days begin at midnight (UTC), and the instants of a day count from there, so that Monday's can be
the same as Tuesday's: a year of duty is then a handful of days and the order in which they come.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import itemgetter
from typing import Generic, TypeVar

from app.rosters.interval import DAY, Instant, Span, Spans, clip, normal

T = TypeVar("T")
V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Daily(Generic[T]):
    """What is said of each day of a horizon: `said[numbers[day]]`."""

    numbers: Sequence[int]
    said: Sequence[T]

    @classmethod
    def of(cls, each: Iterable[T]) -> "Daily[T]":
        """So much of each day in turn; values that are equal are said once."""
        days = list(each)
        places = {one: number for number, one in enumerate(dict.fromkeys(days))}
        return cls(numbers=list(map(places.__getitem__, days)), said=tuple(places))

    def __iter__(self) -> Iterator[T]:
        return map(self.said.__getitem__, self.numbers)

    def then(self, make: Callable[[T], V]) -> "Daily[V]":
        """What follows from it, found once for all days of which the same is said."""
        return Daily(numbers=self.numbers, said=tuple(map(make, self.said)))

    def merged(self) -> "Daily[T]":
        """The same, where values may have become equal."""
        values = Daily.of(self.said)
        if len(values.said) == len(self.said):
            return self
        numbers = list(map(values.numbers.__getitem__, self.numbers))
        return Daily(numbers=numbers, said=values.said)

    def first_days(self) -> Mapping[int, int]:
        """By number the first day of which it is said, in order of days."""
        last = len(self.numbers) - 1
        # From the last day to the first: of a number that comes again, the earlier day stays.
        found = dict(zip(reversed(self.numbers), range(last, -1, -1), strict=True))
        return dict(sorted(found.items(), key=itemgetter(1)))


def together(many: Sequence[Daily[T]], days: int) -> Daily[tuple[T, ...]]:
    """What all of them say of each of so many days; days alike in all of them are one."""
    if not many:
        return Daily(numbers=(0,) * days, said=((),))
    rows = Daily.of(zip(*(one.numbers for one in many), strict=True))
    said = [
        tuple(one.said[number] for one, number in zip(many, row, strict=True)) for row in rows.said
    ]
    return Daily(numbers=rows.numbers, said=said)


def beside(one: Daily[T], other: Daily[V]) -> Daily[tuple[T, V]]:
    """What two say of each day; days alike in both are one."""
    rows = Daily.of(zip(one.numbers, other.numbers, strict=True))
    return Daily(numbers=rows.numbers, said=[(one.said[a], other.said[b]) for a, b in rows.said])


def midnights(begin: Instant, end: Instant) -> range:
    """The midnights of the days of which [begin, end) consists."""
    return range(begin // DAY * DAY, end, DAY)


def by_day(spans: Spans, days: range) -> Daily[Spans]:
    """A set of instants day by day; none lies beyond these days.

    Args:
        spans: The set.
        days: The midnight of each day, as `midnights` gives them.
    """
    parts: list[Spans] = [()] * len(days)
    for begin, end in spans:
        day, begin_of_day = divmod(begin - days.start, DAY)
        end_of_day = end - days.start - day * DAY
        while end_of_day > DAY:
            parts[day] += ((begin_of_day, DAY),)
            day, begin_of_day, end_of_day = day + 1, 0, end_of_day - DAY
        parts[day] += ((begin_of_day, end_of_day),)
    return Daily.of(parts)


def whole(daily: Iterable[Spans], days: range) -> Spans:
    """The set of instants of which the days say this; a day may speak of the days after it."""
    return normal(
        (midnight + begin, midnight + end)
        for midnight, spans in zip(days, daily, strict=True)
        for begin, end in spans
    )


def ahead(daily: Daily[Spans], length: Instant) -> Daily[Spans]:
    """Of each day the instants from its midnight on for so long; beyond the horizon none."""
    full, rest = divmod(length, DAY)
    heads = daily.then(lambda spans: clip(spans, 0, rest)).merged()
    return following([*repeat(daily, full), heads], ()).then(joined).merged()


def following(many: Sequence[Daily[T]], nothing: T) -> Daily[tuple[T, ...]]:
    """What the first says of each day, the second of the day after it, and so on.

    `nothing` is what is said of days beyond the horizon.
    """
    days = [_later(daily, by, nothing) for by, daily in enumerate(many)]
    return together(days, len(days[0].numbers))


def joined(days: Sequence[Spans]) -> Spans:
    """The instants of consecutive days, from the midnight of the first on."""
    found: list[Span] = list(days[0])
    for number, spans in enumerate(days[1:], 1):
        moved = [(begin + number * DAY, end + number * DAY) for begin, end in spans]
        if found and moved and found[-1][1] == moved[0][0]:
            moved[0] = (found.pop()[0], moved[0][1])
        found += moved
    return tuple(found)


def _later(daily: Daily[T], days: int, nothing: T) -> Daily[T]:
    if not days:
        return daily
    beyond = repeat(len(daily.said), min(days, len(daily.numbers)))
    return Daily(numbers=[*daily.numbers[days:], *beyond], said=[*daily.said, nothing])
