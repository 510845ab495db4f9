from datetime import datetime
from itertools import accumulate, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ledger.entry import Basis, Cause, EntryType
from app.ledger.interval import (
    HolderChange,
    Interval,
    holder_at,
    holder_changes,
    intervals,
    is_partition,
)
from tests.ledger.chain import MILLISECOND, Chain, after
from tests.ledger.stories import stories

CAUSES = tuple(Cause)


def changes_of(*moments: tuple[int, str | None]) -> list[HolderChange[str]]:
    """The changes at these milliseconds; the first opens, one to nobody closes."""
    return [
        HolderChange(
            at=after(milliseconds),
            type=EntryType.OPENED if place == 0 else type_of(holder),
            cause=CAUSES[place % len(CAUSES)],
            basis=Basis.AGREEMENT if holder else None,
            holder=holder,
            step=place,
        )
        for place, (milliseconds, holder) in enumerate(moments)
    ]


def type_of(holder: str | None) -> EntryType:
    return EntryType.CLOSED if holder is None else EntryType.TRANSFERRED


def offset(at: datetime | None) -> int | None:
    return None if at is None else (at - after(0)) // MILLISECOND


@pytest.mark.parametrize(
    ("moments", "expected"),
    [
        # nothing was opened
        ([], []),
        # opened and still open
        ([(0, "A")], [("A", 0, None)]),
        # opened and closed
        ([(0, "A"), (5, None)], [("A", 0, 5)]),
        # passed on twice
        ([(0, "A"), (5, "B"), (9, "C"), (12, None)], [("A", 0, 5), ("B", 5, 9), ("C", 9, 12)]),
        # back to who held before
        ([(0, "A"), (5, "B"), (9, "A")], [("A", 0, 5), ("B", 5, 9), ("A", 9, None)]),
        # one holder under two changes is one interval
        ([(0, "A"), (5, "A"), (9, "B")], [("A", 0, 9), ("B", 9, None)]),
        ([(0, "A"), (5, "A"), (9, "A"), (9, None)], [("A", 0, 9)]),
        # passed on at the instant of opening: the first held nothing
        ([(0, "A"), (0, "B"), (9, None)], [("B", 0, 9)]),
        ([(0, "A"), (0, "B"), (0, "C")], [("C", 0, None)]),
        # twice at one instant: only the second held
        ([(0, "A"), (5, "B"), (5, "C")], [("A", 0, 5), ("C", 5, None)]),
        # away and back at one instant: begun anew
        ([(0, "A"), (5, "B"), (5, "A")], [("A", 0, 5), ("A", 5, None)]),
        # opened and closed at one instant: still says who
        ([(0, "A"), (0, None)], [("A", 0, 0)]),
        ([(0, "A"), (0, "B"), (0, None)], [("B", 0, 0)]),
        # taken and closed at one instant: still says who took it
        ([(0, "A"), (5, "B"), (5, None)], [("A", 0, 5), ("B", 5, 5)]),
    ],
)
def test_changes_of_the_holder_become_intervals(
    moments: list[tuple[int, str | None]], expected: list[tuple[str, int, int | None]]
) -> None:
    derived = intervals(changes_of(*moments))
    assert [(one.holder, offset(one.from_at), offset(one.until_at)) for one in derived] == expected


def test_interval_tells_of_the_first_change_of_its_holder() -> None:
    derived = intervals(changes_of((0, "A"), (5, "B"), (7, "B"), (9, "C")))
    assert [(one.cause, one.basis, one.step) for one in derived] == [
        (CAUSES[0], Basis.AGREEMENT, 0),
        (CAUSES[1], Basis.AGREEMENT, 1),
        (CAUSES[3], Basis.AGREEMENT, 3),
    ]


