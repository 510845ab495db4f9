"""Handing over (引継ぎ): the holder offers, and stays holder until somebody accepts."""

from datetime import datetime, timedelta

from app.escalation.decision import Cause, EntryType, MessageKind, Result
from app.escalation.draft import Draft
from app.escalation.event import Accepted, Declined, HandedOver
from app.escalation.incident import Offer
from app.escalation.moves.holding import (
    ACCEPTED,
    accept,
    as_holder,
    is_late,
    proxy,
    stand_down,
    tell_holder,
)
from app.escalation.party import PartyId, PartyKind
from app.escalation.refusals import (
    AlreadyHolder,
    NobodyToOffer,
    NotAllowed,
    NothingOffered,
    PartyRestricted,
)

OFFER_WITHIN = timedelta(seconds=300)


def hand_over(draft: Draft, event: HandedOver) -> None:
    """Offer the incident; the holder stays until somebody accepts (DESIGN.md 4.1.11).

    Raises:
        NotAllowed: nobody has accepted yet.
        NotHolder: somebody else holds.
        AlreadyHolder: it is offered to the holder.
        PartyRestricted: it is offered to family where family is kept out.
        NobodyToOffer: nobody of that desk is on duty.
    """
    if draft.incident.status not in ACCEPTED:
        raise NotAllowed
    as_holder(draft, event.by)
    if event.to_id == draft.incident.holder_id:
        raise AlreadyHolder
    if draft.incident.is_restricted and draft.network.is_family(event.to_id):
        raise PartyRestricted
    persons = _offered_persons(draft, event.to_id)
    if not persons:
        raise NobodyToOffer
    protocol = draft.network.protocol
    within = timedelta(seconds=protocol.offer_within_seconds) if protocol else OFFER_WITHIN
    due_at = draft.at + within
    draft.open_offer(Offer(to_id=event.to_id, person_ids=persons, due_at=due_at))
    draft.enter(EntryType.OFFERED, event.to_id, facts={"reason": event.reason} | proxy(event.by))
    # They have been asked to take it: should it lapse, their yes is as welcome as any other.
    draft.change(asked_before=draft.incident.asked_before | set(persons))
    for party_id in dict.fromkeys((*persons, event.to_id)):
        points = draft.network.usable(party_id, draft.at)
        if points:
            page_id = draft.page(party_id)
            draft.send(MessageKind.OFFERED, party_id, points, page_id=page_id, due_at=due_at)


def accept_offer(draft: Draft, event: Accepted) -> None:
    """The one offered holds from now on; who held before and the others offered are told.

    Raises:
        NotAllowed: nobody has accepted yet, so nobody can offer.
        NothingOffered: there is no offer to this person.
    """
    incident, person = draft.incident, event.by.party_id
    if incident.status not in ACCEPTED:
        raise NotAllowed
    if person is not None and person == incident.holder_id:
        draft.result = Result.REPEATED
        return
    if incident.offer is None or person is None or person not in incident.offer.person_ids:
        raise NothingOffered
    before = {incident.holder_id} if incident.holder_id else set()
    accept(draft, person, Cause.HANDED_OVER, event.by)
    stand_down(draft, frozenset(before | set(incident.offer.person_ids)) - {person})


def is_refusal_of_offer(draft: Draft, event: Declined) -> bool:
    """Whether a no is meant for the open offer."""
    offer = draft.incident.offer
    is_offered = offer is not None and event.by.party_id in offer.person_ids
    return is_offered and not is_late(draft, event.by)


def refuse_offer(draft: Draft, event: Declined, person: PartyId) -> None:
    """One of those offered says no; with the last of them the offer ends and the holder knows."""
    offer = draft.incident.offer
    assert offer is not None, "there is an offer to refuse"
    draft.enter(EntryType.DECLINED, person, facts={"reason": event.reason} | proxy(event.by))
    left = tuple(one for one in offer.person_ids if one != person)
    if left:
        draft.change(offer=Offer(to_id=offer.to_id, person_ids=left, due_at=offer.due_at))
        return
    draft.end_offer(Cause.DECLINED, person)
    tell_holder(draft)


def time_out_offer(draft: Draft, due: datetime) -> None:
    """Nobody accepted in time: the holder still holds, and is told so."""
    draft.end_offer(Cause.TIMED_OUT, due=due)
    tell_holder(draft)


def _offered_persons(draft: Draft, to_id: PartyId) -> tuple[PartyId, ...]:
    """The persons who may accept: the one named, or those on duty at the desk named."""
    party, incident = draft.network.parties.get(to_id), draft.incident
    if party is None or party.is_retired:
        return ()
    persons: tuple[PartyId, ...] = (to_id,) if party.kind is PartyKind.PERSON else ()
    if party.kind is PartyKind.DESK:
        persons = draft.network.on_duty(to_id, draft.at)
    return tuple(
        person
        for person in persons
        if person != incident.holder_id
        and not (incident.is_restricted and draft.network.is_family(person))
    )
