"""Gaps: instants at which an incident can come to a step that can ask nobody."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.cover.course import SECOND, Course, Stage
from app.cover.opening import Kind
from app.cover.reach import Reach
from app.escalation.party import LeftOut
from app.protocols.kinds import IncidentType, Severity
from app.rosters.daily import whole
from app.rosters.interval import (
    DAY,
    MINUTE,
    Instant,
    Spans,
    clip,
    difference,
    intersection,
    last_minute,
    moment,
    overlaps,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterexample:
    """An incident that runs into a gap: opened then, and sent on to the next step `after` it.

    Sent on by a coordinator until the step is passed over at `at`.
    """

    type: IncidentType
    severity: Severity
    opened_at: datetime
    at: datetime
    after: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A step (from 1) of a variant that can ask nobody in [begin, end), for these incidents.

    `planned`: false where a roster is not planned yet, which is no gap but may become one.
    """

    variant: int
    step: int
    kinds: tuple[Kind, ...]
    begin: Instant
    end: Instant
    planned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A gap, why nobody is asked in it, and an incident that runs into it."""

    gap: Gap
    cause: LeftOut
    counterexample: Counterexample


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncovered:
    """When an incident can come to a step (from 1) that can ask nobody.

    `unplanned` where a roster is not planned yet.
    """

    step: int
    planned: Spans
    unplanned: Spans


def uncovered(course: Course, reach: Reach) -> Iterator[Uncovered]:
    """The steps of a variant that ever can ask nobody, in order."""
    for number, step in enumerate(course.variant.steps, 1):
        if not any(walk.nobody[number - 1] for walk in course.days.said):
            continue
        spans = whole((walk.nobody[number - 1] for walk in course.days), course.midnights)
        nobody = clip(spans, reach.begin, reach.end)
        later = reach.unplanned(step)
        planned, unplanned = difference(nobody, later), intersection(nobody, later)
        yield Uncovered(step=number, planned=planned, unplanned=unplanned)


def gaps(course: Course, reach: Reach) -> Iterator[Gap]:
    """The gaps of each step of a variant, in order, the planned ones first."""
    for one in uncovered(course, reach):
        yield from gaps_in(one, course, planned=True)
        yield from gaps_in(one, course, planned=False)


def gaps_in(one: Uncovered, course: Course, *, planned: bool) -> Iterator[Gap]:
    """The gaps of one step, each with the incidents that can be on their way then."""
    latest = max(
        stage.elapsed for walk in course.days.said for stage in walk.at_step.get(one.step, ())
    )
    for begin, end in one.planned if planned else one.unplanned:
        yield Gap(
            variant=course.number,
            step=one.step,
            kinds=_kinds(course, begin - latest * SECOND, end),
            begin=begin,
            end=end,
            planned=planned,
        )


def explain(found: Iterable[Gap], course: Course, reach: Reach) -> Iterator[Explained]:
    """Why there are these gaps of a course, each with an incident that runs into it."""
    causes: dict[tuple[int, int, Instant], LeftOut] = {}
    begins: dict[tuple[int, int, Instant], Instant | None] = {}
    for gap in found:
        at = _whole_minute(gap.begin, gap.end)
        day, since_midnight = divmod(at - course.midnights.start, DAY)
        # On days that look alike for a step, at the same time, the same is so.
        place = (gap.step, course.covers[gap.step - 1].days.numbers[day], since_midnight)
        if place not in causes:
            step = course.variant.steps[gap.step - 1]
            asking = reach.network.ask_step(step, moment(at), restricted=course.restricted)
            causes[place] = asking.reason
        begun = _begun(gap.step, day, since_midnight, course, begins)
        yield Explained(
            gap=gap,
            cause=causes[place],
            counterexample=_counterexample(at, begun, course),
        )


def _kinds(course: Course, since: Instant, until: Instant) -> tuple[Kind, ...]:
    """The incidents that can be on their way in an interval."""
    return tuple(
        kind for kind, begins in sorted(course.begins.items()) if overlaps(begins, since, until)
    )


def _whole_minute(begin: Instant, end: Instant) -> Instant:
    minute = -(-begin // MINUTE) * MINUTE
    return minute if minute < end else begin


def _counterexample(at: Instant, begun: Instant, course: Course) -> Counterexample:
    opened, way = course.opened(begun)
    return Counterexample(
        type=way.example[0],
        severity=way.example[1],
        opened_at=moment(opened),
        at=moment(at),
        after=timedelta(milliseconds=at - opened),
    )


def _begun(
    step: int,
    day: int,
    at: Instant,
    course: Course,
    known: dict[tuple[int, int, Instant], Instant | None],
) -> Instant:
    """The begin next before `at` of a day from which the step can still be come to then."""
    for earlier in range(day, -1, -1):
        place = (step, course.days.numbers[earlier], at + (day - earlier) * DAY)
        if place not in known:
            walk = course.days.said[place[1]]
            known[place] = _last_begun(walk.at_step.get(step, ()), place[2])
        begun = known[place]
        if begun is not None:
            return course.midnights[earlier] + begun
    raise AssertionError("a gap is where an incident can come")


def _last_begun(stages: Iterable[Stage], at: Instant) -> Instant | None:
    """The last begin from which any of the stages is come to at an instant or after it."""
    return max(
        (
            at if spans[-1][1] > at else last_minute(spans[-1])
            for stage in stages
            if (spans := clip(stage.begins, at - stage.elapsed * SECOND, at + 1))
        ),
        default=None,
    )
