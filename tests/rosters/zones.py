"""Zones in which the clock is moved, and when."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

ZONES = ["Asia/Tokyo", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]
# The nights of 2026 on which the clock is moved (half an hour on Lord Howe), and one on which no
# clock is; the turn of the year, when offices are closed and a UTC year ends.
NIGHTS = [
    datetime(2026, 3, 29, 1, tzinfo=UTC),  # Berlin, forward
    datetime(2026, 10, 25, 1, tzinfo=UTC),  # Berlin, back
    datetime(2026, 3, 8, 7, tzinfo=UTC),  # New York, forward
    datetime(2026, 11, 1, 6, tzinfo=UTC),  # New York, back
    datetime(2026, 4, 4, 15, tzinfo=UTC),  # Lord Howe, back
    datetime(2026, 10, 3, 15, 30, tzinfo=UTC),  # Lord Howe, forward
    datetime(2026, 7, 1, tzinfo=UTC),
    datetime(2026, 12, 31, 20, tzinfo=UTC),
]


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


zones = st.sampled_from(ZONES).map(ZoneInfo)
# Half hours around which clocks are moved, office hours, and any.
minutes = st.one_of(st.sampled_from([0, 60, 90, 120, 150, 180, 540, 1050]), st.integers(0, 1439))
intervals = (
    st.tuples(minutes, minutes)
    .filter(lambda pair: pair[0] != pair[1])
    .map(lambda pair: f"{clock(pair[0])}-{clock(pair[1])}")
)
opening_hours = st.one_of(st.just("24h"), st.lists(intervals, min_size=1, max_size=3))
instants = st.builds(
    lambda night, seconds: night + timedelta(seconds=seconds),
    st.sampled_from(NIGHTS),
    st.one_of(st.integers(-24, 24).map(lambda n: n * 1800), st.integers(-259_200, 259_200)),
)
