import pytest
from hypothesis import given, settings

from app.ledger.binding import Party, bind, party_of
from app.ledger.disclosure import Disclosure, open_all
from app.ledger.entry import EntryType
from tests.ledger.chain import Chain, party
from tests.ledger.stories import stories

SALT = bytes(16)
VALUE = {"pseudonym": "h1", "id": "p1", "kind": "desk", "name": "夜間当番"}


def faults_of(chain: Chain) -> list[tuple[int, str]]:
    opened, _ = open_all(chain.entries, chain.disclosures)
    return list(bind(chain.entries, opened).faults)


def forget(chain: Chain, *seqs: int) -> Chain:
    for seq in seqs:
        del chain.disclosures[seq]
    return chain


@pytest.mark.parametrize("kind", ["organisation", "desk", "person"])
def test_party_is_read_from_its_disclosure(kind: str) -> None:
    read = party_of(Disclosure(SALT, "party", VALUE | {"kind": kind, "phone": "x"}))
    assert read == Party(pseudonym="h1", id="p1", kind=kind)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("client", VALUE),  # another disclosure
        ("party", None),
        ("party", "h1"),
        ("party", [VALUE]),
        ("party", {"id": "p1", "kind": "desk"}),  # without a pseudonym
        ("party", {"pseudonym": "h1", "kind": "desk"}),  # without an id
        ("party", {"pseudonym": "h1", "id": "p1"}),  # without a kind
        ("party", VALUE | {"pseudonym": 1}),
        ("party", VALUE | {"id": None}),
        ("party", VALUE | {"kind": "robot"}),
        ("party", VALUE | {"kind": ["desk"]}),
    ],
)
def test_what_is_no_party_is_none(name: str, value: object) -> None:
    assert party_of(Disclosure(SALT, name, value)) is None


@pytest.mark.parametrize(
    "chain",
    [
        # bound by the opening: holder and reporter
        Chain().opened(party("h1", "desk"), party("h2", "organisation"), actor="h2"),
        # the same, erased: two digests for two pseudonyms
        forget(Chain().opened(party("h1", "desk"), party("h2", "organisation"), actor="h2"), 0),
        # one erased digest beside one that still opens
        Chain().opened(party("h1", "desk"), ("client", {"id": "c1"})),
        # bound by an entry of its own, before its first use
        Chain().opened().bound("h2", "person").accepted("h2"),
        # the same, erased
        forget(Chain().opened().bound("h2", "person").accepted("h2"), 0, 1),
        # an entry may bind for itself
        Chain().opened().add(EntryType.PAGED, party("h2", "person"), actor="h2"),
        # noted after the closing, where no `bound` may stand
        Chain().opened().closed().add(EntryType.NOTED, party("h2", "person"), actor="h2"),
        forget(
            Chain().opened().closed().add(EntryType.NOTED, party("h2", "person"), actor="h2"), 2
        ),
        # the system needs no binding
        Chain().opened().add(EntryType.STALLED, actor="system"),
    ],
)
def test_pseudonyms_bound_no_later_than_used_are_in_order(chain: Chain) -> None:
    assert faults_of(chain) == []


@pytest.mark.parametrize(
    ("chain", "faults"),
    [
        # never bound
        (Chain().opened().accepted("h2"), [(1, "h2 is not bound")]),
        (Chain().opened().add(EntryType.PAGED, actor="h2"), [(1, "h2 is not bound")]),
        # bound after its use
        (
            Chain().opened().add(EntryType.PAGED, actor="h2").bound("h2", "person"),
            [(1, "h2 is not bound"), (2, "h2 is bound again")],
        ),
        # each is missed once
        (Chain().opened().accepted("h2").closed(actor="h2"), [(1, "h2 is not bound")]),
        # the opening binds somebody else, or only the client
        (Chain().opened(party("h2", "desk")), [(0, "h1 is not bound")]),
        (Chain().opened(("client", {"id": "c1"})), [(0, "h1 is not bound")]),
        # one erased digest cannot have bound two
        (forget(Chain().opened(actor="h2"), 0), [(0, "h2 is not bound")]),
        # `bound` without a digest binds nobody
        (Chain().opened().add(EntryType.BOUND, actor="h2"), [(1, "h2 is not bound")]),
        # `bound` that tells of another
        (
            Chain().opened().bound("h2", "person", actor="h3"),
            [(1, "h3 is not bound")],
        ),
        # an erased `bound` binds its actor, not a holder that nobody bound
        (
            forget(Chain().opened().bound("h2", "person", from_="h3", to="h3"), 1),
            [(1, "h3 is not bound")],
        ),
        # an erased digest of a page binds nobody
        (
            forget(Chain().opened().add(EntryType.PAGED, ("note", "x"), actor="h2"), 1),
            [(1, "h2 is not bound")],
        ),
        # an erasure commits to nothing of its own
        (
            Chain().opened().add(EntryType.ERASED, actor="h2", sd=Chain().opened().entries[0].sd),
            [(1, "h2 is not bound")],
        ),
        # bound twice, openly and behind an erased digest
        (
            Chain().opened().bound("h2", "person").bound("h2", "desk"),
            [(2, "h2 is bound again")],
        ),
        (
            forget(Chain().opened().bound("h2", "person").bound("h2", "desk"), 2),
            [(2, "h2 is bound again")],
        ),
        # nobody is the system
        (Chain().opened().bound("system", "desk"), [(1, "system is bound again")]),
        # a party that says too little
        (
            Chain().opened(party("h1", "desk"), ("party", {"pseudonym": "h2"})),
            [(0, "a party without pseudonym, id or kind")],
        ),
    ],
)
def test_pseudonym_without_its_party_is_a_fault(
    chain: Chain, faults: list[tuple[int, str]]
) -> None:
    assert faults_of(chain) == faults


def test_bindings_tell_the_party_where_it_still_opens() -> None:
    chain = forget(Chain().opened().bound("h2", "person").accepted("h2"), 1)
    opened, _ = open_all(chain.entries, chain.disclosures)
    assert bind(chain.entries, opened).parties == {
        "system": None,
        "h1": Party(pseudonym="h1", id="party-h1", kind="desk"),
        "h2": None,
    }


@settings(deadline=None)
@given(stories())
def test_incident_by_the_rules_binds_everybody_erased_or_not(chain: Chain) -> None:
    assert faults_of(chain) == []
    chain.disclosures.clear()
    assert faults_of(chain) == []
