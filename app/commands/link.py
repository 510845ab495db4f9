"""What a responder's link shows before anything personal is added."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import filterfalse
from typing import Any

from app.escalation.incident import Incident, Offer, Reply, Status, page_id_of
from app.escalation.moves.walk import Place, search
from app.escalation.network import Network
from app.escalation.party import Party, PartyId, PartyKind
from app.protocols.kinds import (
    LIFE_THREATENING,
    IncidentType,
    OrganisationKind,
    Outcome,
    Severity,
)
from app.store.incident import PageOf, StoredIncident


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A party as the page names it."""

    id: PartyId
    name: str
    organisation: str
    organisation_kind: OrganisationKind | None
    is_person: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """What the page of a link may show before anything personal is added.

    `persons` are those who may answer by this link: one, or the persons of a desk's own phone.
    """

    incident_id: str
    client_id: str
    client_code: str
    town: str | None
    type: IncidentType
    severity: Severity
    status: Status
    exhausted: bool
    # Nobody could be asked before the accountable desk.
    is_exhausted_at_once: bool
    drill: bool
    # Family is kept out of it (DESIGN.md 4.1.15).
    is_restricted: bool
    signal_count: int
    occurred_at: datetime
    arrived_at: datetime | None
    closed_at: datetime | None
    outcome: Outcome | None
    now: datetime
    # When the step ends, and who else is asked then; None when nothing is due.
    due_at: datetime | None
    next_asked: tuple[Named, ...]
    # Whether whoever reads the page is asked again then.
    is_next: bool
    also_asked: tuple[Named, ...]
    holder: Named | None
    holder_since: datetime | None
    # When the holder's acknowledgement lapses, unless they arrive or renew it.
    arrive_due_at: datetime | None
    # Who said yes after the holder did.
    joined: tuple[Named, ...]
    page_party: Named
    persons: tuple[Named, ...]
    # The page by which the party is asked at the running step and round, should there be one:
    # an old link's own no would come too late (H8).
    current_page_id: str
    # The link's person holds; only then personal data is shown.
    is_holder: bool
    has_joined: bool
    has_declined: bool
    is_asked_now: bool
    # A hand-over is offered to these of `persons`, until this instant.
    offer_persons: tuple[Named, ...]
    offer_due_at: datetime | None
    # To whom it was offered, for the holder to see.
    offered_to: Named | None
    shows_119: bool
    # Where the incident's chain of entries ends: the number, and the hash in hexadecimal.
    last_seq: int
    last_hash: str
    # For the holder alone: who of the incident and its protocol could take it over, most fit first.
    hand_over_targets: tuple[Named, ...]


def persons_of_link(page: PageOf, network: Network, incident: Incident) -> tuple[PartyId, ...]:
    """The persons who may answer by a page: its person, or the desk's who still work there."""
    party_id = PartyId(page.party_id)
    persons = network.persons_of(party_id)
    kept = {party_id, incident.holder_id}
    return tuple(one for one in persons if one in kept or not network.parties[one].is_retired)


def view_of(page: PageOf, stored: StoredIncident, network: Network, now: datetime) -> LinkView:
    """What a link's page may show at `now`."""
    incident, parties = stored.incident, network.parties
    party_id = PartyId(page.party_id)
    persons = persons_of_link(page, network, incident)
    is_reader = partial(_is_reader, network, party_id, persons)
    coming = _next_asked(incident, network, now)
    holder = incident.holder_id
    is_holder = holder is not None and holder in persons
    offer = incident.offer
    offered = _offered(offer, persons)
    return LinkView(
        **_facts_of(stored),
        now=now,
        due_at=incident.step_due_at,
        next_asked=_named(filterfalse(is_reader, coming), parties),
        is_next=any(map(is_reader, coming)),
        also_asked=_named(filterfalse(is_reader, _also_asked(incident)), parties),
        holder=_name(holder, parties) if holder else None,
        holder_since=incident.holder_since,
        arrive_due_at=incident.arrive_due_at,
        joined=_named(sorted(incident.joined), parties),
        page_party=_name(party_id, parties),
        persons=_named(persons, parties),
        current_page_id=page_id_of(incident.id, party_id, incident.step, incident.round),
        is_holder=is_holder,
        has_joined=any(one in incident.joined for one in persons),
        has_declined=_has_declined(incident, party_id, persons),
        is_asked_now=incident.find_asked(party_id) is not None,
        offer_persons=_named(offered, parties),
        offer_due_at=offer.due_at if offer and offered else None,
        offered_to=_name(offer.to_id, parties) if offer and is_holder else None,
        shows_119=incident.type in LIFE_THREATENING,
        last_seq=stored.ledger_seq - 1,
        last_hash=(stored.ledger_head or b"").hex(),
        hand_over_targets=_named(_targets(incident, network, now), parties) if is_holder else (),
    )


