"""How an incident ends, and that it stays so: DESIGN.md 4.1.6, 4.1.7, 4.1.9, 4.1.17."""

import pytest

from app.escalation.decision import Cause, EntryType, MessageKind, Result
from app.escalation.event import (
    Acknowledged,
    Act,
    Arrived,
    By,
    Cancelled,
    Capacity,
    ContactFailed,
    ContactSent,
    Corrected,
    ExternalCalled,
    Noted,
    Resolved,
    Signalled,
    Woke,
)
from app.escalation.incident import Status
from app.escalation.party import PartyId
from app.escalation.refusals import IncidentClosed, NotAllowed, NotHolder
from app.protocols.kinds import Outcome
from tests.escalation.network_samples import (
    Story,
    by,
    coordinator,
    person,
    reporter,
    told,
    transfers,
    two_desks,
)


def acknowledged() -> Story:
    story = Story(two_desks(inform=["kato"]))
    story.acknowledge("sato", after=10)
    return story


def safe(actor: By) -> Resolved:
    return Resolved(by=actor, outcome=Outcome.CLIENT_SAFE, note="無事")


# --- closing -----------------------------------------------------------------------------------


def test_holder_resolves_with_an_outcome() -> None:
    story = acknowledged()
    story.acknowledge("tanaka")
    closed = story.happen(safe(by("sato")), after=60)
    assert transfers(closed) == [("sato", None, "resolved")]
    entry = closed.entries[0]
    assert (entry.basis, entry.actor_id) == (None, "sato")
    assert entry.facts == {"outcome": "client_safe", "note": "無事"}
    incident = story.incident
    assert (incident.status, incident.outcome) == (Status.RESOLVED, Outcome.CLIENT_SAFE)
    assert (incident.holder_id, incident.basis, incident.wake_at) == (None, None, None)
    assert incident.closed_at == story.now
    # Who joined and who was informed are told; who did it knows.
    assert told(closed, MessageKind.CLOSED) == ["kato-1", "tanaka-1"]


def test_holder_is_told_when_somebody_else_closes_for_them() -> None:
    closed = acknowledged().happen(safe(coordinator()))
    assert told(closed, MessageKind.CLOSED) == ["kato-1", "sato-1"]


def test_offered_persons_are_told_of_the_closing() -> None:
    story = acknowledged()
    story.offer("sato", "suzuki")
    assert told(story.happen(safe(by("sato"))), MessageKind.CLOSED) == ["kato-1", "suzuki-1"]
    assert story.incident.offer is None


def test_nobody_resolves_what_nobody_has_taken() -> None:
    with pytest.raises(NotAllowed):
        Story(two_desks()).happen(safe(coordinator()))


# --- cancel: 4.1.6, 4.1.9 ----------------------------------------------------------------------

CANCELLERS = {
    "reporter": reporter(),
    "coordinator": coordinator(),
    # a person of the reporting organisation, through its key
    "reporter's person": By(
        capacity=Capacity.RESPONDER,
        party_id=PartyId("kato"),
        recorded_by=PartyId("alarm-centre"),
    ),
}


@pytest.mark.parametrize("actor", CANCELLERS.values(), ids=CANCELLERS)
def test_reporter_and_coordinator_cancel_what_nobody_has_taken(actor: By) -> None:
    story = Story(two_desks())
    closed = story.happen(Cancelled(by=actor, reason="誤報"))
    assert transfers(closed) == [("night", None, "cancelled")]
    assert story.incident.outcome is Outcome.FALSE_ALARM
    assert told(closed, MessageKind.CLOSED) == ["sato-1", "tanaka-1"]


def test_asked_person_cannot_cancel() -> None:
    with pytest.raises(NotHolder):
        Story(two_desks()).happen(Cancelled(by=by("sato")))


@pytest.mark.parametrize("actor", [CANCELLERS["reporter"], CANCELLERS["reporter's person"]])
def test_reporters_cancel_after_acceptance_is_noted_and_shown_to_the_holder(actor: By) -> None:
    story = acknowledged()
    noted = story.happen(Cancelled(by=actor, reason="復旧"))
    assert noted.result is Result.RECORDED
    assert (transfers(noted), story.incident.holder_id) == ([], "sato")
    assert [entry.type for entry in noted.entries] == [EntryType.NOTED]
    assert told(noted, MessageKind.INFORMED) == ["sato-1"]
    assert story.incident.status is Status.ACKNOWLEDGED


def test_holder_who_belongs_to_the_reporter_cancels_as_holder() -> None:
    story = acknowledged()
    hand = By(
        capacity=Capacity.RESPONDER,
        party_id=PartyId("sato"),
        recorded_by=PartyId("alarm-centre"),
    )
    assert story.happen(Cancelled(by=hand)).incident.status is Status.CANCELLED


# --- closed: 4.1.7, 4.1.17 ---------------------------------------------------------------------


def closed_story() -> Story:
    story = acknowledged()
    story.happen(safe(by("sato")))
    return story


@pytest.mark.parametrize(
    "event",
    [
        Acknowledged(by=by("tanaka")),
        Arrived(by=by("sato")),
        Cancelled(by=reporter()),
        ExternalCalled(by=by("sato"), service="119"),
        Signalled(recorded_by=None),
    ],
    ids=["acknowledge", "arrive", "cancel", "119", "signal"],
)
def test_nothing_reopens_a_closed_incident(event: Act | Signalled) -> None:
    with pytest.raises(IncidentClosed):
        closed_story().happen(event)


@pytest.mark.parametrize(
    "event", [Noted(by=by("sato"), text="x"), Corrected(by=coordinator(), text="x")]
)
def test_notes_and_corrections_are_welcome_for_ever(event: Act) -> None:
    story = closed_story()
    written = story.happen(event, after=86_400)
    assert [(entry.from_id, entry.to_id) for entry in written.entries] == [(None, None)]
    assert story.incident.status is Status.RESOLVED
    assert story.incident.wake_at is None


SATO = PartyId("sato")


@pytest.mark.parametrize(
    "event",
    [
        ContactSent(party_id=SATO, page_id="p", contact_point_id="sato-1"),
        ContactFailed(party_id=SATO, page_id="p", contact_point_id="sato-1", permanent=True),
        Woke(),
    ],
)
def test_late_evidence_and_timers_leave_a_closed_incident_alone(
    event: ContactSent | ContactFailed | Woke,
) -> None:
    story = closed_story()
    before = story.incident
    late = story.happen(event, after=5)
    assert (late.incident, late.entries, late.effects) == (before, (), ())


def test_cancelled_is_closed_too() -> None:
    story = Story(two_desks())
    closed = story.happen(Cancelled(by=reporter()))
    assert closed.entries[0].cause is Cause.CANCELLED
    story.change(person("sato"))
    with pytest.raises(IncidentClosed):
        story.acknowledge("sato")
