"""Duty as a calendar file: of one roster, of a desk, of a person."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlmodel import Session

from app.auth import Principal
from app.commands.rosters.rosters import seen_roster
from app.commands.rosters.writing import as_version
from app.installation.installation import Installation
from app.models.roster import RosterVersionRow
from app.rosters.icalendars.entries import DutyEntry, duty_entries
from app.rosters.icalendars.writing import write_calendar
from app.store.directory.directory import EVERYTHING, get_parties
from app.store.directory.feed import rosters_of
from app.store.directory.roster import versions_within

PAST: Final = timedelta(days=35)
AHEAD: Final = timedelta(days=400)
_LONGEST_MONTH: Final = timedelta(days=32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was read of the rosters of some desks: versions by desk, and what everybody is called.

    `only` is the person whose duty is wanted; None means everybody's.
    """

    title: str
    versions: Mapping[str, Sequence[RosterVersionRow]]
    names: Mapping[str, str]
    only: str | None = None


def rolling_window(now: datetime) -> tuple[datetime, datetime]:
    """From at least 35 days ago to at least 400 days ahead, in whole months of UTC.

    So it stays the same for a month: a calendar program that asks again hears "not modified", and
    who has been on duty since long keeps their event, with its UID.
    """
    return _month(now - PAST), _month(now + AHEAD + _LONGEST_MONTH)


async def export_roster(
    installation: Installation,
    principal: Principal,
    roster_id: str,
    *,
    begin: datetime | None,
    end: datetime | None,
) -> bytes:
    """Who is on duty for a desk in [begin, end), as a calendar; by default in the rolling window.

    Raises:
        RoleForbids: auditors see no rosters.
        NotFound: there is none, or the caller does not see its desk.
    """
    first, last = rolling_window(installation.clock())
    window = (begin or first, end or last)

    def look(session: Session) -> Found:
        desk_id = seen_roster(session, principal, roster_id).desk_id
        return find_duty(session, [desk_id], window, titled_by=desk_id)

    found = await installation.database.read(look)
    return await as_calendar(found, window)


def find_duty(
    session: Session,
    desk_ids: Sequence[str],
    window: tuple[datetime, datetime],
    *,
    titled_by: str,
    only: str | None = None,
) -> Found:
    """Read the rosters of these desks, as far as they matter in the window."""
    begin, end = window
    versions = {
        roster.desk_id: versions_within(session, roster_id=roster.id, begin=begin, end=end)
        for roster in rosters_of(session, desk_ids=desk_ids)
    }
    ids = {titled_by, *desk_ids}
    if only is None:
        ids |= {person for rows in versions.values() for row in rows for person in _persons(row)}
    parties = get_parties(session, party_ids=ids, sight=EVERYTHING)
    names = {row.id: row.name for row in parties.values()}
    return Found(title=names[titled_by], versions=versions, names=names, only=only)


async def as_calendar(found: Found, window: tuple[datetime, datetime]) -> bytes:
    """The calendar; made beside the event loop, which a long roster would hold up."""
    return await asyncio.to_thread(_written, found, window)


def _written(found: Found, window: tuple[datetime, datetime]) -> bytes:
    entries = [
        entry
        for desk_id, rows in found.versions.items()
        for entry in duty_entries([as_version(row) for row in rows], *window, desk_id=desk_id)
        if found.only in {None, entry.person}
    ]
    # A person's own calendar says where they are on duty, a desk's who is.
    told: Callable[[DutyEntry], str] = (
        (lambda entry: entry.person) if found.only is None else (lambda entry: entry.desk_id)
    )
    return write_calendar(
        entries,
        name=found.title,
        title=lambda entry: found.names.get(told(entry), told(entry)),
    )


def _persons(row: RosterVersionRow) -> Iterator[str]:
    # As it is stored: to parse it is work for another thread.
    for rotation in row.document["rotations"]:
        yield from rotation["persons"]
    for timed in (*row.document["shifts"], *row.document["overrides"]):
        if timed.get("person") is not None:
            yield timed["person"]


def _month(at: datetime) -> datetime:
    return datetime(at.year, at.month, 1, tzinfo=UTC)
