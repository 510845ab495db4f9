"""Contact networks to begin a test with, and one incident that a test plays act by act.

The city's desk is accountable and open day and night; みどり (`midori`) has approved the protocol,
あおい (`aoi`) has not. Every person has one contact point, `<id>-1`, unless a test says otherwise.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from app.escalation.decide import decide
from app.escalation.decision import Alarm, Decision, Entry, EntryType, MessageKind, Send
from app.escalation.event import (
    Accepted,
    Acknowledged,
    Arrived,
    By,
    Capacity,
    ContactFailed,
    ContactSent,
    Declined,
    Event,
    HandedOver,
    Woke,
)
from app.escalation.incident import Incident, page_id_of
from app.escalation.moves.opening import Report, open_incident
from app.escalation.network import Network
from app.escalation.party import ContactPoint, Party, PartyId, PartyKind
from app.protocols.calendar import Hours
from app.protocols.kinds import IncidentType, OrganisationKind, Severity
from app.protocols.protocol import Protocol, parse_protocol

NOON = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)  # a Tuesday, 12:00 in Tokyo
INCIDENT_ID = "01936b0a-0000-7000-8000-000000000001"
PUBLISHED_ON = date(2026, 11, 1)
KINDS = {
    "city": OrganisationKind.MUNICIPALITY,
    "midori": OrganisationKind.PROVIDER,
    "aoi": OrganisationKind.PROVIDER,
    "family": OrganisationKind.FAMILY,
}


def point(point_id: str, *, delay: int = 0, hours: object = "24h") -> ContactPoint:
    """A contact point, used `delay` seconds after the page."""
    return ContactPoint(
        id=point_id,
        channel="webhook",
        hours=Hours.parse(hours),
        delay=timedelta(seconds=delay),
    )


def person(
    party_id: str, organisation: str = "midori", points: Iterable[ContactPoint] | None = None
) -> Party:
    """A person, with one contact point unless `points` says which."""
    own = (point(f"{party_id}-1"),) if points is None else tuple(points)
    return _party(party_id, PartyKind.PERSON, organisation, own)


def desk(
    party_id: str,
    *persons: str,
    organisation: str = "midori",
    hours: object = "24h",
    points: Iterable[ContactPoint] = (),
) -> Party:
    """A desk with the persons who answer for it; without a phone of its own unless `points`."""
    party = _party(party_id, PartyKind.DESK, organisation, tuple(points))
    return replace(
        party, hours=Hours.parse(hours), person_ids=tuple(PartyId(one) for one in persons)
    )


def organisation(party_id: str, points: Iterable[ContactPoint] = ()) -> Party:
    """An organisation, one of `KINDS`."""
    return _party(party_id, PartyKind.ORGANISATION, party_id, tuple(points))


def document(*steps: Mapping[str, object], rounds: int = 1, **members: object) -> dict[str, object]:
    """A protocol document with one variant; the city and midori have approved."""
    approvals = [
        {"organisation": one, "approved_by": "課長", "approved_on": "2026-10-01"}
        for one in ("city", "midori")
    ]
    return {
        "title": "緊急時対応",
        "accountable": "city-desk",
        "approvals": approvals,
        "variants": [{"name": "全て", "rounds": rounds, "steps": [dict(one) for one in steps]}],
    } | members


def network(protocol: dict[str, object] | None, *parties: Party) -> Network:
    """The network of a document, with these parties beside the city's desk (persons mori, ono)."""
    parsed = parse_protocol(protocol) if protocol else None
    city = [person("mori", "city"), person("ono", "city")]
    known = [organisation("city"), desk("city-desk", "mori", "ono", organisation="city"), *city]
    by_id = {party.id: party for party in (*known, *parties)}
    return Network(
        accountable=PartyId("city-desk"),
        parties=by_id,
        protocol=parsed,
        version_id="version-1" if parsed else None,
        version=1 if parsed else None,
        published_on=PUBLISHED_ON if parsed else None,
        approved=approved_desks(parsed, by_id.values()) if parsed else frozenset(),
    )


def approved_desks(protocol: Protocol, parties: Iterable[Party]) -> frozenset[PartyId]:
    """The desks that may hold by agreement, as the engine derives them."""
    return frozenset(
        party.id
        for party in parties
        if party.kind is PartyKind.DESK
        and protocol.is_approved(party.organisation_id, PUBLISHED_ON)
    )


def two_desks(rounds: int = 1, **first_step: object) -> Network:
    """Step 1 asks the night desk (sato, tanaka), step 2 the day desk (suzuki)."""
    return network(
        document({"desk": "night"} | first_step, {"desk": "day"}, rounds=rounds),
        desk("night", "sato", "tanaka"),
        desk("day", "suzuki"),
        *(person(one) for one in ("sato", "tanaka", "suzuki", "kato")),
    )


