"""What a roster document may say, and how it is refused."""

import pytest

from app.protocols.calendar import Day, Hours
from app.rosters.roster import RosterInvalid, parse_roster, parse_roster_text
from tests.rosters.documents import Document, override, roster, rotation, shift, utc

NOON, EVENING = "2026-11-01T12:00:00", "2026-11-01T18:00:00"


def problems(document: object) -> list[tuple[str, str]]:
    with pytest.raises(RosterInvalid) as refused:
        parse_roster(document)
    return [(one.pointer, one.detail) for one in refused.value.problems]


def test_defaults_are_filled_in() -> None:
    read = roster(rotation())
    assert read.timezone == "Asia/Tokyo"
    assert read.planned_until is None
    one = read.rotations[0]
    assert (one.tier, one.every, one.hand_over, one.hours) == (1, 1, 540, Hours.always)
    assert (one.ends_on, one.days) == (None, None)


def test_normal_form_is_read_as_the_same_roster() -> None:
    read = roster(
        rotation(every={"days": 3}, ends_on="2027-01-01", hours=["17:30-09:00"], days=["holiday"]),
        rotation(name="週番", every="week", hand_over="00:00", tier=5),
        timezone="Europe/Berlin",
        shifts=[shift("ito", NOON, EVENING, tier=2)],
        overrides=[override(NOON, EVENING, person="ito", replaces="sato", reason="交代")],
        planned_until="2026-12-31",
    )
    document = read.document()
    assert parse_roster(document) == read
    assert document["rotations"][0]["every"] == {"days": 3}
    assert document["rotations"][1]["every"] == "week"
    assert document["shifts"][0]["from"] == "2026-11-01T12:00:00.000Z"
    assert "tier" not in document["overrides"][0]
    assert read.rotations[0].days == (Day.HOLIDAY,)
    assert read.person_ids() == {"sato", "ito"}


def test_instants_are_cut_to_milliseconds_of_utc() -> None:
    one = {"person": "a", "from": "2026-11-01T09:00:00.123999+09:00", "to": "2026-11-01T10:00Z"}
    assert roster(shifts=[one]).shifts[0].begins_at == utc("2026-11-01T00:00:00.123")


def test_text_is_read_as_json_and_as_yaml() -> None:
    yaml = "rotations:\n- {name: 夜勤, persons: [sato], starts_on: 2026-11-01, hand_over: 09:00}\n"
    assert parse_roster_text(yaml, is_yaml=True) == roster(rotation())
    assert parse_roster_text('{"timezone": "Asia/Tokyo"}', is_yaml=False) == roster()
    with pytest.raises(RosterInvalid, match="not JSON"):
        parse_roster_text("{", is_yaml=False)


PERSONS = [f"p{number}" for number in range(50)]


@pytest.mark.parametrize(
    "members",
    [
        {"persons": PERSONS},
        {"persons": ["sato", "ito", "sato"]},  # two turns of three
        {"tier": 5},
        {"every": {"days": 366}},
        {"every": {"days": 1}},
        {"hand_over": "23:59"},
        {"ends_on": "2026-11-02"},
        {"starts_on": "1970-01-01"},
        {"starts_on": "2199-12-31"},
        {"hours": "24h", "days": ["sat", "sun"]},
    ],
)
def test_rotation_at_a_limit_is_read(members: Document) -> None:
    assert len(parse_roster({"rotations": [rotation(**members)]}).rotations) == 1


@pytest.mark.parametrize(
    ("members", "pointer", "detail"),
    [
        ({"persons": []}, "/persons", "too short"),
        ({"persons": [*PERSONS, "one more"]}, "/persons", "too long: at most 50"),
        ({"persons": ["佐 藤"]}, "/persons/0", "id"),
        ({"persons": "sato"}, "/persons", "list"),
        ({"tier": 0}, "/tier", "at least 1"),
        ({"tier": 6}, "/tier", "at most 5"),
        ({"tier": True}, "/tier", "whole number"),
        ({"every": "month"}, "/every", '"day", "week"'),
        ({"every": {"days": 0}}, "/every", '"day", "week"'),
        ({"every": {"days": 367}}, "/every", '"day", "week"'),
        ({"every": {"days": True}}, "/every", '"day", "week"'),
        ({"every": {"days": 2, "hours": 1}}, "/every", '"day", "week"'),
        ({"every": 7}, "/every", '"day", "week"'),
        ({"every": ["day"]}, "/every", '"day", "week"'),
        ({"hand_over": "24:00"}, "/hand_over", "local time"),
        ({"hand_over": "9:00"}, "/hand_over", "local time"),
        ({"hand_over": 540}, "/hand_over", "local time"),
        ({"starts_on": "2026-02-29"}, "/starts_on", "no such day"),
        ({"starts_on": "1969-12-31"}, "/starts_on", "years 1970 to 2199"),
        ({"ends_on": "2026-11-01"}, "/ends_on", "later than starts_on"),
        ({"ends_on": "2026-10-31"}, "/ends_on", "later than starts_on"),
        ({"hours": ["09:00-09:00"]}, "/hours", "empty"),
        ({"days": []}, "/days", "too short"),
        ({"days": ["someday"]}, "/days/0", "mon"),
        ({"name": ""}, "/name", "empty"),
        ({"colour": "red"}, "/colour", ""),
    ],
)
def test_rotation_that_means_nothing_is_refused_at_its_pointer(
    members: Document, pointer: str, detail: str
) -> None:
    [(found, sentence)] = problems({"rotations": [rotation(**members)]})
    assert found == f"/rotations/0{pointer}"
    assert detail in sentence


