"""Who is busy: holds an open incident, while a step of another would pass such persons on.

Where no step says `when_busy: pass`, nothing is looked up and nothing is kept.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from app.database import Transaction
from app.escalation.incident import Basis, Incident
from app.escalation.network import Network
from app.escalation.party import PartyId
from app.store.incident import Held, find_held


@dataclass(slots=True, kw_only=True)
class Busy:
    """Which open incidents these persons hold, as far as the batch has come."""

    # Whom a step of a loaded network may pass on.
    person_ids: frozenset[PartyId] = frozenset()
    # By incident.
    held: dict[str, Held] = field(default_factory=dict)

    def seen_from(self, network: Network, incident_id: str, *, is_drill: bool) -> Network:
        """The network of an incident, which knows who holds another one.

        An exercise keeps nobody from an emergency; an emergency does keep them from an exercise.
        """
        busy = frozenset(
            one.holder_id
            for one in self.held.values()
            if one.incident_id != incident_id and (is_drill or not one.is_drill)
        )
        return replace(network, busy=busy) if busy else network

    def take_in(self, incident: Incident) -> None:
        """Somebody may have accepted an incident, or may hold it no more."""
        if not self.person_ids:
            return
        self.held.pop(incident.id, None)
        holder_id = incident.holder_id
        if incident.basis is Basis.ACCEPTANCE and holder_id in self.person_ids:
            self.held[incident.id] = Held(
                incident_id=incident.id, holder_id=holder_id, is_drill=incident.drill
            )


def passed_on(network: Network) -> frozenset[PartyId]:
    """The persons whom a step of this network passes on while they hold another incident."""
    variants = network.protocol.variants if network.protocol else ()
    return frozenset(
        person_id
        for variant in variants
        for step in variant.steps
        if step.when_busy == "pass"
        for name in step.asked
        for person_id in network.persons_of(PartyId(name))
    )


async def load_busy(tx: Transaction, person_ids: Iterable[PartyId]) -> Busy:
    """What these persons hold now."""
    wanted = frozenset(person_ids)
    if not wanted:
        return Busy()
    held = await find_held(tx, sorted(wanted))
    return Busy(person_ids=wanted, held={one.incident_id: one for one in held})
