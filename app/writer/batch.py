"""One transaction's work: what was loaded, what was decided, what is to be written.

Commands run one after another on the same loaded state, so the second acknowledgement of a
batch sees the first. A command that refuses has changed nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from app.database import Transaction
from app.escalation.decide import decide
from app.escalation.decision import Alarm, Decision, MessageKind, Page, Send
from app.escalation.event import Event
from app.escalation.network import Network
from app.installation.answer import Answer, ClientErased, Idempotency, IdempotencyKeyReused
from app.installation.installation import Installation
from app.installation.secrets import digest, new_salt
from app.store.idempotency import KeptAnswer, keep_answers
from app.store.incident import (
    PageOf,
    StoredIncident,
    insert_incidents,
    insert_pages,
    update_incidents,
)
from app.store.ledger import NewDisclosure, NewEntry, append_entries, insert_disclosures
from app.store.network import ClientFacts, NetworkKey
from app.store.outbox import (
    Delivery,
    Recorded,
    drop_deliveries,
    insert_deliveries,
    record_attempts,
)
from app.telemetry import INCIDENTS_EXHAUSTED
from app.vault import SubjectKey
from app.writer.busy import Busy
from app.writer.chain import Link, chain, describe
from app.writer.knowledge import Knowledge
from app.writer.message import message_of

# Twice the time that one send may take (DESIGN.md 5).
LEASES_PER_SEND = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a command wants loaded before it runs; the batch loads all commands' needs at once."""

    # Incidents to change: locked.
    incident_id: str | None = None
    # An incident to wake: locked, unless another node is at it.
    due_id: str | None = None
    # An incident to look at: not locked.
    seen_id: str | None = None
    # A responder's link: its page, and the page's incident, locked or only seen.
    token_hash: str | None = None
    seen_token_hash: str | None = None
    client_id: str | None = None
    # (organisation id, that organisation's number of the client)
    client_reference: tuple[str, str] | None = None
    # The stored key of the open incident that the client's signal may repeat.
    dedup_key: str | None = None
    # Whether a signal without a key may repeat a recent one of the client.
    may_repeat: bool = False
    # Which organisations serve the client of the incident.
    serving: bool = False
    party_ids: tuple[str, ...] = ()
    delivery_id: str | None = None
    idempotency: Idempotency | None = None


class Command(Protocol):
    """One verb: what it needs, and what it does with it."""

    @property
    def needs(self) -> Needs:
        """What is to be loaded before `run`."""

    def run(self, batch: "Batch") -> object:
        """Do it, in memory; the answer is given to the caller after the commit."""


@dataclass(slots=True, kw_only=True)
class Loaded:
    """What the needs of a batch's commands were met with."""

    incidents: dict[str, StoredIncident] = field(default_factory=dict)
    pages: Mapping[str, PageOf] = field(default_factory=dict)
    clients: Mapping[str, ClientFacts] = field(default_factory=dict)
    client_ids: Mapping[tuple[str, str], str] = field(default_factory=dict)
    # Where the organisations of the commands' parties work.
    places: Mapping[str, frozenset[str]] = field(default_factory=dict)
    # By client.
    serving: Mapping[str, frozenset[str]] = field(default_factory=dict)
    # Open incidents by (client id, stored dedup key), and by (client id, type), the newest.
    repeated_keys: dict[tuple[str, str], str] = field(default_factory=dict)
    repeated_types: dict[tuple[str, str], str] = field(default_factory=dict)
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    answers: dict[tuple[str, str], KeptAnswer] = field(default_factory=dict)
    busy: Busy = field(default_factory=Busy)


