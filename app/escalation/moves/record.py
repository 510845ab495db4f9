"""What is written down beside the course: notes, corrections, calls, signals; and what is worse."""

from app.escalation.decision import Cause, EntryType, Result
from app.escalation.draft import Draft
from app.escalation.event import (
    Capacity,
    Corrected,
    Exported,
    ExternalCalled,
    Noted,
    Reclassified,
    Signalled,
)
from app.escalation.incident import Status
from app.escalation.moves.holding import person_of, proxy, tell_holder, was_asked
from app.escalation.moves.walk import begin_round_one
from app.escalation.refusals import NotAllowed, NotAsked, NotUpwards
from app.protocols.kinds import IncidentType


def note(draft: Draft, event: Noted) -> None:
    """Write something down; allowed for ever."""
    draft.enter(EntryType.NOTED, event.by.actor, facts={"note": event.text} | proxy(event.by))
    draft.result = Result.RECORDED


def correct(draft: Draft, event: Corrected) -> None:
    """Correct an entry by a new one; the original stays.

    Raises:
        NotAllowed: while nobody has accepted there is nothing to correct but by a note.
    """
    if draft.incident.status is Status.TRIGGERED:
        raise NotAllowed
    facts = {"correction": event.text, "entry_seq": event.entry_seq} | proxy(event.by)
    draft.enter(EntryType.CORRECTED, event.by.actor, facts=facts)
    draft.result = Result.RECORDED


def call_external(draft: Draft, event: ExternalCalled) -> None:
    """119 or 110 was called by a person; nobody's responsibility ends with it."""
    facts = {"service": event.service, "note": event.note} | proxy(event.by)
    draft.enter(EntryType.EXTERNAL_CALLED, event.by.actor, facts=facts)
    draft.result = Result.RECORDED


def reclassify(draft: Draft, event: Reclassified) -> None:
    """It is worse: the matching variant of the pinned version starts anew.

    Raises:
        NotAllowed: somebody has accepted already.
        NotAsked: nobody asked this person.
        NotUpwards: neither more severe, nor another emergency of the same severity.
    """
    incident, network, by = draft.incident, draft.network, event.by
    if incident.status is not Status.TRIGGERED:
        raise NotAllowed
    if by.capacity is Capacity.RESPONDER and not was_asked(draft, person_of(draft, by)):
        raise NotAsked
    rank, before = event.severity.rank, incident.severity.rank
    is_same = rank == before and event.type is incident.type
    if rank < before or is_same or event.type is IncidentType.TEST:
        raise NotUpwards
    facts = {"type": event.type.value, "severity": event.severity.value, "reason": event.reason}
    draft.enter(EntryType.RECLASSIFIED, by.actor, facts=facts | proxy(by))
    protocol = network.protocol
    variant = protocol.variant_for(event.type, event.severity, draft.at) if protocol else 0
    draft.change(
        type=event.type,
        severity=event.severity,
        was_restricted=incident.is_restricted,
        variant=variant,
        # The old variant's steps mean nothing in the new one.
        step=0,
        round=0,
        round_asked=False,
    )
    if draft.incident.is_restricted:
        _keep_family_out(draft)
    begin_round_one(draft, Cause.RECLASSIFIED)


def signal(draft: Draft, event: Signalled) -> None:
    """The same emergency again: counted, and shown to the holder."""
    draft.change(signal_count=draft.incident.signal_count + 1)
    actor = event.recorded_by or "system"
    draft.enter(EntryType.SIGNALLED, actor, facts={"summary": event.summary})
    if draft.incident.status is not Status.TRIGGERED:
        tell_holder(draft)


def export(draft: Draft, event: Exported) -> None:
    """Its evidence leaves the house; allowed for ever."""
    draft.enter(EntryType.EXPORTED, event.recorded_by, facts={"recipient": dict(event.recipient)})
    draft.result = Result.RECORDED


def _keep_family_out(draft: Draft) -> None:
    """Family who were asked or told before are forgotten: no message, no claim from now on."""
    incident, is_family = draft.incident, draft.network.is_family
    draft.change(
        asked=tuple(one for one in incident.asked if not is_family(one.party_id)),
        asked_before=frozenset(one for one in incident.asked_before if not is_family(one)),
        informed=frozenset(one for one in incident.informed if not is_family(one)),
        joined=frozenset(one for one in incident.joined if not is_family(one)),
    )
