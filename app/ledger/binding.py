"""Which party a pseudonym of an incident stands for.

The opening entry binds the parties that it names by "party" disclosures among its own digests;
each later party gets a `bound` entry before it is named. A party that is first named after the
closing, where no `bound` entry may stand, is bound by the entry's own digests. So once the
disclosures are erased it still shows that somebody definite was meant, only no longer who.

Source: LEDGER.md 5 and 9.4, R6.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.ledger.disclosure import Disclosure
from app.ledger.entry import Leaf
from app.ledger.words import SYSTEM, EntryType

# The name of the disclosure; its value has at least these members, all texts.
PARTY = "party"
ORGANISATION = "organisation"
DESK = "desk"
PERSON = "person"
KINDS = frozenset({ORGANISATION, DESK, PERSON})


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who a pseudonym stands for; `kind` is organisation, desk or person."""

    pseudonym: str
    id: str
    kind: str
    # Whose desk or person it is, where that was disclosed.
    organisation_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bindings:
    """The pseudonyms of a chain: bound to a party, or to None where that no longer opens."""

    parties: Mapping[str, Party | None]
    # By place in the chain, what is wrong with the bindings.
    faults: Sequence[tuple[int, str]]


def bind(chain: Sequence[Leaf], opened: Sequence[Sequence[Disclosure]]) -> Bindings:
    """Every pseudonym of the chain with its party, each bound no later than it is used.

    Args:
        chain: the leaves of one incident, in order.
        opened: for each leaf the disclosures whose digests it holds.
    """
    binder = _Binder()
    faults = [
        (seq, detail)
        for seq, (leaf, disclosures) in enumerate(zip(chain, opened, strict=True))
        for detail in binder.add(leaf, disclosures)
    ]
    return Bindings(parties=binder.parties, faults=faults)


def party_of(disclosure: Disclosure) -> Party | None:
    """The party that a "party" disclosure tells of; None when it is not one."""
    value = disclosure.value
    if disclosure.name != PARTY or not isinstance(value, dict):
        return None
    pseudonym, id_, kind = value.get("pseudonym"), value.get("id"), value.get("kind")
    if not (isinstance(pseudonym, str) and isinstance(id_, str) and isinstance(kind, str)):
        return None
    if kind not in KINDS:
        return None
    organisation_id = value.get("organisation_id")
    return Party(
        pseudonym=pseudonym,
        id=id_,
        kind=kind,
        organisation_id=organisation_id if isinstance(organisation_id, str) else None,
    )


@dataclass(slots=True)
class _Binder:
    """The bindings so far. The system needs none."""

    parties: dict[str, Party | None] = field(default_factory=lambda: {SYSTEM: None})

    def add(self, leaf: Leaf, disclosures: Sequence[Disclosure]) -> Iterator[str]:
        """What is wrong with the bindings that one more entry makes and needs."""
        told = [disclosure for disclosure in disclosures if disclosure.name == PARTY]
        if leaf.type is EntryType.BOUND and not told and leaf.actor in self.parties:
            yield f"{leaf.actor} is bound again"
        for disclosure in told:
            yield from self._bind(party_of(disclosure))
        # A digest that no longer opens may have told of a party that this entry introduces.
        unopened = len(leaf.sd) - len(disclosures)
        introduced = _introduced(leaf)
        for pseudonym in dict.fromkeys((leaf.from_, leaf.to, leaf.actor)):
            if pseudonym is None or pseudonym in self.parties:
                continue
            self.parties[pseudonym] = None
            if pseudonym in introduced and unopened > 0:
                unopened -= 1
            else:
                yield f"{pseudonym} is not bound"

    def _bind(self, party: Party | None) -> Iterator[str]:
        if party is None:
            yield "a party without pseudonym, id or kind"
        elif party.pseudonym in self.parties:
            yield f"{party.pseudonym} is bound again"
        else:
            self.parties[party.pseudonym] = party


def _introduced(leaf: Leaf) -> tuple[str | None, ...]:
    """The pseudonyms that an entry of this type may name for the first time."""
    match leaf.type:
        case EntryType.OPENED:
            return (leaf.to, leaf.actor)
        case (
            EntryType.BOUND
            | EntryType.NOTED
            | EntryType.CORRECTED
            | EntryType.DISCLOSED
            | EntryType.EXPORTED
        ):
            return (leaf.actor,)
        case _:
            return ()
