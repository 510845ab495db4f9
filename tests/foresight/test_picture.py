"""The picture of a week: what it shows, and that it is an honest, harmless file."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from app.cover.course import courses
from app.cover.distribution import tail
from app.cover.gaps import gaps
from app.cover.reach import Reach
from app.escalation.network import Network
from app.foresight.examined import examine
from app.foresight.picture import picture
from app.foresight.week import Grid, Piece, State, look_at_week
from app.protocols.problems import Problem
from app.rosters.interval import milliseconds
from tests.escalation.network_samples import desk, document, network, person
from tests.foresight.samples import NOTHING_AGAINST, NOW, examined, named, office_hours

MONDAY = date(2026, 11, 30)
SVG = "{http://www.w3.org/2000/svg}"


def week_of(found: Network, first: date = MONDAY, now: datetime = NOW) -> tuple[Grid, ...]:
    return look_at_week(found, first, now).grids


def minutes(grid: Grid, state: State) -> int:
    return sum(piece.ends - piece.begins for piece in grid.pieces if piece.state is state)


def drawn(language: str = "ja", first: date = MONDAY) -> str:
    week = look_at_week(office_hours(), first, NOW)
    return picture(examined(), week, "ja" if language == "ja" else "en")


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text.encode())  # noqa: S314  # our own


def test_by_day_the_day_desk_is_there_and_by_night_there_is_a_gap() -> None:
    day, night = week_of(office_hours())
    assert (day.variant, day.step, night.step) == (0, 1, 2)
    assert minutes(day, State.COVERED) == 7 * 8 * 60
    assert minutes(day, State.GAP) == 7 * 16 * 60
    # Night turns begin on Monday to Friday; nobody takes those of Saturday and Sunday.
    assert Piece(day=4, begins=0, ends=24 * 60, state=State.COVERED) in night.pieces
    assert Piece(day=5, begins=0, ends=24 * 60, state=State.COVERED) not in night.pieces
    gaps = [(one.day, one.begins, one.ends) for one in night.pieces if one.state is State.GAP]
    assert gaps == [(0, 0, 540), (5, 1020, 1440), (6, 0, 540), (6, 1020, 1440)]


def test_what_is_not_planned_yet_is_told_apart_from_a_gap() -> None:
    _, night = week_of(office_hours(), date(2027, 3, 29))
    unplanned = {one.day for one in night.pieces if one.state is State.UNPLANNED}
    assert unplanned == {5, 6}, "Saturday and Sunday; from Thursday on nothing is planned"
    assert minutes(night, State.GAP) == 9 * 60, "Monday morning, planned and left out"


def test_nothing_is_said_of_what_is_past() -> None:
    day, _ = week_of(office_hours(), NOW.date())
    assert min((one.day, one.begins) for one in day.pieces) == (0, 12 * 60)


def test_every_instant_of_a_coming_week_has_one_state() -> None:
    for grid in week_of(office_hours()):
        assert sum(one.ends - one.begins for one in grid.pieces) == 7 * 24 * 60


def test_gaps_are_those_that_the_proof_finds() -> None:
    found = office_hours()
    protocol = found.protocol
    assert protocol is not None
    begin = milliseconds(NOW)
    end = begin + timedelta(days=30) // timedelta(milliseconds=1)
    reach = Reach(network=found, begin=begin, end=end + tail(protocol))
    first = milliseconds(datetime(2026, 11, 29, 15, tzinfo=UTC))
    last = milliseconds(datetime(2026, 12, 6, 15, tzinfo=UTC))
    in_week = {1: 0, 2: 0}
    for course in courses(protocol, reach, begin, end):
        for gap in gaps(course, reach):
            in_week[gap.step] += max(min(gap.end, last) - max(gap.begin, first), 0) // 60_000
    assert in_week == {one.step: minutes(one, State.GAP) for one in week_of(found)}


@pytest.mark.parametrize(
    ("zone", "first", "hours"),
    [
        # Clocks are put forward on the last day, and back: a drawn day is 24 hours all the same.
        ("Europe/Berlin", date(2027, 3, 22), 7 * 24 - 1),
        ("Europe/Berlin", date(2027, 10, 25), 7 * 24 + 1),
    ],
)
def test_days_are_those_of_the_wall_clock(zone: str, first: date, hours: int) -> None:
    (grid,) = week_of(network(document({"desk": "city-desk"}, timezone=zone)), first)
    assert minutes(grid, State.COVERED) == hours * 60
    assert {one.day for one in grid.pieces} == set(range(7))
    assert all(0 <= one.begins < one.ends <= 24 * 60 for one in grid.pieces)


def test_variants_that_no_incident_opens_in_are_only_named() -> None:
    special = {"name": "年末年始", "when": {"days": ["year_end"]}, "steps": [{"desk": "city-desk"}]}
    found = network(
        document(variants=[special, {"name": "全て", "steps": [{"desk": "city-desk"}]}])
    )
    week = look_at_week(found, MONDAY, NOW)
    assert week.idle == (0,)
    text = picture(examine(found, NOTHING_AGAINST, NOW), week, "ja")
    assert "この週に使われない適用区分: 「年末年始」" in text


def test_incidents_hidden_from_family_have_a_grid_of_their_own() -> None:
    found = network(
        document({"desk": "day", "also_page": ["son"]}),
        desk("day", "suzuki", hours=["09:00-17:00"]),
        person("suzuki"),
        person("son", "family"),
    )
    common, hidden = week_of(found)
    assert (common.restricted, hidden.restricted) == (False, True)
    assert (minutes(common, State.GAP), minutes(hidden, State.GAP)) == (0, 7 * 16 * 60)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_it_has_a_title_a_legend_and_tips_and_nothing_that_runs(language: str) -> None:
    text = drawn(language)
    root = parsed(text)
    assert root.attrib["viewBox"].startswith("0 0 390 ")
    assert root.attrib["role"] == "img"
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert "緊急時対応" in (title.text or "")
    labels = {"ja": "空き（だれもいない）", "en": "gap: nobody can be asked"}
    assert labels[language] in [one.text for one in root.iter(f"{SVG}text")]
    tips = [one.text for one in root.findall(f"{SVG}rect/{SVG}title")]
    assert len(tips) > 20
    assert all(tips)
    assert not re.search(r"<script|\son\w+=|href|foreignObject|<image|<style", text)


def test_each_state_has_its_own_colour_and_its_own_hatching() -> None:
    patterns = {
        one.attrib["id"]: [child.attrib for child in one]
        for one in parsed(drawn()).iter(f"{SVG}pattern")
    }
    assert set(patterns) == {state.value for state in State}
    colours = {name: marks[0]["fill"] for name, marks in patterns.items()}
    assert len(set(colours.values())) == len(State)
    # In print: stripes for a gap, dots for what is not planned, nothing on the others.
    assert {name: len(marks) for name, marks in patterns.items()} == {
        "covered": 1,
        "gap": 2,
        "unplanned": 2,
        "away": 1,
    }


@pytest.mark.parametrize(
    "text",
    [
        '<script>alert("1")</script>&amp;',
        "]]>'\"<!--",
        # No character of XML, but one that a name may hold.
        "佐藤\uffff様",
        "𠮷野家" * 40,
    ],
)
def test_whatever_things_are_called_it_is_well_formed(text: str) -> None:
    found = named(text)
    week = look_at_week(found, MONDAY, NOW)
    root = parsed(picture(examine(found, NOTHING_AGAINST, NOW), week, "ja"))
    title = root.find(f"{SVG}title")
    assert title is not None
    assert (title.text or "").startswith(text.replace("\uffff", "\ufffd"))


def test_a_document_that_cannot_be_published_is_said_to_be_so() -> None:
    error = Problem(pointer="/accountable", detail="This party is retired.")
    text = picture(replace(examined(), errors=(error,), proof=None), None, "ja")
    assert "公開できない文書です（誤り1件）。" in [
        one.text for one in parsed(text).iter(f"{SVG}text")
    ]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_steps_whose_names_are_long_and_alike_are_told_apart(language: str) -> None:
    long = "虐待の疑いがあるとき（通報者の名を伏せて市の窓口だけで確かめる場合）その"
    found = network(
        document(
            variants=[
                {
                    "name": f"{long}{number}",
                    "steps": [
                        {"name": f"{long}{step}", "person": step} for step in ("sato", "ito")
                    ],
                }
                | ({"when": {"types": ["abuse_suspected"]}} if number == "一" else {})
                for number in ("一", "二")
            ]
        ),
        replace(person("sato"), name=f"{long}佐藤"),
        replace(person("ito"), name=f"{long}伊藤"),
        person("son", "family"),
    )
    week = look_at_week(found, MONDAY, NOW)
    assert len(week.grids) >= 4
    text = picture(examine(found, NOTHING_AGAINST, NOW), week, "ja" if language == "ja" else "en")
    lines = list(parsed(text).iter(f"{SVG}text"))
    headings = [one.text or "" for one in lines if one.attrib.get("font-weight")][1:]
    assert len(headings) == len(set(headings)) == len(week.grids)
    # Of a line that is cut, what is drawn comes after its tip.
    cut = [one[0].tail or "" for one in lines if len(one)]
    for end in ("佐藤", "伊藤"):
        assert {one for one in cut if one.endswith(end)}
    assert {one for one in cut if "…" in one and "一" in one}
