"""Any protocol, any directory, any acts in any order: the rules of DESIGN.md 3 hold (H1–H11).

Each decision is made twice and must be the same (the rules use no clock, no chance, no order of a
set), is checked by rules written apart from the machine (`incident_rules`), and the leaves alone
must fold to the row (H6). At the end nobody answers any more: the incident must never fall silent.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.escalation.event import (
    Accepted,
    Acknowledged,
    Act,
    Arrived,
    Cancelled,
    Capacity,
    ContactFailed,
    ContactSent,
    Corrected,
    Declined,
    Escalated,
    ExternalCalled,
    HandedOver,
    Noted,
    Reclassified,
    Resolved,
    SetOut,
    Signalled,
    Woke,
)
from app.escalation.moves.opening import Report
from app.escalation.network import Network
from app.escalation.party import PartyId
from app.protocols.kinds import IncidentType, Outcome, Severity
from tests.escalation.drawn_networks import DESKS, PERSONS, networks
from tests.escalation.network_samples import INCIDENT_ID
from tests.escalation.watched_incident import WatchedIncident, by, by_link

MIDNIGHT = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)  # Monday 2026-11-23 in Tokyo, a holiday
TYPES = (
    IncidentType.FALL,
    IncidentType.FALL,
    IncidentType.SUDDEN_CHANGE,
    IncidentType.ABUSE_SUSPECTED,
    IncidentType.LOW_BATTERY,
)
SEVERITIES = (Severity.LOW, Severity.HIGH, Severity.CRITICAL)
ANYBODY = (*sorted(PERSONS), *sorted(DESKS), "city-desk", "stranger")
PAUSES = (0, 0, 0.001, 1, 5, 20, 31, 200)
LATE = (0, 0, 0, 0.5, 10, 10.001, 3600, 3 * 86_400)
# However long a protocol, nobody waits for more timers than this until the last resort is paged.
WAKES_MAX = 800


def is_taken(machine: "Life") -> bool:
    """Whether somebody has accepted and holds."""
    return machine.life.state.basis == "acceptance"


class Life(RuleBasedStateMachine):
    """The life of one incident, with everything that can happen to it."""

    incident: type[WatchedIncident] = WatchedIncident

    @initialize(
        contacts=networks(),
        type_=st.sampled_from((*TYPES, IncidentType.TEST)),
        severity=st.sampled_from(SEVERITIES),
        minutes=st.integers(0, 24 * 60),
        faults_stop=st.booleans(),
    )
    def open(
        self,
        contacts: Network,
        type_: IncidentType,
        severity: Severity,
        minutes: int,
        *,
        faults_stop: bool,
    ) -> None:
        self.faults_stop = faults_stop
        report = Report(
            incident_id=INCIDENT_ID,
            client_id="client",
            municipality_id=PartyId("city"),
            reporter_id=PartyId("midori"),
            type=type_,
            severity=severity,
            drill=False,
            facts={},
        )
        self.life = self.incident(report, contacts, MIDNIGHT + timedelta(minutes=minutes))

    # --- acts ----------------------------------------------------------------------------------

    @rule(
        kind=st.sampled_from((Acknowledged, Declined, Escalated)),
        name=st.sampled_from(ANYBODY),
        capacity=st.sampled_from(Capacity),
        after=st.sampled_from(PAUSES),
    )
    def answer(
        self,
        kind: type[Acknowledged | Declined | Escalated],
        name: str,
        capacity: Capacity,
        after: float,
    ) -> None:
        self.life.try_(kind(by=by(name, capacity)), after)

    @precondition(lambda self: self.life.pages)
    @rule(
        kind=st.sampled_from((Acknowledged, Declined, Escalated, Arrived, Accepted)),
        which=st.integers(0, 200),
        after=st.sampled_from(PAUSES),
    )
    def use_any_link(
        self,
        kind: type[Acknowledged | Declined | Escalated | Arrived | Accepted],
        which: int,
        after: float,
    ) -> None:
        """By a link of this or of an earlier step."""
        page = self.life.pages[which % len(self.life.pages)]
        self.life.try_(kind(by=by_link(page, self.life.contacts, which)), after)

    @precondition(lambda self: self.life.state.status == "triggered" and self.life.pages)
    @rule(
        kind=st.sampled_from((Acknowledged, Acknowledged, Declined)),
        which=st.integers(0, 200),
        after=st.sampled_from(PAUSES),
    )
    def use_new_link(self, kind: type[Acknowledged | Declined], which: int, after: float) -> None:
        """By one of the newest links."""
        newest = self.life.pages[-3:]
        page = newest[which % len(newest)]
        self.life.try_(kind(by=by_link(page, self.life.contacts, which)), after)

    @precondition(is_taken)
    @rule(
        act=st.sampled_from(("hand over", "set out", "hand over", "arrive")),
        to=st.sampled_from(ANYBODY),
        eta=st.sampled_from((None, -60, 3600, 86_400 * 3)),
        after=st.sampled_from(PAUSES),
        capacity=st.sampled_from((Capacity.RESPONDER, Capacity.COORDINATOR)),
    )
    def holder_goes_on(
        self, act: str, to: str, eta: int | None, after: float, capacity: Capacity
    ) -> None:
        actor = by(self.life.state.holder_id or "stranger", capacity)
        arrival = self.life.now + timedelta(seconds=eta) if eta is not None else None
        acts: Mapping[str, Act] = {
            "hand over": HandedOver(by=actor, to_id=PartyId(to)),
            "set out": SetOut(by=actor, eta=arrival),
            "arrive": Arrived(by=actor),
        }
        self.life.try_(acts[act], after)

    @precondition(is_taken)
    @rule(
        act=st.sampled_from(("decline", "decline", "cancel", "resolve")),
        after=st.sampled_from(PAUSES),
        capacity=st.sampled_from((Capacity.RESPONDER, Capacity.COORDINATOR)),
    )
    def holder_ends(self, act: str, after: float, capacity: Capacity) -> None:
        actor = by(self.life.state.holder_id or "stranger", capacity)
        acts: Mapping[str, Act] = {
            "decline": Declined(by=actor),
            "cancel": Cancelled(by=actor),
            "resolve": Resolved(by=actor, outcome=Outcome.CLIENT_SAFE),
        }
        self.life.try_(acts[act], after)

    @precondition(lambda self: self.life.state.offer)
    @rule(which=st.integers(0, 2), after=st.sampled_from(PAUSES), yes=st.booleans())
    def answer_offer(self, which: int, after: float, *, yes: bool) -> None:
        assert self.life.state.offer
        persons = self.life.state.offer.person_ids
        actor = by(persons[which % len(persons)])
        self.life.try_(Accepted(by=actor) if yes else Declined(by=actor), after)

    @rule(
        name=st.sampled_from(ANYBODY),
        capacity=st.sampled_from(Capacity),
        type_=st.sampled_from(TYPES),
        severity=st.sampled_from(SEVERITIES),
        act=st.sampled_from(("reclassify", "signal", "note", "119", "correct", "cancel")),
    )
    def write_down(
        self, name: str, capacity: Capacity, type_: IncidentType, severity: Severity, act: str
    ) -> None:
        actor = by(name, capacity)
        acts: Mapping[str, Act | Signalled] = {
            "signal": Signalled(recorded_by=PartyId("midori")),
            "note": Noted(by=actor, text="x"),
            "correct": Corrected(by=actor, text="x"),
            "119": ExternalCalled(by=actor, service="119"),
            "reclassify": Reclassified(by=actor, type=type_, severity=severity),
            "cancel": Cancelled(by=actor),
        }
        self.life.try_(acts[act], 0)

    # --- channels, the clock, the directory ----------------------------------------------------

    @precondition(lambda self: self.life.sends)
    @rule(which=st.integers(0, 200), sent=st.booleans(), recent=st.booleans())
    def channel_reports(self, which: int, *, sent: bool, recent: bool) -> None:
        send = self.life.sends[
            -1 - which % min(4, len(self.life.sends)) if recent else which % len(self.life.sends)
        ]
        page_id = send.page_id or "none"
        sent_to = ContactSent(
            party_id=send.party_id, page_id=page_id, contact_point_id=send.contact_point_id
        )
        failed = ContactFailed(
            party_id=send.party_id,
            page_id=page_id,
            contact_point_id=send.contact_point_id,
            permanent=which % 2 == 0,
        )
        event = sent_to if sent else failed
        before = self.life.state
        self.life.happen(event)
        if not before.is_open:
            assert self.life.state == before

    @rule(late=st.sampled_from(LATE))
    def timer_runs_out(self, late: float) -> None:
        due = self.life.state.wake_at
        self.life.now = max(self.life.now, due or self.life.now) + timedelta(seconds=late)
        self.life.happen(Woke())

    @rule(seconds=st.sampled_from((*PAUSES, -1, -60, -86_400)))
    def clock_jumps(self, seconds: float) -> None:
        """Forwards or backwards; as long as nothing is due, nothing happens."""
        life, before = self.life, self.life.state
        life.now += timedelta(seconds=seconds)
        if before.wake_at is None or max(life.now, before.last_at) < before.wake_at:
            assert life.happen(Woke()).entries == ()
            assert life.state == before

    @rule(
        name=st.sampled_from([*PERSONS, *DESKS]),
        change=st.sampled_from(("retire", "return", "mute", "shut")),
    )
    def directory_changes(self, name: str, change: str) -> None:
        old = self.life.contacts.parties[PartyId(name)]
        new = {
            "retire": replace(old, is_retired=True),
            "return": replace(old, is_retired=False),
            "mute": replace(old, contact_points=()),
            "shut": replace(old, hours=None),
        }[change]
        self.life.contacts = replace(
            self.life.contacts, parties={**self.life.contacts.parties, old.id: new}
        )

    def teardown(self) -> None:
        if hasattr(self, "life") and self.life.is_sound:
            if self.faults_stop:
                self.life.is_asked_again_when_faults_stop()
            self.life.never_falls_silent()


def test_rules_hold_whatever_happens() -> None:
    run_state_machine_as_test(Life, settings=settings(stateful_step_count=30))


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_rules_hold_through_long_lives() -> None:
    run_state_machine_as_test(Life, settings=settings(stateful_step_count=100))
