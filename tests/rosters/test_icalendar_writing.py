"""The feed that calendar programs subscribe to."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar

from app.rosters.duty import DutySpan, duty_intervals
from app.rosters.icalendars.entries import DutyEntry
from app.rosters.icalendars.reading import read_occurrences
from app.rosters.icalendars.writing import write_calendar
from tests.rosters.documents import override, roster, rotation, utc

BEGIN, END = utc("2026-11-01T00:00"), utc("2026-12-01T00:00")
WRITTEN = utc("2026-10-20T03:14:15")
NAMES = {"sato": "看護師 佐藤, 花子; " + "とても長い名前" * 20, "ito": "Itō"}


def spans() -> tuple[DutySpan, ...]:
    read = roster(
        rotation(persons=["sato", "ito", "no-name"], hours=["17:30-09:00"]),
        rotation(name="2", tier=2, persons=["ito"], every="week"),
        overrides=[override("2026-11-05T00:00", "2026-11-06T00:00", person="ito", replaces="sato")],
    )
    return duty_intervals(read, BEGIN, END)


def entry(span: DutySpan, desk_id: str = "D1") -> DutyEntry:
    return DutyEntry(
        desk_id=desk_id,
        tier=span.tier,
        person=span.person,
        begins_at=span.begins_at,
        ends_at=span.ends_at,
        revision=4,
        changed_at=WRITTEN,
    )


def named(one: DutyEntry) -> str:
    return NAMES.get(one.person, one.person)


def written(some: tuple[DutySpan, ...]) -> bytes:
    return write_calendar(map(entry, some), name="夜間当番", title=named)


def test_feed_is_read_back_with_the_same_instants_and_names() -> None:
    found = read_occurrences(written(spans()), BEGIN, END, ZoneInfo("Europe/Berlin"))
    assert sorted((one.begin, one.end, one.summary) for one in found) == sorted(
        (span.begin, span.end, NAMES.get(span.person, span.person)) for span in spans()
    )


def test_feed_is_a_calendar_by_the_letter() -> None:
    content = written(spans())
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    calendar = Calendar.from_ical(content.decode())
    assert (calendar["VERSION"], calendar["METHOD"]) == ("2.0", "PUBLISH")
    assert calendar["X-WR-CALNAME"] == "夜間当番"
    assert b"\r\nREFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n" in content
    assert b"\r\nX-PUBLISHED-TTL:PT1H\r\n" in content
    events: list[Any] = calendar.walk("VEVENT")
    assert len(events) == len(spans())
    for event in events:
        assert (event["DTSTAMP"].dt, event["LAST-MODIFIED"].dt) == (WRITTEN, WRITTEN)
        assert event["SEQUENCE"] == 4
        assert event["DTSTART"].to_ical().endswith(b"Z")
        assert {"UID", "DTEND", "SUMMARY"} <= set(event.keys())


def uids(content: bytes) -> list[str]:
    return [str(event["UID"]) for event in Calendar.from_ical(content.decode()).walk("VEVENT")]


def test_uid_stays_with_the_duty_whatever_else_changes() -> None:
    first = spans()
    assert len(set(uids(written(first)))) == len(first)
    one = first[3]
    longer = DutySpan(
        begin=one.begin,
        end=one.end + 3_600_000,
        tier=one.tier,
        source="/shifts/7",
        person=one.person,
    )
    assert uids(written((one,))) == uids(written((longer,)))
    others = (
        DutySpan(begin=one.begin + 1000, end=one.end, tier=one.tier, source="", person=one.person),
        DutySpan(begin=one.begin, end=one.end, tier=3, source="", person=one.person),
        DutySpan(begin=one.begin, end=one.end, tier=one.tier, source="", person="kato"),
    )
    assert len({*uids(written((one, *others)))}) == 4
    other_desk = write_calendar((entry(one, "D2"),), name="", title=named)
    assert uids(other_desk) != uids(written((one,)))


def test_same_duty_is_the_same_file() -> None:
    assert written(spans()) == written(tuple(reversed(spans())))
    later = [replace(entry(one), changed_at=WRITTEN + timedelta(1)) for one in spans()]
    assert written(spans()) != write_calendar(later, name="夜間当番", title=named)


def test_nobody_on_duty_is_an_empty_calendar() -> None:
    assert uids(written(())) == []


def test_what_begins_and_ends_in_one_second_is_no_event() -> None:
    first = entry(spans()[0])
    at = first.begins_at
    some = (
        replace(first, ends_at=at + timedelta(milliseconds=999)),
        replace(
            first, begins_at=at + timedelta(hours=1), ends_at=at + timedelta(hours=1, seconds=1)
        ),
    )
    content = write_calendar(some, name="夜間当番", title=named)
    begins = [line for line in content.decode().splitlines() if line.startswith("DTSTART")]
    assert begins == [f"DTSTART:{at + timedelta(hours=1):%Y%m%dT%H%M%SZ}"]
