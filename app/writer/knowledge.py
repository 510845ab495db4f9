"""What this process knows of the directory and of protocols, as of a revision.

Only the writer uses it, inside its transactions, so nothing here needs a lock. Published
versions never change; the directory's revision says when the rest is out of date.
"""

from collections.abc import Iterable, Mapping

from app.database import Transaction
from app.escalation.network import Network
from app.escalation.party import ContactPoint, Party, PartyId
from app.store.network import (
    NetworkKey,
    PublishedProtocol,
    accountable_desks,
    directory_revision,
    load_parties,
    load_protocols,
    operator_ids,
)
from app.store.vault.destination import Destination
from app.writer.busy import passed_on

PARTIES_MAX = 50_000
PROTOCOLS_MAX = 10_000


class Knowledge:
    """Parties, protocols and networks, loaded set-wise when first needed."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.parties: dict[PartyId, Party] = {}
        # Where contact points lead, by id.
        self.destinations: dict[str, Destination] = {}
        self.operators: tuple[PartyId, ...] = ()
        self._protocols: dict[str, PublishedProtocol] = {}
        self._networks: dict[NetworkKey, Network] = {}
        # Only of networks that pass anybody on.
        self._passed_on: dict[NetworkKey, frozenset[PartyId]] = {}
        self._revision: int | None = None

    async def refresh(self, tx: Transaction) -> None:
        """Forget the directory when it has changed since, or when too much is known."""
        revision = await directory_revision(tx)
        if revision != self._revision or len(self.parties) > PARTIES_MAX:
            # New mappings: networks handed out earlier keep the ones they were made with.
            self.parties, self.destinations, self._networks = {}, {}, {}
            self._passed_on = {}
            self.operators = await operator_ids(tx)
            self._revision = revision
        if len(self._protocols) > PROTOCOLS_MAX:
            self._protocols.clear()
            self._networks.clear()

    async def learn_parties(self, tx: Transaction, ids: Iterable[str | None]) -> None:
        """Make sure that parties are known; unknown ids stay unknown."""
        missing = {one for one in ids if one and one not in self.parties}
        if missing:
            parties, destinations = await load_parties(tx, missing)
            self.parties.update(parties)
            self.destinations.update(destinations)

    async def learn_networks(self, tx: Transaction, keys: Iterable[NetworkKey]) -> None:
        """Make sure that networks are known, with everybody they name."""
        missing = {key for key in keys if key not in self._networks}
        if not missing:
            return
        await self._learn_protocols(tx, {key.version_id for key in missing if key.version_id})
        # A client who was erased has no protocol any more; their incidents are closed.
        bare = [key.municipality_id for key in missing if key.version_id not in self._protocols]
        desks = await accountable_desks(tx, bare) if bare else {}
        named: set[str] = {*desks.values(), *bare}
        for key in missing:
            if version := self._protocols.get(key.version_id or ""):
                named |= version.protocol.party_ids()
        await self.learn_parties(tx, named)
        networks = {key: self._network(key, desks) for key in missing}
        self._networks.update(networks)
        self._passed_on.update(
            {key: persons for key, network in networks.items() if (persons := passed_on(network))}
        )

    def network(self, key: NetworkKey) -> Network:
        """A network that was learnt before."""
        return self._networks[key]

    def passed_on(self, keys: Iterable[NetworkKey]) -> frozenset[PartyId]:
        """Whom steps of networks that were learnt before pass on while they are busy."""
        if not self._passed_on:
            return frozenset()
        return frozenset().union(*(self._passed_on.get(key, ()) for key in keys))

    def contact_points(self, party_id: PartyId) -> tuple[ContactPoint, ...]:
        """By which ways a party that was learnt before can be told; none once it has left."""
        party = self.parties.get(party_id)
        return party.contact_points if party and not party.is_retired else ()

    def published(self, version_id: str) -> PublishedProtocol:
        """A published version that was learnt before."""
        return self._protocols[version_id]

    async def _learn_protocols(self, tx: Transaction, ids: Iterable[str]) -> None:
        missing = [one for one in ids if one not in self._protocols]
        if missing:
            self._protocols.update(await load_protocols(tx, missing))

    def _network(self, key: NetworkKey, desks: Mapping[str, PartyId]) -> Network:
        version = self._protocols.get(key.version_id or "")
        if version is None:
            accountable = desks.get(key.municipality_id, key.municipality_id)
            return Network(accountable=accountable, parties=self.parties)
        return Network.of_protocol(
            version.protocol,
            self.parties,
            version.published_on,
            version_id=version.id,
            version=version.number,
        )
