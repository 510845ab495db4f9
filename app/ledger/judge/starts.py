"""Steps: which may begin when, and on what evidence (DESIGN.md 4.1.1–4.1.3, 4.1.10, 4.1.12)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from app.ledger.entry import Leaf
from app.ledger.judge.course import QUIET_AT_NIGHT, TEST, Course, Phase, Reason, Told
from app.ledger.judge.plan import NEXT
from app.ledger.judge.when import is_night
from app.ledger.words import Cause, EntryType

Place = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What begins next: the step from which is looked for one that can be asked, and why.

    `is_first`: nobody was asked in this round yet. `is_last`: all steps were spent before.
    """

    step: int
    round: int
    cause: Cause
    due: datetime | None = None
    is_first: bool = False
    is_last: bool = False


def begin_step(course: Course, told: Told) -> Iterator[str]:
    """A step begins, or all are spent."""
    leaf, moment = told.leaf, course.moment
    start, fault = _start(course, told)
    if fault is not None:
        yield fault
    if course.variant is not None:
        if start is not None:
            yield from _fits(course, leaf, start)
        yield from _holds(course, leaf)
        yield from _transferred(course, leaf)
    exhausted = leaf.cause is Cause.EXHAUSTED
    course.leave(Phase.EXHAUSTED if exhausted else Phase.ASKING)
    course.was_exhausted = exhausted
    course.step, course.round = leaf.step or 0, leaf.round or 0
    course.started_at = course.reminded_at = leaf.at
    course.asked.clear()
    course.heard.clear()
    moment.skipped.clear()
    moment.asked.clear()
    moment.begun = None if exhausted else course.running
    moment.begun_seq = leaf.seq
    moment.trigger = moment.reason = moment.lapse_due = moment.transfer = None


def transfer_to_desk(course: Course, told: Told) -> Iterator[str]:
    """A desk holds: by a lapse, because the holder gives back, or because a step begins."""
    leaf, moment = told.leaf, course.moment
    if leaf.cause is Cause.LAPSED and course.phase is Phase.TAKEN:
        yield from _lapse(course, leaf)
    elif leaf.cause is Cause.DECLINED and course.phase is Phase.TAKEN:
        yield from _release(course, leaf)
    elif course.phase is Phase.ARRIVED or course.phase is Phase.TAKEN:
        yield f"{leaf.cause}, while somebody had accepted"
    elif course.phase is Phase.NEW:
        yield "passed on before anybody was asked"
    else:
        moment.transfer = leaf


def end_instant(course: Course) -> Iterator[tuple[int, str]]:
    """What an instant that is over has left undone; by the place of the entry that began it."""
    moment = course.moment
    if moment.transfer is not None:
        yield moment.transfer.seq, "a desk was made to hold, and no step began"
    elif moment.reason is not None:
        yield moment.begun_seq, "a step ended, and no other began"
    elif course.phase is Phase.NEW:
        yield 0, "opened, and nobody was asked"
    step = moment.begun
    if step is None:
        return
    if not course.asked:
        yield moment.begun_seq, "a step began, and nobody was paged"
    ids = {course.id_of(one) for one in moment.asked}
    persons = {one.id for one in course.parties.values() if one and one.kind == "person"}
    for one in step.named:
        is_person = one == step.person or one in persons
        if is_person and one not in ids and None not in ids:
            yield moment.begun_seq, "a person whom the step names was neither paged nor left out"


def _start(course: Course, told: Told) -> tuple[Start | None, str | None]:
    """From where the next step is looked for; None, and why, where none may begin."""
    leaf = told.leaf
    if course.moment.reason is not None:
        return _after(course, course.moment.reason), None
    match course.phase:
        case Phase.NEW:
            return Start(step=1, round=1, cause=Cause.REPORTED, is_first=True), _fault_of_beginning(
                course, leaf
            )
        case Phase.WAITING:
            return _in_the_morning(course, leaf)
        case Phase.ASKING:
            return _after_step(course, leaf)
        case _:
            return None, "a step begins, and nothing has ended the one before"


def _after(course: Course, reason: Reason) -> Start:
    """What begins because an entry before it has ended what ran."""
    is_last = course.was_exhausted
    match reason:
        case Reason.RECLASSIFIED:
            return Start(step=1, round=1, cause=Cause.RECLASSIFIED, is_first=True)
        case Reason.LAPSED:
            due, again = course.moment.lapse_due, course.step
            return Start(
                step=again, round=course.round, cause=Cause.LAPSED, due=due, is_last=is_last
            )
        case Reason.RELEASED:
            following, round_ = course.step + 1, max(course.round, 1)
            return Start(step=following, round=round_, cause=Cause.DECLINED, is_last=is_last)


def _in_the_morning(course: Course, leaf: Leaf) -> tuple[Start, str | None]:
    cause, fault, due = Cause.REPORTED, None, course.begin_at
    if leaf.due is None:
        (cause, fault), due = _trigger(course), None
    return Start(step=1, round=1, cause=cause, due=due, is_first=True), fault


def _fault_of_beginning(course: Course, leaf: Leaf) -> str | None:
    if course.type == TEST:
        return "a test call asks nobody"
    if course.type in QUIET_AT_NIGHT and is_night(leaf.at, course.plan.zone):
        return "an incident of this type waits for the morning at night"
    if (leaf.step or 0, leaf.round or 0) != (course.step, course.round):
        return "begins at another step than the one it was opened for"
    return None


