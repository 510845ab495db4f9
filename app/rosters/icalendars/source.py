"""An iCalendar file taken apart: its events, its definitions of time zones, its own zone.

Each event is parsed by itself, so that whatever is wrong names the event. Only what says who is on
duty when is looked at; alarms, attachments and the rest of a calendar are passed over. Names of
zones are kept from the library, which would look them up in a memory that all files share: one
file's "Customized Time Zone" would become that of the next.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from icalendar import Event

ZONE: Final = "X-TZID"
"""The parameter that holds what TZID held."""

Properties = Any
"""An event of the library, or a property of it: which type it has depends on the name."""

PROBLEMS_MAX: Final = 20
"""No more are named; whoever has that many, mends the first ones and tries again."""

_KEPT: Final = frozenset(
    {
        "ATTENDEE",
        "DESCRIPTION",
        "DTEND",
        "DTSTART",
        "DURATION",
        "EXDATE",
        "EXRULE",
        "RDATE",
        "RECURRENCE-ID",
        "RRULE",
        "SEQUENCE",
        "STATUS",
        "SUMMARY",
        "UID",
    }
)
_LINE_END: Final = re.compile(rb"\r\n|\n|\r")
_NAME: Final = re.compile(r"[A-Za-z0-9-]+")
# All before the first colon that is not in quotes.
_HEAD: Final = re.compile(r'(?:[^":]|"[^"]*")*')
_TZID: Final = re.compile(r";\s*TZID\s*=", re.IGNORECASE)
# A calendar holds zones and events, they hold rules and alarms, and that is all.
DEPTH_MAX: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarProblem:
    """What is wrong with one event of a file, or (without line and UID) with the whole file."""

    detail: str
    line: int | None = None
    """Where the event begins; the first line is 1."""
    uid: str | None = None


class CalendarInvalid(Exception):
    """An iCalendar file cannot be followed; the first problems are named."""

    def __init__(self, problems: Iterable[CalendarProblem]) -> None:
        self.problems = tuple(problems)[:PROBLEMS_MAX]
        assert self.problems, "a refusal names what is wrong"
        super().__init__("; ".join(_sentence(one) for one in self.problems))


def unreadable(detail: str, *, line: int | None = None) -> CalendarInvalid:
    """The refusal of a file as a whole."""
    return CalendarInvalid([CalendarProblem(detail=detail, line=line)])


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceEvent:
    """One VEVENT as it stands in the file."""

    line: int
    uid: str | None
    component: Properties

    def problem(self, detail: str) -> CalendarProblem:
        """What is wrong with this event."""
        return CalendarProblem(detail=detail, line=self.line, uid=self.uid)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a file says. `zones` are the lines of each VTIMEZONE by its TZID."""

    events: tuple[SourceEvent, ...]
    zones: Mapping[str, tuple[str, ...]]
    own_zone: str | None = None
    """X-WR-TIMEZONE: the zone in which the calendar was shown to its owner."""


@dataclass(slots=True)
class _Block:
    """A component being read; `lines` are those of it that are kept."""

    name: str
    line: int
    lines: list[str] = field(default_factory=list)


def many(value: Properties) -> Sequence[Properties]:
    """The values of a property that may be absent, there once, or there several times."""
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)


def take_apart(content: bytes) -> Source:
    """Read the parts of a file.

    Raises:
        CalendarInvalid: It is no iCalendar file, or events in it cannot be read.
    """
    reading = _Reading()
    for number, line in _lines(content):
        reading.take(number, line)
    return reading.finished()