class Batch:
    """The workspace of one transaction."""

    def __init__(
        self,
        installation: Installation,
        knowledge: Knowledge,
        loaded: Loaded,
        *,
        now: datetime,
        sends_here: bool,
    ) -> None:
        """Commands run at `now`, the instant after everything was locked.

        `sends_here`: whether this process has a dispatcher, so that its messages may be
        leased to it from birth.
        """
        self.installation = installation
        self.knowledge = knowledge
        self.loaded = loaded
        self.now = now
        seconds = installation.settings.send_timeout_seconds
        self._lease = timedelta(seconds=seconds) * LEASES_PER_SEND
        self._sends_here = sends_here
        # Versions as loaded; None for an incident that is new.
        self._loaded_versions: dict[str, int | None] = {}
        self._entries: list[NewEntry] = []
        self._disclosures: list[tuple[NewDisclosure, SubjectKey]] = []
        self._pages: list[tuple[str, Page, str]] = []
        self.deliveries: list[Delivery] = []
        self._recorded: list[Recorded] = []
        self._dropped: list[str] = []
        self._kept: list[KeptAnswer] = []

    @property
    def touched(self) -> tuple[StoredIncident, ...]:
        """The incidents that are written, as they stand now."""
        return tuple(self.loaded.incidents[one] for one in self._loaded_versions)

    @property
    def extent(self) -> tuple[int, ...]:
        """How much is to be written so far: the same before and after a command that refuses."""
        return (
            len(self._entries),
            len(self._pages),
            len(self.deliveries),
            len(self._recorded),
            len(self._dropped),
            len(self._kept),
            len(self._loaded_versions),
        )

    def network_of(self, stored: StoredIncident) -> Network:
        """The contact network of an incident."""
        incident = stored.incident
        key = NetworkKey(stored.protocol_version_id, incident.municipality_id)
        network = self.knowledge.network(key)
        return self.loaded.busy.seen_from(network, incident.id, is_drill=incident.drill)

    def decide(self, stored: StoredIncident, event: Event) -> Decision:
        """Let something happen to an incident.

        Raises:
            ActRefused: its state does not allow the act.
            ClientErased: its client was erased.
        """
        decision = decide(stored.incident, event, self.now, self.network_of(stored))
        self.apply(stored, decision)
        return decision

    def open(self, stored: StoredIncident, decision: Decision) -> None:
        """Take in a new incident with its first decision."""
        self._loaded_versions[stored.incident.id] = None
        self.apply(stored, decision)

    def apply(self, stored: StoredIncident, decision: Decision) -> None:
        """Take in a decision: state, ledger, pages and messages change together (H6)."""
        if not decision.entries:
            return
        if (key := stored.client_key) is None:
            raise ClientErased
        link = Link(seq=stored.ledger_seq, head=stored.ledger_head, pseudonyms=stored.pseudonyms)
        named = partial(describe, parties=self.knowledge.parties)
        chained = chain(decision, link, named, new_salt)
        after = replace(
            stored,
            incident=decision.incident,
            pseudonyms=chained.link.pseudonyms,
            ledger_seq=chained.link.seq,
            ledger_head=chained.link.head,
        )
        # A new incident, of which nothing is written yet, comes here in its first state.
        if decision.incident.exhausted and not (stored.ledger_seq and stored.incident.exhausted):
            INCIDENTS_EXHAUSTED.inc()
        self._loaded_versions.setdefault(stored.incident.id, stored.incident.version)
        self.loaded.incidents[stored.incident.id] = after
        self.loaded.busy.take_in(after.incident)
        self._entries += chained.entries
        self._disclosures += ((one, key) for one in chained.disclosures)
        for effect in decision.effects:
            match effect:
                case Page():
                    token = self.installation.link_key.token(effect.page_id)
                    self._pages.append((after.incident.id, effect, digest(token)))
                case Send():
                    self._send(after, effect, decision.at)
                case Alarm():
                    self._alarm(after, effect, decision.at)

    def record(self, recorded: Recorded) -> None:
        """Take in what became of an attempt to send."""
        self._recorded.append(recorded)

    def drop(self, delivery_id: str) -> None:
        """A message is not wanted any more."""
        self._dropped.append(delivery_id)

    def once(self, idempotency: Idempotency | None, work: Callable[[], Answer]) -> Answer:
        """Do `work`, or give the answer that was kept under the same key.

        Raises:
            IdempotencyKeyReused: the key was used with another body.
        """
        if idempotency is None:
            return work()
        kept = self.loaded.answers.get((idempotency.scope, idempotency.key))
        if kept is not None:
            if kept.body_hash != idempotency.body_hash:
                raise IdempotencyKeyReused
            return Answer(status=kept.status, body=kept.answer, is_replayed=True)
        answer = work()
        kept = KeptAnswer(
            scope=idempotency.scope,
            key=idempotency.key,
            body_hash=idempotency.body_hash,
            status=answer.status,
            answer=answer.repeated(),
        )
        self.loaded.answers[idempotency.scope, idempotency.key] = kept
        self._kept.append(kept)
        return answer

    async def save(self, tx: Transaction) -> None:
        """Write everything, table by table; parents before children."""
        written = list(zip(self.touched, self._loaded_versions.values(), strict=True))
        changed = [(stored, version) for stored, version in written if version is not None]
        new = [stored for stored, version in written if version is None]
        if new:
            await insert_incidents(tx, new)
        if changed:
            await update_incidents(tx, changed)
        if self._entries:
            await append_entries(tx, self._entries, self.now)
        if self._disclosures:
            await insert_disclosures(tx, self._disclosures)
        if self._pages:
            await insert_pages(tx, self._pages, self.now)
        if self.deliveries:
            await insert_deliveries(tx, self.deliveries)
        if self._recorded:
            await record_attempts(tx, self._recorded)
        if self._dropped:
            await drop_deliveries(tx, self._dropped, self.now)
        if self._kept:
            await keep_answers(tx, self._kept, self.now)

    def _send(self, stored: StoredIncident, send: Send, at: datetime) -> None:
        # By this node's clock, even if the incident's last instant is ahead of it (H11).
        due_at = self.now + send.delay
        leased = self._sends_here and not send.delay
        self.deliveries.append(
            Delivery(
                id=self.installation.new_id(),
                incident_id=stored.incident.id,
                page_id=send.page_id,
                party_id=send.party_id,
                contact_point_id=send.contact_point_id,
                kind=send.kind,
                message=message_of(stored, send),
                client_key=stored.client_key,
                created_at=at,
                due_at=due_at,
                first_due_at=due_at,
                leased_until=self.now + self._lease if leased else None,
            )
        )

    def _alarm(self, stored: StoredIncident, alarm: Alarm, at: datetime) -> None:
        """Tell the municipality and the operator."""
        kind, reason = MessageKind.ALARM, alarm.reason
        for party_id in (stored.incident.municipality_id, *self.knowledge.operators):
            for point in self.knowledge.contact_points(party_id):
                send = Send(kind=kind, party_id=party_id, contact_point_id=point.id, reason=reason)
                self._send(stored, send, at)
