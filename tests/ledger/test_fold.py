from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from app.ledger.entry import Basis, Cause, EntryType, leaf_hash
from app.ledger.fold import Folded, Status, fold
from app.ledger.interval import holder_changes, intervals
from tests.ledger.chain import START, Chain, after
from tests.ledger.stories import stories


def opened() -> Chain:
    """Places and seconds: 0 opened by h1, 1 step 1 started, 2 the nurse h2 bound."""
    return Chain().opened().started(1).bound("h2", "person")


def accepted() -> Chain:
    return opened().accepted("h2")


def en_route() -> Chain:
    return accepted().add(EntryType.EN_ROUTE, actor="h2")


def arrived() -> Chain:
    return accepted().add(EntryType.ARRIVED, actor="h2")


def exhausted() -> Chain:
    return (
        opened()
        .bound("h3", "desk")
        .escalated("h3", cause=Cause.EXHAUSTED)
        .started(1, Cause.EXHAUSTED)
    )


def handed_over(chain: Chain) -> Chain:
    return chain.bound("h4", "person").accepted("h4", cause=Cause.HANDED_OVER)


def lapsed(chain: Chain) -> Chain:
    return chain.escalated("h1", cause=Cause.LAPSED).started(1, Cause.LAPSED)


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        # opened: the desk holds, no step yet
        (
            Chain().opened(),
            {
                "status": Status.TRIGGERED,
                "exhausted": False,
                "holder": "h1",
                "holder_since": START,
                "basis": Basis.AGREEMENT,
                "step": None,
                "round": None,
                "opened_at": START,
                "acknowledged_at": None,
                "arrived_at": None,
                "closed_at": None,
                "signal_count": 1,
                "seq": 1,
                "at": START,
            },
        ),
        # opened without anybody to ask: exhausted from the start
        (Chain().opened(cause=Cause.EXHAUSTED), {"exhausted": True, "step": None}),
        (Chain().opened().started(1, Cause.EXHAUSTED, step=None, round=None), {"exhausted": True}),
        # a step, and the second round of it
        (opened(), {"step": 1, "round": 1, "holder": "h1", "seq": 3, "at": after(2000)}),
        (opened().started(1, round=2), {"step": 1, "round": 2}),
        # evidence changes nothing but seq and at
        (
            opened().add(EntryType.PAGED, actor="h2").add(EntryType.DELIVERED, actor="h2"),
            {"status": Status.TRIGGERED, "holder": "h1", "seq": 5, "at": after(4000)},
        ),
        # a step entry of another type does not start a step
        (opened().add(EntryType.SKIPPED, step=2, cause=Cause.RETIRED), {"step": 1}),
        # escalated to another desk
        (
            opened().bound("h3", "desk").escalated("h3").started(2, Cause.ESCALATED),
            {"status": Status.TRIGGERED, "holder": "h3", "holder_since": after(4000), "step": 2},
        ),
        # accepted
        (
            accepted(),
            {
                "status": Status.ACKNOWLEDGED,
                "holder": "h2",
                "holder_since": after(3000),
                "basis": Basis.ACCEPTANCE,
                "acknowledged_at": after(3000),
                "step": 1,
            },
        ),
        # on the way, there; holder and acceptance stay
        (en_route(), {"status": Status.EN_ROUTE, "holder": "h2", "holder_since": after(3000)}),
        (arrived(), {"status": Status.ARRIVED, "arrived_at": after(4000)}),
        (
            arrived().add(EntryType.ARRIVED, actor="h2"),
            {"arrived_at": after(4000), "at": after(5000)},
        ),
        # handed over: acknowledged again, but who is there stays there
        (handed_over(accepted()), {"status": Status.ACKNOWLEDGED, "holder": "h4"}),
        (handed_over(en_route()), {"status": Status.ACKNOWLEDGED, "holder": "h4"}),
        (
            handed_over(arrived()),
            {"status": Status.ARRIVED, "holder": "h4", "arrived_at": after(4000)},
        ),
        (handed_over(arrived()), {"acknowledged_at": after(3000), "holder_since": after(6000)}),
        # arrived, lapsed, accepted anew: not arrived any more, by an acknowledgement
        (
            lapsed(arrived()).accepted("h2"),
            {"status": Status.ACKNOWLEDGED, "arrived_at": after(4000)},
        ),
        # lapsed: the desk of the step again; the first acceptance stays on record
        (
            lapsed(accepted()),
            {
                "status": Status.TRIGGERED,
                "holder": "h1",
                "holder_since": after(4000),
                "basis": Basis.AGREEMENT,
                "acknowledged_at": after(3000),
                "exhausted": False,
            },
        ),
        # released
        (
            accepted().escalated("h1", cause=Cause.DECLINED),
            {"status": Status.TRIGGERED, "holder": "h1"},
        ),
        # exhausted: by the transfer, by the step, both
        (opened().bound("h3", "desk").escalated("h3", cause=Cause.EXHAUSTED), {"exhausted": True}),
        (opened().started(1, Cause.EXHAUSTED), {"exhausted": True, "status": Status.TRIGGERED}),
        (exhausted(), {"exhausted": True, "holder": "h3", "step": 1, "round": 1}),
        # an acceptance clears it, a lapse back to it sets it again
        (exhausted().accepted("h2"), {"exhausted": False, "status": Status.ACKNOWLEDGED}),
        (
            exhausted()
            .accepted("h2")
            .escalated("h3", cause=Cause.LAPSED)
            .started(1, Cause.EXHAUSTED),
            {"exhausted": True, "status": Status.TRIGGERED},
        ),
        # a variant that was chosen anew begins with a step of its own
        (exhausted().started(1, Cause.RECLASSIFIED), {"exhausted": False}),
        # signalled again
        (
            opened().add(EntryType.SIGNALLED).add(EntryType.SIGNALLED),
            {"signal_count": 3, "status": Status.TRIGGERED},
        ),
        # closed, and noted on
        (
            arrived().closed(),
            {
                "status": Status.RESOLVED,
                "closed_at": after(5000),
                "holder": None,
                "holder_since": None,
                "basis": None,
                "step": 1,
                "round": 1,
                "acknowledged_at": after(3000),
            },
        ),
        (exhausted().closed(), {"status": Status.RESOLVED, "exhausted": False}),
        (opened().closed(Cause.CANCELLED), {"status": Status.CANCELLED, "acknowledged_at": None}),
        (
            opened().closed().add_note("x"),
            {"status": Status.RESOLVED, "closed_at": after(3000), "at": after(4000), "seq": 5},
        ),
    ],
)
def test_entries_become_the_state(chain: Chain, expected: dict[str, Any]) -> None:
    folded = fold(chain.entries)
    assert {name: getattr(folded, name) for name in expected} == expected


