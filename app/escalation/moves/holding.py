"""Who may act for whom, and how a person becomes holder."""

from dataclasses import replace
from datetime import timedelta

from app.escalation.decision import Cause, EntryType, MessageKind, Result
from app.escalation.draft import Draft
from app.escalation.event import By, Capacity
from app.escalation.incident import Asked, Basis, Reply, Status
from app.escalation.moves.walk import running_step
from app.escalation.party import PartyId, PartyKind
from app.escalation.refusals import NotAsked, NotHolder

ARRIVE_WITHIN = timedelta(seconds=1800)
ACCEPTED = frozenset({Status.ACKNOWLEDGED, Status.EN_ROUTE, Status.ARRIVED})


def accept(draft: Draft, person: PartyId, cause: Cause, by: By) -> None:
    """A person becomes holder by their own act (H2); the arrival timer starts."""
    incident = draft.incident
    if incident.status is not Status.ARRIVED:
        draft.clear_timers()
        draft.change(
            status=Status.ACKNOWLEDGED,
            acknowledged_at=incident.acknowledged_at or draft.at,
            arrive_due_at=draft.at + arrive_within(draft),
            exhausted=False,
        )
    draft.change(
        offer=None,
        # A yes takes back an earlier no.
        asked=tuple(replace(a, reply=None) if a.party_id == person else a for a in incident.asked),
        asked_before=incident.asked_before | {person},
        declined=incident.declined - {person},
        joined=incident.joined - {person},
    )
    draft.transfer(person, cause, Basis.ACCEPTANCE, actor=person, facts=proxy(by))


def arrive_within(draft: Draft) -> timedelta:
    """How long the holder has to arrive."""
    step = running_step(draft.network, draft.incident)
    return timedelta(seconds=step.arrive_within_seconds) if step else ARRIVE_WITHIN


def stand_down(draft: Draft, parties: frozenset[PartyId]) -> None:
    """Tell those who were asked, and have not said no, that somebody else goes."""
    incident = draft.incident
    gone = {asked.party_id for asked in incident.asked if asked.reply is not None}
    for party_id in sorted(parties - gone - incident.declined):
        draft.send(MessageKind.STOOD_DOWN, party_id)


def tell_holder(draft: Draft) -> None:
    """Show the holder what has just been written down."""
    if draft.incident.holder_id:
        draft.send(MessageKind.INFORMED, draft.incident.holder_id)


def person_of(draft: Draft, by: By) -> PartyId:
    """The person who answers; a desk or an organisation cannot (H2).

    Raises:
        NotAsked: the act names nobody, or somebody who is not a person.
    """
    party = draft.network.parties.get(by.party_id) if by.party_id else None
    if by.party_id is None or (party is not None and party.kind is not PartyKind.PERSON):
        raise NotAsked
    return by.party_id


def as_holder(draft: Draft, by: By) -> PartyId:
    """The actor of an act that is the holder's; a coordinator does it on their behalf.

    Raises:
        NotHolder: somebody else acts, or in somebody else's name.
    """
    holder = draft.incident.holder_id
    assert holder is not None, "H1: an open incident has a holder"
    if by.capacity is Capacity.COORDINATOR and by.party_id is None:
        return holder
    if by.party_id != holder:
        raise NotHolder
    return holder


def was_asked(draft: Draft, person: PartyId) -> bool:
    """Whether the person, or somebody whom they answer for, was asked in any step so far.

    Who has joined is as welcome as who was asked. Exhausted, everybody of the accountable desk
    is asked, those too who have no contact point.
    """
    incident = draft.incident
    asked = incident.everyone_asked | incident.joined
    if incident.exhausted:
        asked |= {draft.network.accountable}
    return any(person in draft.network.persons_of(one) for one in asked)


def find_asked(draft: Draft, person: PartyId, by: By) -> Asked | None:
    """The request of the running step that a person answers: the link's, their own, their desk's.

    None when it belongs to an earlier step, or to nobody whom they may answer for.
    """
    incident = draft.incident
    if is_late(draft, by):
        return None
    if by.page_party_id is not None:
        asked = incident.find_asked(by.page_party_id)
        return asked if asked and _answers_for(draft, person, asked) else None
    own = incident.find_asked(person)
    return own or next((one for one in incident.asked if _answers_for(draft, person, one)), None)


def can_answer(draft: Draft, asked: Asked) -> bool:
    """Whether somebody can still accept this request of the running step (DESIGN.md 4.1.3).

    A desk's phone is answered by its persons on duty: when all of them have said no, it rings
    for nobody.
    """
    if asked.reply is not None:
        return False
    said_no = {one.party_id for one in draft.incident.asked if one.reply is Reply.DECLINED}
    on_duty = draft.network.on_duty(asked.party_id, draft.at)
    return not on_duty or not said_no.issuperset(on_duty)


def is_late(draft: Draft, by: By) -> bool:
    """Whether a link of an earlier step or round speaks (H8)."""
    return by.step is not None and (by.step, by.round) != (
        draft.incident.step,
        draft.incident.round,
    )


def record(draft: Draft, act: str, reason: str | None, by: By) -> None:
    """Write an act down that changes nothing."""
    draft.enter(EntryType.NOTED, by.actor, facts={"act": act, "reason": reason} | proxy(by))
    draft.result = Result.RECORDED


def proxy(by: By) -> dict[str, object]:
    """Facts of an act done by one hand in another's name (代理入力)."""
    if by.recorded_by is None:
        return {}
    return {"recorded_by": by.recorded_by, "on_behalf_of": by.on_behalf_of}


def _answers_for(draft: Draft, person: PartyId, asked: Asked) -> bool:
    return person == asked.party_id or person in draft.network.persons_of(asked.party_id)
