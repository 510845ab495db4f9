"""The state of an incident, from its leaves alone: what the incident's row must equal (H6).

Source: DESIGN.md H6 and 4.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.ledger.entry import Leaf, leaf_bytes, leaf_hash
from app.ledger.words import Basis, Cause, EntryType


class Status(StrEnum):
    """How far an incident is."""

    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    EN_ROUTE = "en_route"
    ARRIVED = "arrived"
    RESOLVED = "resolved"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """What the entries of one incident say about it, after the last of them.

    Attributes:
        exhausted: nobody took it and the accountable desk holds; false once closed.
        holder: the pseudonym of the holder; None once closed, as are the next two.
        holder_since: when the holder began to hold.
        basis: by what right the holder holds.
        step: the step that was started last, None before the first.
        round: its round.
        acknowledged_at: when somebody accepted for the first time.
        arrived_at: when somebody arrived for the first time.
        signal_count: how often the emergency was signalled, the opening included.
        seq: the sequence number of the next entry.
        head: the hash of the last entry, the `prev` of the next.
        at: the instant of the last entry; the next is not earlier.
    """

    status: Status
    exhausted: bool
    holder: str | None
    holder_since: datetime | None
    basis: Basis | None
    step: int | None
    round: int | None
    opened_at: datetime
    acknowledged_at: datetime | None
    arrived_at: datetime | None
    closed_at: datetime | None
    signal_count: int
    seq: int
    head: bytes
    at: datetime


def fold(leaves: Sequence[Leaf]) -> Folded:
    """The state after all of these leaves.

    Args:
        leaves: one incident's chain, whole and in order, as `verify_chain` approves of it.

    Raises:
        ValueError: there are no leaves, or the first did not open the incident.
    """
    if not leaves or leaves[0].type is not EntryType.OPENED:
        raise ValueError("a chain begins with the entry that opened the incident")
    state = _State(leaves[0])
    for leaf in leaves[1:]:
        state.add(leaf)
    last = leaves[-1]
    return Folded(
        status=state.status,
        exhausted=state.exhausted,
        holder=state.holder,
        holder_since=state.holder_since,
        basis=state.basis,
        step=state.step,
        round=state.round,
        opened_at=leaves[0].at,
        acknowledged_at=state.acknowledged_at,
        arrived_at=state.arrived_at,
        closed_at=state.closed_at,
        signal_count=state.signal_count,
        seq=last.seq + 1,
        head=leaf_hash(leaf_bytes(last)),
        at=last.at,
    )


class _State:
    """The fold under way."""

    def __init__(self, opened: Leaf) -> None:
        self.status = Status.TRIGGERED
        self.exhausted = opened.cause is Cause.EXHAUSTED
        self.holder = opened.to
        self.holder_since: datetime | None = opened.at
        self.basis = opened.basis
        self.step: int | None = None
        self.round: int | None = None
        self.acknowledged_at: datetime | None = None
        self.arrived_at: datetime | None = None
        self.closed_at: datetime | None = None
        self.signal_count = 1

    def add(self, leaf: Leaf) -> None:
        """Take one more entry into account; types that change no state are passed over."""
        match leaf.type:
            case EntryType.TRANSFERRED:
                self._transfer(leaf)
            case EntryType.STEP_STARTED:
                self.step, self.round = leaf.step, leaf.round
                self.exhausted = leaf.cause is Cause.EXHAUSTED
            case EntryType.EN_ROUTE:
                self.status = Status.EN_ROUTE
            case EntryType.ARRIVED:
                self.status = Status.ARRIVED
                self.arrived_at = self.arrived_at or leaf.at
            case EntryType.SIGNALLED:
                self.signal_count += 1
            case EntryType.CLOSED:
                self._close(leaf)
            case _:
                pass

    def _transfer(self, leaf: Leaf) -> None:
        if leaf.to != self.holder:
            self.holder, self.holder_since, self.basis = leaf.to, leaf.at, leaf.basis
        if leaf.basis is Basis.ACCEPTANCE:
            self._accept(leaf)
        else:
            self.status = Status.TRIGGERED
            self.exhausted = self.exhausted or leaf.cause is Cause.EXHAUSTED

    def _accept(self, leaf: Leaf) -> None:
        self.exhausted = False
        self.acknowledged_at = self.acknowledged_at or leaf.at
        # Who takes over from somebody who is there, is there.
        if not (leaf.cause is Cause.HANDED_OVER and self.status is Status.ARRIVED):
            self.status = Status.ACKNOWLEDGED

    def _close(self, leaf: Leaf) -> None:
        is_cancelled = leaf.cause is Cause.CANCELLED
        self.status = Status.CANCELLED if is_cancelled else Status.RESOLVED
        self.closed_at = leaf.at
        self.exhausted = False
        self.holder = self.holder_since = self.basis = None
