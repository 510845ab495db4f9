"""Local days and hours."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.protocols.calendar import (
    Day,
    Hours,
    days_of,
    is_holiday,
    is_quiet_night,
    is_year_end,
    next_local_time,
    union_covers_day,
)

TOKYO = ZoneInfo("Asia/Tokyo")
NEW_YORK = ZoneInfo("America/New_York")


def tokyo(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


def _interval(begin: int, end: int) -> str:
    return f"{begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"


intervals = st.tuples(st.integers(0, 1439), st.integers(0, 1440)).filter(
    lambda pair: pair[0] != pair[1]
)
opening_hours = st.one_of(
    st.just(Hours.always),
    st.lists(intervals.map(lambda pair: _interval(*pair)), min_size=1, max_size=5).map(Hours.parse),
)


# --- hours -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "spans"),
    [
        ("24h", ((0, 1440),)),
        (["00:00-24:00"], ((0, 1440),)),  # the same, written out
        (["09:00-17:30"], ((540, 1050),)),
        (["18:00-08:30"], ((1080, 510),)),  # across midnight
        (["18:00-24:00"], ((1080, 1440),)),
        (["18:00-00:00"], ((1080, 1440),)),  # midnight is the end of the day
        (["00:00-00:01"], ((0, 1),)),
        (["23:59-24:00"], ((1439, 1440),)),
        (["09:00-12:00", "13:00-17:00"], ((540, 720), (780, 1020))),
        (("09:00-12:00",), ((540, 720),)),  # a tuple is a list
    ],
)
def test_hours_in_their_json_form_are_read(value: object, spans: object) -> None:
    assert Hours.parse(value).spans == spans


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (None, 'Must be "24h"'),
        (24, 'Must be "24h"'),
        (True, 'Must be "24h"'),
        ("24H", 'Must be "24h"'),
        ("09:00-17:00", 'Must be "24h"'),  # one interval is a list of one, too
        ({"from": "09:00"}, 'Must be "24h"'),
        ([], "list of 1 to 20 intervals"),  # never open is not a way to be open
        (["09:00-17:00"] * 21, "list of 1 to 20 intervals"),
        ([900], "is written"),
        ([None], "is written"),
        (["9:00-17:00"], "is written"),
        (["09:00 - 17:00"], "is written"),
        (["09:00-17:60"], "is written"),
        (["24:00-25:00"], "is written"),
        (["09:00-17:00\n"], "is written"),
        (["０９:００-１７:００"], "is written"),  # full-width digits
        (["18:00-24:30"], "goes beyond it"),
        (["08:00-08:00"], "is empty"),  # nothing, or all day? Nobody knows
        (["00:00-00:00"], "is empty"),
    ],
)
def test_hours_that_mean_nothing_are_refused_with_a_sentence(value: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Hours.parse(value)


@pytest.mark.parametrize(
    ("hours", "clock", "is_open"),
    [
        ("24h", "00:00:00", True),
        ("24h", "23:59:59", True),
        (["09:00-17:00"], "08:59:59", False),
        (["09:00-17:00"], "09:00:00", True),
        (["09:00-17:00"], "16:59:59", True),
        (["09:00-17:00"], "17:00:00", False),  # half-open
        (["18:00-08:30"], "17:59:59", False),
        (["18:00-08:30"], "18:00:00", True),
        (["18:00-08:30"], "00:00:00", True),
        (["18:00-08:30"], "08:29:59", True),
        (["18:00-08:30"], "08:30:00", False),
        (["09:00-12:00", "13:00-17:00"], "12:30:00", False),
        (["09:00-12:00", "13:00-17:00"], "13:00:00", True),
    ],
)
def test_hours_contain_the_local_time_from_begin_until_before_end(
    hours: object, clock: str, *, is_open: bool
) -> None:
    assert Hours.parse(hours).contains(tokyo(f"2026-11-14T{clock}")) is is_open


def test_interval_across_midnight_begins_on_the_day_before() -> None:
    hours = Hours.parse(["18:00-08:30"])
    assert list(hours.begin_dates(tokyo("2026-11-14T02:00"))) == [date(2026, 11, 13)]
    assert list(hours.begin_dates(tokyo("2026-11-14T19:00"))) == [date(2026, 11, 14)]
    assert list(hours.begin_dates(tokyo("2026-11-14T12:00"))) == []


def test_overlapping_intervals_begin_on_both_days() -> None:
    hours = Hours.parse(["18:00-08:30", "07:00-09:00"])
    begun = set(hours.begin_dates(tokyo("2026-11-14T08:00")))
    assert begun == {date(2026, 11, 13), date(2026, 11, 14)}


@pytest.mark.parametrize(
    ("many", "is_covered"),
    [
        ([], False),
        (["24h"], True),
        ([["00:00-24:00"]], True),
        ([["00:00-23:59"]], False),
        ([["00:01-24:00"]], False),
        ([["08:30-18:00"], ["18:00-08:30"]], True),  # day and night meet exactly
        ([["08:30-18:00"], ["18:01-08:30"]], False),  # one minute at 18:00 is open
        ([["08:30-18:00", "18:00-08:30"]], True),
        ([["12:00-11:59"]], False),
        ([["00:00-12:00"], ["06:00-24:00"], ["01:00-02:00"]], True),  # overlaps do no harm
    ],
)
def test_hours_together_cover_the_day_or_not(many: list[object], *, is_covered: bool) -> None:
    assert union_covers_day(Hours.parse(one) for one in many) is is_covered


def test_hours_of_all_day_cover_the_whole_day_and_others_do_not() -> None:
    assert Hours.always.covers_whole_day()
    assert Hours.parse(["08:00-20:00", "20:00-08:00"]).covers_whole_day()
    assert not Hours.parse(["08:00-20:00"]).covers_whole_day()


def test_hours_of_all_day_are_dumped_in_the_short_form() -> None:
    assert Hours.parse(["00:00-24:00"]).dump() == "24h"
    assert Hours.parse(["18:00-24:00", "00:00-08:30"]).dump() == ["18:00-24:00", "00:00-08:30"]


@given(opening_hours)
def test_any_hours_survive_being_dumped_and_read(hours: Hours) -> None:
    assert Hours.parse(hours.dump()) == hours


@given(st.lists(opening_hours, max_size=3))
def test_cover_of_the_day_agrees_with_asking_minute_by_minute(many: list[Hours]) -> None:
    midnight = tokyo("2026-11-14T00:00")
    minutes = [midnight + timedelta(minutes=minute) for minute in range(1440)]
    minute_by_minute = all(any(hours.contains(at) for hours in many) for at in minutes)
    assert union_covers_day(many) is minute_by_minute


# --- days ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "is_free"),
    [
        ("2026-01-01", True),  # 元日
        ("2026-01-02", False),  # the turn of the year, but no national holiday
        ("2026-05-06", True),  # 振替休日: Constitution Day fell on a Sunday
        ("2026-05-07", False),
        ("2026-09-22", True),  # 国民の休日, between two holidays
        ("2019-05-01", True),  # enthronement, this once
        ("2020-07-24", True),  # スポーツの日, moved for the Olympics
        ("2021-07-19", False),  # 海の日 was moved away from here
        ("2026-11-14", False),
        ("2099-01-01", True),
        ("2100-01-01", False),  # beyond what is known nothing is a holiday
        ("1999-01-01", False),
        ("9999-12-31", False),
    ],
)
def test_national_holidays_are_known(day: str, *, is_free: bool) -> None:
    assert is_holiday(date.fromisoformat(day)) is is_free


@pytest.mark.parametrize(
    ("day", "is_closed"),
    [
        ("2026-12-28", False),
        ("2026-12-29", True),
        ("2026-12-31", True),
        ("2027-01-01", True),
        ("2027-01-03", True),
        ("2027-01-04", False),
    ],
)
def test_year_end_is_from_29_december_to_3_january(day: str, *, is_closed: bool) -> None:
    assert is_year_end(date.fromisoformat(day)) is is_closed


@pytest.mark.parametrize(
    ("day", "kinds"),
    [
        ("2026-11-13", {Day.FRI, Day.WEEKDAY}),
        ("2026-11-14", {Day.SAT}),
        ("2026-11-15", {Day.SUN}),
        ("2026-11-23", {Day.MON, Day.HOLIDAY}),  # a holiday is no weekday
        ("2026-12-29", {Day.TUE, Day.YEAR_END}),  # nor is the turn of the year
        ("2026-01-01", {Day.THU, Day.HOLIDAY, Day.YEAR_END}),
        ("2026-05-03", {Day.SUN, Day.HOLIDAY}),
    ],
)
def test_a_date_is_several_kinds_of_day_at_once(day: str, kinds: set[Day]) -> None:
    assert days_of(date.fromisoformat(day)) == kinds


# --- the next local time ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "hour", "now", "expected"),
    [
        ("Asia/Tokyo", 7, "2026-11-14T12:00", "2026-11-14T22:00"),  # 21:00 there: tomorrow
        ("Asia/Tokyo", 7, "2026-11-14T21:59:59.999", "2026-11-14T22:00"),
        ("Asia/Tokyo", 7, "2026-11-14T22:00", "2026-11-15T22:00"),  # exactly now is not next
        ("Asia/Tokyo", 7, "2026-11-13T16:00", "2026-11-13T22:00"),  # 01:00 there: today
        # New York leaps from 02:00 to 03:00 on 8 March: 02:00 is the instant of the leap.
        ("America/New_York", 2, "2026-03-08T05:00", "2026-03-08T07:00"),
        ("America/New_York", 2, "2026-03-08T07:00", "2026-03-09T06:00"),
        ("America/New_York", 7, "2026-03-08T05:00", "2026-03-08T11:00"),  # six hours, not seven
        # 01:00 comes twice on 1 November.
        ("America/New_York", 1, "2026-11-01T04:30", "2026-11-01T05:00"),
        ("America/New_York", 1, "2026-11-01T05:00", "2026-11-01T06:00"),
        ("America/New_York", 1, "2026-11-01T06:00", "2026-11-02T06:00"),
        # Lord Howe leaps by half an hour, from 02:00 to 02:30.
        ("Australia/Lord_Howe", 2, "2026-10-03T12:00", "2026-10-03T15:30"),
        # Beirut leaps at midnight.
        ("Asia/Beirut", 0, "2026-03-28T12:00", "2026-03-28T22:00"),
        # Samoa had no 30 December 2011.
        ("Pacific/Apia", 7, "2011-12-29T18:00", "2011-12-30T17:00"),
    ],
)
def test_next_local_time_is_when_the_clock_shows_it(
    zone: str, hour: int, now: str, expected: str
) -> None:
    instant = datetime.fromisoformat(f"{now}Z")
    assert next_local_time(instant, ZoneInfo(zone), hour) == datetime.fromisoformat(f"{expected}Z")


@given(
    st.datetimes(
        min_value=datetime.fromisoformat("2000-01-01"),
        max_value=datetime.fromisoformat("2037-12-31"),
        timezones=st.just(UTC),
    ),
    st.sampled_from(["Asia/Tokyo", "America/New_York", "Europe/Lisbon", "Asia/Kathmandu"]),
    st.integers(3, 23),  # the hours that these zones never leap over
)
def test_next_local_time_is_later_and_shows_the_full_hour(
    now: datetime, name: str, hour: int
) -> None:
    zone = ZoneInfo(name)
    found = next_local_time(now, zone, hour)
    local = found.astimezone(zone)
    assert found > now
    assert (local.hour, local.minute, local.second, local.microsecond) == (hour, 0, 0, 0)
    assert found - now <= timedelta(hours=25)


@pytest.mark.parametrize(
    ("clock", "is_quiet"),
    [
        ("20:59:59.999", False),
        ("21:00", True),
        ("00:00", True),
        ("06:59:59.999", True),
        ("07:00", False),
        ("12:00", False),
    ],
)
def test_the_quiet_night_lasts_from_nine_to_seven(clock: str, *, is_quiet: bool) -> None:
    assert is_quiet_night(tokyo(f"2026-11-14T{clock}").astimezone(UTC), TOKYO) is is_quiet


def test_the_quiet_night_is_that_of_the_zone() -> None:
    noon_in_tokyo = tokyo("2026-11-14T12:00")
    assert not is_quiet_night(noon_in_tokyo, TOKYO)
    assert is_quiet_night(noon_in_tokyo, NEW_YORK)
