"""Entries of calendars, and shifts that take the place of others."""

from datetime import timedelta

import pytest

from app.rosters.changing.replacing import Window, with_shifts
from app.rosters.history import Version
from app.rosters.icalendars.entries import duty_entries
from app.rosters.icalendars.matching import Directory, Why
from app.rosters.icalendars.reading import Occurrence
from app.rosters.roster import Roster, Shift
from tests.rosters.documents import roster, rotation, utc

BEGIN, END = utc("2026-11-01T00:00"), utc("2026-12-01T00:00")
MIDDLE = utc("2026-11-10T20:00")


def shift(begin: str, end: str, person: str = "sato", tier: int = 1) -> Shift:
    times = {"from": utc(f"2026-11-{begin}"), "to": utc(f"2026-11-{end}")}
    return Shift.model_validate({**times, "person": person, "tier": tier})


def planned(*shifts: Shift) -> Roster:
    return roster(shifts=[one.model_dump(mode="json", by_alias=True) for one in shifts])


def version(number: int, document: Roster, at: str) -> Version:
    when = utc(at)
    return Version(number=number, document=document, effective_from=when, recorded_at=when)


def test_duty_that_goes_on_in_the_next_version_is_one_entry() -> None:
    before = roster(rotation(persons=["sato", "ito"]))
    after = roster(rotation(persons=["sato", "ito"]), rotation(name="2", tier=2, persons=["ito"]))
    alone = duty_entries([version(1, before, "2026-11-01T00:00")], BEGIN, END, desk_id="D")
    both = [version(1, before, "2026-11-01T00:00"), version(2, after, "2026-11-10T20:00")]
    entries = [one for one in duty_entries(both, BEGIN, END, desk_id="D") if one.tier == 1]
    times = [(one.person, one.begins_at, one.ends_at) for one in entries]
    assert times == [(one.person, one.begins_at, one.ends_at) for one in alone]
    over = [one for one in entries if one.begins_at < MIDDLE < one.ends_at]
    assert [(one.revision, one.changed_at) for one in over] == [(2, MIDDLE)]
    assert {one.revision for one in entries if one.ends_at <= MIDDLE} == {1}


def test_duty_that_ends_with_a_version_ends_there() -> None:
    versions = [
        version(1, planned(shift("10T12:00", "11T12:00")), "2026-11-01T00:00"),
        version(2, planned(shift("10T20:00", "11T12:00", "ito")), "2026-11-10T20:00"),
    ]
    found = duty_entries(versions, BEGIN, END, desk_id="D")
    assert [(one.person, one.begins_at, one.ends_at) for one in found] == [
        ("sato", utc("2026-11-10T12:00"), MIDDLE),
        ("ito", MIDDLE, utc("2026-11-11T12:00")),
    ]


@pytest.mark.parametrize(
    ("cuts", "kept"),
    [
        # Without cut edges whoever lies over them gives way as a whole.
        (False, [("12T00:00", "13T00:00", "ito")]),
        # With them the parts outside stay.
        (
            True,
            [
                ("09T00:00", "10T00:00", "sato"),
                ("12T00:00", "13T00:00", "ito"),
                ("20T00:00", "21T00:00", "sato"),
            ],
        ),
    ],
)
def test_shifts_over_the_edges(cuts: bool, kept: list[tuple[str, str, str]]) -> None:  # noqa: FBT001
    before = planned(shift("09T00:00", "11T00:00"), shift("19T00:00", "21T00:00"))
    window = Window(
        begin=utc("2026-11-10T00:00"),
        end=utc("2026-11-20T00:00"),
        cuts_begin=cuts,
        cuts_end=cuts,
    )
    new = [shift("12T00:00", "13T00:00", "ito")]
    data = with_shifts(before, new, tiers=[1], window=window, now=BEGIN)
    assert data["shifts"] == [shift(*one).model_dump(mode="json", by_alias=True) for one in kept]
    again = with_shifts(Roster.model_validate(data), new, tiers=[1], window=window, now=BEGIN)
    assert again == data


def test_other_tiers_and_the_past_are_no_matter() -> None:
    before = planned(
        shift("02T00:00", "03T00:00"),
        shift("12T00:00", "13T00:00", tier=2),
        shift("14T00:00", "15T00:00"),
    )
    window = Window(begin=utc("2026-11-05T00:00"), end=END)
    now = window.begin
    old = [shift("02T00:00", "03T00:00", "ito")]
    data = with_shifts(before, old, tiers=[1], window=window, now=now)
    assert [(one["person"], one["tier"]) for one in data["shifts"]] == [("sato", 2)]


NAMES = {"p1": "佐藤 花子", "p2": "Anna Müller", "p3": "同名", "p4": "同名"}
ADDRESSES = {"p1": ["hanako@example.jp"], "p2": ["office@example.jp"], "p3": ["office@example.jp"]}


def occurrence(summary: str, *attendees: str, description: str = "", line: int = 1) -> Occurrence:
    return Occurrence(
        begin=0,
        end=1,
        summary=summary,
        attendees=attendees,
        uid=None,
        line=line,
        description=description,
    )


@pytest.mark.parametrize(
    ("event", "persons", "why"),
    [
        # The whole text, or words of it, whatever the spaces, the width and the case.
        (occurrence("佐藤花子"), ("p1",), None),
        (occurrence("夜勤：佐藤　花子（確定）"), ("p1",), None),
        (occurrence("ANNA MÜLLER on call"), ("p2",), None),
        (occurrence("佐藤 花子 / Anna Müller"), ("p1", "p2"), None),
        # Part of a word is none.
        (occurrence("佐藤花子の代わり"), (), Why.UNKNOWN),
        # An address that two share is nobody's; the words then decide.
        (occurrence("夜勤", "office@example.jp"), (), Why.AMBIGUOUS),
        (occurrence("Anna Müller", "office@example.jp"), ("p2",), None),
        (occurrence("同名"), (), Why.AMBIGUOUS),
        (occurrence("同名 佐藤花子"), (), Why.AMBIGUOUS),
        # What is said wins.
        (occurrence("ハナちゃん"), ("p1",), None),
        (occurrence("当直", description="電話番号\np2"), ("p2",), None),
        # A text without end is looked at up to some point.
        (occurrence("x " * 1_000_000 + "佐藤花子"), (), Why.UNKNOWN),
    ],
)
def test_who_is_meant(event: Occurrence, persons: tuple[str, ...], why: Why | None) -> None:
    matched = Directory(NAMES, ADDRESSES, {"ﾊﾅ ちゃん": "p1"}).match(event)
    assert (matched.persons, matched.why) == (persons, why)


def test_window_of_an_hour_over_nothing_is_empty() -> None:
    window = Window(begin=BEGIN, end=BEGIN + timedelta(hours=1))
    assert with_shifts(planned(), [], tiers=[1], window=window, now=BEGIN)["shifts"] == []
