"""A second reader of iCalendar files: by hand and dateutil, without icalendar and its friends.

It reads what stands in tests/rosters/calendars, and knows the zones named there by hand.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

MEANT = {
    "Tokyo Standard Time": "Asia/Tokyo",
    "W. Europe Standard Time": "Europe/Berlin",
    "(UTC+01:00) Amsterdam, Berlin, Bern, Rom, Stockholm, Wien": "Europe/Berlin",
    "Customized Time Zone": "America/New_York",
    "/freeassociation.sourceforge.net/Australia/Lord_Howe": "Australia/Lord_Howe",
}
DAY = timedelta(days=1)
Shown = tuple[datetime, datetime, str]


@dataclass
class Part:
    """One VEVENT: name → (parameters, value), several times where it stands there several times."""

    lines: dict[str, list[tuple[dict[str, str], str]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def __contains__(self, name: str) -> bool:
        return name in self.lines

    def one(self, name: str, default: str = "") -> str:
        return self.lines[name][0][1] if name in self.lines else default


def parts(text: str) -> Iterator[Part]:
    unfolded = re.sub(r"\r\n[ \t]", "", text)
    for block in re.findall(r"BEGIN:VEVENT\r\n(.*?)END:VEVENT", unfolded, re.DOTALL):
        part = Part()
        for line in re.sub(r"BEGIN:VALARM.*?END:VALARM\r\n", "", block, flags=re.DOTALL).split(
            "\r\n"
        ):
            matched = re.fullmatch(r'([A-Z-]+)((?:;[A-Z-]+=(?:"[^"]*"|[^;:"]*))*):(.*)', line)
            if matched:
                found = re.findall(r';([A-Z-]+)=("[^"]*"|[^;:"]*)', matched[2])
                params = {name: value.strip('"') for name, value in found}
                part.lines[matched[1]].append((params, matched[3]))
        yield part


def moment(wall: datetime, zone: ZoneInfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC)  # RFC 5545's rule is Python's fold=0


class Reading:
    def __init__(self, text: str, zone: str) -> None:
        own = re.search(r"X-WR-TIMEZONE:(\S+)", text)
        self.own = ZoneInfo(own[1]) if own else None
        self.floating = self.own or ZoneInfo(zone)
        self.text = text

    def zone_of(self, params: dict[str, str], value: str) -> ZoneInfo:
        if value.endswith("Z"):
            return self.own or ZoneInfo("UTC")
        if "TZID" in params:
            return ZoneInfo(MEANT.get(params["TZID"], params["TZID"]))
        return self.floating

    def instant(self, params: dict[str, str], value: str) -> datetime:
        if len(value) == 8:
            day = datetime.strptime(value, "%Y%m%d")  # noqa: DTZ007 - a wall time
            return moment(day, self.floating)
        wall = datetime.strptime(value.rstrip("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 - as above
        return (
            wall.replace(tzinfo=UTC)
            if value[-1] == "Z"
            else moment(wall, self.zone_of(params, value))
        )

    def all(self, name: str, part: Part) -> Iterator[tuple[dict[str, str], str]]:
        for params, values in part.lines.get(name, []):
            for value in values.split(","):
                yield params, value

    def occurrences(self, until: datetime) -> list[Shown]:
        series: dict[str, list[Part]] = defaultdict(list)
        for part in parts(self.text):
            series[part.one("UID")].append(part)
        return sorted(shown for one in series.values() for shown in self.of(one, until))

    def of(self, series: list[Part], until: datetime) -> Iterator[Shown]:
        [core] = [part for part in series if "RECURRENCE-ID" not in part]
        shown = dict(self.core(core, until))
        for part in series:
            if part is core:
                continue
            [(params, value)] = part.lines["RECURRENCE-ID"]
            replaced = self.instant(params, value)
            first = self.instant(*part.lines["DTSTART"][0])
            last = self.instant(*part.lines["DTEND"][0])
            moved = [replaced]
            if params.get("RANGE") == "THISANDFUTURE":
                moved = [at for at in shown if at >= replaced]
            for at in moved:
                shown.pop(at, None)
                if part.one("STATUS") != "CANCELLED":
                    shown[at] = (
                        first + (at - replaced),
                        last + (at - replaced),
                        part.one("SUMMARY"),
                    )
        yield from shown.values()

    def core(self, part: Part, until: datetime) -> Iterator[tuple[datetime, Shown]]:
        params, value = part.lines["DTSTART"][0]
        zone = self.floating if len(value) == 8 else self.zone_of(params, value)
        first = self.instant(params, value)
        wall = first.astimezone(zone).replace(tzinfo=None)
        out = {self.instant(*one) for one in self.all("EXDATE", part) if len(one[1]) > 8}
        days = {value for _, value in self.all("EXDATE", part) if len(value) == 8}
        for start in self.starts(part, wall, zone, until):
            at = first if start == wall else moment(start, zone)
            if at not in out and f"{start:%Y%m%d}" not in days:
                yield at, (at, self.end(part, start, at, zone), part.one("SUMMARY"))
        for params, value in self.all("RDATE", part):
            begin, _, length = value.partition("/")
            at = self.instant(params, begin)
            start = at.astimezone(zone).replace(tzinfo=None)
            last = self.end(part, start, at, zone)
            if length:
                hours = re.fullmatch(r"PT(\d)H", length)
                last = at + timedelta(hours=int(hours[1])) if hours else self.instant({}, length)
            yield at, (at, last, part.one("SUMMARY"))

    def starts(
        self, part: Part, wall: datetime, zone: ZoneInfo, until: datetime
    ) -> Iterator[datetime]:
        rule = part.one("RRULE")
        if not rule:
            yield wall
            return
        last = until.astimezone(zone).replace(tzinfo=None)
        if named := re.search(r";UNTIL=(\d{8})(T\d{6})?(Z?)", rule):
            last = datetime.strptime(named[1] + (named[2] or "T235959"), "%Y%m%dT%H%M%S")  # noqa: DTZ007
            if named[3]:
                last = last.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
            rule = rule.replace(named[0], "")
        for start in rrulestr(rule, dtstart=wall):
            if start > last:
                return
            yield start

    def end(self, part: Part, start: datetime, at: datetime, zone: ZoneInfo) -> datetime:
        """Wall times last as long on the wall, days are days, hours are hours."""
        if length := part.one("DURATION"):
            found = re.fullmatch(r"P(?:(\d+)D)?(?:T(\d+)H)?", length)
            assert found, length
            days, hours = int(found[1] or 0), int(found[2] or 0)
            return moment(start + days * DAY, zone) + timedelta(hours=hours)
        first = self.instant(*part.lines["DTSTART"][0]).astimezone(zone)
        last = self.instant(*part.lines["DTEND"][0]).astimezone(zone)
        if first.astimezone(UTC) == at:
            return last.astimezone(UTC)
        return moment(start + (last.replace(tzinfo=None) - first.replace(tzinfo=None)), zone)