class _Reading:
    """The state of reading a file line by line."""

    def __init__(self) -> None:
        self._open: list[_Block] = []
        self._calendars = 0
        self._events: list[SourceEvent] = []
        self._problems: list[CalendarProblem] = []
        self._zones: dict[str, tuple[str, ...]] = {}
        self._own_zone: str | None = None

    def take(self, number: int, line: str) -> None:
        """The next line."""
        matched = _NAME.match(line)
        name = matched[0].upper() if matched else ""
        value = line.partition(":")[2].strip()
        if name == "BEGIN":
            self._begin(number, value.upper())
        elif not self._open:
            raise unreadable("This is not an iCalendar file.", line=number)
        elif name == "END":
            self._end(number, value.upper())
        else:
            self._property(name, value, line)

    def finished(self) -> Source:
        """What has been read, at the end of the file."""
        if self._open:
            raise unreadable(f"The file ends within {self._open[-1].name}.")
        if not self._calendars:
            raise unreadable("This is not an iCalendar file.")
        if self._problems:
            raise CalendarInvalid(self._problems)
        return Source(events=tuple(self._events), zones=self._zones, own_zone=self._own_zone)

    def _begin(self, number: int, name: str) -> None:
        if not self._open:
            self._calendars += 1
            if name != "VCALENDAR" or self._calendars > 1:
                raise unreadable("The file must hold one VCALENDAR.", line=number)
        if len(self._open) == DEPTH_MAX:
            raise unreadable(f"More than {DEPTH_MAX} components stand in each other.", line=number)
        self._open.append(_Block(name, number))
        if zone := self._zone_block():
            zone.lines.append(f"BEGIN:{name}")

    def _end(self, number: int, name: str) -> None:
        zone = self._zone_block()
        block = self._open.pop()
        if block.name != name:
            raise unreadable(f"END:{name} where {block.name} is open.", line=number)
        if zone:
            zone.lines.append(f"END:{name}")
        if zone is block:
            tzid = next((one[5:] for one in block.lines if one.startswith("TZID:")), "")
            self._zones.setdefault(tzid, tuple(block.lines))
        elif name == "VEVENT" and len(self._open) == 1:
            self._event(block)

    def _property(self, name: str, value: str, line: str) -> None:
        if zone := self._zone_block():
            zone.lines.append(f"TZID:{_unescaped(value)}" if name == "TZID" else line)
            return
        block = self._open[-1]
        if block.name == "VEVENT" and name in _KEPT:
            block.lines.append(_without_zone_names(line))
        elif len(self._open) == 1 and name == "X-WR-TIMEZONE":
            self._own_zone = value or None
        elif len(self._open) == 1 and name == "CALSCALE" and value.upper() != "GREGORIAN":
            raise unreadable(f"The calendar {value} is not read, only GREGORIAN.")

    def _zone_block(self) -> _Block | None:
        return next((block for block in self._open if block.name == "VTIMEZONE"), None)

    def _event(self, block: _Block) -> None:
        text = "\r\n".join(["BEGIN:VEVENT", *block.lines, "END:VEVENT", ""])
        try:
            component: Properties = Event.from_ical(text)
        except (ValueError, KeyError, IndexError) as error:
            self._problems.append(
                CalendarProblem(detail=f"It cannot be read: {error}.", line=block.line)
            )
            return
        uid = component.get("UID")
        event = SourceEvent(
            line=block.line, uid=None if uid is None else str(uid), component=component
        )
        self._events.append(event)
        self._problems += [
            event.problem(f"{name} cannot be read: {why}.") for name, why in component.errors
        ]


def _lines(content: bytes) -> Iterator[tuple[int, str]]:
    """The unfolded lines, each with the number of the line on which it begins.

    Unfolded as bytes: some programs fold in the middle of a character.
    """
    begun, waiting = 1, b""
    raw_lines = _LINE_END.split(content.removeprefix(b"\xef\xbb\xbf"))
    for number, raw in enumerate([*raw_lines, b""], start=1):
        if raw[:1] in {b" ", b"\t"} and waiting:
            waiting += raw[1:]
            continue
        if waiting.strip():
            yield begun, _text(waiting, begun)
        begun, waiting = number, raw


def _text(line: bytes, number: int) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise unreadable("The file is not UTF-8 text.", line=number) from None


def _without_zone_names(line: str) -> str:
    head = _HEAD.match(line)
    length = head.end() if head else 0
    return _TZID.sub(f";{ZONE}=", line[:length]) + line[length:]


def _unescaped(text: str) -> str:
    # As a property a comma in a name is escaped, as a parameter the name is in quotes.
    return re.sub(r"\\([,;\\])", r"\1", text)


def _sentence(problem: CalendarProblem) -> str:
    where = [f"line {problem.line}"] if problem.line else []
    where += [f"UID {problem.uid}"] if problem.uid else []
    return f"{', '.join(where)}: {problem.detail}" if where else problem.detail
