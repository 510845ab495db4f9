"""What the clock does: steps that time out, reminders, lapses, offers that end."""

from datetime import datetime, timedelta

from app.escalation.decision import Alarm, Cause, EntryType
from app.escalation.draft import Draft
from app.escalation.incident import Basis, Status
from app.escalation.moves.handover import time_out_offer
from app.escalation.moves.paging import page_accountable, remind, schedule_reminder
from app.escalation.moves.walk import advance, begin_round_one, holding_desk, restart, running_step
from app.escalation.party import Ask, ContactPoint, PartyId

STALLED_AFTER = timedelta(seconds=10)
ARRIVED_REMIND_EVERY = timedelta(hours=4)


def wake(draft: Draft) -> None:
    """Do what is due, one step at a time: after an outage no step loses its time (H5)."""
    incident = draft.incident
    due = incident.wake_at
    if due is None or due > draft.at:
        return
    if draft.at - due > STALLED_AFTER:
        draft.enter(EntryType.STALLED, due=due)
    if incident.offer and incident.offer.due_at <= draft.at:
        time_out_offer(draft, incident.offer.due_at)
    if _is_due(draft, incident.begin_at):
        begin_round_one(draft, Cause.REPORTED, due=incident.begin_at)
    elif _is_due(draft, incident.arrive_due_at):
        lapse(draft, due=incident.arrive_due_at)
    elif _is_due(draft, incident.step_due_at):
        advance(draft, Cause.ESCALATED, due=incident.step_due_at)
    elif _is_due(draft, incident.remind_at):
        _remind_due(draft, incident.remind_at)


def lapse(draft: Draft, *, due: datetime | None) -> None:
    """The promised arrival did not come: the desk holds again and asks everybody anew.

    Who lapsed is asked again too, even if this step would not ask them: they may be there.
    """
    lapsed = draft.incident.holder_id
    assert lapsed is not None, "H1: an open incident has a holder"
    desk = holding_desk(draft.network, draft.incident)
    draft.end_offer(Cause.WITHDRAWN)
    draft.transfer(desk, Cause.LAPSED, Basis.AGREEMENT, due=due)
    restart(draft, Cause.LAPSED, due=due)
    if draft.incident.find_asked(lapsed) is None:
        _remind_one(draft, lapsed)


def _is_due(draft: Draft, at: datetime | None) -> bool:
    return at is not None and at <= draft.at


def _remind_due(draft: Draft, due: datetime | None) -> None:
    incident = draft.incident
    if incident.exhausted:
        page_accountable(draft, due=due)
    elif incident.status is Status.ARRIVED:
        _remind_holder(draft, due)
    else:
        _remind_asked(draft, due)


def _remind_holder(draft: Draft, due: datetime | None) -> None:
    holder = draft.incident.holder_id
    assert holder is not None, "an arrived incident has a holder"
    draft.change(remind_at=draft.at + ARRIVED_REMIND_EVERY)
    _remind_one(draft, holder, due=due)
    if not draft.network.usable(holder, draft.at):
        draft.effects.append(Alarm(reason=Cause.UNREACHABLE))


def _remind_asked(draft: Draft, due: datetime | None) -> None:
    """Page again who has not answered, by the rungs of their ladders that have come.

    Where no rung has come yet, because those before it have dropped out, nobody is left who
    has heard anything: then the ladder holds nobody back.
    """
    step = running_step(draft.network, draft.incident)
    assert step is not None, "only a running step reminds"
    started_at = (draft.incident.step_due_at or draft.at) - timedelta(
        seconds=step.ack_within_seconds
    )
    usable = {
        asked.party_id: draft.network.usable(asked.party_id, draft.at)
        for asked in draft.incident.asked
        if asked.reply is None
    }
    come = {one: _come(points, draft.at - started_at) for one, points in usable.items()}
    if not any(come.values()):
        come = usable
    for party_id, points in come.items():
        if points or not usable[party_id]:
            remind(draft, Ask(party_id=party_id, contact_points=points), due=due)
    schedule_reminder(draft, step)


def _come(points: tuple[ContactPoint, ...], after: timedelta) -> tuple[ContactPoint, ...]:
    return tuple(point for point in points if point.delay <= after)


def _remind_one(draft: Draft, party_id: PartyId, *, due: datetime | None = None) -> None:
    points = draft.network.usable(party_id, draft.at)
    remind(draft, Ask(party_id=party_id, contact_points=points), due=due)