def test_holder_holds_since_the_first_of_consecutive_entries() -> None:
    folded = fold(accepted().accepted("h2").entries)
    assert folded.holder_since == after(3000)


def test_head_is_the_hash_of_the_last_leaf() -> None:
    chain = accepted()
    assert fold(chain.entries).head == leaf_hash(chain.leaves[-1])


def test_nothing_and_what_was_not_opened_is_refused() -> None:
    with pytest.raises(ValueError, match="opened"):
        fold([])
    with pytest.raises(ValueError, match="opened"):
        fold(opened().entries[1:])


@settings(deadline=None)
@given(stories())
def test_state_agrees_with_the_intervals(chain: Chain) -> None:
    folded, last = fold(chain.entries), intervals(holder_changes(chain.entries))[-1]
    assert folded.closed_at == last.until_at
    if folded.closed_at is None:
        assert (folded.holder, folded.holder_since) == (last.holder, last.from_at)
        assert folded.basis is last.basis
    assert (folded.holder is None) is (folded.closed_at is not None)


@settings(deadline=None)
@given(stories())
def test_state_grows_with_the_chain(chain: Chain) -> None:
    states = [fold(chain.entries[: length + 1]) for length in range(len(chain.entries))]
    assert [state.seq for state in states] == list(range(1, len(states) + 1))
    assert [state.head for state in states] == [leaf_hash(leaf) for leaf in chain.leaves]
    assert [state.holder for state in states] == [entry.to for entry in chain.entries]
    assert {state.opened_at for state in states} == {chain.entries[0].at}
    for name in ("acknowledged_at", "arrived_at", "closed_at"):
        # First times: once known, never another.
        assert len({getattr(state, name) for state in states} - {None}) <= 1


@settings(deadline=None)
@given(stories())
def test_evidence_between_leaves_the_state_as_it_was(chain: Chain) -> None:
    before = fold(chain.entries)
    after_it = fold(chain.add(EntryType.VIEWED).entries)
    assert place_apart(after_it) == place_apart(before)


def place_apart(state: Folded) -> Folded:
    return replace(state, seq=0, head=b"", at=START)
