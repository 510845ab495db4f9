"""A log's own chain: dense and linked like any other, of its own types, and of nobody."""

from dataclasses import replace

import pytest

from app.ledger.disclosure import digest, encode
from app.ledger.entry import Leaf, leaf_bytes, leaf_hash, parse_leaf
from app.ledger.verify import Rule, examine_chain, is_own_chain, verify_chain
from app.ledger.words import SYSTEM, Basis, EntryType
from tests.ledger.golden import GOLDEN_LEAF

TOLD = encode(bytes(16), "key", "ledger.example/a+00000000+AA==")
OWN = replace(
    GOLDEN_LEAF,
    seq=0,
    prev=None,
    type=EntryType.EXPORTED,
    cause=None,
    basis=None,
    from_=None,
    to=None,
    actor=SYSTEM,
    step=None,
    round=None,
    due=None,
    sd=(digest(TOLD),),
)


def chained(*leaves: Leaf) -> list[bytes]:
    """The leaves as one chain, numbered and linked."""
    chain: list[bytes] = []
    for seq, leaf in enumerate(leaves):
        prev = leaf_hash(chain[-1]) if chain else None
        sd = leaf.sd if seq == 0 else ()
        chain.append(leaf_bytes(replace(leaf, seq=seq, prev=prev, sd=sd)))
    return chain


def rules(*leaves: Leaf) -> set[Rule]:
    return {one.rule for one in verify_chain(chained(*leaves), {0: [TOLD]})}


@pytest.mark.parametrize("first", [EntryType.EXPORTED, EntryType.KEY_ROTATED, EntryType.SUCCEEDED])
def test_chain_of_a_log_keeps_every_rule_without_being_opened(first: EntryType) -> None:
    chain = chained(replace(OWN, type=first), OWN, replace(OWN, type=EntryType.KEY_ROTATED))
    examined = examine_chain(chain, {0: [TOLD]})
    assert (examined.findings, examined.is_own) == ((), True)
    assert is_own_chain([parse_leaf(one) for one in chain])
    assert not is_own_chain([])


# What stands in a chain, and which rule says that it may not.
WRONG = [
    ("an incident's entry in a log's chain", [OWN, replace(OWN, type=EntryType.NOTED)], Rule.R1),
    ("an opening in it", [OWN, replace(OWN, type=EntryType.OPENED)], Rule.R1),
    ("a succession that is not first", [OWN, replace(OWN, type=EntryType.SUCCEEDED)], Rule.R1),
    ("somebody holds it", [OWN, replace(OWN, from_="h1", to="h1")], Rule.R3),
    ("an entry with a basis", [OWN, replace(OWN, basis=Basis.AGREEMENT)], Rule.R5),
    ("another chain's entry", [OWN, replace(OWN, incident=f"1{OWN.incident[1:]}")], Rule.R1),
]


@pytest.mark.parametrize(
    ("leaves", "rule"), [(leaves, rule) for _, leaves, rule in WRONG], ids=[n for n, *_ in WRONG]
)
def test_what_may_not_stand_there_is_found(leaves: list[Leaf], rule: Rule) -> None:
    assert rule in rules(*leaves)


@pytest.mark.parametrize("type_", [EntryType.KEY_ROTATED, EntryType.SUCCEEDED])
def test_incident_holds_nothing_of_a_log_but_its_own_exports(type_: EntryType) -> None:
    opened = replace(GOLDEN_LEAF, seq=0, prev=None, type=EntryType.OPENED, sd=OWN.sd)
    other = replace(GOLDEN_LEAF, type=type_, from_=opened.to, to=opened.to)
    exported = replace(other, type=EntryType.EXPORTED)
    details = [one.detail for one in verify_chain(chained(opened, exported, other), {0: [TOLD]})]
    assert f"{type_} in this place" in details
    assert "exported in this place" not in details
