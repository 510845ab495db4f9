"""All gaps of a horizon, those that recur as one: every weekday from 17:00 to 09:00, 268 times."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from app.cover.course import Course, courses
from app.cover.distribution import tail
from app.cover.gaps import Counterexample, Gap, explain, gaps
from app.cover.reach import Reach
from app.escalation.network import Network
from app.escalation.party import LeftOut
from app.protocols.calendar import Day, days_of
from app.rosters.interval import milliseconds, moment

# To explain a gap runs a rule. A roster without any order has more sorts of gaps than anybody
# reads; the rest is counted.
SORTS_EXPLAINED: Final = 40
_SPECIAL: Final = (Day.YEAR_END, Day.HOLIDAY)
_WEEK: Final = (Day.MON, Day.TUE, Day.WED, Day.THU, Day.FRI, Day.SAT, Day.SUN)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Turn:
    """From a minute of the local day to another, so many days later."""

    begins: int
    ends: int
    days: int


@dataclass(slots=True, kw_only=True)
class Recurring:
    """Gaps of one step at the same hours: on which kinds of day, how often, how long in all."""

    turn: Turn
    on: set[Day] = field(default_factory=set)
    count: int = 0
    length: timedelta = timedelta(0)
    first_at: datetime


@dataclass(slots=True, kw_only=True)
class Missing:
    """The gaps of a step that have one cause; None: those that nobody looked into.

    `step` from 1, `variant` from 0. `planned`: false where a roster is not planned yet.
    """

    variant: int
    step: int
    restricted: bool
    planned: bool
    cause: LeftOut | None
    example: Counterexample | None = None
    recurring: dict[Turn, Recurring] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many gaps."""
        return sum(one.count for one in self.recurring.values())

    @property
    def length(self) -> timedelta:
        """How long they are in all."""
        return sum((one.length for one in self.recurring.values()), timedelta(0))

    @property
    def by_length(self) -> Sequence[Recurring]:
        """Those that recur, longest in all first."""
        return sorted(self.recurring.values(), key=lambda one: (-one.length, one.first_at))


def survey(network: Network, begin: datetime, end: datetime) -> tuple[Missing, ...]:
    """The gaps of [begin, end), step by step and cause by cause.

    `network` has a protocol. Gaps at the same hours of the same kind of day are taken to have the
    cause of the first of them.
    """
    protocol = network.protocol
    assert protocol is not None, "there is something to look at"
    first, last = milliseconds(begin), milliseconds(end)
    reach = Reach(network=network, begin=first, end=last + tail(protocol))
    return tuple(
        one for course in courses(protocol, reach, first, last) for one in _of_course(course, reach)
    )


def _of_course(course: Course, reach: Reach) -> Iterator[Missing]:
    def place(gap: Gap) -> tuple[int, bool]:
        return gap.step, not gap.planned

    for _, of_step in groupby(gaps(course, reach), key=place):
        yield from _of_step(course, reach, list(of_step))


def _of_step(course: Course, reach: Reach, found: Sequence[Gap]) -> Iterable[Missing]:
    sorts: dict[tuple[Day, Turn], list[Gap]] = {}
    for gap in found:
        sorts.setdefault(_sort(gap, reach), []).append(gap)
    missing: dict[LeftOut | None, Missing] = {}
    for number, ((day, turn), alike) in enumerate(sorts.items()):
        cause, example = None, None
        if number < SORTS_EXPLAINED:
            (explained,) = explain(alike[:1], course, reach)
            cause, example = explained.cause, explained.counterexample
        one = missing.setdefault(
            cause,
            Missing(
                variant=course.number,
                step=alike[0].step,
                restricted=course.restricted,
                planned=alike[0].planned,
                cause=cause,
                example=example,
            ),
        )
        _add(one, day, turn, alike)
    return missing.values()


def _add(missing: Missing, day: Day, turn: Turn, alike: Sequence[Gap]) -> None:
    first_at = moment(alike[0].begin)
    one = missing.recurring.setdefault(turn, Recurring(turn=turn, first_at=first_at))
    one.on.add(day)
    one.count += len(alike)
    one.length += timedelta(milliseconds=sum(gap.end - gap.begin for gap in alike))
    one.first_at = min(one.first_at, first_at)


def _sort(gap: Gap, reach: Reach) -> tuple[Day, Turn]:
    zone = reach.network.zone
    begins, ends = (moment(at).astimezone(zone) for at in (gap.begin, gap.end))
    turn = Turn(
        begins=begins.hour * 60 + begins.minute,
        ends=ends.hour * 60 + ends.minute,
        days=(ends.date() - begins.date()).days,
    )
    kinds = days_of(begins.date())
    day = next((one for one in _SPECIAL if one in kinds), _WEEK[begins.weekday()])
    return day, turn
