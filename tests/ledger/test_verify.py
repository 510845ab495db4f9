import pytest
from hypothesis import given, settings

from app.ledger.disclosure import digest
from app.ledger.entry import Basis, Cause, EntryType
from app.ledger.verify import Finding, Rule, verify_chain
from tests.ledger.chain import START, Chain, after, party
from tests.ledger.stories import stories

OTHER = "0193570e-0000-7000-8000-000000000000"


def found(chain: Chain) -> list[tuple[str, int]]:
    return [(one.rule.value, one.seq) for one in verify_chain(chain.leaves, chain.disclosures)]


def opened() -> Chain:
    """Places: 0 opened by the desk h1, 1 step 1, 2 the nurse h2 bound, 3 h2 paged."""
    return (
        Chain().opened().started(1).bound("h2", "person").add(EntryType.PAGED, actor="h2", step=1)
    )


def resolved() -> Chain:
    """Places: 4 h2 accepted, 5 arrived, 6 resolved."""
    return opened().accepted("h2").add(EntryType.ARRIVED, actor="h2").closed(actor="h2")


@pytest.mark.parametrize(
    "chain",
    [
        Chain().opened(),
        opened(),
        resolved(),
        # closed as it opened, and a false alarm
        Chain().opened().closed(at=START),
        opened().closed(Cause.CANCELLED),
        # every cause by which a desk comes to hold
        *(
            opened().bound("h3", "desk").escalated("h3", cause=cause)
            for cause in (
                Cause.ESCALATED,
                Cause.DECLINED,
                Cause.UNREACHABLE,
                Cause.NOBODY_ON_DUTY,
                Cause.LAPSED,
                Cause.RECLASSIFIED,
                Cause.EXHAUSTED,
            )
        ),
        # the municipality itself may hold
        Chain().opened(party("h1", "organisation")),
        # handed over
        opened().accepted("h2").bound("h3", "person").accepted("h3", cause=Cause.HANDED_OVER),
        # all at one instant
        opened().accepted("h2", at=after(3000)).closed(at=after(3000)),
        # everything that may follow a closing
        resolved()
        .add_note("x")
        .add(EntryType.CORRECTED, ("note", "y"))
        .add(EntryType.DISCLOSED, cause=Cause.CONSENT)
        .add(EntryType.EXPORTED, ("recipient", "z"))
        .erased(7),
        # everything erased: who held is forgotten, that somebody held is not
        resolved().erased(0, 2),
        # a drill
        Chain(drill=True).opened().started(1),
    ],
)
def test_chain_that_keeps_the_rules_has_no_findings(chain: Chain) -> None:
    assert verify_chain(chain.leaves, chain.disclosures) == ()


@settings(deadline=None)
@given(stories())
def test_incident_by_the_rules_has_no_findings(chain: Chain) -> None:
    assert verify_chain(chain.leaves, chain.disclosures) == ()


# --- each rule, broken alone -----------------------------------------------------------------

Breaking = tuple[Chain, list[tuple[str, int]]]

