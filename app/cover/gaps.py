"""Gaps: instants at which an incident can come to a step that can ask nobody."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.cover.course import SECOND, Course, dilated
from app.cover.opening import Kind
from app.cover.reach import Reach, Seconds
from app.escalation.party import LeftOut
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

    opened_at: datetime
    at: datetime
    after: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A step (from 1) of a variant that can ask nobody in [begin, end), for incidents of a kind.

    `planned`: false where a roster is not planned yet, which is no gap but may become one.
    """

    variant: int
    step: int
    kind: Kind
    begin: Instant
    end: Instant
    planned: bool
    cause: LeftOut
    counterexample: Counterexample


def gaps(course: Course, reach: Reach) -> Iterator[Gap]:
    """The gaps of each step of a variant, in order.

    An incident comes to a step at the latest when nobody has answered; sooner, when those before
    have declined or a coordinator sends it on. So every instant between the begin and that latest
    one is one at which it can come to the step.
    """
    for number, step in enumerate(course.variant.steps, 1):
        latest = _latest(course, number)
        can_come = normal(
            span for elapsed, begins in latest.items() for span in dilated(begins, elapsed)
        )
        asked = union(*reach.step(step, restricted=course.is_restricted).values())
        nobody = intersection(complement(asked, reach.begin, reach.end), can_come)
        later = reach.unplanned(step) if nobody else ()
        for planned, spans in (
            (True, difference(nobody, later)),
            (False, intersection(nobody, later)),
        ):
            for begin, end in spans:
                at = _whole_minute(begin, end)
                asking = reach.network.ask_step(step, moment(at), restricted=course.is_restricted)
                yield Gap(
                    variant=course.number,
                    step=number,
                    kind=course.kind,
                    begin=begin,
                    end=end,
                    planned=planned,
                    cause=asking.reason,
                    counterexample=_counterexample(at, latest, course),
                )


def _latest(course: Course, step: int) -> Mapping[Seconds, Spans]:
    found: dict[Seconds, list[Spans]] = {}
    for stage in course.stages:
        if stage.step == step:
            found.setdefault(stage.elapsed, []).append(stage.begins)
    return {elapsed: union(*many) for elapsed, many in found.items()}


def _whole_minute(begin: Instant, end: Instant) -> Instant:
    minute = -(-begin // MINUTE) * MINUTE
    return minute if minute < end else begin


def _counterexample(at: Instant, latest: Mapping[Seconds, Spans], course: Course) -> Counterexample:
    """The begin next before `at` from which the step can still be come to then."""
    begun = max(
        min(at, spans[-1][1] - 1)
        for elapsed, begins in latest.items()
        if (spans := clip(begins, at - elapsed * SECOND, at + 1))
    )
    opened = course.opened(begun)
    return Counterexample(
        opened_at=moment(opened), at=moment(at), after=timedelta(milliseconds=at - opened)
    )