def _facts_of(stored: StoredIncident) -> dict[str, Any]:
    """What is the same for everybody, as members of `LinkView`."""
    incident = stored.incident
    return {
        "incident_id": incident.id,
        "client_id": incident.client_id,
        "client_code": stored.client_code,
        "town": stored.client_town,
        "type": incident.type,
        "severity": incident.severity,
        "status": incident.status,
        "exhausted": incident.exhausted,
        "is_exhausted_at_once": incident.exhausted
        and not (incident.step and incident.asked_before),
        "drill": incident.drill,
        "is_restricted": incident.is_restricted,
        "signal_count": incident.signal_count,
        # A device's clock may be ahead of ours.
        "occurred_at": min(stored.occurred_at, stored.incident.opened_at),
        "arrived_at": incident.arrived_at,
        "closed_at": incident.closed_at,
        "outcome": incident.outcome,
    }


def _offered(offer: Offer | None, persons: tuple[PartyId, ...]) -> tuple[PartyId, ...]:
    return tuple(one for one in persons if offer is not None and one in offer.person_ids)


def _has_declined(incident: Incident, party_id: PartyId, persons: tuple[PartyId, ...]) -> bool:
    asked = incident.find_asked(party_id)
    if asked is not None:
        return asked.reply is Reply.DECLINED
    return bool({party_id, *persons} & incident.declined)


def _is_reader(
    network: Network, party_id: PartyId, persons: tuple[PartyId, ...], asked: PartyId
) -> bool:
    """Whether who is asked reads this page: the link's party, its one person, a desk of theirs."""
    if asked == party_id or len(persons) != 1:
        return asked == party_id
    answering = (network.parties.get(one) for one in network.persons_of(asked))
    return {one.id for one in answering if one and not one.is_retired} == set(persons)


def _also_asked(incident: Incident) -> Iterable[PartyId]:
    """Who is still expected to answer in this step."""
    return (one.party_id for one in incident.asked if not one.reply)


def _next_asked(incident: Incident, network: Network, now: datetime) -> tuple[PartyId, ...]:
    """Whom the next step would ask if it began now."""
    if incident.status is not Status.TRIGGERED or incident.exhausted or not incident.step:
        return ()
    start = Place(step=incident.step + 1, round=incident.round, round_asked=incident.round_asked)
    found = search(network, incident, start, now)
    if found.asking is None:
        return (network.accountable,)
    return tuple(ask.party_id for ask in found.asking.asks)


def _targets(incident: Incident, network: Network, now: datetime) -> Iterable[PartyId]:
    """To whom the holder may hand over: who said yes too, then whom the protocol names.

    Of the protocol, who can be reached now, in the order in which they would be asked.
    """
    named = dict.fromkeys((*sorted(incident.joined), *_protocol_order(incident, network)))
    known = (network.parties.get(one) for one in named)
    return (
        party.id
        for party in known
        if party
        and party.kind is not PartyKind.ORGANISATION
        and not party.is_retired
        and party.id != incident.holder_id
        and not (incident.is_restricted and network.is_family(party.id))
        and (party.id in incident.joined or _is_reachable(party, incident, network, now))
    )


def _protocol_order(incident: Incident, network: Network) -> Iterable[PartyId]:
    """The parties of the protocol: those of the running variant first, step by step."""
    for step in network.steps(incident.variant):
        named = (step.desk, step.person, *step.also_page)
        yield from (PartyId(one) for one in named if one)
    yield network.accountable
    yield from map(PartyId, sorted(network.protocol.party_ids()) if network.protocol else ())


def _is_reachable(party: Party, incident: Incident, network: Network, now: datetime) -> bool:
    """Whether an offer to them would find somebody who may accept, and tell them of it."""
    persons = network.on_duty(party.id, now) if party.kind is PartyKind.DESK else (party.id,)
    takers = [one for one in persons if one != incident.holder_id]
    return bool(takers) and any(network.usable(one, now) for one in (*takers, party.id))


def _named(ids: Iterable[PartyId], parties: Mapping[PartyId, Party]) -> tuple[Named, ...]:
    return tuple(_name(one, parties) for one in ids)


def _name(party_id: PartyId, parties: Mapping[PartyId, Party]) -> Named:
    party = parties.get(party_id)
    return Named(
        id=party_id,
        name=party.name if party else "",
        organisation=party.organisation_name if party else "",
        organisation_kind=party.organisation_kind if party else None,
        is_person=party is not None and party.kind is PartyKind.PERSON,
    )
