"""From duty to an iCalendar file that programs subscribe to. Source: RFC 5545, RFC 7986."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid5

from icalendar import Calendar, Event
from icalendar.prop import vDuration

from app.rosters.icalendars.entries import DutyEntry

REFRESH_EVERY: Final = timedelta(hours=1)
"""How often a calendar program is asked to look again."""

_PRODUCT: Final = "-//Renrakumo//Rosters//EN"
# Any fixed one: what is made from it must never change.
_NAMESPACE: Final = UUID("6f1c4a52-6d1e-5f0a-9d57-2f4f0f3d6c11")


def write_calendar(
    entries: Iterable[DutyEntry], *, name: str, title: Callable[[DutyEntry], str]
) -> bytes:
    """A calendar with an event for each time of duty, its instants in UTC, to the second.

    What begins and ends within one second (a version that took effect just before the end of a
    shift) would be an event of no length, and is left out.

    An event has the same UID in every file in which the same person is on duty for the same desk
    and tier from the same instant on: a program that reads the feed again moves its end rather than
    adding a second event. Its SEQUENCE, DTSTAMP and LAST-MODIFIED are those of the version of the
    roster that says so, and not of the request: the same duty is the same file, byte for byte.

    Args:
        entries: Who is on duty when.
        name: What the calendar is called.
        title: What an entry is called in it.
    """
    calendar = Calendar()
    calendar.add("PRODID", _PRODUCT)
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", "PUBLISH")
    calendar.add("NAME", name)
    calendar.add("X-WR-CALNAME", name)
    refresh = vDuration(REFRESH_EVERY)
    refresh.params["VALUE"] = "DURATION"
    calendar.add("REFRESH-INTERVAL", refresh)
    calendar.add("X-PUBLISHED-TTL", vDuration(REFRESH_EVERY))
    for uid, entry in sorted(_by_uid(entries).items(), key=_order):
        calendar.add_component(_event(uid, entry, title(entry)))
    written: bytes = calendar.to_ical()
    return written


def _event(uid: str, entry: DutyEntry, title: str) -> Event:
    event = Event()
    event.add("UID", uid)
    event.add("DTSTAMP", entry.changed_at)
    event.add("LAST-MODIFIED", entry.changed_at)
    event.add("SEQUENCE", entry.revision)
    event.add("DTSTART", entry.begins_at)
    event.add("DTEND", entry.ends_at)
    event.add("SUMMARY", title)
    event.add("CATEGORIES", [f"tier {entry.tier}"])
    event.add("TRANSP", "TRANSPARENT")
    return event


def _by_uid(entries: Iterable[DutyEntry]) -> dict[str, DutyEntry]:
    """The entries by UID; of those with one begin the longest."""
    found: dict[str, DutyEntry] = {}
    for entry in filter(_lasts, entries):
        uid = _uid(entry)
        if uid not in found or found[uid].ends_at < entry.ends_at:
            found[uid] = entry
    return found


def _lasts(entry: DutyEntry) -> bool:
    return entry.begins_at.replace(microsecond=0) < entry.ends_at.replace(microsecond=0)


def _uid(entry: DutyEntry) -> str:
    # Ids hold no spaces.
    begin = entry.begins_at.isoformat()
    return str(uuid5(_NAMESPACE, f"{entry.desk_id} {entry.tier} {entry.person} {begin}"))


def _order(pair: tuple[str, DutyEntry]) -> tuple[object, ...]:
    uid, entry = pair
    return entry.begins_at, entry.tier, entry.person, uid
