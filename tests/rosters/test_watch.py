"""What of a roster is worth a look."""

from collections.abc import Iterable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from app.protocols.calendar import Hours
from app.rosters.duty import DutySpan, duty_intervals
from app.rosters.roster import Roster
from app.rosters.watch import (
    Concern,
    Finding,
    many_nights,
    nobody,
    not_active,
    several_desks,
    unreachable,
)
from tests.rosters.documents import override, roster, rotation, shift, utc

TOKYO = ZoneInfo("Asia/Tokyo")
BEGIN, END = utc("2026-10-31T15:00"), utc("2026-11-30T15:00")  # November in Tokyo


def spans(read: Roster) -> tuple[DutySpan, ...]:
    return duty_intervals(read, BEGIN, END)


def local(findings: Iterable[Finding]) -> list[tuple[str | None, str, str]]:
    return [
        (
            one.person,
            f"{one.begins_at.astimezone(TOKYO):%d %H:%M}",
            f"{one.ends_at.astimezone(TOKYO):%d %H:%M}",
        )
        for one in findings
        if one.begins_at and one.ends_at
    ]


# --- nights ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("persons", "every", "hours", "expected"),
    [
        (["a", "b"], "day", ["17:30-09:00"], []),
        (["a", "b"], {"days": 2}, ["17:30-09:00"], []),  # two in a row are allowed
        (["a", "b"], {"days": 3}, ["08:30-17:30"], []),  # days are no nights
        (["a", "b"], {"days": 3}, ["05:00-22:00"], []),  # nor is what borders on one
        (["a"], "day", ["05:00-22:01"], [("a", "01 22:00", "10 05:00")]),  # any part is one
        (["a"], "day", ["04:59-22:00"], [("a", "01 22:00", "10 05:00")]),
        (["a", "b", "c"], {"days": 3}, ["17:30-09:00"], "each three"),
    ],
)
def test_more_than_two_nights_in_a_row_are_found(
    persons: list[str], every: object, hours: object, expected: object
) -> None:
    turns = {"starts_on": "2026-11-01", "ends_on": "2026-11-10"}
    read = roster(rotation(persons=persons, every=every, hours=hours, **turns))
    found = list(many_nights(spans(read), TOKYO))
    if expected == "each three":
        expected = [
            ("a", "01 22:00", "04 05:00"),
            ("b", "04 22:00", "07 05:00"),
            ("c", "07 22:00", "10 05:00"),
        ]
    assert local(found) == expected
    assert {one.concern for one in found} <= {Concern.MANY_NIGHTS}


def test_nights_of_several_desks_are_counted_together() -> None:
    hours = {"hours": ["17:30-09:00"]}
    one = roster(rotation(starts_on="2026-11-01", ends_on="2026-11-03", **hours))
    other = roster(rotation(starts_on="2026-11-03", ends_on="2026-11-04", **hours))
    assert not list(many_nights(spans(one), TOKYO))
    assert local(many_nights([*spans(one), *spans(other)], TOKYO)) == [
        ("sato", "01 22:00", "04 05:00")
    ]


def test_night_off_between_begins_the_count_anew() -> None:
    read = roster(
        rotation(hours=["17:30-09:00"], ends_on="2026-11-06"),
        overrides=[override("2026-11-03T06:00:00", "2026-11-04T06:00:00", replaces="sato")],
    )
    assert not list(many_nights(spans(read), TOKYO))


# --- several desks ---------------------------------------------------------------------------


def test_person_on_duty_for_two_desks_at_once_is_found() -> None:
    day = roster(shifts=[shift("a", "2026-11-05T00:00:00", "2026-11-05T09:00:00")])
    night = roster(shifts=[shift("a", "2026-11-05T08:00:00", "2026-11-05T20:00:00")])
    other = roster(shifts=[shift("b", "2026-11-05T08:00:00", "2026-11-05T20:00:00")])
    after = roster(shifts=[shift("a", "2026-11-05T20:00:00", "2026-11-05T21:00:00")])
    by_desk = {"D2": spans(night), "D1": spans(day), "D3": spans(other), "D4": spans(after)}
    [found] = several_desks(by_desk)
    assert found == Finding(
        concern=Concern.SEVERAL_DESKS,
        places=("D1", "D2"),
        person="a",
        begins_at=utc("2026-11-05T08:00"),
        ends_at=utc("2026-11-05T09:00"),
    )


def test_person_in_two_tiers_of_one_desk_is_not() -> None:
    read = roster(rotation(name="1"), rotation(name="2", tier=2))
    assert not list(several_desks({"D1": spans(read)}))


# --- persons ---------------------------------------------------------------------------------


def test_each_place_that_names_somebody_retired_is_found() -> None:
    begin, end = "2026-11-05T00:00:00", "2026-11-06T00:00:00"
    read = roster(
        rotation(persons=["a", "gone"]),
        shifts=[shift("a", begin, end), shift("gone", begin, end)],
        overrides=[override(begin, end, person="lost", replaces="a")],
    )
    found = list(not_active(read, {"a"}))
    assert [(one.places, one.person, one.begins_at) for one in found] == [
        (("/rotations/0/persons/1",), "gone", None),
        (("/shifts/1/person",), "gone", utc(begin)),
        (("/overrides/0/person",), "lost", utc(begin)),
    ]
    assert not list(not_active(read, {"a", "gone", "lost"}))


# --- gaps ------------------------------------------------------------------------------------


def test_each_interval_with_nobody_on_duty_is_found() -> None:
    read = roster(
        rotation(hours=["17:30-09:00"]),
        rotation(name="backup", tier=2, hours=["09:00-17:00"], days=["weekday"]),
    )
    found = list(nobody(read, BEGIN, BEGIN + timedelta(days=4)))
    assert local(found) == [
        (None, "01 00:00", "01 17:30"),  # before the first hand-over, and a Sunday
        (None, "02 17:00", "02 17:30"),
        (None, "03 09:00", "03 17:30"),  # 文化の日
        (None, "04 17:00", "04 17:30"),
    ]
    assert {one.concern for one in found} == {Concern.NOBODY}


def test_nobody_after_the_planned_end_is_no_gap() -> None:
    read = roster(rotation(ends_on="2026-11-10"), planned_until="2026-11-10")
    begin = BEGIN + timedelta(days=5)
    assert local(nobody(read, begin, END)) == [(None, "10 09:00", "11 00:00")]
    assert not list(nobody(read, BEGIN + timedelta(days=15), END))
    unplanned = roster(rotation(ends_on="2026-11-10"))
    assert local(nobody(unplanned, begin, END)) == [(None, "10 09:00", "01 00:00")]


# --- contact points --------------------------------------------------------------------------


def test_hours_on_duty_at_which_no_contact_point_works_are_found() -> None:
    read = roster(rotation(persons=["a", "b"], starts_on="2026-11-01", ends_on="2026-11-03"))
    hours = {
        "a": [Hours.parse(["08:00-18:00"]), Hours.parse(["17:00-23:00", "05:00-08:00"])],
        "b": [Hours.always],
    }
    found = list(unreachable(spans(read), hours, TOKYO))
    assert local(found) == [("a", "01 23:00", "02 05:00")]
    assert found[0].places == ("/rotations/0",)


def test_person_without_a_contact_point_is_never_reachable() -> None:
    read = roster(rotation(ends_on="2026-11-02"))
    assert local(unreachable(spans(read), {}, TOKYO)) == [("sato", "01 09:00", "02 09:00")]
