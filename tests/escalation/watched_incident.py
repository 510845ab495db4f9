"""One incident under watch: each decision made twice, checked, and folded from its leaves (H6)."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from app.escalation.decide import decide
from app.escalation.decision import Alarm, Decision, Entry, MessageKind, Page, Send
from app.escalation.event import By, Capacity, Event, Woke
from app.escalation.incident import Incident
from app.escalation.moves.opening import Report, open_incident
from app.escalation.network import Network
from app.escalation.party import PartyId, PartyKind
from app.escalation.refusals import ActRefused
from app.ledger import words
from app.ledger.entry import Leaf, leaf_bytes, leaf_hash
from app.ledger.fold import fold
from app.ledger.interval import holder_changes, intervals, is_partition
from tests.escalation.drawn_networks import recovered
from tests.escalation.incident_rules import Seen, Watcher

# However long a protocol, nobody waits for more timers than this until the last resort is paged.
WAKES_MAX = 800
PAGES = 10


class WatchedIncident:
    """An incident, its clock and its directory in the test's hand."""

    def __init__(self, report: Report, contacts: Network, now: datetime) -> None:
        """Open it."""
        self.contacts, self.now = contacts, now
        self.pages: list[Page] = []
        self.sends: list[Send] = []
        self._watcher = Watcher()
        self._leaves: list[Leaf] = []
        self._names: dict[str, str] = {}
        decision = open_incident(report, contacts, now)
        assert decision == open_incident(report, contacts, now)
        self._take(None, None, decision)

    @property
    def state(self) -> Incident:
        """The row as it is now."""
        return self._incident

    def wake(self) -> Decision | None:
        """The next timer runs out on time; None when there is none."""
        due = self.state.wake_at
        if due is None:
            return None
        self.now = max(self.now, due)
        return self.happen(Woke())

    def try_(self, event: Event, after: float) -> None:
        """Let somebody do something that may be refused; refused, nothing has changed."""
        self.now += timedelta(seconds=after)
        try:
            self.happen(event)
        except ActRefused as refusal:
            with pytest.raises(type(refusal)):
                decide(self.state, event, self.now, self.contacts)

    def happen(self, event: Event) -> Decision:
        before = self.state
        decision = decide(before, event, self.now, self.contacts)
        assert decision == decide(before, event, self.now, self.contacts)
        self._take(before, event, decision)
        return decision

    def _take(self, before: Incident | None, event: Event | None, decision: Decision) -> None:
        """Check a decision, and keep what later rules need."""
        self.is_sound, self._incident = False, decision.incident
        seen = Seen(
            before=before, event=event, now=self.now, decision=decision, network=self.contacts
        )
        self._watcher.watch(seen)
        self.pages += [effect for effect in decision.effects if isinstance(effect, Page)]
        self.sends += [effect for effect in decision.effects if isinstance(effect, Send)]
        for entry in decision.entries:
            self._append(entry, decision.at)
        self._row_is_the_fold_of_the_leaves()
        self.is_sound = True

    def _append(self, entry: Entry, at: datetime) -> None:
        """The entry as a leaf of the ledger; whatever does not fit the form is refused there."""
        leaf = Leaf(
            incident=self.state.id,
            seq=len(self._leaves),
            prev=leaf_hash(leaf_bytes(self._leaves[-1])) if self._leaves else None,
            at=at,
            type=words.EntryType(entry.type.value),
            cause=words.Cause(entry.cause.value) if entry.cause else None,
            basis=words.Basis(entry.basis.value) if entry.basis else None,
            from_=self._name(entry.from_id),
            to=self._name(entry.to_id),
            actor=self._name(entry.actor_id) or words.SYSTEM,
            step=entry.step,
            round=entry.round,
            due=entry.due,
            sd=(),
            drill=False,
        )
        leaf_bytes(leaf)
        self._leaves.append(leaf)

    def _name(self, party: str | None) -> str | None:
        """The pseudonym of a party in this incident."""
        if party is None or party == words.SYSTEM:
            return party
        return self._names.setdefault(party, f"h{len(self._names) + 1}")

    def _row_is_the_fold_of_the_leaves(self) -> None:
        """H6, and H1 as the ledger derives it: the intervals partition [opened, closed)."""
        row, folded = self.state, fold(self._leaves)
        assert folded.status.value == row.status.value
        assert folded.exhausted == row.exhausted or not row.is_open
        assert folded.holder == self._name(row.holder_id)
        assert folded.holder_since == row.holder_since
        assert (folded.basis and folded.basis.value) == (row.basis and row.basis.value)
        assert (folded.step, folded.round) == (row.step or None, row.round or None)
        assert (folded.opened_at, folded.closed_at) == (row.opened_at, row.closed_at)
        assert folded.acknowledged_at == row.acknowledged_at
        assert folded.arrived_at == row.arrived_at
        assert (folded.signal_count, folded.at) == (row.signal_count, row.last_at)
        derived = intervals(holder_changes(self._leaves))
        assert is_partition(derived, opened_at=row.opened_at, closed_at=row.closed_at)

    def is_asked_again_when_faults_stop(self) -> None:
        """Everybody can be reached again: before long somebody is asked."""
        self.contacts = recovered(self.contacts)
        for _ in range(WAKES_MAX):
            decision = self.wake()
            if decision is None or asks_somebody(decision):
                return
        raise AssertionError("nobody is asked any more")

    def never_falls_silent(self) -> None:
        """H3: nobody answers, and the accountable desk is paged again and again."""
        paged_at: list[datetime] = []
        for _ in range(WAKES_MAX):
            decision = self.wake()
            if decision is None or len(paged_at) == PAGES:
                break
            if self.state.exhausted:
                assert asks_somebody(decision) or raises_alarm(decision)
                paged_at.append(decision.at)
            elif self.state.status == "arrived" and not has_ended_offer(decision):
                # Who is there is reminded, or the ledger says that they cannot be reached.
                assert asks_somebody(decision) or decision.entries
                paged_at.append(decision.at)
        if self.state.is_open:
            gaps = [(b - a).total_seconds() for a, b in pairwise(paged_at)]
            assert len(gaps) == PAGES - 1
            self._check_gaps(gaps)

    def _check_gaps(self, gaps: list[float]) -> None:
        if self.state.status == "arrived":
            assert gaps == [4 * 3600.0] * (PAGES - 1)
            return
        protocol = self.contacts.protocol
        first = protocol.accountable_remind_every_seconds if protocol else 60
        assert first <= gaps[0] <= 600
        for before, gap in pairwise(gaps):
            assert gap == min(2 * before, 600)


