"""What of duty a calendar shows: who is on duty, without a break wherever the roster was changed.

A version of a roster often takes effect in the middle of a shift. What both versions say is one
entry, as people see it, so that a change elsewhere in the roster moves nothing in their calendars.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.rosters.duty import duty_intervals
from app.rosters.history import Version, reigns


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyEntry:
    """One person on duty for one desk in [begins_at, ends_at), by the newest version that says so.

    `revision` and `changed_at` never go back for the same duty, as versions are only appended.
    """

    desk_id: str
    tier: int
    person: str
    begins_at: datetime
    ends_at: datetime
    revision: int
    """The number of that version."""
    changed_at: datetime
    """When it was recorded."""


def duty_entries(
    versions: Sequence[Version], begin: datetime, end: datetime, *, desk_id: str
) -> tuple[DutyEntry, ...]:
    """Who is on duty when within [begin, end), in order of begin, tier and person.

    Args:
        versions: Those that hold at any instant of it.
        begin: What began before is cut here; keep it still from one file to the next.
        end: Not included.
        desk_id: Whose roster it is.
    """
    done: list[DutyEntry] = []
    waiting: dict[tuple[int, str], DutyEntry] = {}
    for reign in reigns(versions, begin, end):
        if reign.version is None:
            continue
        going_on, waiting = waiting, {}
        for one in _entries(reign.version, reign.begins_at, reign.ends_at, desk_id):
            key, entry = (one.tier, one.person), one
            if one.begins_at == reign.begins_at and key in going_on:
                entry = replace(one, begins_at=going_on.pop(key).begins_at)
            if one.ends_at == reign.ends_at:
                waiting[key] = _longer(waiting.get(key), entry)
            else:
                done.append(entry)
        done.extend(going_on.values())
    return tuple(sorted([*done, *waiting.values()], key=_order))


def _entries(version: Version, begin: datetime, end: datetime, desk_id: str) -> Iterator[DutyEntry]:
    for span in duty_intervals(version.document, begin, end):
        yield DutyEntry(
            desk_id=desk_id,
            tier=span.tier,
            person=span.person,
            begins_at=span.begins_at,
            ends_at=span.ends_at,
            revision=version.number,
            changed_at=version.recorded_at,
        )


def _longer(one: DutyEntry | None, other: DutyEntry) -> DutyEntry:
    # Two sources put the same person there: the one that began first tells it.
    return other if one is None or other.begins_at < one.begins_at else one


def _order(entry: DutyEntry) -> tuple[datetime, int, str, datetime]:
    return entry.begins_at, entry.tier, entry.person, entry.ends_at
