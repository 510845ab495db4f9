"""What the asked say: acknowledge, decline, escalate; and what channels say of them."""

from dataclasses import replace

from app.escalation.decision import Alarm, Cause, EntryType, Result
from app.escalation.draft import Draft
from app.escalation.event import (
    Acknowledged,
    By,
    Capacity,
    ContactFailed,
    ContactSent,
    Declined,
    Escalated,
)
from app.escalation.incident import Asked, Basis, Reply, Status
from app.escalation.moves.handover import is_refusal_of_offer, refuse_offer
from app.escalation.moves.holding import (
    accept,
    can_answer,
    find_asked,
    person_of,
    proxy,
    record,
    stand_down,
    was_asked,
)
from app.escalation.moves.paging import page_accountable
from app.escalation.moves.walk import advance, begin_round_one, holding_desk, running_step
from app.escalation.party import PartyId
from app.escalation.refusals import NotAllowed, NotAsked
from app.protocols.protocol import NEXT


def acknowledge(draft: Draft, event: Acknowledged) -> None:
    """The first who was asked holds; a second is told who does (H8).

    Raises:
        NotAsked: nobody asked this person.
    """
    person = person_of(draft, event.by)
    if draft.incident.status is not Status.TRIGGERED:
        _join(draft, person, event.by)
        return
    if not was_asked(draft, person):
        raise NotAsked
    others = draft.incident.everyone_asked - {person, event.by.page_party_id}
    accept(draft, person, Cause.ACKNOWLEDGED, event.by)
    stand_down(draft, others)


def decline(draft: Draft, event: Declined) -> None:
    """A no: of somebody asked now it counts, of the holder it gives back, else it is recorded.

    Raises:
        NotAllowed: after arrival nobody gives back; they hand over.
    """
    incident, person = draft.incident, person_of(draft, event.by)
    if is_refusal_of_offer(draft, event):
        refuse_offer(draft, event, person)
    elif incident.status is Status.ARRIVED:
        raise NotAllowed
    elif person == incident.holder_id:
        _release(draft, person, event)
    else:
        _decline_asked(draft, person, event)


def escalate(draft: Draft, event: Escalated) -> None:
    """Next step now, for a coordinator or somebody asked in this step.

    That they wanted it is written down first: else nothing would say why a step ended early.

    Raises:
        NotAllowed: somebody has accepted already.
        NotAsked: nobody asked this person.
    """
    incident, by = draft.incident, event.by
    if incident.status is not Status.TRIGGERED:
        raise NotAllowed
    if by.capacity is not Capacity.COORDINATOR:
        person = person_of(draft, by)
        if not was_asked(draft, person):
            raise NotAsked
        if find_asked(draft, person, by) is None:
            record(draft, "escalate", event.reason, by)
            return
    record(draft, "escalate", event.reason, by)
    draft.result = Result.APPLIED
    if incident.begin_at:
        begin_round_one(draft, Cause.ESCALATED)
    elif incident.exhausted:
        # Whoever presses wants it sooner: the pause that had grown begins anew.
        draft.change(remind_every=None)
        page_accountable(draft)
    else:
        advance(draft, Cause.ESCALATED)


def contact_sent(draft: Draft, event: ContactSent) -> None:
    """Evidence: a channel took the message. Not yet an acknowledgement.

    Whoever counted as unreachable may have read it by now, so they can still answer.
    """
    if not draft.incident.is_open:
        return
    draft.enter(EntryType.SENT, event.party_id)
    asked = draft.incident.find_asked(event.party_id)
    if asked and asked.page_id == event.page_id and event.contact_point_id in asked.failed_ids:
        failed = tuple(one for one in asked.failed_ids if one != event.contact_point_id)
        reply = None if asked.reply is Reply.UNREACHABLE else asked.reply
        _replace(draft, replace(asked, failed_ids=failed, reply=reply))


