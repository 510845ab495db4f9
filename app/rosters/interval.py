"""Sets of instants as half-open intervals, and what lies over each instant of a time line.

An instant is a whole number of milliseconds since 1970, a set is a plain tuple of (begin, end):
a proof over hundreds of days builds and joins hundreds of thousands of them, and integers in
tuples are compared and sorted by the interpreter itself.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self

Instant = int
"""Whole milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted."""
Span = tuple[Instant, Instant]
"""[begin, end): the begin belongs to it, the end does not."""
Spans = tuple[Span, ...]
"""A set of instants in its normal form: in order, none empty, no two that overlap or touch."""

DAY: Final = 86_400_000
MINUTE: Final = 60_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def milliseconds(at: datetime) -> Instant:
    """The instant of an aware datetime; what is finer than a millisecond is cut off."""
    return (at - _EPOCH) // _MILLISECOND


def moment(at: Instant) -> datetime:
    """The aware UTC datetime of an instant."""
    return _EPOCH + timedelta(milliseconds=at)


def last_minute(span: Span) -> Instant:
    """The last whole minute of an interval; its last instant if there is none."""
    begin, end = span
    minute = (end - 1) // MINUTE * MINUTE
    return minute if minute >= begin else end - 1


def normal(spans: Iterable[Span]) -> Spans:
    """The normal form of intervals in any order: empty ones dropped, touching ones joined."""
    ordered = [span for span in sorted(spans) if span[0] < span[1]]
    if not ordered:
        return ()
    joined: list[Span] = []
    last_begin, last_end = ordered[0]
    for begin, end in ordered:
        if begin > last_end:
            joined.append((last_begin, last_end))
            last_begin, last_end = begin, end
        elif end > last_end:
            last_end = end
    joined.append((last_begin, last_end))
    return tuple(joined)


def union(*many: Spans) -> Spans:
    """The instants that are in any of the sets."""
    many = tuple(filter(None, many))
    if len(many) <= 1:
        return many[0] if many else ()
    return normal(span for spans in many for span in spans)


def intersection(one: Spans, other: Spans) -> Spans:
    """The instants that are in both sets, in one pass over both."""
    found: list[Span] = []
    i = j = 0
    # What lies within the other set is taken as it is: nothing is compared or built twice.
    while i < len(one) and j < len(other):
        begin, end = span = one[i]
        other_begin, other_end = other_span = other[j]
        if end < other_end:
            i += 1
            if end > other_begin:
                found.append(span if begin >= other_begin else (other_begin, end))
        else:
            j += 1
            if begin < other_end:
                found.append(other_span if begin <= other_begin else (begin, other_end))
    return tuple(found)


def difference(one: Spans, other: Spans) -> Spans:
    """The instants of the first set that are not in the second, in one pass over both."""
    if not one or not other:
        return one
    found: list[Span] = []
    j = 0
    for begin, end in one:
        rest = begin
        while j < len(other) and other[j][1] <= rest:
            j += 1
        at = j
        while at < len(other) and other[at][0] < end:
            if rest < other[at][0]:
                found.append((rest, other[at][0]))
            rest = other[at][1]
            at += 1
        # The last one looked at may reach into the next interval of `one`.
        j = max(j, at - 1)
        if rest < end:
            found.append((rest, end))
    return tuple(found)


def complement(spans: Spans, begin: Instant, end: Instant) -> Spans:
    """The instants of [begin, end) that are not in the set."""
    return difference(((begin, end),), spans) if begin < end else ()


def clip(spans: Spans, begin: Instant, end: Instant) -> Spans:
    """The part of the set within [begin, end); its ends are found by halving."""
    if begin >= end or not spans:
        return ()
    if begin <= spans[0][0] and spans[-1][1] <= end:
        return spans
    first, last = _begun(spans, begin), _begun(spans, end - 1)
    if first and begin < spans[first - 1][1]:
        first -= 1
    part = list(spans[first:last])
    if part:
        part[0] = (max(part[0][0], begin), part[0][1])
        part[-1] = (part[-1][0], min(part[-1][1], end))
    return tuple(part)


def contains(spans: Spans, at: Instant) -> bool:
    """Whether the instant is in the set; found by halving."""
    place = _begun(spans, at)
    return place > 0 and at < spans[place - 1][1]


def overlaps(spans: Spans, begin: Instant, end: Instant) -> bool:
    """Whether any instant of [begin, end) is in the set; found by halving."""
    place = _begun(spans, end - 1)
    return place > 0 and begin < spans[place - 1][1]


def _begun(spans: Spans, at: Instant) -> int:
    """How many of the intervals begin at the instant or before it."""
    # No interval is empty: one that begins after `at` ends after `at + 1`.
    return bisect_left(spans, (at + 1, at + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """Which of many intervals lie over each instant; they may overlap.

    Between `bounds[i]` and `bounds[i + 1]` lie the intervals `over[i]`, by their number and in
    order; `over` is one shorter than `bounds`.
    """

    bounds: tuple[Instant, ...]
    over: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, spans: Iterable[Span]) -> Self:
        """Lay the intervals, numbered as they come, over one line."""
        begins: dict[Instant, list[int]] = {}
        ends: dict[Instant, list[int]] = {}
        for number, (begin, end) in enumerate(spans):
            if begin < end:
                begins.setdefault(begin, []).append(number)
                ends.setdefault(end, []).append(number)
        bounds = sorted(begins.keys() | ends.keys())
        over: list[tuple[int, ...]] = []
        now: set[int] = set()
        for bound in bounds[:-1]:
            now.difference_update(ends.get(bound, ()))
            now.update(begins.get(bound, ()))
            over.append(tuple(sorted(now)))
        return cls(bounds=tuple(bounds), over=tuple(over))

    def at(self, at: Instant) -> tuple[int, ...]:
        """The numbers of the intervals that hold this instant; found by halving."""
        place = bisect_right(self.bounds, at) - 1
        return self.over[place] if 0 <= place < len(self.over) else ()

    def deepest(self) -> tuple[int, ...]:
        """The numbers of the most intervals that ever lie over one instant."""
        return max(self.over, key=len, default=())

    def covered(self) -> Spans:
        """The instants over which any interval lies."""
        return normal(
            (self.bounds[place], self.bounds[place + 1])
            for place, over in enumerate(self.over)
            if over
        )
