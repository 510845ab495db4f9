"""Each entry's own time against when others saw the log: without it before, with it after.

An entry that is absent from a head that was seen at T_A, and present in one that was seen at T_B,
got its place in between. So it says no later than T_B, and, since nothing waits longer than the
seal deadline for its place, no earlier than T_A less that. Source: LEDGER.md 6.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from app.ledger.notes.checkpoint import Checkpoint

# How long an entry may wait for its place; it is published (LEDGER.md 3.4).
SEAL_DEADLINE: Final = timedelta(seconds=60)
# Others state whole seconds, and the clocks of nodes may be a second apart.
TOLERANCE: Final = timedelta(seconds=2)
_AT: Final = b'"at":"'
_AT_BYTES: Final = len("2026-11-23T03:04:12.345Z")
_NEVER: Final = datetime(1, 1, 1, tzinfo=UTC)
_ALWAYS: Final = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A head that somebody outside saw at a time, by their clock."""

    head: Checkpoint
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Bound:
    """The strictest of several times, as a leaf would write it, and whose it is."""

    text: bytes
    seen: Seen


class Brackets:
    """Judges the times of entries by their places."""

    def __init__(self, seen: Iterable[Seen]) -> None:
        """Take what was seen, in any order."""
        ordered = sorted(seen, key=lambda one: one.head.size)
        self._sizes = [one.head.size for one in ordered]
        # Before the entry at each position: the latest; after it: the earliest.
        self._lower = _running(ordered, is_latest=True)
        self._upper = [*reversed(_running(reversed(ordered), is_latest=False))]

    @property
    def is_empty(self) -> bool:
        """Whether nobody has seen anything."""
        return not self._sizes

    def fault(self, place: int, at: bytes, *, was_elsewhere: bool = False) -> str | None:
        """Why the entry at a place cannot have happened when it says; None if it can.

        What `was_elsewhere`, in a log whose place this one took, may be as old as it likes.
        """
        absent = bisect_right(self._sizes, place)
        if absent < len(self._upper) and at > (bound := self._upper[absent]).text:
            return _said(
                "says {at}, but was in the log of {size} entries that {by} saw at {seen}",
                at,
                bound.seen,
            )
        if absent and not was_elsewhere and at < (bound := self._lower[absent - 1]).text:
            return _said(
                "says {at}, but was not in the log of {size} entries that {by} saw at {seen}",
                at,
                bound.seen,
            )
        return None


def stated_time(leaf: bytes) -> bytes:
    """When an entry says that it happened, as it is written in its leaf; junk if it is none."""
    start = leaf.find(_AT) + len(_AT)
    return leaf[start : start + _AT_BYTES]


def _running(seen: Iterable[Seen], *, is_latest: bool) -> list[_Bound]:
    bounds: list[_Bound] = []
    strictest: Seen | None = None
    for one in seen:
        if strictest is None or (one.at > strictest.at) == is_latest:
            strictest = one
        shift = -SEAL_DEADLINE - TOLERANCE if is_latest else TOLERANCE
        bounds.append(_Bound(_text(strictest.at, shift), strictest))
    return bounds


def _text(at: datetime, shift: timedelta) -> bytes:
    """The instant as leaves write it; the same length for all, so that bytes compare as times."""
    try:
        moved = at.astimezone(UTC) + shift
    except OverflowError:
        moved = _NEVER if shift < timedelta() else _ALWAYS
    return moved.isoformat(timespec="milliseconds").replace("+00:00", "Z").encode()


def _said(text: str, at: bytes, seen: Seen) -> str:
    return text.format(
        at=at.decode("ascii", "replace"),
        size=seen.head.size,
        by=seen.by,
        seen=_text(seen.at, timedelta()).decode(),
    )
