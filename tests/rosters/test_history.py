"""Versions of a roster: the past is corrected, never changed."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rosters.duty import duty_intervals, on_duty
from app.rosters.history import (
    Version,
    appended,
    duty_intervals_in,
    in_force,
    on_duty_in,
    reigns,
)
from app.rosters.roster import RosterInvalid
from tests.rosters.documents import roster, rotation, utc

START = utc("2026-11-01T00:00")


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def version(number: int, recorded: float, effective: float, reason: str | None = None) -> Version:
    return Version(
        number=number,
        document=roster(rotation(persons=[f"p{number}"], starts_on="2026-01-01")),
        effective_from=day(effective),
        recorded_at=day(recorded),
        is_correction=reason is not None,
        reason=reason,
    )


# 1 from the start; 2 planned for day 10; 3, recorded on day 20, corrects what was from day 15 on.
HISTORY = (version(1, 0, 0), version(2, 5, 10), version(3, 20, 15, "佐藤と伊藤が交代していた"))


def number_at(at: float, as_of: float | None = None) -> int | None:
    found = in_force(HISTORY, day(at), None if as_of is None else day(as_of))
    return None if found is None else found.number


@pytest.mark.parametrize(
    ("at", "as_of", "number"),
    [
        (-1, None, None),  # no roster yet
        (0, None, 1),  # from its first instant
        (9.99, None, 1),
        (10, None, 2),
        (15, None, 3),  # as corrected
        (15, 19.99, 2),  # as it was known then
        (15, 20, 3),  # known from the instant on at which it is recorded
        (12, 20, 2),  # the correction begins later
        (12, 4.99, 1),  # the plan was not made yet
        (12, -1, None),
    ],
)
def test_version_in_force_by_what_was_known(
    at: float, as_of: float | None, number: int | None
) -> None:
    assert number_at(at, as_of) == number


def test_answers_are_those_of_the_version_in_force() -> None:
    at = day(16)
    assert on_duty_in(HISTORY, at) == on_duty(HISTORY[2].document, at)
    assert on_duty_in(HISTORY, at, as_of=at) == on_duty(HISTORY[1].document, at)
    assert on_duty_in(HISTORY, day(-1)) is None
    nobody = Version(number=1, document=roster(), effective_from=START, recorded_at=START)
    assert on_duty_in([nobody], at) == ()


def test_intervals_are_cut_where_another_version_begins() -> None:
    spans = duty_intervals_in(HISTORY, day(-2), day(20))
    assert [(span.person, span.begins_at, span.ends_at) for span in spans] == [
        ("p1", day(0), day(10)),
        ("p2", day(10), day(15)),
        ("p3", day(15), day(20)),
    ]
    assert duty_intervals_in(HISTORY, day(15), day(17), as_of=day(16)) == duty_intervals(
        HISTORY[1].document, day(15), day(17)
    )


def test_version_overtaken_before_it_began_never_reigns() -> None:
    versions = (version(1, 0, 0), version(2, 1, 10), version(3, 2, 5))
    found = reigns(versions, day(0), day(20))
    assert [one.version and one.version.number for one in found] == [1, 3]
    assert [(one.begins_at, one.ends_at) for one in found] == [(day(0), day(5)), (day(5), day(20))]
    assert reigns(versions, day(3), day(3)) == ()


days = st.integers(0, 40).map(lambda half: half / 2)


@given(plans=st.lists(st.tuples(days, days), min_size=1, max_size=6), at=days, as_of=days)
def test_ordinary_versions_never_change_what_was_answered_about_the_past(
    plans: list[tuple[float, float]], at: float, as_of: float
) -> None:
    versions: tuple[Version, ...] = ()
    for number, (recorded, later) in enumerate(sorted(plans), start=1):
        versions = appended(versions, version(number, recorded, recorded + later))
    answer = on_duty_in(versions, day(at), as_of=day(at))
    if as_of >= at:
        assert on_duty_in(versions, day(at), as_of=day(as_of)) == answer
    assert on_duty_in(versions, day(at)) == answer


@given(plans=st.lists(st.tuples(days, days, st.booleans()), min_size=1, max_size=6), as_of=days)
def test_old_answer_stays_answerable_whatever_is_corrected_later(
    plans: list[tuple[float, float, bool]], as_of: float
) -> None:
    versions: tuple[Version, ...] = ()
    for number, (recorded, effective, is_correction) in enumerate(sorted(plans), start=1):
        from_when = effective if is_correction else recorded + effective
        reason = "訂正" if is_correction else None
        versions = appended(versions, version(number, recorded, from_when, reason))
    known_then = tuple(one for one in versions if one.recorded_at <= day(as_of))
    window = (day(0), day(40))
    assert duty_intervals_in(versions, *window, as_of=day(as_of)) == duty_intervals_in(
        known_then, *window
    )


@pytest.mark.parametrize(
    ("new", "pointer"),
    [
        (version(4, 21, 20.99), "/effective_from"),
        (version(4, 21, 10, ""), "/reason"),
        (version(4, 21, 10, " "), "/reason"),
    ],
)
def test_change_of_the_past_without_a_reason_is_refused(new: Version, pointer: str) -> None:
    with pytest.raises(RosterInvalid) as refused:
        appended(HISTORY, new)
    assert [problem.pointer for problem in refused.value.problems] == [pointer]


@pytest.mark.parametrize("new", [version(4, 21, 21), version(4, 20, 30), version(4, 21, 2, "訂正")])
def test_version_for_later_or_with_a_reason_is_appended(new: Version) -> None:
    assert appended(HISTORY, new) == (*HISTORY, new)


@pytest.mark.parametrize("new", [version(5, 21, 21), version(3, 21, 21), version(4, 19, 30)])
def test_version_out_of_order_is_a_bug(new: Version) -> None:
    with pytest.raises(AssertionError):
        appended(HISTORY, new)
