"""Wall clocks and instants, on the nights on which the clock is moved too."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.protocols.calendar import Day, Hours, instants_of
from app.protocols.kinds import IncidentType, Severity
from app.protocols.protocol import Condition
from app.rosters.interval import contains, milliseconds, moment
from app.rosters.zone import first_instant, open_intervals, stretches
from tests.rosters.zones import instants, minutes, opening_hours, zones

SAMOA = ZoneInfo("Pacific/Apia")


def _days() -> st.SearchStrategy[list[str] | None]:
    kinds = st.sampled_from([day.value for day in Day])
    return st.none() | st.lists(kinds, min_size=1, max_size=4, unique=True)


@pytest.mark.parametrize(
    ("zone", "day", "clock", "utc"),
    [
        ("Asia/Tokyo", "2026-11-01", "09:00", "2026-11-01T00:00"),
        ("Asia/Tokyo", "2027-01-01", "00:00", "2026-12-31T15:00"),  # in the UTC year before
        ("America/New_York", "2026-12-31", "23:00", "2027-01-01T04:00"),  # and in the one after
        ("Europe/Berlin", "2026-03-29", "02:30", "2026-03-29T01:00"),  # leapt over: the leap
        ("Europe/Berlin", "2026-03-29", "03:00", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-10-25", "02:30", "2026-10-25T00:30"),  # twice: the first
        ("Europe/Berlin", "2026-10-25", "03:00", "2026-10-25T02:00"),
        ("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03T15:30"),
        ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04T14:45"),
        ("Pacific/Apia", "2011-12-30", "09:00", "2011-12-30T10:00"),  # the whole day is left out
        ("Pacific/Apia", "2011-12-31", "00:00", "2011-12-30T10:00"),
    ],
)
def test_wall_time_is_first_reached_at(zone: str, day: str, clock: str, utc: str) -> None:
    at = time.fromisoformat(clock)
    found = first_instant(date.fromisoformat(day), at.hour * 60 + at.minute, ZoneInfo(zone))
    assert moment(found) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@given(at=instants, minute=minutes, zone=zones)
def test_wall_time_is_reached_when_the_calendar_says(
    at: datetime, minute: int, zone: ZoneInfo
) -> None:
    day = at.astimezone(zone).date()
    wall = datetime.combine(day, time(minute // 60, minute % 60))
    assert first_instant(day, minute, zone) == milliseconds(next(instants_of(wall, zone)))


@given(at=instants, minute=minutes, zone=zones | st.just(SAMOA))
@example(at=datetime(2011, 12, 28, tzinfo=UTC), minute=540, zone=SAMOA)
def test_later_days_are_never_reached_earlier(at: datetime, minute: int, zone: ZoneInfo) -> None:
    first = at.astimezone(zone).date()
    bounds = [first_instant(first + timedelta(days), minute, zone) for days in range(5)]
    assert bounds == sorted(bounds)


@given(begin=instants, length=st.integers(0, 800 * 86_400_000), zone=zones)
def test_stretches_of_one_offset_tile_the_line(
    begin: datetime, length: int, zone: ZoneInfo
) -> None:
    first, last = milliseconds(begin), milliseconds(begin) + length
    found = list(stretches(zone, first, last))
    bounds = [first, *(end for _, end, _ in found)]
    assert bounds[-1] == last
    assert all(one[1] == two[0] for one, two in pairwise(found))
    for stretch_from, stretch_to, offset in found:
        for at in (stretch_from, (stretch_from + stretch_to) // 2, stretch_to - 1):
            local = moment(at).astimezone(zone)
            assert local.utcoffset() == timedelta(milliseconds=offset)


@given(
    hours=opening_hours,
    days=_days(),
    zone=zones | st.just(SAMOA),
    begin=instants,
    length=st.timedeltas(timedelta(0), timedelta(days=9)),
    probes=st.lists(st.floats(0, 1, exclude_max=True), max_size=20),
)
@example(
    hours=["20:00-19:00"],
    days=["fri"],
    zone=SAMOA,
    begin=datetime(2011, 12, 28, tzinfo=UTC),
    length=timedelta(days=5),
    probes=[],
)
def test_open_intervals_agree_with_the_condition_at_every_instant(
    *,
    hours: object,
    days: list[str] | None,
    zone: ZoneInfo,
    begin: datetime,
    length: timedelta,
    probes: list[float],
) -> None:
    condition = Condition.model_validate({"hours": hours, "days": days})
    assert condition.hours is not None
    first, last = milliseconds(begin), milliseconds(begin + length)
    found = open_intervals(condition.hours, condition.days, zone, first, last)
    bounds = [bound + near for span in found for bound in span for near in (-1, 0, 1)]
    for at in [*bounds, *(first + int(part * (last - first)) for part in probes)]:
        if first <= at < last:
            local = moment(at).astimezone(zone)
            is_open = condition.matches(IncidentType.FALL, Severity.HIGH, local)
            assert contains(found, at) is is_open, local
    assert all(first <= one < two <= last for one, two in found)


def test_hours_that_come_twice_are_open_twice() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    midnight = milliseconds(datetime(2026, 10, 25, tzinfo=UTC))
    half_hour = 1_800_000
    found = open_intervals(
        Hours.parse(["02:00-02:30"]), None, berlin, midnight, midnight + 86_400_000
    )
    assert found == (
        (midnight, midnight + half_hour),
        (midnight + 2 * half_hour, midnight + 3 * half_hour),
    )


def test_nothing_is_open_in_an_empty_interval() -> None:
    assert open_intervals(Hours.always, None, SAMOA, 5, 5) == ()