@pytest.mark.parametrize(
    ("begin", "end", "pointer", "detail"),
    [
        ("2026-11-01T12:00:00", "2026-11-02T12:00:00Z", "/from", "instant such as"),  # of no zone
        ("2026-11-01", "2026-11-02T12:00:00Z", "/from", "instant such as"),
        (0, "2026-11-02T12:00:00Z", "/from", "instant such as"),
        ("2026-11-31T12:00:00Z", "2026-12-02T12:00:00Z", "/from", "no such day"),
        ("2026-11-01T12:00:00Z", "2026-11-01T24:30:00Z", "/to", "no such day"),
        ("2026-11-01T12:00:00Z", "2200-01-01T00:00:00Z", "/to", "years 1970 to 2199"),
        ("2026-11-01T12:00:00Z", "2026-11-01T12:00:00Z", "/to", "later than from"),
        ("2026-11-01T12:00:00Z", "2026-11-01T13:00:00+09:00", "/to", "later than from"),
        ("0001-01-01T00:00:00+09:00", "2026-11-01T13:00:00Z", "/from", "years 1970 to 2199"),
    ],
)
@pytest.mark.parametrize("kind", ["shifts", "overrides"])
def test_interval_that_means_nothing_is_refused_at_its_pointer(
    kind: str, begin: object, end: object, pointer: str, detail: str
) -> None:
    [(found, sentence)] = problems({kind: [{"person": "a", "from": begin, "to": end}]})
    assert found == f"/{kind}/0{pointer}"
    assert detail in sentence


def test_all_problems_are_named_at_once() -> None:
    document = {
        "timezone": "Mars/Olympus",
        "rotations": [rotation(tier=9), rotation(persons=[])],
        "shifts": [shift("a", EVENING, NOON), {"from": f"{NOON}Z", "to": f"{EVENING}Z"}],
        "overrides": [override(NOON, EVENING, tier=0)],
        "planned_until": "soon",
    }
    assert {pointer for pointer, _ in problems(document)} == {
        "/timezone",
        "/rotations/0/tier",
        "/rotations/1/persons",
        "/rotations/1/name",  # the same name again
        "/shifts/0/to",
        "/shifts/1/person",
        "/overrides/0/tier",
        "/planned_until",
    }


@pytest.mark.parametrize(
    ("name", "limit"), [("rotations", 20), ("shifts", 5000), ("overrides", 1000)]
)
def test_list_that_is_too_long_is_refused_as_such(name: str, limit: int) -> None:
    assert problems({name: [None] * (limit + 1)}) == [
        (f"/{name}", f"The list is too long: at most {limit}.")
    ]


@pytest.mark.parametrize("kind", ["shifts", "overrides"])
def test_more_than_fifty_at_once_are_refused_at_the_first_too_many(kind: str) -> None:
    later = [shift("a", EVENING, "2026-11-02T00:00:00")]  # begins when the others end
    fifty = [shift("a", NOON, EVENING) for _ in range(50)]
    assert len(getattr(parse_roster({kind: [*fifty, *later]}), kind)) == 51
    assert problems({kind: [*fifty, *later, shift("a", NOON, EVENING)]}) == [
        (f"/{kind}/51", f"More than 50 {kind} lie over one instant.")
    ]


@pytest.mark.parametrize("document", [None, [], "roster", 7, {"rotations": {}}, {"shifts": [[]]}])
def test_what_is_no_roster_is_refused(document: object) -> None:
    assert problems(document)


def test_five_thousand_shifts_are_read() -> None:
    hours = [f"2026-{1 + n // 672:02}-{1 + n // 24 % 28:02}T{n % 24:02}" for n in range(5000)]
    shifts = [shift("a", f"{hour}:00:00", f"{hour}:59:00") for hour in hours]
    assert len(roster(shifts=shifts).shifts) == 5000


def test_plan_ends_when_its_last_local_day_does() -> None:
    read = roster(timezone="Asia/Tokyo", planned_until="2026-11-30")
    assert read.planned_to == utc("2026-11-30T15:00").timestamp() * 1000
    assert roster().planned_to is None
