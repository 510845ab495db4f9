"""The search for intervals of responsibility across incidents, a bounded page at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from heapq import merge
from itertools import islice
from typing import Final, Protocol

from sqlmodel import Session

from app.auth import Principal, RoleForbids
from app.commands.audit.naming import naming_for
from app.ledger.interval import HolderChange, Interval, intervals
from app.store.audit.entry import log_ids, party_ids_of
from app.store.audit.responsibility import (
    LONG,
    Key,
    Lane,
    Start,
    Window,
    changes_of,
    find_long_starts,
    find_starts,
)
from app.store.directory.directory import Sight

# With more parties than this, an organisation's intervals are found among those of all.
LANES_MAX: Final = 32
# A page gives up searching after so many changes, and says where to go on.
EXAMINED_MAX: Final = 5_000
EXAMINED_AT_ONCE: Final = 512
# How many changes are read of a lane at once.
BLOCK_MIN: Final = 64
BLOCK_MAX: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which intervals are wanted; None means any. An interval overlaps [from_at, to_at)."""

    from_at: datetime | None = None
    to_at: datetime | None = None
    party_id: str | None = None
    organisation_id: str | None = None
    client_id: str | None = None
    incident_id: str | None = None
    # Why the holder began to hold.
    cause: str | None = None
    # Exercises only, or emergencies only.
    drill: bool | None = None


@dataclass(frozen=True, slots=True)
class FoundInterval:
    """An interval with its place in the order of all, which is where its first change stands."""

    key: Key
    incident_id: str
    interval: Interval[str]


class Search:
    """One page's search: candidates by index, then their incidents' changes, then intervals."""

    def __init__(self, session: Session, principal: Principal, wanted: Wanted) -> None:
        """Choose the indexes by which to search.

        Raises:
            RoleForbids: an auditor asks for somebody whom it knows by pseudonyms only.
        """
        self._session = session
        self._sight = principal.sight
        self._wanted = wanted
        self._window = Window(wanted.from_at, wanted.to_at)
        self._require_named(principal)
        organisation_id = wanted.organisation_id
        self._holders = party_ids_of(session, organisation_id) if organisation_id else None
        self._logs = log_ids(session, self._sight)
        self._lanes = self._choose_lanes()

    def page(self, after: Key | None, limit: int) -> tuple[list[FoundInterval], Key | None]:
        """At most `limit` intervals after `after`, and where the next page begins."""
        found: list[FoundInterval] = []
        candidates = self._candidates(after)
        # One more than the page holds says that there is a next.
        examined, size = 0, limit + 1
        while examined < EXAMINED_MAX:
            chunk = list(islice(candidates, size))
            found += self._derive([one for one in chunk if self._is_wanted(one)])
            if len(found) > limit:
                return found[:limit], found[limit - 1].key
            if len(chunk) < size:
                return found, None
            after, examined = chunk[-1].key, examined + size
            size = min(2 * size, EXAMINED_AT_ONCE)
        return found, after

    def _require_named(self, principal: Principal) -> None:
        """A pseudonym would be none if one could ask for the intervals of its bearer."""
        asked = {self._wanted.party_id, self._wanted.organisation_id}
        naming = naming_for(self._session, principal, asked)
        if any(naming.hides(one) for one in naming.parties):
            raise RoleForbids("Auditors know persons by pseudonyms and cannot ask for one.")

    def _choose_lanes(self) -> list[Lane]:
        wanted = self._wanted
        if wanted.incident_id:
            return [Lane("incident", wanted.incident_id)]
        if wanted.client_id:
            return [Lane("client", wanted.client_id)]
        if wanted.party_id:
            return [Lane("party", wanted.party_id)]
        if self._holders is not None and len(self._holders) <= LANES_MAX:
            return [Lane("party", one) for one in self._holders]
        return [Lane("log", one) for one in self._logs]

    def _candidates(self, after: Key | None) -> Iterator[Start]:
        """The changes of all lanes that may begin an interval of the window, in order."""
        from_at = self._window.from_at
        is_short = bool(self._lanes) and self._lanes[0].is_short
        if from_at and not is_short and (after is None or after.at < from_at - LONG):
            long = [
                _in_blocks(
                    partial(find_long_starts, self._session, log, from_at), self._sight, after
                )
                for log in self._logs
            ]
            yield from merge(*long, key=_place)
        lanes = [
            _in_blocks(partial(find_starts, self._session, lane, self._window), self._sight, after)
            for lane in self._lanes
        ]
        yield from merge(*lanes, key=_place)

    def _is_wanted(self, start: Start) -> bool:
        wanted = self._wanted
        return (
            start.is_seen
            and wanted.party_id in {None, start.holder_id}
            and (self._holders is None or start.holder_id in self._holders)
            and wanted.client_id in {None, start.client_id}
            and wanted.incident_id in {None, start.incident_id}
            and wanted.cause in {None, start.cause}
            and wanted.drill in {None, start.is_drill}
        )

    def _derive(self, starts: Sequence[Start]) -> Iterator[FoundInterval]:
        """The intervals that these changes begin and that reach into the window.

        A change whose interval is empty, or goes on from the one before, begins none.
        """
        changes = changes_of(self._session, {one.incident_id for one in starts})
        derived = {
            (incident_id, one.from_at): one
            for incident_id, its in changes.items()
            for one in intervals([change for _, change in its])
        }
        from_at = self._window.from_at
        for start in starts:
            interval = derived.get((start.incident_id, start.key.at))
            if interval is None or start.seq != _last_at(changes[start.incident_id], start.key.at):
                continue
            is_over = interval.until_at is not None and from_at and interval.until_at <= from_at
            if not (is_over and from_at and interval.from_at < from_at):
                yield FoundInterval(start.key, start.incident_id, interval)


class _Find(Protocol):
    """A query of `app/store/audit/responsibility.py` for the next changes."""

    def __call__(self, *, sight: Sight, after: Key | None, limit: int) -> list[Start]:
        """At most `limit` changes after `after`, in order."""
        ...


def _in_blocks(find: _Find, sight: Sight, after: Key | None) -> Iterator[Start]:
    """All changes that a query finds, read only as far as they are asked for."""
    size = BLOCK_MIN
    while True:
        block = find(sight=sight, after=after, limit=size)
        yield from block
        if len(block) < size:
            return
        after, size = block[-1].key, min(2 * size, BLOCK_MAX)


def _place(start: Start) -> Key:
    return start.key


def _last_at(changes: Sequence[tuple[int, HolderChange[str]]], at: datetime) -> int:
    """The `seq` of the last of the changes at one instant by which somebody began to hold."""
    return max(seq for seq, change in changes if change.at == at and change.holder)
