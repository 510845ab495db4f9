"""Shifts that come from elsewhere (a calendar, a sheet) take the place of those that are planned.

Within a window and a tier they are the whole truth; outside of it, and of rotations and overrides,
nothing changes. The same shifts again change nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.rosters.roster import Roster, Shift


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """[begin, end), aware. What lies over a cut edge is divided there; else it belongs inside."""

    begin: datetime
    end: datetime
    cuts_begin: bool = False
    cuts_end: bool = False


def with_shifts(
    before: Roster, shifts: Iterable[Shift], *, tiers: Iterable[int], window: Window, now: datetime
) -> dict[str, Any]:
    """The document in which these shifts, and no others, lie in the window in these tiers.

    What has ended by `now` is left out: the versions before still say it. Shifts stand in order of
    time, each once. It is plain data: parse it, for it may hold too many.
    """
    replaced = frozenset(tiers)
    kept = [
        part
        for shift in before.shifts
        if shift.ends_at > now
        for part in (_outside(shift, window, now) if shift.tier in replaced else (shift,))
    ]
    new = [part for shift in shifts for part in _inside(shift, window) if part.ends_at > now]
    found = dict.fromkeys(map(_key, [*kept, *new]))
    overrides = [one for one in before.overrides if one.ends_at > now]
    return {
        **before.document(),
        "shifts": [_shift(*one).model_dump(mode="json", by_alias=True) for one in sorted(found)],
        "overrides": [one.model_dump(mode="json", by_alias=True) for one in overrides],
    }


def _outside(shift: Shift, window: Window, now: datetime) -> Iterator[Shift]:
    """What of a planned shift stays."""
    if shift.ends_at <= window.begin or shift.begins_at >= window.end:
        yield shift
        return
    if window.cuts_begin and shift.begins_at < window.begin and window.begin > now:
        yield _shift(shift.begins_at, window.begin, shift.tier, shift.person)
    if window.cuts_end and shift.ends_at > window.end:
        yield _shift(window.end, shift.ends_at, shift.tier, shift.person)


def _inside(shift: Shift, window: Window) -> Iterator[Shift]:
    """What of a new shift is taken."""
    if shift.ends_at <= window.begin or shift.begins_at >= window.end:
        return
    begin = max(shift.begins_at, window.begin) if window.cuts_begin else shift.begins_at
    end = min(shift.ends_at, window.end) if window.cuts_end else shift.ends_at
    yield _shift(begin, end, shift.tier, shift.person)


def _key(shift: Shift) -> tuple[datetime, datetime, int, str]:
    return shift.begins_at, shift.ends_at, shift.tier, shift.person


def _shift(begin: datetime, end: datetime, tier: int, person: str) -> Shift:
    data = {"from": begin, "to": end, "tier": tier, "person": person}
    return Shift.model_validate(data)
