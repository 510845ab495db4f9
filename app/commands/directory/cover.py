"""Accountable desks stay reachable at every hour, whatever is changed in the directory (H3)."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlmodel import Session

from app.installation.answer import Refusal
from app.protocols.calendar import Hours, union_covers_day
from app.protocols.publication import KnownParty
from app.store.directory.directory import EVERYTHING, get_parties
from app.store.directory.protocol import accountable_desk_ids, known


class AccountableDeskNeeded(Refusal):
    """An accountable desk would no longer be reachable at every hour; publish another one first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cover:
    """When a desk is open, and when somebody can be reached through it."""

    is_retired: bool
    hours: Hours
    contact_hours: tuple[Hours, ...]

    @property
    def is_whole(self) -> bool:
        is_open = not self.is_retired and self.hours.covers_whole_day()
        return is_open and union_covers_day(self.contact_hours)

    def allows(self, after: "_Cover") -> bool:
        """A cover that was whole stays whole; one that had gaps does not vanish altogether."""
        if after.is_whole:
            return True
        has_vanished = bool(self.contact_hours) and not after.contact_hours
        return not (self.is_whole or after.is_retired or has_vanished)


@contextmanager
def accountable_desks_covered(session: Session, desk_ids: Iterable[str]) -> Iterator[None]:
    """Make a change within; refuse it if one of these desks is needed and loses its cover.

    Raises:
        AccountableDeskNeeded: the current version of a protocol, or a municipality, falls back on
            a desk that the change would close, retire or cut off.
    """
    needed = accountable_desk_ids(session, list(desk_ids))
    before = _covers(session, needed)
    yield
    session.flush()
    after = _covers(session, needed)
    if not all(before[one].allows(after[one]) for one in needed):
        raise AccountableDeskNeeded


def _covers(session: Session, desk_ids: set[str]) -> dict[str, _Cover]:
    if not desk_ids:
        return {}
    rows = get_parties(session, party_ids=desk_ids, sight=EVERYTHING)
    parties = known(session, rows.values())
    return {one: _cover(one, parties.values()) for one in desk_ids}


def _cover(desk_id: str, parties: Iterable[KnownParty]) -> _Cover:
    desk = next(one for one in parties if one.id == desk_id)
    reached = (
        one for one in parties if not one.retired and (one.id == desk_id or desk_id in one.desk_ids)
    )
    return _Cover(
        is_retired=desk.retired,
        hours=desk.hours,
        contact_hours=tuple(hours for one in reached for hours in one.contact_hours),
    )
