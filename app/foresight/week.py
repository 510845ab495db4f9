"""A week of a protocol, step by step: when somebody can be asked, when nobody, when not yet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.cover.course import SECOND, Course, Walk, courses
from app.cover.distribution import tail
from app.cover.gaps import gaps
from app.cover.reach import Cover, Reach
from app.escalation.network import Network
from app.rosters.daily import whole
from app.rosters.interval import (
    DAY,
    MINUTE,
    Instant,
    Spans,
    clip,
    complement,
    intersection,
    milliseconds,
    normal,
)
from app.rosters.zone import first_instant, stretches

DAYS = 7


class State(StrEnum):
    """What holds of a step at an instant."""

    COVERED = "covered"
    GAP = "gap"
    UNPLANNED = "unplanned"
    AWAY = "away"
    """No incident comes to the step then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a local day, in minutes of that day; `day` counts from the first one."""

    day: int
    begins: int
    ends: int
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """One step (from 1) of a variant (from 0); `restricted`: for incidents hidden from family."""

    variant: int
    step: int
    restricted: bool
    pieces: tuple[Piece, ...]
    gap_count: int
    unplanned_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """The grids of all steps that an incident comes to; `idle` are the other variants."""

    first_day: date
    grids: tuple[Grid, ...]
    idle: tuple[int, ...]


def look_at_week(network: Network, first_day: date, now: datetime) -> Week:
    """Seven local days from `first_day` on; of what lies before `now` nothing is said.

    `network` has a protocol. Incidents that were opened before the week, but not before `now`, may
    come to a step in it.
    """
    protocol = network.protocol
    assert protocol is not None, "there is something to look at"
    zone, earliest = network.zone, milliseconds(now)
    begin = max(first_instant(first_day, 0, zone), earliest)
    end = first_instant(first_day + timedelta(days=DAYS), 0, zone)
    before = tail(protocol)
    since = max(begin - before, earliest)
    reach = Reach(network=network, begin=since, end=end + before)
    grids = [
        grid
        for course in courses(protocol, reach, since, end)
        for grid in _grids(course, reach, (begin, end), first_day)
    ]
    used = {grid.variant for grid in grids}
    idle = (number for number in range(len(protocol.variants)) if number not in used)
    return Week(first_day=first_day, grids=tuple(grids), idle=tuple(idle))


def _grids(
    course: Course, reach: Reach, week: tuple[Instant, Instant], first_day: date
) -> Iterator[Grid]:
    found = [gap for gap in gaps(course, reach) if gap.begin < week[1] and week[0] < gap.end]
    for number in range(1, len(course.variant.steps) + 1):
        come_to = clip(_come_to(course, number), *week)
        if not come_to:
            continue
        of_step = [gap for gap in found if gap.step == number]
        missing = {
            planned: normal((gap.begin, gap.end) for gap in of_step if gap.planned is planned)
            for planned in (True, False)
        }
        states = {
            State.AWAY: complement(come_to, *week),
            State.COVERED: intersection(_anybody(course.covers[number - 1]), come_to),
            State.UNPLANNED: clip(missing[False], *week),
            State.GAP: clip(missing[True], *week),
        }
        yield Grid(
            variant=course.number,
            step=number,
            restricted=course.restricted,
            pieces=tuple(
                piece
                for state, spans in states.items()
                for piece in _pieces(spans, state, reach.network.zone, first_day)
            ),
            gap_count=len(states[State.GAP]),
            unplanned_count=len(states[State.UNPLANNED]),
        )


def _come_to(course: Course, step: int) -> Spans:
    """When an incident can come to a step: at the latest in time, sooner if it is sent on."""

    def of_day(walk: Walk) -> Spans:
        return normal(
            (begin, end + stage.elapsed * SECOND)
            for stage in walk.at_step.get(step, ())
            for begin, end in stage.begins
        )

    return whole(course.days.then(of_day), course.midnights)


def _anybody(cover: Cover) -> Spans:
    return whole(cover.anybody_by_day, cover.timetable.days)


def _pieces(spans: Spans, state: State, zone: ZoneInfo, first_day: date) -> Iterator[Piece]:
    """By the wall clock; an hour that the clock shows twice is drawn twice."""
    first = (first_day - date(1970, 1, 1)).days
    for span in spans:
        for begin, end, offset in stretches(zone, *span):
            for day in range((begin + offset) // DAY, (end - 1 + offset) // DAY + 1):
                since = max(begin + offset - day * DAY, 0)
                until = min(end + offset - day * DAY, DAY)
                yield Piece(
                    day=day - first,
                    begins=since // MINUTE,
                    ends=-(-until // MINUTE),
                    state=state,
                )


def first_days(now: datetime, zone: ZoneInfo, horizon: timedelta) -> Sequence[date]:
    """The first and the last day with which a week of the horizon may begin."""
    return now.astimezone(zone).date(), (now + horizon).astimezone(zone).date()
