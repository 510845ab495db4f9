"""Who was responsible from when until when, derived from consecutive changes of the holder.

Nobody writes an interval: each begins where the one before ends, because both ends are the
same entry. So a gap or an overlap has no form in which it could be recorded.

Source: DESIGN.md H1 and 4.1.14; LEDGER.md 9.4, R4.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Generic, TypeVar

from app.ledger.entry import Leaf
from app.ledger.words import HOLDER_CHANGES, Basis, Cause, EntryType

# A pseudonym of one incident, or the id of a party, or the party itself.
Holder = TypeVar("Holder")


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderChange(Generic[Holder]):
    """An `opened`, `transferred` or `closed` entry; `holder` is its `to`, None when closed."""

    at: datetime
    type: EntryType
    cause: Cause | None
    basis: Basis | None
    holder: Holder | None
    step: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval(Generic[Holder]):
    """One holder, from `from_at` (included) until `until_at` (not included; None: still).

    Cause, basis and step are those of the entry by which the holder began to hold. The version
    of the protocol is the same for all intervals of an incident, so it is not repeated here.
    """

    holder: Holder
    from_at: datetime
    until_at: datetime | None
    cause: Cause | None
    basis: Basis | None
    step: int | None


def holder_changes(leaves: Iterable[Leaf]) -> tuple[HolderChange[str], ...]:
    """The changes of the holder among the leaves of one incident, under their pseudonyms."""
    return tuple(
        HolderChange(
            at=leaf.at,
            type=leaf.type,
            cause=leaf.cause,
            basis=leaf.basis,
            holder=leaf.to,
            step=leaf.step,
        )
        for leaf in leaves
        if leaf.type in HOLDER_CHANGES
    )


def intervals(changes: Sequence[HolderChange[Holder]]) -> tuple[Interval[Holder], ...]:
    """The intervals of one incident, in order and contiguous.

    Consecutive changes with one holder are one interval. An empty interval, between two
    changes at one instant, is left out when another begins at that instant; the last one stays
    even if it is empty, so an incident that closed as it opened still says who held it.

    Args:
        changes: all changes of one incident in order of `seq`; none gives no intervals.

    Raises:
        ValueError: a change earlier than the one before, or without a holder though it is not
            the last.
    """
    _check_order(changes)
    firsts = [
        change
        for before, change in zip((None, *changes), changes, strict=False)
        if before is None or change.holder != before.holder
    ]
    derived = []
    for first, following in zip(firsts, (*firsts[1:], None), strict=False):
        if first.holder is None:
            continue
        is_followed = following is not None and following.holder is not None
        until_at = None if following is None else following.at
        if is_followed and until_at == first.at:
            continue
        derived.append(
            Interval(
                holder=first.holder,
                from_at=first.at,
                until_at=until_at,
                cause=first.cause,
                basis=first.basis,
                step=first.step,
            )
        )
    return tuple(derived)


def holder_at(intervals: Sequence[Interval[Holder]], instant: datetime) -> Holder | None:
    """Who held at an instant: the holder of the last change at or before it.

    None before the incident was opened, and from the instant of its closing on.
    """
    position = bisect_right(intervals, instant, key=lambda interval: interval.from_at)
    if position == 0:
        return None
    last = intervals[position - 1]
    return last.holder if last.until_at is None or instant < last.until_at else None


def is_partition(
    intervals: Sequence[Interval[Holder]], *, opened_at: datetime, closed_at: datetime | None
) -> bool:
    """Whether the intervals cover [opened, closed) once: without a gap, without an overlap."""
    if not intervals:
        return False
    covers = intervals[0].from_at == opened_at and intervals[-1].until_at == closed_at
    meets = all(before.until_at == after.from_at for before, after in pairwise(intervals))
    runs = all(one.until_at is None or one.from_at <= one.until_at for one in intervals)
    return covers and meets and runs


def _check_order(changes: Sequence[HolderChange[Holder]]) -> None:
    for before, change in pairwise(changes):
        if change.at < before.at:
            raise ValueError("a change is earlier than the one before")
        if before.holder is None:
            raise ValueError("nobody holds between two changes")
