"""Who is asked, asked again, told and left out (DESIGN.md 4.1.2–4.1.5, 4.1.10, 4.1.12, 4.1.15)."""

from collections.abc import Iterator

from app.ledger.entry import Leaf
from app.ledger.judge.course import (
    QUIET_AT_NIGHT,
    REMIND_HOLDER_EVERY,
    UNANSWERED,
    Course,
    Phase,
    Told,
)
from app.ledger.judge.when import is_night, next_morning
from app.ledger.words import Cause

ESCALATE = "escalate"


def page(course: Course, told: Told) -> Iterator[str]:
    """Somebody is asked: of a step when it begins, of the last resort at any time."""
    leaf = told.leaf
    step = course.running
    if course.phase is Phase.ASKING and leaf.at == course.started_at:
        names = () if step is None else step.named
        fault = _fault_of_name(course, leaf.actor, names) if step else None
    elif course.phase is Phase.EXHAUSTED:
        accountable = course.plan.accountable
        fault = _fault_of_name(course, leaf.actor, (accountable,)) if accountable else None
        course.reminded_at = leaf.at
    else:
        fault = "is paged while no step begins"
    if fault is not None:
        yield f"{leaf.actor} {fault}"
    course.asked[leaf.actor] = False
    course.ever_asked.add(leaf.actor)
    course.moment.asked.add(leaf.actor)


def inform(course: Course, told: Told) -> Iterator[str]:
    """Somebody is told when a step begins."""
    leaf, step = told.leaf, course.running
    if course.phase is not Phase.ASKING or leaf.at != course.started_at:
        yield f"{leaf.actor} is told while no step begins"
    elif step is not None:
        fault = _fault_of_name(course, leaf.actor, step.inform)
        if fault is not None:
            yield f"{leaf.actor} {fault}"


def skip(course: Course, told: Told) -> Iterator[str]:
    """Somebody is left out; or a fault waits for the morning; or a reminder reaches nobody."""
    leaf = told.leaf
    if leaf.cause is Cause.DEFERRED:
        yield from _wait(course, leaf)
        return
    if leaf.due is not None:
        yield from remind(course, told)
        return
    if leaf.step and leaf.round and leaf.cause is not None:
        course.moment.skipped.setdefault((leaf.step, leaf.round), set()).add(leaf.cause)
    if course.phase is Phase.EXHAUSTED:
        course.reminded_at = leaf.at
    course.moment.asked.add(leaf.actor)


def remind(course: Course, told: Told) -> Iterator[str]:
    """Somebody is asked again."""
    leaf = told.leaf
    match course.phase:
        case Phase.ASKING:
            yield from _remind_asked(course, leaf)
        case Phase.EXHAUSTED:
            anchor, pauses = course.reminded_at, course.plan.pauses()
            # With its first entry the round was held against the plan.
            is_first = anchor is not None and leaf.at != anchor
            if leaf.due and anchor and is_first and leaf.due - anchor not in {*pauses}:
                yield "pages the last resort at another time than the protocol gives"
        case Phase.ARRIVED:
            anchor = course.reminded_at
            if leaf.actor != course.holder:
                yield f"{leaf.actor} is reminded, and does not hold"
            if anchor and leaf.due != anchor + REMIND_HOLDER_EVERY:
                yield "reminds the holder at another time than every four hours"
        case _:
            yield f"{leaf.actor} is asked again, and nobody waits for an answer"
    if leaf.due is not None or course.phase is Phase.EXHAUSTED:
        course.reminded_at = leaf.at
        course.heard.clear()


def send(course: Course, told: Told) -> Iterator[str]:
    """A channel took a message."""
    course.heard.setdefault(told.leaf.actor, told.leaf.at)
    return iter(())


def fail(course: Course, told: Told) -> Iterator[str]:
    """A contact point of somebody counts as failed."""
    course.moment.trigger = told
    if told.leaf.actor in course.asked:
        course.asked[told.leaf.actor] = True
    return iter(())


def decline(course: Course, told: Told) -> Iterator[str]:
    """A no: of somebody asked, of the holder, of somebody offered."""
    course.moment.trigger = told
    if told.leaf.actor in course.asked:
        course.asked[told.leaf.actor] = True
    return iter(())


def note(course: Course, told: Told) -> Iterator[str]:
    """Something is written down; perhaps that somebody wants the next step now."""
    act = told.text("act")
    if course.phase in UNANSWERED and (act == ESCALATE or (act is None and not told.is_whole)):
        course.moment.trigger = told
    return iter(())


def _remind_asked(course: Course, leaf: Leaf) -> Iterator[str]:
    """By the plan of the step; or, at its beginning, who has lapsed and is not asked by it."""
    if leaf.actor not in course.ever_asked:
        yield f"{leaf.actor} is asked again, and was not asked"
    step, anchor, started_at = course.running, course.reminded_at, course.started_at
    if leaf.due is None:
        if leaf.at != started_at:
            yield "asks again at an instant that nothing gives"
    elif step and anchor and started_at and leaf.at != anchor:
        every = step.remind_every
        if every is None or not anchor + every <= leaf.due < started_at + step.ack_within:
            yield "asks again at another time than the protocol gives"


def _wait(course: Course, leaf: Leaf) -> Iterator[str]:
    zone = course.plan.zone
    if course.phase is not Phase.NEW:
        yield "put off after somebody was asked"
    elif course.type is not None and course.type not in QUIET_AT_NIGHT:
        yield "an incident of this type does not wait for the morning"
    elif not is_night(leaf.at, zone):
        yield "put off until the morning, though it is not night"
    if course.variant is not None:
        fault = course.fault_of_desk(leaf.to, course.step_at(1))
        if fault is not None:
            yield fault
    course.leave(Phase.WAITING)
    course.begin_at = next_morning(leaf.at, zone)


def _fault_of_name(course: Course, pseudonym: str, names: tuple[str, ...]) -> str | None:
    """A person of a desk that is named may be meant too; a desk or organisation only by name."""
    id_, is_person = course.id_of(pseudonym), course.is_person(pseudonym)
    if id_ is None or id_ in names:
        return None
    persons = {one.id for one in course.parties.values() if one and one.kind == "person"}
    if is_person and not persons.issuperset(names):
        return None
    return "is asked or told, and the protocol does not say so"
