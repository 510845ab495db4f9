"""What must have happened by when, as the entries and the protocol have it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.ledger.judge.course import REMIND_HOLDER_EVERY, Course, Phase
from app.ledger.judge.plan import Step

# However long nobody answers, the last resort is asked again after this.
_PAUSE_MAX: Final = timedelta(seconds=600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """Something that is due, at the latest; `what` is a code."""

    what: str
    due: datetime


def planned(course: Course) -> Iterator[Planned]:
    """All that is due next in an incident; nothing once it is closed."""
    if course.phase is Phase.CLOSED:
        return
    if course.begin_at is not None:
        yield Planned(what="begin", due=course.begin_at)
    if course.arrive is not None:
        yield Planned(what="arrive", due=course.arrive[1])
    if course.offer is not None:
        yield Planned(what="offer", due=course.offer.at + course.plan.offer_within)
    running = course.running
    if course.phase is Phase.ASKING and running is not None and course.started_at is not None:
        step_due_at = course.started_at + running.ack_within
        yield Planned(what="step", due=step_due_at)
        if (reminder := _reminder(course, running)) is not None and reminder < step_due_at:
            yield Planned(what="remind", due=reminder)
    if course.phase is Phase.EXHAUSTED and course.reminded_at is not None:
        yield Planned(what="page", due=course.reminded_at + _PAUSE_MAX)
    if course.phase is Phase.ARRIVED and course.reminded_at is not None:
        yield Planned(what="remind", due=course.reminded_at + REMIND_HOLDER_EVERY)


def _reminder(course: Course, step: Step) -> datetime | None:
    """When somebody is asked again at the latest; None where the entries cannot tell.

    The ladders of contact points are not in the ledger: that a page was sent since shows that a
    rung has come, and only who was told is reminded.
    """
    waiting = [at for one, at in course.heard.items() if course.asked.get(one) is False]
    if step.remind_every is None or course.reminded_at is None or not waiting:
        return None
    return max(course.reminded_at + step.remind_every, min(waiting))
