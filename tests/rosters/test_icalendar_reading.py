"""Files of calendar programs: the same instants as a second reader, and clear refusals."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from app.rosters.icalendars.reading import Occurrence, read_occurrences
from app.rosters.icalendars.source import CalendarInvalid, take_apart
from tests.rosters.documents import utc
from tests.rosters.second_reading import Reading
from tests.rosters.zones import ZONES

CALENDARS = sorted((Path(__file__).parent / "calendars").glob("*.ics"))
TOKYO = ZoneInfo("Asia/Tokyo")
BEGIN, END = utc("2026-10-01T00:00"), utc("2027-12-01T00:00")


def calendar(*events: str, head: str = "") -> bytes:
    """A file with events, each the lines of one; UIDs are u0, u1, …"""
    blocks = [f"BEGIN:VEVENT\nUID:u{n}\n{event}\nEND:VEVENT" for n, event in enumerate(events)]
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", *head.splitlines(), *blocks, "END:VCALENDAR", ""]
    return "\r\n".join("\n".join(lines).split("\n")).encode()


def read(content: bytes, zone: ZoneInfo = TOKYO) -> tuple[Occurrence, ...]:
    return read_occurrences(content, BEGIN, END, zone)


def shown(found: tuple[Occurrence, ...]) -> list[tuple[datetime, datetime]]:
    return [(one.begins_at, one.ends_at) for one in found]


def refused(content: bytes) -> list[tuple[int | None, str | None, str]]:
    with pytest.raises(CalendarInvalid) as error:
        read(content)
    return [(one.line, one.uid, one.detail) for one in error.value.problems]


# --- files of other programs -----------------------------------------------------------------


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Europe/Berlin"])
@pytest.mark.parametrize("path", CALENDARS, ids=lambda path: path.stem)
def test_file_of_another_program_means_what_a_second_reader_says(path: Path, zone: str) -> None:
    found = read(path.read_bytes(), ZoneInfo(zone))
    expected = [
        (begin, end, summary.replace("\\,", ","))
        for begin, end, summary in Reading(path.read_bytes().decode(), zone).occurrences(END)
        if begin < END and end > BEGIN
    ]
    assert sorted((one.begins_at, one.ends_at, one.summary) for one in found) == expected
    assert len(expected) > 20


def test_there_are_files_of_four_programs() -> None:
    assert [path.stem for path in CALENDARS] == ["apple", "google", "outlook", "thunderbird"]


def test_occurrence_says_who_is_meant_and_where_it_stands() -> None:
    google = read((CALENDARS[1]).read_bytes())
    first = google[0]
    assert (first.summary, first.attendees) == ("佐藤", ("sato@example.jp",))
    assert first.uid == "4q1k2v9h0m7s8d6f5g4h3j2k1l@google.com"
    assert CALENDARS[1].read_text().splitlines()[first.line - 1] == "BEGIN:VEVENT"
    lee = read(CALENDARS[3].read_bytes())[0]
    assert lee.attendees == ("lee@example.org", "urn:uuid:7c9e6679-7425-40de-944b-e07fc1f90ae7")


rules = st.one_of(
    st.builds("FREQ=DAILY;INTERVAL={}".format, st.integers(1, 6)),
    st.builds(
        "FREQ=WEEKLY;INTERVAL={};BYDAY={};WKST={}".format,
        st.integers(1, 3),
        st.lists(st.sampled_from(["MO", "WE", "FR", "SU"]), min_size=1, unique=True).map(",".join),
        st.sampled_from(["MO", "SU"]),
    ),
    st.builds(
        "FREQ=MONTHLY;INTERVAL={};BYDAY={}".format,
        st.integers(1, 3),
        st.sampled_from(["1MO", "-1FR", "2SU,4SU", "5SA", "TU"]),
    ),
    st.builds("FREQ=MONTHLY;BYMONTHDAY={}".format, st.sampled_from(["1", "31", "-1", "10,20"])),
    st.builds(
        "FREQ=MONTHLY;BYDAY={};BYSETPOS={}".format,
        st.sampled_from(["SU", "MO,TU,WE,TH,FR"]),
        st.sampled_from(["1", "-1", "2,-2"]),
    ),
    st.builds("FREQ=YEARLY;BYMONTH={};BYDAY=-1SU".format, st.sampled_from(["3", "10", "3,10"])),
    st.just("FREQ=DAILY;BYDAY=SA,SU;BYMONTH=10,3"),
)
ends = st.sampled_from(["", ";COUNT=7", ";UNTIL=20270331T000000Z", ";UNTIL=20270328"])


@settings(deadline=None, max_examples=60)
@given(
    rule=rules,
    end=ends,
    zone=st.sampled_from(ZONES),
    start=st.datetimes(datetime(2026, 3, 1), datetime(2026, 11, 5)),  # noqa: DTZ001 - wall times
    lasts=st.integers(15, 4000),
    skipped=st.integers(0, 40),
)
def test_drawn_series_means_what_a_second_reader_says(
    *, rule: str, end: str, zone: str, start: datetime, lasts: int, skipped: int
) -> None:
    # What a start that its own rule does not match means is left open by RFC 5545 3.8.5.3.
    half_hour = start.replace(minute=start.minute // 30 * 30, second=0, microsecond=0)
    start = next(iter(rrulestr(rule, dtstart=half_hour)))

    def wall(at: datetime) -> str:
        return f"{at:%Y%m%dT%H%M%S}"

    content = calendar(
        f"SUMMARY:a\nDTSTART;TZID={zone}:{wall(start)}\n"
        f"DTEND;TZID={zone}:{wall(start + timedelta(minutes=lasts))}\n"
        f"EXDATE;TZID={zone}:{wall(start + timedelta(days=skipped))}\nRRULE:{rule}{end}"
    )
    second = Reading(content.decode(), zone)
    expected = [
        (begin, until)
        for begin, until, _ in second.occurrences(END)
        if until > BEGIN and begin < END and begin < until
    ]
    assert shown(read(content)) == expected


# --- zones -----------------------------------------------------------------------------------

CUSTOM = (
    "BEGIN:VTIMEZONE\nTZID:Customized Time Zone\nBEGIN:STANDARD\nDTSTART:19700101T000000\n"
    "TZOFFSETFROM:{0}\nTZOFFSETTO:{0}\nEND:STANDARD\nEND:VTIMEZONE"
)


def _moved(rule: str) -> str:
    return CUSTOM.format("+0900").replace("END:STANDARD", f"RRULE:{rule}\nEND:STANDARD")


NINE = "DTSTART{}:20261102T090000\nDTEND{}:20261102T100000"


@pytest.mark.parametrize(
    ("params", "head", "hour"),
    [
        ("", "", 0),  # floating: the roster's zone
        ("", "X-WR-TIMEZONE:Europe/Berlin", 8),  # the calendar's
        ("", "X-WR-TIMEZONE:W. Europe Standard Time", 8),
        (";TZID=Asia/Tokyo", "X-WR-TIMEZONE:Europe/Berlin", 0),
        (";TZID=Tokyo Standard Time", "", 0),
        (';TZID="Tokyo Standard Time"', "", 0),
        (";TZID=/mozilla.org/20070129_1/Asia/Tokyo", "", 0),
        (";TZID=/Europe/Berlin", "", 8),
        (";VALUE=DATE-TIME;TZID=Europe/Berlin", "", 8),
        (";TZID=Etc/GMT-9", "", 0),
        (";TZID=UTC", "", 9),
        (";TZID=Customized Time Zone", CUSTOM.format("+0530"), 3.5),
        (";TZID=Customized Time Zone", CUSTOM.format("-0300"), 12),  # another file's is not kept
    ],
)
def test_time_is_meant_in_the_zone_that_is_named(params: str, head: str, hour: float) -> None:
    found = shown(read(calendar(NINE.format(params, params), head=head)))
    begin = utc("2026-11-02T00:00") + timedelta(hours=hour)
    assert found == [(begin, begin + timedelta(hours=1))]


@pytest.mark.parametrize(
    ("head", "detail"),
    [
        ("", "not known, and the file defines none"),
        (CUSTOM.format("+9"), "cannot be read"),
        (CUSTOM.format("+0900").replace("TZOFFSETTO:+0900\n", ""), "cannot be read"),
        (_moved("FREQ=SECONDLY"), "yearly"),
        (_moved("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), "no day on which"),
    ],
)
def test_zone_that_nobody_can_follow_is_refused_by_name(head: str, detail: str) -> None:
    params = ";TZID=Customized Time Zone"
    [(_, uid, sentence)] = refused(calendar(NINE.format(params, params), head=head))
    assert uid == "u0"
    assert "'Customized Time Zone'" in sentence
    assert detail in sentence


def test_calendar_of_an_unknown_zone_is_refused_as_a_whole() -> None:
    content = calendar(NINE.format("", ""), head="X-WR-TIMEZONE:Mars/Olympus")
    assert refused(content) == [
        (None, None, "The time zone 'Mars/Olympus' is not known, and the file defines none.")
    ]


def test_whole_days_run_from_local_midnight_to_local_midnight() -> None:
    content = calendar("DTSTART;VALUE=DATE:20261025")
    assert shown(read(content, ZoneInfo("Europe/Berlin"))) == [
        (utc("2026-10-24T22:00"), utc("2026-10-25T23:00"))  # 25 hours
    ]


# --- what is left out ------------------------------------------------------------------------


def test_one_exdate_takes_out_one_occurrence_of_two_a_day() -> None:
    series = NINE.format("", "").replace("T09", "T00").replace("T10", "T01")
    rule = "RRULE:FREQ=DAILY;BYHOUR=0,9;COUNT=4"
    content = calendar(f"{series}\n{rule}\nEXDATE:20261102T000000Z")  # 09:00 in Tokyo
    hours = [f"{one.begins_at.astimezone(TOKYO):%d %H}" for one in read(content)]
    assert hours == ["02 00", "03 00", "03 09"]


@pytest.mark.parametrize(
    ("event", "count"),
    [
        (NINE.format("", ""), 1),
        (f"{NINE.format('', '')}\nSTATUS:TENTATIVE", 1),
        (f"{NINE.format('', '')}\nSTATUS:CANCELLED", 0),
        (f"{NINE.format('', '')}\nSTATUS:cancelled\nRRULE:FREQ=DAILY", 0),
        ("DTSTART:20261102T090000", 0),  # has no length
        ("DTSTART:20261001T080000\nDTEND:20261001T090000", 0),  # ends where the horizon begins
        ("DTSTART:20261001T080000\nDTEND:20261001T090001", 1),
        ("DTSTART:20271201T090000\nDTEND:20271201T100000", 0),  # begins where it ends
        ("DTSTART:20271201T085959\nDTEND:20271201T100000", 1),
    ],
)
def test_what_is_cancelled_empty_or_outside_is_left_out(event: str, count: int) -> None:
    assert len(read(calendar(event))) == count


def test_alarms_tasks_and_other_properties_are_passed_over() -> None:
    alarm = "BEGIN:VALARM\nTRIGGER:nonsense\nDTSTART:never\nEND:VALARM"
    task = "BEGIN:VTODO\nDUE:whenever\nBEGIN:VEVENT\nDTSTART:x\nEND:VEVENT\nEND:VTODO"
    content = calendar(f"{NINE.format('', '')}\n{alarm}\nATTACH:\nGEO:x", head=task)
    assert len(read(content)) == 1


def test_line_folded_within_a_character_is_read() -> None:
    content = calendar(f"{NINE.format('', '')}\nSUMMARY:佐藤").replace(
        "佐藤".encode(), "佐".encode() + b"\xe8\x97\r\n \xa4"
    )
    assert [one.summary for one in read(content)] == ["佐藤"]


@pytest.mark.parametrize("line_end", [b"\n", b"\r", b"\r\n", b"\r\n\r\n"])
def test_lines_may_end_as_they_like(line_end: bytes) -> None:
    content = b"\xef\xbb\xbf" + calendar(NINE.format("", "")).replace(b"\r\n", line_end)
    assert len(read(content)) == 1


# --- refusals --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "detail"),
    [
        ("SUMMARY:a", "must have one DTSTART"),
        ("DTSTART:20261102T090000\nDTSTART:20261103T090000", "must have one DTSTART"),
        ("DTSTART:soon", "DTSTART"),
        ("DTSTART:20261102T090000\nDTEND:20261102T080000", "ends before it begins"),
        ("DTSTART:20261102T090000\nDURATION:-PT1H", "ends before it begins"),
        ("DTSTART:20261102T090000\nDTEND;VALUE=DATE:20261103", "one kind"),
        ("DTSTART;VALUE=DATE:20261102\nDURATION:PT1H", "whole days"),
        ("DTSTART:20261102T090000\nDTEND:20261102T100000\nDURATION:PT1H", "DTEND and DURATION"),
        ("DTSTART:16010101T090000", "years 1970 to 2199"),
        (f"{NINE.format('', '')}\nEXRULE:FREQ=DAILY", "EXRULE"),
        (f"{NINE.format('', '')}\nRRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY", "more than one RRULE"),
        (f"{NINE.format('', '')}\nRRULE:FREQ=DAILY;COUNT=2;UNTIL=20270101", "one end"),
        ("DTSTART:20261102T090000\nDTEND:20281102T090000\nRRULE:FREQ=DAILY", "shorter than a year"),
    ],
)
def test_event_that_contradicts_itself_is_refused_by_line_and_uid(event: str, detail: str) -> None:
    [(line, uid, sentence)] = refused(calendar(NINE.format("", ""), event))
    assert (line, uid) == (8, "u1")
    assert detail in sentence


@pytest.mark.parametrize(
    ("rule", "detail"),
    [
        ("FREQ=SECONDLY", "not SECONDLY"),
        ("FREQ=MINUTELY", "not MINUTELY"),
        ("FREQ=HOURLY;INTERVAL=8", "not HOURLY"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "no day"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=SU", "no day"),  # from a Monday
        ("FREQ=MONTHLY;INTERVAL=12;BYMONTH=2", "no day"),
        ("FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1", "no day"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=5", "BYSETPOS"),
        ("FREQ=DAILY;BYSETPOS=2", "BYSETPOS"),
        ("FREQ=YEARLY;BYWEEKNO=53", "BYWEEKNO"),
        ("FREQ=YEARLY;BYYEARDAY=366", "BYYEARDAY"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=1001", "INTERVAL"),
        ("FREQ=DAILY;COUNT=0", "COUNT"),
        ("FREQ=DAILY;BYHOUR=24", "BYHOUR must be 0 to 23"),
        ("FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE=0,10,20,30,40", "more than 24 times a day"),
        ("FREQ=DAILY;BYDAY=XX", "XX"),
        ("INTERVAL=2", "FREQ"),
        ("FREQ=FORTNIGHTLY", "FORTNIGHTLY"),
        ("daily", "daily"),
    ],
)
def test_rule_that_could_be_followed_for_ever_is_refused(rule: str, detail: str) -> None:
    [(_, uid, sentence)] = refused(calendar(f"{NINE.format('', '')}\nRRULE:{rule}"))
    assert uid == "u0"
    assert detail in sentence or "DAILY, WEEKLY" in sentence


def test_file_with_too_many_occurrences_is_refused_before_they_are_made() -> None:
    hours = ",".join(str(hour) for hour in range(24))
    quarter = "DTSTART:20261102T090000\nDURATION:PT15M\nRRULE:FREQ=DAILY;BYHOUR=" + hours
    assert refused(calendar(quarter)) == [(None, None, "The file has more than 5000 occurrences.")]
    assert refused(calendar(quarter, quarter, quarter)) == [
        (None, None, "The file has more than 5000 occurrences.")
    ]
    long_ago = "DTSTART:19700101T090000\nDURATION:PT15M\nRRULE:FREQ=DAILY;UNTIL=19700201"
    assert refused(calendar(*[long_ago] * 20)) == [
        (None, None, "The repetitions of this file are too many to follow.")
    ]


def test_two_events_of_one_uid_are_refused_not_mixed_up() -> None:
    content = calendar(NINE.format("", ""), NINE.format("", "")).replace(b"UID:u1", b"UID:u0")
    assert refused(content) == [(8, "u0", "The event in line 3 has the same UID.")]


def test_each_wrong_event_is_named_up_to_twenty() -> None:
    content = calendar(*["DTSTART:soon"] * 3, NINE.format("", ""), *["SUMMARY:a"] * 30)
    found = refused(content)
    assert [uid for _, uid, _ in found][:3] == ["u0", "u1", "u2"]
    assert len(found) <= 20


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b"", "not an iCalendar file"),
        (b"hello\n", "not an iCalendar file"),
        (b"BEGIN:VCARD\nEND:VCARD\n", "one VCALENDAR"),
        (b"BEGIN:VCALENDAR\nEND:VCALENDAR\nBEGIN:VCALENDAR\nEND:VCALENDAR\n", "one VCALENDAR"),
        (b"BEGIN:VCALENDAR\n", "ends within VCALENDAR"),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n", "where VEVENT is open"),
        (b"BEGIN:VCALENDAR\nCALSCALE:HEBREW\nEND:VCALENDAR\n", "HEBREW"),
        (b"BEGIN:VCALENDAR\nX-A:\xff\nEND:VCALENDAR\n", "not UTF-8"),
    ],
)
def test_file_that_is_none_is_refused(content: bytes, detail: str) -> None:
    [(_, uid, sentence)] = refused(content)
    assert uid is None
    assert detail in sentence


def test_empty_calendar_has_no_occurrences() -> None:
    assert read(calendar()) == ()


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_damaged_file_is_read_or_refused_never_anything_else(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(CALENDARS)).read_bytes())
    scraps = st.binary(max_size=4) | st.sampled_from([b"\r\n", b":", b";", b"9", b"Z", b","])
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(content) - 1))
        length = data.draw(st.integers(0, 12))
        content[at : at + length] = data.draw(scraps)
    with suppress(CalendarInvalid):
        assert all(one.begin < one.end for one in read(bytes(content)))


def test_instants_are_those_of_utc() -> None:
    assert all(one.begins_at.tzinfo is UTC for one in read(CALENDARS[0].read_bytes()))


def test_components_in_each_other_are_refused_at_once() -> None:
    content = b"BEGIN:VCALENDAR\r\n" + b"BEGIN:A\r\n" * 100_000
    with pytest.raises(CalendarInvalid, match="More than 8 components"):
        take_apart(content)
