from collections.abc import Callable
from dataclasses import replace
from typing import Unpack

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.ledger.entry import EntryType, Leaf
from app.ledger.verify import Rule, verify_chain
from tests.ledger.chain import MILLISECOND, START, Chain, Members, rechained
from tests.ledger.stories import stories


def rules_broken(leaves: list[bytes], disclosures: dict[int, list[str]]) -> set[Rule]:
    return {finding.rule for finding in verify_chain(leaves, disclosures)}


@settings(deadline=None)
@given(stories(), st.data())
def test_one_changed_byte_is_found(chain: Chain, data: st.DataObject) -> None:
    leaves = chain.leaves
    # The hash of the last leaf is held by the incident and by the tree, not by the chain.
    place = data.draw(st.integers(0, len(leaves) - 2))
    offset = data.draw(st.integers(0, len(leaves[place]) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda one: one != leaves[place][offset]))
    leaves[place] = leaves[place][:offset] + bytes([byte]) + leaves[place][offset + 1 :]
    assert rules_broken(leaves, chain.disclosures) & {Rule.FORM, Rule.R1}


@settings(deadline=None)
@given(stories(), st.data())
def test_entry_left_out_or_moved_is_found(chain: Chain, data: st.DataObject) -> None:
    leaves = chain.leaves
    moved = leaves.pop(data.draw(st.integers(0, len(leaves) - 2)))
    assert Rule.R1 in rules_broken(leaves, chain.disclosures)
    leaves.append(moved)
    assert Rule.R1 in rules_broken(leaves, chain.disclosures)


Forgery = Callable[[Chain, int], list[Leaf]]


def left_out(chain: Chain, place: int) -> list[Leaf]:
    """One entry less, and its neighbours' disclosures moved up."""
    chain.disclosures = {
        seq - (seq > place): told for seq, told in chain.disclosures.items() if seq != place
    }
    return chain.entries[:place] + chain.entries[place + 1 :]


def backdated(chain: Chain, place: int) -> list[Leaf]:
    return replaced(chain, place, at=START - MILLISECOND)


def given_to_the_desk(chain: Chain, place: int) -> list[Leaf]:
    return replaced(chain, place, to="h1", actor="h1")


def replaced(chain: Chain, place: int, **members: Unpack[Members]) -> list[Leaf]:
    entries = list(chain.entries)
    entries[place] = replace(entries[place], **members)
    return entries


@pytest.mark.parametrize("forge", [left_out, backdated, given_to_the_desk])
@settings(deadline=None)
@given(chain=stories(), data=st.data())
def test_forged_transfer_is_found_though_every_hash_was_computed_again(
    forge: Forgery, chain: Chain, data: st.DataObject
) -> None:
    # Something after the transfer says who holds.
    chain.add(EntryType.NOTED)
    places = [seq for seq, entry in enumerate(chain.entries) if entry.type is EntryType.TRANSFERRED]
    assume(places)
    place = data.draw(st.sampled_from(places))
    entries = forge(chain, place)
    assert rules_broken(rechained(entries), chain.disclosures) & {Rule.R2, Rule.R3}


def test_tail_that_was_cut_off_is_left_to_the_tree() -> None:
    # The limit of what a chain shows alone (LEDGER.md 9.4, completeness).
    chain = Chain().opened().closed()
    assert verify_chain(chain.leaves[:-1], chain.disclosures) == ()
