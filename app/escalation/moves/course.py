"""The course after acceptance: on the way, there, closed."""

from datetime import UTC, datetime, timedelta

from app.escalation.decision import Cause, EntryType, MessageKind, Result
from app.escalation.draft import Draft
from app.escalation.event import Arrived, By, Cancelled, Capacity, Resolved, SetOut
from app.escalation.incident import Status
from app.escalation.moves.holding import (
    ACCEPTED,
    arrive_within,
    as_holder,
    proxy,
    record,
    tell_holder,
)
from app.escalation.moves.timers import ARRIVED_REMIND_EVERY
from app.escalation.refusals import NotAllowed, NotHolder
from app.protocols.kinds import Outcome

# Beyond it, zones overflow.
LATEST = datetime(9998, 1, 1, tzinfo=UTC)
ETA_AT_MOST = timedelta(hours=24)


def set_out(draft: Draft, event: SetOut) -> None:
    """The holder is on the way; each call renews the promise, for at most 24 hours.

    Raises:
        NotAllowed: nobody has accepted yet, or somebody is there already.
        NotHolder: somebody else is on the way.
    """
    if draft.incident.status not in {Status.ACKNOWLEDGED, Status.EN_ROUTE}:
        raise NotAllowed
    actor = as_holder(draft, event.by)
    draft.change(status=Status.EN_ROUTE, arrive_due_at=_arrive_due_at(draft, event.eta))
    eta = _rfc3339(event.eta) if event.eta else None
    draft.enter(EntryType.EN_ROUTE, actor, facts={"eta": eta} | proxy(event.by))


def arrive(draft: Draft, event: Arrived) -> None:
    """The holder is there: nothing lapses any more, a reminder comes every four hours.

    Raises:
        NotAllowed: nobody has accepted yet.
        NotHolder: somebody else holds.
    """
    if draft.incident.status not in ACCEPTED:
        raise NotAllowed
    actor = as_holder(draft, event.by)
    if draft.incident.status is Status.ARRIVED:
        draft.result = Result.REPEATED
        return
    draft.clear_timers()
    draft.change(
        status=Status.ARRIVED,
        arrived_at=draft.incident.arrived_at or draft.at,
        remind_at=draft.at + ARRIVED_REMIND_EVERY,
    )
    draft.enter(EntryType.ARRIVED, actor, facts=proxy(event.by))


def resolve(draft: Draft, event: Resolved) -> None:
    """The holder closes with an outcome.

    Raises:
        NotAllowed: nobody has accepted yet.
        NotHolder: somebody else holds.
    """
    if draft.incident.status not in ACCEPTED:
        raise NotAllowed
    actor = as_holder(draft, event.by)
    facts: dict[str, object] = {"outcome": event.outcome.value, "note": event.note}
    _close(draft, event.by, actor=actor, cause=Cause.RESOLVED, outcome=event.outcome, facts=facts)


def cancel(draft: Draft, event: Cancelled) -> None:
    """False alarm. A reporter closes only what nobody has accepted yet (DESIGN.md 4.1.9).

    Raises:
        NotHolder: neither the reporter, nor a coordinator, nor the holder asks.
    """
    by, incident = event.by, draft.incident
    is_triggered, is_reporter = incident.status is Status.TRIGGERED, _is_reporter(draft, by)
    if is_reporter and not is_triggered and by.party_id != incident.holder_id:
        record(draft, "cancel", event.reason, by)
        tell_holder(draft)
        return
    if is_triggered and by.capacity is Capacity.RESPONDER and not is_reporter:
        raise NotHolder
    actor = by.actor if is_triggered else as_holder(draft, by)
    facts: dict[str, object] = {"reason": event.reason}
    _close(draft, by, actor=actor, cause=Cause.CANCELLED, outcome=Outcome.FALSE_ALARM, facts=facts)


def _rfc3339(at: datetime) -> str:
    """As the ledger writes instants: UTC, three decimals, `Z`."""
    return min(at, LATEST).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _arrive_due_at(draft: Draft, eta: datetime | None) -> datetime:
    """The later of the promise and the usual time; whole milliseconds, as the ledger has them."""
    due_at = draft.at + arrive_within(draft)
    if eta is None or eta <= due_at:
        return due_at
    due_at = min(eta, draft.at + ETA_AT_MOST).astimezone(UTC)
    return due_at.replace(microsecond=due_at.microsecond // 1000 * 1000)


def _is_reporter(draft: Draft, by: By) -> bool:
    """Whether the reporting organisation acts, for itself or by one of its persons."""
    reporter = draft.incident.reporter_id
    is_theirs = by.recorded_by is not None and by.recorded_by == reporter
    return by.capacity is Capacity.REPORTER or (by.capacity is Capacity.RESPONDER and is_theirs)


def _close(
    draft: Draft, by: By, *, actor: str, cause: Cause, outcome: Outcome, facts: dict[str, object]
) -> None:
    """Close, and tell everybody who was asked, told or helping, except who did it."""
    incident = draft.incident
    told = incident.informed | incident.joined
    if incident.status is Status.TRIGGERED:
        told |= incident.everyone_asked
    elif incident.holder_id:
        told |= {incident.holder_id}
    if incident.offer:
        told |= set(incident.offer.person_ids)
    draft.close(actor, cause, facts | proxy(by))
    draft.change(outcome=outcome)
    for party_id in sorted(told):
        # Who acted through somebody else's hand does not know yet.
        if party_id != actor or by.recorded_by is not None:
            draft.send(MessageKind.CLOSED, party_id)
