"""The course after acceptance: DESIGN.md 4.1.6, 4.1.7, 4.1.9, 4.1.16, 4.1.17."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from app.escalation.decision import Decision, EntryType, MessageKind, Result
from app.escalation.event import (
    Act,
    Arrived,
    By,
    Cancelled,
    Corrected,
    ExternalCalled,
    Noted,
    Resolved,
    SetOut,
    Signalled,
)
from app.escalation.incident import Status
from app.escalation.party import PartyId
from app.escalation.refusals import NotAllowed, NotHolder
from app.protocols.kinds import Outcome
from tests.escalation.network_samples import (
    NOON,
    Story,
    by,
    coordinator,
    of,
    told,
    two_desks,
)


def acknowledged() -> Story:
    story = Story(two_desks(inform=["kato"]))
    story.acknowledge("sato", after=10)
    return story


def safe(actor: By) -> Resolved:
    return Resolved(by=actor, outcome=Outcome.CLIENT_SAFE, note="無事")


# --- on the way, there -------------------------------------------------------------------------


def test_holder_sets_out_and_arrives() -> None:
    story = acknowledged()
    eta = NOON + timedelta(hours=1)
    out = story.happen(SetOut(by=by("sato"), eta=eta), after=5)
    assert (out.entries[0].type, out.entries[0].facts) == (
        EntryType.EN_ROUTE,
        {"eta": "2026-11-24T04:00:00.000Z"},
    )
    there = story.arrive("sato", after=600)
    assert of(there, EntryType.ARRIVED) == ["sato"]
    assert (story.incident.status, story.incident.arrived_at) == (Status.ARRIVED, story.now)


def test_arriving_without_setting_out_is_enough() -> None:
    story = acknowledged()
    assert story.arrive("sato").incident.status is Status.ARRIVED


def test_arriving_twice_is_a_repetition() -> None:
    story = acknowledged()
    story.arrive("sato")
    again = story.arrive("sato", after=60)
    assert (again.result, again.entries) == (Result.REPEATED, ())
    assert story.due_in() == 4 * 3600 - 60


def test_arriving_without_an_acknowledgement_is_refused() -> None:
    with pytest.raises(NotAllowed):
        Story(two_desks()).arrive("sato")


def test_after_arrival_nobody_sets_out() -> None:
    story = acknowledged()
    story.arrive("sato")
    with pytest.raises(NotAllowed):
        story.happen(SetOut(by=by("sato")))


ETAS = {
    # another zone and finer than a millisecond: the ledger has UTC and three decimals
    "another zone": datetime(2026, 11, 24, 15, 0, 0, 123_456, tzinfo=timezone(timedelta(hours=9))),
    # the end of the calendar does not overflow
    "end of time": datetime.max.replace(tzinfo=timezone(-timedelta(hours=12))),
}


@pytest.mark.parametrize("eta", ETAS.values(), ids=ETAS)
def test_promise_is_kept_in_the_ledgers_form(eta: datetime) -> None:
    story = acknowledged()
    story.happen(SetOut(by=by("sato"), eta=eta))
    due_at = story.incident.arrive_due_at
    assert due_at is not None
    assert due_at.tzinfo is UTC
    assert due_at.microsecond % 1000 == 0
    assert due_at == min(eta.replace(microsecond=123_000), story.now + timedelta(hours=24))


HOLDERS_ACTS: dict[str, type[SetOut | Arrived | Cancelled]] = {
    "set out": SetOut,
    "arrive": Arrived,
    "cancel": Cancelled,
}


@pytest.mark.parametrize("act", HOLDERS_ACTS.values(), ids=HOLDERS_ACTS)
def test_only_the_holder_or_a_coordinator_for_them_may(
    act: type[SetOut | Arrived | Cancelled],
) -> None:
    # Somebody else, somebody else through a coordinator's hand, the desk that held before.
    for actor in (by("tanaka"), coordinator("tanaka"), by("night")):
        with pytest.raises(NotHolder):
            acknowledged().happen(act(by=actor))
    for actor in (by("sato"), coordinator("sato"), coordinator()):
        assert acknowledged().happen(act(by=actor)).entries[0].actor_id == "sato"


# --- what is written down ----------------------------------------------------------------------

WRITTEN: dict[str, tuple[Act, EntryType, dict[str, object]]] = {
    "note": (Noted(by=by("sato"), text="鍵は植木鉢"), EntryType.NOTED, {"note": "鍵は植木鉢"}),
    "119": (
        ExternalCalled(by=by("sato"), service="119"),
        EntryType.EXTERNAL_CALLED,
        {"service": "119"},
    ),
    "correct": (
        Corrected(by=by("sato"), text="訂正", entry_seq=0),
        EntryType.CORRECTED,
        {"correction": "訂正", "entry_seq": 0},
    ),
}


@pytest.mark.parametrize(("act", "type_", "facts"), WRITTEN.values(), ids=WRITTEN)
def test_written_down_and_nothing_else_changes(
    act: Act, type_: EntryType, facts: dict[str, object]
) -> None:
    story = acknowledged()
    before = story.incident
    written = story.happen(act, after=1)
    assert written.result is Result.RECORDED
    assert [(entry.type, entry.facts) for entry in written.entries] == [(type_, facts)]
    assert written.effects == ()
    after = written.incident
    assert (after.holder_id, after.status, after.wake_at, after.version) == (
        before.holder_id,
        before.status,
        before.wake_at,
        before.version + 1,
    )


def test_unanswered_incident_has_nothing_to_correct() -> None:
    with pytest.raises(NotAllowed):
        Story(two_desks()).happen(Corrected(by=coordinator(), text="x"))


# --- the same emergency again: 4.1.16 ----------------------------------------------------------


def signal(story: Story) -> Decision:
    return story.happen(Signalled(recorded_by=PartyId("alarm-centre"), summary="再通報"))


def test_repeated_signal_is_counted_and_shown_to_the_holder() -> None:
    story = acknowledged()
    again = signal(story)
    assert story.incident.signal_count == 2
    assert told(again, MessageKind.INFORMED) == ["sato-1"]
    assert (again.entries[0].type, again.entries[0].facts) == (
        EntryType.SIGNALLED,
        {"summary": "再通報"},
    )


def test_repeated_signal_of_an_unanswered_incident_leaves_the_walk_alone() -> None:
    story = Story(two_desks())
    wake_at = story.incident.wake_at
    again = signal(story)
    assert (story.incident.signal_count, again.effects) == (2, ())
    assert story.incident.wake_at == wake_at