def _after_step(course: Course, leaf: Leaf) -> tuple[Start | None, str | None]:
    """The running step ends: by its time, or early."""
    step, round_ = course.step + 1, course.round
    running = course.running
    if leaf.due is not None:
        due = course.started_at + running.ack_within if course.started_at and running else leaf.due
        return Start(step=step, round=round_, cause=Cause.ESCALATED, due=due), None
    cause, fault = _trigger(course)
    if cause is Cause.DECLINED and running and running.on_decline != NEXT:
        names = [one.name for one in course.steps]
        if running.on_decline in names:
            step = names.index(running.on_decline) + 1
    if fault is None and cause is not Cause.ESCALATED and not _all_out(course):
        fault = "a step ends early, while somebody asked can still answer"
    return Start(step=step, round=round_, cause=cause), fault


def _trigger(course: Course) -> tuple[Cause, str | None]:
    """By what a step ends before its time, and what is wrong with that."""
    told = course.moment.trigger
    match told.leaf.type if told else None:
        case EntryType.DECLINED:
            return Cause.DECLINED, None
        case EntryType.UNDELIVERABLE:
            return Cause.UNREACHABLE, None
        case EntryType.NOTED:
            return Cause.ESCALATED, None
        case _:
            return Cause.ESCALATED, "a step ends early, and nothing says why"


def _all_out(course: Course) -> bool:
    """Whether nobody can answer: each said no or was not reached, desks by one of their persons."""
    someone_did = any(course.asked.values()) or course.moment.trigger is not None
    return all(
        is_out or (someone_did and not course.is_person(one))
        for one, is_out in course.asked.items()
    )


def _fits(course: Course, leaf: Leaf, start: Start) -> Iterator[str]:
    """Place, cause and planned instant against what may begin."""
    exhausted = leaf.cause is Cause.EXHAUSTED
    if leaf.due != start.due:
        yield f"due {_said(leaf.due)}, the protocol gives {_said(start.due)}"
    if start.is_last:
        if not exhausted:
            yield "a step begins after all were spent"
        return
    passed = _passed(course, start, None if exhausted else (leaf.step or 0, leaf.round or 0))
    if passed is None:
        yield f"step {leaf.step} of round {leaf.round} is not one that may come next"
        return
    for step, round_ in passed:
        if (step, round_) not in course.moment.skipped:
            yield f"step {step} of round {round_} is left out, and nothing says why"
            return
    cause = start.cause
    if passed and course.phase is not Phase.NEW:
        was_there = Cause.UNREACHABLE in course.moment.skipped[passed[-1]]
        cause = Cause.UNREACHABLE if was_there else Cause.NOBODY_ON_DUTY
    if not exhausted and leaf.cause is not cause:
        yield f"the cause is {leaf.cause}, by what happened it is {cause}"


def _passed(course: Course, start: Start, place: Place | None) -> list[Place] | None:
    """The steps between the start and the place, or the end; None if no way leads there."""
    assert course.variant is not None, "only asked where it is known"
    passed: list[Place] = []
    first, round_, has_asked = start.step, start.round, not start.is_first
    while True:
        for number in range(first, len(course.steps) + 1):
            if (number, round_) == place:
                return passed
            passed.append((number, round_))
        # A round in which nobody could be asked is the last one.
        if round_ >= course.variant.rounds or not has_asked:
            return passed if place is None else None
        first, round_, has_asked = 1, round_ + 1, False


def _holds(course: Course, leaf: Leaf) -> Iterator[str]:
    """Who holds while the step lasts; the first one already by the entry that opened it."""
    step = None if leaf.cause is Cause.EXHAUSTED else course.step_at(leaf.step)
    fault = course.fault_of_desk(leaf.to, step)
    if fault is not None:
        yield fault


def _transferred(course: Course, leaf: Leaf) -> Iterator[str]:
    """The transfer, if there was one, says the same as the step for which it was made."""
    made = course.moment.transfer
    if made is None:
        return
    if (made.step, made.round, made.due) != (leaf.step, leaf.round, leaf.due):
        yield "the transfer is of another step, or was planned for another instant"
    if made.cause is not leaf.cause:
        yield f"passed on as {made.cause}, begun as {leaf.cause}"


def _lapse(course: Course, leaf: Leaf) -> Iterator[str]:
    due = course.arrive
    if leaf.due is None or (due is not None and not due[0] <= leaf.due <= due[1]):
        given = _said(due[0]) if due else "none"
        yield f"lapsed, due {_said(leaf.due)}; what was promised gives {given}"
    yield from _back_to_desk(course, leaf, Reason.LAPSED)
    course.moment.lapse_due = leaf.due


def _release(course: Course, leaf: Leaf) -> Iterator[str]:
    told = course.moment.trigger
    said_no = told is not None and told.leaf.type is EntryType.DECLINED
    if not said_no or told is None or told.leaf.actor != course.holder:
        yield "given back, and the holder has not declined"
    yield from _back_to_desk(course, leaf, Reason.RELEASED)


def _back_to_desk(course: Course, leaf: Leaf, reason: Reason) -> Iterator[str]:
    if course.offer is not None:
        yield "passed on, while an offer was open"
    if course.variant is not None:
        step = None if course.was_exhausted else course.running
        fault = course.fault_of_desk(leaf.to, step)
        if fault is not None:
            yield fault
    course.leave(Phase.BETWEEN)
    course.moment.reason, course.moment.begun_seq = reason, leaf.seq
    course.moment.skipped.clear()


def _said(at: datetime | None) -> str:
    return at.isoformat(timespec="milliseconds") if at else "none"
