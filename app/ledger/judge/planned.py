"""What must have happened by when, as the entries and the protocol have it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.ledger.judge.course import REMIND_HOLDER_EVERY, Course, Phase

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
        yield Planned(what="step", due=course.started_at + running.ack_within)
    if course.phase is Phase.EXHAUSTED and course.reminded_at is not None:
        yield Planned(what="page", due=course.reminded_at + _PAUSE_MAX)
    if course.phase is Phase.ARRIVED and course.reminded_at is not None:
        yield Planned(what="remind", due=course.reminded_at + REMIND_HOLDER_EVERY)
