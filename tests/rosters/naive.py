"""Who is on duty, written a second time in the most naive way: by looking at wall clocks.

Nothing of `app.rosters` is used but the parsed document.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from app.protocols.calendar import days_of
from app.rosters.roster import Override, Roster, Rotation


@dataclass
class Watch:
    tier: int
    source: str
    person: str
    stands_for: str | None = None


@cache
def reached(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """Walk minute by minute until the clock on the wall shows the time, or has leapt over it."""
    wall = datetime.combine(day, time(minute // 60, minute % 60))
    at = wall.replace(tzinfo=UTC) - timedelta(hours=15)
    while at.astimezone(zone).replace(tzinfo=None) < wall:
        at += timedelta(minutes=1)
    return at


def is_open(rotation: Rotation, local: datetime) -> bool:
    minute = local.hour * 60 + local.minute
    for begin, end in rotation.hours.spans:
        if end > begin:
            begun = [local.date()] if begin <= minute < end else []
        else:
            begun = [local.date()] if minute >= begin else []
            begun += [local.date() - timedelta(days=1)] if minute < end else []
        for day in begun:
            if rotation.days is None or set(rotation.days) & days_of(day):
                return True
    return False


def turn(rotation: Rotation, zone: ZoneInfo, at: datetime) -> str | None:
    """Begin with the first turn, and take one after the other."""
    if rotation.ends_on and at >= reached(rotation.ends_on, rotation.hand_over, zone):
        return None
    person = None
    day, number = rotation.starts_on, 0
    while reached(day, rotation.hand_over, zone) <= at:
        person = rotation.persons[number % len(rotation.persons)]
        day, number = day + timedelta(days=rotation.every), number + 1
    return person


def planned(roster: Roster, at: datetime) -> Iterator[Watch]:
    for number, rotation in enumerate(roster.rotations):
        person = turn(rotation, roster.zone, at)
        if person is not None and is_open(rotation, at.astimezone(roster.zone)):
            yield Watch(rotation.tier, f"/rotations/{number}", person)
    for number, shift in enumerate(roster.shifts):
        if shift.begins_at <= at < shift.ends_at:
            yield Watch(shift.tier, f"/shifts/{number}", shift.person)


def is_taken_off(override: Override, watch: Watch) -> bool:
    if override.tier is not None and override.tier != watch.tier:
        return False
    return override.replaces is None or override.replaces in {watch.person, watch.stands_for}


def on_duty(roster: Roster, at: datetime) -> list[tuple[int, str, str]]:
    watches = list(planned(roster, at))
    for number, override in enumerate(roster.overrides):
        if not override.begins_at <= at < override.ends_at:
            continue
        off = [watch for watch in watches if is_taken_off(override, watch)]
        watches = [watch for watch in watches if watch not in off]
        if override.person is not None:
            tiers = {override.tier} if override.tier else {watch.tier for watch in off} or {1}
            watches += [
                Watch(tier, f"/overrides/{number}", override.person, override.replaces)
                for tier in tiers
            ]
    return sorted((watch.tier, watch.source, watch.person) for watch in watches)
