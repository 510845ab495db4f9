"""From duty to an iCalendar file that calendar programs subscribe to."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from icalendar import Calendar, Event

from app.rosters.duty import DutySpan

_PRODUCT: Final = "-//Renrakumo//Rosters//EN"
# Any fixed one: what is made from it must never change.
_NAMESPACE: Final = UUID("6f1c4a52-6d1e-5f0a-9d57-2f4f0f3d6c11")


def write_calendar(
    spans: Iterable[DutySpan],
    names: Mapping[str, str],
    *,
    desk_id: str,
    desk_name: str,
    written_at: datetime,
) -> bytes:
    """A calendar with an event for each span of duty, its instants in UTC.

    An event has the same UID in every file in which the same person is on duty for the same desk
    and tier from the same instant on: a program that reads the feed again moves its end rather than
    adding a second event. A span that was cut at the begin of the window is another event in each
    window: begin it at the same instant, or where nothing is cut.

    Args:
        spans: Who is on duty when.
        names: What each person is called in the calendar; without a name an id stands there.
        desk_id: Whose roster it is.
        desk_name: What the calendar is called.
        written_at: DTSTAMP; an aware instant.
    """
    calendar = Calendar()
    calendar.add("PRODID", _PRODUCT)
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", "PUBLISH")
    calendar.add("X-WR-CALNAME", desk_name)
    for (begin, tier, person), end in sorted(_joined(spans).items()):
        event = Event()
        event.add("UID", _uid(desk_id, tier, person, begin))
        event.add("DTSTAMP", written_at)
        event.add("DTSTART", begin)
        event.add("DTEND", end)
        event.add("SUMMARY", names.get(person, person))
        event.add("CATEGORIES", [f"tier {tier}"])
        event.add("TRANSP", "TRANSPARENT")
        calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


def _joined(spans: Iterable[DutySpan]) -> dict[tuple[datetime, int, str], datetime]:
    """The end of each event by begin, tier and person; two sources of one begin are one event."""
    ends: dict[tuple[datetime, int, str], datetime] = {}
    for span in spans:
        key = (span.begins_at, span.tier, span.person)
        ends[key] = max(ends.get(key, span.ends_at), span.ends_at)
    return ends


def _uid(desk_id: str, tier: int, person: str, begin: datetime) -> str:
    # Ids hold no spaces.
    return str(uuid5(_NAMESPACE, f"{desk_id} {tier} {person} {begin.isoformat()}"))
