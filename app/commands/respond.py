"""The responder's link: look at it, act by it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from app.commands.act import act
from app.commands.link import LinkView, persons_of_link, view_of
from app.escalation.event import Act, By, Capacity
from app.escalation.incident import Incident, Status
from app.escalation.network import Network
from app.escalation.party import PartyId, PartyKind
from app.installation.answer import Answer, FieldError, FieldsInvalid, NotFound, Refusal
from app.store.incident import PageOf, StoredIncident
from app.writer.batch import Batch, Needs

# How long a link still says what became of the incident.
USABLE_AFTER_CLOSE = timedelta(hours=24)


class LinkExpired(Refusal):
    """This link is out of date: the incident was closed more than 24 hours ago."""


class LinkWithdrawn(Refusal):
    """This link is no longer valid: whoever it was made for has left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAtLink:
    """GET of a link: reads, and changes nothing (H9)."""

    token_hash: str

    @property
    def needs(self) -> Needs:
        """The page and its incident, not locked."""
        return Needs(seen_token_hash=self.token_hash)

    def run(self, batch: Batch) -> LinkView:
        """What the page shows.

        Raises:
            NotFound: no such link, or family's where family is kept out.
            LinkExpired: closed more than 24 hours ago.
            LinkWithdrawn: whoever it was made for has been retired.
        """
        page, stored = _find(batch, self.token_hash)
        return view_of(page, stored, batch.network_of(stored), batch.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActByLink:
    """POST of a link: an act of the person whom it was made for."""

    token_hash: str
    act: str
    # Which of a desk's persons answers; not needed where only one can.
    party_id: str | None
    to_party_id: str | None
    make: Callable[[By, StoredIncident], Act]

    @property
    def needs(self) -> Needs:
        """The page and its incident, locked."""
        named = tuple(party for party in (self.party_id, self.to_party_id) if party)
        return Needs(token_hash=self.token_hash, party_ids=named)

    def run(self, batch: Batch) -> Answer:
        """200 with `result`, status and holder.

        Raises:
            NotFound: no such link, or family's where family is kept out.
            LinkExpired: closed more than 24 hours ago.
            LinkWithdrawn: whoever it was made for has been retired.
            FieldsInvalid: it is not said who of the desk answers, or a party is unknown.
            ActNotPossible: the state does not allow it; names the state and the holder.
        """
        page, stored = _find(batch, self.token_hash)
        network = batch.network_of(stored)
        if self.to_party_id is not None:
            self._require_target(batch, stored)
        by = By(
            capacity=Capacity.RESPONDER,
            party_id=self._person(page, network, stored.incident),
            page_party_id=PartyId(page.party_id),
            step=page.step,
            round=page.round,
        )
        return act(batch, stored, self.make(by, stored), name=self.act)

    def _person(self, page: PageOf, network: Network, incident: Incident) -> PartyId:
        persons = persons_of_link(page, network, incident)
        if self.party_id is not None:
            if self.party_id not in persons:
                raise _wrong("/party_id", "This link is not for that person.")
            return PartyId(self.party_id)
        meant = persons if len(persons) == 1 else self._meant(persons, incident)
        if len(meant) != 1:
            raise _wrong("/party_id", "Say who of the desk answers.")
        return meant[0]

    def _meant(self, persons: tuple[PartyId, ...], incident: Incident) -> tuple[PartyId, ...]:
        """Who of a desk can be meant where nobody is named: the holder, or who is offered it.

        A no is never taken for the holder's while a colleague is asked: it would give back.
        """
        offered = incident.offer.person_ids if incident.offer else ()
        answers = tuple(one for one in persons if one in offered)
        holding = tuple(one for one in persons if one == incident.holder_id)
        if self.act == "accept":
            return answers or holding
        if self.act == "decline":
            return answers + holding
        return holding if incident.status is not Status.TRIGGERED else ()

    def _require_target(self, batch: Batch, stored: StoredIncident) -> None:
        party = batch.knowledge.parties.get(PartyId(self.to_party_id or ""))
        places = batch.loaded.places.get(party.organisation_id, frozenset()) if party else ()
        if (
            party is None
            or party.kind is PartyKind.ORGANISATION
            or party.is_retired
            or stored.incident.municipality_id not in places
        ):
            raise _wrong("/to_party_id", "There is no such desk or person.")


def _find(batch: Batch, token_hash: str) -> tuple[PageOf, StoredIncident]:
    page = batch.loaded.pages.get(token_hash)
    if page is None:
        raise NotFound
    stored = batch.loaded.incidents[page.incident_id]
    closed_at = stored.incident.closed_at
    if closed_at is not None and batch.now >= closed_at + USABLE_AFTER_CLOSE:
        raise LinkExpired
    network, party_id = batch.network_of(stored), PartyId(page.party_id)
    # Family may have been asked before it turned out that family is to be kept out: the
    # incident has forgotten them, and their link must not say that there is one.
    is_forgotten = party_id not in network.parties
    if is_forgotten or (stored.incident.is_restricted and network.is_family(party_id)):
        raise NotFound
    # The holder answers for the incident still, even if they were retired in the same moment.
    holds = stored.incident.holder_id in persons_of_link(page, network, stored.incident)
    if network.parties[party_id].is_retired and not holds:
        raise LinkWithdrawn
    return page, stored


def _wrong(pointer: str, detail: str) -> FieldsInvalid:
    return FieldsInvalid(errors=[FieldError(pointer=pointer, detail=detail)])
