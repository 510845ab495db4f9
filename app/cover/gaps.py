"""Gaps: instants at which an incident can come to a step that can ask nobody."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.cover.course import SECOND, After, Course, dilated
from app.cover.opening import Kind
from app.cover.reach import Reach, Seconds
from app.escalation.party import LeftOut
from app.protocols.kinds import IncidentType, Severity
from app.rosters.interval import (
    MINUTE,
    Instant,
    Spans,
    clip,
    complement,
    difference,
    intersection,
    moment,
    normal,
    union,
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


def gaps(course: Course, reach: Reach) -> Iterator[Gap]:
    """The gaps of each step of a variant, in order.

    An incident comes to a step at the latest when nobody has answered; sooner, when those before
    have declined or a coordinator sends it on. So every instant between the begin and that latest
    one is one at which it can come to the step.
    """
    for number, step in enumerate(course.variant.steps, 1):
        asked = course.covers[number - 1].anybody
        nobody = complement(asked, reach.begin, reach.end)
        if not nobody:
            continue
        latest = _latest(course, number)
        can_come = normal(
            span for elapsed, begins in latest.items() for span in dilated(begins, elapsed)
        )
        nobody = intersection(nobody, can_come)
        later = reach.unplanned(step) if nobody else ()
        for planned, spans in (
            (True, difference(nobody, later)),
            (False, intersection(nobody, later)),
        ):
            for begin, end in spans:
                yield Gap(
                    variant=course.number,
                    step=number,
                    kinds=_kinds(course, begin - max(latest) * SECOND, end),
                    begin=begin,
                    end=end,
                    planned=planned,
                )


def explain(found: Iterable[Gap], course: Course, reach: Reach) -> Iterator[Explained]:
    """Why there are these gaps of a course, each with an incident that runs into it."""
    latest: dict[int, After] = {}
    for gap in found:
        if gap.step not in latest:
            latest[gap.step] = _latest(course, gap.step)
        at = _whole_minute(gap.begin, gap.end)
        step = course.variant.steps[gap.step - 1]
        asking = reach.network.ask_step(step, moment(at), restricted=course.restricted)
        yield Explained(
            gap=gap,
            cause=asking.reason,
            counterexample=_counterexample(at, latest[gap.step], course),
        )


def _kinds(course: Course, since: Instant, until: Instant) -> tuple[Kind, ...]:
    """The incidents that can be on their way in an interval."""
    return tuple(
        kind for kind, begins in sorted(course.begins.items()) if clip(begins, since, until)
    )


def _latest(course: Course, step: int) -> After:
    """Which begins come to the step so many seconds later, in any round."""
    found: dict[Seconds, list[Spans]] = {}
    for round_ in range(1, course.variant.rounds + 1):
        for elapsed, begins in course.comings.get((step, round_), {}).items():
            found.setdefault(elapsed, []).append(begins)
    return {elapsed: union(*many) for elapsed, many in found.items()}


def _whole_minute(begin: Instant, end: Instant) -> Instant:
    minute = -(-begin // MINUTE) * MINUTE
    return minute if minute < end else begin


def _counterexample(at: Instant, latest: After, course: Course) -> Counterexample:
    """The begin next before `at` from which the step can still be come to then."""
    begun = max(
        min(at, spans[-1][1] - 1)
        for elapsed, begins in latest.items()
        if (spans := clip(begins, at - elapsed * SECOND, at + 1))
    )
    opened, way = course.opened(begun)
    return Counterexample(
        type=way.example[0],
        severity=way.example[1],
        opened_at=moment(opened),
        at=moment(at),
        after=timedelta(milliseconds=at - opened),
    )
