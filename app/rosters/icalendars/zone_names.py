"""What the times of a calendar file mean: names of zones, zones defined in the file, wall times.

Calendar programs name zones as they like: as the IANA database does, as Windows does ("Tokyo
Standard Time"), with a prefix of their own ("/freeassociation.sourceforge.net/Europe/Berlin"), or
by a name that only the file's VTIMEZONE explains ("Customized Time Zone").
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from icalendar import Timezone
from icalendar.timezone.tzp import TZP
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from app.protocols.fields import zone_name
from app.rosters.icalendars.rule import effort_of
from app.rosters.icalendars.source import Properties, many
from app.rosters.interval import Instant, milliseconds

_OBSERVANCES_MAX: Final = 100
_HORIZON: Final = date(2200, 1, 1)
_NAMED: Final = "TZID:renrakumo"
# Outlook begins with the Gregorian calendar; each time would be looked for from there on.
_BEGINNING: Final = ("DTSTART:1601", "DTSTART:1968")


class Zones:
    """The zones that one file may name."""

    def __init__(self, definitions: Mapping[str, tuple[str, ...]]) -> None:
        self._definitions = definitions
        self._found: dict[str, tzinfo] = {}

    def zone(self, name: str) -> tzinfo:
        """The zone that is meant: a known one by its name, else as the file defines it.

        Raises:
            ValueError: Nobody knows it, or its definition cannot be read.
        """
        if name not in self._found:
            self._found[name] = _known(name) or self._defined(name)
        return self._found[name]

    def _defined(self, name: str) -> tzinfo:
        definition = self._definitions.get(name)
        if definition is None:
            raise ValueError(f"The time zone {name!r} is not known, and the file defines none.")
        try:
            return _made(definition)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            raise ValueError(f"The time zone {name!r} cannot be read: {error}.") from None


def _known(name: str) -> ZoneInfo | None:
    cleaned = name.strip("/ ")
    parts = cleaned.split("/")
    names = [cleaned, WINDOWS_TO_OLSON.get(cleaned, "")]
    if name.startswith("/"):
        names += ["/".join(parts[start:]) for start in range(1, len(parts))]
    for one in names:
        with suppress(ValueError):
            return ZoneInfo(zone_name(one))
    return None


def _made(definition: tuple[str, ...]) -> tzinfo:
    # Always the same name: the library remembers each name that it reads, for ever.
    lines = [_NAMED if line.startswith("TZID:") else line for line in definition]
    text = "\r\n".join([*lines, ""]).replace(*_BEGINNING)
    component = Timezone.from_ical(text)
    if len(component.subcomponents) > _OBSERVANCES_MAX:
        raise ValueError(f"it has more than {_OBSERVANCES_MAX} parts")
    observances: list[Properties] = component.subcomponents
    for observance in observances:
        if "RRULE" in observance:
            rule = observance["RRULE"]
            if rule.get("FREQ") != ["YEARLY"]:
                raise ValueError("its clock is not moved yearly")
            effort_of(rule, observance["DTSTART"].dt, _HORIZON, _HORIZON)
        if "EXRULE" in observance:
            raise ValueError("it has an EXRULE")
        if sum(len(each.dts) for each in many(observance.get("RDATE"))) > _OBSERVANCES_MAX:
            raise ValueError(f"it has more than {_OBSERVANCES_MAX} RDATE")
    return TZP("zoneinfo").create_timezone(component)


def instant_of(wall: datetime, zone: tzinfo) -> Instant:
    """The instant of a wall time: of the first if it comes twice (and `fold` is 0).

    One that is leapt over is counted by the offset before the leap. Source: RFC 5545 3.3.5.
    """
    at = wall.replace(tzinfo=zone).astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None, fold=0) != wall.replace(fold=0):
        before = (wall - timedelta(days=1)).replace(tzinfo=zone).utcoffset()
        assert before is not None, "a zone has an offset at every instant"
        at = (wall - before).replace(tzinfo=UTC)
    return milliseconds(at)
