"""What must hold after every decision (DESIGN.md 3), checked from the entries and the protocol.

Written from the rules and for the tests alone: nothing here asks the machine's own helpers. A
`Watcher` sees every event with the state before and the decision, and remembers what it needs.
"""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from app.escalation.decision import Alarm, Decision, Entry, EntryType, MessageKind, Page, Send
from app.escalation.event import (
    Accepted,
    Acknowledged,
    By,
    Declined,
    Escalated,
    Event,
    Reclassified,
    Woke,
)
from app.escalation.incident import Incident
from app.escalation.network import Network
from app.escalation.party import PartyId, PartyKind
from app.protocols.protocol import Step

CHANGING = {"opened", "transferred", "closed"}
BY_AGREEMENT = {
    "reported",
    "escalated",
    "declined",
    "unreachable",
    "nobody_on_duty",
    "lapsed",
    "reclassified",
    "exhausted",
}
BY_ACCEPTANCE = {"acknowledged": Acknowledged, "handed_over": Accepted}
TAKEN = {"acknowledged", "en_route", "arrived"}
CLOSED = {"resolved", "cancelled"}
ASKING = {EntryType.PAGED, EntryType.REMINDED, EntryType.INFORMED, EntryType.OFFERED}
MESSAGES = {
    EntryType.PAGED: MessageKind.PAGED,
    EntryType.REMINDED: MessageKind.REMINDED,
    EntryType.INFORMED: MessageKind.INFORMED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One decision with what led to it; `before` is None for the opening."""

    before: Incident | None
    event: Event | None
    now: datetime
    decision: Decision
    network: Network

    @property
    def after(self) -> Incident:
        return self.decision.incident

    def of(self, *types: EntryType) -> list[Entry]:
        return [entry for entry in self.decision.entries if entry.type in types]

    @property
    def by(self) -> By | None:
        return getattr(self.event, "by", None)


class Watcher:
    """Checks the rules over the life of one incident."""

    def __init__(self) -> None:
        self.holder: str | None = None
        self.at: datetime | None = None
        self.step_due_at: datetime | None = None
        self.arrive_due_at: datetime | None = None
        self.was_abuse = False

    def watch(self, seen: Seen) -> None:
        """Check everything that a decision must keep."""
        self.was_abuse = self.was_abuse or seen.after.type.value == "abuse_suspected"
        one_holder(seen, self.holder)
        right_to_hold(seen)
        time_and_version(seen, self.at)
        nothing_after_closed(seen)
        acts_that_change_nothing(seen)
        stalled_tells_the_outage(seen)
        messages_are_written_down(seen)
        somebody_is_asked(seen)
        if self.was_abuse:
            family_is_kept_out(seen)
        self._timers(seen)
        self.holder, self.at = seen.after.holder_id, seen.after.last_at

    def _timers(self, seen: Seen) -> None:
        """H5, 4.1.3, 4.1.10: no step and no promise ends by the clock before its time is over."""
        started, at, after = seen.of(EntryType.STEP_STARTED), seen.decision.at, seen.after
        ended_by_clock = isinstance(seen.event, Woke) and started
        if ended_by_clock and seen.before is not None:
            due = self.step_due_at if seen.before.status == "triggered" else self.arrive_due_at
            assert due is None or at >= due, "ended before its time"
            assert due is None or started[-1].due == due, "the entry says what was planned"
        if started:
            step = step_of(seen)
            lasts = None if after.exhausted or step is None else step.ack_within_seconds
            self.step_due_at = at + timedelta(seconds=lasts) if lasts else None
        if after.status == "triggered":
            assert after.wake_at is not None, "H5: unanswered without a timer"
            assert after.step_due_at == self.step_due_at, "a step's time is counted from its start"
            assert self.step_due_at is None or after.wake_at <= self.step_due_at
        self._promise(seen)

    def _promise(self, seen: Seen) -> None:
        step, at = step_of(seen), seen.decision.at
        within = timedelta(seconds=step.arrive_within_seconds if step else 1800)
        accepted = [e for e in seen.of(EntryType.TRANSFERRED) if e.basis == "acceptance"]
        if accepted and seen.after.status == "acknowledged":
            self.arrive_due_at = at + within
        elif seen.of(EntryType.EN_ROUTE):
            promised = seen.after.arrive_due_at
            assert promised is not None
            assert at + within <= promised <= at + timedelta(hours=24)
            self.arrive_due_at = promised
        elif seen.after.status not in {"acknowledged", "en_route"}:
            self.arrive_due_at = None
        assert seen.after.arrive_due_at == self.arrive_due_at, "the arrival timer runs on"


def one_holder(seen: Seen, holder: str | None) -> None:
    """H1, H6: the holder changes if and only if an entry says so, and passes from who held."""
    for number, entry in enumerate(seen.decision.entries):
        is_first = seen.before is None and number == 0
        assert (entry.type == "opened") == is_first
        assert entry.from_id == (None if is_first else holder), "from is who held"
        if entry.type.value not in CHANGING:
            assert entry.to_id == entry.from_id, f"{entry.type} changes the holder"
            continue
        assert (entry.to_id is None) == (entry.type == "closed")
        assert entry.type != "transferred" or entry.to_id != entry.from_id
        holder = entry.to_id
    after = seen.after
    assert after.holder_id == holder, "H6: the row's holder is the last entry's"
    assert (after.holder_id is None) == (after.status in CLOSED) == (after.closed_at is not None)
    changes = [entry for entry in seen.decision.entries if entry.type.value in CHANGING]
    if changes and holder is not None:
        assert after.basis == changes[-1].basis
        assert after.holder_since == seen.decision.at
    elif seen.before is not None and holder is not None:
        assert (after.basis, after.holder_since) == (seen.before.basis, seen.before.holder_since)


def right_to_hold(seen: Seen) -> None:
    """H2: a desk by agreement, a person by their own act; each change names why."""
    for entry in seen.decision.entries:
        if entry.type == "closed":
            assert entry.basis is None
            assert entry.cause in {"resolved", "cancelled"}
        elif entry.type.value not in CHANGING:
            assert entry.basis is None
        elif entry.basis == "acceptance":
            assert kind_of(seen, entry.to_id) is PartyKind.PERSON
            assert entry.cause is not None
            assert isinstance(seen.event, BY_ACCEPTANCE[entry.cause.value])
            assert seen.by
            assert entry.actor_id == entry.to_id == seen.by.party_id
        else:
            assert entry.cause in BY_AGREEMENT
            assert entry.to_id in may_hold(seen), f"{entry.to_id} never agreed"
    if seen.before and seen.after.status in TAKEN and seen.before.status not in TAKEN:
        assert isinstance(seen.event, Acknowledged), "only a human act acknowledges"


def may_hold(seen: Seen) -> set[str]:
    """The accountable desk, and the desks of steps whose organisation had approved in time."""
    protocol, accountable = seen.network.protocol, {str(seen.network.accountable)}
    if protocol is None:
        return accountable
    steps = [step for variant in protocol.variants for step in variant.steps]
    agreed = {
        one.organisation
        for one in protocol.approvals
        if seen.network.published_on and one.approved_on <= seen.network.published_on
    }
    desks = {step.desk for step in steps if step.desk}
    return accountable | {
        desk for desk in desks if seen.network.parties[PartyId(desk)].organisation_id in agreed
    }


def time_and_version(seen: Seen, last: datetime | None) -> None:
    """H11, H6: time never goes back; the version grows by one with entries, else nothing is new."""
    decision = seen.decision
    assert decision.at == (max(seen.now, last) if last else seen.now)
    if decision.entries:
        before = seen.before.version if seen.before else 0
        assert seen.after.version == before + 1
        assert seen.after.last_at == decision.at
    else:
        assert seen.after == seen.before
        assert not decision.effects


def nothing_after_closed(seen: Seen) -> None:
    """4.1.17: after `closed` only notes and corrections, and nothing is due."""
    if seen.before and seen.before.status in CLOSED:
        assert {entry.type.value for entry in seen.decision.entries} <= {"noted", "corrected"}
        assert not seen.decision.effects
        assert differing(seen.before, seen.after) <= {"version", "last_at"}
    if seen.after.status in CLOSED:
        assert seen.after.wake_at is None
        assert seen.after.offer is None


def acts_that_change_nothing(seen: Seen) -> None:
    """H8: a late no and a late escalation change nothing; nor do `joined` and `recorded`."""
    before, by = seen.before, seen.by
    if before is None:
        return
    is_late = by is not None and by.step is not None
    is_late = is_late and by is not None and (by.step, by.round) != (before.step, before.round)
    is_no = isinstance(seen.event, Declined | Escalated)
    if is_no and is_late and by is not None and by.party_id != before.holder_id:
        assert seen.decision.result == "recorded"
    if seen.decision.result != "applied":
        assert not seen.of(EntryType.STEP_STARTED, EntryType.TRANSFERRED, EntryType.CLOSED)
        assert differing(before, seen.after) <= {"version", "last_at", "joined", "declined"}


def stalled_tells_the_outage(seen: Seen) -> None:
    """4.1.14: `stalled` if and only if the clock's work came more than 10 s late."""
    due = seen.before.wake_at if seen.before else None
    is_late = due is not None and seen.decision.at - due > timedelta(seconds=10)
    stalled = seen.of(EntryType.STALLED)
    assert bool(stalled) == (isinstance(seen.event, Woke) and is_late)
    assert all(entry.due == due for entry in stalled)


def messages_are_written_down(seen: Seen) -> None:
    """H4, H10: who is paged is written down and has a page; messages go to points of the party."""
    pages = {page.page_id: page for page in seen.decision.effects if isinstance(page, Page)}
    sends = [one for one in seen.decision.effects if isinstance(one, Send)]
    for send in sends:
        party = seen.network.parties[send.party_id]
        assert not party.is_retired
        assert send.contact_point_id in {one.id for one in party.contact_points}
        if send.kind in {MessageKind.PAGED, MessageKind.REMINDED, MessageKind.OFFERED}:
            assert send.page_id is not None
            assert pages[send.page_id].party_id == send.party_id
    for type_, kind in MESSAGES.items():
        written = {entry.actor_id for entry in seen.of(type_)}
        reached = {send.party_id for send in sends if send.kind is kind}
        # News for the holder is a message of its own, without an entry of its own.
        holders = {seen.after.holder_id, seen.before.holder_id if seen.before else None}
        news = holders if kind is MessageKind.INFORMED else set()
        assert reached - news <= written <= reached, f"{type_}: {written} but {reached}"


def somebody_is_asked(seen: Seen) -> None:
    """Never silent: a step asks somebody, and the last resort is paged or the alarm is raised."""
    if seen.of(EntryType.STEP_STARTED) and seen.after.status == "triggered":
        paged = {send.kind for send in seen.decision.effects if isinstance(send, Send)}
        if seen.after.exhausted:
            assert any(isinstance(effect, Alarm) for effect in seen.decision.effects)
        else:
            assert MessageKind.PAGED in paged
    if seen.after.status == "triggered" and not seen.after.exhausted and seen.after.step:
        assert seen.after.asked or isinstance(seen.event, Reclassified)


def family_is_kept_out(seen: Seen) -> None:
    """4.1.15: family is never paged, informed, offered, nor holder."""

    def is_family(party_id: str | None) -> bool:
        party = seen.network.parties.get(PartyId(party_id)) if party_id else None
        return party is not None and party.organisation_id == "family"

    assert not any(
        is_family(one.party_id) for one in seen.decision.effects if hasattr(one, "party_id")
    )
    assert not any(is_family(entry.actor_id) for entry in seen.of(*ASKING))
    assert not any(is_family(entry.to_id) for entry in seen.of(EntryType.TRANSFERRED))
    assert not any(map(is_family, [*seen.after.everyone_asked, *seen.after.informed]))


def step_of(seen: Seen) -> Step | None:
    """The step that the incident's numbers name; None without a protocol or before the first."""
    protocol, after = seen.network.protocol, seen.after
    if protocol is None or not after.step:
        return None
    return protocol.variants[after.variant].steps[after.step - 1]


def kind_of(seen: Seen, party_id: str | None) -> PartyKind | None:
    party = seen.network.parties.get(PartyId(party_id)) if party_id else None
    return party.kind if party else None


def differing(before: Incident, after: Incident) -> set[str]:
    """The names of the fields in which two states differ."""
    return {f.name for f in fields(before) if getattr(before, f.name) != getattr(after, f.name)}
