"""Sets of instants, against sets of small whole numbers."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.rosters.interval import (
    Layers,
    Span,
    Spans,
    clip,
    complement,
    contains,
    difference,
    intersection,
    milliseconds,
    moment,
    normal,
    overlaps,
    union,
)

numbers = st.integers(0, 30)
loose = st.lists(st.tuples(numbers, numbers), max_size=12)
sets = loose.map(normal)


def held(spans: list[Span] | Spans) -> set[int]:
    return {number for begin, end in spans for number in range(begin, end)}


def is_normal(spans: Spans) -> bool:
    ends = [bound for span in spans for bound in span]
    return all(one < after for one, after in pairwise(ends))


@given(spans=loose)
def test_normal_form_holds_the_same_and_joins_what_touches(spans: list[Span]) -> None:
    assert held(normal(spans)) == held(spans)
    assert is_normal(normal(spans))


@given(one=sets, other=sets)
def test_two_sets_are_combined_as_sets_are(one: Spans, other: Spans) -> None:
    assert held(union(one, other)) == held(one) | held(other)
    assert held(intersection(one, other)) == held(one) & held(other)
    assert held(difference(one, other)) == held(one) - held(other)
    for result in (union(one, other), intersection(one, other), difference(one, other)):
        assert is_normal(result)


@given(spans=sets, begin=numbers, end=numbers)
def test_parts_within_bounds(spans: Spans, begin: int, end: int) -> None:
    within = set(range(begin, end))
    assert held(complement(spans, begin, end)) == within - held(spans)
    assert held(clip(spans, begin, end)) == within & held(spans)
    assert is_normal(clip(spans, begin, end))
    if begin < end:
        assert overlaps(spans, begin, end) is bool(held(spans) & within)


@given(spans=sets, at=numbers)
def test_an_instant_is_in_a_set_from_each_begin_until_before_the_end(spans: Spans, at: int) -> None:
    assert contains(spans, at) is (at in held(spans))


@given(spans=loose)
def test_layers_name_what_lies_over_each_instant(spans: list[Span]) -> None:
    layers = Layers.of(spans)
    over = {
        at: tuple(n for n, (begin, end) in enumerate(spans) if begin <= at < end)
        for at in range(-1, 32)
    }
    assert {at: layers.at(at) for at in over} == over
    assert len(layers.deepest()) == max(len(one) for one in over.values())
    assert held(layers.covered()) == held(spans)


def test_an_instant_is_whole_milliseconds_since_1970() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert milliseconds(datetime(1970, 1, 1, 9, 0, 0, 1999, tzinfo=tokyo)) == 1
    assert milliseconds(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1
    assert moment(1_793_491_200_123) == datetime(2026, 11, 1, 0, 0, 0, 123_000, tzinfo=UTC)
