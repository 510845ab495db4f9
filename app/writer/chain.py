"""From the entries of a decision to leaves, chained per incident, with their disclosures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.escalation.decision import SYSTEM, Decision, Entry
from app.escalation.party import Party, PartyId
from app.ledger.disclosure import digest, encode
from app.ledger.entry import Leaf, leaf_bytes, leaf_hash
from app.ledger.words import Basis, Cause, EntryType
from app.store.ledger import NewDisclosure, NewEntry

Describe = Callable[[str], dict[str, object]]
Salt = Callable[[], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where an incident's chain ends: the next number, the last hash, the pseudonyms so far."""

    seq: int
    head: bytes | None
    pseudonyms: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chained:
    """New leaves and disclosures, and where the chain ends now."""

    link: Link
    entries: tuple[NewEntry, ...]
    disclosures: tuple[NewDisclosure, ...]


def describe(party_id: str, parties: Mapping[PartyId, Party]) -> dict[str, object]:
    """What a party's pseudonym stands for, as the ledger discloses it."""
    party = parties.get(PartyId(party_id))
    if party is None:
        return {"id": party_id, "kind": "organisation", "name": None, "organisation": None}
    return {
        "id": party.id,
        "kind": party.kind.value,
        "name": party.name,
        "organisation": party.organisation_name,
        "organisation_id": party.organisation_id,
    }


def chain(decision: Decision, link: Link, describe_party: Describe, new_salt: Salt) -> Chained:
    """Append the entries of a decision to its incident's chain.

    A party gets a pseudonym, meaningless elsewhere, before an entry first names it: in a
    `bound` entry of its own, or within the entry itself where nobody holds before it: `opened`
    must be the first, and after `closed` nothing is bound (LEDGER.md 5, R6).
    """
    work = _Chaining(decision, link, describe_party, new_salt)
    for entry in decision.entries:
        work.append(entry)
    return work.done()


class _Chaining:
    def __init__(
        self, decision: Decision, link: Link, describe_party: Describe, new_salt: Salt
    ) -> None:
        self._incident = decision.incident
        self._at = decision.at
        self._seq, self._head = link.seq, link.head
        self._pseudonyms = dict(link.pseudonyms)
        self._describe = describe_party
        self._new_salt = new_salt
        self._entries: list[NewEntry] = []
        self._disclosures: list[NewDisclosure] = []

    def append(self, entry: Entry) -> None:
        named = (entry.from_id, entry.to_id, entry.actor_id)
        unbound = [
            party
            for party in dict.fromkeys(named)
            if party and party != SYSTEM and party not in self._pseudonyms
        ]
        facts: list[tuple[str, object]] = list(entry.facts.items())
        for party in unbound:
            bound = ("party", self._bind(party))
            if entry.from_id is None:
                facts.append(bound)
            else:
                self._append_bound(entry, party, bound)
        self._append_leaf(EntryType(entry.type.value), entry, facts)

    def done(self) -> Chained:
        link = Link(seq=self._seq, head=self._head, pseudonyms=self._pseudonyms)
        entries, disclosures = tuple(self._entries), tuple(self._disclosures)
        return Chained(link=link, entries=entries, disclosures=disclosures)

    def _bind(self, party: str) -> dict[str, object]:
        pseudonym = f"h{len(self._pseudonyms) + 1}"
        self._pseudonyms[party] = pseudonym
        return {"pseudonym": pseudonym, **self._describe(party)}

    def _append_bound(self, entry: Entry, party: str, bound: tuple[str, object]) -> None:
        # The holder before the entry holds while the name is bound.
        before = entry.from_id
        holder = Entry(type=entry.type, from_id=before, to_id=before, actor_id=party)
        self._append_leaf(EntryType.BOUND, holder, [bound])

    def _append_leaf(self, type_: EntryType, entry: Entry, facts: list[tuple[str, object]]) -> None:
        data = leaf_bytes(self._leaf(type_, entry, self._disclose(facts)))
        self._head = leaf_hash(data)
        self._entries.append(
            NewEntry(
                log_id=self._incident.municipality_id,
                incident_id=self._incident.id,
                seq=self._seq,
                leaf=data,
                leaf_hash=self._head,
                type=type_.value,
                cause=entry.cause,
                basis=entry.basis,
                from_id=entry.from_id,
                to_id=entry.to_id,
                actor_id=entry.actor_id,
                step=entry.step,
                at=self._at,
            )
        )
        self._seq += 1

    def _leaf(self, type_: EntryType, entry: Entry, sd: tuple[str, ...]) -> Leaf:
        return Leaf(
            incident=self._incident.id,
            seq=self._seq,
            prev=self._head,
            at=self._at,
            type=type_,
            cause=Cause(entry.cause.value) if entry.cause else None,
            basis=Basis(entry.basis.value) if entry.basis else None,
            from_=self._name(entry.from_id),
            to=self._name(entry.to_id),
            actor=self._name(entry.actor_id) or SYSTEM,
            step=entry.step,
            round=entry.round,
            due=entry.due,
            sd=sd,
            drill=self._incident.drill,
        )

    def _name(self, party: str | None) -> str | None:
        return party if party is None or party == SYSTEM else self._pseudonyms[party]

    def _disclose(self, facts: list[tuple[str, object]]) -> tuple[str, ...]:
        digests = []
        for name, value in facts:
            text = encode(self._new_salt(), name, value)
            digests.append(digest(text))
            self._disclosures.append(
                NewDisclosure(
                    incident_id=self._incident.id,
                    seq=self._seq,
                    digest=digests[-1],
                    name=name,
                    disclosure=text,
                )
            )
        return tuple(sorted(digests))
