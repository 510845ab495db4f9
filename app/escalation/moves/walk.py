"""The walk along the contact tree: which step is next, and what its start does."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.escalation.decision import Alarm, Cause, EntryType
from app.escalation.draft import NO_TIMERS, Draft
from app.escalation.incident import Basis, Incident, Reply, Status
from app.escalation.moves.paging import inform, page_accountable, page_everybody, schedule_reminder
from app.escalation.network import Network
from app.escalation.party import Asking, LeftOut, PartyId
from app.protocols.protocol import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the walk stands: a step of a round (both from 1), and whether the round asked."""

    step: int
    round: int
    round_asked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A step of a round that could not be asked."""

    step: int
    round: int
    asking: Asking


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The next step that can be asked, None when all are spent; `passed` could not be asked."""

    place: Place | None
    asking: Asking | None
    passed: tuple[Passed, ...]

    @property
    def cause(self) -> Cause | None:
        """Why the last step that was passed over was; one of those that a transfer may have."""
        if not self.passed:
            return None
        is_unreachable = self.passed[-1].asking.reason is LeftOut.UNREACHABLE
        return Cause.UNREACHABLE if is_unreachable else Cause.NOBODY_ON_DUTY


def search(network: Network, incident: Incident, start: Place, now: datetime) -> Found:
    """The first step from `start` on that somebody can be asked in.

    A round in which nobody could be asked is the last one (DESIGN.md 4.1.2), so the walk ends.
    """
    steps, rounds = network.steps(incident.variant), network.rounds(incident.variant)
    passed: list[Passed] = []
    first, round_, round_asked = start.step, start.round, start.round_asked
    while True:
        for number in range(first, len(steps) + 1):
            asking = network.ask_step(steps[number - 1], now, restricted=incident.is_restricted)
            if asking.asks:
                place = Place(step=number, round=round_, round_asked=True)
                return Found(place=place, asking=asking, passed=tuple(passed))
            passed.append(Passed(step=number, round=round_, asking=asking))
        if round_ >= rounds or not round_asked:
            return Found(place=None, asking=None, passed=tuple(passed))
        first, round_, round_asked = 1, round_ + 1, False


def running_step(network: Network, incident: Incident) -> Step | None:
    """The step that runs or ran last; None before the first and where there is no protocol."""
    steps = network.steps(incident.variant)
    return steps[incident.step - 1] if 0 < incident.step <= len(steps) else None


def holding_desk(network: Network, incident: Incident) -> PartyId:
    """The desk that holds while nobody has accepted: that of the step, or the accountable one."""
    if incident.was_exhausted:
        return network.accountable
    return desk_for(network, incident, running_step(network, incident))


def desk_for(network: Network, incident: Incident, step: Step | None) -> PartyId:
    """The desk that holds an incident while `step` runs."""
    return network.desk_of(step, restricted=incident.is_restricted)


def begin_round_one(draft: Draft, cause: Cause, *, due: datetime | None = None) -> None:
    """Start the variant from its first step."""
    follow(draft, Place(step=1, round=1, round_asked=False), cause, due=due)


def advance(
    draft: Draft, cause: Cause, *, due: datetime | None = None, to_step: int | None = None
) -> None:
    """Leave the running step for the next one, or for the later step `to_step`.

    After exhaustion there is no next step, even if somebody of an earlier one were there now.
    """
    incident = draft.incident
    if incident.was_exhausted:
        exhaust(draft, cause, due=due)
        return
    start = Place(
        step=to_step or incident.step + 1,
        round=max(incident.round, 1),
        round_asked=incident.round_asked,
    )
    follow(draft, start, cause, due=due)


def restart(draft: Draft, cause: Cause, *, due: datetime | None = None) -> None:
    """Begin the running step anew for all; exhaustion too (DESIGN.md 4.1.10, 4.1.12)."""
    incident = draft.incident
    if incident.was_exhausted or not incident.step:
        exhaust(draft, cause, due=due)
        return
    start = Place(step=incident.step, round=incident.round, round_asked=incident.round_asked)
    follow(draft, start, cause, due=due)


def follow(draft: Draft, start: Place, cause: Cause, *, due: datetime | None = None) -> None:
    """Begin the next step from `start` that can be asked, or exhaust."""
    found = search(draft.network, draft.incident, start, draft.at)
    enter_passed(draft, found)
    if found.place is None or found.asking is None:
        exhaust(draft, Cause.EXHAUSTED, due=due)
    else:
        begin(draft, found.place, found.asking, found.cause or cause, due=due)


def enter_passed(draft: Draft, found: Found) -> None:
    """Write down the steps that could not be asked, and whom each of them left out."""
    for passed in found.passed:
        for party_id, reason in passed.asking.left_out:
            cause = Cause(reason)
            draft.enter(
                EntryType.SKIPPED, party_id, cause=cause, step=passed.step, round_=passed.round
            )


def begin(
    draft: Draft, place: Place, asking: Asking, cause: Cause, *, due: datetime | None = None
) -> None:
    """Start a step: its desk holds, everybody that can be asked is paged, the timers run."""
    step = draft.network.steps(draft.incident.variant)[place.step - 1]
    step_due_at = draft.at + timedelta(seconds=step.ack_within_seconds)
    _leave_step(
        draft,
        step=place.step,
        round=place.round,
        round_asked=True,
        exhausted=False,
        was_exhausted=False,
        step_due_at=step_due_at,
    )
    desk_id = desk_for(draft.network, draft.incident, step)
    draft.transfer(desk_id, cause, Basis.AGREEMENT, due=due)
    draft.enter(EntryType.STEP_STARTED, cause=cause, due=due)
    page_everybody(draft, asking, due_at=step_due_at)
    inform(draft, step)
    schedule_reminder(draft, step)


def exhaust(draft: Draft, cause: Cause, *, due: datetime | None = None) -> None:
    """Nobody took it: the accountable desk holds and is paged without end (H3).

    `cause` is that of the transfer; the step's start always says `exhausted`. Step and round
    keep their last values.
    """
    _leave_step(draft, exhausted=True, was_exhausted=True)
    draft.transfer(draft.network.accountable, cause, Basis.AGREEMENT, due=due)
    draft.enter(EntryType.STEP_STARTED, cause=Cause.EXHAUSTED, due=due)
    draft.effects.append(Alarm(reason=Cause.EXHAUSTED))
    page_accountable(draft)


def _leave_step(draft: Draft, **following: object) -> None:
    """The old step's requests become history; whoever was asked may still accept.

    `following` are the fields of what begins. One change for all of it: each copies the incident,
    and whoever reports an emergency waits meanwhile.
    """
    draft.end_offer(Cause.WITHDRAWN)
    incident = draft.incident
    said_no = {one.party_id for one in incident.asked if one.reply is Reply.DECLINED}
    history: dict[str, object] = {
        "status": Status.TRIGGERED,
        "asked": (),
        "asked_before": incident.everyone_asked,
        "declined": incident.declined | said_no,
    }
    draft.change(**{**NO_TIMERS, **history, **following})