class Story:
    """One incident, its clock in the test's hand: events in, decisions out."""

    def __init__(
        self,
        contact_network: Network,
        *,
        at: datetime = NOON,
        type_: IncidentType = IncidentType.FALL,
        severity: Severity = Severity.HIGH,
    ) -> None:
        """Open it at `at`; `opened` is its first decision."""
        self.network = contact_network
        self.now = at
        report = Report(
            incident_id=INCIDENT_ID,
            client_id="client",
            municipality_id=PartyId("city"),
            reporter_id=PartyId("alarm-centre"),
            type=type_,
            severity=severity,
            drill=False,
            facts={"client": "client"},
        )
        self.opened = open_incident(report, contact_network, at)
        self.incident: Incident = self.opened.incident
        self.entries: list[Entry] = list(self.opened.entries)

    def happen(self, event: Event, *, after: int = 0) -> Decision:
        """Let something happen `after` seconds from now."""
        self.now += timedelta(seconds=after)
        decision = decide(self.incident, event, self.now, self.network)
        self.incident = decision.incident
        self.entries += decision.entries
        return decision

    def wake(self, *, late: int = 0) -> Decision:
        """Let the next timer run out; the engine notices `late` seconds afterwards."""
        due = self.incident.wake_at
        assert due is not None, "nothing is due"
        self.now = max(self.now, due) + timedelta(seconds=late)
        return self.happen(Woke())

    def run_out(self) -> Decision:
        """Nobody answers until the running step or promise has run out: what follows then."""
        while True:
            decision = self.wake()
            if of(decision, EntryType.STEP_STARTED):
                return decision

    def acknowledge(self, party_id: str, *, after: int = 0) -> Decision:
        """A person takes it."""
        return self.happen(Acknowledged(by=by(party_id)), after=after)

    def decline(self, party_id: str, *, after: int = 0) -> Decision:
        """A person says no."""
        return self.happen(Declined(by=by(party_id)), after=after)

    def offer(self, holder: str, to: str) -> Decision:
        """The holder offers it."""
        return self.happen(HandedOver(by=by(holder), to_id=PartyId(to)))

    def accept(self, party_id: str) -> Decision:
        """The one offered takes it."""
        return self.happen(Accepted(by=by(party_id)))

    def arrive(self, party_id: str, *, after: int = 0) -> Decision:
        """The holder is there."""
        return self.happen(Arrived(by=by(party_id)), after=after)

    def fail(self, party_id: str, number: int = 1) -> Decision:
        """A contact point of somebody who is asked now counts as failed."""
        return self.happen(self.failure(party_id, number))

    def send(self, party_id: str, number: int = 1) -> Decision:
        """A channel took the message after all."""
        failed = self.failure(party_id, number)
        sent = ContactSent(
            party_id=failed.party_id,
            page_id=failed.page_id,
            contact_point_id=failed.contact_point_id,
        )
        return self.happen(sent)

    def link(self, party_id: str, answers: str | None = None) -> By:
        """The link that a party has been sent in the running step; `answers` says who uses it."""
        return By(
            capacity=Capacity.RESPONDER,
            party_id=PartyId(answers or party_id),
            page_party_id=PartyId(party_id),
            step=self.incident.step,
            round=self.incident.round,
        )

    def due_in(self) -> float:
        """Seconds until the next timer."""
        assert self.incident.wake_at is not None
        return (self.incident.wake_at - self.now).total_seconds()

    def retire(self, party_id: str) -> None:
        """The directory changes: a party is retired."""
        self.change(replace(self.network.parties[PartyId(party_id)], is_retired=True))

    def change(self, party: Party) -> None:
        """The directory changes: a party is as given from now on."""
        parties = {**self.network.parties, party.id: party}
        self.network = replace(self.network, parties=parties)

    def failure(self, party_id: str, number: int = 1) -> ContactFailed:
        """The report that a contact point of the running step counts as failed."""
        step, round_ = self.incident.step, self.incident.round
        return ContactFailed(
            party_id=PartyId(party_id),
            page_id=page_id_of(INCIDENT_ID, PartyId(party_id), step, round_),
            contact_point_id=f"{party_id}-{number}",
            permanent=True,
        )


def by(party_id: str) -> By:
    """A person acts, without a link."""
    return By(capacity=Capacity.RESPONDER, party_id=PartyId(party_id))


def coordinator(party_id: str | None = None) -> By:
    """The city acts, for itself or in somebody's name."""
    named = PartyId(party_id) if party_id else None
    return By(capacity=Capacity.COORDINATOR, party_id=named, recorded_by=PartyId("city"))


def reporter() -> By:
    """Who reported acts."""
    return By(capacity=Capacity.REPORTER, recorded_by=PartyId("alarm-centre"))


def of(decision: Decision, *types: EntryType) -> list[str]:
    """The actors of a decision's entries of these types, in order."""
    return [entry.actor_id for entry in decision.entries if entry.type in types]


def told(decision: Decision, kind: MessageKind) -> list[str]:
    """The contact points that a decision sends messages of this kind to."""
    sends = [effect for effect in decision.effects if isinstance(effect, Send)]
    return [send.contact_point_id for send in sends if send.kind is kind]


def alarms(decision: Decision) -> int:
    """How often a decision tells the municipality and the operator."""
    return sum(isinstance(effect, Alarm) for effect in decision.effects)


def transfers(decision: Decision) -> list[tuple[str | None, str | None, str | None]]:
    """The changes of holder in a decision: from, to, cause."""
    changing = {EntryType.OPENED, EntryType.TRANSFERRED, EntryType.CLOSED}
    return [(e.from_id, e.to_id, e.cause) for e in decision.entries if e.type in changing]


def _party(
    party_id: str, kind: PartyKind, organisation_id: str, points: tuple[ContactPoint, ...]
) -> Party:
    return Party(
        id=PartyId(party_id),
        kind=kind,
        name=party_id,
        organisation_id=PartyId(organisation_id),
        organisation_name=organisation_id,
        organisation_kind=KINDS[organisation_id],
        contact_points=points,
    )
