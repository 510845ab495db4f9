"""Sets of instants day by day, against the same sets as a whole."""

from hypothesis import given
from hypothesis import strategies as st

from app.rosters.daily import Daily, ahead, beside, by_day, midnights, together, whole
from app.rosters.interval import DAY, Span, Spans, clip, normal

# Six days, the first and the last of which are not whole.
BEGIN = 20_000 * DAY + 5_000_000
END = BEGIN + 5 * DAY
DAYS = midnights(BEGIN, END)

HOUR = DAY // 24
# Bounds often fall on midnights and on the same time of several days.
instants = st.one_of(
    st.integers(BEGIN, END),
    st.sampled_from(DAYS).map(lambda midnight: max(midnight, BEGIN)),
    st.builds(lambda midnight, hour: midnight + hour * HOUR, st.sampled_from(DAYS), st.just(2)),
).map(lambda at: min(max(at, BEGIN), END))
loose: st.SearchStrategy[list[Span]] = st.lists(st.tuples(instants, instants), max_size=12)
sets = loose.map(normal)


def test_the_days_of_a_horizon_are_all_that_it_touches() -> None:
    assert list(midnights(DAY, 3 * DAY)) == [DAY, 2 * DAY]
    assert list(midnights(DAY + 1, 3 * DAY + 1)) == [DAY, 2 * DAY, 3 * DAY]
    assert list(midnights(DAY, DAY)) == []


@given(spans=sets)
def test_a_set_is_the_same_day_by_day(spans: Spans) -> None:
    days = by_day(spans, DAYS)
    assert whole(days, DAYS) == spans
    for midnight, of_day in zip(DAYS, days, strict=True):
        assert of_day == moved(clip(spans, midnight, midnight + DAY), -midnight)


@given(spans=sets, length=st.integers(0, 3 * DAY))
def test_what_lies_ahead_of_each_midnight(spans: Spans, length: int) -> None:
    for midnight, of_day in zip(DAYS, ahead(by_day(spans, DAYS), length), strict=True):
        assert of_day == moved(clip(spans, midnight, midnight + length), -midnight)


@given(each=st.lists(st.integers(0, 3), min_size=1))
def test_what_is_equal_is_said_once_and_made_once(each: list[int]) -> None:
    days = Daily.of(each)
    made: list[int] = []

    def half(one: int) -> int:
        made.append(one)
        return one // 2

    halves = days.then(half)
    assert sorted(made) == sorted(set(each))
    assert list(days) == each
    assert list(halves) == list(halves.merged()) == [one // 2 for one in each]
    assert len(halves.merged().said) == len({one // 2 for one in each})
    assert [(day, days.said[number]) for number, day in days.first_days().items()] == [
        (each.index(one), one) for one in dict.fromkeys(each)
    ]


@given(pairs=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1))
def test_days_are_alike_where_all_that_is_said_is(pairs: list[tuple[int, int]]) -> None:
    one, other = (Daily.of(each) for each in zip(*pairs, strict=True))
    for both in (beside(one, other), together([one, other], len(pairs))):
        assert list(both) == pairs
        assert len(both.said) == len(set(pairs))
    assert list(together([], 2)) == [(), ()]


def moved(spans: Spans, by: int) -> Spans:
    return tuple((begin + by, end + by) for begin, end in spans)