FORM_AND_R1: list[Breaking] = [
    # no entry at all
    (Chain(), [("R1", 0)]),
    # a seq left out, and one used twice
    (opened().add(EntryType.VIEWED, seq=5), [("R1", 4)]),
    (opened().add(EntryType.VIEWED, seq=3), [("R1", 4)]),
    # prev: another hash, none, and one where there is nothing before
    (opened().add(EntryType.VIEWED, prev=bytes(32)), [("R1", 4)]),
    (opened().add(EntryType.VIEWED, prev=None), [("R1", 4)]),
    (Chain().opened(prev=bytes(32)), [("R1", 0)]),
    # opened a second time
    (opened().opened(("note", "x"), to="h1"), [("R1", 4)]),
    # not opened at all
    (Chain().add(EntryType.STALLED), [("R1", 0)]),
    # an entry of another incident, an entry that is a drill
    (opened().add(EntryType.VIEWED, incident=OTHER), [("R1", 4)]),
    (opened().add(EntryType.VIEWED, drill=True), [("R1", 4)]),
    # closed twice
    (resolved().closed(), [("R1", 7)]),
    # what may not follow a closing: an act, a transfer, a binding
    (resolved().add(EntryType.ARRIVED, actor="h2"), [("R1", 7)]),
    (resolved().bound("h3", "person"), [("R1", 7)]),
    # a holder after the closing
    (resolved().add_note("x", from_="h2"), [("R1", 7)]),
    (resolved().add_note("x", to="h2"), [("R1", 7)]),
]
R2: list[Breaking] = [
    # a millisecond back
    (opened().add(EntryType.VIEWED, at=after(2999)), [("R2", 4)]),
    (resolved().add_note("x", at=START), [("R2", 7)]),
]
R3: list[Breaking] = [
    # opened by taking from somebody
    (Chain().opened(from_="h1"), [("R3", 0)]),
    # taken from another than who held
    (
        opened().bound("h3", "desk").accepted("h2", from_="h3"),
        [("R3", 5)],
    ),
    # taken from nobody
    (opened().accepted("h2", from_=None), [("R3", 4)]),
    # passed to who held already
    (opened().escalated("h1"), [("R3", 4)]),
    # closed by taking from another
    (opened().closed(from_="h2"), [("R3", 4)]),
    # an entry that is no transfer says another holder, before or after it
    (opened().add(EntryType.VIEWED, from_="h2"), [("R3", 4), ("R3", 4)]),
    (opened().add(EntryType.VIEWED, to="h2"), [("R3", 4)]),
    (opened().add(EntryType.VIEWED, from_="h2", to="h2"), [("R3", 4)]),
    (opened().add(EntryType.VIEWED, from_=None, to=None), [("R3", 4)]),
    # a change that nobody wrote as a transfer
    (opened().add(EntryType.JOINED, actor="h2", to="h2"), [("R3", 4)]),
]
R4: list[Breaking] = [
    # a gap from the start, and one in the middle
    (Chain().opened(to=None), [("R4", 0)]),
    (opened().escalated("h1", to=None), [("R4", 4)]),
    (
        opened().escalated("h1", to=None).add(EntryType.VIEWED).accepted("h2").closed(),
        [("R4", 4)],
    ),
    # somebody holds on after the closing
    (opened().closed(to="h1"), [("R4", 4)]),
    # an interval that ends before it began: time went back between two holders
    (opened().accepted("h2").closed(at=after(3999)), [("R2", 5), ("R4", 5)]),
]
R5: list[Breaking] = [
    # accepted, though the cause says that it passed on by itself
    (opened().accepted("h2", cause=Cause.ESCALATED), [("R5", 4)]),
    (opened().accepted("h2", cause=None), [("R5", 4)]),
    # accepted by another, by the system
    (opened().accepted("h2", actor="h1"), [("R5", 4)]),
    (opened().accepted("h2", actor="system"), [("R5", 4)]),
    # a person made to hold
    (opened().escalated("h2"), [("R5", 4)]),
    (Chain().opened(party("h1", "person")), [("R5", 0)]),
    # agreement, though the cause says that somebody accepted, closed, or nothing
    (opened().bound("h3", "desk").escalated("h3", cause=Cause.ACKNOWLEDGED), [("R5", 5)]),
    (opened().bound("h3", "desk").escalated("h3", cause=Cause.RESOLVED), [("R5", 5)]),
    (opened().bound("h3", "desk").escalated("h3", cause=Cause.RESTRICTED), [("R5", 5)]),
    (opened().bound("h3", "desk").escalated("h3", cause=None), [("R5", 5)]),
    (Chain().opened(cause=None), [("R5", 0)]),
    # no basis
    (opened().accepted("h2", basis=None), [("R5", 4)]),
    (Chain().opened(basis=None), [("R5", 0)]),
    # a basis where nothing is passed on
    (opened().add(EntryType.VIEWED, basis=Basis.AGREEMENT), [("R5", 4)]),
    (opened().closed(basis=Basis.ACCEPTANCE), [("R5", 4)]),
    (resolved().add_note("x", basis=Basis.AGREEMENT), [("R5", 7)]),
    # closed for another reason than the two
    (opened().closed(Cause.ESCALATED), [("R5", 4)]),
    (opened().closed(cause=None), [("R5", 4)]),
]
R6: list[Breaking] = [
    (opened().accepted("h3"), [("R6", 4)]),
    (opened().add(EntryType.PAGED, actor="h3"), [("R6", 4)]),
    (Chain().opened(("client", "x")), [("R6", 0)]),
    (opened().bound("h2", "desk"), [("R6", 4)]),
]


def with_missing() -> Chain:
    chain = resolved().add_note("x")
    del chain.disclosures[7]
    return chain


def with_replaced() -> Chain:
    chain, other = resolved().add_note("x"), resolved().add_note("x").add_note("y")
    chain.disclosures[7] = other.disclosures[8]
    return chain


def with_foreign() -> Chain:
    chain = resolved()
    chain.disclosures[99] = chain.disclosures[0]
    return chain


def with_erasure_of_nothing() -> Chain:
    return resolved().add(EntryType.ERASED, sd=(digest("x"),))


DISCLOSURE: list[Breaking] = [
    # deleted without a record
    (with_missing(), [("disclosure", 7)]),
    # replaced: one does not fit, one is missing
    (with_replaced(), [("disclosure", 7), ("disclosure", 7)]),
    (with_foreign(), [("disclosure", 99)]),
    (with_erasure_of_nothing(), [("disclosure", 7)]),
]


@pytest.mark.parametrize(("chain", "findings"), FORM_AND_R1 + R2 + R3 + R4 + R5 + R6 + DISCLOSURE)
def test_broken_rule_is_found_where_it_was_broken(
    chain: Chain, findings: list[tuple[str, int]]
) -> None:
    assert found(chain) == findings


# R7 has tables of its own: tests/ledger/judge.
@pytest.mark.parametrize("rule", sorted({*Rule} - {Rule.FORM, Rule.R7}))
def test_every_rule_is_broken_alone_by_some_chain(rule: Rule) -> None:
    breakings = FORM_AND_R1 + R2 + R3 + R4 + R5 + R6 + DISCLOSURE
    assert any({one for one, _ in findings} == {rule.value} for _, findings in breakings)


def test_malformed_leaf_is_found_by_its_place_and_member() -> None:
    chain = resolved()
    leaves = chain.leaves
    leaves[3] = leaves[3].replace(b'"paged"', b'"called"')
    leaves[5] += b" "
    assert verify_chain(leaves, chain.disclosures) == (
        Finding(
            rule=Rule.FORM,
            seq=3,
            detail="/type: of the wrong type, or outside what this member may hold",
        ),
        Finding(rule=Rule.FORM, seq=5, detail="not in canonical form (RFC 8785)"),
    )


def test_kind_that_was_erased_is_not_held_against_the_chain() -> None:
    # A person made to hold: found while the kind still opens, and beyond proof afterwards.
    chain = opened().escalated("h2")
    assert found(chain) == [("R5", 4)]
    assert found(chain.erased(2)) == []
