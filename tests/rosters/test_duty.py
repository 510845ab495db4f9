"""Who is on duty, at an instant and in an interval."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.rosters.duty import DutySpan, duty_by_tier, duty_intervals, on_duty
from app.rosters.interval import milliseconds, moment, normal
from app.rosters.roster import Roster, parse_roster
from tests.rosters import naive
from tests.rosters.documents import Document, override, roster, rotation, shift, utc
from tests.rosters.zones import NIGHTS, ZONES, clock, instants, opening_hours

PERSONS = ["sato", "ito", "kato"]
persons = st.sampled_from(PERSONS)
tiers = st.integers(1, 3)
hand_overs = st.sampled_from([0, 30, 120, 135, 150, 540, 1439])


def _within(document: Document, begin: datetime, length: timedelta) -> Document:
    return {**document, "from": begin.isoformat(), "to": (begin + length).isoformat()}


lengths = st.timedeltas(timedelta(milliseconds=1), timedelta(days=4))
shifts = st.builds(
    _within, st.fixed_dictionaries({"person": persons, "tier": tiers}), instants, lengths
)
overrides = st.builds(
    _within,
    st.fixed_dictionaries(
        {"person": st.none() | persons, "replaces": st.none() | persons, "tier": st.none() | tiers}
    ),
    instants,
    lengths,
)
kinds = st.lists(
    st.sampled_from(["mon", "sat", "sun", "weekday", "holiday", "year_end"]), min_size=1
)


@st.composite
def rotations(draw: st.DrawFn) -> Document:
    starts_on = draw(st.sampled_from(NIGHTS)).date() - timedelta(days=draw(st.integers(-3, 20)))
    lasts = draw(st.none() | st.integers(1, 30))
    every = draw(st.sampled_from(["day", "week", {"days": 2}, {"days": 5}]))
    return rotation(
        name=str(draw(st.uuids())),
        persons=draw(st.lists(persons, min_size=1, max_size=4)),
        tier=draw(tiers),
        starts_on=starts_on.isoformat(),
        ends_on=None if lasts is None else (starts_on + timedelta(days=lasts)).isoformat(),
        every=every,
        hand_over=clock(draw(hand_overs)),
        hours=draw(opening_hours),
        days=draw(st.none() | kinds),
    )


rosters = st.builds(
    lambda zone, one, two, three: parse_roster(
        {"timezone": zone, "rotations": one, "shifts": two, "overrides": three}
    ),
    st.sampled_from(ZONES),
    st.lists(rotations(), max_size=3),
    st.lists(shifts, max_size=3),
    st.lists(overrides, max_size=4),
)


def at(spans: Sequence[DutySpan], instant: int) -> list[tuple[int, str, str]]:
    return sorted(
        (span.tier, span.source, span.person) for span in spans if span.begin <= instant < span.end
    )


def answered(read: Roster, instant: int) -> list[tuple[int, str, str]]:
    return sorted((one.tier, one.source, one.person) for one in on_duty(read, moment(instant)))


@settings(deadline=None)
@given(
    read=rosters,
    begin=instants,
    length=st.timedeltas(timedelta(0), timedelta(days=8)),
    probes=st.lists(st.floats(0, 1, exclude_max=True), max_size=8),
)
def test_interval_and_instant_and_the_naive_way_agree(
    read: Roster, begin: datetime, length: timedelta, probes: list[float]
) -> None:
    spans = duty_intervals(read, begin, begin + length)
    first = int(begin.timestamp() * 1000)
    last = first + length // timedelta(milliseconds=1)
    named = [one for each in (*read.shifts, *read.overrides) for one in each.span]
    bounds = [*(one for span in spans for one in (span.begin, span.end)), *named]
    looked_at = {bound + near for bound in bounds for near in (-1, 0, 1)}
    looked_at |= {first + int(part * (last - first)) for part in probes}
    for instant in looked_at:
        if first <= instant < last:
            expected = naive.on_duty(read, moment(instant))
            assert at(spans, instant) == expected, moment(instant)
            assert answered(read, instant) == expected, moment(instant)


@given(read=rosters, begin=instants, length=st.timedeltas(timedelta(0), timedelta(days=20)))
def test_spans_are_as_long_as_can_be_and_within_the_interval(
    read: Roster, begin: datetime, length: timedelta
) -> None:
    spans = duty_intervals(read, begin, begin + length)
    assert list(spans) == sorted(spans)
    last_end: dict[tuple[int, str, str], int] = {}
    for span in spans:
        key = (span.tier, span.source, span.person)
        assert last_end.get(key, -1) < span.begin < span.end
        assert begin <= span.begins_at < span.ends_at <= begin + length
        last_end[key] = span.end


@given(read=rosters, begin=instants, length=st.timedeltas(timedelta(0), timedelta(days=20)))
def test_by_tier_and_person_it_is_the_same_without_the_sources(
    read: Roster, begin: datetime, length: timedelta
) -> None:
    expected: dict[int, dict[str, list[tuple[int, int]]]] = {}
    for span in duty_intervals(read, begin, begin + length):
        of_tier = expected.setdefault(span.tier, {})
        of_tier.setdefault(span.person, []).append((span.begin, span.end))
    found = duty_by_tier(read, milliseconds(begin), milliseconds(begin + length))
    assert {tier: [*persons] for tier, persons in found.items()} == {
        tier: [*persons] for tier, persons in expected.items()
    }
    for tier, persons in expected.items():
        assert found[tier] == {person: normal(spans) for person, spans in persons.items()}


@settings(deadline=None)
@given(zone=st.sampled_from(ZONES), minute=hand_overs, start=st.sampled_from(NIGHTS))
def test_daily_hand_over_tiles_the_line_without_gap_or_overlap(
    zone: str, minute: int, start: datetime
) -> None:
    read = roster(
        rotation(persons=PERSONS, starts_on="2026-01-01", hand_over=clock(minute)), timezone=zone
    )
    begin = start - timedelta(days=3)
    end = start + timedelta(days=3)
    spans = duty_intervals(read, begin, end)
    assert [span.begins_at for span in spans] == [begin, *(span.ends_at for span in spans[:-1])]
    assert spans[-1].ends_at == end
    people = [span.person for span in spans]
    assert all(people[i + 1] == PERSONS[(PERSONS.index(people[i]) + 1) % 3] for i in range(5))


def test_rotation_that_follows_on_the_same_date_leaves_no_gap() -> None:
    read = roster(
        rotation(name="old", ends_on="2026-11-08", persons=["sato"]),
        rotation(name="new", starts_on="2026-11-08", persons=["ito"]),
    )
    change = utc("2026-11-08T00:00")  # 09:00 in Tokyo
    [old, new] = duty_intervals(read, utc("2026-11-07T00:00"), utc("2026-11-09T00:00"))
    assert (old.person, old.ends_at, new.person, new.begins_at) == ("sato", change, "ito", change)


def test_weekly_rotation_changes_on_the_weekday_on_which_it_starts() -> None:
    read = roster(rotation(every="week", persons=["a", "b"], starts_on="2026-11-04"))
    spans = duty_intervals(read, utc("2026-11-01T00:00"), utc("2026-11-25T00:00"))
    assert [(span.person, span.begins_at) for span in spans] == [
        ("a", utc("2026-11-04T00:00")),
        ("b", utc("2026-11-11T00:00")),
        ("a", utc("2026-11-18T00:00")),
    ]


def who(read: Roster, instant: str, tier: int | None = None) -> list[tuple[int, str]]:
    return [(one.tier, one.person) for one in on_duty(read, utc(instant), tier)]


def test_night_of_the_turn_belongs_to_who_took_it_over_in_the_evening() -> None:
    read = roster(rotation(persons=["a", "b"], hours=["17:30-09:00"]))
    assert who(read, "2026-11-01T08:29:59.999") == []
    assert who(read, "2026-11-01T08:30") == [(1, "a")]  # 17:30 in Tokyo
    assert who(read, "2026-11-01T23:59:59.999") == [(1, "a")]
    assert who(read, "2026-11-02T00:00") == []  # 09:00: handed over, and nobody until the evening
    assert who(read, "2026-11-02T09:00") == [(1, "b")]


def test_lower_tiers_come_first_and_one_can_be_asked_for_alone() -> None:
    read = roster(
        rotation(name="second", tier=2, persons=["b"]),
        rotation(name="first", tier=1, persons=["a"]),
    )
    assert who(read, "2026-11-05T00:00") == [(1, "a"), (2, "b")]
    assert who(read, "2026-11-05T00:00", tier=2) == [(2, "b")]


NOON, NIGHT = "2026-11-05T03:00:00", "2026-11-05T12:00:00"
TWO_TIERS = (rotation(name="1", persons=["a"]), rotation(name="2", tier=2, persons=["b"]))


def _put(person: str, replaces: str, tier: int | None = None) -> Document:
    return {"person": person, "replaces": replaces, "tier": tier}


# What overrides leave of (1, a) and (2, b).
@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ([{}], []),  # everybody off
        ([{"tier": 1}], [(2, "b")]),
        ([{"person": "c"}], [(1, "c"), (2, "c")]),  # instead of everybody
        ([{"person": "c", "tier": 1}], [(1, "c"), (2, "b")]),
        ([_put("c", "b")], [(1, "a"), (2, "c")]),  # in the tier of b
        ([_put("c", "b", tier=1)], [(1, "a"), (1, "c"), (2, "b")]),  # b is not in tier 1
        ([_put("c", "x")], [(1, "a"), (1, "c"), (2, "b")]),  # x is not on duty
        ([{"replaces": "a"}], [(2, "b")]),
        ([_put("b", "a", tier=1), _put("a", "b", tier=2)], [(1, "b"), (2, "a")]),  # a swap
        ([_put("c", "a"), _put("d", "a")], [(1, "d"), (2, "b")]),  # corrected
        ([_put("c", "a"), _put("a", "a")], [(1, "a"), (2, "b")]),  # taken back
        ([_put("c", "a"), _put("d", "c")], [(1, "d"), (2, "b")]),  # passed on
        ([_put("c", "a"), {}], []),
        ([{}, {"person": "c"}], [(1, "c")]),  # there is nobody left to be replaced
    ],
)
def test_overrides_are_applied_in_order(
    overrides: list[Document], expected: list[tuple[int, str]]
) -> None:
    read = roster(*TWO_TIERS, overrides=[override(NOON, NIGHT, **one) for one in overrides])
    before, after = "2026-11-05T02:59:59.999", NIGHT
    assert sorted(who(read, NOON)) == expected
    assert who(read, before) == who(read, after) == [(1, "a"), (2, "b")]


def test_one_override_splits_a_shift_into_three() -> None:
    read = roster(
        shifts=[shift("a", "2026-11-05T00:00:00", "2026-11-06T00:00:00")],
        overrides=[override(NOON, NIGHT, person="b", replaces="a")],
    )
    spans = duty_intervals(read, utc("2026-11-01T00:00"), utc("2026-11-09T00:00"))
    assert [(span.person, span.source) for span in spans] == [
        ("a", "/shifts/0"),
        ("b", "/overrides/0"),
        ("a", "/shifts/0"),
    ]
    assert [span.begins_at for span in spans[1:]] == [utc(NOON), utc(NIGHT)]


def test_roster_without_entries_has_nobody_on_duty() -> None:
    assert on_duty(roster(), utc(NOON)) == ()
    assert duty_intervals(roster(), utc(NOON), utc(NIGHT)) == ()
    assert duty_intervals(roster(*TWO_TIERS), utc(NIGHT), utc(NOON)) == ()


def test_year_of_turns_is_counted_without_drift() -> None:
    read = roster(
        rotation(persons=PERSONS, starts_on="2026-01-01", hand_over="02:30"),
        timezone="Europe/Berlin",
    )
    spans = duty_intervals(read, datetime(2026, 1, 2, tzinfo=UTC), datetime(2027, 1, 2, tzinfo=UTC))
    lengths_of_turns = Counter((span.ends_at - span.begins_at) for span in spans[1:-1])
    assert lengths_of_turns == {
        timedelta(hours=24): 361,
        timedelta(hours=23.5): 2,  # to the leap at two, and from it
        timedelta(hours=25): 1,
    }
