"""The state machine: one incident, one event, one instant; a decision or a refusal."""

from datetime import datetime
from typing import assert_never

from app.escalation import event as happened
from app.escalation.decision import Decision
from app.escalation.draft import Draft
from app.escalation.event import By, Event
from app.escalation.incident import Incident
from app.escalation.moves import answers, course, handover, record
from app.escalation.moves.timers import wake
from app.escalation.network import Network
from app.escalation.refusals import IncidentClosed, PartyRestricted

# What still may happen to a closed incident.
AFTER_CLOSE = (happened.Noted, happened.Corrected, happened.Exported)
EVIDENCE = (happened.ContactSent, happened.ContactFailed, happened.Woke)


def decide(incident: Incident, event: Event, now: datetime, network: Network) -> Decision:
    """What follows from `event` at `now`; pure, and total but for its refusals.

    The decision's instant is `now`, or that of the last entry where the clock went back (H11).
    `network` is the pinned protocol version with the directory as it is at `now`.

    Raises:
        ActRefused: the state does not allow the act; nothing has changed.
    """
    incident.check()
    draft = Draft(incident, network, max(now, incident.last_at))
    if isinstance(event, happened.Act) and _is_shut_out(draft, event.by):
        raise PartyRestricted
    if not incident.is_open:
        if isinstance(event, EVIDENCE):
            return draft.done()
        if not isinstance(event, AFTER_CLOSE):
            raise IncidentClosed
    _apply(draft, event)
    decision = draft.done()
    decision.incident.check()
    return decision


def _is_shut_out(draft: Draft, by: By) -> bool:
    """Whether family acts where family is kept out; an old link of theirs is worth nothing."""
    acting = (by.party_id, by.page_party_id, by.recorded_by)
    return draft.incident.is_restricted and any(
        party is not None and draft.network.is_family(party) for party in acting
    )


def _apply(draft: Draft, event: Event) -> None:  # noqa: C901, PLR0912  # one line per event
    match event:
        case happened.Acknowledged():
            answers.acknowledge(draft, event)
        case happened.Declined():
            answers.decline(draft, event)
        case happened.Escalated():
            answers.escalate(draft, event)
        case happened.SetOut():
            course.set_out(draft, event)
        case happened.Arrived():
            course.arrive(draft, event)
        case happened.HandedOver():
            handover.hand_over(draft, event)
        case happened.Accepted():
            handover.accept_offer(draft, event)
        case happened.Resolved():
            course.resolve(draft, event)
        case happened.Cancelled():
            course.cancel(draft, event)
        case happened.Noted():
            record.note(draft, event)
        case happened.ExternalCalled():
            record.call_external(draft, event)
        case happened.Reclassified():
            record.reclassify(draft, event)
        case happened.Corrected():
            record.correct(draft, event)
        case happened.Signalled():
            record.signal(draft, event)
        case happened.Exported():
            record.export(draft, event)
        case happened.ContactSent():
            answers.contact_sent(draft, event)
        case happened.ContactFailed():
            answers.contact_failed(draft, event)
        case happened.Woke():
            wake(draft)
        case _:
            assert_never(event)