def contact_failed(draft: Draft, event: ContactFailed) -> None:
    """Evidence: a contact point failed; with the last of all asked the step ends (4.1.3).

    Nothing lapses after the arrival, so where its reminders reach nobody, people are told.
    """
    incident = draft.incident
    if not incident.is_open:
        return
    cause = Cause.REJECTED if event.permanent else Cause.ATTEMPTS_SPENT
    draft.enter(EntryType.UNDELIVERABLE, event.party_id, cause=cause)
    asked = incident.find_asked(event.party_id)
    if incident.status is Status.ARRIVED and event.party_id == incident.holder_id:
        _alarm_unless_reachable(draft, event, asked)
    if asked is None or asked.page_id != event.page_id:
        return
    failed = tuple(dict.fromkeys((*asked.failed_ids, event.contact_point_id)))
    asked = replace(asked, failed_ids=failed)
    _replace(draft, asked)
    if asked.reply is None and set(asked.contact_point_ids) <= set(failed):
        _replace(draft, replace(asked, reply=Reply.UNREACHABLE))
        _end_early(draft, Reply.UNREACHABLE)


def _alarm_unless_reachable(draft: Draft, event: ContactFailed, asked: Asked | None) -> None:
    """Where it is not known what else has failed (a proxy accepted), one failure is enough."""
    usable = {point.id for point in draft.network.usable(event.party_id, draft.at)}
    if asked is None or usable <= {*asked.failed_ids, event.contact_point_id}:
        draft.effects.append(Alarm(reason=Cause.UNREACHABLE))


def _join(draft: Draft, person: PartyId, by: By) -> None:
    incident = draft.incident
    if person == incident.holder_id:
        draft.result = Result.REPEATED
        return
    draft.result = Result.JOINED
    if person not in incident.joined:
        draft.change(joined=incident.joined | {person})
        draft.enter(EntryType.JOINED, person, facts=proxy(by))


def _release(draft: Draft, person: PartyId, event: Declined) -> None:
    """The holder gives back: the desk of the step holds, and the next step begins at once."""
    draft.enter(EntryType.DECLINED, person, facts={"reason": event.reason} | proxy(event.by))
    draft.end_offer(Cause.WITHDRAWN)
    desk = holding_desk(draft.network, draft.incident)
    draft.change(status=Status.TRIGGERED, declined=draft.incident.declined | {person})
    draft.transfer(desk, Cause.DECLINED, Basis.AGREEMENT, actor=person)
    advance(draft, Cause.DECLINED)


def _decline_asked(draft: Draft, person: PartyId, event: Declined) -> None:
    asked = find_asked(draft, person, event.by)
    own = draft.incident.find_asked(person) if asked else None
    said = [one for one in dict.fromkeys((asked, own)) if one and one.reply is not Reply.DECLINED]
    if asked and not said:
        draft.result = Result.REPEATED
        return
    draft.enter(EntryType.DECLINED, person, facts={"reason": event.reason} | proxy(event.by))
    draft.change(joined=draft.incident.joined - {person})
    if draft.incident.status is not Status.TRIGGERED or not said:
        draft.result = Result.RECORDED
        _stop_asking(draft, person)
        return
    for one in said:
        _replace(draft, replace(one, reply=Reply.DECLINED))
    _end_early(draft, Reply.DECLINED)


def _stop_asking(draft: Draft, person: PartyId) -> None:
    """A no that changes nothing still ends the messages of earlier steps to this person."""
    if draft.incident.find_asked(person) is None:
        draft.change(declined=draft.incident.declined | {person})


def _replace(draft: Draft, asked: Asked) -> None:
    draft.incident = draft.incident.with_asked(asked)


def _end_early(draft: Draft, reply: Reply) -> None:
    """When nobody asked in the step can answer any more, the next begins at once (4.1.3)."""
    incident = draft.incident
    if incident.exhausted or incident.status is not Status.TRIGGERED:
        return
    if any(can_answer(draft, one) for one in incident.asked):
        return
    step = running_step(draft.network, incident)
    to_step = None
    if reply is Reply.DECLINED and step and step.on_decline != NEXT:
        names = [one.name for one in draft.network.steps(incident.variant)]
        to_step = names.index(step.on_decline) + 1
    advance(draft, Cause(reply), to_step=to_step)