def asks_somebody(decision: Decision) -> bool:
    """Whether a decision pages somebody, or reminds somebody."""
    asking = {MessageKind.PAGED, MessageKind.REMINDED}
    return any(isinstance(one, Send) and one.kind in asking for one in decision.effects)


def has_ended_offer(decision: Decision) -> bool:
    """Whether an offer has run out."""
    return any(entry.type == "offer_ended" for entry in decision.entries)


def raises_alarm(decision: Decision) -> bool:
    """Whether a decision tells the municipality and the operator that nobody took it."""
    return any(isinstance(one, Alarm) for one in decision.effects)


def by(name: str, capacity: Capacity = Capacity.RESPONDER) -> By:
    """An act without a link; an organisation's key in the name of `name`, or for itself."""
    if capacity is Capacity.REPORTER:
        return By(capacity=capacity, recorded_by=PartyId("midori"))
    is_itself = capacity is Capacity.COORDINATOR and name == "stranger"
    return By(
        capacity=capacity,
        party_id=None if is_itself else PartyId(name),
        recorded_by=PartyId("city") if capacity is Capacity.COORDINATOR else None,
    )


def by_link(page: Page, contacts: Network, which: int) -> By:
    """An act by a link, of one of the persons who may use it."""
    party = contacts.parties[page.party_id]
    persons = party.person_ids if party.kind is not PartyKind.PERSON else (party.id,)
    return By(
        capacity=Capacity.RESPONDER,
        party_id=persons[which % len(persons)] if persons else None,
        page_party_id=page.party_id,
        step=page.step,
        round=page.round,
    )
