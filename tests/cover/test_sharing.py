"""What is kept for the next protocol makes a proof faster, and changes nothing in it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from app.cover.check import prove, timetable_for
from app.cover.course import courses
from app.cover.gaps import gaps
from app.cover.reach import Reach
from app.cover.timetable import Kept, Timetable
from app.escalation.network import Network
from app.protocols.calendar import next_local_time
from app.rosters.history import Version
from app.rosters.interval import DAY, Instant, Spans, clip, milliseconds, moment, normal
from app.rosters.roster import parse_roster
from tests.cover.drawn_towns import BEGINS, ZONES, towns
from tests.escalation.network_samples import desk, document, network, person, point

BEGIN = datetime(2026, 11, 23, tzinfo=UTC)
HORIZON = timedelta(days=3)
# A drawn protocol lasts no longer: 2 rounds of 4 steps of 4 hours.
LASTS = 2 * DAY


@settings(max_examples=20)
@given(one=towns(), other=towns(), begin=st.sampled_from(BEGINS), minutes=st.integers(0, 1440))
def test_proofs_that_share_a_timetable_are_those_that_do_not(
    one: Network, other: Network, begin: datetime, minutes: int
) -> None:
    # Both towns have the same ids for other desks, rosters, hours: nothing may be mixed up.
    begin += timedelta(minutes=minutes)
    timetable = timetable_for(begin, horizon=HORIZON)
    for town in (one, other, one):
        alone = prove(town, begin, horizon=HORIZON)
        assert prove(town, begin, horizon=HORIZON, timetable=timetable) == alone


def test_what_is_kept_is_made_anew_when_it_was_made_of_something_else() -> None:
    kept: Kept[int] = Kept()
    made: list[int] = []

    def make() -> int:
        made.append(len(made))
        return made[-1]

    found = [kept.get("desk", make, made_of=of) for of in (("a",), ("a",), ("b",), ("b",), ("a",))]
    assert found == [0, 0, 1, 1, 2]


@settings(max_examples=20)
@given(zone=st.sampled_from(ZONES), begin=st.sampled_from(BEGINS), minutes=st.integers(0, 5 * 1440))
def test_mornings_are_the_next_local_times(zone: str, begin: datetime, minutes: int) -> None:
    timetable = Timetable(begin=milliseconds(begin), end=milliseconds(begin) + 5 * DAY)
    mornings = timetable.mornings(7, ZoneInfo(zone))
    at = begin + timedelta(minutes=minutes)
    following = min(morning for morning in mornings if morning > milliseconds(at))
    assert moment(following) == next_local_time(at, ZoneInfo(zone), 7)


@settings(max_examples=20)
@given(town=towns(), begin=st.sampled_from(BEGINS), day=st.integers(0, 20))
def test_a_day_of_a_long_horizon_has_the_gaps_that_it_has_alone(
    town: Network, begin: datetime, day: int
) -> None:
    first = milliseconds(begin)
    at = first + LASTS + day * DAY
    of_long = gaps_of_day(town, first, first + 25 * DAY, at)
    assert of_long == gaps_of_day(town, at - LASTS, at + DAY, at)


Place = tuple[int, int, bool]


def gaps_of_day(town: Network, begin: Instant, end: Instant, at: Instant) -> Mapping[Place, Spans]:
    reach = Reach(network=town, begin=begin, end=end + LASTS)
    assert town.protocol is not None
    found: dict[Place, list[tuple[Instant, Instant]]] = {}
    for course in courses(town.protocol, reach, begin, end):
        for gap in gaps(course, reach):
            place = (gap.variant, gap.step, gap.planned)
            found.setdefault(place, []).append((gap.begin, gap.end))
    clipped = {place: clip(normal(spans), at, at + DAY) for place, spans in found.items()}
    return {place: spans for place, spans in clipped.items() if spans}


def test_a_year_of_one_roster_is_looked_at_and_followed_on_a_few_days() -> None:
    rotation = {"name": "a", "persons": ["sato", "ito"], "starts_on": "2026-01-01"}
    roster = {"rotations": [rotation | {"every": "week", "hours": ["17:30-09:00"]}]}
    version = Version(
        number=1,
        document=parse_roster(roster),
        effective_from=BEGIN,
        recorded_at=BEGIN,
    )
    night = replace(desk("night", "sato", "ito"), roster=(version,))
    persons = [person("sato"), person("ito", points=[point("ito-1", hours=["20:00-24:00"])])]
    town = network(document({"desk": "night"}, {"desk": "city-desk"}), night, *persons)
    assert town.protocol is not None
    begin = milliseconds(BEGIN)
    reach = Reach(network=town, begin=begin, end=begin + 400 * DAY)
    [course] = courses(town.protocol, reach, begin, begin + 399 * DAY)
    assert len(course.days.numbers) == 400
    # Sato's days, Ito's days, those on which they change, and the two ends of the horizon.
    assert len(course.covers[0].days.said) <= 6
    assert len(course.days.said) <= 8
