"""Paging: who is asked, reminded and told, and what the ledger says of it."""

from dataclasses import replace
from datetime import datetime, timedelta

from app.escalation.decision import Alarm, Cause, EntryType, MessageKind
from app.escalation.draft import Draft
from app.escalation.incident import Asked
from app.escalation.party import Ask, Asking, PartyId
from app.protocols.protocol import Step

ACCOUNTABLE_REMIND_EVERY = timedelta(seconds=60)
ACCOUNTABLE_REMIND_AT_MOST = timedelta(seconds=600)


def page_everybody(draft: Draft, asking: Asking, *, due_at: datetime | None = None) -> None:
    """Ask everybody at once, each along the ladder of their contact points."""
    incident, paged = draft.incident, []
    for ask in asking.asks:
        draft.enter(EntryType.PAGED, ask.party_id)
        page_id = draft.page(ask.party_id)
        ids = tuple(point.id for point in ask.contact_points)
        paged.append(Asked(party_id=ask.party_id, page_id=page_id, contact_point_ids=ids))
        draft.send(
            MessageKind.PAGED, ask.party_id, ask.contact_points, page_id=page_id, due_at=due_at
        )
    draft.change(
        asked=(*incident.asked, *paged),
        declined=incident.declined - {one.party_id for one in paged},
    )
    for party_id, reason in asking.left_out:
        draft.enter(EntryType.SKIPPED, party_id, cause=Cause(reason))


def inform(draft: Draft, step: Step) -> None:
    """Tell those who are to know, once each; they hold nothing."""
    restricted = draft.incident.is_restricted
    for name in step.inform:
        asking = draft.network.tell(PartyId(name), draft.at, restricted=restricted)
        for ask in asking.asks:
            if ask.party_id not in draft.incident.informed:
                draft.enter(EntryType.INFORMED, ask.party_id)
                draft.send(MessageKind.INFORMED, ask.party_id, ask.contact_points)
                draft.change(informed=draft.incident.informed | {ask.party_id})
        for party_id, reason in asking.left_out:
            draft.enter(EntryType.SKIPPED, party_id, cause=Cause(reason))


def page_accountable(draft: Draft, *, due: datetime | None = None) -> None:
    """Page everybody of the accountable desk, once more who was paged before; arm the next time.

    The interval doubles up to ten minutes and never ends; who declined is asked again. Where
    the desk has nobody left who could be paged, the alarm is repeated instead.
    """
    _arm_next_page(draft)
    network, incident = draft.network, draft.incident
    asking = network.ask_accountable(draft.at, restricted=incident.is_restricted)
    again = tuple(replace(asked, reply=None, failed_ids=()) for asked in incident.asked)
    known = {asked.party_id for asked in again}
    draft.change(asked=again)
    for ask in asking.asks:
        if ask.party_id in known:
            remind(draft, ask, due=due)
    fresh = tuple(ask for ask in asking.asks if ask.party_id not in known)
    page_everybody(draft, Asking(asks=fresh, left_out=asking.left_out if not known else ()))
    if not asking.asks:
        draft.enter(EntryType.SKIPPED, network.accountable, cause=Cause.UNREACHABLE, due=due)
        alarm = Alarm(reason=Cause.EXHAUSTED)
        if alarm not in draft.effects:
            draft.effects.append(alarm)


def remind(draft: Draft, ask: Ask, *, due: datetime | None = None) -> None:
    """Page a party once more within its step, or write down that no contact point is usable."""
    if not ask.contact_points:
        draft.enter(EntryType.SKIPPED, ask.party_id, cause=Cause.UNREACHABLE, due=due)
        return
    draft.enter(EntryType.REMINDED, ask.party_id, due=due)
    page_id = draft.page(ask.party_id)
    draft.send(MessageKind.REMINDED, ask.party_id, ask.contact_points, page_id=page_id)
    asked = draft.incident.find_asked(ask.party_id)
    if asked:
        # A contact point that opened since the page counts too before they are unreachable.
        ids = tuple(point.id for point in ask.contact_points)
        used = tuple(dict.fromkeys((*asked.contact_point_ids, *ids)))
        draft.incident = draft.incident.with_asked(replace(asked, contact_point_ids=used))


def schedule_reminder(draft: Draft, step: Step) -> None:
    """Arm the next reminder of a step, if it comes before the step ends.

    It waits for the first rung of the ladder: nobody is reminded of what they were not told.
    """
    incident, step_due_at = draft.incident, draft.incident.step_due_at
    if step_due_at is None or not step.remind_every_seconds:
        draft.change(remind_at=None)
        return
    started_at = step_due_at - timedelta(seconds=step.ack_within_seconds)
    rungs = [
        point.delay
        for asked in incident.asked
        if asked.reply is None
        for point in draft.network.usable(asked.party_id, draft.at)
    ]
    at = draft.at + timedelta(seconds=step.remind_every_seconds)
    at = max(at, started_at + min(rungs, default=timedelta(0)))
    draft.change(remind_at=at if at < step_due_at else None)


def _arm_next_page(draft: Draft) -> None:
    protocol = draft.network.protocol
    first = (
        timedelta(seconds=protocol.accountable_remind_every_seconds)
        if protocol
        else ACCOUNTABLE_REMIND_EVERY
    )
    every = draft.incident.remind_every or first
    following = max(first, min(every * 2, ACCOUNTABLE_REMIND_AT_MOST))
    draft.change(remind_at=draft.at + every, remind_every=following)
