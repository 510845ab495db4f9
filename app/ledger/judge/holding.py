"""Who accepts, hands over, goes there and ends it (DESIGN.md 4.1.6–4.1.12)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from app.ledger.judge.course import (
    ACCEPTED,
    SEVERITIES,
    TEST,
    UNANSWERED,
    Course,
    Phase,
    Reason,
    Told,
)
from app.ledger.words import Cause

ETA_AT_MOST: Final = timedelta(hours=24)
_MILLISECOND: Final = timedelta(milliseconds=1)


def accept(course: Course, told: Told) -> Iterator[str]:
    """A person holds by their own act."""
    leaf = told.leaf
    if leaf.cause is Cause.HANDED_OVER:
        yield from _take_over(course, told)
    elif course.phase not in UNANSWERED:
        yield "acknowledged, while somebody had accepted or nobody was asked"
    elif not course.was_asked(leaf.actor):
        yield f"{leaf.actor} accepts, and was never asked"
    course.ever_asked.add(leaf.actor)
    course.offer = None
    if course.phase is Phase.ARRIVED:
        return
    course.leave(Phase.TAKEN)
    _promise(course, leaf.at, None)


def join(course: Course, told: Told) -> Iterator[str]:
    """A yes after somebody else's."""
    if course.phase not in ACCEPTED:
        yield "joined, while nobody had accepted"
    course.ever_asked.add(told.leaf.actor)


def offer(course: Course, told: Told) -> Iterator[str]:
    """The holder offers it."""
    leaf = told.leaf
    if course.phase not in ACCEPTED:
        yield "offered, while nobody had accepted"
    if course.offer is not None:
        yield "offered, while another offer is open"
    if leaf.actor == course.holder:
        yield "offered to who holds"
    course.offer = leaf
    course.ever_asked.add(leaf.actor)


def end_offer(course: Course, told: Told) -> Iterator[str]:
    """An offer ends without a transfer."""
    leaf = told.leaf
    if course.offer is None:
        yield "an offer ends, and none was open"
    elif leaf.cause is Cause.TIMED_OUT:
        if leaf.due != course.offer.at + course.plan.offer_within:
            yield "an offer ends at another time than the protocol gives"
    elif leaf.due is not None:
        yield "an offer ends by an act, and is said to have been planned"
    course.offer = None


def set_out(course: Course, told: Told) -> Iterator[str]:
    """The holder is on the way; the arrival is promised anew."""
    leaf = told.leaf
    if course.phase is not Phase.TAKEN:
        yield "on the way, while nobody had accepted, or is there already"
    elif leaf.actor != course.holder:
        yield f"{leaf.actor} is on the way, and does not hold"
    if course.phase is Phase.TAKEN:
        _promise(course, leaf.at, told)


def arrive(course: Course, told: Told) -> Iterator[str]:
    """The holder is there."""
    leaf = told.leaf
    if course.phase is not Phase.TAKEN:
        yield "arrived, while nobody had accepted, or is there already"
    elif leaf.actor != course.holder:
        yield f"{leaf.actor} is there, and does not hold"
    course.leave(Phase.ARRIVED)
    course.reminded_at = leaf.at


def reclassify(course: Course, told: Told) -> Iterator[str]:
    """It is worse: another variant begins."""
    leaf = told.leaf
    if course.phase not in UNANSWERED:
        yield "reclassified, while somebody had accepted"
    elif not (_is_by_proxy(told) or course.was_asked(leaf.actor)) and course.is_person(leaf.actor):
        yield f"{leaf.actor} reclassifies, and was never asked"
    type_, severity = told.text("type"), told.text("severity")
    if severity in SEVERITIES and course.severity in SEVERITIES:
        before = (SEVERITIES.index(course.severity), course.type)
        after = (SEVERITIES.index(severity), type_)
        if after[0] < before[0] or after == before:
            yield "reclassified, and not upwards"
    course.type, course.severity = type_, severity
    course.variant = course.plan.variant(type_, severity, leaf.at) if type_ and severity else None
    course.step = course.round = 0
    moment = course.moment
    moment.reason, moment.begun_seq = Reason.RECLASSIFIED, leaf.seq
    moment.skipped.clear()


def close(course: Course, told: Told) -> Iterator[str]:
    """Nobody holds any more."""
    leaf = told.leaf
    if course.phase is Phase.NEW:
        if leaf.cause is not Cause.RESOLVED or course.type not in {TEST, None}:
            yield "closed as it was opened, and was no test call"
        fault = course.fault_of_desk(leaf.from_, None)
        if fault is not None:
            yield fault
    elif leaf.cause is Cause.RESOLVED and course.phase not in ACCEPTED:
        yield "resolved, while nobody had accepted"
    elif course.phase in ACCEPTED:
        if leaf.actor != course.holder:
            yield f"closed by {leaf.actor}, who does not hold"
    elif course.is_person(leaf.actor) and not _is_by_proxy(told):
        yield f"cancelled by {leaf.actor}, a person who had not accepted"
    course.leave(Phase.CLOSED)
    course.offer = None


def _take_over(course: Course, told: Told) -> Iterator[str]:
    leaf, offered = told.leaf, course.offer
    if course.phase not in ACCEPTED or offered is None:
        yield "handed over, and no offer was open"
    elif offered.actor != leaf.actor and course.is_person(offered.actor):
        yield f"{leaf.actor} takes over what was offered to {offered.actor}"


def _promise(course: Course, at: datetime, told: Told | None) -> None:
    """When the arrival is due: by the step, or later if the holder said so, within a day."""
    within = course.arrive_within
    if within is None:
        course.arrive = (at + _MILLISECOND, at + ETA_AT_MOST)
        return
    usual = at + within
    eta = _instant(told.text("eta")) if told else None
    if eta is not None:
        promised = max(usual, min(eta, at + ETA_AT_MOST))
        course.arrive = (promised, promised)
    elif told is not None and not told.is_whole and "eta" not in told.facts:
        course.arrive = (usual, max(usual, at + ETA_AT_MOST))
    else:
        course.arrive = (usual, usual)


def _instant(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def _is_by_proxy(told: Told) -> bool:
    """Whether an organisation's key did it in a person's name, as far as is known."""
    return "recorded_by" in told.facts or not told.is_whole