@pytest.mark.parametrize(
    ("moments", "reason"),
    [
        ([(5, "A"), (4, "B")], "earlier"),
        ([(0, "A"), (5, "B"), (4, None)], "earlier"),
        ([(0, "A"), (5, None), (6, "B")], "nobody holds"),
        ([(0, "A"), (5, None), (6, None)], "nobody holds"),
    ],
)
def test_changes_that_cannot_be_are_refused(
    moments: list[tuple[int, str | None]], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        intervals(changes_of(*moments))


@pytest.mark.parametrize(
    ("milliseconds", "expected"),
    [
        (-1, None),  # not opened yet
        (0, "A"),  # the instant of opening belongs to the first
        (4, "A"),
        (5, "C"),  # B held for no time
        (8, "C"),
        (9, None),  # the instant of closing belongs to nobody
        (100, None),
    ],
)
def test_holder_at_an_instant(milliseconds: int, expected: str | None) -> None:
    derived = intervals(changes_of((0, "A"), (5, "B"), (5, "C"), (9, None)))
    assert holder_at(derived, after(milliseconds)) == expected


def test_holder_of_an_open_incident_holds_on() -> None:
    derived = intervals(changes_of((0, "A"), (5, "B")))
    assert holder_at(derived, after(10**12)) == "B"


def test_nobody_holds_without_intervals_or_in_an_empty_one() -> None:
    assert holder_at((), after(0)) is None
    assert holder_at(intervals(changes_of((0, "A"), (0, None))), after(0)) is None


def test_holders_may_be_any_value() -> None:
    change = HolderChange(
        at=after(0), type=EntryType.OPENED, cause=None, basis=None, holder=("D1", 7), step=None
    )
    assert holder_at(intervals([change]), after(0)) == ("D1", 7)


@st.composite
def runs_of_changes(draw: st.DrawFn) -> list[HolderChange[str]]:
    holders = draw(st.lists(st.sampled_from("ABC"), min_size=1, max_size=12))
    pauses = draw(st.lists(st.sampled_from([0, 0, 1, 2, 1000]), min_size=12, max_size=12))
    times = list(accumulate(pauses, initial=0))
    moments: list[tuple[int, str | None]] = list(zip(times, holders, strict=False))
    if draw(st.booleans()):
        moments.append((times[len(holders)], None))
    return changes_of(*moments)


@settings(deadline=None, max_examples=300)
@given(runs_of_changes())
def test_intervals_partition_the_time_from_opening_to_closing(
    changes: list[HolderChange[str]],
) -> None:
    derived = intervals(changes)
    closed_at = changes[-1].at if changes[-1].holder is None else None
    assert derived[0].from_at == changes[0].at
    assert derived[-1].until_at == closed_at
    for before, following in pairwise(derived):
        assert before.until_at == following.from_at
        assert before.from_at < following.from_at  # only the last may be empty
    assert is_partition(derived, opened_at=changes[0].at, closed_at=closed_at)


@settings(deadline=None, max_examples=300)
@given(runs_of_changes())
def test_holder_at_is_that_of_the_last_change_around_every_boundary(
    changes: list[HolderChange[str]],
) -> None:
    derived = intervals(changes)
    for change in changes:
        for instant in (change.at - MILLISECOND, change.at, change.at + MILLISECOND):
            last = [one.holder for one in changes if one.at <= instant]
            assert holder_at(derived, instant) == (last[-1] if last else None)


@settings(deadline=None)
@given(stories())
def test_changes_of_a_chain_are_its_openings_transfers_and_closings(chain: Chain) -> None:
    found = holder_changes(chain.entries)
    assert [(one.at, one.type, one.holder, one.cause, one.basis, one.step) for one in found] == [
        (entry.at, entry.type, entry.to, entry.cause, entry.basis, entry.step)
        for entry in chain.entries
        if entry.type in {EntryType.OPENED, EntryType.TRANSFERRED, EntryType.CLOSED}
    ]


# --- the check of the intervals, which shares nothing with deriving them ----------------------


def interval(holder: str, from_ms: int, until_ms: int | None) -> Interval[str]:
    return Interval(
        holder=holder,
        from_at=after(from_ms),
        until_at=None if until_ms is None else after(until_ms),
        cause=None,
        basis=None,
        step=None,
    )


@pytest.mark.parametrize(
    ("given_", "opened_ms", "closed_ms", "expected"),
    [
        ([interval("A", 0, None)], 0, None, True),
        ([interval("A", 0, 5), interval("B", 5, 9)], 0, 9, True),
        ([interval("A", 0, 0)], 0, 0, True),
        ([], 0, None, False),
        # a gap, an overlap
        ([interval("A", 0, 4), interval("B", 5, 9)], 0, 9, False),
        ([interval("A", 0, 6), interval("B", 5, 9)], 0, 9, False),
        # begins late, begins early
        ([interval("A", 1, 9)], 0, 9, False),
        ([interval("A", 0, 9)], 1, 9, False),
        # ends early, ends late, never ends, ends although it is open
        ([interval("A", 0, 8)], 0, 9, False),
        ([interval("A", 0, 9)], 0, 8, False),
        ([interval("A", 0, None)], 0, 9, False),
        ([interval("A", 0, 9)], 0, None, False),
        # open in the middle
        ([interval("A", 0, None), interval("B", 5, 9)], 0, 9, False),
        # ends before it began
        ([interval("A", 0, 7), interval("B", 7, 5), interval("C", 5, 9)], 0, 9, False),
    ],
)
def test_partition_is_recognised(
    *, given_: list[Interval[str]], opened_ms: int, closed_ms: int | None, expected: bool
) -> None:
    closed_at = None if closed_ms is None else after(closed_ms)
    assert is_partition(given_, opened_at=after(opened_ms), closed_at=closed_at) is expected
